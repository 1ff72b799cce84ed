"""Recipients, the declared kinds of these tests, a push service on loopback."""

from collections.abc import Iterator

import pytest

from core.features.account import jobs
from core.notify import domain
from core.notify.tell import Recipient
from core.tenancy.tenant import Tenant
from tests.identity.build import Begin, email, resident
from tests.notify.build import KINDS, PushService, push_service


@pytest.fixture
def anna(work: Begin, city: Tenant) -> Recipient:
    """A resident with a confirmed address."""
    with work(city) as w:
        return Recipient("resident", resident(w, email("anna"), name="Анна"))


@pytest.fixture
def boris(work: Begin, city: Tenant) -> Recipient:
    with work(city) as w:
        return Recipient("resident", resident(w, email("boris"), name="Борис"))


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handlers know the kinds of these tests."""
    monkeypatch.setattr(jobs, "message_kinds", lambda: KINDS)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    with push_service() as started:
        monkeypatch.setattr(
            domain, "is_push_service", lambda endpoint: endpoint.startswith("http://127.0.0.1:")
        )
        yield started
