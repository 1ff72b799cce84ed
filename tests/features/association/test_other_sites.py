"""The association's and the operator's hosts: what is there, for whom, at what cost."""

import pytest

from core.identity import sessions
from core.web.request import SESSION_COOKIE
from tests.features.polls.build import open_poll
from tests.features.polls.web.browsing import counted, sees, sees_not

ASSOCIATION = "association.localhost"
OPERATOR = "operator.localhost"


def test_the_association_lists_its_cities_with_their_addresses(client, runtime):
    answer = client(ASSOCIATION).get("/")
    assert answer.status_code == 200
    for city in runtime.registry.all():
        sees(answer, city.profile.names.product.ru, city.profile.names.place.ru)
        host = runtime.registry.hosts(city)[0]
        assert runtime.settings.url_of(host) in answer.text


def test_a_disabled_city_and_one_of_no_association_are_left_out(client, runtime, owner):
    first, second, *_ = runtime.registry.all()
    owner.execute(
        "UPDATE platform.tenant SET state = 'disabled',"
        " version = nextval('platform.tenant_version') WHERE id = %s",
        (first.id,),
    )
    owner.execute(
        "UPDATE platform.tenant SET profile = profile - 'association',"
        " version = nextval('platform.tenant_version') WHERE id = %s",
        (second.id,),
    )
    answer = client(ASSOCIATION).get("/")
    sees_not(answer, first.profile.names.product.ru, second.profile.names.product.ru)


def test_the_operator_s_page_needs_an_operator(client, runtime, city):
    stranger = client(OPERATOR)
    answer = stranger.get("/")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    stranger.cookies.set(
        SESSION_COOKIE, sessions.begin(runtime, None, kind="staff", id=city.id, name="Кто-то")
    )
    answer = stranger.get("/")
    assert answer.status_code == 403
    sees_not(answer, *(one.slug for one in runtime.registry.all()))
    known = client(OPERATOR)
    known.cookies.set(
        SESSION_COOKIE, sessions.begin(runtime, None, kind="operator", id=1, name="Оператор")
    )
    answer = known.get("/")
    assert answer.status_code == 200
    for one in runtime.registry.all():
        sees(answer, one.slug, one.role, runtime.registry.hosts(one)[0])


def test_a_city_s_session_opens_nothing_at_the_operator_s(client, runtime, city):
    browser = client(OPERATOR)
    browser.cookies.set(
        SESSION_COOKIE, sessions.begin(runtime, city, kind="operator", id=1, name="Оператор")
    )
    assert browser.get("/").status_code == 303


def test_in_the_demo_everybody_may_look(client, runtime):
    answer = client(OPERATOR, demo=True).get("/")
    assert answer.status_code == 200
    sees(answer, "работает")


def test_a_city_that_waits_for_a_migration_is_marked(client, runtime, owner):
    city = runtime.registry.all()[0]
    owner.execute("UPDATE platform.tenant SET revision = '0000' WHERE id = %s", (city.id,))
    sees(client(OPERATOR, demo=True).get("/"), "отстала")


@pytest.mark.parametrize("host", [ASSOCIATION, OPERATOR])
def test_neither_site_has_a_city_s_pages(client, runtime, host, city):
    poll = open_poll(runtime, city)
    for path in ("/polls", f"/polls/{poll}", "/about", "/desk"):
        assert client(host, demo=True).get(path).status_code == 404, path


def test_both_pages_cost_the_same_with_more_cities(client, runtime, owner):
    association, operator = client(ASSOCIATION, demo=True), client(OPERATOR, demo=True)
    few = counted(runtime, association, "/"), counted(runtime, operator, "/")
    first, *others = runtime.registry.all()
    for one in others:
        owner.execute(
            "UPDATE platform.tenant SET state = 'disabled',"
            " version = nextval('platform.tenant_version') WHERE id = %s",
            (one.id,),
        )
    assert first
    fewer = counted(runtime, association, "/"), counted(runtime, operator, "/")
    assert few == fewer
    assert max(few) <= 4


def test_robots_have_no_business_at_the_operator_s(client):
    assert "Disallow: /\n" in client(OPERATOR).get("/robots.txt").text
