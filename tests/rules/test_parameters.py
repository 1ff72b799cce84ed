"""What parameter and fact classes say of themselves."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import pytest

from core.rules import Fact, Facts, Parameter, Params, recorded
from core.rules.parameters import bad_value, facts_of, json_schema, parameters_of
from plugins.roles import Roles
from tests.rules.sample import COLOURS, Colour, Matter, Rule, text

LABELS = {colour.value: label for colour, label in COLOURS.items()}


class Wide(Params, frozen=True):
    price: Annotated[Decimal, Parameter(label=text("Price"), help=text("Help"), cite=False)] = (
        Decimal("10.50")
    )
    colour: (
        Annotated[Colour, Parameter(label=text("Colour"), help=text("Help"), labels=LABELS)] | None
    ) = None
    days: Annotated[tuple[date, ...], Parameter(label=text("Days"), help=text("Help"))] = ()


class Bare(Params, frozen=True):
    number: int


class Thing(Facts, frozen=True):
    plain: int = 0
    noted: Annotated[int, Fact(label=text("Noted"))] | None = None


def test_parameters_in_the_order_of_the_class() -> None:
    limit, extra, free = parameters_of(Rule).values()
    assert (limit.name, limit.required, limit.cite, limit.default) == ("limit", True, True, None)
    assert (extra.name, extra.required, extra.cite, extra.default) == ("extra", False, True, None)
    assert (free.name, free.required, free.cite, free.default) == ("free", False, False, False)


def test_each_parameter_is_annotated() -> None:
    with pytest.raises(TypeError, match=r"Bare\.number"):
        parameters_of(Bare)


def test_facts() -> None:
    assert set(facts_of(Matter)) == {"days", "name"}
    assert set(facts_of(Thing)) == {"noted"}


def test_the_log_keeps_only_what_may_be_recorded() -> None:
    kept = recorded(Matter(on=date(2024, 1, 1), days=3, name="Я"))
    assert kept == {"on": "2024-01-01", "days": 3}


@pytest.mark.parametrize(
    ("params", "name", "value", "expected"),
    [
        (Rule, "limit", 5, None),
        (Rule, "limit", 100, "A whole number from 1 to 99 is needed."),
        (Rule, "limit", True, "A whole number from 1 to 99 is needed."),
        (Rule, "free", "x", "The value does not fit: Expected `bool`, got `str`."),
        (Wide, "price", "12.30", None),
        (Wide, "price", Decimal("12.30"), None),
        (Wide, "price", 1.5, "A decimal must be written exactly"),
        (Wide, "days", [{"a": [1.5]}], "A decimal must be written exactly"),
        (Wide, "days", [date(2024, 1, 1), "2024-01-02"], None),
        (Wide, "colour", "blue", "One of these is needed: red, green."),
        (Wide, "colour", "red", None),
    ],
)
def test_bad_values(params: type[Params], name: str, value: object, expected: str | None) -> None:
    problem = bad_value(params, name, value)
    assert (problem is None) == (expected is None)
    if problem is not None and expected is not None:
        assert problem.en.startswith(expected)


def test_json_schema_for_forms() -> None:
    schema = json_schema(Rule)
    assert schema["required"] == ["limit"]
    assert schema["additionalProperties"] is False
    limit = schema["properties"]["limit"]
    assert (limit["title"], limit["x-unit"]) == ("Limit (по-русски)", "дней")
    assert (limit["minimum"], limit["maximum"], limit["x-cite"]) == (1, 99, True)
    wide = json_schema(Wide, "en")["properties"]
    assert wide["price"]["default"] == "10.50"
    assert wide["colour"]["x-options"] == {"red": "red", "green": "green"}


def test_json_schema_carries_nested_tables() -> None:
    assert set(json_schema(Roles)["$defs"]) == {"Access", "Group", "Post"}
