"""The regulation on the desk: every rule with its values, clauses and history on any day, what
will change, the acts, and a form that puts a question to the rules."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import structlog
from litestar import Response

from core.features.console import domain
from core.features.console.domain import FactField
from core.identity import access
from core.kit.errors import NotFound
from core.kit.text import Locale, Text
from core.rules import AnyPoint, RuleError, decide
from core.rules.explain import Explanation, clause_words, explain
from core.rules.regulation import Clause
from core.tenancy.tenant import Tenant
from core.web.forms import Form
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

log = structlog.get_logger("console")
VIEW: Final = "regulation.view"
# The calendar of the law: outside it a date is a slip of the keyboard.
_YEARS: Final = range(1990, 2101)


def _enter(work: Work) -> None:
    access.require(work, "desk.enter")
    access.require(work, VIEW)


def _day(text: str | None, today: date) -> date:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if day.year in _YEARS else today


@page("/desk/regulation")
def regulation(request: CityRequest) -> Response[Any]:
    """One procedure on one day; without `?procedure=` the first, without `?on=` today."""
    locale = request.locale
    with request.work() as work:
        _enter(work)
        law = work.regulation
        on = _day(request.query_params.get("on"), work.today)
        asked = request.query_params.get("procedure")
        if asked is not None and asked not in law.procedures:
            raise NotFound
        key = asked or next(iter(sorted(law.procedures, key=_polls_first)), None)
        catalogue = work.runtime.catalogue
        return render(
            request,
            "console/regulation.html",
            work=work,
            on=on,
            today=work.today,
            procedure=law.procedures.get(key) if key else None,
            tabs=[
                {
                    "href": _address(one, on, work.today),
                    "label": law.procedures[one].title.in_(locale),
                    "current": one == key,
                }
                for one in sorted(law.procedures, key=_polls_first)
            ],
            modules=domain.laid_out(law, catalogue, key, on) if key else (),
            coming=domain.coming(law, catalogue, key, on) if key else (),
            acts=domain.acts_cited(law, key) if key else (),
            clause=lambda found: _clause(found, locale),
        )


def _polls_first(key: str) -> tuple[bool, str]:
    return key != "polls", key


def _address(procedure: str, on: date, today: date) -> str:
    query = {"procedure": procedure, **({"on": on.isoformat()} if on != today else {})}
    return f"/desk/regulation?{urlencode(query)}"


def _clause(found: Clause | None, locale: Locale) -> Any:
    return clause_words(found, locale) if found is not None else None


_NO_NUMBER: Final = Text(ru="Укажите число.", en="Give a number.")
_UNFIT: Final = Text(ru="Такое значение не подходит.", en="This value does not fit.")
_NO_ANSWER: Final = Text(
    ru="Регламент не даёт ответа: {reason}", en="The regulation gives no answer: {reason}"
)


@page("/desk/regulation/ask")
def ask(request: CityRequest) -> Response[Any]:
    """A question to the rules: which one, on what facts, by the law of which day. Nothing happens
    by asking, so the question is an address that can be kept and sent."""
    locale = request.locale
    query = request.query_params
    with request.work() as work:
        _enter(work)
        on = _day(query.get("on"), work.today)
        known = domain.questions(work.regulation, work.runtime.catalogue, on)
        chosen = next(
            (
                (point, procedure)
                for point, procedure in known
                if f"{procedure}~{point.key}" == query.get("question")
            ),
            None,
        )
        answer: Explanation | None = None
        errors: dict[str, str] = {}
        failure = ""
        fields: tuple[FactField, ...] = ()
        typed = Form({name: query.getall(name) for name in query})
        if chosen is not None:
            point, procedure = chosen
            fields = domain.fact_fields(point.facts) or ()
            if "on" in query:
                facts = read_facts(point, fields, typed, on, work.tenant)
                errors = {name: text.in_(locale) for name, text in typed.errors.items()}
                if facts is not None and not errors:
                    try:
                        answer = explain(
                            decide(
                                point,
                                facts,
                                regulation=work.regulation,
                                procedure=procedure,
                                catalogue=work.runtime.catalogue,
                            ),
                            locale,
                        )
                    except RuleError as error:
                        log.warning("regulation_incomplete", error=str(error))
                        failure = _NO_ANSWER.format(reason=str(error)).in_(locale)
        return render(
            request,
            "console/ask.html",
            work=work,
            status=422 if errors else 200,
            on=on,
            question=query.get("question") or "",
            questions=_options(work, known, locale),
            chosen=chosen[0] if chosen else None,
            fields=fields,
            values={field.name: typed.raw(field.name) for field in fields},
            many=typed.many,
            districts=[
                {"value": one.key, "label": one.name.in_(locale)}
                for one in work.tenant.profile.districts
            ],
            answer=answer,
            failure=failure,
            errors=errors,
        )


def _options(
    work: Work, known: tuple[tuple[AnyPoint, str], ...], locale: Locale
) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, str]]] = {}
    for point, procedure in sorted(known, key=lambda one: (_polls_first(one[1]), one[0].key)):
        groups.setdefault(procedure, []).append(
            {"value": f"{procedure}~{point.key}", "label": point.label.in_(locale)}
        )
    return [
        {"group": work.regulation.procedures[key].title.in_(locale), "options": options}
        for key, options in groups.items()
    ]


def read_facts(
    point: AnyPoint, fields: tuple[FactField, ...], typed: Form, on: date, tenant: Tenant
) -> Any:
    """The facts that were filled in, or None with the complaints in the form."""
    known = {district.key for district in tenant.profile.districts}
    plain: dict[str, object] = {"on": on}
    for field in fields:
        match field.kind:
            case "flag":
                plain[field.name] = typed.flag(field.name)
            case "whole":
                plain[field.name] = _whole(typed, field)
            case "choice":
                options = [value for value, _label in field.options]
                plain[field.name] = typed.choice(field.name, options, required=not field.optional)
            case "district":
                value = typed.raw(field.name)
                plain[field.name] = value if value in known else None
            case "districts":
                chosen = [key for key in typed.many(field.name) if key in known]
                plain[field.name] = chosen or (None if field.optional else [])
    if typed.errors:
        return None
    try:
        return msgspec.convert(plain, point.facts)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("`$.")[2].rstrip("`")
        typed.wrong(name if name in plain else "on", _UNFIT)
        return None


def _whole(typed: Form, field: FactField) -> int | None:
    text = typed.raw(field.name).strip()
    if not text:
        if not field.optional:
            typed.wrong(field.name, _NO_NUMBER)
        return None
    least = field.least if field.least is not None else -1_000_000
    return typed.whole(field.name, least=least, most=1_000_000)


HANDLERS: Final = (regulation, ask)
