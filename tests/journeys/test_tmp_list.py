import pytest
from tests.journeys import test_every_page as t
from tests.journeys.test_every_page import *
from tests.journeys.test_every_page import life, addresses, Guest, gist, is_page
import time
def test_list(visit, axe, runtime, installation, life):
    pages = list(addresses(installation.app(demo=True), Site.CITY, life))
    print(len(pages))
    S=lambda w: Guest(visit,CITY,{SESSION_COOKIE: session_of(runtime,CITY,w)})
    guests={"anon":Guest(visit,CITY,steps_of_signing_in(runtime,life)),"resident":S(life.resident),**{p:S(getattr(life,p)) for p in ("administrator","moderator","bonus","initiator")}}
    names={v:k for k,v in life.polls.items()}
    def nice(a):
        for v,k in names.items(): a=a.replace(str(v),k)
        return a
    for who,g in guests.items():
        ref={"anon":None,"resident":Guest(visit,CITY,{}),"administrator":Guest(visit,CITY,{})}.get(who,guests["administrator"])
        seen=set();out=[];t0=time.time()
        for place,a in pages:
            r=g.get(a)
            if r.status_code in range(300,400) or not is_page(r) or gist(r) in seen: continue
            seen.add(gist(r))
            if ref is not None and gist(ref.get(a))==gist(r): continue
            out.append(f"{nice(a)}:{r.status_code}")
        print(who,len(out),round(time.time()-t0,1),"\n   ","  ".join(out))
