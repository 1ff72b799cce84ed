"""Fixtures for tests that speak to the JSON API."""

from collections.abc import Callable
from uuid import UUID

import pytest

from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.api.bot import Bot, key_of
from tests.support.http import Client


@pytest.fixture
def bot(runtime: Runtime, client: Callable[..., Client]) -> Callable[..., Bot]:
    """`bot(city)` asks without a key, `bot(city, resident)` with a new key of that resident."""

    def make(city: Tenant, resident: UUID | None = None, *, key: str | None = None) -> Bot:
        made = key_of(runtime, city, resident) if resident is not None else key
        return Bot(client(city), made)

    return make
