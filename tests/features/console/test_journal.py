"""The journal on the desk: what was done and decided, and whether the chain still holds."""

from datetime import timedelta

import pytest

from core.features.polls.service import life
from core.features.polls.service.drafting import create_draft, submit_for_review
from core.kit.actor import SystemActor
from tests.features.console.browsing import signed_in
from tests.features.polls.build import draft, official, open_poll
from tests.support.http import visible_text

JOURNAL = "/desk/journal"
DECISIONS = "/desk/journal/decisions"
VERIFY = "/desk/journal/verification"


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def chief(runtime, city):
    return official(runtime, city, "audit.view", name="Ольга Викторовна")


@pytest.fixture
def desk(runtime, city, client, chief):
    return signed_in(runtime, city, client(city), chief)


def test_who_did_what_to_what(runtime, city, desk, chief):
    poll = open_poll(runtime, city, staff=chief)
    with runtime.work(city, SystemActor("schedule")) as work:
        work.record("polls.recounted", f"poll:{poll}", counters={"a": 41}, ballots={"a": 42})
    words = visible_text(desk.get(JOURNAL))
    for part in (
        "создан черновик опроса",
        "опрос согласован",
        "голосование открыто",
        "правила на день: 15 июня 2026",
        "Ольга Викторовна",
        "Система",
    ):
        assert part in words
    assert f'href="/desk/polls/{poll}"' in desk.get(JOURNAL).text
    assert "41" not in words
    assert "42" not in words


def test_everything_about_one_matter(runtime, city, desk, chief):
    mine = open_poll(runtime, city, staff=chief)
    open_poll(runtime, city, staff=chief, title="Другой опрос")
    words = visible_text(desk.get(f"{JOURNAL}?about=poll:{mine}"))
    assert "Только об одном: опрос" in words
    assert "Другой опрос" not in words
    assert words.count("голосование открыто") == 1


def test_decisions_stand_with_their_clauses(runtime, city, desk, chief):
    poll = open_poll(runtime, city, staff=chief)
    words = visible_text(desk.get(DECISIONS))
    assert "Открыть опрос: да" in words
    assert "по правилам на 15 июня 2026" in words
    assert "п. 3.11" in words
    assert "отпечаток норм" in words
    assert "Открыть опрос" in visible_text(desk.get(f"{DECISIONS}?about=poll:{poll}"))


def test_pages_go_back_in_time_without_gaps(runtime, city, desk, chief):
    with runtime.work(city, chief) as work:
        for number in range(120):
            work.record("polls.saved", "poll:0", title=f"Правка-{number:03}")
    seen: list[str] = []
    path = JOURNAL
    for _page in range(5):
        page = desk.get(path)
        words = visible_text(page)
        seen += [f"{n:03}" for n in range(120) if f"Правка-{n:03}" in words]
        if 'rel="next"' not in page.text:
            break
        path = page.text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
        path = path.replace("&amp;", "&")
    assert sorted(seen) == [f"{n:03}" for n in range(120)]


def test_a_sound_chain_is_told_so(runtime, city, desk, chief):
    open_poll(runtime, city, staff=chief)
    answer = desk.submit(VERIFY, follow=True)
    assert "Журнал цел" in visible_text(answer)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {0}.audit_entry SET actor = 'staff:nobody' WHERE action = 'polls.approved'",
        "DELETE FROM {0}.audit_entry WHERE action = 'polls.submitted'",
    ],
)
def test_a_changed_or_removed_entry_is_found(runtime, city, desk, chief, owner, change):
    open_poll(runtime, city, staff=chief)
    owner.execute(change.format(city.role))
    words = visible_text(desk.submit(VERIFY, follow=True))
    assert "Цепочка нарушена на записи №" in words


def test_the_check_needs_the_token_and_the_right(runtime, city, desk, client):
    assert desk.post(VERIFY).status_code == 403
    moderator = official(runtime, city, "polls.draft", but_not=("audit.view",))
    assert signed_in(runtime, city, client(city), moderator).submit(VERIFY).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["?about='; DROP TABLE poll", "?about=poll", "?before=x", "?before=-1", "?before=" + "9" * 40],
)
def test_addresses_made_by_hand(desk, query):
    assert desk.get(f"{JOURNAL}{query}").status_code == 404
    assert desk.get(f"{DECISIONS}{query}").status_code == 404


def test_an_empty_journal_says_what_will_be_there(desk):
    assert "Записей нет" in visible_text(desk.get(JOURNAL))
    assert "Записей нет" in visible_text(desk.get(DECISIONS))


def test_what_is_said_of_a_poll_with_a_remark_is_shown_as_text(runtime, city, desk, chief):
    with runtime.work(city, chief) as work:
        poll = create_draft(work, draft=draft(first=work.today + timedelta(days=9)))
        submit_for_review(work, poll_id=poll)
        life.return_to_draft(work, poll_id=poll, note="<b>жирно</b>")
    assert "<b>жирно" not in desk.get(JOURNAL).text
