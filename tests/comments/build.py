"""A thing that people may comment on, and people for tests of comments."""

from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.comments.manifest import Commentable, Subject
from core.kit.actor import StaffActor
from core.kit.ids import new_id
from core.kit.text import Text
from core.tenancy.tenant import Tenant
from core.work import Runtime, Work
from tests.features.polls.build import official, resident


class Bench:
    """Park benches: a made-up kind of thing, kept in memory."""

    def __init__(self) -> None:
        self.subjects: dict[UUID, Subject] = {}
        self.commentable = Commentable(
            kind="test.bench",
            label=Text(ru="Скамейка", en="Bench"),
            feature="polls",
            subject=lambda _work, id: self.subjects.get(id),
        )

    def put(self, **how: Any) -> UUID:
        bench = new_id()
        known = {"title": "Скамейка у пруда", "path": f"/benches/{bench}", "open": True}
        self.subjects[bench] = Subject(**{**known, **how})
        return bench

    def change(self, bench: UUID, **how: Any) -> None:
        self.subjects[bench] = msgspec.structs.replace(self.subjects[bench], **how)


def neighbour(work: Work, name: str = "Анна", **known: Any) -> UUID:
    """A resident whom every city lets comment."""
    return resident(work, **{"name": name, "born_on": date(1980, 5, 5), **known})


def speaker(runtime: Runtime, city: Tenant) -> StaffActor:
    """An official who may answer in the city's name."""
    return official(runtime, city, "comments.answer")


@contextmanager
def counted(work: Work) -> Any:
    """How many statements the session sends."""
    from sqlalchemy import event

    sent: list[str] = []
    connection = work.session.connection()

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)
