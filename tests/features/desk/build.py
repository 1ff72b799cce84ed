"""Obligations for the tests of the desk."""

from datetime import date
from typing import Any
from uuid import UUID

from core.deadlines.manifest import ObligationKind
from core.deadlines.obligations import open_obligation
from core.deadlines.register import ObligationView, of_subject
from core.kit.text import Text
from core.work import Work

TODAY = date(2026, 6, 15)
KIND = "polls.results_to_initiator"
BY_HAND = "test.letter"

REASONS = [
    {
        "kind": "value",
        "text": "Срок — 5 рабочих дней.",
        "clauses": [
            {
                "number": "п. 3.13",
                "act_title": "Регламент",
                "act_number": "2272",
                "act_date": "23 октября 2023",
                "act_adopted": "2023-10-23",
                "link": None,
                "example": False,
                "citation": "п. 3.13, Регламент, № 2272 от 23 октября 2023",
            }
        ],
    }
]


def letter_kind() -> ObligationKind:
    """A kind that the holder closes by hand."""
    return ObligationKind(
        key=BY_HAND,
        label=Text(ru="Ответить на письмо", en="Answer a letter"),
        closed_by=Text(ru="Отправьте ответ и отметьте здесь.", en="Send it and tick it here."),
        by_hand=True,
    )


def owe(work: Work, subject: str, due_on: date, title: str = "Передать итоги", **more: Any) -> UUID:
    """Something is owed, by whoever publishes results unless told otherwise."""
    given: dict[str, Any] = {
        "title": Text(ru=title, en=f"{title} (en)"),
        "path": "/desk/polls",
        "due_on": due_on,
        "reasons": REASONS,
        "holder_permission": "polls.publish",
    }
    kind = more.pop("kind", KIND)
    return open_obligation(work, kind, subject, **(given | more))


def owed(work: Work, subject: str) -> ObligationView:
    (found,) = of_subject(work.session, subject)
    return found
