"""Everything there is in a city, made with words by which it would be recognised elsewhere; and
those who come to look at it."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.routes import HTTPRoute
from PIL import Image
from psycopg import sql

from core.feature import Site
from core.features.polls import queries
from core.features.polls.service import life
from core.features.polls.service.drafting import (
    Draft,
    OptionDraft,
    QuestionDraft,
    add_picture,
    create_draft,
    save_draft,
    submit_for_review,
)
from core.features.polls.service.voting import cast_ballot
from core.identity import sessions, tokens
from core.identity.contacts import Contact
from core.identity.messages import queue
from core.identity.model import Resident, ResidentContact, Staff
from core.kit.actor import StaffActor, SystemActor
from core.kit.clock import FixedClock
from core.kit.ids import new_id
from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant
from core.web.request import SESSION_COOKIE
from core.work import Runtime
from tests.api.more import furnish_more
from tests.features.polls.build import choose, draft, official, paper_of, residents
from tests.support.http import Client

CORE: Final = Path(__file__).parents[2] / "core"


_NO_SUCH_NUMBER: Final = 987_654


class Route(msgspec.Struct, frozen=True):
    """A place of a site: `parameters` are its path parameters as (name, type)."""

    site: Site
    method: str
    path: str
    parameters: tuple[tuple[str, type], ...]
    takes_body: bool

    def filled(self, *values: object) -> str:
        """The path with these values, in order; the last one again if there are too few. Where a
        number belongs, an id becomes one that nothing has."""
        left = list(values)

        def take(place: re.Match[str]) -> str:
            value = left.pop(0) if len(left) > 1 else left[0]
            if place[0].endswith(":int}") and isinstance(value, UUID):
                value = _NO_SUCH_NUMBER
            return str(value)

        return re.sub(r"\{[^}]+\}", take, self.path)

    def takes(self, kind: type) -> bool:
        return any(of is kind for _name, of in self.parameters)


def routes(app: Any, *methods: str) -> Iterator[Route]:
    """The table of routes of every site of the application."""
    for site, inner in app.sites.items():
        for route in sorted(inner.routes, key=lambda one: one.path):
            if not isinstance(route, HTTPRoute):
                continue
            parameters = tuple((one.name, one.type) for one in route.path_parameters.values())
            for handler in route.route_handlers:
                body = "data" in handler.parsed_fn_signature.parameters
                for method in sorted(set(handler.http_methods) & set(methods)):
                    yield Route(site, method, route.path, parameters, body)


# Objects.


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "PNG")
    return file.getvalue()


class Things(msgspec.Struct, frozen=True):
    """What has been made in a city. `mark` is in every text of it."""

    city: Tenant
    mark: str
    polls: tuple[UUID, ...]
    ids: tuple[UUID, ...]


def furnish(
    runtime: Runtime, clock: FixedClock, owner: OwnerConnection, city: Tenant, mark: str
) -> Things:
    """Polls in every state, with pictures and votes; residents, officials, keys, messages, and what
    the other slices keep."""
    staff = official(runtime, city)
    (person,) = residents(runtime, city, 1)
    polls = [
        _poll(runtime, staff, city, mark, "draft", 0),
        _poll(runtime, staff, city, mark, "review", 0),
        _poll(runtime, staff, city, mark, "scheduled", 9),
        _poll(runtime, staff, city, mark, "open", 0),
    ]
    now = clock.now()
    clock.set(now - timedelta(days=40))
    polls.append(_poll(runtime, staff, city, mark, "open", 0))
    for poll in polls[-2:]:
        clock.set(now if poll is polls[-2] else now - timedelta(days=40))
        sent = choose(paper_of(runtime, city, poll), 0)
        cast_ballot(runtime, city, poll_id=poll, resident_id=person, sent=sent)
    clock.set(now)
    with runtime.work(city, staff) as work:
        if life.close_when_due(work, poll_id=polls[-1]):
            life.publish(work, poll_id=polls[-1])
    with runtime.work(city, SystemActor("test")) as work:
        work.session.get_one(Resident, person).name = f"Житель {mark}"
        work.session.get_one(Staff, staff.id).name = f"Сотрудник {mark}"
        address = f"{mark.lower()}@example.org"
        work.session.add(
            ResidentContact(
                id=new_id(),
                resident_id=person,
                kind="email",
                value=address,
                verified_at=work.now,
            )
        )
        tokens.issue(work, person, name=f"Бот {mark}", lasts=timedelta(days=30))
        queue(work, Contact("email", address), subject=f"Письмо {mark}", body=f"Текст {mark}")
        work.record("test.happened", f"poll:{polls[-1]}", note=mark)
    more = furnish_more(runtime, city, staff, mark, picture())
    ids = [*polls, *more, *ids_of(owner, city)]
    return Things(city, mark, tuple(polls), tuple(dict.fromkeys(ids)))


def _poll(
    runtime: Runtime, staff: StaffActor, city: Tenant, mark: str, until: str, later: int
) -> UUID:
    """A poll with a picture, led as far as `until`."""
    with runtime.work(city, staff) as work:
        first = work.today + timedelta(days=later)
        poll = create_draft(work, draft=_draft(first, mark))
        shown = add_picture(work, poll_id=poll, content=picture())
        view = queries.poll_view(work.session, poll)
        assert view is not None
        save_draft(work, poll_id=poll, version=view.version, draft=_draft(first, mark, shown))
        if until in ("review", "scheduled", "open"):
            submit_for_review(work, poll_id=poll)
        if until in ("scheduled", "open"):
            life.approve(work, poll_id=poll)
        if until == "open":
            life.open_now(work, poll_id=poll)
    return poll


def _draft(first: date, mark: str, shown: UUID | None = None) -> Draft:
    return msgspec.structs.replace(
        draft(first=first),
        title=f"Опрос {mark}",
        summary=f"Кратко {mark}",
        body=f"Подробно {mark}",
        questions=(
            QuestionDraft(
                title=f"Вопрос {mark}?",
                max_choices=1,
                options=(
                    OptionDraft(f"Да {mark}", picture=shown),
                    OptionDraft(f"Нет {mark}"),
                ),
            ),
        ),
    )


def ids_of(owner: OwnerConnection, city: Tenant) -> list[UUID]:
    """An identifier from every column of every table of a city."""
    columns = owner.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = %s AND data_type = 'uuid' ORDER BY 1, 2",
        (city.schema,),
    ).fetchall()
    found: list[UUID] = []
    for table, column in columns:
        rows = owner.execute(
            sql.SQL("SELECT {1} FROM {0} WHERE {1} IS NOT NULL ORDER BY 1 DESC LIMIT 1").format(
                sql.Identifier(city.schema, table), sql.Identifier(column)
            )
        )
        # Ids that a builder has set by hand are the same in every city.
        found += [row[0] for row in rows if row[0].int >> 64]
    return list(dict.fromkeys(found))


# Those who come.


class Visitors:
    """Browsers of a stranger, a resident and an official who may do everything, in one city."""

    def __init__(self, runtime: Runtime, city: Tenant, client: Any, *, demo: bool) -> None:
        self._runtime, self._city, self._client, self._demo = runtime, city, client, demo
        self._staff = official(runtime, city)

    def stranger(self) -> Client:
        browser: Client = self._client(self._city, demo=self._demo)
        browser.headers["accept-encoding"] = "identity"  # it is not compression that is tested
        return browser

    def resident(self) -> Client:
        """A new one each time: some pages can erase an account."""
        (person,) = residents(self._runtime, self._city, 1)
        return self.with_session("resident", person)

    def official(self) -> Client:
        return self.with_session("staff", self._staff.id)

    def at_home(self, path: str) -> Client:
        """The one who gets furthest on a page."""
        return self.official() if path.startswith("/desk") else self.resident()

    def with_session(self, kind: Any, who: UUID) -> Client:
        browser = self.stranger()
        browser.cookies.set(
            SESSION_COOKIE,
            sessions.begin(self._runtime, self._city, kind=kind, id=who, name="Имя"),
        )
        return browser

    def all(self) -> Mapping[str, Client]:
        return {
            "stranger": self.stranger(),
            "resident": self.resident(),
            "official": self.official(),
        }


@cache
def field_names() -> tuple[str, ...]:
    """Every name under which the application reads a form or a query, as far as its source says."""
    read = re.compile(r"\.(?:get|raw|text|choice|day|id|flag|whole|many|file)\(\s*\"([a-z_]+)\"")
    shown = re.compile(r"\bname=[\"']([a-z_]+)[\"']")
    names: set[str] = set()
    for path in CORE.rglob("*.py"):
        names.update(read.findall(path.read_text(encoding="utf-8")))
    for path in CORE.rglob("*.html"):
        names.update(shown.findall(path.read_text(encoding="utf-8")))
    return tuple(sorted(names - {"_csrf_token"}))


@cache
def cookie_names() -> tuple[str, ...]:
    """Every name of a cookie, as far as the source says."""
    names: set[str] = set()
    for path in CORE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        names.update(re.findall(r"COOKIE[A-Z_]*(?:: Final)? = \"(veche_[a-z_]+)\"", text))
        names.update(re.findall(r"\"(veche_(?:code|proof|provider|choices|csrf)[a-z_]*)\"", text))
    return tuple(sorted(names))
