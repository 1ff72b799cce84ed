"""The templates of documents: those of the product, and what a city puts in their place. A city's
history is kept whole; the latest row of a kind counts, and one without content means the product's
own again."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.documents import filling, intake
from core.documents.language import Refused, TooLong, shape_of
from core.documents.manifest import DocumentKind
from core.documents.model import DocumentTemplate
from core.documents.pdf.pages import make_pdf
from core.identity import access
from core.kit.actor import StaffActor, actor_label
from core.kit.errors import Invalid
from core.kit.ids import new_id
from core.kit.text import Text
from core.work import Work

REPLACE: Final = "documents.templates"
MOST_HISTORY: Final = 50
_HELD: Final = 3600
_UNFIT: Final = Text(
    ru="Шаблон заполнить не удалось: проверьте, что таблицы со списками не повреждены.",
    en="The template could not be filled: check that its tables with lists are in order.",
)


class TemplateView(msgspec.Struct, frozen=True):
    """A row of a template's history; `own` is False for a return to the product's template."""

    id: UUID
    name: str
    note: str
    at: datetime
    actor_name: str
    own: bool
    digest: str


class Checked(msgspec.Struct, frozen=True):
    """A template that is fit for use: as it will be kept, and what of it a PDF will not show."""

    content: bytes
    missing: frozenset[str]


def default(kind: DocumentKind) -> bytes:
    """The product's own template."""
    return _shipped(kind.template)


@cache
def _shipped(path: str) -> bytes:
    return files("core").joinpath(*PurePath(path).parts).read_bytes()


def active(session: Session, kind: DocumentKind) -> bytes:
    """The template that counts now."""
    latest = _latest(session, kind.key)
    content = latest[1] if latest is not None else None
    return content if content is not None else default(kind)


def _latest(session: Session, kind: str) -> tuple[str, bytes | None] | None:
    row = session.execute(
        select(DocumentTemplate.digest, DocumentTemplate.content)
        .where(DocumentTemplate.kind == kind)
        .order_by(DocumentTemplate.at.desc(), DocumentTemplate.id.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def own_kinds(session: Session) -> frozenset[str]:
    """The kinds for which the city uses a template of its own."""
    latest = (
        select(
            DocumentTemplate.kind,
            DocumentTemplate.content.is_not(None).label("own"),
            func.row_number()
            .over(
                partition_by=DocumentTemplate.kind,
                order_by=(DocumentTemplate.at.desc(), DocumentTemplate.id.desc()),
            )
            .label("place"),
        )
    ).subquery()
    return frozenset(
        session.scalars(select(latest.c.kind).where(latest.c.place == 1, latest.c.own))
    )


def history(session: Session, kind: DocumentKind) -> Sequence[TemplateView]:
    """What was put in place of the product's template and when, the latest first."""
    rows = session.execute(
        select(
            DocumentTemplate.id,
            DocumentTemplate.name,
            DocumentTemplate.note,
            DocumentTemplate.at,
            DocumentTemplate.actor_name,
            DocumentTemplate.content.is_not(None),
            DocumentTemplate.digest,
        )
        .where(DocumentTemplate.kind == kind.key)
        .order_by(DocumentTemplate.at.desc(), DocumentTemplate.id.desc())
        .limit(MOST_HISTORY)
    )
    return [TemplateView(*row) for row in rows]


def earlier(session: Session, kind: DocumentKind, template_id: UUID) -> bytes | None:
    """A template of the history; None for one that is not there, or was no template."""
    return session.scalar(
        select(DocumentTemplate.content).where(
            DocumentTemplate.id == template_id, DocumentTemplate.kind == kind.key
        )
    )


def check(kind: DocumentKind, content: bytes) -> Checked:
    """A template as it would be kept; raises Invalid({"template": …}) with all that is wrong, one
    finding beside each `template-<n>`."""
    try:
        kept = intake.taken(content)
        wrong = filling.findings(kept, shape_of(kind.example, kind.fields))
        if wrong:
            raise Refused(wrong)
        document = filling.filled(kept, kind.example, title=kind.label.ru)
        return Checked(kept, make_pdf(document, title=kind.label.ru).missing)
    except Refused as refused:
        first, *others = refused.findings
        raise Invalid(
            {"template": first, **{f"template-{n}": one for n, one in enumerate(others, 2)}}
        ) from refused
    except (TooLong, ValueError, KeyError, TypeError, RuntimeError, SyntaxError) as error:
        # Word's files are made by many programs; what ours cannot fill now it never could.
        raise Invalid({"template": _UNFIT}) from error


def hold(work: Work, kind: DocumentKind, checked: Checked) -> str:
    """Keep a checked template for an hour, so that it can be looked at before it is put in place;
    returns its digest, by which only the one who uploaded it gets it back."""
    access.require(work, REPLACE)
    digest = sha256(checked.content).hexdigest()
    work.runtime.redis.set(_held_key(work, kind, digest), checked.content, ex=_HELD)
    return digest


def held(work: Work, kind: DocumentKind, digest: str) -> bytes | None:
    """The template kept under this digest; None once the hour is over."""
    access.require(work, REPLACE)
    content = work.runtime.redis.get(_held_key(work, kind, digest))
    return content if isinstance(content, bytes) else None


def _held_key(work: Work, kind: DocumentKind, digest: str) -> str:
    return f"{work.tenant.role}:template:{actor_label(work.actor)}:{kind.key}:{digest}"


def put(work: Work, kind: DocumentKind, *, name: str, content: bytes, note: str = "") -> Checked:
    """Put the city's own template in place; the same file again changes nothing."""
    access.require(work, REPLACE)
    checked = check(kind, content)
    digest = sha256(checked.content).hexdigest()
    latest = _latest(work.session, kind.key)
    if latest is None or latest[0] != digest:
        _write(work, kind, name=name, content=checked.content, digest=digest, note=note)
        work.record("documents.template_replaced", f"document:{kind.key}", name=name, digest=digest)
    return checked


def restore(work: Work, kind: DocumentKind, *, note: str = "") -> bool:
    """Go back to the product's own template; False if it is in place already."""
    access.require(work, REPLACE)
    latest = _latest(work.session, kind.key)
    if latest is None or latest[1] is None:
        return False
    _write(work, kind, name="", content=None, digest="", note=note)
    work.record("documents.template_restored", f"document:{kind.key}")
    return True


def _write(
    work: Work, kind: DocumentKind, *, name: str, content: bytes | None, digest: str, note: str
) -> None:
    work.session.execute(
        insert(DocumentTemplate).values(
            id=new_id(),
            kind=kind.key,
            name=name,
            content=content,
            digest=digest,
            note=note,
            at=work.now,
            actor=actor_label(work.actor),
            actor_name=work.actor.name if isinstance(work.actor, StaffActor) else "",
        )
    )
