"""Browsers on the real application, and a city that trusts the provider on loopback."""

from collections.abc import Callable

import msgspec
import pytest
from psycopg.types.json import Jsonb

from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Provider, SignIn, Tenant
from core.work import Runtime
from tests.identity.conftest import openid, trusted  # noqa: F401 -- fixtures
from tests.support.http import Client


@pytest.fixture
def browser(client: Callable[..., Client], city: Tenant) -> Client:
    """A browser on the city's host that has opened the sign-in page."""
    opened = client(city)
    opened.get("/sign-in")
    return opened


@pytest.fixture
def open_city(
    runtime: Runtime,
    owner: OwnerConnection,
    city: Tenant,
    trusted: Provider,  # noqa: F811 -- a fixture
) -> Tenant:
    """The city with the provider in its sign-in settings."""
    profile = msgspec.structs.replace(city.profile, sign_in=SignIn(providers=(trusted,)))
    owner.execute(
        "UPDATE platform.tenant SET profile = %s, version = nextval('platform.tenant_version')"
        " WHERE id = %s",
        (Jsonb(msgspec.to_builtins(profile)), city.id),
    )
    runtime.registry.refresh()
    found = runtime.registry.by_slug(city.slug)
    assert found is not None
    assert found.profile.sign_in.providers == (trusted,)
    return found
