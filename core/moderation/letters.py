"""The wording of a letter of refusal. Pure: what the grounds say comes from the city's regulation,
what the moderator says from the moderator."""

from collections.abc import Sequence
from datetime import date

from core.kit.text import Locale, Text
from core.moderation.grounds import Ground
from core.rules.wording import day_text

_INTRO = Text(
    ru="Здравствуйте! Мы проверили то, что вы отправили {day}: {kind} «{title}». "
    "Опубликовать этот текст нельзя, и вот почему.",
    en="Hello. We have checked what you sent on {day}: {kind} “{title}”. "
    "It cannot be published, for these reasons.",
)
_APPEAL = Text(
    ru="Если вы не согласны, попросите посмотреть ещё раз: решение проверит другой сотрудник. "
    "Это можно сделать на странице письма на сайте.",
    en="If you disagree, ask for another look: a different person will check the decision. "
    "You can do so on the page of this letter on the site.",
)
_APPEAL_UNTIL = Text(
    ru="Если вы не согласны, попросите посмотреть ещё раз до {day} включительно: решение проверит "
    "другой сотрудник. Это можно сделать на странице письма на сайте.",
    en="If you disagree, ask for another look by {day}: a different person will check the "
    "decision. You can do so on the page of this letter on the site.",
)
_LAST = Text(
    ru="Решение принято после повторной проверки другим сотрудником.",
    en="This decision was taken after a second look by a different person.",
)


def proposed_body(grounds: Sequence[Ground]) -> str:
    """What the letter says until the moderator changes it: the text of each ground, in order."""
    return "\n\n".join(ground.text for ground in grounds)


def intro(*, kind: Text, title: str, submitted_on: date, locale: Locale) -> str:
    """The first sentence of a letter."""
    day = day_text(submitted_on)
    named = kind.in_(locale)
    return (
        _INTRO.with_values({"day": day, "kind": named[:1].lower() + named[1:], "title": title})
        .in_(locale)
        .strip()
    )


def appeal(*, until: date | None, second: bool, locale: Locale) -> str:
    """What the author can do about it."""
    if second:
        return _LAST.in_(locale)
    if until is None:
        return _APPEAL.in_(locale)
    return _APPEAL_UNTIL.with_values({"day": day_text(until)}).in_(locale)


def whole(*, intro: str, grounds: Sequence[str], body: str, appeal: str) -> str:
    """The letter as one text, for the feature and for notices."""
    listed = "\n".join(f"{place}. {title}" for place, title in enumerate(grounds, 1))
    return "\n\n".join((intro, listed, body, appeal))
