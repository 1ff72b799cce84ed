"""Requests that no page of ours would send: always a clear answer, never a broken page."""

from uuid import uuid4

import pytest

from tests.features.polls.build import open_poll, residents
from tests.features.polls.web.browsing import ALWAYS, city_of, form_of, sees, sign_in


@pytest.fixture
def city(runtime):
    return city_of(runtime, ALWAYS)


@pytest.fixture
def poll(runtime, city):
    return open_poll(runtime, city)


@pytest.fixture
def browser(client, runtime, city):
    (person,) = residents(runtime, city, 1)
    return sign_in(runtime, city, client(city), person)


@pytest.mark.parametrize(
    "path",
    [
        "/polls/1",
        "/polls/%00",
        "/polls/../etc/passwd",
        f"/polls/{uuid4()}",
        f"/polls/{uuid4()}/results.csv",
        f"/polls/{uuid4()}/results.xlsx",
        f"/polls/{uuid4()}/protocol",
        f"/polls/{uuid4()}/pictures/{uuid4()}",
        f"/polls/{uuid4()}/pictures/1",
    ],
)
def test_what_is_not_there_is_not_found(client, city, path):
    answer = client(city).get(path)
    assert answer.status_code == 404
    sees(answer, "404")


@pytest.mark.parametrize(
    "query",
    [
        "shelf=now&shelf=soon",
        "topic=%00",
        "topic=%ff%fe",
        "q=%ff",
        "q=%ED%A0%80",
        "q=" + "%F0%9F%98%80" * 50,
        "topic=" + "x" * 3000,
        "after=",
        "%00=1",
    ],
)
def test_any_query_gets_a_page(client, city, poll, query):
    assert client(city).get(f"/polls?{query}").status_code in (200, 400, 404)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"a": 1}', "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=1&a=2&=&&&%zz", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "text/plain"),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused(browser, poll, content, kind):
    answer = browser.post(
        f"/polls/{poll}/vote",
        content=content,
        headers={"content-type": kind, "x-csrftoken": browser.csrf},
    )
    assert 400 <= answer.status_code < 500


def test_a_thousand_fields_are_refused_at_once(browser, poll):
    answer = browser.submit(f"/polls/{poll}/vote", {str(uuid4()): "1" for _ in range(1000)})
    assert answer.status_code in (400, 413, 422)


def test_other_methods_are_not_known(browser, poll):
    headers = {"x-csrftoken": browser.csrf}
    for method in ("PUT", "DELETE", "PATCH"):
        assert browser.request(method, f"/polls/{poll}", headers=headers).status_code == 405


def test_an_answer_of_another_city_is_no_answer_here(browser, runtime, poll):
    other = next(one for one in runtime.registry.all() if one.slug != ALWAYS)
    theirs = open_poll(runtime, other, days=30)
    answer = browser.submit(f"/polls/{poll}/vote", form_of(runtime, other, theirs, 0))
    assert answer.status_code == 422
    sees(answer, "Такого варианта в опросе нет")
