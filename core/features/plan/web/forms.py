"""The form of a topic (appendix 1 with its passport), read from what was typed and written back. A
form that fails is shown again as it was; whether a topic is complete is another question."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.features.plan.domain import (
    MOST_MONEY,
    YEARS,
    Content,
    IfWins,
    ItemKind,
    Passport,
    PassportQuestion,
    Source,
    money_typed,
    read_money,
)
from core.kit.errors import Invalid
from core.kit.text import Text
from core.tenancy.tenant import CityProfile
from core.web.forms import Form

QUESTIONS: Final = 5
"""Questions of a passport that the form has room for; the poll itself may have more."""
_MOST_OPTIONS: Final = 20
LIMITS: Final = {
    "title": 300,
    "aim": 2000,
    "programme": 300,
    "audience": 300,
    "responsible": 120,
    "phone": 60,
    "expected": 2000,
    "funding": 500,
    "note": 1000,
    "materials": 2000,
    "justification": 2000,
    "funds": 300,
    "programme_code": 60,
    "if_wins": 4000,
    "risks": 2000,
    "question": 300,
    "options": 3000,
}
_FAR: Final = Text(ru="Проверьте год.", en="Please check the year.")
_PAIR: Final = Text(
    ru="Напишите через двоеточие: вариант и что сделаем. Не разобрали: «{line}».",
    en="Write an answer, a colon and what is done then. This was not understood: “{line}”.",
)


def typed_of(content: Content) -> dict[str, Any]:
    """A stored topic as the fields of the form."""
    passport = content.passport
    typed: dict[str, Any] = {
        "kind": content.kind.value,
        "title": content.title,
        "aim": content.aim,
        "programme": content.programme,
        "audience": content.audience,
        "territory": list(content.territory),
        "quarter": str(content.quarter or ""),
        "opens_on": content.opens_on.isoformat() if content.opens_on else "",
        "closes_on": content.closes_on.isoformat() if content.closes_on else "",
        "idea_id": str(content.idea_id or ""),
        "idea_number": str(content.idea_number or ""),
        "unit": content.unit,
        "responsible_post": content.responsible_post,
        "responsible": content.responsible,
        "phone": content.phone,
        "expected": content.expected,
        "funding": content.funding,
        "note": content.note,
        "materials": passport.materials,
        "cost": money_typed(passport.cost),
        "justification": passport.justification,
        "funds": passport.funds,
        "programme_code": passport.programme_code,
        "if_wins": "\n".join(f"{one.option}: {one.action}" for one in passport.if_wins),
        "risks": passport.risks,
    }
    for place, question in enumerate(passport.questions):
        typed[f"q-{place}-title"] = question.title
        typed[f"q-{place}-options"] = "\n".join(question.options)
    return typed


def shown_again(form: Form) -> dict[str, Any]:
    """What was typed, for the form that comes back."""
    return {**form.values, "territory": list(form.many("territory"))}


def questions_shown(typed: Mapping[str, Any]) -> int:
    """How many questions the form shows: those filled in and one more."""
    filled = [
        place
        for place in range(QUESTIONS)
        if str(typed.get(f"q-{place}-title", "")).strip()
        or str(typed.get(f"q-{place}-options", "")).strip()
    ]
    return min(QUESTIONS, max(filled, default=-1) + 2)


def read_content(form: Form, profile: CityProfile, *, unit: str | None = None) -> Content:
    """The topic that was typed; what cannot be kept is noted in the form's errors. `unit` is set
    where the one who writes has no choice."""

    def words(name: str, *, lines: bool = False, required: bool = False) -> str:
        return form.text(name, most=LIMITS[name], required=required, lines=lines)

    kind = form.choice("kind", [one.value for one in ItemKind])
    quarter = form.choice("quarter", ["1", "2", "3", "4"], required=False)
    districts = {one.key for one in profile.districts}
    days = {}
    for name in ("opens_on", "closes_on"):
        day = form.day(name, required=False)
        if day is not None and day.year not in YEARS:
            form.wrong(name, _FAR)
            day = None
        days[name] = day
    chosen_unit = unit
    if unit is None:
        chosen_unit = form.choice("unit", [one.key for one in profile.units], required=False)
    idea = _id(form.raw("idea_id"))
    number = form.raw("idea_number")
    return Content(
        kind=ItemKind(kind or ItemKind.POLL),
        title=words("title", required=True),
        aim=words("aim", lines=True),
        programme=words("programme"),
        audience=words("audience"),
        territory=tuple(key for key in dict.fromkeys(form.many("territory")) if key in districts),
        quarter=int(quarter) if quarter else None,
        opens_on=days["opens_on"],
        closes_on=days["closes_on"],
        source=Source.IDEA if idea is not None else Source.UNIT,
        unit=chosen_unit or "",
        idea_id=idea,
        idea_number=int(number)
        if idea is not None and number.isascii() and number.isdigit() and len(number) < 10
        else None,
        responsible_post=form.text("responsible_post", most=60, required=False),
        responsible=words("responsible"),
        phone=words("phone"),
        expected=words("expected", lines=True),
        funding=words("funding", lines=True),
        note=words("note", lines=True),
        passport=_read_passport(form),
    )


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _read_passport(form: Form) -> Passport:
    questions = []
    for place in range(QUESTIONS):
        title = form.text(f"q-{place}-title", most=LIMITS["question"], required=False)
        options = _lines(
            form.text(f"q-{place}-options", most=LIMITS["options"], required=False, lines=True)
        )
        if title or options:
            questions.append(PassportQuestion(title, options))
    wins = []
    for one in _lines(form.text("if_wins", most=LIMITS["if_wins"], required=False, lines=True)):
        option, sign, action = one.partition(":")
        if not sign or not option.strip() or not action.strip():
            form.wrong("if_wins", _PAIR.format(line=one[:80]))
            continue
        wins.append(IfWins(option.strip(), action.strip()))
    return Passport(
        questions=tuple(questions),
        materials=form.text("materials", most=LIMITS["materials"], required=False, lines=True),
        cost=money(form, "cost"),
        justification=form.text(
            "justification", most=LIMITS["justification"], required=False, lines=True
        ),
        funds=form.text("funds", most=LIMITS["funds"], required=False),
        programme_code=form.text("programme_code", most=LIMITS["programme_code"], required=False),
        if_wins=tuple(wins),
        risks=form.text("risks", most=LIMITS["risks"], required=False, lines=True),
    )


def _lines(text: str) -> tuple[str, ...]:
    """What stands on the lines of a text, without the signs that begin the items of a list."""
    found = (
        " ".join(one.split()).removeprefix("- ").removeprefix("• ") for one in text.split("\n")
    )
    return tuple(one for one in found if one)[:_MOST_OPTIONS]


def money(form: Form, name: str) -> int | None:
    """A sum in kopecks, None if nothing was typed."""
    raw = form.raw(name).strip()
    if not raw:
        return None
    try:
        value = read_money(raw[:60])
    except Invalid as problem:
        form.wrong(name, problem.fields["money"])
        return None
    if value > MOST_MONEY:
        form.wrong(name, Text(ru="Проверьте сумму.", en="Please check the sum."))
        return None
    return value
