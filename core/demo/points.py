"""The points ledger of a filled city: what each vote earned by the city's rules on its day, daily
cap included, and balances that are the sum of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from core.demo.ballots import Vote
from core.demo.dice import dice, ordered_id
from core.demo.polls import DemoPoll
from core.demo.tables import Row, Tables, as_json, moment
from core.features.bonus.decisions import CREDIT, CreditFacts
from core.features.bonus.domain import ISSUE, resident_account
from core.kit.text import Locale
from core.rules import Catalogue, Regulation, decide
from core.rules.explain import reasons_data

_ACT: Final = "vote"


class Promise(msgspec.Struct, frozen=True):
    """A vote and the poll that promised points for it."""

    vote: Vote
    poll: DemoPoll


class Ledger:
    """Credits votes in the order in which they were cast."""

    def __init__(
        self, regulation: Regulation, catalogue: Catalogue, procedure: str, locale: Locale
    ) -> None:
        self._regulation = regulation
        self._catalogue = catalogue
        self._procedure = procedure
        self._locale: Locale = locale
        self._known: dict[tuple[date, int, int], tuple[int, str]] = {}

    def write(self, seed: object, tables: Tables, promises: Sequence[Promise], now: int) -> None:
        """Transfers and balances; `now` is later than any vote."""
        balances: Counter[UUID] = Counter()
        ordered = sorted(promises, key=lambda one: (one.vote.at, one.poll.number))
        tables.copy(
            "bonus_transfer",
            "id debit credit points act subject booked_on booked_at reasons",
            self._transfers(dice(seed, "points"), ordered, balances, now),
        )
        tables.copy("bonus_account", "resident_id balance", sorted(balances.items()))

    def _transfers(
        self, rng: Random, promises: Sequence[Promise], balances: Counter[UUID], now: int
    ) -> Iterator[Row]:
        earned: Counter[tuple[UUID, date]] = Counter()
        accounts: dict[UUID, str] = {}
        for promise in promises:
            vote, offered = promise.vote, promise.poll.law.points
            person = vote.person.id
            if offered <= 0:
                continue
            so_far = earned[person, vote.day]
            points, reasons = self._credit(vote.day, offered, so_far)
            if points <= 0:
                continue
            earned[person, vote.day] += points
            balances[person] += points
            yield (
                ordered_id(rng, vote.at),
                ISSUE,
                accounts.setdefault(person, resident_account(person)),
                points,
                _ACT,
                f"poll:{promise.poll.id}",
                vote.day,
                moment(min(vote.at + 1, now)),
                reasons,
            )

    def _credit(self, day: date, offered: int, so_far: int) -> tuple[int, str]:
        """Points and the reasons for them as JSON; each kind of credit is decided once."""
        kind = (day, offered, so_far)
        if kind not in self._known:
            decision = decide(
                CREDIT,
                CreditFacts(on=day, act=_ACT, offered=offered, earned_today=so_far),
                regulation=self._regulation,
                procedure=self._procedure,
                catalogue=self._catalogue,
            )
            reasons = as_json(reasons_data(decision, self._locale))
            self._known[kind] = (decision.value or 0, reasons)
        return self._known[kind]
