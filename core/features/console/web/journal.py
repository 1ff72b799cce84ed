"""The journal on the desk: what staff and the product did, what was decided and on which clause,
and whether the chain of the journal still holds."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response

from core.audit.journal import broken_link
from core.features.console import queries
from core.identity import access, staff
from core.identity.decisions import LEVEL_LABELS
from core.kit.errors import NotFound
from core.kit.level import Level
from core.kit.text import Locale, Text
from core.rules.explain import ReasonWords
from core.web.i18n import day_text
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

VIEW: Final = "audit.view"
_SUBJECT: Final = re.compile(r"[a-z_]{1,40}:[0-9a-f-]{1,40}", re.ASCII)

ACTIONS: Final[Mapping[str, Text]] = {
    "polls.created": Text(ru="создан черновик опроса", en="draft of a poll created"),
    "polls.saved": Text(ru="сохранён черновик опроса", en="draft of a poll saved"),
    "polls.submitted": Text(ru="опрос отправлен на согласование", en="poll sent for approval"),
    "polls.returned": Text(ru="опрос возвращён в черновики", en="poll returned to drafts"),
    "polls.approved": Text(ru="опрос согласован", en="poll approved"),
    "polls.opened": Text(ru="голосование открыто", en="voting opened"),
    "polls.opening_refused": Text(
        ru="открытие отменено: правила изменились", en="opening refused: the rules have changed"
    ),
    "polls.extended": Text(ru="опрос продлён", en="poll extended"),
    "polls.closed": Text(ru="голосование завершено", en="voting closed"),
    "polls.recounted": Text(
        ru="счётчики исправлены по бюллетеням", en="counters set right by the ballots"
    ),
    "polls.published": Text(ru="итоги опубликованы", en="results published"),
    "polls.withdrawn": Text(ru="опрос снят", en="poll withdrawn"),
    "polls.sealed": Text(ru="ключ голосования уничтожен", en="key of the voting destroyed"),
    "people.staff_invited": Text(
        ru="открыта учётная запись сотрудника", en="account of an official opened"
    ),
    "people.staff_disabled": Text(
        ru="отключена учётная запись сотрудника", en="account of an official disabled"
    ),
    "people.staff_enabled": Text(
        ru="включена учётная запись сотрудника", en="account of an official enabled"
    ),
    "people.post_assigned": Text(ru="назначена должность", en="post given"),
    "people.post_ended": Text(ru="снята должность", en="post ended"),
    "people.second_factor_on": Text(ru="включён второй шаг входа", en="second factor on"),
    "people.second_factor_reset": Text(ru="снят второй шаг входа", en="second factor reset"),
    "people.resident_viewed": Text(
        ru="просмотрены сведения о жителе", en="a resident's record was looked at"
    ),
    "people.resident_confirmed": Text(
        ru="житель подтверждён по документам", en="a resident confirmed by papers"
    ),
}
"""What staff read for the actions known when this was written; others are shown by their key."""

_SUBJECTS: Final[Mapping[str, tuple[Text, str | None]]] = {
    "poll": (Text(ru="опрос", en="poll"), "/desk/polls/{}"),
    "staff": (Text(ru="сотрудник", en="official"), "/desk/people/{}"),
    "resident": (Text(ru="житель", en="resident"), None),
}
_PRODUCT: Final = Text(ru="Система", en="The product")
_RESIDENT: Final = Text(ru="Житель", en="A resident")
_SOUND: Final = Text(
    ru="Журнал цел: цепочка отпечатков сходится от первой записи до последней.",
    en="The journal is sound: the chain of digests fits from the first entry to the last.",
)
_BROKEN: Final = Text(
    ru="Цепочка нарушена на записи № {number}: она или запись перед ней изменена или удалена.",
    en="The chain is broken at entry {number}: it or the one before was changed or removed.",
)


class Subject(msgspec.Struct, frozen=True):
    """What an entry is about: a word, and the page on which more is to be seen."""

    key: str
    label: str
    href: str | None


class Line(msgspec.Struct, frozen=True):
    """An entry of the journal in words."""

    number: int
    at: datetime
    who: str
    what: str
    subject: Subject
    details: tuple[tuple[str, str], ...]


class DecisionLine(msgspec.Struct, frozen=True):
    """An entry of the decision log in words."""

    number: int
    at: datetime
    who: str
    subject: Subject
    question: str
    value: str
    on: Any
    reasons: tuple[ReasonWords, ...]
    digest: str


def _enter(work: Work) -> None:
    access.require(work, "desk.enter")
    access.require(work, VIEW)


@page("/desk/journal")
def journal(request: CityRequest) -> Response[Any]:
    """What was done, the latest first; with `?about=poll:…` everything about one matter."""
    about, before = _asked(request)
    locale = request.locale
    with request.work() as work:
        _enter(work)
        rows, more = queries.actions(work.session, about=about, before=before)
        who = _names(work, (text for row in rows for text in (row.actor, row.subject)), locale)
        return render(
            request,
            "console/journal.html",
            work=work,
            kind="actions",
            about=_subject(about, who, locale) if about else None,
            lines=[
                Line(
                    number=row.id,
                    at=row.at,
                    who=who(row.actor),
                    what=_action(row.action, locale),
                    subject=_subject(row.subject, who, locale),
                    details=_details(work, row.details, locale),
                )
                for row in rows
            ],
            first=_address("/desk/journal", about) if before else None,
            next=_address("/desk/journal", about, more) if more else None,
        )


@page("/desk/journal/decisions")
def decision_log(request: CityRequest) -> Response[Any]:
    """What was decided by the rules, on which clauses."""
    about, before = _asked(request)
    locale = request.locale
    with request.work() as work:
        _enter(work)
        rows, more = queries.decisions(work.session, about=about, before=before)
        who = _names(work, (text for row in rows for text in (row.actor, row.subject)), locale)
        return render(
            request,
            "console/journal.html",
            work=work,
            kind="decisions",
            about=_subject(about, who, locale) if about else None,
            lines=[
                DecisionLine(
                    number=row.id,
                    at=row.at,
                    who=who(row.actor),
                    subject=_subject(row.subject, who, locale),
                    question=_question(work, row.point, locale),
                    value=_value(work, row.point, row.value, locale),
                    on=row.governing_on,
                    reasons=msgspec.convert(row.reasons, tuple[ReasonWords, ...]),
                    digest=row.regulation[:16],
                )
                for row in rows
            ],
            first=_address("/desk/journal/decisions", about) if before else None,
            next=_address("/desk/journal/decisions", about, more) if more else None,
        )


@action("/desk/journal/verification")
def verify(request: CityRequest) -> Response[Any]:
    """Go through the whole chain. It grows with the journal, so it is asked for and not shown on
    every look."""
    locale = request.locale
    with request.work(person=False) as work:
        _enter(work)
        broken = broken_link(work.session)
    if broken is None:
        return redirect(request, "/desk/journal", flash=("good", _SOUND.in_(locale)))
    return redirect(
        request, "/desk/journal", flash=("bad", _BROKEN.format(number=broken).in_(locale))
    )


def _asked(request: CityRequest) -> tuple[str | None, int | None]:
    about = request.query_params.get("about")
    before = request.query_params.get("before")
    if about is not None and not _SUBJECT.fullmatch(about):
        raise NotFound
    if before is not None and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise NotFound
    return about, int(before) if before is not None else None


def _address(path: str, about: str | None, before: int | None = None) -> str:
    query = [f"about={about}"] if about else []
    query += [f"before={before}"] if before is not None else []
    return f"{path}?{'&'.join(query)}" if query else path


class _Who:
    """References of the journal in words."""

    def __init__(self, names: Mapping[str, str], locale: Locale) -> None:
        self._names = names
        self._locale = locale

    def __call__(self, reference: str) -> str:
        kind, _, _rest = reference.partition(":")
        if kind == "system":
            return _PRODUCT.in_(self._locale)
        if kind == "resident":
            return _RESIDENT.in_(self._locale)
        return self._names.get(reference, reference)


def _names(work: Work, references: Iterable[str], locale: Locale) -> _Who:
    """A page's references to staff, named with one query."""
    wanted: dict[UUID, str] = {}
    for reference in references:
        kind, _, number = reference.partition(":")
        if kind == "staff":
            try:
                wanted[UUID(number)] = reference
            except ValueError:
                continue
    names = queries.staff_names(work.session, wanted.keys())
    return _Who({wanted[number]: name for number, name in names.items()}, locale)


def _subject(reference: str, who: _Who, locale: Locale) -> Subject:
    kind, _, number = reference.partition(":")
    label, address = _SUBJECTS.get(kind, (Text(ru=reference, en=reference), None))
    named = who(reference) if kind == "staff" else label.in_(locale)
    return Subject(reference, named, address.format(number) if address else None)


def _action(key: str, locale: Locale) -> str:
    label = ACTIONS.get(key)
    return label.in_(locale) if label else key


_DETAILS: Final[Mapping[str, Text]] = {
    "title": Text(ru="название", en="title"),
    "version": Text(ru="сохранение", en="save"),
    "note": Text(ru="пояснение", en="note"),
    "closes_on": Text(ru="последний день", en="last day"),
    "governing_on": Text(ru="правила на день", en="rules of"),
    "participants": Text(ru="участники", en="participants"),
    "counted": Text(ru="вошли в кворум", en="counted towards the quorum"),
    "verdict": Text(ru="итог", en="verdict"),
    "post": Text(ru="должность", en="post"),
    "since": Text(ru="с", en="from"),
    "until": Text(ru="до", en="until"),
    "unit": Text(ru="подразделение", en="unit"),
    "level": Text(ru="подтверждение", en="confirmation"),
}


_VERDICTS: Final[Mapping[str, Text]] = {
    "valid": Text(ru="состоялся", en="valid"),
    "void": Text(ru="не состоялся", en="void"),
    "informational": Text(ru="принят к сведению", en="taken note of"),
}
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _details(
    work: Work, details: Mapping[str, object], locale: Locale
) -> tuple[tuple[str, str], ...]:
    """The plain particulars of an entry. Tables of figures stay in the entry: among them may be
    votes, which staff see no earlier than residents."""
    return tuple(
        (
            _DETAILS[name].in_(locale) if name in _DETAILS else name,
            _detail(work, name, str(value), locale),
        )
        for name, value in sorted(details.items())
        if isinstance(value, str | int) and value != ""
    )


def _detail(work: Work, name: str, value: str, locale: Locale) -> str:
    """A particular in words, where it is a key of something."""
    match name:
        case "post":
            titles = {post.key: post.title for post in staff.city_posts(work)}
            return titles.get(value, value)
        case "unit":
            unit = work.tenant.profile.unit(value)
            return unit.title.in_(locale) if unit else value
        case "level" if value in list(Level):
            return LEVEL_LABELS[Level(value)].in_(locale)
        case "verdict" if value in _VERDICTS:
            return _VERDICTS[value].in_(locale)
        case _ if _ISO_DAY.fullmatch(value):
            return day_text(date.fromisoformat(value), locale, work.tenant.zone)
    return value


def _question(work: Work, point: str, locale: Locale) -> str:
    known = work.runtime.catalogue.point(point)
    return known.label.in_(locale) if known else point


_YES: Final = Text(ru="да", en="yes")
_NO: Final = Text(ru="нет", en="no")
_UNSET: Final = Text(ru="не задано", en="not set")


def _value(work: Work, point: str, value: object, locale: Locale) -> str:
    known = work.runtime.catalogue.point(point)
    match value:
        case None:
            return _UNSET.in_(locale)
        case bool():
            return (_YES if value else _NO).in_(locale)
        case int() if known is not None and known.unit is not None:
            return known.unit.count(value, locale)
        case str() if known is not None and value in known.labels:
            return known.labels[value].in_(locale)
    return str(value)


HANDLERS: Final = (journal, decision_log, verify)
