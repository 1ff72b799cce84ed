"""People who work for the installation or an association, not for one city.

They live in the platform schema and sign in on hosts of their own, by a code to a known e-mail.
There is no mailbox in the platform schema: the code goes straight to the mail server.
"""

from threading import Thread
from typing import Final, Literal

import msgspec
import structlog
from sqlalchemy import select

from core.identity.carriers import CarrierDown, Message, Undeliverable, carries, hand_over
from core.identity.codes import Challenge, new_code, wording
from core.identity.contacts import Contact
from core.identity.realm import Realm
from core.kit.ids import new_id
from core.kit.text import Locale
from core.tenancy.model import OperatorRow
from core.work import Runtime

log = structlog.get_logger("identity")

OperatorKind = Literal["operator", "analyst"]
_PRODUCT: Final = {"ru": "Вече", "en": "Veche"}


class Operator(msgspec.Struct, frozen=True):
    """An operator of the installation, or an analyst of an association."""

    id: int
    name: str
    email: str
    kind: OperatorKind


def load_operator(runtime: Runtime, operator_id: int) -> Operator | None:
    """One operator by id."""
    return _one(runtime, OperatorRow.id == operator_id)


def find_operator(runtime: Runtime, contact: Contact) -> Operator | None:
    """The operator whose e-mail this is."""
    return _one(runtime, OperatorRow.email == contact.value) if contact.kind == "email" else None


def all_operators(runtime: Runtime) -> tuple[Operator, ...]:
    """Everyone, by name; for the demo's sign-in page."""
    with runtime.databases.platform() as session:
        rows = session.execute(select(OperatorRow).order_by(OperatorRow.name)).scalars()
        return tuple(_operator(row) for row in rows)


def send_code(runtime: Runtime, challenge: Challenge, *, address: str, locale: Locale) -> str:
    """Send a code if the e-mail is an operator's; returns a token for the browser either way.

    The letter leaves in the background: how long the answer takes must not tell who is known.
    """
    token, code = new_code(Realm(runtime, None), challenge, address=address)
    operator = find_operator(runtime, challenge.contact)
    if operator is not None and carries(runtime.settings, "email"):
        subject, body = wording(code, product=_PRODUCT[locale], locale=locale)
        letter = Message(
            id=new_id(),
            channel="email",
            address=operator.email,
            subject=subject,
            body=body,
            written_at=runtime.clock.now(),
            sender=_PRODUCT[locale],
        )
        Thread(target=_send, args=(runtime, letter), daemon=True, name="operator-code").start()
    return token


def _send(runtime: Runtime, letter: Message) -> None:
    try:
        hand_over(runtime.settings, letter)
    except (CarrierDown, Undeliverable) as error:
        # Whoever waits for the code asks for another one.
        log.warning("operator_code_unsent", reason=str(error))


def _one(runtime: Runtime, condition: object) -> Operator | None:
    with runtime.databases.platform() as session:
        row = session.execute(
            select(OperatorRow).where(condition)  # type: ignore[arg-type]
        ).scalar_one_or_none()
        return _operator(row) if row is not None else None


def _operator(row: OperatorRow) -> Operator:
    return Operator(
        row.id, row.name, row.email, "operator" if row.kind == "operator" else "analyst"
    )
