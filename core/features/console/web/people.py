"""Staff on the desk: by the groups of the regulation, and one by one with their posts."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from core.feature import permissions
from core.identity import access, staff, totp
from core.identity.posts import Post
from core.identity.staff import MANAGE, VIEW, Account, Held
from core.kit.actor import StaffActor
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.text import Locale, Text
from core.rules.explain import ClauseWords, clause_words
from core.web.forms import Form, FormData
from core.web.pages import messages, redirect, render
from core.web.request import CityRequest
from core.web.routes import action, page
from core.work import Work

DESK: Final = "desk.enter"
_LONGEST_NAME: Final = 120


class Seat(msgspec.Struct, frozen=True):
    """A post of the regulation and who holds it."""

    post: Post
    holders: tuple[Account, ...]
    clause: ClauseWords | None


class Group(msgspec.Struct, frozen=True):
    """A group of the regulation with its type of access, what that allows, and its posts."""

    title: str
    access: str
    rights: tuple[str, ...]
    clause: ClauseWords | None
    seats: tuple[Seat, ...]


class _Row(msgspec.Struct, frozen=True):
    """The place of a group in the act, as its entry has it."""

    key: str
    clause: str | None = None


def enter(work: Work, permission: str) -> None:
    """Raises as `access.require` does unless the one who acts may see this part of the desk."""
    access.require(work, DESK)
    access.require(work, permission)


def _groups(work: Work, accounts: tuple[Account, ...], locale: Locale) -> list[Group]:
    procedure = work.procedure("people")
    entry = work.regulation.in_force(procedure, work.today).get(("roles", "groups"))
    places = (
        {row.key: row.clause for row in msgspec.convert(entry.value, tuple[_Row, ...])}
        if entry is not None
        else {}
    )

    def clause(number: str | None) -> ClauseWords | None:
        found = work.regulation.clause(entry, number) if entry is not None else None
        return clause_words(found, locale) if found is not None else None

    labels = permissions()
    seats: dict[str, list[Seat]] = {}
    posts: dict[str, Post] = {}
    for post in staff.city_posts(work):
        posts.setdefault(post.group, post)
        holders = tuple(
            account
            for account in accounts
            if account.disabled_at is None
            and any(held.post == post.key for held in account.held_on(work.today))
        )
        seats.setdefault(post.group, []).append(Seat(post, holders, clause(post.clause)))
    return [
        Group(
            title=posts[key].group_title,
            access=posts[key].access_title,
            rights=rights_in_words(posts[key].permissions, labels, locale),
            clause=clause(places.get(key)),
            seats=tuple(found),
        )
        for key, found in seats.items()
    ]


def rights_in_words(
    held: tuple[str, ...], labels: Mapping[str, Text], locale: Locale
) -> tuple[str, ...]:
    """Rights as the features call them, in the features' order; one that none knows is left out."""
    return tuple(label.in_(locale) for key, label in labels.items() if key in held)


@page("/desk/people")
def people(request: CityRequest) -> Response[Any]:
    """Staff by posts, or with `?view=names` everybody by name."""
    by_name = request.query_params.get("view") == "names"
    with request.work() as work:
        enter(work, VIEW)
        accounts = staff.accounts(work)
        posts = {post.key: post for post in staff.city_posts(work)}
        return render(
            request,
            "console/people.html",
            work=work,
            by_name=by_name,
            may_manage=access.may(work, MANAGE),
            accounts=accounts,
            groups=[] if by_name else _groups(work, accounts, request.locale),
            posts=posts,
            today=work.today,
            unit=lambda key: _unit(work, key, request.locale),
        )


def _unit(work: Work, key: str | None, locale: Locale) -> str:
    unit = work.tenant.profile.unit(key) if key else None
    return unit.title.in_(locale) if unit else key or ""


def _post_options(work: Work) -> list[dict[str, Any]]:
    """Posts grouped as the regulation groups them, for a select."""
    groups: dict[str, list[dict[str, str]]] = {}
    for post in staff.city_posts(work):
        label = f"{post.group_title} · {post.access_title}"
        groups.setdefault(label, []).append({"value": post.key, "label": post.title})
    return [{"group": label, "options": options} for label, options in groups.items()]


_INVITED = Text(
    ru="Учётная запись открыта, приглашение отправлено на {email}.",
    en="The account is open; an invitation was sent to {email}.",
)


@page("/desk/people/new")
def new_account(request: CityRequest) -> Response[Any]:
    """The form that opens an account for an official."""
    with request.work() as work:
        enter(work, MANAGE)
        return _account_form(request, work, {}, {}, 200)


@action("/desk/people/new")
def invite(request: CityRequest, data: FormData) -> Response[Any]:
    """Open the account and tell the person how to sign in."""
    form = Form(data)
    try:
        with request.work(person=False) as work:
            enter(work, MANAGE)
            name = form.text("name", most=_LONGEST_NAME)
            email = form.text("email", most=254)
            unit = form.raw("unit") or None
            post = form.raw("post")
            form.check()
            number = staff.invite(
                work, name=name, email=email, unit=unit, posts=(post,) if post else ()
            )
    except Invalid as problem:
        with request.work() as work:
            fields = messages(problem, request.locale)
            if "posts" in fields:
                fields["post"] = fields.pop("posts")
            return _account_form(request, work, form.values, fields, problem.status)
    return redirect(
        request,
        f"/desk/people/{number}",
        flash=("good", _INVITED.format(email=email).in_(request.locale)),
    )


def _account_form(
    request: CityRequest,
    work: Work,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    status: int,
) -> Response[Any]:
    locale = request.locale
    return render(
        request,
        "console/person_new.html",
        work=work,
        status=status,
        typed={name: str(typed.get(name, "")) for name in ("name", "email", "unit", "post")},
        errors=errors,
        units=[
            {"value": unit.key, "label": unit.title.in_(locale)}
            for unit in work.tenant.profile.units
        ],
        posts=_post_options(work),
    )


@page("/desk/people/{staff_id:uuid}")
def account(request: CityRequest, staff_id: FromPath[UUID]) -> Response[Any]:
    """One official: posts held and held before, rights that follow, what can be changed."""
    with request.work() as work:
        enter(work, VIEW)
        return _account(request, work, staff_id)


def _assign(work: Work, staff_id: UUID, form: Form) -> None:
    since = form.day("since")
    post = form.raw("post")
    if not post:
        form.wrong("post", Text(ru="Выберите должность.", en="Choose a post."))
    form.check()
    assert since is not None
    staff.assign_post(work, staff_id, post=post, since=since)


def _end(work: Work, staff_id: UUID, form: Form) -> None:
    held = form.id("held")
    until = form.day("until")
    form.check()
    assert held is not None
    assert until is not None
    staff.end_post(work, staff_id, held, until=until)


_DO: Final[Mapping[str, tuple[Callable[[Work, UUID, Form], None], Text]]] = {
    "assign": (_assign, Text(ru="Должность назначена.", en="The post is given.")),
    "end": (_end, Text(ru="Должность снята.", en="The post is ended.")),
    "disable": (
        lambda work, staff_id, _form: staff.disable(work, staff_id),
        Text(ru="Учётная запись отключена.", en="The account is disabled."),
    ),
    "enable": (
        lambda work, staff_id, _form: staff.enable(work, staff_id),
        Text(ru="Учётная запись включена.", en="The account is enabled."),
    ),
    "reset": (
        lambda work, staff_id, _form: totp.reset(work, staff_id),
        Text(
            ru="Второй шаг входа снят: при следующем входе хватит кода из письма.",
            en="The second factor is off: next time the code from the e-mail is enough.",
        ),
    ),
}


@action("/desk/people/{staff_id:uuid}")
def change_account(request: CityRequest, staff_id: FromPath[UUID], data: FormData) -> Response[Any]:
    """Give or end a post, disable or enable the account, reset the second factor."""
    form = Form(data)
    do = form.raw("do")
    if do not in _DO:
        raise NotFound
    change, done = _DO[do]
    try:
        with request.work(person=False) as work:
            enter(work, MANAGE)
            change(work, staff_id, form)
    except (Invalid, Conflict) as problem:
        with request.work() as work:
            enter(work, VIEW)
            return _account(request, work, staff_id, do=do, form=form, problem=problem)
    return redirect(request, f"/desk/people/{staff_id}", flash=("good", done.in_(request.locale)))


class HeldShown(msgspec.Struct, frozen=True):
    """A post somebody holds or held; `post` is None once the regulation knows it no more."""

    held: Held
    post: Post | None
    now: bool


def _account(
    request: CityRequest,
    work: Work,
    staff_id: UUID,
    *,
    do: str = "",
    form: Form | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    locale = request.locale
    found = staff.require_account(work, staff_id)
    posts = {post.key: post for post in staff.city_posts(work)}
    current = {held.id for held in found.held_on(work.today)}
    rights = {
        right
        for held in found.held_on(work.today)
        if held.post in posts
        for right in posts[held.post].permissions
    }
    return render(
        request,
        "console/person_staff.html",
        work=work,
        status=problem.status if problem else 200,
        account=found,
        unit=_unit(work, found.unit, locale),
        held=[
            HeldShown(held, posts.get(held.post), held.id in current)
            for held in reversed(found.posts)
        ],
        rights=rights_in_words(tuple(rights), permissions(), locale),
        may_manage=access.may(work, MANAGE),
        myself=isinstance(work.actor, StaffActor) and work.actor.id == staff_id,
        options=_post_options(work),
        today=work.today,
        do=do,
        problem=problem,
        errors=messages(problem, locale) if problem else {},
        typed={name: form.raw(name) if form else "" for name in ("post", "since", "until", "held")},
    )


HANDLERS: Final = (
    people,
    new_account,
    invite,
    account,
    change_account,
)
