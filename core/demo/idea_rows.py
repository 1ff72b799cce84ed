"""Demo ideas as rows: campaigns, ideas with versions and steps, support and its counters, who
follows, and what the outbox holds for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.demo.dice import dice, ordered_id
from core.demo.idea_lives import IdeaLives, Step
from core.demo.ideas import DemoCampaign, DemoIdea, Ideas, Unpublished
from core.demo.tables import Row, Tables, as_json, moment
from core.features.ideas.domain import CampaignState, State, slot_of
from core.kit.actor import StaffActor, actor_label
from core.tenancy.tenant import Tenant

_FIELDS: Final = {"text": "Рассказать может каждый", "number": 12}


def write_ideas(
    seed: object,
    tables: Tables,
    tenant: Tenant,
    lives: IdeaLives,
    ideas: Ideas,
    *,
    plan_items: Mapping[str, UUID],
    comments: Mapping[UUID, int],
    refused: Sequence[Unpublished],
    now: datetime,
) -> None:
    """Everything of the slice, in the order of foreign keys."""
    _write_campaigns(seed, tables, tenant, lives, plan_items)
    tables.copy(
        "idea",
        "id number campaign_id author_id author_name title body extra topic district place_lat"
        " place_lon place state state_since governing_on terms supports comments submitted_at"
        " published_at ends_at decided_at created_at",
        (
            *(_idea(tenant, lives, one, comments) for one in ideas.published),
            *(_unseen(one, State.SUBMITTED) for one in ideas.waiting),
            *(_unseen(one, State.REFUSED) for one in refused),
        ),
    )
    tables.copy(
        "idea_version",
        "idea_id version title body extra at",
        (
            (one.id, 1, one.text.title, one.text.body, as_json(_extra(one)), moment(one.published))
            for one in ideas.published
        ),
    )
    rng = dice(seed, "idea steps")
    tables.copy(
        "idea_step",
        "id idea_id at kind actor actor_name note reasons",
        (
            (ordered_id(rng, int(step.at.timestamp())), one.id, *_step(step))
            for one in ideas.published
            for step in lives.steps(one)
        ),
    )
    _write_support(tables, ideas.published)
    _write_figures(tables, ideas.published, now)
    _write_reminders(seed, tables, ideas.published, now)


def _write_campaigns(
    seed: object,
    tables: Tables,
    tenant: Tenant,
    lives: IdeaLives,
    plan_items: Mapping[str, UUID],
) -> None:
    rng = dice(seed, "campaign steps")
    steps = {one.id: tuple(lives.campaign_steps(one)) for one in lives.campaigns}
    tables.copy(
        "campaign",
        "id number title summary body topic plan_item form with_place state opens_on closes_on"
        " opens_at closes_at governing_on terms outcome closed_at created_at created_by",
        (
            _campaign(tenant, lives, one, plan_items.get(one.text.key), steps[one.id])
            for one in lives.campaigns
        ),
    )
    tables.copy(
        "campaign_step",
        "id campaign_id at kind actor actor_name note reasons",
        (
            (ordered_id(rng, int(step.at.timestamp())), one.id, *_step(step))
            for one in lives.campaigns
            for step in steps[one.id]
        ),
    )


def _campaign(
    tenant: Tenant,
    lives: IdeaLives,
    one: DemoCampaign,
    plan_item: UUID | None,
    steps: Sequence[Step],
) -> Row:
    state = lives.campaign_state(one)
    begun = state is not CampaignState.DRAFT
    opened = state not in (CampaignState.DRAFT, CampaignState.SCHEDULED)
    closes_at = one.period.ends_at(tenant.zone)
    over = opened and state is not CampaignState.OPEN
    return (
        one.id,
        one.number,
        one.text.title,
        one.text.summary,
        one.text.body,
        one.text.topic,
        plan_item,
        as_json(one.text.form),
        one.text.with_place,
        state.value,
        one.period.first,
        one.period.last,
        one.period.starts_at(tenant.zone) if begun else None,
        closes_at if begun else None,
        one.period.first if opened else None,
        as_json(lives.campaign_terms(one)) if opened else None,
        one.text.outcome if state is CampaignState.SUMMED_UP else "",
        closes_at if over else None,
        steps[0].at,
        actor_label(steps[0].actor),
    )


def _idea(tenant: Tenant, lives: IdeaLives, one: DemoIdea, comments: Mapping[UUID, int]) -> Row:
    assert one.author is not None
    north, east = one.spot or (None, None)
    published = moment(one.published)
    return (
        one.id,
        one.number,
        one.campaign.id if one.campaign else None,
        one.author.id,
        one.author.name,
        one.text.title,
        one.text.body,
        as_json(_extra(one)),
        one.text.topic,
        one.place.district if one.place else None,
        north,
        east,
        "",
        one.state.value,
        moment(one.since),
        published.astimezone(tenant.zone).date(),
        as_json(lives.terms(one.campaign)),
        len(one.supporters),
        comments.get(one.id, 0),
        moment(one.submitted),
        published,
        moment(one.ends) if one.ends else None,
        moment(one.decided) if one.decided else None,
        moment(one.submitted - 600),
    )


def _extra(one: DemoIdea) -> dict[str, object]:
    """Answers to the questions a campaign asks."""
    if one.campaign is None:
        return {}
    found: dict[str, object] = {}
    for field in one.campaign.text.form:
        options = field.get("options")
        if isinstance(options, list) and options:
            found[str(field["key"])] = options[one.number % len(options)]
        elif field.get("required"):
            found[str(field["key"])] = _FIELDS.get(str(field["kind"]), "")
    return found


def _unseen(one: Unpublished, state: State) -> Row:
    sent = moment(one.submitted)
    since = moment(one.decided) if one.decided else sent
    return (
        *(one.id, one.number, None, one.author.id, one.author.name, one.text.title, one.text.body),
        *("{}", one.text.topic, one.author.district, None, None, "", state.value, since),
        *(None, None, 0, 0, sent, None, None, None, moment(one.submitted - 600)),
    )


def _step(step: Step) -> Row:
    return (
        step.at,
        step.kind,
        actor_label(step.actor),
        step.actor.name if isinstance(step.actor, StaffActor) else "",
        step.note,
        as_json(step.reasons),
    )


def _write_support(tables: Tables, ideas: Sequence[DemoIdea]) -> None:
    tables.copy(
        "idea_support",
        "idea_id resident_id level district at",
        (
            (one.id, who.person.id, who.person.level.value, who.person.district, moment(who.at))
            for one in ideas
            for who in one.supporters
        ),
    )
    tables.copy(
        "idea_support_count",
        "idea_id slot supports",
        (
            (one.id, slot, number)
            for one in ideas
            for slot, number in sorted(
                Counter(slot_of(who.person.id) for who in one.supporters).items()
            )
        ),
    )
    tables.copy(
        "idea_follow",
        "idea_id resident_id at",
        ((one.id, one.author.id, moment(one.submitted)) for one in ideas if one.author),
    )


def _write_figures(tables: Tables, ideas: Sequence[DemoIdea], now: datetime) -> None:
    """What the gallery and the home page read: ideas, voices and the map's frame by state."""

    def row(state: State) -> Row:
        found = [one for one in ideas if one.state is state]
        spots = [one.spot for one in found if one.spot is not None]
        frame: Row = (None, None, None, None)
        if spots:
            frame = (
                min(east for _north, east in spots),
                min(north for north, _east in spots),
                max(east for _north, east in spots),
                max(north for north, _east in spots),
            )
        voices = sum(len(one.supporters) for one in found)
        return (state.value, len(found), voices, *frame, now)

    tables.copy(
        "idea_figure",
        "state ideas supports west south east north counted_at",
        (row(state) for state in sorted(State)),
    )


def _write_reminders(
    seed: object, tables: Tables, ideas: Sequence[DemoIdea], now: datetime
) -> None:
    """The ends of support still to come."""
    rng = dice(seed, "idea reminders")
    tables.copy(
        "outbox",
        "id role kind payload due_at created_at",
        (
            (
                ordered_id(rng, int(now.timestamp())),
                tables.role,
                "ideas.support_ending",
                as_json({"idea_id": one.id}),
                moment(one.ends),
                now,
            )
            for one in ideas
            if one.ends is not None and one.state is State.COLLECTING
        ),
        schema="platform",
    )
