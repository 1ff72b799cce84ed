"""Sample values for the style guide: what the shell and the slices would hand to the templates.

No real city."""

from __future__ import annotations

from typing import Any

NAV = [
    {"href": "#", "label": "Главная", "icon": "home", "key": "home"},
    {"href": "#", "label": "Опросы", "icon": "vote", "key": "poll"},
    {"href": "#", "label": "Предложения", "icon": "idea", "key": "ideas"},
    {"href": "#", "label": "Проблемы", "icon": "pin", "key": "requests"},
    {"href": "#", "label": "Магазин", "icon": "shop", "key": "shop"},
    {"href": "#", "label": "План", "icon": "plan", "key": "plan"},
    {"href": "#", "label": "Карта города", "icon": "map", "key": "map"},
    {"href": "#", "label": "Цифры", "icon": "chart", "key": "stats"},
]

SITE = {
    "name": "Живём на Севере",
    "place": "город Северный",
    "notice": (
        "Сообщения на этом сайте не являются обращениями по Федеральному закону № 59-ФЗ"
        " (п. 1.3 регламента)."
    ),
    "links": [
        {"href": "#", "label": "Регламент"},
        {"href": "#", "label": "Открытые данные"},
        {"href": "#", "label": "Доступность"},
        {"href": "#", "label": "Персональные данные"},
    ],
    "languages": [
        {"code": "ru", "label": "Русский", "href": "#", "current": True},
        {"code": "en", "label": "English", "href": "#", "current": False},
    ],
}

POLLS = [
    {
        "topic": "Благоустройство",
        "until": "до 14 июня",
        "left": "6 дней",
        "urgency": "",
        "title": "Какой двор благоустроить первым в следующем году?",
        "count": 1433,
        "quorum": 300,
        "meter": "1 433 участника, для кворума нужно 300",
        "count_text": "1 433",
        "count_tail": "жителя",
        "state": "кворум есть",
        "kind": "good",
        "note": "2 вопроса, минута",
    },
    {
        "topic": "Досуг",
        "until": "до 9 июня",
        "left": "1 день",
        "urgency": "warn",
        "title": "Что построить на месте старого корта у школы № 4",
        "count": 228,
        "quorum": 300,
        "meter": "228 из 300 для кворума",
        "count_text": "228",
        "count_tail": "из 300 для кворума",
        "state": "не хватает 72",
        "kind": "warn",
        "note": "1 вопрос",
    },
    {
        "topic": "Бюджет",
        "until": "до 21 июня",
        "left": "13 дней",
        "urgency": "",
        "title": "Как удобнее узнавать о городском бюджете: три коротких вопроса",
        "count": 57,
        "quorum": 300,
        "meter": "57 из 300 для кворума",
        "count_text": "57",
        "count_tail": "из 300 для кворума",
        "state": "начался вчера",
        "kind": "plain",
        "note": "3 вопроса, две минуты",
    },
]

ACT = {
    "act_title": "Регламент, постановление",
    "act_number": "2272",
    "act_date": "23.10.2023",
    "link": "#",
}
REASONS = [
    {
        "text": "Итоги засчитываются, если проголосовали не меньше 300 жителей города.",
        "clauses": [{"number": "п. 3.12", **ACT}],
    },
    {
        "text": "Опрос длится 21 день: можно от 14 до 45.",
        "clauses": [{"number": "п. 3.11", **ACT}],
    },
]

DAYS = [
    {"label": f"{25 + i} мая" if i < 7 else f"{i - 6} июня", "value": value}
    for i, value in enumerate([212, 148, 96, 88, 61, 40, 37, 120, 134, 92, 71, 66, 58, 210])
]

DESK_NAV = [
    {"href": "#", "label": "Мои задачи", "icon": "check", "count": 7},
    {"href": "#", "label": "Модерация", "icon": "shield", "count": 24},
    {"href": "#", "label": "Сообщения", "icon": "inbox", "count": 3},
    {
        "group": "Участие",
        "items": [
            {"href": "#", "label": "Опросы", "icon": "vote"},
            {"href": "#", "label": "Предложения", "icon": "idea"},
            {"href": "#", "label": "План на год", "icon": "plan"},
            {"href": "#", "label": "Магазин", "icon": "shop"},
        ],
    },
    {
        "group": "Город",
        "items": [
            {"href": "#", "label": "Регламент", "icon": "scale", "current": True},
            {"href": "#", "label": "Люди и роли", "icon": "people"},
            {"href": "#", "label": "Оформление", "icon": "settings"},
            {"href": "#", "label": "Журнал", "icon": "journal"},
        ],
    },
]

MARKS = ["changed" if i in (8, 18) else "kept" if i > 32 else "same" for i in range(35)]


def context(page: str, *, scheme: str = "auto", **display: str) -> dict[str, Any]:
    """Everything `page` is given, as the shell would assemble it."""
    person: dict[str, Any] | None = None
    if page in {"poll", "desk", "kit"}:
        person = {"name": "Марина", "points": 145, "points_text": "145", "desk": page == "desk"}
    flash = [{"kind": "good", "text": "Голос учтён: +5 баллов"}] if page == "kit" else []
    state = {"size": "normal", "contrast": "normal", "pictures": "on", "scheme": scheme, **display}
    return {
        "site": SITE,
        "lang": "ru",
        "display": state,
        "here": f"/{page}",
        "nav": [{**item, "current": item["key"] == page} for item in NAV],
        "person": person,
        "flash": flash,
        "csrf_token": "sample-token",
        "desk_nav": DESK_NAV,
        "polls": POLLS,
        "reasons": REASONS,
        "days": DAYS,
        "marks": MARKS,
    }
