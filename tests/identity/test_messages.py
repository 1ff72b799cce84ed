"""Messages leave after the commit, once, and by whatever carrier there is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
import redis

from core.identity import carriers
from core.identity.carriers import CarrierDown, Message, letter
from core.identity.messages import carry, newest, queue
from core.identity.model import OutgoingMessage
from core.kit.clock import FixedClock
from core.settings import Settings
from core.tenancy.tenant import Tenant
from core.work import Runtime
from tests.identity.build import Begin, email, phone
from tests.identity.carriers import Gateway, MailServer, running

Deliver = Callable[[], int]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running(Gateway()) as server:
        yield server


@pytest.fixture
def connected(
    runtime: Runtime, mail: MailServer, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation with both carriers."""
    monkeypatch.setattr(
        runtime,
        "settings",
        msgspec.structs.replace(
            runtime.settings,
            smtp_url=mail.url,
            sms_url=gateway.url,
            mail_from="Город <noreply@city.example.org>",
        ),
    )


def write(work: Begin, city: Tenant, *contacts: str) -> list[UUID]:
    with work(city) as w:
        return [queue(w, email(one), subject=f"Для {one}", body="Текст") for one in contacts]


def state(work: Begin, city: Tenant) -> dict[str, bool]:
    """By subject, whether it has left."""
    with work(city) as w:
        return {one.subject: one.sent_at is not None for one in newest(w, most=99)}


@pytest.mark.usefixtures("connected")
def test_a_letter_leaves_and_its_text_is_wiped(
    work: Begin, city: Tenant, deliver: Deliver, mail: MailServer
) -> None:
    (id_,) = write(work, city, "anna")
    assert deliver() == 1
    (sent,) = mail.letters
    assert sent["To"] == "anna@example.org"
    assert sent["From"] == f"{city.product()} <noreply@city.example.org>"
    assert sent["Subject"] == "Для anna"
    assert sent["Message-ID"] == f"<{id_}@city.example.org>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_content().strip() == "Текст"
    with work(city) as w:
        (row,) = newest(w, most=1)
        assert row.sent_at is not None
        assert row.body == ""
    assert deliver() == 0


@pytest.mark.usefixtures("connected")
def test_a_text_message_goes_to_the_gateway(
    work: Begin, city: Tenant, deliver: Deliver, gateway: Gateway
) -> None:
    with work(city) as w:
        id_ = queue(w, phone(), subject="", body="123456 — код")
    deliver()
    assert gateway.messages == [
        {"id": str(id_), "phone": "+79123456789", "text": "123456 — код", "key": str(id_)}
    ]


def test_without_a_carrier_messages_stay_for_the_mailbox(
    work: Begin, city: Tenant, deliver: Deliver
) -> None:
    write(work, city, "anna")
    assert deliver() == 1
    with work(city) as w:
        (row,) = newest(w, most=1)
        assert (row.body, row.sent_at) == ("Текст", None)


@pytest.mark.usefixtures("connected")
def test_a_dead_mail_server_loses_nothing(
    runtime: Runtime,
    work: Begin,
    city: Tenant,
    clock: FixedClock,
    deliver: Deliver,
    mail: MailServer,
) -> None:
    write(work, city, "anna")
    alive = runtime.settings
    runtime.settings = msgspec.structs.replace(alive, smtp_url="smtp://127.0.0.1:1")
    assert deliver() == 0
    assert state(work, city) == {"Для anna": False}
    runtime.settings = alive
    clock.move(timedelta(minutes=5))
    assert deliver() == 1
    assert len(mail.letters) == 1
    assert state(work, city) == {"Для anna": True}


@pytest.mark.usefixtures("connected")
def test_a_rollback_after_sending_sends_no_second_copy(
    work: Begin, city: Tenant, deliver: Deliver, mail: MailServer
) -> None:
    (id_,) = write(work, city, "anna")
    with suppress(RuntimeError), work(city) as w:
        assert carry(w, id_)
        raise RuntimeError
    assert state(work, city) == {"Для anna": False}
    deliver()
    assert state(work, city) == {"Для anna": True}
    assert len(mail.letters) == 1


@pytest.mark.usefixtures("connected")
def test_one_bad_message_holds_up_no_other(
    work: Begin,
    city: Tenant,
    deliver: Deliver,
    mail: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(work, city, "anna", "boris", "vera")
    really = carriers.hand_over

    def sometimes(settings: Settings, message: Message) -> None:
        if message.address.startswith("boris"):
            raise CarrierDown("try later")
        really(settings, message)

    monkeypatch.setattr("core.identity.messages.hand_over", sometimes)
    assert deliver() == 2
    assert state(work, city) == {"Для anna": True, "Для boris": False, "Для vera": True}
    assert sorted(one["To"] for one in mail.letters) == ["anna@example.org", "vera@example.org"]


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(("code", "left"), [(550, 0), (451, 1)])
def test_an_address_refused_for_good_is_not_tried_again(
    work: Begin, city: Tenant, deliver: Deliver, mail: MailServer, code: int, left: int
) -> None:
    mail.refuse = code
    write(work, city, "anna")
    assert deliver() == 1 - left
    with work(city) as w:
        assert w.session.query(OutgoingMessage).count() == left


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(("status", "left"), [(422, 0), (503, 1), (429, 1)])
def test_a_gateways_no_is_final_or_not(
    work: Begin, city: Tenant, deliver: Deliver, gateway: Gateway, status: int, left: int
) -> None:
    gateway.status = status
    with work(city) as w:
        queue(w, phone(), subject="", body="код")
    deliver()
    with work(city) as w:
        assert w.session.query(OutgoingMessage).count() == left


@pytest.mark.usefixtures("connected")
def test_without_redis_messages_leave_all_the_same(
    runtime: Runtime,
    work: Begin,
    city: Tenant,
    deliver: Deliver,
    mail: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    write(work, city, "anna")
    monkeypatch.setattr(runtime, "redis", redis.Redis(port=1, socket_connect_timeout=0.2))
    assert deliver() == 1
    assert len(mail.letters) == 1
    monkeypatch.undo()


def test_a_letter_cannot_carry_headers_in_its_subject(settings: Settings, city: Tenant) -> None:

    message = Message(
        id=uuid4(),
        channel="email",
        address="a@example.org",
        subject="Тема\r\nBcc: b@example.org",
        body="",
        written_at=datetime(2026, 6, 1, tzinfo=UTC),
        sender=city.product(),
    )
    with pytest.raises(ValueError):
        letter(settings, message)
