"""The points ledger of a filled city: what each vote, idea and comment earned by the city's rules
on its day, daily cap included, and balances that are the sum of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from uuid import UUID

import msgspec

from core.demo.ballots import Vote
from core.demo.dice import dice, ordered_id
from core.demo.polls import DemoPoll
from core.demo.tables import Row, Tables, as_json, moment
from core.features.bonus.decisions import CREDIT, CreditFacts, EarningAct
from core.features.bonus.domain import ISSUE, resident_account
from core.kit.text import Locale
from core.rules import Catalogue, Regulation, decide
from core.rules.explain import reasons_data


class Promise(msgspec.Struct, frozen=True):
    """A vote and the poll that promised points for it."""

    vote: Vote
    poll: DemoPoll

    @property
    def earning(self) -> "Earning":
        vote = self.vote
        return Earning(
            at=vote.at,
            day=vote.day,
            person=vote.person.id,
            act="vote",
            subject=f"poll:{self.poll.id}",
            offered=self.poll.law.points,
        )


class Earning(msgspec.Struct, frozen=True):
    """Something that may earn points; `offered` None asks for the tariff of the day."""

    at: int
    day: date
    person: UUID
    act: EarningAct
    subject: str
    offered: int | None = None


class Ledger:
    """Credits votes in the order in which they were cast."""

    def __init__(
        self, regulation: Regulation, catalogue: Catalogue, procedure: str, locale: Locale
    ) -> None:
        self._regulation = regulation
        self._catalogue = catalogue
        self._procedure = procedure
        self._locale: Locale = locale
        self._known: dict[tuple[date, str, int | None, int], tuple[int, str]] = {}

    def write(self, seed: object, tables: Tables, earnings: Sequence[Earning], now: int) -> None:
        """Transfers and balances; `now` is later than any vote."""
        balances: Counter[UUID] = Counter()
        ordered = sorted(earnings, key=lambda one: (one.at, one.subject))
        tables.copy(
            "bonus_transfer",
            "id debit credit points act subject booked_on booked_at reasons",
            self._transfers(dice(seed, "points"), ordered, balances, now),
        )
        tables.copy("bonus_account", "resident_id balance", sorted(balances.items()))

    def _transfers(
        self, rng: Random, earnings: Sequence[Earning], balances: Counter[UUID], now: int
    ) -> Iterator[Row]:
        earned: Counter[tuple[UUID, date]] = Counter()
        accounts: dict[UUID, str] = {}
        for one in earnings:
            if one.offered is not None and one.offered <= 0:
                continue
            points, reasons = self._credit(one, earned[one.person, one.day])
            if points <= 0:
                continue
            earned[one.person, one.day] += points
            balances[one.person] += points
            yield (
                ordered_id(rng, one.at),
                ISSUE,
                accounts.setdefault(one.person, resident_account(one.person)),
                points,
                one.act,
                one.subject,
                one.day,
                moment(min(one.at + 1, now)),
                reasons,
            )

    def _credit(self, one: Earning, so_far: int) -> tuple[int, str]:
        """Points and the reasons for them as JSON; each kind of credit is decided once."""
        kind = (one.day, one.act, one.offered, so_far)
        if kind not in self._known:
            decision = decide(
                CREDIT,
                CreditFacts(on=one.day, act=one.act, offered=one.offered, earned_today=so_far),
                regulation=self._regulation,
                procedure=self._procedure,
                catalogue=self._catalogue,
            )
            reasons = as_json(reasons_data(decision, self._locale))
            self._known[kind] = (decision.value or 0, reasons)
        return self._known[kind]
