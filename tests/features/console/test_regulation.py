"""The regulation on the desk: values with clauses and history on any day, and questions to it."""

from datetime import date

import pytest

from core.features.console import domain
from core.rules import Catalogue, Entry
from core.work import Regulations
from tests.features.console.browsing import fields, signed_in
from tests.features.polls.build import official
from tests.support.http import visible_text

REGULATION = "/desk/regulation"
ASK = "/desk/regulation/ask"


@pytest.fixture
def city(runtime):
    return runtime.registry.by_slug("gubkinsky")


@pytest.fixture
def desk(runtime, city, client):
    return signed_in(runtime, city, client(city), official(runtime, city, "regulation.view"))


@pytest.fixture
def decide_later(runtime, city, owner):
    """Record a value that will count from a day to come."""

    def record(module: str, parameter: str, value: str, since: str) -> None:
        owner.execute(
            f"INSERT INTO {city.role}.regulation_entry (procedure, module, parameter,"
            " in_force_from, value, clause, act, source, recorded_by)"
            " VALUES ('polls', %s, %s, %s, %s, 'п. 1.1', 'order-2272', 'desk', 'test')",
            (module, parameter, since, value),
        )
        runtime.regulations = Regulations()

    return record


def test_every_value_stands_with_its_clause_and_day(desk):
    words = visible_text(desk.get(REGULATION))
    for part in (
        "Порядок проведения опросов",
        "Самый долгий срок опроса",
        "45 дней с 23 октября 2023 п. 3.11",
        "300 жителей с 23 октября 2023 п. 3.12",
        "№ 2272 от 23 октября 2023",
        "пример, не принят",
    ):
        assert part in words


def test_other_procedures_and_lists_are_read_as_well(desk):
    words = visible_text(desk.get(f"{REGULATION}?procedure=people"))
    assert "Группа инициации" in words
    assert "Без права к информационному ресурсу" in words
    assert "5 баллов" in visible_text(desk.get(f"{REGULATION}?procedure=bonus"))


def test_what_will_change_is_shown_ahead_and_becomes_history(desk, decide_later):
    decide_later("quorum", "minimum_participants", "250", "2026-09-01")
    words = visible_text(desk.get(REGULATION))
    assert "Что изменится" in words
    assert "1 сентября 2026 Наименьшее число участников 300 жителей 250 жителей п. 1.1" in words
    assert "300 жителей с 23 октября 2023" in words
    later = visible_text(desk.get(f"{REGULATION}?on=2026-09-01"))
    assert "Как он будет действовать на 1 сентября 2026" in later
    assert "250 жителей с 1 сентября 2026" in later
    assert "История значений" in later
    assert "Что изменится" not in later


def test_before_the_act_the_rule_was_not_in_force_and_it_says_what_was_missing(desk):
    words = visible_text(desk.get(f"{REGULATION}?on=2020-01-01"))
    assert "ещё не действует" in words
    assert "Чтобы правило начало действовать, нужно задать" in words
    assert "Самый долгий срок опроса" in words


def test_a_rule_that_was_ended_says_so(desk, decide_later):
    decide_later("quorum", "in_force", "false", "2026-01-01")
    assert "не действует" in visible_text(desk.get(REGULATION))


@pytest.mark.parametrize("query", ["?on=вчера", "?on=0001-01-01", "?on=9999-12-31", "?on="])
def test_a_day_that_is_none_means_today(desk, query):
    answer = desk.get(f"{REGULATION}{query}")
    assert answer.status_code == 200
    assert "Как он действует сегодня" in visible_text(answer)


def test_a_procedure_that_is_none(desk):
    assert desk.get(f"{REGULATION}?procedure=magic").status_code == 404


def test_a_question_is_chosen_filled_in_and_answered_with_clauses(desk):
    first = desk.get(ASK)
    assert "Открыть опрос" in visible_text(first)
    chosen = desk.get(ASK, params={"question": "polls~polls.may_open"})
    form = fields(chosen, action=ASK)
    answer = desk.get(ASK, params={**form, "duration_days": "60"})
    words = visible_text(answer)
    assert "Нельзя" in words
    assert "Опрос длится 60 дней, а можно не больше 45." in words
    assert "Выберите дату окончания не позже 29 июля 2026." in words
    assert "п. 3.11" in words
    assert "№ 2272" in words
    allowed = visible_text(desk.get(ASK, params={**form, "duration_days": "30"}))
    assert "Можно" in allowed
    assert "Рекомендуемый срок опроса — 21 день" in allowed


def test_the_law_of_another_day_answers_otherwise(desk, decide_later):
    decide_later("quorum", "minimum_participants", "250", "2026-09-01")
    for day, answer in (("2026-06-15", "300 жителей"), ("2026-09-01", "250 жителей")):
        asked = {"question": "polls~polls.quorum", "on": day}
        assert answer in visible_text(desk.get(ASK, params=asked))


def test_facts_about_a_voter(desk):
    asked = {
        "question": "polls~polls.may_vote",
        "on": "2026-06-15",
        "age": "13",
        "level": "resident",
        "district": "mkr-9",
        "territory": ["mkr-9", "mkr-12"],
    }
    words = visible_text(desk.get(ASK, params=asked))
    assert "Нельзя" in words
    assert "14" in words
    assert "Можно" in visible_text(desk.get(ASK, params={**asked, "age": "14"}))


@pytest.mark.parametrize(
    "facts",
    [
        {"duration_days": ""},
        {"duration_days": "0"},
        {"duration_days": "-5"},
        {"duration_days": "много"},
        {"duration_days": "9" * 5000},
    ],
)
def test_facts_that_are_none_are_asked_for_again(desk, facts):
    answer = desk.get(ASK, params={"question": "polls~polls.may_open", "on": "2026-06-15", **facts})
    assert answer.status_code == 422
    assert 'href="#f-duration_days"' in answer.text


@pytest.mark.parametrize(
    "question", ["", "polls", "magic~polls.may_open", "people~people.may_act", "polls~magic"]
)
def test_a_question_that_is_none_is_not_asked(desk, question):
    answer = desk.get(ASK, params={"question": question, "on": "2026-06-15"})
    assert answer.status_code == 200
    assert "Отпечаток применённых норм" not in visible_text(answer)


def test_each_question_of_polls_can_be_filled_in(runtime, city):
    with runtime.work(city, official(runtime, city)) as work:
        asked = domain.questions(work.regulation, Catalogue.installed(), work.today)
    keys = {(procedure, point.key) for point, procedure in asked}
    assert {
        ("polls", "polls.may_open"),
        ("polls", "polls.may_extend"),
        ("polls", "polls.may_vote"),
        ("polls", "polls.quorum"),
        ("polls", "polls.results_shown"),
        ("bonus", "polls.reward"),
    } <= keys
    assert not any(key.startswith("people.") for _procedure, key in keys)


def test_a_value_that_is_illegal_is_still_shown_as_it_was_written(runtime, city):
    with runtime.work(city, official(runtime, city)) as work:
        regulation = work.regulation
    broken = type(regulation)(
        1,
        regulation.acts.values(),
        regulation.procedures.values(),
        [
            *regulation.entries,
            Entry("polls", "quorum", "minimum_participants", date(2026, 1, 1), "many"),
            Entry("polls", "unheard_of", "size", date(2026, 1, 1), 3),
        ],
    )
    shown = domain.laid_out(broken, Catalogue.installed(), "polls", date(2026, 6, 15))
    quorum = next(module for module in shown if module.key == "quorum")
    value = next(one for one in quorum.parameters if one.name == "minimum_participants").now
    assert value is not None
    assert value.lines[0].ru == "many"
    unknown = next(module for module in shown if module.key == "unheard_of")
    assert not unknown.in_force
