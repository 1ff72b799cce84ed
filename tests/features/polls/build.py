"""The builder of polls for tests: residents, staff, polls in any state, through the services."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from core.features.polls import queries
from core.features.polls.domain import Paper, State
from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.drafting import (
    Draft,
    OptionDraft,
    QuestionDraft,
    create_draft,
    submit_for_review,
)
from core.identity.decisions import MAY_ACT, ActFacts
from core.identity.model import Resident, Staff, StaffPost
from core.kit.actor import StaffActor, SystemActor
from core.kit.ids import new_id
from core.kit.level import Level
from core.rules import Regulation
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work
from tests.features.plan.build import keep_lists, listed_topic

EVERYTHING = ("polls.draft", "polls.approve", "polls.open", "polls.extend", "polls.publish")


def posts_of(regulation: Regulation, on: date) -> tuple[str, ...]:
    """Every post that a city's own `roles` rule knows on a day."""
    groups: Any = ()
    for entry in sorted(regulation.entries, key=lambda one: one.since):
        if (entry.module, entry.parameter) == ("roles", "groups") and entry.since <= on:
            groups = entry.value
    return tuple(post["key"] for group in groups for post in group["posts"])


def post_that_may(work: Work, *permissions: str, but_not: Sequence[str] = ()) -> str:
    """A post of the city whose rule grants all of these and none of `but_not`."""

    def may(post: str, permission: str) -> bool:
        facts = ActFacts(on=work.today, posts=(post,), permission=permission)
        return work.decide(MAY_ACT, facts).allowed

    return next(
        post
        for post in posts_of(work.regulation, work.today)
        if all(may(post, one) for one in permissions) and not any(may(post, x) for x in but_not)
    )


def official(
    runtime: Runtime,
    city: Tenant,
    *permissions: str,
    but_not: Sequence[str] = (),
    name: str = "Сотрудник",
) -> StaffActor:
    """A member of staff whose post may do this (everything with polls, if nothing is named). A
    city that keeps a list of topics has one then."""
    with runtime.work(city, SystemActor("test")) as work:
        keep_lists(work)
        post = post_that_may(work, *(permissions or EVERYTHING), but_not=but_not)
        person = new_id()
        work.session.add(Staff(id=person, name=name, email=f"{person}@example.org"))
        work.session.flush()
        work.session.add(StaffPost(id=new_id(), staff_id=person, post=post, since=date(2025, 1, 1)))
    return StaffActor(id=person, name=name, posts=(post,))


def resident(
    work: Work,
    *,
    level: Level = Level.RESIDENT,
    born_on: date | None = date(1980, 5, 5),
    district: str | None = None,
    name: str = "Житель",
) -> UUID:
    """A resident, known well enough to vote anywhere unless told otherwise."""
    person = new_id()
    work.session.add(
        Resident(
            id=person,
            name=name,
            level=level.value,
            born_on=born_on,
            district=district,
            created_at=work.now,
        )
    )
    work.session.flush()
    return person


def residents(runtime: Runtime, city: Tenant, number: int, **known: Any) -> list[UUID]:
    with runtime.work(city, SystemActor("test")) as work:
        return [resident(work, **known) for _ in range(number)]


def draft(
    *,
    first: date,
    days: int = 21,
    questions: Sequence[tuple[str, int, Sequence[str]]] = (
        ("Какой двор благоустроить первым?", 1, ("Микрорайон 9", "Микрорайон 14", "Микрорайон 2")),
    ),
    territory: tuple[str, ...] | None = None,
    title: str = "Какой двор благоустроить первым в следующем году?",
) -> Draft:
    """A complete draft on a topic that `official` has put on the city's list, if it keeps one;
    questions are (title, most choices, options)."""
    return Draft(
        title=title,
        plan_item=listed_topic(first.year),
        summary="На благоустройство заложено 18,4 млн ₽.",
        opens_on=first,
        closes_on=first + timedelta(days=days - 1),
        territory=territory,
        questions=tuple(
            QuestionDraft(
                title=asked, max_choices=most, options=tuple(OptionDraft(one) for one in options)
            )
            for asked, most, options in questions
        ),
    )


def open_poll(
    runtime: Runtime, city: Tenant, *, staff: StaffActor | None = None, **how: Any
) -> UUID:
    """An open poll, taken through its whole life so far by an administrator."""
    actor = staff or official(runtime, city)
    with runtime.work(city, actor) as work:
        poll = create_draft(work, draft=draft(**{"first": work.today, **how}))
        submit_for_review(work, poll_id=poll)
        life.approve(work, poll_id=poll)
        life.open_now(work, poll_id=poll)
    return poll


def paper_of(runtime: Runtime, city: Tenant, poll: UUID) -> Paper:
    with runtime.work(city, SystemActor("test")) as work:
        view = queries.poll_view(work.session, poll)
        assert view is not None
        return view.paper or queries.draft_paper(work.session, poll)


def choose(paper: Paper, *picks: int) -> dict[str, list[str]]:
    """Choices by position, one for each question: `choose(paper, 0, 2)`."""
    return {
        str(question.id): [str(question.options[pick].id)]
        for question, pick in zip(paper.questions, picks, strict=True)
    }


def state_of(runtime: Runtime, city: Tenant, poll: UUID) -> State:
    with runtime.work(city, SystemActor("test")) as work:
        return State(work.session.get_one(Poll, poll).state)
