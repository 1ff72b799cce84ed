"""Decisions: combination without order, silence, clauses, the law of the day, and what stops."""

import itertools
from datetime import date, timedelta
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.text import Text
from core.rules import (
    AnyModule,
    BadRegulation,
    Cited,
    Decision,
    Disagreement,
    Entry,
    Opinion,
    Parameter,
    Params,
    Silent,
    Uncited,
    Verdict,
    advise,
    decide,
    permit,
    refuse,
    value_of,
)
from core.rules.points import AnyPoint
from tests.rules.sample import (
    ACT,
    COLOUR,
    LEAST,
    MAY,
    MAY_FREELY,
    MAY_STRICTLY,
    MOST,
    ON,
    ONE,
    START,
    Colour,
    Matter,
    Other,
    catalogue,
    entry,
    module,
    regulation,
    text,
)

NO = text("No")
NEXT = text("Next")


def asked(
    point: AnyPoint,
    *voices: tuple[AnyModule, tuple[Entry, ...]],
    facts: Matter | None = None,
    procedure: str = "main",
) -> Decision[Any]:
    return decide(
        point,
        facts or Matter(on=ON),
        regulation=regulation(*(e for _, entries in voices for e in entries)),
        procedure=procedure,
        catalogue=catalogue(*(m for m, _ in voices)),
    )


def saying(
    key: str, point: AnyPoint, opinion: Opinion[Any] | None, *entries: Entry
) -> tuple[AnyModule, tuple[Entry, ...]]:
    return module(key, {point: lambda facts, rule: opinion}), entries or (entry(key),)


YES_VOICE = permit(rests_on=["limit"])
NO_VOICE = refuse(NO, next_step=NEXT, rests_on=["limit"])


class TestPermission:
    def test_one_permit_and_no_refusal_allows(self) -> None:
        decision = asked(MAY, saying("a", MAY, YES_VOICE), saying("b", MAY, None))
        assert decision.allowed
        assert decision.value is True
        assert [r.kind for r in decision.reasons] == ["grant"]
        assert decision.reasons[0].text == Text(
            ru="Правило «a (по-русски)» это разрешает.", en="The rule “a” allows this."
        )

    def test_one_refusal_refuses_and_only_refusals_are_reasons(self) -> None:
        decision = asked(MAY, saying("a", MAY, YES_VOICE), saying("b", MAY, NO_VOICE))
        assert not decision.allowed
        (reason,) = decision.reasons
        assert (reason.kind, reason.module, reason.edition) == ("refusal", "b", 1)
        assert (reason.text, reason.next_step) == (NO, NEXT)

    def test_silence_denies_with_a_reason_and_a_next_step(self) -> None:
        decision = asked(MAY, saying("a", MAY, None))
        assert decision.value is False
        (reason,) = decision.reasons
        assert (reason.kind, reason.module, reason.clauses) == ("silence", "", ())
        assert "May" in reason.text.en
        assert reason.next_step is not None

    def test_silence_allows(self) -> None:
        decision = asked(MAY_FREELY)
        assert decision.value is True
        assert decision.reasons[0].next_step is None

    def test_silence_is_an_error(self) -> None:
        with pytest.raises(Silent, match=r"sample\.strict"):
            asked(MAY_STRICTLY)


class TestQuantity:
    def three(self, point: AnyPoint) -> list[tuple[AnyModule, tuple[Entry, ...]]]:
        return [
            saying(key, point, value_of(number, rests_on=["limit"]))
            for key, number in (("a", 5), ("b", 3), ("c", 8))
        ]

    def test_the_smallest_counts(self) -> None:
        decision = asked(LEAST, *self.three(LEAST))
        assert decision.value == 3
        assert [r.module for r in decision.reasons] == ["b"]
        assert decision.reasons[0].text.en == "Least: 3\u00a0days."
        assert decision.shown.ru == "3\u00a0дня"

    def test_the_largest_counts(self) -> None:
        assert asked(MOST, *self.three(MOST)).value == 8

    def test_exactly_one_may_speak(self) -> None:
        with pytest.raises(Disagreement, match="a, b, c"):
            asked(ONE, *self.three(ONE))
        assert asked(ONE, self.three(ONE)[0]).value == 5

    def test_silence_is_absence_a_value_or_an_error(self) -> None:
        absent = asked(LEAST)
        assert absent.value is None
        assert absent.shown == Text(ru="не задано", en="not set")
        assert absent.reasons[0].kind == "silence"
        assert asked(MOST).value == 7
        with pytest.raises(Silent):
            asked(ONE)


class TestChoice:
    def test_exactly_one_chooses(self) -> None:
        decision = asked(COLOUR, saying("a", COLOUR, value_of(Colour.GREEN, rests_on=["limit"])))
        assert decision.value is Colour.GREEN
        assert decision.shown == Text(ru="зелёный", en="green")

    def test_silence_has_a_value(self) -> None:
        assert asked(COLOUR).value is Colour.RED


@given(
    st.lists(st.sampled_from([YES_VOICE, NO_VOICE, None]), max_size=4),
    st.randoms(use_true_random=False),
)
def test_permission_does_not_depend_on_order(
    opinions: list[Opinion[Verdict] | None], random: Any
) -> None:
    voices = [saying(f"m{n}", MAY, opinion) for n, opinion in enumerate(opinions)]
    shuffled = random.sample(voices, len(voices))
    assert asked(MAY, *voices) == asked(MAY, *shuffled)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
    st.sampled_from([LEAST, MOST]),
    st.randoms(use_true_random=False),
)
def test_quantity_does_not_depend_on_order(
    numbers: list[int], point: AnyPoint, random: Any
) -> None:
    voices = [
        saying(f"m{n}", point, value_of(number, rests_on=["limit"]))
        for n, number in enumerate(numbers)
    ]
    shuffled = random.sample(voices, len(voices))
    decision = asked(point, *voices)
    assert decision == asked(point, *shuffled)
    assert decision.value == (min if point is LEAST else max)(numbers)


class TestClauses:
    def test_a_refusal_names_clause_and_act_as_of_the_day(self) -> None:
        rule = module("a", {MAY: lambda facts, rule: NO_VOICE})
        law = regulation(entry("a"), entry("a", value=6, since=ON, clause="п. 2", act="example"))
        for on, number, act in ((ON - timedelta(days=1), "п. 1", "act"), (ON, "п. 2", "example")):
            decision = decide(
                MAY, Matter(on=on), regulation=law, procedure="main", catalogue=catalogue(rule)
            )
            (clause,) = decision.clauses
            assert (clause.number, clause.act.key) == (number, act)

    @pytest.mark.parametrize("uncited", [{"clause": None}, {"act": None}, {"act": "missing"}])
    def test_a_refusal_without_a_clause_stops(self, uncited: dict[str, Any]) -> None:
        with pytest.raises(Uncited, match="a decides"):
            asked(MAY, saying("a", MAY, NO_VOICE, entry("a", **uncited)))

    def test_a_value_without_a_clause_stops(self) -> None:
        with pytest.raises(Uncited):
            asked(LEAST, saying("a", LEAST, value_of(1, rests_on=[])))

    def test_a_grant_and_advice_need_none(self) -> None:
        decision = asked(MAY, saying("a", MAY, permit(advice=[advise(text("Hint"))])))
        assert decision.allowed
        assert [r.kind for r in decision.reasons] == ["grant", "advice"]
        assert decision.advice[0].text == text("Hint")
        assert decision.clauses == ()

    def test_a_row_is_a_closer_clause_of_the_same_act(self) -> None:
        opinion = refuse(NO, next_step=NEXT, rests_on=[Cited("limit", clause="строка 4")])
        (clause,) = asked(MAY, saying("a", MAY, opinion)).clauses
        assert (clause.number, clause.act) == ("строка 4", ACT)

    def test_a_row_of_a_parameter_without_an_entry_is_no_clause(self) -> None:
        opinion = refuse(NO, next_step=NEXT, rests_on=[Cited("extra", clause="строка 4")])
        with pytest.raises(Uncited):
            asked(MAY, saying("a", MAY, opinion))

    def test_the_same_clause_stands_once(self) -> None:
        opinion = refuse(NO, next_step=NEXT, rests_on=["limit", "extra"])
        decision = asked(MAY, saying("a", MAY, opinion, entry("a"), entry("a", "extra", 2)))
        assert len(decision.reasons[0].clauses) == 1
        assert [label.en for label, _ in decision.reasons[0].values] == ["Limit", "Extra"]


class TestTexts:
    def test_values_facts_and_parameters_stand_in_their_right_form(self) -> None:
        opinion = refuse(
            Text(
                ru="{days}, {days_number}, {limit}, {limit_number}, {given}, {on}, {name}",
                en="{days}, {days_number}, {limit}, {limit_number}, {given}, {on}, {name}",
            ),
            next_step=Text(ru="{limit}", en="{limit}"),
            rests_on=["limit"],
            given=date(2026, 6, 14),
        )
        (reason,) = asked(
            MAY, saying("a", MAY, opinion), facts=Matter(on=ON, days=21, name="Я")
        ).reasons
        nbsp = "\u00a0"
        assert reason.text.ru == (f"21{nbsp}день, 21, 5{nbsp}дней, 5, 14 июня 2026, 1 июня 2024, Я")
        assert reason.text.en == f"21{nbsp}days, 21, 5{nbsp}days, 5, 14 June 2026, 1 June 2024, Я"
        assert reason.next_step == Text(ru=f"5{nbsp}дней", en=f"5{nbsp}days")
        assert [(label.ru, value.ru) for label, value in reason.values] == [
            ("Дней", f"21{nbsp}день"),
            ("Имя", "Я"),
            ("Limit (по-русски)", f"5{nbsp}дней"),
        ]

    def test_an_unknown_placeholder_is_an_error(self) -> None:
        opinion = permit(Text(ru="{what}", en="{what}"))
        with pytest.raises(AttributeError):
            asked(MAY, saying("a", MAY, opinion))


class TestLaw:
    def rule(self) -> AnyModule:
        return module("a", {LEAST: lambda facts, rule: value_of(rule.limit, rests_on=["limit"])})

    def at(self, on: date, *entries: Entry) -> Decision[Any]:
        return decide(
            LEAST,
            Matter(on=on),
            regulation=regulation(*entries),
            procedure="main",
            catalogue=catalogue(self.rule(), module("b", edition=2)),
        )

    def test_the_governing_date_chooses_the_numbers(self) -> None:
        entries = (entry("a"), entry("a", value=6, since=ON))
        assert self.at(START, *entries).value == 5
        assert self.at(ON, *entries).value == 6

    def test_before_its_first_entry_a_module_is_silent(self) -> None:
        assert self.at(START - timedelta(days=1), entry("a")).value is None

    def test_in_force_ends_and_restores(self) -> None:
        entries = (
            entry("a"),
            entry("a", "in_force", False, since=ON),
            entry("a", "in_force", True, since=date(2025, 1, 1)),
        )
        assert self.at(START, *entries).value == 5
        assert self.at(ON, *entries).value is None
        assert self.at(date(2025, 1, 1), *entries).value == 5

    def test_without_what_it_needs_a_module_is_silent(self) -> None:
        assert self.at(ON, entry("a", "extra", 1)).value is None

    @pytest.mark.parametrize(
        ("broken", "message"),
        [
            (entry("a", value=0), "whole number from 1 to 99"),
            (entry("a", value="x"), "whole number"),
            (entry("a", "extra", 9), "Extra is greater"),
            (entry("a", "colour", 1), "no parameter colour"),
            (entry("a", "in_force", "no"), "true or false"),
            (entry("a", "edition", 2), "edition 2"),
            (entry("a", "edition", True), "edition True"),
            (entry("z"), "no rule module z"),
        ],
    )
    def test_a_regulation_that_makes_no_sense_stops(self, broken: Entry, message: str) -> None:
        with pytest.raises(BadRegulation, match=message):
            self.at(ON, entry("a"), broken)

    def test_an_ended_module_need_not_be_installed(self) -> None:
        assert self.at(ON, entry("a"), entry("z"), entry("z", "in_force", False)).value == 5

    def test_another_procedure_has_other_numbers(self) -> None:
        with pytest.raises(Silent):
            decide(
                ONE,
                Matter(on=ON),
                regulation=regulation(entry("a")),
                procedure="other",
                catalogue=catalogue(self.rule()),
            )


class Second(Params, frozen=True):
    limit: Annotated[int, Parameter(label=text("Limit"), help=text("Help"))]
    more: Annotated[int, Parameter(label=text("More"), help=text("Help"))] = 0


class TestEditions:
    def test_a_city_adopts_an_edition_by_a_dated_entry(self) -> None:
        first = module("a", {LEAST: lambda facts, rule: value_of(1, rests_on=["limit"])})
        second = module(
            "a",
            {LEAST: lambda facts, rule: value_of(rule.more, rests_on=["limit"])},
            edition=2,
            params=Second,
        )
        law = regulation(
            entry("a"), entry("a", "more", 4), entry("a", "edition", 2, since=ON, clause="п. 9")
        )
        known = catalogue(first, second)
        for on, value, edition in ((START, 1, 1), (ON, 4, 2)):
            decision = decide(
                LEAST, Matter(on=on), regulation=law, procedure="main", catalogue=known
            )
            assert (decision.value, decision.reasons[0].edition) == (value, edition)


class TestContract:
    def test_facts_of_another_point_are_refused(self) -> None:
        with pytest.raises(TypeError, match="Matter"):
            decide(
                MAY,
                Other(on=ON),  # type: ignore[arg-type]
                regulation=regulation(),
                procedure="main",
                catalogue=catalogue(),
            )

    def test_an_answer_of_another_kind_stops(self) -> None:
        with pytest.raises(BadRegulation, match="answers"):
            asked(LEAST, saying("a", LEAST, YES_VOICE))


class TestDigest:
    def test_changes_with_the_entries_applied_and_only_with_them(self) -> None:
        rule = module("a", {MAY: lambda facts, rule: YES_VOICE})
        other = module("b")

        def digest(*entries: Entry) -> str:
            return decide(
                MAY,
                Matter(on=ON),
                regulation=regulation(*entries),
                procedure="main",
                catalogue=catalogue(rule, other),
            ).digest

        base = digest(entry("a"))
        assert base == digest(entry("a"), entry("b"))
        assert base == digest(entry("a"), entry("a", value=9, since=date(2030, 1, 1)))
        digests = {
            base,
            digest(entry("a", value=6)),
            digest(entry("a", clause="п. 2")),
            digest(entry("a"), entry("a", "extra", 1)),
        }
        assert len(digests) == 4

    def test_does_not_depend_on_the_order_of_parameters(self) -> None:
        pair = (entry("a"), entry("a", "extra", 1))
        digests = {
            asked(MAY, saying("a", MAY, YES_VOICE, *order)).digest
            for order in itertools.permutations(pair)
        }
        assert len(digests) == 1
