import io
from datetime import timedelta
from uuid import UUID
import pytest
from PIL import Image
from tests.journeys.conftest import *  # noqa
from tests.journeys.conftest import violations
from core.features.ideas.service import life, merging, campaigning, writing
from core.features.ideas.domain import Outcome
from core.kit.standing import Standing
from core.kit.actor import ResidentActor
from core.kit.ids import new_id
from tests.features.ideas import build
from core.features.ideas.queries import one

def test_shots(runtime, city, work, deliver, visit, clock, monkeypatch, axe):
    monkeypatch.setattr(campaigning, "standing", lambda _w, _i: Standing.LISTED)
    (author,) = build.residents(runtime, city, 1, name="Мария")
    people = build.residents(runtime, city, 100)
    district = city.profile.districts[2].key
    a = build.published(runtime, city, author=author, place="двор дома 12, микрорайон 3", place_lat=64.44, place_lon=76.5, district=district)
    build.support(runtime, city, a, people[:64])
    b = build.published(runtime, city, title="Лавочки на тропе здоровья", body=build.BODY)
    build.support(runtime, city, b, people[:20])
    c = build.published(runtime, city, title="Осветить пешеходный переход у школы № 4", body="Вечером переход не видно. Нужны два фонаря и знак." * 6)
    build.support(runtime, city, c, people)
    deliver()
    staff = build.official(runtime, city, *build.EVERYTHING, *build.CAMPAIGNS)
    with work(city, staff) as w:
        life.decide(w, idea_id=c, outcome=Outcome.TAKEN_UP, text=build.ANSWER)
    d = build.considered(runtime, city, title="Сделать каток в микрорайоне 7")
    with work(city, staff) as w:
        life.answer(w, idea_id=d, text="Считаем стоимость, вернёмся с решением до конца месяца.")
        merging.offer(w, idea_id=b, original_id=a, note="Об одной и той же тропе.")
    camp = build.open_campaign(runtime, city)
    e = build.published(runtime, city, campaign=camp, topic=None, title="Качели для малышей", extra={"where": "у входа", "what": "свет"})
    refused = build.sent(runtime, city, author=author, title="Открыть кофейню моей сестры")
    with work(city, ResidentActor(author)) as w:
        draft = writing.save_draft(w, author_id=author, draft=build.draft(city, title="Велодорожка"))
    deliver()
    n = {k: build.view(runtime, city, v).number for k, v in dict(a=a,b=b,c=c,d=d,e=e,r=refused).items()}
    with work(city) as w:
        cn = one.campaign_view(w.session, camp).number
    pages = [
        ("new", "/ideas/new", author), ("new-anon", "/ideas/new", None), ("idea", f"/ideas/{n['a']}", people[70]), ("idea-merge", f"/ideas/{n['b']}", people[0]),
        ("idea-taken", f"/ideas/{n['c']}", None), ("idea-mine", f"/ideas/{n['a']}", author), ("waiting", f"/ideas/{n['r']}", author),
        ("amend", f"/ideas/{n['a']}/edit", author), ("versions", f"/ideas/{n['a']}/versions", None),
        ("mine", "/me/ideas", author), ("profile", "/profile", author), ("campaigns", "/campaigns", None), ("campaign", f"/campaigns/{cn}", None), ("campaign-new", f"/ideas/new?campaign={cn}", author),
        ("desk-list", "/desk/ideas", staff), ("desk-idea", f"/desk/ideas/{d}", staff), ("desk-camp", "/desk/campaigns", staff), ("desk-camp-one", f"/desk/campaigns/{camp}", staff), ("desk-camp-new", "/desk/campaigns/new", staff), ("desk", "/desk", staff),
    ]
    import os
    only = os.environ.get("SHOTS", "").split(",") if os.environ.get("SHOTS") else None
    out = []
    for name, path, who in pages:
        if only and name not in only: continue
        for size, screen in (("390", PHONE), ("1280", OFFICE)):
            for scheme in ("light", "dark") if name in ("idea", "new", "desk-idea") else ("light",):
                page = visit(city.slug, path, screen=screen, who=who, scheme=scheme)
                page.wait_for_timeout(250)
                page.screenshot(path=f"/tmp/ideas-shots/{name}-{size}-{scheme}.png", full_page=True)
                if scheme == "light":
                    width = page.evaluate("document.documentElement.scrollWidth")
                    if width > screen["width"]: out.append((name, size, width))
                    out += [(name, size, v) for v in violations(page, axe, ())]
                page.context.close()
    open("/tmp/ideas-shots/found.txt", "w").write("\n".join(map(str, out)))
