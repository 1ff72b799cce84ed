"""Decisions on blocking on the desk: the list, the form after a refusal, and lifting a block."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.features.moderation import queries as own
from core.features.moderation import service
from core.features.moderation.web import rights
from core.identity import access
from core.kit.errors import NotFound, Problem
from core.kit.text import Text
from core.moderation import blocking, queries
from core.moderation.blocking import LONGEST_REASON, Decided
from core.moderation.domain import BlockView, LetterView
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_BLOCKED: Final = Text(ru="Решение записано, автор уведомлён.", en="The decision is recorded.")
_LIFTED: Final = Text(ru="Ограничение снято, автор уведомлён.", en="The block is lifted.")


class BlockRow(msgspec.Struct, frozen=True):
    """A decision with what the list shows beside it."""

    block: BlockView
    name: str
    letter: LetterView


@page("/desk/moderation/blocks")
def blocks(request: CityRequest) -> Response[Any]:
    """Blocks in force, or those that ended."""
    ended = request.query_params.get("ended") == "1"
    before = request.query_params.get("before")
    try:
        after = UUID(before) if before else None
    except ValueError as error:
        raise NotFound from error
    with request.work() as work:
        held = rights.enter(work)
        return _list(request, work, held, ended=ended, before=after)


@action("/desk/moderation/blocks/{block_id:uuid}/lift")
def lift(request: CityRequest, block_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Lift a block before its term, with a reason."""
    reason = Form(data).raw("reason").strip()
    try:
        with request.work(person=False) as work:
            rights.enter(work, rights.BLOCK)
            blocking.lift(work, block_id, reason=reason)
    except NotFound:
        raise
    except Problem as problem:
        with request.work() as work:
            held = rights.enter(work, rights.BLOCK)
            return _list(
                request, work, held, ended=False, problem=problem, at=block_id, reason=reason
            )
    return redirect(request, "/desk/moderation/blocks", flash=("good", _LIFTED.in_(request.locale)))


@page("/desk/moderation/letters/{letter_id:uuid}/block")
def form(request: CityRequest, letter_id: FromPath[UUID]) -> Response[Any]:
    """The form of a decision on the author of a refused item."""
    with request.work() as work:
        rights.enter(work, rights.BLOCK)
        return _form(request, work, letter_id, {})


@action("/desk/moderation/letters/{letter_id:uuid}/block")
def block(request: CityRequest, letter_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Record the decision."""
    sent = Form(data)
    number = sent.text("protocol_number", most=40)
    on = sent.day("protocol_on")
    until = sent.day("until", required=False)
    reason = sent.text("reason", most=LONGEST_REASON, lines=True)
    try:
        sent.check()
        assert on is not None
        decided = Decided(
            protocol_number=number,
            protocol_on=on,
            posts=sent.many("members"),
            reason=reason,
            until=until,
        )
        with request.work(person=False) as work:
            rights.enter(work, rights.BLOCK)
            blocking.block(work, letter_id, decided=decided)
    except NotFound:
        raise
    except Problem as problem:
        with request.work() as work:
            rights.enter(work, rights.BLOCK)
            values = {**sent.values, "members": sent.many("members")}
            return _form(request, work, letter_id, values, problem=problem)
    return redirect(
        request, "/desk/moderation/blocks", flash=("good", _BLOCKED.in_(request.locale))
    )


def _form(
    request: CityRequest,
    work: Work,
    letter_id: UUID,
    values: Mapping[str, Any],
    *,
    problem: Problem | None = None,
) -> Response[Any]:
    letter = queries.letter(work.session, letter_id)
    if letter is None:
        raise NotFound
    members = blocking.members_to_choose(work)
    terms = blocking.terms(work, letter, len(values.get("members", ())) or len(members))
    locale = request.locale
    existing = (
        queries.block_in_force(work.session, letter.addressee_id) if letter.addressee_id else None
    )
    return render(
        request,
        "moderation/block.html",
        work=work,
        status=problem.status if problem else 200,
        letter=letter,
        kind=own.kind_label(service.kinds(), letter.kind).in_(locale),
        name=own.resident_name(work.session, letter.addressee_id),
        existing=existing,
        members=members,
        terms=terms,
        latest=blocking.latest_day(work.today, terms.days.value),
        allowed_reasons=reasons_data(terms.allowed, locale),
        annuls_reasons=reasons_data(terms.annuls, locale),
        days_reasons=reasons_data(terms.days, locale),
        today=work.today,
        values=values,
        problem=problem,
        refusal=reasons_data(problem.decision, locale) if isinstance(problem, Refused) else (),
        errors=messages(problem, locale) if problem else {},
        longest=LONGEST_REASON,
    )


def _list(
    request: CityRequest,
    work: Work,
    held: frozenset[str],
    *,
    ended: bool,
    before: UUID | None = None,
    problem: Problem | None = None,
    at: UUID | None = None,
    reason: str = "",
) -> Response[Any]:
    found = queries.blocks(work.session, in_force=not ended, before=before, most=queries.PAGE + 1)
    shown = found[: queries.PAGE]
    rows = [
        BlockRow(
            block=one,
            name=own.resident_name(work.session, one.resident_id),
            letter=letter,
        )
        for one in shown
        if (letter := queries.letter(work.session, one.letter_id)) is not None
    ]
    query = "?ended=1&" if ended else "?"
    return render(
        request,
        "moderation/blocks.html",
        work=work,
        status=problem.status if problem else 200,
        rows=rows,
        ended=ended,
        first=f"/desk/moderation/blocks{'?ended=1' if ended else ''}" if before else None,
        next=(
            f"/desk/moderation/blocks{query}before={shown[-1].id}"
            if len(found) > queries.PAGE
            else None
        ),
        may_block=rights.BLOCK in held,
        may_see_people=access.may(work, "people.view"),
        at=at,
        reason=reason,
        errors=messages(problem, request.locale) if problem else {},
        problem=problem,
        longest=LONGEST_REASON,
    )


HANDLERS: Final = (blocks, lift, form, block)
