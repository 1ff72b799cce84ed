"""Terms of reporting: what is said and on which clause, and what is silent when nothing is set."""

from datetime import date

from core.deadlines.domain import DayKind, LastDay
from core.features.plan.decisions import (
    REPORT_DUE,
    REPORT_DUE_COUNTED,
    REPORT_LAST_DAY,
    REPORT_REMINDER,
    ReportFacts,
)
from core.features.polls.decisions import (
    RESULTS_DUE,
    RESULTS_DUE_COUNTED,
    RESULTS_LAST_DAY,
    RESULTS_REMINDER,
    PollFacts,
)
from core.rules.explain import as_text
from core.rules.testing import check
from plugins.reporting_terms import MODULE
from tests.plugins.law import ON, asked, city, one, read

POLL = PollFacts(on=ON)
REPORT = ReportFacts(on=ON)

LINES = """
[[reporting_terms.results_days]]
from = 2023-10-23
value = 5
clause = "п. 3.13"
act = "rules"

[[reporting_terms.results_counted]]
from = 2023-10-23
value = "working"
clause = "п. 3.13"
act = "rules"

[[reporting_terms.report_days]]
from = 2023-10-23
value = 10
clause = "п. 3.14"
act = "rules"

[[reporting_terms.last_day_off]]
from = 2025-12-01
value = "next_working"
clause = "п. 7"
act = "decision"

[[reporting_terms.reminder_days]]
from = 2025-12-01
value = 2
clause = "п. 8"
act = "decision"
"""
CITY = city(polls=read("polls") + LINES)


def ask(point, facts, on=None):
    return asked(point, facts if on is None else type(facts)(on=on), regulation=CITY)


def test_the_conformance_kit_finds_nothing() -> None:
    check(MODULE, examples=40)


def test_results_in_five_working_days() -> None:
    due = ask(RESULTS_DUE, POLL)
    assert due.value == 5
    assert one(due) == (
        "Срок передачи итогов инициатору — 5 рабочих дней после окончания голосования.",
        None,
        ("п. 3.13",),
    )
    counted = ask(RESULTS_DUE_COUNTED, POLL)
    assert counted.value is DayKind.WORKING
    assert [clause.number for clause in counted.grounds[0].clauses] == ["п. 3.13"]


def test_a_report_in_ten_calendar_days_because_nothing_else_is_said() -> None:
    due = ask(REPORT_DUE, REPORT)
    assert due.value == 10
    assert one(due) == (
        "Срок отчёта — 10 календарных дней после окончания срока реализации.",
        None,
        ("п. 3.14",),
    )
    counted = ask(REPORT_DUE_COUNTED, REPORT)
    assert counted.value is DayKind.CALENDAR
    assert counted.grounds[0].kind == "silence"


def test_the_last_day_and_the_reminder_are_the_same_for_both() -> None:
    for point, facts in ((RESULTS_LAST_DAY, POLL), (REPORT_LAST_DAY, REPORT)):
        decision = ask(point, facts)
        assert decision.value is LastDay.NEXT_WORKING
        assert "Если последний день срока выходной, срок заканчивается в следующий рабочий" in (
            as_text(decision, "ru")
        )
    for point, facts in ((RESULTS_REMINDER, POLL), (REPORT_REMINDER, REPORT)):
        assert ask(point, facts).value == 2


def test_before_the_act_there_was_no_term() -> None:
    before = date(2023, 10, 22)
    assert ask(RESULTS_DUE, POLL, before).value is None
    assert ask(REPORT_DUE, REPORT, before).value is None
    assert ask(RESULTS_DUE_COUNTED, POLL, before).value is DayKind.CALENDAR
    assert ask(RESULTS_LAST_DAY, POLL, before).value is LastDay.STAYS
    assert ask(RESULTS_REMINDER, POLL, before).value is None
