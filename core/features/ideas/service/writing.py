"""What authors do with their ideas: draft, send, change, amend, take back.

Until an idea is published its text is its author's. Once somebody supports it the text stands: what
they supported must not become something else. A change is then an amendment, which is checked and
becomes a version that everybody can compare.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select, update

from core.features.ideas.decisions import MAY_SUBMIT, NOTICE, REWARD, IdeaFacts, SubmitFacts
from core.features.ideas.domain import (
    LONGEST_BODY,
    LONGEST_NOTE,
    LONGEST_PLACE,
    LONGEST_TITLE,
    PUBLIC,
    CampaignState,
    FormField,
    Notice,
    State,
    read_extra,
)
from core.features.ideas.model import Campaign, Idea, IdeaAmendment, IdeaSupport
from core.features.ideas.queries import desk, one
from core.features.ideas.service import life
from core.features.ideas.service.supporting import age_on
from core.files import store
from core.files.store import Purpose
from core.identity.model import Resident
from core.kit.errors import Conflict, Invalid, NotFound, SignInNeeded
from core.kit.ids import new_id
from core.kit.level import Level
from core.kit.text import Text
from core.moderation import service as moderation
from core.rules import Decision, Refused
from core.work import Work

KIND: Final = "ideas.idea"
AMENDMENT: Final = "ideas.amendment"
FILES: Final = Purpose(pictures=True, documents=True, most_bytes=10 * 1024 * 1024, most=8)
_SHORTEST_TITLE: Final = 5
_SHORTEST_BODY: Final = 20
_NUMBERS: Final = 1_230_012
"""The advisory lock under which ideas of one city get their numbers."""


class IdeaDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an author writes. `extra` are answers to a campaign's questions as typed."""

    title: str = ""
    body: str = ""
    extra: Mapping[str, str] = {}
    topic: str | None = None
    district: str | None = None
    place_lat: float | None = None
    place_lon: float | None = None
    place: str = ""
    author_name: str = ""
    files: tuple[UUID, ...] = ()


class Sent(msgspec.Struct, frozen=True):
    """What became of an idea that was sent: its number, and whether others see it already."""

    idea_id: UUID
    number: int
    published: bool


def save_draft(
    work: Work,
    *,
    author_id: UUID,
    draft: IdeaDraft,
    idea_id: UUID | None = None,
    campaign_id: UUID | None = None,
) -> UUID:
    """Keep what has been typed so far; nothing is demanded of it. With `idea_id` (made by the form)
    a repeated save makes no second draft."""
    wanted = idea_id or new_id()
    row = one.locked_idea(work.session, wanted)
    if row is None:
        campaign = _campaign(work, campaign_id)
        # Numbers are given one after the other, for as long as this short transaction lasts.
        work.session.execute(select(func.pg_advisory_xact_lock(_NUMBERS, work.tenant.id)))
        row = one.locked_idea(work.session, wanted)
        if row is None:
            work.session.execute(
                insert(Idea).values(
                    id=wanted,
                    number=one.next_number(work.session),
                    campaign_id=campaign.id if campaign else None,
                    author_id=author_id,
                    state=State.DRAFT,
                    state_since=work.now,
                    created_at=work.now,
                )
            )
            row = one.locked_idea(work.session, wanted)
            assert row is not None
    if row.author_id != author_id:
        raise NotFound
    if State(row.state) is not State.DRAFT:
        raise _already_sent()
    _write(work, row, draft, complete=False)
    return wanted


def discard_draft(work: Work, *, author_id: UUID, idea_id: UUID) -> None:
    """Throw a draft away with its files."""
    row = _own(work, author_id, idea_id)
    if State(row.state) is State.DRAFT:
        store.forget_owner(work, f"idea:{idea_id}")
        work.session.delete(row)
        work.session.flush()


def may_submit(work: Work, *, author_id: UUID, campaign_id: UUID | None) -> Decision[bool]:
    """Whether this resident may suggest something today. Raises SignInNeeded when the account is
    gone."""
    campaign = _campaign(work, campaign_id)
    resident = work.session.get(Resident, author_id)
    if resident is None or resident.erased_at is not None:
        raise SignInNeeded
    territory = campaign.territory if campaign is not None else None
    return work.decide(
        MAY_SUBMIT,
        SubmitFacts(
            on=work.today,
            age=age_on(resident.born_on, work.today) if resident.born_on else None,
            level=Level(resident.level),
            district=resident.district,
            territory=frozenset(territory) if territory else None,
            blocked=resident.blocked_at is not None,
            in_campaign=campaign is not None,
        ),
    )


def notice(work: Work, *, in_campaign: bool) -> Decision[Notice]:
    """What the author is told of 59-ФЗ (R8)."""
    return work.decide(NOTICE, IdeaFacts(on=work.today, in_campaign=in_campaign))


def reward(work: Work, *, in_campaign: bool) -> int:
    """What a published idea earns today; 0 in a city without a bonus programme."""
    if not work.tenant.profile.offers("bonus"):
        return 0
    facts = IdeaFacts(on=work.today, in_campaign=in_campaign)
    return work.decide(REWARD, facts, procedure=work.procedure("bonus")).value or 0


def submit(
    work: Work,
    *,
    author_id: UUID,
    idea_id: UUID,
    draft: IdeaDraft,
    acknowledged: bool,
    campaign_id: UUID | None = None,
) -> Sent:
    """Send an idea. Raises Invalid with everything that is missing, Refused with the clause.
    Sent twice, it is one idea."""
    row = one.locked_idea(work.session, idea_id)
    if row is not None and row.author_id == author_id and State(row.state) is not State.DRAFT:
        return Sent(idea_id, row.number, State(row.state) in PUBLIC)
    save_draft(work, author_id=author_id, draft=draft, idea_id=idea_id, campaign_id=campaign_id)
    row = _own(work, author_id, idea_id)
    campaign = _campaign(work, row.campaign_id)
    if campaign is not None:
        _require_open(work, campaign)
    decision = may_submit(work, author_id=author_id, campaign_id=row.campaign_id)
    if not decision.value:
        raise Refused(decision, status=403)
    told = notice(work, in_campaign=campaign is not None)
    _write(work, row, draft, complete=True, wrong=_unread(told.value, acknowledged))
    row.submitted_at = work.now
    life.change_state(work, idea_id, State.SUBMITTED, decision=told)
    return _send(work, row)


def _send(work: Work, row: Idea) -> Sent:
    """Into moderation's queue; where the city checks afterwards, in public at once."""
    checked_first = moderation.is_checked_first(work, KIND)
    moderation.submit(
        work,
        kind=KIND,
        subject_id=row.id,
        title=row.title,
        body=text_of(row, fields_of(work, row)),
        author_id=row.author_id,
        path=f"/ideas/{row.number}",
    )
    if not checked_first:
        life.publish(work, row.id)
    work.session.refresh(row)
    return Sent(row.id, row.number, State(row.state) in PUBLIC)


def text_of(row: Idea, fields: Sequence[FormField]) -> str:
    """All the words of an idea that others will read, for checking."""
    parts = [row.body]
    for field in fields:
        if field.key in row.extra:
            parts.append(f"{field.label}: {row.extra[field.key]}")
    if row.place:
        parts.append(row.place)
    if row.author_name:
        parts.append(row.author_name)
    return "\n\n".join(part for part in parts if part)


def edit(work: Work, *, author_id: UUID, idea_id: UUID, draft: IdeaDraft) -> Sent:
    """Change an idea that nobody supports yet; it is checked again. Raises Conflict once somebody
    does: then it takes an amendment."""
    life.lock_alone(work, idea_id)
    row = _own(work, author_id, idea_id)
    state = State(row.state)
    if state not in (State.SUBMITTED, State.REFUSED, State.COLLECTING):
        raise _too_late()
    if state is State.COLLECTING and _supported(work, idea_id):
        raise _frozen()
    published = row.published_at is not None
    before = (row.title, row.body, dict(row.extra))
    _write(work, row, draft, complete=True)
    if published and (row.title, row.body, dict(row.extra)) != before:
        row.version += 1
        work.session.flush()
        life.keep_version(work, row)
    if state is not State.SUBMITTED:
        life.change_state(work, idea_id, State.SUBMITTED)
    row.submitted_at = work.now
    work.session.flush()
    return _send(work, row)


def amend(
    work: Work, *, author_id: UUID, idea_id: UUID, title: str, body: str, note: str
) -> UUID | None:
    """Ask for a change of an idea that people support. It is checked, then it becomes a version;
    a newer wish takes the place of one that still waits. None when nothing would change."""
    row = _own(work, author_id, idea_id)
    if State(row.state) is not State.COLLECTING:
        raise _too_late()
    wrong = _wrong_text(title, body)
    if not note.strip():
        wrong["note"] = Text(
            ru="Напишите, что изменили и почему: это увидят те, кто поддержал идею.",
            en="Write what you changed and why: those who support the idea will read it.",
        )
    elif len(note) > LONGEST_NOTE:
        wrong["note"] = _too_long(LONGEST_NOTE)
    if wrong:
        raise Invalid(wrong)
    if (title, body) == (row.title, row.body):
        return None
    waiting = one.waiting_amendment(work.session, idea_id)
    if waiting is None:
        waiting = IdeaAmendment(
            id=new_id(), idea_id=idea_id, title=title, body=body, note=note.strip(), at=work.now
        )
        work.session.add(waiting)
    else:
        waiting.title, waiting.body, waiting.note = title, body, note.strip()
        waiting.at = work.now
    work.session.flush()
    moderation.submit(
        work,
        kind=AMENDMENT,
        subject_id=waiting.id,
        title=title,
        body=f"{body}\n\n{note.strip()}",
        author_id=author_id,
        path=f"/ideas/{row.number}",
    )
    if not moderation.is_checked_first(work, AMENDMENT):
        accept_amendment(work, waiting.id)
    return waiting.id


def accept_amendment(work: Work, amendment_id: UUID) -> None:
    """An amendment was checked: it becomes the text, and the version before stays readable."""
    wish = work.session.get(IdeaAmendment, amendment_id, with_for_update=True)
    if wish is None or wish.state == "accepted":
        return
    life.lock_alone(work, wish.idea_id)
    row = one.locked_idea(work.session, wish.idea_id)
    if row is None or State(row.state) not in PUBLIC - {State.MERGED}:
        wish.state = "refused"
        work.session.flush()
        return
    wish.state = "accepted"
    row.title, row.body = wish.title, wish.body
    row.version += 1
    work.session.flush()
    life.keep_version(work, row, wish.note)
    life.add_step(work, row.id, "amended", note=wish.note)
    work.record("ideas.amended", f"idea:{row.id}", version=row.version)


def refuse_amendment(work: Work, amendment_id: UUID, *, reasons: Sequence[object]) -> None:
    """An amendment was refused: the text stays as it is. The letter tells the author why."""
    wish = work.session.get(IdeaAmendment, amendment_id, with_for_update=True)
    if wish is None or wish.state != "submitted":
        return
    wish.state = "refused"
    work.session.flush()
    life.add_step(work, wish.idea_id, "amendment_refused", reasons=reasons, announced=False)


def withdraw(work: Work, *, author_id: UUID, idea_id: UUID, note: str = "") -> None:
    """The author takes an idea back; it is out of sight, its number stays taken."""
    row = _own(work, author_id, idea_id)
    state = State(row.state)
    if state is State.WITHDRAWN:
        return
    if state is State.DRAFT:
        discard_draft(work, author_id=author_id, idea_id=idea_id)
        return
    if state not in (State.SUBMITTED, State.COLLECTING):
        raise _too_late()
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": _too_long(LONGEST_NOTE)})
    moderation.withdraw(work, kind=KIND, subject_id=idea_id)
    waiting = one.waiting_amendment(work.session, idea_id)
    if waiting is not None:
        moderation.withdraw(work, kind=AMENDMENT, subject_id=waiting.id)
        waiting.state = "refused"
    life.change_state(work, idea_id, State.WITHDRAWN, note=note.strip())


def forget_author(work: Work, resident_id: UUID) -> None:
    """An account was erased: its ideas stay without a name, its drafts and what it followed go."""
    for idea_id in work.session.scalars(
        select(Idea.id)
        .where(Idea.author_id == resident_id, Idea.state == State.DRAFT.value)
        .order_by(Idea.id)
    ).all():
        discard_draft(work, author_id=resident_id, idea_id=idea_id)
    for idea_id in work.session.scalars(
        select(Idea.id)
        .where(Idea.author_id == resident_id, Idea.state == State.SUBMITTED.value)
        .order_by(Idea.id)
    ).all():
        withdraw(work, author_id=resident_id, idea_id=idea_id)
    work.session.execute(
        update(Idea).where(Idea.author_id == resident_id).values(author_id=None, author_name="")
    )
    desk.forget_follows(work.session, resident_id)


def campaign_fields(campaign: Campaign | None) -> tuple[FormField, ...]:
    """The questions a campaign asks beside the text."""
    if campaign is None:
        return ()
    return msgspec.convert(campaign.form, tuple[FormField, ...])


def fields_of(work: Work, row: Idea) -> tuple[FormField, ...]:
    """The questions that an idea's campaign asks."""
    return campaign_fields(_campaign(work, row.campaign_id))


# --- What is wrong ---


def _write(
    work: Work,
    row: Idea,
    draft: IdeaDraft,
    *,
    complete: bool,
    wrong: Mapping[str, Text] | None = None,
) -> None:
    """Put what was typed into the row; with `complete` everything missing is complained of."""
    profile = work.tenant.profile
    campaign = _campaign(work, row.campaign_id)
    found: dict[str, Text] = dict(wrong or {})
    extra: dict[str, object] = {}
    try:
        extra = read_extra(campaign_fields(campaign), draft.extra, complete=complete)
    except Invalid as problem:
        found.update(problem.fields)
    if complete:
        found.update(_wrong_text(draft.title, draft.body))
        if draft.topic is None and campaign is None and profile.topics:
            found["topic"] = Text(ru="Выберите тему.", en="Choose a topic.")
    topic = campaign.topic if campaign is not None and campaign.topic else draft.topic
    if topic is not None and profile.topic(topic) is None:
        topic = None
        if complete:
            found["topic"] = Text(ru="Выберите тему из списка.", en="Choose a topic on the list.")
    district = draft.district
    if district is not None and profile.district(district) is None:
        district = None
        if complete:
            found["district"] = Text(ru="Выберите район из списка.", en="Choose from the list.")
    lat, lon = draft.place_lat, draft.place_lon
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        lat = lon = None
    if (
        campaign is not None
        and campaign.with_place
        and complete
        and lat is None
        and not draft.place
    ):
        found["place"] = Text(
            ru="Напишите адрес или отметьте место на карте.",
            en="Give the address or mark the place on the map.",
        )
    if len(draft.place) > LONGEST_PLACE and complete:
        found["place"] = _too_long(LONGEST_PLACE)
    if found:
        raise Invalid(found)
    row.title = draft.title[:LONGEST_TITLE]
    row.body = draft.body[: LONGEST_BODY * 2]
    row.extra = extra
    row.topic = topic
    row.district = district
    row.place_lat, row.place_lon = lat, lon
    row.place = draft.place[:LONGEST_PLACE]
    row.author_name = draft.author_name[:LONGEST_TITLE]
    work.session.flush()
    owner = f"idea:{row.id}"
    kept = set(draft.files)
    for file in store.of_owner(work.session, owner):
        if file.id not in kept:
            store.detach(work, file.id, owner=owner)
    store.attach(work, draft.files, owner=owner, purpose=FILES)


def _wrong_text(title: str, body: str) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if len(title) < _SHORTEST_TITLE:
        wrong["title"] = Text(
            ru="Напишите коротко, что предлагаете.", en="Write briefly what you suggest."
        )
    elif len(title) > LONGEST_TITLE:
        wrong["title"] = _too_long(LONGEST_TITLE)
    if len(body) < _SHORTEST_BODY:
        wrong["body"] = Text(
            ru="Расскажите подробнее: что сделать, где и зачем.",
            en="Tell us more: what to do, where, and why.",
        )
    elif len(body) > LONGEST_BODY:
        wrong["body"] = _too_long(LONGEST_BODY)
    return wrong


def _too_long(most: int) -> Text:
    return Text(
        ru=f"Слишком длинно: не больше {most} знаков.",
        en=f"Too long: at most {most} characters.",
    )


def _unread(told: Notice, acknowledged: bool) -> dict[str, Text]:
    if told is not Notice.ACKNOWLEDGED or acknowledged:
        return {}
    return {
        "notice": Text(
            ru="Отметьте, что прочитали предупреждение.", en="Please tick that you have read it."
        )
    }


def _own(work: Work, author_id: UUID, idea_id: UUID) -> Idea:
    row = one.locked_idea(work.session, idea_id)
    if row is None or row.author_id != author_id:
        raise NotFound
    return row


def _campaign(work: Work, campaign_id: UUID | None) -> Campaign | None:
    if campaign_id is None:
        return None
    campaign = work.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound
    return campaign


def _require_open(work: Work, campaign: Campaign) -> None:
    if campaign.state == CampaignState.OPEN and (
        campaign.closes_at is None or work.now < campaign.closes_at
    ):
        return
    raise Conflict(
        "ideas.campaign_closed",
        Text(ru="Это обсуждение сейчас не принимает идеи.", en="This campaign takes no ideas now."),
        Text(
            ru="Текст сохранён в черновиках: его можно отправить без обсуждения.",
            en="Your text is kept among your drafts: it can be sent outside the campaign.",
        ),
    )


def _supported(work: Work, idea_id: UUID) -> bool:
    return (
        work.session.execute(
            select(IdeaSupport.idea_id).where(IdeaSupport.idea_id == idea_id).limit(1)
        ).first()
        is not None
    )


def _already_sent() -> Conflict:
    return Conflict(
        "ideas.already_sent",
        Text(ru="Эта идея уже отправлена.", en="This idea has been sent already."),
        Text(ru="Откройте её в разделе «Мои идеи».", en="Open it among your ideas."),
    )


def _too_late() -> Conflict:
    return Conflict(
        "ideas.too_late",
        Text(
            ru="В этом состоянии идею уже нельзя изменить.",
            en="In its present state the idea can no longer be changed.",
        ),
        Text(ru="Дополните её в комментариях.", en="Add to it in the comments."),
    )


def _frozen() -> Conflict:
    return Conflict(
        "ideas.frozen",
        Text(
            ru="Идею уже поддержали, поэтому её текст закреплён.",
            en="Somebody supports the idea already, so its text stands.",
        ),
        Text(
            ru="Предложите поправку: после проверки она станет новой версией.",
            en="Suggest an amendment: once checked it becomes a new version.",
        ),
    )
