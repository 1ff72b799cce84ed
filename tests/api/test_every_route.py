"""What holds for every address of every site: nothing of another city, no 5xx, no form without its
token, no endless body, and the headers that keep browsers safe. Routes and names of fields are read
from the application, so that a new page is tested from its first day."""

import re
from collections.abc import Sequence
from uuid import uuid4

import httpx
import pytest

from core.feature import Site
from core.identity import sessions
from core.kit.actor import SystemActor
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
LARGEST = 12 * 1024 * 1024
NASTY = (
    "",
    "\0",
    "a\0b",
    "'\"\\;--<script>{{7*7}}%s%00",
    "-1",
    "99999999999999999999999",
    "0001-01-01",
    "9999-12-31",
    "//evil.example/",
    "\ud83d\ude00 \u202e\ufeff".encode("utf-16", "surrogatepass").decode("utf-16"),
    "x" * 3000,
)
WORDS = ("nope", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "%FF", "a%0d%0ab", "x" * 300, "-1")


@pytest.fixture
def app(installation):
    return installation.app(demo=True)


@pytest.fixture
def visitors(runtime, city, client):
    return Visitors(runtime, city, client, demo=True)


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

    def browser(site, *, signed_in=True):
        made = client(hosts[site], demo=True)
        if signed_in:
            token = sessions.begin(runtime, None, kind="operator", id=number, name="Оператор")
            made.cookies.set(SESSION_COOKIE, token)
        return made

    return browser


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
    for route in routes(app, "GET"):
        if route.site is not Site.CITY or not route.parameters or not route.takes(_uuid()):
            continue
        for who, browser in visitors.all():
            with subtests.test(route=route.path, who=who):
                unknown = browser.get(route.filled(uuid4()))
                assert unknown.status_code in (303, 401, 403, 404)
                if who == "official" or (who == "resident" and "desk" not in route.path):
                    assert unknown.status_code in (401, 404), unknown.status_code
                for one in foreign.ids:
                    answer = browser.get(route.filled(one))
                    assert answer.status_code == unknown.status_code, one
                    assert FOREIGN not in answer.text
                if len(route.parameters) > 1:
                    for mine in own.polls:
                        for one in foreign.ids:
                            answer = browser.get(route.filled(mine, one))
                            assert answer.status_code in (303, 401, 403, 404), (mine, one)
                            assert FOREIGN not in answer.text


def test_no_page_of_a_city_speaks_of_another(app, visitors, foreign, own, subtests):
    seen = 0
    for route in routes(app, "GET"):
        if route.site is not Site.CITY or route.parameters:
            continue
        for who, browser in visitors.all():
            with subtests.test(route=route.path, who=who):
                answer = browser.get(route.path)
                assert FOREIGN not in answer.text
                assert str(foreign.polls[0]) not in answer.text
                seen += OWN in answer.text
    assert seen > 3, "the city's own things are shown"


def test_a_session_of_another_city_is_nobodys_here(
    runtime, client, city, other_city, foreign, app, subtests
):
    elsewhere = Visitors(runtime, other_city, client, demo=True)
    for who, browser in (("resident", elsewhere.resident()), ("official", elsewhere.official())):
        here = client(city, demo=True)
        here.cookies.set(SESSION_COOKIE, browser.cookies[SESSION_COOKIE])
        stranger = client(city, demo=True)
        for route in routes(app, "GET"):
            if route.site is not Site.CITY or route.parameters:
                continue
            with subtests.test(route=route.path, who=who):
                answer = here.get(route.path)
                assert answer.status_code == stranger.get(route.path).status_code
                assert FOREIGN not in answer.text


def test_things_of_another_city_cannot_be_changed(
    runtime, other_city, app, visitors, foreign, owner, subtests
):
    """Every form, sent with the right token and ids of another city, changes nothing there."""
    before = _fingerprint(owner, other_city)
    for route in routes(app, "POST"):
        if route.site is not Site.CITY or not route.takes(_uuid()):
            continue
        for who, browser in visitors.all():
            with subtests.test(route=route.path, who=who):
                for one in foreign.polls:
                    answer = browser.submit(route.filled(one), dict.fromkeys(field_names(), "1"))
                    assert answer.status_code in (303, 400, 401, 403, 404, 409, 415, 422)
                    if answer.status_code == 303:
                        assert answer.headers["location"].startswith("/sign-in")
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


def _uuid() -> type:
    return type(uuid4())


# Whatever is asked.


def test_every_page_answers_everybody(app, visitors, own, operator, subtests):
    for route in routes(app, "GET"):
        if route.site is Site.CITY:
            who_comes = visitors.all()
        else:
            who_comes = (
                ("stranger", operator(route.site, signed_in=False)),
                ("operator", operator(route.site)),
            )
        paths = [route.path]
        if route.takes(_uuid()):
            paths = [route.filled(one) for one in own.ids]
            if len(route.parameters) > 1:
                paths = [route.filled(poll, one) for poll in own.polls for one in own.ids]
        elif route.parameters:
            paths = [route.filled(word) for word in WORDS]
        for who, browser in who_comes:
            with subtests.test(site=route.site.value, route=route.path, who=who):
                for path in paths:
                    fine(browser.get(path), (who, path))
                fine(browser.get(paths[0], headers={"hx-request": "true"}), (who, "htmx"))


def test_no_query_breaks_a_page(app, visitors, own, operator, subtests):
    for route in routes(app, "GET"):
        if route.takes(_uuid()):
            path = route.filled(own.polls[3])
        elif route.parameters:
            continue
        else:
            path = route.path
        if route.site is Site.CITY:
            who_comes = visitors.all()
        else:
            who_comes = (("operator", operator(route.site)),)
        for who, browser in who_comes:
            with subtests.test(site=route.site.value, route=path, who=who):
                for value in NASTY:
                    short = value[:200]
                    query = dict.fromkeys(field_names(), short)
                    fine(browser.get(path, params=query), (who, path, value[:40]))


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
        path = route.filled(own.polls[0]) if route.takes(_uuid()) else route.filled("nope")
        if route.site is Site.CITY:
            who_comes = visitors.all()
        else:
            who_comes = (("operator", operator(route.site)),)
        for who, browser in who_comes:
            with subtests.test(site=route.site.value, route=route.path, who=who):
                page = browser.get(path)
                names = {*field_names(), *re.findall(r'\bname="([^"]+)"', page.text)}
                names.discard("_csrf_token")
                for value in NASTY:
                    fine(browser.submit(path, dict.fromkeys(names, value)), (who, value[:40]))
                fine(browser.submit(path, {key: ["1", "2"] for key in names}), (who, "twice"))
                fine(browser.submit(path, {}), (who, "empty"))
                files = dict.fromkeys(sorted(names)[:5], ("x.png", b"\x89PNG\r\n", "image/png"))
                fine(browser.submit(path, {}, files=files), (who, "files"))
                sent = {"content-type": "application/json", "x-csrftoken": browser.csrf}
                fine(browser.post(path, content=b"[1", headers=sent), (who, "json"))
                sent = {"content-type": "multipart/form-data", "x-csrftoken": browser.csrf}
                fine(browser.post(path, content=b"--x", headers=sent), (who, "no boundary"))


def test_a_form_without_its_token_does_nothing(app, visitors, operator, subtests):
    for route in routes(app, "POST"):
        if route.path.startswith("/api/"):
            continue
        path = route.filled(uuid4())
        if route.site is Site.CITY:
            who_comes = visitors.all()
        else:
            who_comes = (("operator", operator(route.site)),)
        for who, browser in who_comes:
            with subtests.test(site=route.site.value, route=route.path, who=who):
                browser.get("/")
                for data in ({}, {"_csrf_token": ""}, {"_csrf_token": "x" * 128}):
                    answer = browser.post(path, data=data)
                    assert answer.status_code == 403, data
                    guarded(answer)
                other = visitors.stranger().csrf
                answer = browser.post(path, data={"_csrf_token": other})
                assert answer.status_code == 403, "a token of another browser"
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


def test_cookies_are_closed_to_scripts_and_other_sites(runtime, city, visitors, work):
    browser = visitors.stranger()
    answer = browser.get("/")
    with work(city, SystemActor("test")):
        pass
    for header in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in header, header
        assert "SameSite=lax" in header or "SameSite=strict" in header, header
