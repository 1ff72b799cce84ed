"""A kind of thing of its own for the tests of moderation, and what they need around it.

What the kind does it writes to the journal, so that a rollback takes it back like a real feature's.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.audit.model import AuditEntry
from core.kit.actor import StaffActor, SystemActor
from core.kit.ids import new_id
from core.kit.text import Text
from core.moderation import deciding, service
from core.moderation.domain import GroundChosen, Link
from core.moderation.manifest import Kinds, LinkChoice, LinkSource, Moderated, Refusal
from core.notify.model import NoticeRow
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work
from tests.features.polls.build import official, resident

KIND = "ideas.idea"
REVIEW = "moderation.review"
APPROVE = "moderation.approve_refusal"
BLOCK = "moderation.block"


class Broken(Exception):
    """What a feature raises when it cannot follow."""


def publish(work: Work, subject_id: UUID) -> None:
    work.record("test.published", f"thing:{subject_id}")


def refuse(work: Work, subject_id: UUID, refusal: Refusal) -> None:
    work.record("test.refused", f"thing:{subject_id}", number=refusal.number, text=refusal.text)


def break_down(work: Work, subject_id: UUID, refusal: Refusal) -> None:
    refuse(work, subject_id, refusal)
    raise Broken


def kinds(*, refusing: Any = refuse, key: str = KIND) -> Kinds:
    return {
        key: Moderated(
            kind=key,
            label=Text(ru="Идея", en="Idea"),
            permission=REVIEW,
            publish=publish,
            refuse=refusing,
            path=lambda subject: f"/things/{subject}",
        )
    }


ORIGINAL = new_id()


def _search(work: Work, words: str, near: str) -> Sequence[LinkChoice]:
    found = LinkChoice(str(ORIGINAL), "Скамейки у третьей школы", f"/ideas/{ORIGINAL}")
    return [found] if "скамейк" in (words + near).lower() else []


def _find(work: Work, reference: str) -> LinkChoice | None:
    if reference != str(ORIGINAL):
        return None
    return LinkChoice(reference, "Скамейки у третьей школы", f"/ideas/{ORIGINAL}")


SOURCE = LinkSource(key="ideas", label=Text(ru="Идеи", en="Ideas"), search=_search, find=_find)
LINK = Link("ideas", str(ORIGINAL), "Скамейки у третьей школы", f"/ideas/{ORIGINAL}")
OBSCENE = (GroundChosen("obscene"),)
BODY = "В тексте есть слова, которые публиковать нельзя."


def moderators(runtime: Runtime, city: Tenant, number: int = 2) -> list[StaffActor]:
    return [
        official(runtime, city, REVIEW, APPROVE, BLOCK, name=f"Модератор {place}")
        for place in range(1, number + 1)
    ]


def submitted(
    runtime: Runtime,
    city: Tenant,
    *,
    author: UUID | None = None,
    title: str = "Лавочка во дворе",
    body: str = "Поставьте лавочку у второго подъезда.",
    kind: str = KIND,
    subject: UUID | None = None,
) -> UUID:
    with runtime.work(city, SystemActor("test")) as work:
        who = author or resident(work)
        return service.submit(
            work,
            kind=kind,
            subject_id=subject or new_id(),
            title=title,
            body=body,
            author_id=who,
            path="/things/1",
        )


def refused(
    runtime: Runtime,
    city: Tenant,
    writer: StaffActor,
    approver: StaffActor,
    *,
    item: UUID | None = None,
    grounds: Sequence[GroundChosen] = OBSCENE,
) -> UUID:
    """An item refused with a letter, in one step or two as the city wants."""
    item = item or submitted(runtime, city)
    with runtime.work(city, writer) as work:
        state = deciding.write_letter(work, item, grounds=grounds, body=BODY, kinds=kinds())
    if state == "written":
        with runtime.work(city, approver) as work:
            deciding.approve_letter(work, item, body=BODY, kinds=kinds())
    return item


def journal(work: Work, action: str) -> int:
    return (
        work.session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        )
        or 0
    )


def notices(work: Work, kind: str) -> list[NoticeRow]:
    return list(work.session.scalars(select(NoticeRow).where(NoticeRow.kind == kind)))
