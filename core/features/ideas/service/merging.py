"""Joining duplicates. Supporters of the duplicate are asked; both counters are shown until the time
is over; then those who agreed have moved, and everybody else stays counted where they were. Nobody
is counted twice and nobody is moved without having said so."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from core.deadlines.obligations import close_obligation
from core.features.ideas.decisions import MERGE_DAYS, IdeaFacts
from core.features.ideas.domain import LONGEST_NOTE, State
from core.features.ideas.model import Idea, IdeaMerge, IdeaMergeAnswer, IdeaSupport
from core.features.ideas.queries import desk, one
from core.features.ideas.queries.desk import OWED
from core.features.ideas.service import life
from core.identity import access
from core.kit.actor import actor_label
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound
from core.kit.ids import new_id
from core.kit.period import Period
from core.kit.text import Text
from core.work import Work

MERGE: Final = "ideas.merge"
_JOINABLE: Final = frozenset({State.COLLECTING, State.CONSIDERATION})
_ORIGINALS: Final = _JOINABLE | {State.TAKEN_UP, State.IN_WORK}


class MergeReference(msgspec.Struct, frozen=True):
    """The payload of events about a merging."""

    merge_id: UUID
    idea_id: UUID


def offer(work: Work, *, idea_id: UUID, original_id: UUID, note: str) -> UUID:
    """Ask the supporters of a duplicate whether they move to the original. Offered twice, it is
    one question."""
    access.require(work, MERGE)
    if idea_id == original_id:
        raise _not_joinable()
    rows = _locked(work, idea_id, original_id)
    waiting = one.merge_asking(work.session, idea_id)
    if waiting is not None:
        if waiting.original_id == original_id:
            return waiting.id
        raise Conflict(
            "ideas.merging",
            Text(
                ru="Сторонников этой идеи уже спрашивают о другой.",
                en="Supporters of this idea are being asked about another one.",
            ),
            Text(ru="Сначала отмените это предложение.", en="Cancel that first."),
        )
    if (
        State(rows[idea_id].state) not in _JOINABLE
        or State(rows[original_id].state) not in _ORIGINALS
        or one.merge_asking(work.session, original_id) is not None
        or any(one_.state == "asking" for one_ in one.merges_into(work.session, idea_id))
    ):
        raise _not_joinable()
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": Text(ru="Слишком длинно.", en="Too long.")})
    days = work.decide(MERGE_DAYS, IdeaFacts(on=work.today))
    if days.value is None:
        raise Conflict(
            "ideas.merge_term",
            Text(
                ru="В регламенте не сказано, сколько дней спрашивать сторонников.",
                en="The regulation does not say for how many days supporters are asked.",
            ),
            Text(
                ru="Внесите срок в порядок работы с идеями: «Сколько дней спрашиваем сторонников».",
                en="Add the term to the city's procedure for ideas.",
            ),
        )
    ends_at = Period(work.today, work.today + timedelta(days=days.value)).ends_at(work.tenant.zone)
    merge_id = new_id()
    work.session.execute(
        insert(IdeaMerge).values(
            id=merge_id,
            idea_id=idea_id,
            original_id=original_id,
            started_at=work.now,
            ends_at=ends_at,
            started_by=actor_label(work.actor),
            note=note.strip(),
        )
    )
    life.add_step(work, idea_id, "merge_offered", note=note.strip(), decision=days)
    work.record(
        "ideas.merge_offered", f"idea:{idea_id}", original=rows[original_id].number, until=ends_at
    )
    work.record_decision(f"idea:{idea_id}", days)
    reference = MergeReference(merge_id, idea_id)
    work.emit("ideas.merge_offered", reference)
    work.emit("ideas.merge_ending", reference, due_at=ends_at)
    return merge_id


def reply(work: Work, *, idea_id: UUID, resident_id: UUID, agreed: bool) -> None:
    """A supporter says whether to move; until the end it can be said differently."""
    waiting = one.merge_asking(work.session, idea_id)
    if waiting is None or waiting.ends_at <= work.now:
        raise Conflict(
            "ideas.merge_over",
            Text(ru="Опрос сторонников уже завершён.", en="The supporters have been asked."),
        )
    if not one.supports(work.session, idea_id, resident_id):
        raise Forbidden(
            "ideas.not_a_supporter",
            Text(
                ru="Решают те, кто поддержал эту идею.",
                en="It is for those who support this idea.",
            ),
        )
    work.session.execute(
        upsert(IdeaMergeAnswer)
        .values(merge_id=waiting.id, resident_id=resident_id, agreed=agreed, at=work.now)
        .on_conflict_do_update(
            index_elements=["merge_id", "resident_id"], set_={"agreed": agreed, "at": work.now}
        )
    )


def cancel(work: Work, *, idea_id: UUID, note: str = "") -> None:
    """Stop asking; nobody moves."""
    access.require(work, MERGE)
    row = one.locked_idea(work.session, idea_id)
    waiting = one.merge_asking(work.session, idea_id)
    if row is None or waiting is None:
        return
    _cancel(work, row, waiting, note)


def _cancel(work: Work, row: Idea, waiting: IdeaMerge, note: str) -> None:
    waiting.state = "cancelled"
    work.session.flush()
    life.add_step(work, row.id, "merge_cancelled", note=note.strip())
    work.record("ideas.merge_cancelled", f"idea:{row.id}")
    # Its time may have run out while its supporters were asked.
    work.emit("ideas.supported", life.IdeaReference(row.id))
    if row.ends_at is not None and State(row.state) is State.COLLECTING:
        work.emit("ideas.support_ending", life.IdeaReference(row.id), due_at=row.ends_at)


_MOVE: Final = text(
    """
INSERT INTO idea_support (idea_id, resident_id, level, district, at)
SELECT :original, s.resident_id, s.level, s.district, :now
FROM idea_support s JOIN idea_merge_answer a ON a.resident_id = s.resident_id
WHERE s.idea_id = :idea AND a.merge_id = :merge AND a.agreed
ON CONFLICT DO NOTHING
"""
)


def end(work: Work, *, merge_id: UUID) -> bool:
    """What the schedule does when the time is over: move those who agreed."""
    merge = work.session.get(IdeaMerge, merge_id)
    if merge is None or merge.state != "asking" or merge.ends_at > work.now:
        return False
    rows = _locked(work, merge.idea_id, merge.original_id)
    work.session.refresh(merge)
    if merge.state != "asking":
        return False
    idea, original = rows[merge.idea_id], rows[merge.original_id]
    if State(idea.state) not in _JOINABLE:
        _cancel(work, idea, merge, "")
        return False
    session = work.session
    before = one.live_supports(session, original.id)
    session.execute(
        _MOVE,
        {"idea": idea.id, "original": original.id, "merge": merge_id, "now": work.now},
    )
    session.execute(
        delete(IdeaSupport).where(
            IdeaSupport.idea_id == idea.id,
            IdeaSupport.resident_id.in_(
                select(IdeaMergeAnswer.resident_id).where(
                    IdeaMergeAnswer.merge_id == merge_id, IdeaMergeAnswer.agreed
                )
            ),
        )
    )
    desk.recount(session, idea.id)
    desk.recount(session, original.id)
    moved = one.live_supports(session, original.id) - before
    merge.state = "done"
    session.flush()
    subject = life.answer_subject(work, idea.id)
    changed = life.change_state(
        work, idea.id, State.MERGED, note=f"№ {original.number}: «{original.title}»"
    )
    changed.merged_into = original.id
    changed.supports = one.live_supports(session, idea.id)
    session.flush()
    close_obligation(work, OWED, subject, note=f"№ {original.number}")
    life.add_step(
        work, original.id, "joined", note=f"№ {idea.number}: «{idea.title}», +{max(0, moved)}"
    )
    if idea.author_id is not None and State(original.state) in _ORIGINALS:
        from core.features.ideas.service.following import follow

        follow(work, idea_id=original.id, resident_id=idea.author_id)
    work.emit("ideas.supported", life.IdeaReference(original.id))
    return True


def _locked(work: Work, idea_id: UUID, original_id: UUID) -> dict[UUID, Idea]:
    """Both rows, and no supporter in between; always in the same order."""
    life.lock_alone(work, idea_id, original_id)
    found: dict[UUID, Idea] = {}
    for one_id in sorted((idea_id, original_id)):
        row = one.locked_idea(work.session, one_id)
        if row is None:
            raise NotFound
        found[one_id] = row
    return found


def _not_joinable() -> Conflict:
    return Conflict(
        "ideas.not_joinable",
        Text(ru="Эти идеи объединить нельзя.", en="These ideas cannot be joined."),
        Text(
            ru="Объединяют идею, которая собирает поддержку или рассматривается, с другой, "
            "по которой город ещё не отказал.",
            en="An idea that collects support or is considered is joined to another one that the "
            "city has not declined.",
        ),
    )
