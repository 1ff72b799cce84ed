"""One decision, told to a page, to the API, and to a terminal."""

from datetime import date

from core.kit.text import Text
from core.rules import Clause, Decision, Reason
from core.rules.explain import as_data, as_text, explain, reasons_data
from tests.rules.sample import ACT, EXAMPLE_ACT, ON, Colour, text

REFUSAL = Reason(
    "refusal",
    text("Too long."),
    "rule",
    1,
    text("Make it shorter."),
    ((text("Limit"), text("5 days")),),
    (Clause("п. 1", ACT),),
)
ADVICE = Reason("advice", text("Hint."), "rule", 1, clauses=(Clause("п. 2", EXAMPLE_ACT),))
DECISION = Decision(
    "sample.may", text("May"), False, Text(ru="нет", en="no"), ON, "main", (REFUSAL, ADVICE), "ab12"
)


def test_text_for_a_terminal() -> None:
    assert as_text(DECISION, "ru") == (
        "May (по-русски): нет\n"
        "по правилам на 1 июня 2024\n"
        "\n"
        "✗ Too long. (по-русски)\n"
        "  Make it shorter. (по-русски)\n"
        "  Limit (по-русски): 5 days (по-русски)\n"
        "  Основание: п. 1, Регламент, № 7 от 15 января 2020\n"
        "    https://example.org/7\n"
        "\n"
        "→ Hint. (по-русски)\n"
        "  Основание: п. 2, Решение, № 8 от 3 февраля 2021 (вымышленный акт, для примера)\n"
    )
    assert "✗ Too long.\n  Make it shorter.\n  Limit: 5 days\n  Basis: п. 1" in as_text(
        DECISION, "en"
    )


def test_plain_data_for_the_api() -> None:
    data = as_data(DECISION, "en")
    assert data["value"] is False
    assert data["on"] == "2024-06-01"
    first, second = data["reasons"]
    assert first == {
        "kind": "refusal",
        "text": "Too long.",
        "next_step": "Make it shorter.",
        "module": "rule",
        "edition": 1,
        "values": [{"label": "Limit", "value": "5 days"}],
        "clauses": [
            {
                "number": "п. 1",
                "act_title": "Regulation",
                "act_number": "7",
                "act_date": "15 January 2020",
                "act_adopted": "2020-01-15",
                "link": "https://example.org/7",
                "example": False,
                "citation": "п. 1, Regulation, No. 7 of 15 January 2020",
            }
        ],
    }
    assert second["next_step"] is None
    assert second["clauses"][0]["example"] is True


def test_the_same_reasons_alone() -> None:
    assert reasons_data(DECISION, "ru") == explain(DECISION, "ru").reasons


def test_a_choice_is_its_key_and_its_wording() -> None:
    chosen = Decision(
        "sample.colour", text("Colour"), Colour.RED, text("red"), date(2024, 1, 1), "main", (), ""
    )
    told = explain(chosen, "en")
    assert (told.value, told.shown, told.reasons) == ("red", "red", ())
