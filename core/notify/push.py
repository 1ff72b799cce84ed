"""Web push: the city's key pair, subscriptions of browsers, and sending.

The key pair is derived from the installation's secret for each city, so that no city can push to
the subscribers of another, and nothing has to be kept or rotated by hand.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
import redis
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.identity.carriers import CarrierDown
from core.identity.realm import Realm
from core.kit.errors import Invalid
from core.kit.ids import new_id
from core.kit.text import Text
from core.notify import domain
from core.notify.letters import notice_path, words
from core.notify.model import NoticeRow, PushSubscription
from core.notify.tell import Recipient
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work

if TYPE_CHECKING:
    import requests

log = structlog.get_logger("notify")

PUSH_DUE: Final = "notify.push_due"
MOST_DEVICES: Final = 10
# What is a day old is in the cabinet and in the letter; nobody wants it on the phone any more.
_FRESH: Final = timedelta(days=1)
_REMEMBERED: Final = timedelta(days=2)
_TIMEOUT: Final = (3.05, 7.0)
_GONE: Final = frozenset({404, 410})
# What will never be taken, however often it is sent: a bad key, too large, refused.
_REFUSED: Final = frozenset({400, 401, 403, 413})
_LONGEST_BODY: Final = 240
_LONGEST_TITLE: Final = 120
_POINT: Final = 65
_SECRET: Final = 16
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_UNFIT: Final = Text(
    ru="Этот браузер прислал подписку, которую мы не можем использовать.",
    en="This browser sent a subscription that we cannot use.",
)


class PushDue(msgspec.Struct, frozen=True):
    """A notice is to be pushed to one browser."""

    notice_id: UUID
    subscription_id: UUID


class Device(msgspec.Struct, frozen=True):
    """A browser that takes push messages, as its owner sees it."""

    id: UUID
    name: str
    created_at: datetime
    here: bool


class _Message(msgspec.Struct, frozen=True):
    """What the service worker gets, encrypted for this one browser."""

    title: str
    body: str
    url: str
    tag: str


@lru_cache(256)
def _key_pair(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _city_key(runtime: Runtime, tenant: Tenant) -> ec.EllipticCurvePrivateKey:
    return _key_pair(runtime.city_key(tenant, "web push"))


def public_key(runtime: Runtime, tenant: Tenant) -> str:
    """The city's public key as browsers want it (base64url of the uncompressed point)."""
    point = (
        _city_key(runtime, tenant)
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def subscribe(
    work: Work,
    recipient: Recipient,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    session: str,
    user_agent: str,
) -> UUID:
    """Keep a browser's subscription; the same browser again, also for somebody else, replaces it.

    Raises Invalid for what no browser sends.
    """
    if not domain.is_push_service(endpoint) or not _fits(p256dh, auth):
        raise Invalid({"endpoint": _UNFIT})
    statement = insert(PushSubscription).values(
        id=new_id(),
        recipient_kind=recipient.kind,
        recipient_id=recipient.id,
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        device=domain.device_name(user_agent),
        session=session,
        created_at=work.now,
    )
    kept = work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["endpoint"],
            set_={
                one: statement.excluded[one]
                for one in ("recipient_kind", "recipient_id", "p256dh", "auth", "device", "session")
            },
        ).returning(PushSubscription.id)
    ).scalar_one()
    work.session.execute(
        delete(PushSubscription).where(
            PushSubscription.id.in_(
                select(PushSubscription.id)
                .where(PushSubscription.recipient_id == recipient.id, PushSubscription.id != kept)
                .order_by(PushSubscription.id.desc())
                .offset(MOST_DEVICES - 1)
            )
        )
    )
    return kept


def unsubscribe(
    work: Work,
    recipient: Recipient,
    *,
    device: UUID | None = None,
    endpoint: str | None = None,
    session: str | None = None,
    but_session: str | None = None,
) -> int:
    """Forget subscriptions of a person: one device, one address, those of one session, or those of
    all sessions but one."""
    query = delete(PushSubscription).where(PushSubscription.recipient_id == recipient.id)
    if device is not None:
        query = query.where(PushSubscription.id == device)
    if endpoint is not None:
        query = query.where(PushSubscription.endpoint == endpoint)
    if session is not None:
        query = query.where(PushSubscription.session == session)
    if but_session is not None:
        query = query.where(PushSubscription.session != but_session)
    return len(work.session.scalars(query.returning(PushSubscription.id)).all())


def devices(work: Work, recipient: Recipient, *, session: str = "") -> tuple[Device, ...]:
    """The browsers of a person, the newest first; `here` is the one of this session."""
    rows = work.session.execute(
        select(
            PushSubscription.id,
            PushSubscription.device,
            PushSubscription.created_at,
            PushSubscription.session == session,
        )
        .where(PushSubscription.recipient_id == recipient.id)
        .order_by(PushSubscription.id.desc())
    )
    return tuple(Device(*row) for row in rows)


def send(work: Work, dues: Sequence[PushDue]) -> None:
    """Push notices to browsers. A subscription that has ended is forgotten.

    If a push service does not answer the error goes on, and the event is offered again later; what
    was taken is noted outside the transaction, so that nothing is pushed twice after a rollback.
    Raises CarrierDown.
    """
    found = work.session.execute(
        select(NoticeRow, PushSubscription)
        .join(PushSubscription, PushSubscription.recipient_id == NoticeRow.recipient_id)
        .where(
            NoticeRow.id.in_({one.notice_id for one in dues}),
            PushSubscription.id.in_({one.subscription_id for one in dues}),
        )
    ).all()
    pairs = {(notice.id, device.id): (notice, device) for notice, device in found}
    down: CarrierDown | None = None
    ended: set[UUID] = set()
    for due in dues:
        notice, device = pairs.get((due.notice_id, due.subscription_id), (None, None))
        if notice is None or device is None or device.id in ended:
            continue
        # Read meanwhile, or too old: a push message is a tap on the shoulder, not a record.
        if notice.read_at is not None or work.now >= notice.created_at + _FRESH:
            continue
        note = Realm(work.runtime, work.tenant).name("pushed", str(notice.id), str(device.id))
        if _taken(work.runtime, note):
            continue
        try:
            if _hand_over(work, notice, device):
                _note_taken(work.runtime, note)
            else:
                ended.add(device.id)
        except CarrierDown as error:
            down = error
    if ended:
        work.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(ended)))
    if down is not None:
        raise down


def _hand_over(work: Work, notice: NoticeRow, device: PushSubscription) -> bool:
    """Give one message to the push service; False when the subscription has ended."""
    # Only workers send: the web process need not carry what the library brings along.
    import requests
    from py_vapid import Vapid02  # type: ignore[import-untyped]
    from pywebpush import WebPushException, webpush

    locale = work.tenant.locale
    message = _Message(
        title=_cut(words(notice.title).in_(locale), _LONGEST_TITLE),
        body=_cut(words(notice.body).in_(locale), _LONGEST_BODY),
        url=notice_path(notice),
        tag=str(notice.id),
    )
    try:
        with requests.Session() as http:
            http.max_redirects = 0
            http.trust_env = False
            webpush(
                {
                    "endpoint": device.endpoint,
                    "keys": {"p256dh": device.p256dh, "auth": device.auth},
                },
                msgspec.json.encode(message).decode(),
                vapid_private_key=Vapid02(_city_key(work.runtime, work.tenant)),
                vapid_claims={"sub": f"mailto:{work.tenant.profile.contacts.email}"},
                ttl=int(_FRESH.total_seconds()),
                # A second copy replaces the first one while it waits at the push service.
                headers={"Topic": notice.id.hex, "Urgency": "normal"},
                timeout=_TIMEOUT,
                requests_session=http,
            )
    except WebPushException as error:
        return _refused(error.response, device)
    except requests.RequestException as error:
        raise CarrierDown(repr(error)) from error
    return True


def _refused(answer: "requests.Response | None", device: PushSubscription) -> bool:
    status = answer.status_code if answer is not None else 0
    if status in _GONE:
        return False
    if status in _REFUSED:
        log.warning("push_refused", status=status, subscription=str(device.id))
        return True
    raise CarrierDown(f"the push service answered {status}")


def _cut(text: str, most: int) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= most else f"{folded[: most - 1]}…"


def _fits(p256dh: str, auth: str) -> bool:
    """Whether these are a point of the curve and a secret, as RFC 8291 has them."""
    try:
        point, secret = (
            base64.urlsafe_b64decode(one.rstrip("=") + "=" * (-len(one.rstrip("=")) % 4))
            for one in (p256dh, auth)
        )
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, binascii.Error):
        return False
    return len(point) == _POINT and len(secret) == _SECRET


def _taken(runtime: Runtime, note: str) -> bool:
    # Without Redis the worst case is a second copy with the same tag, which replaces the first.
    try:
        return bool(runtime.redis.exists(note))
    except redis.RedisError:
        return False


def _note_taken(runtime: Runtime, note: str) -> None:
    try:
        runtime.redis.set(note, 1, ex=_REMEMBERED)
    except redis.RedisError:
        log.warning("pushed_unnoted")
