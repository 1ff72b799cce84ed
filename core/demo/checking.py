"""The moderation queue of a demo city: what waits, what was published and by whom, and the letters
of refusal with grounds and clauses of the city's own regulation."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, cast
from uuid import UUID

import msgspec

from core.demo.dice import dice, ordered_id
from core.demo.idea_texts import RefusedText
from core.demo.ideas import HOUR, DemoIdea, Ideas, Unpublished
from core.demo.journal import Journal
from core.demo.officials import Officials
from core.demo.tables import Row, Tables, as_json, moment
from core.features.ideas.domain import State
from core.kit.actor import StaffActor
from core.moderation.decisions import MAY_BLOCK, MAY_REFUSE, BlockFacts, RefuseFacts
from core.moderation.domain import GroundGiven, Link, Needs
from core.moderation.grounds import Ground, grounds_on
from core.moderation.letters import proposed_body
from core.rules.explain import reasons_data
from core.work import Work

KIND: Final = "ideas.idea"
_SUBMITTED: Final = "moderation.submitted"
_REASON: Final = "Автор продолжал отправлять то же самое после письма об отказе."


class _Letter(msgspec.Struct, frozen=True):
    """A refusal on its way to its rows."""

    idea: Unpublished
    at: datetime
    number: int
    grounds: tuple[GroundGiven, ...]
    reasons: list[object]
    body: str
    written: StaffActor
    approved: StaffActor


class Checking:
    """Everything that moderation keeps of a year of ideas."""

    def __init__(
        self,
        seed: object,
        work: Work,
        ideas: Ideas,
        officials: Officials,
        journal: Journal,
    ) -> None:
        self._seed = seed
        self._work = work
        self._ideas = ideas
        self._officials = officials
        self._journal = journal
        self._grounds = {
            one.key: one
            for one in grounds_on(work.regulation, work.procedure("moderation"), work.today)
        }
        self._letters = list(self._write_letters())

    @property
    def refused(self) -> list[Unpublished]:
        """Those that have their letter: there are no others."""
        return [one.idea for one in self._letters]

    def _write_letters(self) -> Sequence[_Letter]:
        rng = dice(self._seed, "letters")
        numbers: dict[int, int] = {}
        found = []
        for idea in sorted(self._ideas.refused, key=lambda one: one.submitted):
            assert isinstance(idea.text, RefusedText)
            chosen = [self._grounds[key] for key in idea.text.grounds if key in self._grounds]
            signing = self._signers(rng)
            if not chosen or signing is None:
                continue
            idea.decided = idea.submitted + rng.randrange(3 * HOUR, 30 * HOUR)
            if idea.author.blocked_at is not None:
                idea.decided = min(idea.decided, idea.author.blocked_at - 600)
            at = moment(idea.decided).astimezone(self._work.tenant.zone)
            numbers[at.year] = numbers.get(at.year, 0) + 1
            found.append(self._letter(rng, idea, at, numbers[at.year], chosen, signing))
        return found

    def _signers(self, rng: Random) -> tuple[StaffActor, StaffActor] | None:
        """Who writes and, another person, who approves."""
        writer = self._officials.pick(rng, "moderation.review")
        for _attempt in range(20):
            editor = self._officials.pick(rng, "moderation.approve_refusal")
            if writer == editor or not isinstance(writer, StaffActor):
                continue
            if isinstance(editor, StaffActor):
                return writer, editor
        return None

    def _letter(
        self,
        rng: Random,
        idea: Unpublished,
        at: datetime,
        number: int,
        chosen: Sequence[Ground],
        signing: tuple[StaffActor, StaffActor],
    ) -> _Letter:
        body = proposed_body(chosen)
        decision = self._work.decide(
            MAY_REFUSE,
            RefuseFacts(
                on=at.date(),
                kind=KIND,
                grounds=tuple(one.key for one in chosen),
                linked=frozenset(one.key for one in chosen),
                letter_length=len(body),
            ),
        )
        given = tuple(
            GroundGiven(
                key=one.key,
                number=one.number,
                title=one.title,
                clause=one.place,
                link=self._link(rng, one, idea),
            )
            for one in chosen
        )
        written, approved = signing
        subject = f"moderation:{self._item(idea)}"
        self._journal.decision(at, approved, subject, decision)
        self._journal.action(
            at,
            approved,
            "moderation.refused",
            subject,
            kind=KIND,
            subject_id=idea.id,
            number=number,
            grounds=[one.key for one in given],
            written_by=written.id,
            second_look=False,
        )
        return _Letter(
            idea=idea,
            at=at,
            number=number,
            grounds=given,
            reasons=cast(
                "list[object]",
                msgspec.to_builtins(reasons_data(decision, self._work.tenant.locale)),
            ),
            body=body,
            written=written,
            approved=approved,
        )

    def _link(self, rng: Random, ground: Ground, idea: Unpublished) -> Link | None:
        """What it repeats, or what is being done already."""
        if ground.needs is Needs.NONE:
            return None
        done = ground.needs is Needs.PLAN
        earlier = [
            one
            for one in self._ideas.published
            if one.published < idea.submitted and (not done or one.destiny is State.TAKEN_UP)
        ] or list(self._ideas.published)
        near = [one for one in earlier if one.text.topic == idea.text.topic] or earlier
        one = rng.choice(near)
        return Link("ideas", str(one.id), one.text.title, f"/ideas/{one.number}")

    def _item(self, idea: Unpublished | DemoIdea) -> UUID:
        """The item has an id of its own, the same wherever it is asked for."""
        return ordered_id(dice(self._seed, "item", idea.number), idea.submitted)

    def write(self, tables: Tables, now: datetime) -> None:
        """Letters, then items, then what the worker is to look at."""
        tables.copy(
            "moderation_letter",
            "id year number signed_on signed_at kind subject_id addressee_id title path"
            " submitted_at grounds reasons written body written_by written_name approved_by"
            " approved_name signer_post look_reasons",
            (self._letter_row(one) for one in self._letters),
        )
        last: dict[int, int] = {}
        for one in self._letters:
            last[one.at.year] = max(last.get(one.at.year, 0), one.number)
        tables.copy("moderation_number", "year last", sorted(last.items()))
        refused = {one.idea.id: one for one in self._letters}
        tables.copy(
            "moderation_item",
            "id kind subject_id title body author_id path checked state submitted_at letter_id"
            " decided_at decided_by decided_name",
            (
                *(self._published_row(one) for one in self._ideas.published),
                *(self._waiting_row(one) for one in self._ideas.waiting),
                *(
                    self._refused_row(one, refused[one.id])
                    for one in self._ideas.refused
                    if one.id in refused
                ),
            ),
        )
        tables.copy(
            "moderation_block",
            "id resident_id letter_id protocol_number protocol_on members reason annuls reasons"
            " blocked_at recorded_by recorded_name",
            self._blocks(),
        )
        rng = dice(self._seed, "to check")
        tables.copy(
            "outbox",
            "id role kind payload due_at created_at",
            (
                (
                    ordered_id(rng, int(now.timestamp())),
                    tables.role,
                    _SUBMITTED,
                    as_json(
                        {
                            "item_id": self._item(one),
                            "kind": KIND,
                            "subject_id": one.id,
                            "author_id": one.author.id,
                        }
                    ),
                    now + timedelta(seconds=1),
                    now,
                )
                for one in self._ideas.waiting
            ),
            schema="platform",
        )

    def _blocks(self) -> Iterator[Row]:
        """A recorded decision for everybody who is excluded; they had earned nothing to annul."""
        rng = dice(self._seed, "blocks")
        excluded = [one for one in self._letters if one.idea.author.blocked_at is not None]
        for number, letter in enumerate(excluded, 1):
            blocked = letter.idea.author.blocked_at
            assert blocked is not None
            at = moment(blocked)
            facts = BlockFacts(
                on=at.date(), grounds=tuple(one.key for one in letter.grounds), members=2
            )
            decision = self._work.decide(MAY_BLOCK, facts)
            members = [
                {"post": one.posts[0], "title": one.name, "name": ""}
                for one in (letter.written, letter.approved)
            ]
            yield (
                ordered_id(rng, blocked),
                letter.idea.author.id,
                self._item(letter.idea),
                f"{number}-{at.year % 100}",
                at.date(),
                as_json(members),
                _REASON,
                False,
                as_json(reasons_data(decision, self._work.tenant.locale)),
                at,
                letter.approved.id,
                letter.approved.name,
            )

    def _letter_row(self, one: _Letter) -> Row:
        return (
            self._item(one.idea),
            one.at.year,
            one.number,
            one.at.date(),
            one.at,
            KIND,
            one.idea.id,
            one.idea.author.id,
            one.idea.text.title,
            f"/ideas/{one.idea.number}",
            moment(one.idea.submitted),
            as_json(one.grounds),
            as_json(one.reasons),
            one.body,
            one.body,
            one.written.id,
            one.written.name,
            one.approved.id,
            one.approved.name,
            one.approved.name,
            "[]",
        )

    def _start(self, idea: Unpublished | DemoIdea) -> Row:
        author = idea.author
        assert author is not None
        return (
            self._item(idea),
            KIND,
            idea.id,
            idea.text.title,
            idea.text.body,
            author.id,
            f"/ideas/{idea.number}",
            "before",
        )

    def _published_row(self, idea: DemoIdea) -> Row:
        who = self._officials.pick(dice(self._seed, "steps", idea.number), "moderation.review")
        staff = who if isinstance(who, StaffActor) else None
        return (
            *self._start(idea),
            "published",
            moment(idea.submitted),
            None,
            moment(idea.published),
            staff.id if staff else None,
            staff.name if staff else "",
        )

    def _waiting_row(self, idea: Unpublished) -> Row:
        return (*self._start(idea), "waiting", moment(idea.submitted), None, None, None, "")

    def _refused_row(self, idea: Unpublished, letter: _Letter) -> Row:
        return (
            *self._start(idea),
            "refused",
            moment(idea.submitted),
            self._item(idea),
            letter.at,
            letter.approved.id,
            letter.approved.name,
        )
