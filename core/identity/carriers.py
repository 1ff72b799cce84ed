"""Handing a message to whoever carries it: a mail server (SMTP) or a text-message gateway.

Nothing is stored or decided here. A carrier either takes the message, or is down (try later), or
refuses it for good.
"""

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import httpx
import msgspec

from core.identity.contacts import ContactKind
from core.settings import Settings

_TIMEOUT: Final = 10.0
_SUBMISSION: Final = 587
_SUBMISSION_TLS: Final = 465
_PERMANENT: Final = 500
_BAD_REQUEST: Final = frozenset({400, 404, 410, 413, 422})


class Message(msgspec.Struct, frozen=True):
    """A letter or text message to one person. `id` lets a carrier drop a second copy."""

    id: UUID
    channel: ContactKind
    address: str
    subject: str
    body: str
    written_at: datetime
    sender: str
    """The name the person knows the sender by: what the city calls its resource."""
    unsubscribe: str | None = None
    """Where a mail program unsubscribes the person at one click (RFC 8058)."""


class CarrierDown(Exception):
    """The carrier does not answer or asks to wait; the same message may be handed over later."""


class Undeliverable(Exception):
    """The carrier will never take this message: there is no such address."""


def carries(settings: Settings, channel: ContactKind) -> bool:
    """Whether this installation has a carrier for the channel at all."""
    return (settings.smtp_url if channel == "email" else settings.sms_url) is not None


def hand_over(settings: Settings, message: Message) -> None:
    """Give the message to its carrier; raises CarrierDown or Undeliverable."""
    if message.channel == "email":
        _mail(settings, message)
    else:
        _text(settings, message)


def _mail(settings: Settings, message: Message) -> None:
    try:
        with _server(settings.smtp_url or "") as server:
            server.send_message(letter(settings, message))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if all(code >= _PERMANENT for code in codes):
            raise Undeliverable(f"refused with {codes}") from error
        raise CarrierDown(f"refused with {codes}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise CarrierDown(repr(error)) from error


def letter(settings: Settings, message: Message) -> EmailMessage:
    """The message as a letter: plain text, marked as written by a program."""
    name, address = parseaddr(settings.mail_from)
    written = EmailMessage()
    written["From"] = formataddr((message.sender or name, address))
    written["To"] = message.address
    written["Subject"] = message.subject
    written["Date"] = format_datetime(message.written_at)
    # The same id at every attempt: mail programs show one letter even if two copies arrive.
    written["Message-ID"] = f"<{message.id}@{address.rpartition('@')[2] or 'localhost'}>"
    written["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe is not None:
        written["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        written["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    written.set_content(message.body)
    return written


def _server(url: str) -> smtplib.SMTP:
    """`smtp://user:password@host:587?starttls=1`, or `smtps://…` for TLS from the first byte."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    options = parse_qs(parts.query)
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            host,
            parts.port or _SUBMISSION_TLS,
            timeout=_TIMEOUT,
            context=ssl.create_default_context(),
        )
    else:
        server = smtplib.SMTP(host, parts.port or _SUBMISSION, timeout=_TIMEOUT)
        if options.get("starttls", ["0"])[0] == "1":
            server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _text(settings: Settings, message: Message) -> None:
    """POST `{"id", "phone", "text"}` as JSON; any 2xx answer means the gateway has taken it."""
    try:
        answer = httpx.post(
            settings.sms_url or "",
            json={"id": str(message.id), "phone": message.address, "text": message.body},
            headers={"Idempotency-Key": str(message.id)},
            timeout=_TIMEOUT,
        )
    except httpx.HTTPError as error:
        raise CarrierDown(repr(error)) from error
    if answer.status_code in _BAD_REQUEST:
        raise Undeliverable(f"the gateway answered {answer.status_code}")
    if not answer.is_success:
        raise CarrierDown(f"the gateway answered {answer.status_code}")
