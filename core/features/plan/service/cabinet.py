"""A cabinet for the head of a unit who has no access (R22): a link by e-mail, one list of proposals
behind it, sent once. The link is the only key: its hash is stored, it expires, it can be taken
back, and it opens nothing else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import update

from core.features.plan import queries
from core.features.plan.domain import Content, ItemState, YearState
from core.features.plan.model import PlanInvitation, PlanItem
from core.features.plan.queries import ItemView
from core.features.plan.service import gathering, steps
from core.identity import access
from core.identity.contacts import read_contact
from core.identity.limits import Limit, network_of, spend
from core.identity.messages import queue
from core.identity.realm import Realm
from core.kit.actor import actor_label
from core.kit.crypto import keyed_hash, new_token
from core.kit.errors import Conflict, Invalid, NotFound, Problem
from core.kit.ids import new_id
from core.kit.text import Text
from core.notify.tell import tell
from core.work import Work

LASTS: Final = timedelta(days=14)
"""How long a link works: long enough for a holiday, short enough for a forgotten letter."""
MOST_ITEMS: Final = 30
_TOKEN_BYTES: Final = 32
_LONGEST_TOKEN: Final = 64
_PURPOSE: Final = "plan cabinet"
OPENED: Final = Limit("plan-cabinet", 300, timedelta(minutes=10))
UNKNOWN: Final = Limit("plan-cabinet-unknown", 20, timedelta(minutes=10))

_GONE: Final = Text(ru="Эта ссылка больше не действует.", en="This link works no longer.")
_GONE_ADVICE: Final = Text(
    ru="Попросите новую у сотрудника, который её прислал. То, что вы сохранили, не пропало.",
    en="Ask the official who sent it for a new one. What you have saved is not lost.",
)
_FULL: Final = Text(
    ru="В одном списке помещается тридцать тем.", en="One list has room for thirty topics."
)
_EMPTY: Final = Text(ru="В списке ещё нет ни одной темы.", en="The list has no topic yet.")
_LETTER: Final = Text(
    ru="Здравствуйте{name}!\n\nПодразделение: {unit}.\n\nВы можете предложить темы опросов и "
    "обсуждений в годовой перечень на {year} год. Откройте ссылку, заполните форму и отправьте "
    "список. Входить никуда не нужно.\n\n"
    "{address}\n\nСсылка личная, не пересылайте её. Она действует до {until}.\n",
    en="Hello{name}!\n\nUnit: {unit}.\n\nYou may propose topics of polls and discussions for "
    "the list of {year}. Open the link, fill in the form and send the list. There is no need to "
    "sign in.\n\n"
    "{address}\n\nThe link is yours alone, please do not forward it. It works until {until}.\n",
)


class Gone(Problem):
    """The link was taken back, has expired, or its list was sent."""

    status = 410

    def __init__(self) -> None:
        super().__init__("plan.link_gone", _GONE, _GONE_ADVICE)


def invite(work: Work, *, year: int, unit: str, email: str, host: str, person: str = "") -> UUID:
    """Send a unit its link. A second letter to the same address replaces the first link and keeps
    what was written behind it."""
    access.require(work, steps.PROPOSE)
    contact = read_contact(email, phone=False, field="email")
    if work.tenant.profile.unit(unit) is None:
        raise Invalid({"unit": Text(ru="Выберите из списка.", en="Choose from the list.")})
    row = steps.locked_year(work, year)
    if row.state == YearState.APPROVED:
        raise steps.MovedOn
    token = new_token(_TOKEN_BYTES)
    until = work.now + LASTS
    known = next(
        (
            one
            for one in queries.invitations(work.session, year)
            if (one.unit, one.email) == (unit, contact.value)
            and one.sent_at is None
            and one.revoked_at is None
        ),
        None,
    )
    if known is None:
        invitation_id = new_id()
        work.session.add(
            PlanInvitation(
                id=invitation_id,
                year=year,
                unit=unit,
                person=person.strip(),
                email=contact.value,
                token_hash=_hash(work, token),
                expires_at=until,
                created_at=work.now,
                created_by=actor_label(work.actor),
            )
        )
    else:
        invitation_id = known.id
        work.session.execute(
            update(PlanInvitation)
            .where(PlanInvitation.id == known.id)
            .values(token_hash=_hash(work, token), expires_at=until, person=person.strip())
        )
    work.session.flush()
    locale = work.tenant.locale
    queue(
        work,
        contact,
        subject=Text(
            ru="Темы в перечень на {year} год: {unit}", en="Topics for the list of {year}: {unit}"
        )
        .format(year=year, unit=steps.unit_title(work, unit))
        .in_(locale),
        body=_LETTER.format(
            name=f", {person.strip()}" if person.strip() else "",
            unit=steps.unit_title(work, unit),
            year=year,
            address=work.runtime.settings.url_of(host, f"/plan/proposals/{token}"),
            until=until.astimezone(work.tenant.zone).strftime("%d.%m.%Y"),
        ).in_(locale),
    )
    steps.add_step(work, year, "invited", note=steps.unit_title(work, unit))
    work.record("plan.invited", f"plan_invitation:{invitation_id}", unit=unit, year=year)
    return invitation_id


def revoke(work: Work, *, invitation_id: UUID) -> None:
    """Take a link back; what was sent before stays, what was not is gone with it."""
    access.require(work, steps.PROPOSE)
    row = work.session.get(PlanInvitation, invitation_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.revoked_at is not None or row.sent_at is not None:
        return
    row.revoked_at = work.now
    work.record("plan.invitation_revoked", f"plan_invitation:{invitation_id}")


def _hash(work: Work, token: str) -> bytes:
    return keyed_hash(work.runtime.city_key(work.tenant, _PURPOSE), token.encode())


def enter(work: Work, *, token: str, address: str) -> PlanInvitation:
    """The invitation behind a link, locked; raises NotFound for one that never was, Gone for one
    that works no longer, TooMany for guessing."""
    realm = Realm(work.runtime, work.tenant)
    network = network_of(address)
    spend(realm, OPENED, network)
    row = (
        queries.invitation_by_hash(work.session, _hash(work, token))
        if len(token) <= _LONGEST_TOKEN
        else None
    )
    if row is None:
        spend(realm, UNKNOWN, network)
        raise NotFound
    if row.revoked_at is not None or row.sent_at is not None or row.expires_at <= work.now:
        raise Gone
    if row.opened_at is None:
        row.opened_at = work.now
        work.session.flush()
    return row


def items(work: Work, invitation: PlanInvitation) -> Sequence[ItemView]:
    """What is in the list so far."""
    return queries.invited_items(work.session, invitation.id)


def save_item(
    work: Work,
    invitation: PlanInvitation,
    *,
    item_id: UUID,
    version: int,
    content: Content,
) -> UUID:
    """Write a topic into the list; `version` 0 makes it."""
    gathering.check_gathering(work, invitation.year)
    if version == 0:
        if len(items(work, invitation)) >= MOST_ITEMS:
            raise Conflict("plan.list_full", _FULL)
        return gathering.insert_item(
            work,
            year=invitation.year,
            content=content,
            item_id=item_id,
            state=ItemState.DRAFT,
            by=f"invitation:{invitation.id}",
            invitation_id=invitation.id,
            who=_signature(work, invitation),
        )
    gathering.check_content(work, content)
    row = _own(work, invitation, item_id)
    if msgspec.convert(row.content, Content) == content:
        return item_id
    if row.version != version:
        raise steps.Stale
    gathering.write(row, content)
    return item_id


def _own(work: Work, invitation: PlanInvitation, item_id: UUID) -> PlanItem:
    row = steps.locked_item(work, item_id)
    if row.invitation_id != invitation.id or row.state != ItemState.DRAFT:
        raise NotFound
    return row


def _signature(work: Work, invitation: PlanInvitation) -> str:
    unit = steps.unit_title(work, invitation.unit)
    return f"{invitation.person}, {unit}" if invitation.person else unit


def remove_item(work: Work, invitation: PlanInvitation, *, item_id: UUID) -> None:
    """Take a topic out of the list before it is sent."""
    row = _own(work, invitation, item_id)
    row.state = ItemState.WITHDRAWN
    row.version += 1


def send(work: Work, invitation: PlanInvitation) -> int:
    """Send the list: its topics become proposals, the link ends. Returns how many."""
    decision = gathering.check_gathering(work, invitation.year)
    drafts = [one for one in items(work, invitation) if one.state is ItemState.DRAFT]
    if not drafts:
        raise Invalid({"items": _EMPTY})
    who = _signature(work, invitation)
    for one in drafts:
        row = steps.locked_item(work, one.id)
        row.state = ItemState.PROPOSED
        row.version += 1
        steps.add_step(
            work, invitation.year, "proposed", item_id=one.id, who=who, decision=decision
        )
    invitation.sent_at = work.now
    work.session.flush()
    work.record(
        "plan.proposals_received",
        f"plan_invitation:{invitation.id}",
        unit=invitation.unit,
        items=len(drafts),
    )
    tell(
        work,
        "plan.proposals_received",
        steps.holders(work, steps.PROPOSE),
        title=Text(
            ru="{unit}: предложения в перечень на {year} год",
            en="{unit}: proposals for the list of {year}",
        ).format(unit=steps.unit_title(work, invitation.unit), year=invitation.year),
        text=Text(ru="Тем в списке: {number}.", en="Topics in the list: {number}.").format(
            number=len(drafts)
        ),
        path=f"/desk/plan/{invitation.year}",
        once=f"plan.proposals:{invitation.id}",
    )
    return len(drafts)
