"""Which city a request means: its host name and nothing else, however it is written."""

import pytest

from core.tenancy.provision import set_state
from tests.features.polls.build import open_poll

EVIL = "evil.example"


class Raw:
    """Requests with headers that no client library would send."""

    def __init__(self, app, portal) -> None:
        self._app, self._portal = app, portal

    def get(self, path, *hosts, headers=(), query=b"", version="1.1"):
        """Status, headers and text of the answer to a GET with these Host headers."""

        async def ask():
            sent = []

            async def receive():
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message):
                sent.append(message)

            scope = {
                "type": "http",
                "asgi": {"version": "3.0", "spec_version": "2.3"},
                "http_version": version,
                "method": "GET",
                "scheme": "http",
                "path": path,
                "raw_path": path.encode(),
                "query_string": query,
                "root_path": "",
                "headers": [*((b"host", host) for host in hosts), *headers],
                "client": ("127.0.0.1", 50_000),
                "server": ("127.0.0.1", 80),
            }
            await self._app(scope, receive, send)
            return sent

        start, *bodies = self._portal.call(ask)
        text = b"".join(one.get("body", b"") for one in bodies).decode()
        return start["status"], dict(start["headers"]), text


@pytest.fixture
def raw(installation, runtime, portal):
    return Raw(installation.app(demo=False), portal)


@pytest.fixture
def host(runtime, city):
    return runtime.registry.hosts(city)[0]


@pytest.mark.parametrize(
    "spelling", ["{0}", "{1}", "{0}.", "{0}:8000", "{0}.:8000", "{1}.:443", "{0}:"]
)
def test_spellings_of_the_same_host(raw, city, host, spelling):
    sent = spelling.format(host, host.upper()).encode()
    status, _headers, text = raw.get("/", sent)
    assert status == 200
    assert city.profile.names.product.ru in text
    assert raw.get("/api/v1/polls", sent)[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"nowhere.example",
        b"localhost",
        b"127.0.0.1",
        b"[::1]:80",
        b"x.{host}",
        b"{host}.evil.example",
        b"evil.example#{host}",
        b"evil.example/{host}",
        b"{host}/evil.example",
        b"{host}@evil.example",
        b"evil.example@{host}",
        b"{host}\\evil.example",
        b"{host} evil.example",
        b"{host}:evil.example",
        b"{host}:80@evil.example",
        b"{host}:80:90",
        b"{host}:99999",
        b"{host}:" + b"9" * 5000,
        b"{host},evil.example",
        b"{host}\0",
        b" {host}",
        b"{host}\r\nx: y",
        b"{host}%00",
        "губкинский.рф".encode(),
        b"\xff\xfe",
        b"a" * 5000,
        b"xn--" + b"0" * 60,
    ],
)
def test_a_host_that_is_no_city_is_nothing(raw, host, sent):
    status, headers, text = raw.get("/", sent.replace(b"{host}", host.encode()))
    assert status == 404
    assert headers[b"content-type"].startswith(b"text/plain")
    assert b"content-security-policy" in headers
    assert EVIL not in text
    assert raw.get("/api/v1/polls", sent.replace(b"{host}", host.encode()))[0] == 404


def test_without_a_host_there_is_nothing(raw):
    assert raw.get("/")[0] == 404
    assert raw.get("/", version="1.0")[0] == 404


def test_what_a_client_claims_about_the_host_is_never_repeated(raw, runtime, city, host):
    """Addresses in answers are made from the registry: no cache and no letter can be poisoned."""
    poll = open_poll(runtime, city)
    claims = (
        (b"x-forwarded-host", EVIL.encode()),
        (b"x-host", EVIL.encode()),
        (b"x-original-host", EVIL.encode()),
        (b"forwarded", f"host={EVIL};proto=https".encode()),
        (b"x-forwarded-proto", b"javascript"),
        (b"x-original-url", b"/desk"),
        (b"x-rewrite-url", b"/desk"),
    )
    for path in ("/", "/polls", f"/polls/{poll}", "/sign-in", "/profile", "/api/v1/polls"):
        plain_status = raw.get(path, host.encode())[0]
        status, headers, text = raw.get(path, host.encode(), headers=claims)
        assert status == plain_status, path
        assert EVIL not in text, path
        assert "javascript:" not in text
        assert not any(EVIL.encode() in value for value in headers.values()), path


def test_of_two_hosts_the_first_is_meant_and_only_one_city_answers(
    raw, runtime, city, other_city, host
):
    other = runtime.registry.hosts(other_city)[0]
    status, _headers, text = raw.get("/", host.encode(), other.encode())
    assert status == 200
    assert city.profile.names.product.ru in text
    assert other_city.profile.names.product.ru not in text


def test_a_disabled_city_is_as_if_it_were_not(raw, runtime, owner, city, host):
    assert raw.get("/", host.encode())[0] == 200
    set_state(owner, city.slug, "disabled")
    for path in (
        "/",
        "/polls",
        "/sign-in",
        "/desk",
        "/api/v1/polls",
        "/static/x",
        "/brand/accent.css",
    ):
        status, _headers, text = raw.get(path, host.encode())
        assert status == 404, path
        assert city.profile.names.nominative.ru not in text
    set_state(owner, city.slug, "active")
    assert raw.get("/", host.encode())[0] == 200


def test_every_host_of_a_city_leads_to_it(raw, runtime):
    for city in runtime.registry.all():
        for host in runtime.registry.hosts(city):
            status, _headers, text = raw.get("/", host.encode())
            assert status == 200
            assert city.profile.names.product.ru in text


def test_the_other_sites_have_no_api_and_no_city(raw, runtime):
    settings = runtime.settings
    for label in (settings.association_host, settings.operator_host):
        host = settings.host_of(label).encode()
        for path in ("/api/v1/polls", "/api/v1/city", "/api/v1/schema/openapi.json"):
            status, headers, _text = raw.get(path, host)
            assert status == 404
            assert headers[b"content-type"] == b"application/problem+json"
        assert raw.get("/polls", host)[0] == 404
        assert raw.get("/desk", host)[0] == 404


def test_health_is_answered_on_any_host(raw, host):
    for sent in (b"", b"nowhere.example", b"10.0.0.1:8000", host.encode()):
        assert raw.get("/health/live", sent)[0] == 200
        assert raw.get("/health/ready", sent)[0] == 200
