"""What holds for every address of every site: nothing of another city, no 5xx, no form without its
token, no endless body, and the headers that keep browsers safe. Routes and names of fields are read
from the application, so that a new page is tested from its first day."""

import re
from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx
import pytest

from core.feature import Site
from core.identity import sessions
from core.tenancy.model import OperatorRow
from core.web.request import SESSION_COOKIE
from tests.api.world import (
    Visitors,
    cookie_names,
    field_names,
    furnish,
    routes,
)
from tests.support.http import CSRF_COOKIE

FOREIGN = "ЧУЖОЙ7f3a"
OWN = "СВОЙ41bc"
ONE_CLICK = ("/notices/unsubscribe/{token:str}",)
"""Sent by mail programs without a page (RFC 8058): the address itself carries a signed secret."""
TOO_MANY = 429
"""Whoever tries secrets in a row is asked to wait."""
LARGEST = 12 * 1024 * 1024
NASTY = (
    "a\0b",
    "'\"\\;--<script>{{7*7}}%s%00",
    "-1",
    "99999999999999999999999",
    "9999-12-31",
    "//evil.example/",
    "\U0001f600 \u202e\ufeff" + "x" * 3000,
)
WORDS = ("nope", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "%FF", "a%0d%0ab", "x" * 300, "-1")


@pytest.fixture
def app(installation):
    return installation.app(demo=True)


@pytest.fixture
def visitors(runtime, city, client):
    return Visitors(runtime, city, client, demo=True)


@pytest.fixture
def other_city(runtime):
    """A city with ideas of its own."""
    return runtime.registry.by_slug("tyumen")


@pytest.fixture
def foreign(runtime, clock, owner, other_city):
    return furnish(runtime, clock, owner, other_city, FOREIGN)


@pytest.fixture
def own(runtime, clock, owner, city):
    return furnish(runtime, clock, owner, city, OWN)


@pytest.fixture
def operator(runtime, client):
    """A browser of an operator; `operator(site)`."""
    with runtime.databases.platform() as session:
        row = OperatorRow(name="Оператор", email="operator@example.org", kind="operator")
        session.add(row)
        session.flush()
        number = row.id
    settings = runtime.settings
    hosts = {
        Site.ASSOCIATION: settings.host_of(settings.association_host),
        Site.OPERATOR: settings.host_of(settings.operator_host),
    }

    class Operator:
        """Browsers on the hosts that belong to no city."""

        def __call__(self, site, *, signed_in=True):
            made = client(hosts[site], demo=True)
            made.headers["accept-encoding"] = "identity"
            if signed_in:
                token = sessions.begin(runtime, None, kind="operator", id=number, name="Имя")
                made.cookies.set(SESSION_COOKIE, token)
            return made

        def both(self, site):
            return {"stranger": self(site, signed_in=False), "operator": self(site)}

    return Operator()


def fine(answer: httpx.Response, said: Sequence[object]) -> None:
    """No 5xx, and the headers of every answer."""
    assert answer.status_code < 500, (*said, answer.status_code, answer.text[:400])
    guarded(answer)


def guarded(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_the_table_of_routes_is_read_right(app):
    found = {(one.site, one.method, one.path) for one in routes(app, "GET", "POST")}
    assert (Site.CITY, "GET", "/polls/{poll_id:uuid}") in found
    assert (Site.CITY, "POST", "/polls/{poll_id:uuid}/vote") in found
    assert {site for site, _method, _path in found} == set(Site)
    assert {"title", "contact", "after", "q"} <= set(field_names())
    assert {"veche_session", "veche_flash", "veche_display"} <= set(cookie_names())


# One city and another.


def test_nothing_of_another_city_can_be_seen(app, visitors, foreign, own, subtests):
    """An id of another city is like an id that never was, for everybody and everywhere."""
    come = visitors.all()
    for route in routes(app, "GET"):
        if route.site is not Site.CITY or not route.takes(UUID):
            continue
        with subtests.test(route=route.path):
            for who, browser in come.items():
                never = browser.get(route.filled(uuid4()))
                for one in foreign.ids if who != "stranger" else foreign.polls[-1:]:
                    answer = browser.get(route.filled(one))
                    assert answer.status_code in (never.status_code, TOO_MANY), (who, one)
                    assert FOREIGN not in answer.text
                if who == "official" or (who == "resident" and "desk" not in route.path):
                    # What sends somewhere else first ends there.
                    ended = browser.get(route.filled(foreign.polls[3]), follow_redirects=True)
                    assert ended.status_code in (401, 404, TOO_MANY), who
                if len(route.parameters) > 1:
                    for one in foreign.ids:
                        answer = browser.get(route.filled(own.polls[3], one))
                        assert answer.status_code in (303, 401, 403, 404, TOO_MANY), (who, one)
                        assert FOREIGN not in answer.text


def test_no_page_of_a_city_speaks_of_another(app, visitors, foreign, own, subtests):
    seen = 0
    come = visitors.all()
    for route in routes(app, "GET"):
        if route.site is not Site.CITY or route.parameters:
            continue
        with subtests.test(route=route.path):
            for browser in come.values():
                answer = browser.get(route.path)
                assert FOREIGN not in answer.text
                assert str(foreign.polls[3]) not in answer.text
                seen += OWN in answer.text
    assert seen > 3, "the city's own things are shown"


def test_every_page_knows_who_is_signed_in(app, visitors, own, subtests):
    """Whether it is rendered inside its unit of work or after it."""
    seen = 0
    for route in routes(app, "GET"):
        if route.site is not Site.CITY or any(of is str for _name, of in route.parameters):
            continue
        numbers = [1, 2026, 2027] if route.takes(int) else list(own.ids) or [0]
        paths = [route.filled(one, 1) for one in numbers] if route.parameters else [route.path]
        with subtests.test(route=route.path):
            browser = visitors.resident()
            for path in paths:
                page = browser.get(path)
                if page.status_code == 200 and '<header class="top">' in page.text:
                    assert 'href="/sign-in' not in page.text.partition("</header>")[0], path
                    seen += 1
    assert seen > 30


def test_a_session_of_another_city_is_nobodys_here(
    runtime, client, city, other_city, app, visitors, subtests
):
    elsewhere = Visitors(runtime, other_city, client, demo=True)
    stranger = visitors.stranger()
    expected = {
        route.path: stranger.get(route.path).status_code
        for route in routes(app, "GET")
        if route.site is Site.CITY and not route.parameters
    }
    for who, browser in (("resident", elsewhere.resident()), ("official", elsewhere.official())):
        here = visitors.stranger()
        here.cookies.set(SESSION_COOKIE, browser.cookies[SESSION_COOKIE])
        for path, status in expected.items():
            with subtests.test(route=path, who=who):
                assert here.get(path).status_code == status


def test_things_of_another_city_cannot_be_changed(
    other_city, app, visitors, foreign, owner, subtests
):
    """Every form, sent with the right token and ids of another city, changes nothing there."""
    before = _fingerprint(owner, other_city)
    for route in routes(app, "POST"):
        if route.site is not Site.CITY or not route.takes(UUID):
            continue
        with subtests.test(route=route.path):
            browser = visitors.at_home(route.path)
            for one in foreign.ids:
                answer = browser.submit(route.filled(one), dict.fromkeys(field_names(), "1"))
                # 303: forgetting what is not there is done at once; nothing changes, see below.
                allowed = (303, 400, 401, 403, 404, 409, 415, 422, TOO_MANY)
                assert answer.status_code in allowed, one
                assert FOREIGN not in answer.text
    assert _fingerprint(owner, other_city) == before


def _fingerprint(owner, city) -> dict[str, str]:
    tables = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
        (city.schema,),
    ).fetchall()
    return {
        name: owner.execute(
            f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), ''))"
            f' FROM "{city.schema}"."{name}" t'
        ).fetchone()[0]
        for (name,) in tables
    }


# Whatever is asked.


def test_every_page_answers_everybody(app, visitors, own, operator, subtests):
    come = visitors.all()
    for route in routes(app, "GET"):
        if route.takes(UUID):
            paths = [route.filled(one) for one in own.ids]
            if len(route.parameters) > 1:
                paths = [route.filled(own.polls[3], one) for one in own.ids]
        else:
            paths = [route.filled(word) for word in WORDS] if route.parameters else [route.path]
        people = come if route.site is Site.CITY else operator.both(route.site)
        with subtests.test(site=route.site.value, route=route.path):
            for who, browser in people.items():
                inside = who == ("official" if route.path.startswith("/desk") else "resident")
                for path in paths if inside or not route.takes(UUID) else paths[:6]:
                    fine(browser.get(path), (who, path))
                fine(browser.get(paths[0], headers={"hx-request": "true"}), (who, "htmx"))


def test_no_query_breaks_a_page(app, visitors, own, operator, subtests):
    for route in routes(app, "GET"):
        if route.parameters and not route.takes(UUID):
            continue
        path = route.filled(own.polls[3]) if route.parameters else route.path
        with subtests.test(site=route.site.value, route=route.path):
            browser = visitors.at_home(path) if route.site is Site.CITY else operator(route.site)
            for turn in range(len(NASTY)):
                query = {
                    name: NASTY[(turn + n) % len(NASTY)][:200]
                    for n, name in enumerate(field_names())
                }
                fine(browser.get(path, params=query), (path, turn))


def test_no_cookie_breaks_a_page(app, visitors, subtests):
    for name in cookie_names():
        with subtests.test(cookie=name):
            for value in (
                "",
                "x",
                "a.b.c",
                "%00",
                "e30=",
                "W10=",
                "bnVsbA==",
                "9" * 2000,
                "|:|::|",
            ):
                for path in ("/", "/polls", "/sign-in", "/sign-in/code", "/profile", "/desk"):
                    browser = visitors.stranger()
                    answer = browser.get(path, headers={"cookie": f"{name}={value}"})
                    fine(answer, (name, value, path))


def test_no_form_breaks_the_application(app, visitors, own, operator, subtests):
    """Every form with every field it knows, and what the page itself has on it, filled badly."""
    for route in routes(app, "POST"):
        if route.path.startswith("/api/"):
            continue
        path = route.filled(own.polls[0] if route.takes(UUID) else "nope")
        with subtests.test(site=route.site.value, route=route.path):
            browser = visitors.at_home(path) if route.site is Site.CITY else operator(route.site)
            page = browser.get(path)
            names = {*field_names(), *re.findall(r'\bname="([^"]+)"', page.text)} - {"_csrf_token"}
            for turn in range(len(NASTY)):
                data = {
                    name: NASTY[(turn + n) % len(NASTY)] for n, name in enumerate(sorted(names))
                }
                fine(browser.submit(path, data), ("turn", turn))
            fine(browser.submit(path, {name: ["1", "2"] for name in names}), ("twice",))
            fine(browser.submit(path, {}), ("empty",))
            fine(browser.submit(path, dict.fromkeys(names, "1"), htmx=True), ("htmx",))
            files = dict.fromkeys(sorted(names)[:5], ("x.png", b"\x89PNG\r\n", "image/png"))
            fine(browser.submit(path, {}, files=files), ("files",))
            for kind, body in (
                ("application/json", b"[1"),
                ("multipart/form-data", b"--x"),
                ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
                ("text/plain", b"x"),
                ("", b"\xff"),
            ):
                sent = {"content-type": kind, "x-csrftoken": browser.csrf}
                fine(browser.post(path, content=body, headers=sent), (kind,))
            stranger = (
                visitors.stranger()
                if route.site is Site.CITY
                else operator(route.site, signed_in=False)
            )
            fine(stranger.submit(path, dict.fromkeys(names, "1")), ("stranger",))


def test_a_form_without_its_token_does_nothing(app, visitors, operator, subtests):
    other = visitors.stranger().csrf
    for route in routes(app, "POST"):
        if route.path.startswith("/api/") or route.path in ONE_CLICK:
            continue
        path = route.filled(uuid4())
        with subtests.test(site=route.site.value, route=route.path):
            browser = visitors.at_home(path) if route.site is Site.CITY else operator(route.site)
            browser.get("/")
            for sent in ({}, {"_csrf_token": ""}, {"_csrf_token": "x"}, {"_csrf_token": other}):
                answer = browser.post(path, data=sent)
                assert answer.status_code == 403, sent
                guarded(answer)
            browser.cookies.delete(CSRF_COOKIE)
            assert browser.post(path, data={"_csrf_token": other}).status_code == 403


def test_a_body_without_end_is_refused(app, visitors, operator, subtests):
    for route in routes(app, "POST"):
        if not route.takes_body or route.path.startswith("/api/"):
            continue
        browser = visitors.official() if route.site is Site.CITY else operator(route.site)
        with subtests.test(site=route.site.value, route=route.path):
            answer = browser.post(
                route.filled(uuid4()),
                content=b"title=x",
                headers={
                    "content-type": "application/x-www-form-urlencoded",
                    "content-length": str(LARGEST + 1),
                    "x-csrftoken": browser.csrf,
                },
            )
            assert answer.status_code == 413
            guarded(answer)


def test_a_body_without_end_is_refused_also_while_it_comes(visitors):
    browser = visitors.official()
    body = (b"title=" + b"x" * 65_530 for _ in range(LARGEST // 65_536 + 2))
    answer = browser.post(
        "/desk/polls/new",
        content=body,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "x-csrftoken": browser.csrf,
        },
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X"])
def test_a_method_nobody_knows(visitors, method):
    browser = visitors.stranger()
    for path in ("/", "/polls", "/nothing"):
        # Without a token these end at the door, with one they are told what there is.
        assert browser.request(method, path).status_code in (403, 404, 405)
        answer = browser.request(method, path, headers={"x-csrftoken": browser.csrf})
        assert answer.status_code in (404, 405)
        guarded(answer)


def test_head_is_get_without_its_body(visitors, own):
    browser = visitors.stranger()
    for path in (
        "/",
        "/polls",
        f"/polls/{own.polls[3]}",
        "/nothing",
        "/api/v1/polls",
        "/robots.txt",
    ):
        got, looked = browser.get(path), browser.head(path)
        assert looked.status_code == got.status_code
        assert looked.content == b""
        assert looked.headers["content-type"] == got.headers["content-type"]
        guarded(looked)


def test_the_headers_of_what_is_no_page(city, visitors, client):
    browser = visitors.stranger()
    page = browser.get("/")
    assert page.status_code == 200
    static = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert static
    for path in (
        *static,
        "/static/nothing.css",
        "/static/../core/app.py",
        "/static/%2e%2e/manifest.json",
        "/brand/accent.css",
        "/brand/emblem.svg",
        "/manifest.webmanifest",
        "/sw.js",
        "/robots.txt",
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/polls",
        "/health/live",
        "/health/ready",
    ):
        answer = browser.get(path)
        assert answer.status_code < 500, path
        guarded(answer)
    assert browser.get("/static/nothing.css").status_code == 404
    assert browser.get("/static/../core/app.py").status_code == 404
    guarded(client("nowhere.example").get("/"))


def test_cookies_are_closed_to_scripts_and_other_sites(visitors):
    answer = visitors.stranger().get("/")
    assert answer.headers.get_list("set-cookie")
    for header in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in header, header
        assert "SameSite=lax" in header or "SameSite=strict" in header, header
