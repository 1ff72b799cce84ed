"""A feature that exists only here: its handlers write down what they were given."""

from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import text

from core.events.outbox import Event
from core.feature import Feature, Handler
from core.kit.text import Text
from core.work import Work


class Rang(msgspec.Struct, frozen=True):
    """A bell rang; `bad` makes the handler fail."""

    times: int
    bad: bool = False


class Bell:
    """What the handlers have seen: calls, and rows that survive only with their transaction."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, int]] = []
        self.mend = False

    def hear(self, work: Work, events: Sequence[Event]) -> None:
        self.calls.append(("hear", work.tenant.slug, len(events)))
        for event in events:
            rang = msgspec.json.decode(event.payload, type=Rang)
            work.record("bell.heard", str(event.id), times=rang.times)
            if rang.bad and not self.mend:
                raise ValueError("this bell is cracked")

    def echo(self, work: Work, events: Sequence[Event]) -> None:
        self.calls.append(("echo", work.tenant.slug, len(events)))
        for event in events:
            work.emit("bell.echoed", Rang(times=1))
            work.record("bell.echoed", str(event.id))


@pytest.fixture
def bell(monkeypatch):
    made = Bell()
    feature = Feature(
        key="bell",
        label=Text(ru="Колокол", en="Bell"),
        handlers=(
            Handler("bell.hear", "bell.rang", made.hear),
            Handler("bell.echo", "bell.rang", made.echo),
        ),
    )
    monkeypatch.setattr("core.feature.installed_features", lambda: (feature,))
    return made


@pytest.fixture
def ring(work):
    """`ring(city, times)` emits in a unit of work of its own; returns the event's id."""

    def emit(city, times=1, *, bad=False, due_at=None):
        with work(city) as w:
            return w.emit("bell.rang", Rang(times, bad), due_at=due_at)

    return emit


@pytest.fixture
def heard(runtime):
    """`heard(city)`: the ids that the first handler has taken effect for, repeats included."""

    def ids(city, action="bell.heard"):
        with runtime.databases.session(city.role) as session:
            rows = session.execute(
                text("SELECT subject FROM audit_entry WHERE action = :action ORDER BY id"),
                {"action": action},
            )
            return [row[0] for row in rows]

    return ids


@pytest.fixture
def outbox(owner):
    """What waits, as (kind, role)."""

    def rows():
        return owner.execute("SELECT kind, role FROM platform.outbox ORDER BY id").fetchall()

    return rows
