"""Histories: which entry counts on which day, whatever was recorded when."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.rules import Procedure, Regulation
from tests.rules.sample import ACT, ON, PROCEDURE, START, entry, regulation, text

DAY = timedelta(days=1)


def value(law: Regulation, on: date) -> object:
    found = law.in_force("main", on).get(("rule", "limit"))
    return found.value if found else None


def test_each_value_holds_until_the_next() -> None:
    law = regulation(entry("rule", value=5), entry("rule", value=6, since=ON))
    assert value(law, START - DAY) is None
    assert value(law, START) == 5
    assert value(law, ON - DAY) == 5
    assert value(law, ON) == 6


def test_of_one_day_the_entry_recorded_later_counts() -> None:
    law = regulation(entry("rule", value=5), entry("rule", value=6))
    assert value(law, START) == 6


def test_a_retroactive_entry_changes_the_past_and_not_what_came_after() -> None:
    law = regulation(
        entry("rule", value=5),
        entry("rule", value=7, since=ON),
        entry("rule", value=6, since=ON - 9 * DAY),
    )
    assert value(law, ON - 9 * DAY) == 6
    assert value(law, ON) == 7


def test_offers_what_it_was_built_from() -> None:
    entries = (entry("rule", value=6, since=ON), entry("rule", value=5))
    law = regulation(*entries)
    assert law.version == 1
    assert law.acts["act"] is ACT
    assert law.procedures == {"main": PROCEDURE}
    assert law.entries == entries
    assert law.changes("main") == (START, ON)
    assert law.names("main") == (("rule", "limit"),)
    assert law.history("main", "rule", "limit") == (entries[1], entries[0])


def test_an_unknown_procedure_has_no_law() -> None:
    law = regulation()
    assert law.changes("none") == ()
    assert law.names("none") == ()
    assert law.history("none", "rule", "limit") == ()
    assert law.in_force("none", ON) == {}


def test_procedures_keep_their_numbers_apart() -> None:
    other = Procedure(key="other", feature="sample", title=text("Other"))
    law = Regulation(
        1, [ACT], [PROCEDURE, other], [entry("rule"), entry("rule", value=9, procedure="other")]
    )
    assert law.in_force("main", ON)["rule", "limit"].value == 5
    assert law.in_force("other", ON)["rule", "limit"].value == 9


def test_clauses_are_resolved_within_the_act_of_the_entry() -> None:
    law = regulation()
    cited = entry("rule")
    found = law.clause(cited)
    assert found is not None
    assert (found.number, found.act) == ("п. 1", ACT)
    closer = law.clause(cited, "строка 2")
    assert closer is not None
    assert closer.number == "строка 2"
    assert law.clause(entry("rule", act=None)) is None
    assert law.clause(entry("rule", act="missing")) is None
    assert law.clause(entry("rule", clause=None)) is None


def test_what_is_kept_is_made_once_for_each_stretch_of_unchanged_law() -> None:
    law = regulation(entry("rule"), entry("rule", value=6, since=ON))
    made: list[date] = []

    def make(since: date) -> int:
        made.append(since)
        return len(made)

    owner = object()
    days = (START - DAY, START, ON - DAY, ON, ON + DAY)
    assert [law.kept("main", on, owner, make) for on in days] == [1, 2, 2, 3, 3]
    assert made == [date.min, START, ON]
    assert law.kept("main", ON, object(), make) == 4


days = st.dates(date(2024, 1, 1), date(2024, 1, 20))


@given(st.lists(st.tuples(days, st.integers())), days)
def test_the_latest_day_counts_and_within_it_the_latest_record(
    written: list[tuple[date, int]], on: date
) -> None:
    law = regulation(*(entry("rule", value=v, since=since) for since, v in written))
    begun = [(since, place, v) for place, (since, v) in enumerate(written) if since <= on]
    assert value(law, on) == (max(begun)[2] if begun else None)


@given(st.lists(st.tuples(days, st.integers())), days, st.integers(), days)
def test_an_entry_never_changes_the_law_before_its_own_day(
    written: list[tuple[date, int]], since: date, added: int, on: date
) -> None:
    entries = [entry("rule", value=v, since=day) for day, v in written]
    before = regulation(*entries)
    after = regulation(*entries, entry("rule", value=added, since=since))
    if on < since:
        assert value(before, on) == value(after, on)
