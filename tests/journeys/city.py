"""A city in which everything has happened: polls in every state and those who made them, so that
every page has something to show. Made through the services, for journeys over all pages."""

import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from PIL import Image, ImageDraw

from core.features.polls import queries
from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.drafting import (
    OptionDraft,
    QuestionDraft,
    add_picture,
    create_draft,
    save_draft,
    submit_for_review,
)
from core.identity import consents, tokens
from core.identity.consents import Purpose
from core.identity.contacts import Contact
from core.identity.messages import queue
from core.identity.model import ResidentContact, Staff, StaffPost
from core.kit.actor import StaffActor, SystemActor
from core.kit.ids import new_id
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work
from tests.features.polls.build import draft, official, post_that_may, resident
from tests.features.polls.web.browsing import cast, turn_out

TITLE = "Как благоустроить набережную и что построить на ней в первую очередь?"
STATES = ("draft", "review", "scheduled", "open", "closed", "published", "invalid", "withdrawn")


class Life(msgspec.Struct, frozen=True):
    """What there is: a poll for each state, a resident who has voted, officials of each kind."""

    polls: Mapping[str, UUID]
    picture: UUID
    resident: UUID
    key: UUID
    contact: UUID
    administrator: StaffActor
    moderator: StaffActor
    bonus: StaffActor
    initiator: StaffActor


def lead(runtime: Runtime, clock: Any, deliver: Any, city: Tenant) -> Life:
    """Let everything happen; the clock stands where it stood."""
    now = clock.now()
    administrator = official(runtime, city, name="Заместитель главы")
    person = known_resident(runtime, city)
    polls = {}

    clock.set(now - timedelta(days=40))
    for state in ("published", "invalid", "closed", "withdrawn"):
        polls[state] = poll = _poll(runtime, administrator, city, until="open")[0]
        if state == "published":
            _ask_for_fewer(runtime, city, poll)
    # The first ends two days before the others, so that there is one whose result is not out.
    for day in (0, 1):
        clock.set(now - timedelta(days=40 - day))
        for state in ("published", "invalid", "closed"):
            turn_out(runtime, city, polls[state], 2, day, 0, district=("mkr-1", "mkr-2")[day])
            if day == 0:
                cast(runtime, city, polls[state], person, 0, 0)
        deliver()
    with runtime.work(city, administrator) as work:
        life.withdraw(work, poll_id=polls["withdrawn"], note="Вопрос уже решён по-другому.")

    clock.set(now)
    deliver()
    with runtime.work(city, administrator) as work:
        for state in ("published", "invalid", "closed"):
            life.close_when_due(work, poll_id=polls[state])
        for state in ("published", "invalid"):
            life.publish(work, poll_id=polls[state], note="Решение примут до конца месяца.")
    for state in ("draft", "review", "scheduled", "open"):
        polls[state], picture = _poll(runtime, administrator, city, until=state)
    turn_out(runtime, city, polls["open"], 3, 1, 1, district="mkr-3")
    cast(runtime, city, polls["open"], person, 0, 1)
    deliver()
    with runtime.work(city, SystemActor("test")) as work:
        key, contact = _belongings(work, person)
    return Life(
        polls=polls,
        picture=picture,
        resident=person,
        key=key,
        contact=contact,
        administrator=administrator,
        moderator=official(
            runtime, city, "polls.draft", but_not=("polls.approve",), name="Модератор"
        ),
        bonus=official(
            runtime, city, "bonus.view", but_not=("polls.draft",), name="Администратор баллов"
        ),
        initiator=_without_access(runtime, city, "Начальник управления культуры"),
    )


def known_resident(runtime: Runtime, city: Tenant, name: str = "Анна Лебедева") -> UUID:
    """A resident who may vote anywhere and has agreed to everything."""
    with runtime.work(city, SystemActor("test")) as work:
        person = resident(work, name=name, district="mkr-1")
        consents.give(work, person, tuple(Purpose))
    return person


def picture() -> bytes:
    """A photograph, or near enough."""
    image = Image.new("RGB", (640, 400), "#2a7f9e")
    ImageDraw.Draw(image).ellipse((180, 60, 460, 340), fill="#e9c46a")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def _poll(runtime: Runtime, staff: StaffActor, city: Tenant, *, until: str) -> tuple[UUID, UUID]:
    """A poll of two questions, one of them with a picture, led as far as `until`; and the
    picture."""
    with runtime.work(city, staff) as work:
        first = work.today + timedelta(days=9 if until == "scheduled" else 0)
        poll = create_draft(work, draft=_draft(first))
        shown = add_picture(work, poll_id=poll, content=picture())
        view = queries.poll_view(work.session, poll)
        assert view is not None
        save_draft(work, poll_id=poll, version=view.version, draft=_draft(first, shown))
        if until != "draft":
            submit_for_review(work, poll_id=poll)
        if until in ("scheduled", "open"):
            life.approve(work, poll_id=poll)
        if until == "open":
            life.open_now(work, poll_id=poll)
    return poll, shown


def _draft(first: date, shown: UUID | None = None) -> Any:
    return msgspec.structs.replace(
        draft(first=first, title=TITLE),
        body="Набережную обсуждали на встречах в трёх микрорайонах.\n\nТеперь слово за всеми.",
        questions=(
            QuestionDraft(
                title="Что построить первым?",
                max_choices=1,
                options=(
                    OptionDraft(
                        "Велодорожку вдоль воды", detail="2,4 км, с освещением", picture=shown
                    ),
                    OptionDraft("Детскую площадку у третьего подъезда к реке"),
                    OptionDraft("Ничего: пусть останется как есть"),
                ),
            ),
            QuestionDraft(
                title="Чего не хватает у воды?",
                hint="Подумайте о тех, с кем гуляете",
                max_choices=2,
                options=(OptionDraft("Скамеек"), OptionDraft("Света"), OptionDraft("Туалета")),
            ),
        ),
    )


def _ask_for_fewer(runtime: Runtime, city: Tenant, poll: UUID) -> None:
    """A quorum that a handful of residents can reach: hundreds of votes would take their time."""
    with runtime.work(city, SystemActor("test")) as work:
        row = work.session.get_one(Poll, poll)
        assert isinstance(row.terms, dict)
        row.terms = {**row.terms, "quorum": {**row.terms["quorum"], "value": 3}}  # type: ignore[dict-item]


def _without_access(runtime: Runtime, city: Tenant, name: str) -> StaffActor:
    """An official of the initiating group: a post, and no rights on the desk (R22)."""
    with runtime.work(city, SystemActor("test")) as work:
        post = post_that_may(work, but_not=("desk.enter",))
        person = new_id()
        work.session.add(Staff(id=person, name=name, email=f"{person}@example.org"))
        work.session.flush()
        work.session.add(StaffPost(id=new_id(), staff_id=person, post=post, since=date(2025, 1, 1)))
    return StaffActor(id=person, name=name, posts=(post,))


def _belongings(work: Work, person: UUID) -> tuple[UUID, UUID]:
    """A key and a contact of a resident, and a letter to it."""
    contact = Contact("email", "anna.lebedeva@example.org")
    row = ResidentContact(
        id=new_id(),
        resident_id=person,
        kind=contact.kind,
        value=contact.value,
        verified_at=work.now,
    )
    work.session.add(row)
    tokens.issue(work, person, name="Бот в мессенджере", lasts=timedelta(days=30))
    queue(work, contact, subject="Код для входа", body="123456 — ваш код.")
    return tokens.standing(work, person)[0].id, row.id
