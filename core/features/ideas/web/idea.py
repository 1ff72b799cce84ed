"""The page of an idea: what it says, how it stands and why, the button that supports it, official
answers, the question about merging, versions, files."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from core.comments import threads
from core.deadlines.obligations import of_subject
from core.feature import topic_list
from core.features.ideas.domain import PUBLIC, State, differences
from core.features.ideas.queries import desk, one
from core.features.ideas.queries.one import CampaignView, IdeaView
from core.features.ideas.queries.similar import similar
from core.features.ideas.service import checking, following, merging, supporting, talking, writing
from core.features.ideas.service.life import answer_subject
from core.features.ideas.web import rights, shown
from core.files import store
from core.identity import access
from core.kit.actor import ResidentActor, StaffActor
from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, Problem, SignInNeeded
from core.kit.text import VOTES, Text
from core.moderation import service as moderation
from core.rules import Refused
from core.rules.explain import reasons_data
from core.web.files import file_response
from core.web.forms import Form, FormData
from core.web.pages import redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

_NO_SUCH: Final = Text(ru="Такой идеи здесь нет.", en="There is no such idea here.")
_STAFF: Final = Text(
    ru="Вы вошли как сотрудник, а поддерживают идеи жители.",
    en="You are signed in as staff, and it is residents who support ideas.",
)
_STAFF_ADVICE: Final = Text(
    ru="Чтобы поддержать, выйдите и войдите как житель.",
    en="To support it, sign out and sign in as a resident.",
)
_COUNTED: Final = Text(ru="Ваш голос учтён: {votes}.", en="Your vote is counted: {votes}.")
_TAKEN_BACK: Final = Text(ru="Вы отозвали свой голос.", en="You have taken your vote back.")
_FOLLOWING: Final = Text(
    ru="Вы следите за идеей: мы напишем о каждом шаге.",
    en="You follow the idea: we will write of every step.",
)
_NOT_FOLLOWING: Final = Text(ru="Вы больше не следите за идеей.", en="You follow it no more.")
_REPLIED: Final = Text(ru="Спасибо, ваш ответ записан.", en="Thank you, your answer is noted.")
_WITHDRAWN: Final = Text(ru="Идея отозвана.", en="The idea is withdrawn.")


class Support(msgspec.Struct, frozen=True):
    """What a visitor can do for an idea now: `can`, `done`, `sign_in`, `refused`, `staff`,
    `closed`. `title`, `advice` and `reasons` say why not."""

    kind: str
    title: str = ""
    advice: str = ""
    reasons: tuple[Any, ...] = ()


@page("/ideas/{number:int}")
def idea_page(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """An idea as everybody sees it; before and after that, as its author does."""
    return _page(request, number)


@page("/ideas/id/{idea_id:uuid}")
def by_id(request: CityRequest, idea_id: FromPath[UUID]) -> Response[Any]:
    """The same by the id that other parts of the product know; officials go on to the desk."""
    shown.require_offered(request, "ideas")
    with request.work(person=False) as work:
        idea = one.idea_view(work.session, idea_id)
        if idea is None:
            raise NotFound("ideas.unknown", _NO_SUCH)
        if not idea.public and isinstance(work.actor, StaffActor):
            return redirect(request, f"/desk/ideas/{idea_id}")
    return redirect(request, f"/ideas/{idea.number}")


@page("/ideas/amendments/{amendment_id:uuid}")
def by_amendment(request: CityRequest, amendment_id: FromPath[UUID]) -> Response[Any]:
    """The idea of an amendment."""
    shown.require_offered(request, "ideas")
    with request.work(person=False) as work:
        idea_id = checking.idea_of_amendment(work, amendment_id)
    if idea_id is None:
        raise NotFound("ideas.unknown", _NO_SUCH)
    return redirect(request, f"/ideas/id/{idea_id}")


def _found(request: CityRequest, work: Work, number: int) -> IdeaView:
    """An idea this visitor may see; raises NotFound."""
    shown.require_offered(request, "ideas")
    idea = one.idea_by_number(work.session, shown.number_of(number))
    if idea is None or not _may_see(work, idea):
        raise NotFound("ideas.unknown", _NO_SUCH)
    return idea


def _may_see(work: Work, idea: IdeaView) -> bool:
    if idea.public:
        return True
    match work.actor:
        case ResidentActor(id=person):
            return idea.author_id == person and idea.state is not State.DRAFT
        case StaffActor():
            return idea.state is not State.DRAFT and any(
                access.may(work, right) for right in rights.SEES_UNPUBLISHED
            )
        case _:
            return False


def _resident(work: Work) -> UUID | None:
    return work.actor.id if isinstance(work.actor, ResidentActor) else None


def _page(
    request: CityRequest,
    number: int,
    *,
    status: int = 200,
    problem: Problem | None = None,
    said: str | None = None,
) -> Response[Any]:
    """The page; for a vote sent by htmx only the part that it changes."""
    in_part = request.is_htmx and request.method == "POST"
    locale, tenant = request.locale, request.tenant
    with request.work() as work:
        idea = _found(request, work, number)
        session = work.session
        person = _resident(work)
        campaign = one.campaign_view(session, idea.campaign_id) if idea.campaign_id else None
        supports = one.live_supports(session, idea.id)
        context: dict[str, Any] = {
            "idea": idea,
            "campaign": campaign,
            "supports": supports,
            "terms": shown.terms(idea),
            "label": shown.state_label(idea.state),
            "chip_kind": shown.CHIPS[idea.state],
            "support": _support(request, work, idea, campaign),
            "mine": person is not None and idea.author_id == person,
            "follows": person is not None and one.follows(session, idea.id, person),
            "link": request.runtime.settings.url_of(request.place.host, f"/ideas/{number}"),
            "problem": problem,
            "problem_reasons": reasons_data(problem.decision, locale)
            if isinstance(problem, Refused)
            else (),
            "said": said,
            "in_part": in_part,
        }
        if not in_part:
            context |= _more(request, work, idea, campaign, mine=context["mine"])
    return render(
        request,
        "ideas/idea_support.html" if in_part else "ideas/idea.html",
        status=status,
        **context,
        topic=tenant.profile.topic(idea.topic) if idea.topic else None,
        district=tenant.profile.district(idea.district) if idea.district else None,
        grounds=shown.grounds(context["terms"], locale),
    )


def _more(
    request: CityRequest,
    work: Work,
    idea: IdeaView,
    campaign: CampaignView | None,
    *,
    mine: bool,
) -> dict[str, Any]:
    session, locale = work.session, request.locale
    staff = isinstance(work.actor, StaffActor)
    steps = shown.history(one.steps(session, idea.id), everything=mine or staff)
    topics = topic_list(work) if idea.plan_item is not None else None
    owed = [
        one_
        for one_ in (
            of_subject(session, answer_subject(work, idea.id))
            if idea.state is State.CONSIDERATION
            else ()
        )
        if one_.state == "open"
    ]
    merged = one.idea_view(session, idea.merged_into) if idea.merged_into else None
    return {
        "steps": steps,
        "coming": shown.coming(idea.state),
        "answers": shown.answers(steps),
        "city": shown.CITY.in_(locale),
        "files": shown.files(work, idea.id, idea.title),
        "extras": shown.extras(shown.fields_of(campaign), idea.extra),
        "merge": _merge(work, idea),
        "merged": merged,
        "joining": _joining(work, idea),
        "versions": idea.version,
        "waiting": one.waiting_amendment(session, idea.id) if mine else None,
        "standing": moderation.standing(session, writing.KIND, idea.id, today=work.today)
        if mine and idea.state in (State.SUBMITTED, State.REFUSED)
        else None,
        "thread": threads.for_subject(
            work, talking.IDEA, idea.id, _subject(work, idea), locale=locale
        )
        if idea.public
        else None,
        "plan": topics.find(work, idea.plan_item)
        if topics is not None and idea.plan_item is not None
        else None,
        "due_on": owed[0].due_on if owed else None,
        "desk": f"/desk/ideas/{idea.id}"
        if staff and any(access.may(work, right) for right in rights.CONCERNED)
        else None,
        "may_edit": mine and idea.state in (State.SUBMITTED, State.REFUSED, State.COLLECTING),
        "may_withdraw": mine and idea.state in (State.SUBMITTED, State.COLLECTING),
    }


def _subject(work: Work, idea: IdeaView) -> Any:
    found = talking.about_idea(work, idea.id)
    assert found is not None
    return found


def _merge(work: Work, idea: IdeaView) -> Mapping[str, Any] | None:
    """The question put to supporters of a duplicate."""
    waiting = one.merge_asking(work.session, idea.id)
    if waiting is None:
        return None
    original = one.idea_view(work.session, waiting.original_id)
    person = _resident(work)
    agreed, stays = desk.merge_counts(work.session, waiting.id)
    return {
        "original": original,
        "original_supports": one.live_supports(work.session, waiting.original_id),
        "ends_at": waiting.ends_at,
        "note": waiting.note,
        "agreed": agreed,
        "stays": stays,
        "asked": person is not None and one.supports(work.session, idea.id, person),
        "answer": one.merge_answer(work.session, waiting.id, person) if person else None,
    }


def _joining(work: Work, idea: IdeaView) -> list[Mapping[str, Any]]:
    """Duplicates whose supporters are being asked to come here, or have come."""
    found: list[Mapping[str, Any]] = []
    for merge in one.merges_into(work.session, idea.id, most=10):
        duplicate = one.idea_view(work.session, merge.idea_id)
        if duplicate is not None and duplicate.public:
            found.append(
                {
                    "idea": duplicate,
                    "asking": merge.state == "asking",
                    "supports": one.live_supports(work.session, duplicate.id),
                    "ends_at": merge.ends_at,
                }
            )
    return found


def _support(
    request: CityRequest, work: Work, idea: IdeaView, campaign: CampaignView | None
) -> Support:
    """What this visitor can do for the idea, and why not."""
    locale = request.locale
    person = _resident(work)
    if person is not None and one.supports(work.session, idea.id, person):
        return Support("done")
    try:
        supporting.check_collecting(idea.state, idea.ends_at, work.now)
    except Conflict as closed:
        return Support("closed", closed.title.in_(locale))
    if request.visitor is None:
        return Support("sign_in")
    if person is None:
        return Support("staff", _STAFF.in_(locale), _STAFF_ADVICE.in_(locale))
    territory = campaign.territory if campaign is not None else None
    try:
        decision = supporting.eligibility(
            work,
            idea=idea,
            resident_id=person,
            territory=frozenset(territory) if territory else None,
        )
    except SignInNeeded:
        return Support("sign_in")
    if decision.allowed:
        return Support("can")
    refusal = Refused(decision)
    return Support(
        "refused",
        refusal.title.in_(locale),
        refusal.advice.in_(locale) if refusal.advice else "",
        reasons_data(decision, locale),
    )


# --- What residents do ---


@action("/ideas/{number:int}/support")
def support(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """Support an idea; pressing twice is supporting once."""
    return _change(request, number, give=True)


@action("/ideas/{number:int}/unsupport")
def unsupport(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """Take support back."""
    return _change(request, number, give=False)


def _change(request: CityRequest, number: int, *, give: bool) -> Response[Any]:
    shown.require_offered(request, "ideas")
    visitor = request.visitor
    if visitor is None:
        return redirect(request, f"/sign-in?next=/ideas/{shown.number_of(number)}")
    with request.work(person=False) as work:
        idea = _found(request, work, number)
    try:
        if visitor.kind != "resident":
            raise Forbidden("ideas.staff", _STAFF, _STAFF_ADVICE)
        act = supporting.support if give else supporting.take_back
        receipt = act(
            request.runtime,
            request.tenant,
            idea_id=idea.id,
            resident_id=visitor.resident_id,
        )
    except (Conflict, Refused, Forbidden) as problem:
        return _page(request, number, status=problem.status, problem=problem)
    except SignInNeeded:
        return redirect(request, f"/sign-in?next=/ideas/{number}")
    said = (
        _COUNTED.with_values({"votes": VOTES.text(receipt.supports)}) if give else _TAKEN_BACK
    ).in_(request.locale)
    if request.is_htmx:
        return _page(request, number, said=said)
    return redirect(request, f"/ideas/{number}", flash=("good", said))


@action("/ideas/{number:int}/follow")
def follow(request: CityRequest, number: FromPath[int], data: FormData) -> Response[Any]:
    """Follow an idea, or follow it no more."""
    stop = Form(data).flag("stop")
    if request.visitor is None:
        return redirect(request, f"/sign-in?next=/ideas/{shown.number_of(number)}")
    with request.work(person=False) as work:
        idea = _found(request, work, number)
        person = request.signed_in.resident_id
        if stop:
            following.unfollow(work, idea_id=idea.id, resident_id=person)
        else:
            following.follow(work, idea_id=idea.id, resident_id=person)
    text = _NOT_FOLLOWING if stop else _FOLLOWING
    return redirect(request, f"/ideas/{number}", flash=("good", text.in_(request.locale)))


@action("/ideas/{number:int}/move")
def answer_merge(request: CityRequest, number: FromPath[int], data: FormData) -> Response[Any]:
    """A supporter of a duplicate says whether to move."""
    agreed = Form(data).choice("move", ("yes", "no"))
    with request.work(person=False) as work:
        idea = _found(request, work, number)
        if agreed is None:
            raise NotFound
        merging.reply(
            work,
            idea_id=idea.id,
            resident_id=request.signed_in.resident_id,
            agreed=agreed == "yes",
        )
    return redirect(request, f"/ideas/{number}", flash=("good", _REPLIED.in_(request.locale)))


@action("/ideas/{number:int}/withdraw")
def withdraw(request: CityRequest, number: FromPath[int], data: FormData) -> Response[Any]:
    """The author takes an idea back."""
    form = Form(data)
    note = form.text("note", most=1000, required=False, lines=True)
    try:
        with request.work(person=False) as work:
            author = request.signed_in.resident_id
            idea = _found(request, work, number)
            form.check()
            writing.withdraw(work, author_id=author, idea_id=idea.id, note=note)
    except (Invalid, Conflict) as problem:
        return _page(request, number, status=problem.status, problem=problem)
    return redirect(request, "/me/ideas", flash=("good", _WITHDRAWN.in_(request.locale)))


@page("/ideas/{number:int}/similar")
def similar_ideas(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """Ideas like this one: a fragment that the page asks for when it comes into view, because
    finding them costs more than all the rest of the page."""
    shown.require_offered(request, "ideas")
    with request.work(person=False) as work:
        idea = one.idea_by_number(work.session, shown.number_of(number))
        if idea is None or not idea.public:
            raise NotFound
        found = similar(work.session, idea.title, "", limit=4, but_not=idea.id)
    return render(
        request,
        "ideas/idea_similar.html",
        similar=found,
        labels={one_.state: shown.state_label(one_.state) for one_ in found},
    )


# --- Versions and files ---


@page("/ideas/{number:int}/versions")
def versions(request: CityRequest, number: FromPath[int]) -> Response[Any]:
    """Every text of an idea, each compared with the one before."""
    with request.work() as work:
        idea = _found(request, work, number)
        found = list(one.versions(work.session, idea.id))
    rows = []
    for n, version in enumerate(found):
        before = found[n + 1] if n + 1 < len(found) else None
        rows.append(
            {
                "version": version.version,
                "at": version.at,
                "note": version.note,
                "title": differences(before.title, version.title)
                if before
                else (("same", version.title),),
                "body": differences(before.body, version.body)
                if before
                else (("same", version.body),),
                "first": before is None,
            }
        )
    return render(request, "ideas/versions.html", idea=idea, rows=rows)


@page("/ideas/files/{file_id:uuid}/{variant:str}")
def file(request: CityRequest, file_id: FromPath[UUID], variant: FromPath[str]) -> Response[Any]:
    """A file of an idea, for those who may see the idea."""
    shown.require_offered(request, "ideas")
    if variant not in ("original", "large", "thumb"):
        raise NotFound
    with request.work(person=False) as work:
        owner = store.owner_of(work.session, file_id) or ""
        kind, _, raw = owner.partition(":")
        idea = one.idea_view(work.session, UUID(raw)) if kind == "idea" and raw else None
        own_draft = (
            idea is not None
            and idea.state is State.DRAFT
            and _resident(work) is not None
            and idea.author_id == _resident(work)
        )
        if idea is None or not (own_draft or _may_see(work, idea)):
            raise NotFound
        stored = store.content(work.session, file_id, variant=variant)  # type: ignore[arg-type]
    if stored is None:
        raise NotFound
    return file_response(request, stored, idea.state in PUBLIC)


# Both methods of one path come in one router: Litestar 2.25 would wrap a synchronous handler anew
# for each method that joins its path later.
HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    Router(
        "/",
        route_handlers=[
            idea_page,
            similar_ideas,
            by_id,
            by_amendment,
            support,
            unsupport,
            follow,
            answer_merge,
            withdraw,
            versions,
            file,
        ],
    ),
)
