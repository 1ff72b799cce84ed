"""The rule does what it promises: the conformance kit, the edges of the quiet days, the table."""

from datetime import date
from pathlib import Path

import pytest
from veche_quiet_days import MODULE, QuietDays, may_open

from core.features.polls.decisions import MAY_OPEN, OpenFacts
from core.rules import Catalogue, Regulation, Verdict
from core.rules.findings import check_regulation
from core.rules.scenarios import read_scenarios, run
from core.rules.testing import check
from core.rules.written import read_acts, read_procedure

CITY = Path(__file__).parent / "city"


def test_conforms() -> None:
    check(MODULE)


@pytest.mark.parametrize(
    ("on", "refused"),
    [
        (date(2026, 9, 9), False),
        (date(2026, 9, 10), True),
        (date(2026, 9, 20), True),
        (date(2026, 9, 21), False),
    ],
)
def test_quiet_from_the_first_day_to_the_election(on: date, refused: bool) -> None:
    rule = QuietDays(quiet_days=10, election_days=(date(2026, 9, 20),))
    opinion = may_open(OpenFacts(on=on, duration_days=21), rule)
    assert (opinion is not None) is refused
    if opinion is not None:
        assert opinion.answer is Verdict.REFUSE


def test_a_city_adopts_it() -> None:
    procedure, entries = read_procedure("polls", (CITY / "polls.toml").read_text("utf-8"))
    acts = read_acts((CITY / "acts.toml").read_text("utf-8"))
    regulation = Regulation(1, acts, [procedure], entries)
    catalogue = Catalogue.of([MODULE], [MAY_OPEN])
    assert check_regulation(regulation, catalogue) == ()
    for scenario in read_scenarios((CITY / "scenarios.toml").read_text("utf-8")):
        assert run(scenario, regulation, catalogue).problems == ()
