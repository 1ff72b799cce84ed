"""The words of letters: one notice, or a digest of many, with links to read and to stop them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.kit.text import Noun, Text
from core.notify.domain import DigestPace
from core.notify.manifest import MessageKind
from core.notify.model import NoticeRow
from core.notify.preferences import UNSUBSCRIBE_PATH, stopping_token
from core.notify.tell import Recipient
from core.work import Work

CABINET: Final = "/profile/notices"
SETTINGS: Final = f"{CABINET}/settings"
MOST_IN_DIGEST: Final = 50
_LONGEST_SUBJECT: Final = 150
_LONGEST_LINE: Final = 300

NOTICES: Final = Noun(ru=("уведомление", "уведомления", "уведомлений"), en=("notice", "notices"))

_READ: Final = Text(ru="Открыть", en="Open")
_CHOOSE: Final = Text(ru="Настроить уведомления", en="Choose your notices")
_STOP: Final = Text(
    ru="Не получать письма «{label}»", en="Get no more letters of the kind “{label}”"
)
_STOP_DIGEST: Final = Text(ru="Не получать эти сводки", en="Get no more digests like this")
_BINDING: Final = Text(
    ru="Это обязательное уведомление: его нельзя отключить, но можно получать в сводке.",
    en="This notice is binding: it cannot be switched off, but it can come in a digest.",
)
_DIGESTS: Final = {
    "daily": Text(ru="{product}: {count} за день", en="{product}: {count} of the day"),
    "weekly": Text(ru="{product}: {count} за неделю", en="{product}: {count} of the week"),
}
_MORE: Final = Text(ru="И ещё {count} в кабинете", en="And {count} more in your profile")


class Letter(msgspec.Struct, frozen=True):
    """A letter that is ready to be queued."""

    subject: str
    body: str
    unsubscribe: str | None


def words(stored: dict[str, object]) -> Text:
    """The stored words of a notice."""
    return msgspec.convert(stored, Text)


def address(work: Work, path: str) -> str:
    """The whole address of a page of this city."""
    host = (work.runtime.registry.hosts(work.tenant) or (work.tenant.slug,))[0]
    return work.runtime.settings.url_of(host, path)


def notice_path(notice: NoticeRow) -> str:
    """Where a letter or a push message leads: the notice is read by going there."""
    return f"{CABINET}/{notice.id}"


def one_letter(work: Work, notice: NoticeRow, kind: MessageKind) -> Letter:
    """A letter of one notice."""
    locale = work.tenant.locale
    stop = None if kind.binding else _stop(work, notice, kind.key, None)
    lines = [
        words(notice.body).in_(locale).strip(),
        f"{_READ.in_(locale)}: {address(work, notice_path(notice))}",
        "—",
        f"{_CHOOSE.in_(locale)}: {address(work, SETTINGS)}",
    ]
    if stop is None:
        lines.append(_BINDING.in_(locale))
    else:
        label = kind.label.in_(locale)
        lines.append(f"{_STOP.format(label=label).in_(locale)}: {stop}")
    return Letter(_subject(words(notice.title).in_(locale)), _body(lines), stop)


def digest_letter(work: Work, notices: Sequence[NoticeRow], pace: DigestPace) -> Letter:
    """A letter of many notices, the oldest first; at least one."""
    locale = work.tenant.locale
    stop = _stop(work, notices[0], None, pace)
    lines = [
        "\n".join(
            (
                words(one.title).in_(locale),
                *(_short(line) for line in [words(one.body).in_(locale)] if line),
                address(work, notice_path(one)),
            )
        )
        for one in notices[:MOST_IN_DIGEST]
    ]
    left = len(notices) - MOST_IN_DIGEST
    if left > 0:
        more = _MORE.format(count=NOTICES.count(left, locale)).in_(locale)
        lines.append(f"{more}: {address(work, CABINET)}")
    lines.append("—")
    lines.append(f"{_CHOOSE.in_(locale)}: {address(work, SETTINGS)}")
    lines.append(f"{_STOP_DIGEST.in_(locale)}: {stop}")
    subject = _DIGESTS[pace].format(
        product=work.tenant.product(), count=NOTICES.count(len(notices), locale)
    )
    return Letter(_subject(subject.in_(locale)), _body(lines), stop)


def _stop(work: Work, notice: NoticeRow, kind: str | None, pace: str | None) -> str:
    recipient = Recipient(
        "staff" if notice.recipient_kind == "staff" else "resident", notice.recipient_id
    )
    token = stopping_token(work.runtime, work.tenant, recipient, kind, pace)
    return address(work, f"{UNSUBSCRIBE_PATH}{token}")


def _subject(text: str) -> str:
    """One line: a subject with a line break would be refused by every mail program."""
    folded = _one_line(text)
    return folded if len(folded) <= _LONGEST_SUBJECT else f"{folded[: _LONGEST_SUBJECT - 1]}…"


def _one_line(text: str) -> str:
    """Without line breaks of any kind; no-break spaces stay."""
    return " ".join(part for part in " ".join(text.splitlines()).split(" ") if part)


def _short(text: str) -> str:
    folded = _one_line(text)
    return folded if len(folded) <= _LONGEST_LINE else f"{folded[: _LONGEST_LINE - 1]}…"


def _body(parts: Sequence[str]) -> str:
    return "\n\n".join(one for one in parts if one) + "\n"
