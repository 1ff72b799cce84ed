"""A provider on loopback, and a city that trusts it."""

from collections.abc import Iterator

import msgspec
import pytest

from core.identity.providers import forget_published
from core.kit.clock import FixedClock
from core.kit.level import Level
from core.kit.text import Text
from core.tenancy.tenant import Claims, Provider, SignIn, Tenant
from tests.identity.provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, open_id_provider


@pytest.fixture
def openid(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdProvider]:
    forget_published()
    monkeypatch.setenv("VECHE_SECRET_TEST_PROVIDER", CLIENT_SECRET)
    with open_id_provider(lambda: int(clock.now().timestamp())) as provider:
        yield provider


@pytest.fixture
def trusted(openid: OpenIdProvider) -> Provider:
    """The provider as a city's folder would describe it."""
    return Provider(
        key="esia",
        label=Text(ru="Проверка", en="Check"),
        issuer=openid.issuer,
        client_id=CLIENT_ID,
        secret="test-provider",
        grants=Level.IDENTITY,
        scopes=("openid", "email"),
        claims=Claims(
            email="email", phone="phone_number", birth_date="birthdate", district="district"
        ),
    )


def trusting(city: Tenant, provider: Provider) -> Tenant:
    """The city with this provider configured."""
    return msgspec.structs.replace(
        city,
        profile=msgspec.structs.replace(city.profile, sign_in=SignIn(providers=(provider,))),
    )


@pytest.fixture
def open_city(city: Tenant, trusted: Provider) -> Tenant:
    return trusting(city, trusted)
