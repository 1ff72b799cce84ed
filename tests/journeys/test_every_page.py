"""Every page that the application has, for everybody who may come: without a barrier (WCAG 2.2 AA)
on a phone and on a desk, in light and in dark, and no wider than 320 pixels.

Pages are read from the application's table of routes, so that a new one is tested from its first
day; whoever adds a parameter of a new kind says here what to fill in.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Page

from core.feature import Site
from core.identity import codes, proofs, sessions
from core.identity.codes import Challenge
from core.identity.contacts import Contact
from core.identity.proofs import Proof
from core.identity.realm import Realm
from core.kit.actor import Anonymous, StaffActor
from core.tenancy.model import OperatorRow
from core.web.request import SESSION_COOKIE
from tests.api.world import routes
from tests.journeys.city import Life, lead
from tests.journeys.conftest import (
    OFFICE,
    PHONE,
    Visit,
    hold_still,
    overflowing,
    session_of,
    violations,
)
from tests.journeys.slices import Slices, lead_slices

pytestmark = pytest.mark.browser

CITY: Final = "gubkinsky"
NARROW: Final = {"width": 320, "height": 640}
# Pages of one place that differ by little more than their text.
MOST_ALIKE: Final = 1
POLL: Final = "/polls/{poll_id:uuid}"
IDEA: Final = "/ideas/{number:int}"
# Looked at in every state, not only a few times.
EVERY_STATE: Final = (POLL, IDEA)
EVERY_STATE_AT_THE_DESK: Final = (f"/desk{POLL}", "/desk/ideas/{idea_id:uuid}")
# Open only to whoever wrote it, or while it may still be changed.
ONLY_AUTHORS: Final = frozenset(
    {"/ideas/amendments/{amendment_id:uuid}", "/ideas/{number:int}/edit"}
)
# Leads to a provider of identities, and to none in these cities.
ELSEWHERE: Final = ("/sign-in/with/",)
# Read by calendar programs, by a secret address alone.
FEED: Final = "/desk/calendar.ics"
# Pieces that a page's script puts into the page; nobody opens them.
PIECES: Final = ("/ideas/similar", "/ideas/points", "/ideas/{number:int}/similar")
# Addresses with a query are pages of their own.
BESIDES: Final = (
    "/polls?shelf=soon",
    "/polls?shelf=done",
    "/polls?q=нет-такого",
    "/ideas?q=лавочки",
    "/ideas?q=нет-такого",
    "/ideas?group=done&photo=1",
    "/ideas/new?campaign=1",
    "/plan/2026?on=2026-02-01",
    "/desk/polls?state=draft",
    "/desk/ideas?state=collecting",
    "/desk/ideas?late=1",
    "/desk/campaigns?state=draft",
    "/desk/moderation?view=letters",
    "/desk/moderation/blocks?ended=1",
    "/desk/tasks?whose=all",
    "/desk/tasks?whose=all&state=done",
    "/desk/people?view=names",
    "/desk/regulation?procedure=people",
    "/desk/regulation?on=2018-01-01",
    "/desk/regulation/ask?question=polls~polls.may_open",
    "/desk/regulation/ask?question=polls~polls.may_open&on=2026-03-02&duration_days=60",
    "/desk/regulation/ask?question=polls~polls.may_open&on=2026-03-02&duration_days=",
    "/nothing-of-the-kind",
)


@pytest.fixture
def life(runtime: Any, clock: Any, deliver: Callable[[], int]) -> Life:
    return lead(runtime, clock, deliver, runtime.registry.by_slug(CITY))


@pytest.fixture
def slices(runtime: Any, clock: Any, deliver: Callable[[], int], life: Life) -> Slices:
    city = runtime.registry.by_slug(CITY)
    return lead_slices(runtime, clock, deliver, city, life.administrator, life.resident)


class Look:
    """Looks at pages with the eyes of one person, and keeps what is wrong with them."""

    def __init__(self, page: Page, axe: str) -> None:
        self._page = page
        self._axe = axe
        self.wrong: list[str] = []

    def __call__(self, address: str) -> None:
        page = self._page
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")
        page.goto(address)
        hold_still(page)
        self._judge(address, "phone, light")
        self.wrong += [f"{address} at 390: {one}" for one in overflowing(page)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(OFFICE)  # type: ignore[arg-type]
        self._judge(address, "office, dark")
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        self.wrong += [f"{address} at 320: {one}" for one in overflowing(page)]

    def _judge(self, address: str, how: str, rules: Iterable[str] = ()) -> None:
        found = violations(self._page, self._axe, tuple(rules))
        self.wrong += [f"{address} ({how}): {one}" for one in found]


class Guest:
    """Somebody's browser as far as HTTP goes: which pages there are for them, and what they say."""

    def __init__(self, visit: Visit, site: str, cookies: dict[str, str]) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        host = f"{site}.localhost:{visit.port}"
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{visit.port}",
            headers={"host": host, "accept": "text/html", "cookie": cookie},
            timeout=30,
        )

    def get(self, address: str) -> httpx.Response:
        answer = self._http.get(address)
        # What one page sets, as the language, must not change the next.
        self._http.cookies.clear()
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        return answer

    def close(self) -> None:
        self._http.close()


def is_page(answer: httpx.Response) -> bool:
    """Whether a browser shows it as a page, and does not save it."""
    saved = answer.headers.get("content-disposition", "").startswith("attachment")
    return not saved and answer.headers.get("content-type", "").startswith("text/html")


def gist(answer: httpx.Response) -> str:
    """What a page says, apart from what surrounds all pages and from its token."""
    main = re.search(r"(?s)<main.*</main>", answer.text)
    return re.sub(r'name="_csrf_token" value="[^"]*"', "", main[0] if main else answer.text)


def addresses(
    app: Any, site: Site, life: Life, slices: Slices | None = None
) -> Iterator[tuple[str, str]]:
    """Every page of a site as (place in the table of routes, address with real ids)."""
    fillings: dict[str, Iterable[object]] = {
        "poll_id": life.polls.values(),
        "picture_id": [life.picture],
        "staff_id": [life.moderator.id],
        "resident_id": [life.resident],
        "key_id": [life.key],
        "contact_id": [life.contact],
        "purpose": ["account", "details", "news"],
        "code": ["en"],
        "name": ["app.css"],
        "key": ["no-provider"],
        **(slices.fillings if slices is not None else {}),
    }
    places = slices.places if slices is not None else {}

    def values(path: str, name: str) -> Iterable[object]:
        for (begins, one), found in places.items():
            if one == name and path.startswith(begins):
                return found
        assert name in fillings, f"say what to fill in for {name} of {path}"
        return fillings[name]

    for route in routes(app, "GET"):
        if route.site is not site or route.path.startswith(
            ("/api/", "/static/", *ELSEWHERE, *PIECES)
        ):
            continue
        found = [route.path]
        for name, _kind in route.parameters:
            mark = re.compile(rf"{{{name}:\w+}}")
            found = [mark.sub(str(each), one) for one in found for each in values(route.path, name)]
        yield from ((route.path, one) for one in found)
    if site is Site.CITY:
        yield from ((one.partition("?")[0], one) for one in BESIDES)


def look_at_all(
    visit: Visit,
    axe: str,
    site: str,
    pages: Iterable[tuple[str, str]],
    cookies: dict[str, str],
    *,
    every: Collection[str],
    unlike: Guest | None = None,
) -> set[str]:
    """Look at every page that answers this person, at all of them in the places `every`, at a few
    of any other; once at pages of the same words, and not again at what reads as for `unlike`.
    Returns the places that were opened."""
    guest = Guest(visit, site, cookies)
    page = visit(site, "/offline")
    page.context.add_cookies(
        [{"name": name, "value": value, "url": visit.url(site)} for name, value in cookies.items()]
    )
    look = Look(page, axe)
    opened: set[str] = set()
    seen: set[str] = set()
    looked: Counter[str] = Counter()
    for place, address in pages:
        answer = guest.get(address)
        if answer.status_code < 400:
            opened.add(place)
        if answer.status_code in range(300, 400) or not is_page(answer):
            continue
        if gist(answer) in seen:
            continue
        seen.add(gist(answer))
        if unlike is not None and gist(unlike.get(address)) == gist(answer):
            continue
        looked[place] += 1
        if place in every or looked[place] <= MOST_ALIKE:
            look(address)
    guest.close()
    assert not look.wrong, "\n".join(look.wrong)
    return opened


def steps_of_signing_in(runtime: Any, life: Life) -> dict[str, str]:
    """Somebody in the middle of it: a code was sent, and another one was right already."""
    city = runtime.registry.by_slug(CITY)
    realm = Realm(runtime, city)
    work_mail = Contact("email", f"{life.moderator.id}@example.org")
    with runtime.work(city, Anonymous()) as work:
        code = codes.send_code(
            work,
            Challenge(Contact("email", "new@example.org"), codes.Purpose.SIGN_IN),
            address="203.0.113.9",
            locale="ru",
        )
    return {"veche_code": code, "veche_proof": proofs.keep(realm, Proof("/", contact=work_mail))}


def at_the_desk(place: str) -> bool:
    return place.startswith("/desk")


def in_the_profile(place: str) -> bool:
    return place.startswith("/profile")


def test_for_somebody_who_has_not_signed_in(
    visit: Visit, axe: str, runtime: Any, installation: Any, life: Life, slices: Slices
) -> None:
    pages = list(addresses(installation.app(demo=True), Site.CITY, life, slices))
    cookies = steps_of_signing_in(runtime, life)
    opened = look_at_all(visit, axe, CITY, pages, cookies, every=EVERY_STATE)
    wanted = {one for one, _address in pages if not at_the_desk(one) and not in_the_profile(one)}
    assert wanted - opened <= {"/nothing-of-the-kind", *ONLY_AUTHORS}


def test_for_a_resident(
    visit: Visit, axe: str, runtime: Any, installation: Any, life: Life, slices: Slices
) -> None:
    pages = list(addresses(installation.app(demo=True), Site.CITY, life, slices))
    city = runtime.registry.by_slug(CITY)
    with runtime.work(city, Anonymous()) as work:
        code = codes.send_code(
            work,
            Challenge(
                Contact("email", "new@example.org"),
                codes.Purpose.NEW_CONTACT,
                resident_id=life.resident,
            ),
            address="203.0.113.9",
            locale="ru",
        )
    cookies = {SESSION_COOKIE: session_of(runtime, CITY, life.resident), "veche_code": code}
    opened = look_at_all(
        visit, axe, CITY, pages, cookies, every=EVERY_STATE, unlike=Guest(visit, CITY, {})
    )
    assert {one for one, _address in pages if in_the_profile(one) or one in ONLY_AUTHORS} <= opened


@pytest.mark.parametrize("post", ["administrator", "moderator", "bonus", "initiator"])
def test_for_staff(
    visit: Visit, axe: str, runtime: Any, installation: Any, life: Life, slices: Slices, post: str
) -> None:
    pages = list(addresses(installation.app(demo=True), Site.CITY, life, slices))

    def cookies(actor: StaffActor) -> dict[str, str]:
        return {SESSION_COOKIE: session_of(runtime, CITY, actor)}

    # What the administrator sees is looked at once; of the others what reads differently.
    unlike = Guest(visit, CITY, {} if post == "administrator" else cookies(life.administrator))
    every = EVERY_STATE_AT_THE_DESK if post == "administrator" else ()
    opened = look_at_all(
        visit, axe, CITY, pages, cookies(getattr(life, post)), every=every, unlike=unlike
    )
    if post == "administrator":
        assert {one for one, _address in pages if at_the_desk(one)} - opened <= {FEED}
    if post == "initiator":
        assert {one for one in opened if at_the_desk(one)} == {
            "/desk/security",
            "/desk/security/second",
        }


@pytest.mark.parametrize("site", [Site.ASSOCIATION, Site.OPERATOR])
@pytest.mark.parametrize("known", [False, True])
def test_on_the_hosts_of_no_city(
    visit: Visit, axe: str, runtime: Any, installation: Any, life: Life, site: Site, known: bool
) -> None:
    settings = runtime.settings
    host = settings.association_host if site is Site.ASSOCIATION else settings.operator_host
    cookies = {}
    if known:
        with runtime.databases.platform() as session:
            row = OperatorRow(name="Оператор", email="operator@example.org", kind="operator")
            session.add(row)
            session.flush()
            number = row.id
        cookies[SESSION_COOKIE] = sessions.begin(
            runtime, None, kind="operator", id=number, name="Оператор"
        )
    else:
        cookies["veche_code"] = codes.new_code(
            Realm(runtime, None),
            Challenge(Contact("email", "operator@example.org"), codes.Purpose.SIGN_IN),
            address="203.0.113.9",
        )[0]
    pages = list(addresses(installation.app(demo=True), site, life))
    opened = look_at_all(visit, axe, host, pages, cookies, every=())
    assert "/" in opened
