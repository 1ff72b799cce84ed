"""A city's home page, gathered from what its features contribute; the page about the resource with
its rules; robots.txt. Which features there are is known from their manifests alone."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from litestar import Response
from markupsafe import Markup

from core.feature import Feature, installed_features
from core.kit.text import Locale, number
from core.rules import Regulation
from core.rules.explain import act_words
from core.web.pages import render, render_text
from core.web.request import CityRequest
from core.web.routes import page
from core.work import Work

_ROBOTS: Final = """User-agent: *
Disallow: /desk
Disallow: /profile
Disallow: /sign-in
Disallow: /api/
"""


@page("/")
def home(request: CityRequest) -> Response[Any]:
    """What the city asks, in figures and in the sections of its features."""
    tenant = request.tenant
    locale = request.locale
    features = offered(request)
    with request.work() as work:
        shown: list[tuple[str, dict[str, Any]]] = [
            (template, dict(context))
            for template, context in _sections(features, work)
            if context is not None
        ]
        figures = [
            {"value": number(value, locale), "label": label.in_(locale)}
            for value, label in _figures(features, work)
        ]
    return render(
        request,
        "home/home.html",
        headline=tenant.profile.names.headline.in_(locale),
        about=tenant.profile.names.about.in_(locale),
        cover=f"/brand/cover.svg?v={tenant.version}" if tenant.profile.brand.cover else None,
        figures=figures,
        sections=[
            # Safe: a page of ours, rendered with escaping.
            Markup(render_text(request, template, **context))  # noqa: S704
            for template, context in shown
        ],
        places=places(request, features),
    )


def offered(request: CityRequest) -> tuple[Feature, ...]:
    """The features this city offers to its residents, and those that every city has (accounts)."""
    profile = request.tenant.profile
    return tuple(
        feature
        for feature in installed_features()
        if profile.offers(feature.key) or (not feature.nav and feature.key not in profile.features)
    )


def _sections(
    features: Iterable[Feature], work: Work
) -> Iterable[tuple[str, Mapping[str, object] | None]]:
    sections = [section for feature in features for section in feature.home]
    for section in sorted(sections, key=lambda one: (one.order, one.template)):
        yield section.template, section.context(work)


def _figures(features: Iterable[Feature], work: Work) -> Iterable[tuple[int, Any]]:
    figures = [figure for feature in features for figure in feature.figures]
    for one in sorted(figures, key=lambda figure: figure.order):
        found = one.figure(work)
        if found is not None:
            yield found


class Place(msgspec.Struct, frozen=True):
    """Where something can be done, under the city's own name for it."""

    href: str
    label: str
    icon: str


def places(request: CityRequest, features: Iterable[Feature]) -> tuple[Place, ...]:
    """The offered features that have pages of their own, in the order of the navigation."""
    profile = request.tenant.profile
    with_pages = [
        (item, item.offer or feature.key)
        for feature in features
        for item in feature.nav
        if item.order == 0 or profile.offers(item.offer or feature.key)
    ]
    return tuple(
        Place(item.path, profile.features[key].name.in_(request.locale), item.icon)
        for item, key in sorted(with_pages, key=lambda one: one[0].order)
    )


class CitedAct(msgspec.Struct, frozen=True):
    """A legal act in force and what rests on it: procedures with their clauses."""

    title: str
    link: str | None
    example: bool
    procedures: tuple[tuple[str, tuple[str, ...]], ...]


@page("/about")
def about(request: CityRequest) -> Response[Any]:
    """How the resource works, by which acts, and how to reach those who run it."""
    tenant = request.tenant
    profile = tenant.profile
    locale = request.locale
    with request.work() as work:
        regulation = work.regulation
        acts = cited_acts(work, locale)
    basis = regulation.acts.get(profile.notice.act) if profile.notice.act else None
    return render(
        request,
        "home/about.html",
        about=profile.names.about.in_(locale),
        official=profile.names.official.in_(locale),
        notice=profile.notice.text.in_(locale),
        notice_basis=f"{profile.notice.clause}, {act_words(basis).in_(locale)}"
        if basis is not None and profile.notice.clause
        else None,
        acts=acts,
        places=places(request, offered(request)),
        office=profile.contacts.office.in_(locale),
        address=profile.contacts.address.in_(locale) if profile.contacts.address else None,
        email=profile.contacts.email,
        website=profile.contacts.website,
    )


def cited_acts(work: Work, locale: Locale) -> tuple[CitedAct, ...]:
    """The acts that something in force today rests on, real ones before examples."""
    regulation: Regulation = work.regulation
    clauses: dict[str, dict[str, list[str]]] = {}
    for key, procedure in sorted(regulation.procedures.items()):
        for entry in regulation.in_force(key, work.today).values():
            clause = regulation.clause(entry)
            if clause is not None:
                title = procedure.title.in_(locale)
                clauses.setdefault(clause.act.key, {}).setdefault(title, []).append(clause.number)
    acts = sorted((regulation.acts[key] for key in clauses), key=lambda act: (act.example, act.key))
    return tuple(
        CitedAct(
            title=act_words(act).in_(locale),
            link=act.link,
            example=act.example,
            procedures=tuple(
                (title, tuple(sorted(set(numbers), key=_by_number)))
                for title, numbers in clauses[act.key].items()
            ),
        )
        for act in acts
    )


def _by_number(clause: str) -> tuple[tuple[int, str], ...]:
    """«п. 3.9» before «п. 3.10»."""
    parts = "".join(sign if sign.isalnum() else " " for sign in clause).split()
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


@page("/robots.txt")
def robots(request: CityRequest) -> Response[str]:
    """What search engines may read: everything public, nothing personal."""
    return Response(
        _ROBOTS,
        media_type="text/plain; charset=utf-8",
        headers={"cache-control": "public, max-age=86400"},
    )


HANDLERS: Final = (home, about, robots)
