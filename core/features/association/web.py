"""The association's list of its cities, and the operator's table of all cities."""

from typing import Any, Final

import msgspec
from litestar import Response

from core.features.association import queries
from core.kit.errors import Forbidden
from core.kit.text import Locale, Text
from core.tenancy.tenant import Tenant
from core.web.pages import render
from core.web.request import CityRequest
from core.web.routes import page

_OPERATORS: Final = Text(
    ru="Эта страница для тех, кто обслуживает установку.",
    en="This page is for those who run the installation.",
)
_OPERATORS_ADVICE: Final = Text(
    ru="Войдите с учётной записью оператора.", en="Sign in with an operator's account."
)


class City(msgspec.Struct, frozen=True):
    """A city in a list."""

    name: str
    place: str
    product: str
    about: str
    address: str | None
    hosts: tuple[str, ...]
    tenant: Tenant
    revision: str | None = None


def _city(
    request: CityRequest, tenant: Tenant, locale: Locale, revision: str | None = None
) -> City:
    names = tenant.profile.names
    hosts = request.runtime.registry.hosts(tenant)
    # A name of its own is how residents know the city; the one under the base domain is a spare.
    base = f".{request.runtime.settings.base_domain}"
    own = sorted(hosts, key=lambda host: (host.endswith(base), host))
    return City(
        name=names.nominative.in_(locale),
        place=names.place.in_(locale),
        product=names.product.in_(locale),
        about=names.headline.in_(locale),
        address=request.runtime.settings.url_of(own[0]) if own and tenant.active else None,
        hosts=tuple(own),
        tenant=tenant,
        revision=revision,
    )


@page("/")
def cities(request: CityRequest) -> Response[Any]:
    """The active cities that belong to an association."""
    locale = request.locale
    found = [
        _city(request, tenant, locale)
        for tenant in request.runtime.registry.all()
        if tenant.active and tenant.profile.association is not None
    ]
    return render(
        request, "association/cities.html", cities=sorted(found, key=lambda one: _order(one.name))
    )


def _order(name: str) -> str:
    """Ё stands after Е, also in code points that know nothing of it."""
    return name.lower().replace("ё", "е\uffff")


@page("/")
def installation(request: CityRequest) -> Response[Any]:
    """Every city with its state, for operators; in the demo for everybody."""
    if not request.place.demo and request.signed_in.kind != "operator":
        raise Forbidden("operators_only", _OPERATORS, _OPERATORS_ADVICE)
    locale = request.locale
    with request.runtime.databases.platform() as session:
        revisions = queries.revisions(session)
    found = [
        _city(request, tenant, locale, revisions.get(tenant.id))
        for tenant in request.runtime.registry.all()
    ]
    return render(
        request,
        "association/installation.html",
        cities=found,
        active=sum(1 for one in found if one.tenant.active),
        behind={one.tenant.slug for one in found if one.revision != _newest(revisions)},
    )


def _newest(revisions: dict[int, str | None]) -> str | None:
    return max((one for one in revisions.values() if one), default=None)


@page("/robots.txt")
def robots(request: CityRequest) -> Response[str]:
    """The operator's host is for nobody else."""
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain; charset=utf-8")


ASSOCIATION: Final = (cities,)
OPERATOR: Final = (installation, robots)
