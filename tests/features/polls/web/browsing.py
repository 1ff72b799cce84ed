"""What tests of the residents' pages share: people who are signed in, polls in each state, counting
of statements, and reading of pages by what a person sees."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import event

from core.features.polls import queries
from core.features.polls.service import life
from core.features.polls.service.voting import cast_ballot
from core.identity import sessions
from core.kit.actor import StaffActor, SystemActor
from core.tenancy.tenant import Tenant
from core.web.request import SESSION_COOKIE
from core.work import Runtime
from tests.features.polls.build import choose, official, open_poll, paper_of, residents
from tests.support.http import Client, visible_text

ALWAYS = "oktyabrsky"
AFTER_VOTE = "gubkinsky"
AFTER_CLOSE = "tyumen"
AFTER_CLOSE_ONCE = "perm"
"""Cities by when their rules show results; the last one knows no second vote."""


def city_of(runtime: Runtime, slug: str) -> Tenant:
    city = runtime.registry.by_slug(slug)
    assert city is not None
    return city


def sign_in(runtime: Runtime, city: Tenant, browser: Client, person: UUID | StaffActor) -> Client:
    """The same browser with a session."""
    token = (
        sessions.begin(runtime, city, kind="staff", id=person.id, name=person.name)
        if isinstance(person, StaffActor)
        else sessions.begin(runtime, city, kind="resident", id=person)
    )
    browser.cookies.set(SESSION_COOKIE, token)
    return browser


def cast(runtime: Runtime, city: Tenant, poll: UUID, person: UUID, *picks: int) -> None:
    cast_ballot(
        runtime,
        city,
        poll_id=poll,
        resident_id=person,
        sent=choose(paper_of(runtime, city, poll), *picks),
    )


def turn_out(
    runtime: Runtime, city: Tenant, poll: UUID, number: int, *picks: int, **known: Any
) -> list[UUID]:
    """That many residents choose the same; returns them."""
    people = residents(runtime, city, number, **known)
    for person in people:
        cast(runtime, city, poll, person, *(picks or (0,)))
    return people


def form_of(runtime: Runtime, city: Tenant, poll: UUID, *picks: int) -> dict[str, Any]:
    """What the form would send."""
    return dict(choose(paper_of(runtime, city, poll), *picks))


def last_day_of(runtime: Runtime, city: Tenant, poll: UUID) -> date:
    with runtime.work(city, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
        assert view is not None
        assert view.closes_on is not None
        return view.closes_on


def close(runtime: Runtime, clock: Any, city: Tenant, poll: UUID) -> None:
    """Let the poll's last day pass, and the schedule close it; where the law prolongs a poll that
    missed its quorum, the last day of that, too."""
    for _extension in range(5):
        with runtime.work(city, SystemActor("test")) as work:
            view = queries.poll_view(work.session, poll)
        assert view is not None
        assert view.closes_at is not None
        clock.set(view.closes_at + timedelta(minutes=1))
        with runtime.work(city, SystemActor("test")) as work:
            if life.close_when_due(work, poll_id=poll):
                return
    raise AssertionError("the poll does not close")


def publish(runtime: Runtime, city: Tenant, poll: UUID, note: str = "") -> None:
    with runtime.work(city, official(runtime, city)) as work:
        life.publish(work, poll_id=poll, note=note)


def finished(runtime: Runtime, clock: Any, city: Tenant, *, voters: int = 3, **how: Any) -> UUID:
    """A poll whose results are published (or that is void, if its city wants more voters)."""
    poll = open_poll(runtime, city, **how)
    turn_out(runtime, city, poll, voters)
    close(runtime, clock, city, poll)
    publish(runtime, city, poll)
    return poll


@contextmanager
def statements(runtime: Runtime) -> Iterator[list[str]]:
    """Every statement that SQLAlchemy sends meanwhile, on any connection of this process."""
    sent: list[str] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: Any
    ) -> None:
        sent.append(statement)

    engine = runtime.databases.engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def counted(runtime: Runtime, browser: Client, path: str) -> int:
    """How many statements a page takes once everything that may be kept is kept."""
    assert browser.get(path).status_code == 200
    with statements(runtime) as sent:
        assert browser.get(path).status_code == 200
    return len(sent)


def sees(answer: httpx.Response, *words: str) -> None:
    """All of these can be read on the page."""
    text = visible_text(answer)
    for one in words:
        assert one in text, f"{one!r} is not in: {text}"


def sees_not(answer: httpx.Response, *words: str) -> None:
    text = visible_text(answer)
    for one in words:
        assert one not in text, f"{one!r} is in: {text}"


def checked(answer: httpx.Response) -> set[str]:
    """The values of the boxes and buttons that are marked on a page."""
    return {
        value
        for tag in re.findall(r"<input[^>]*>", answer.text)
        if " checked" in tag
        for value in re.findall(r'value="([^"]+)"', tag)
    }


def titles(answer: httpx.Response) -> Sequence[str]:
    """The titles of the polls in a list, in order."""
    return re.findall(r'<h[23]><a href="/polls/[^"]+">([^<]+)</a>', answer.text)
