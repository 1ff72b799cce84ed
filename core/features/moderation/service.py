"""Use cases around moderation: what may be moderated here, where originals are looked for, what the
worker finds in a text."""

from collections.abc import Mapping
from functools import cache
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import update

from core.documents.manifest import DocumentKind
from core.feature import installed_features
from core.features.moderation import queries as own
from core.identity import access
from core.kit.text import Locale, Text
from core.moderation import hints, queries
from core.moderation.domain import OPEN, Link, Needs, Similar
from core.moderation.manifest import Kinds, LinkChoice, LinkSource, Moderated
from core.moderation.model import ModerationItem
from core.moderation.service import REVIEW
from core.moderation.service import letter as require_letter
from core.rules.wording import day_text
from core.work import Work

SOURCES: Final[Mapping[Needs, str]] = {Needs.PLAN: "plan", Needs.ORIGINAL: "ideas"}
"""Where what a ground must point to is looked for: keys of link sources."""
PAGE: Final = "page"
"""The source of a link that was typed by hand."""
MOST_SIMILAR: Final = 5
_LONGEST_LINK: Final = 500
_LONGEST_TITLE: Final = 200

_NAME: Final = Text(
    ru="Письмо об отказе № {number} от {day}", en="Letter of refusal No. {number} of {day}"
)
_PAGE_LABEL: Final = Text(ru="Другая страница", en="Another page")


@cache
def _kinds() -> Kinds:
    return {one.kind: one for feature in installed_features() for one in feature.moderated}


@cache
def _sources() -> Mapping[str, tuple[str, LinkSource]]:
    return {
        one.key: (feature.key, one) for feature in installed_features() for one in feature.links
    }


def kinds() -> Kinds:
    """Everything that installed features send to moderation."""
    return _kinds()


def permitted(work: Work) -> Kinds:
    """The kinds that the official who acts may check."""
    return {key: one for key, one in kinds().items() if access.may(work, one.permission)}


def sources(work: Work) -> Mapping[str, LinkSource]:
    """Where the city offers to look for originals."""
    return {
        key: source
        for key, (feature, source) in _sources().items()
        if work.tenant.profile.offers(feature)
    }


def source_for(work: Work, needs: Needs) -> LinkSource | None:
    """Where the link of such a ground is chosen; None where the city has no such place, and for
    grounds that need none."""
    return sources(work).get(SOURCES.get(needs, ""))


def search_in(
    work: Work, source: LinkSource, words: str, near: str, *, but_not: UUID
) -> list[LinkChoice]:
    """The best few, without the thing itself."""
    found = source.search(work, words, near)
    return [one for one in found if str(but_not) not in one.reference][:MOST_SIMILAR]


def find_link(work: Work, source: str, reference: str) -> Link | None:
    """A link as the form names it; None if there is no such thing."""
    where = sources(work).get(source)
    found = where.find(work, reference) if where is not None else None
    if found is None:
        return None
    return Link(source=source, reference=found.reference, title=found.title, path=found.path)


def typed_link(title: str, address: str) -> Link | None:
    """A link typed by hand: a page of this site or of another one; None if it is no address."""
    title, address = " ".join(title.split())[:_LONGEST_TITLE], address.strip()
    local = address.startswith("/") and not address.startswith(("//", "/\\"))
    if len(address) > _LONGEST_LINK or any(ord(sign) < 33 for sign in address):
        return None
    if not (local or address.startswith(("https://", "http://"))):
        return None
    return Link(source=PAGE, reference=address, title=title or address, path=address)


def source_label(work: Work, key: str, locale: Locale) -> str:
    """What a place where links come from is called."""
    where = sources(work).get(key)
    return (where.label if where is not None else _PAGE_LABEL).in_(locale)


def look_at(work: Work, item_id: UUID) -> None:
    """Find what a moderator should see at once: marks on the text, and what may be the same."""
    item = queries.item(work.session, item_id)
    if item is None or item.state not in OPEN:
        return
    text, _body = hints.looked_at(item.title, item.body)
    found = hints.marks(text, own_hosts=work.runtime.registry.hosts(work.tenant))
    similar = [
        Similar(key, one.reference, one.title, one.path, one.note)
        for key, source in sorted(sources(work).items())
        for one in search_in(work, source, "", text, but_not=item.subject_id)
    ]
    work.session.execute(
        update(ModerationItem)
        .where(ModerationItem.id == item_id)
        .values(hints=msgspec.to_builtins(found), similar=msgspec.to_builtins(similar))
    )


def kind_of(kind: str) -> Moderated | None:
    """A kind by its key."""
    return kinds().get(kind)


def _document(work: Work, letter_id: UUID) -> Mapping[str, object]:
    item = queries.item(work.session, letter_id)
    second = item is not None and item.looks_again_at is not None
    return own.document(work, letter_id, kinds=kinds(), second=second)


def _document_name(work: Work, letter_id: UUID) -> str:
    letter = require_letter(work.session, letter_id)
    return _NAME.with_values({"number": str(letter.number), "day": day_text(letter.signed_on)}).in_(
        work.tenant.locale
    )


REFUSAL: Final = DocumentKind(
    key="moderation.refusal",
    label=Text(ru="Письмо об отказе", en="Letter of refusal"),
    permission=REVIEW,
    template="features/moderation/templates/documents/refusal.docx",
    data=_document,
    name=_document_name,
    fields={
        "city": Text(ru="Муниципалитет", en="Municipality"),
        "unit": Text(ru="Подразделение того, кто подписал", en="Unit of whoever signed"),
        "number": Text(ru="Номер письма", en="Number of the letter"),
        "date": Text(ru="Дата письма", en="Date of the letter"),
        "addressee": Text(ru="Кому", en="Addressee"),
        "kind": Text(ru="Что было отправлено", en="What was sent"),
        "title": Text(ru="Название или начало текста", en="Title or beginning of the text"),
        "submitted_on": Text(ru="Когда отправлено", en="When it was sent"),
        "intro": Text(ru="Первая фраза письма", en="First sentence of the letter"),
        "grounds": Text(
            ru="Основания: number, text, clause, link", en="Grounds: number, text, clause, link"
        ),
        "body": Text(ru="Текст письма", en="Text of the letter"),
        "appeal": Text(ru="Что можно сделать", en="What can be done"),
        "signer_post": Text(ru="Должность того, кто подписал", en="Post of whoever signed"),
        "signer_name": Text(ru="Имя того, кто подписал", en="Name of whoever signed"),
    },
    example={
        "city": "Город Северный",
        "unit": "Управление общей политики",
        "number": "17",
        "date": "15 июня 2026",
        "addressee": "Автору",
        "kind": "Идея",
        "title": "Скамейки у третьей школы",
        "submitted_on": "12 июня 2026",
        "intro": "Здравствуйте! Мы проверили то, что вы отправили 12 июня 2026: идея «Скамейки у "
        "третьей школы». Опубликовать этот текст нельзя, и вот почему.",
        "grounds": [
            {
                "number": "7",
                "text": "Полный или частичный повтор ранее размещённого предложения",
                "clause": "п. 3.8(7)",
                "link": "Больше скамеек на улице Мира (/ideas/1)",
            }
        ],
        "body": "Такое предложение уже опубликовано. Поддержите его по ссылке: чем больше голосов "
        "у одного предложения, тем оно заметнее.",
        "appeal": "Если вы не согласны, попросите посмотреть ещё раз: решение проверит другой "
        "сотрудник.",
        "signer_post": "Ведущий специалист",
        "signer_name": "Имя Фамилия",
    },
)
"""The letter as a document of the city."""
