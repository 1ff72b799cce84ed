"""People and polls to measure with. Ids follow from numbers, so that pgbench can make them too."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from psycopg import sql

from bench.load import ask, get, post
from bench.stage import Stage, copy_rows
from core.features.polls import queries
from core.features.polls.domain import Paper
from core.features.polls.model import Poll
from core.features.polls.service import life
from core.features.polls.service.drafting import (
    Draft,
    OptionDraft,
    QuestionDraft,
    create_draft,
    submit_for_review,
)
from core.identity import sessions, tokens
from core.kit.actor import SystemActor
from core.kit.crypto import new_key, seal
from core.kit.level import Level
from core.tenancy.tenant import Tenant

ACTOR: Final = SystemActor("bench")
SEED: Final = 20_261_123
# Twelve digits whatever is added, so that a number can be put behind a prefix as it is.
FIRST: Final = 100_000_000_000
POLL_PREFIX: Final = "00000000-0000-7000-8000-"
PERSON_PREFIX: Final = "00000000-0000-7000-9000-"
CSRF_COOKIE: Final = "veche_csrf"
CSRF_FIELD: Final = "_csrf_token"
_DAYS: Final = 21
_TEXT: Final = (
    "На благоустройство дворов в следующем году заложено 18,4 млн рублей. Этого хватит на один "
    "двор целиком: покрытие, освещение, детская и спортивная площадки.\n\n- Работы начнутся в мае"
    "\n- Подрядчика выберут на торгах\n- Ход работ будет виден на этой странице"
)


def poll_id(number: int) -> UUID:
    return UUID(f"{POLL_PREFIX}{FIRST + number}")


def person_id(number: int) -> UUID:
    return UUID(f"{PERSON_PREFIX}{FIRST + number}")


class Voter(msgspec.Struct, frozen=True):
    """A resident who can vote over HTTP."""

    id: UUID
    token: str
    session: str


def open_model_poll(stage: Stage, city: Tenant) -> UUID:
    """An open poll of two questions, taken through its life by the services."""
    with stage.runtime.work(city, ACTOR) as work:
        first = work.today
        made = create_draft(
            work,
            draft=Draft(
                title="Какой двор благоустроить первым в следующем году?",
                summary="Выберите двор и время работ.",
                body=_TEXT,
                opens_on=first,
                closes_on=first + timedelta(days=_DAYS - 1),
                questions=(
                    _question("Какой двор?", "Микрорайон 2", "Микрорайон 9", "Микрорайон 14"),
                    _question("Когда удобнее?", "Весной", "Летом", "Осенью"),
                ),
            ),
        )
        submit_for_review(work, poll_id=made)
        life.approve(work, poll_id=made)
        life.open_now(work, poll_id=made)
    return made


def _question(title: str, *options: str) -> QuestionDraft:
    return QuestionDraft(title=title, options=tuple(OptionDraft(one) for one in options))


def paper_of(stage: Stage, city: Tenant, poll: UUID) -> Paper:
    with stage.runtime.work(city, ACTOR) as work:
        view = queries.poll_view(work.session, poll)
    if view is None or view.paper is None:
        raise LookupError(f"{poll} is not open")
    return view.paper


def clone_polls(
    stage: Stage, city: Tenant, numbers: Sequence[int], *, model: UUID, source: str = "t_1"
) -> list[UUID]:
    """Open polls with the model's paper and terms, and keys of their own."""
    columns = [column.name for column in Poll.__table__.columns]
    fresh = {
        "id": sql.SQL("%(id)s"),
        "number": sql.SQL("%(number)s"),
        "title": sql.SQL("title || ' ' || %(number)s"),
    }
    statement = sql.SQL(
        "INSERT INTO {to}.poll ({names}) SELECT {values} FROM {source}.poll WHERE id = %(model)s"
    ).format(
        to=sql.Identifier(city.role),
        source=sql.Identifier(source),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(fresh.get(one, sql.Identifier(one)) for one in columns),
    )
    steps = sql.SQL(
        "INSERT INTO {to}.poll_step (id, poll_id, at, kind, actor, note, reasons)"
        " SELECT gen_random_uuid(), %(id)s, at, kind, actor, note, reasons"
        " FROM {source}.poll_step WHERE poll_id = %(model)s"
    ).format(to=sql.Identifier(city.role), source=sql.Identifier(source))
    secret = sql.SQL("INSERT INTO {}.poll_secret VALUES (%s, %s)").format(sql.Identifier(city.role))
    key = stage.runtime.city_key(city, life.SECRET_PURPOSE)
    made = [poll_id(number) for number in numbers]
    with stage.owner.transaction():
        for number, poll in zip(numbers, made, strict=True):
            values = {"id": poll, "number": 1_000 + number, "model": model}
            stage.owner.execute(statement, values)
            stage.owner.execute(steps, values)
            stage.owner.execute(secret, (poll, seal(key, new_key())))
    return made


def add_people(stage: Stage, city: Tenant, number: int) -> None:
    """Residents who may vote in anything, of the city's districts by turns."""
    districts: list[str | None] = [one.key for one in city.profile.districts]
    districts = districts or [None]
    stage.owner.execute(
        sql.SQL(
            "INSERT INTO {}.resident (id, name, born_on, district, level)"
            " SELECT (%s || (%s + n))::uuid, 'Житель ' || n, DATE '1980-05-05' + n %% 9000,"
            " (%s::text[])[1 + n %% %s], %s FROM generate_series(0, %s) AS n"
        ).format(sql.Identifier(city.role)),
        (PERSON_PREFIX, FIRST, districts, len(districts), Level.RESIDENT.value, number - 1),
    )
    stage.owner.execute(sql.SQL("ANALYZE {}.resident").format(sql.Identifier(city.role)))


def make_voters(stage: Stage, city: Tenant, number: int) -> list[Voter]:
    """The first residents get an API key and a session each."""
    people = [person_id(n) for n in range(number)]
    keys: list[str] = []
    for start in range(0, number, 500):
        with stage.runtime.work(city, ACTOR) as work:
            keys += [
                tokens.issue(work, one, name="bench", lasts=tokens.LIFETIMES[-1])
                for one in people[start : start + 500]
            ]
    return [
        Voter(one, key, sessions.begin(stage.runtime, city, kind="resident", id=one))
        for one, key in zip(people, keys, strict=True)
    ]


def copy_voters(stage: Stage, city: Tenant) -> None:
    """The residents of the first city become residents of another one, without keys."""
    copy_rows(stage.owner, "resident", to=city.role)


class Ballots:
    """Makes requests that vote, for as long as somebody has not voted in some poll."""

    def __init__(
        self, stage: Stage, city: Tenant, voters: Sequence[Voter], paper: Paper, port: int
    ) -> None:
        self.stage = stage
        self.city = city
        self.host = stage.host(city)
        self.voters = voters
        self._papers = self._all_choices(paper)
        self._random = Random(SEED)
        self._port = port
        self._csrf = ""

    @staticmethod
    def _all_choices(paper: Paper) -> list[dict[str, list[str]]]:
        found: list[dict[str, list[str]]] = [{}]
        for question in paper.questions:
            found = [
                {**before, str(question.id): [str(option.id)]}
                for before in found
                for option in question.options
            ]
        return found

    def pairs(self, polls: Sequence[UUID]) -> Iterator[tuple[Voter, UUID]]:
        """Everybody once in every poll; neighbours in the order are of different polls."""
        for round_ in range(len(polls)):
            for n, voter in enumerate(self.voters):
                yield voter, polls[(n + round_) % len(polls)]

    def by_key(self, pairs: Iterator[tuple[Voter, UUID]]) -> Iterator[bytes]:
        """Votes through the API."""
        for voter, poll in pairs:
            yield post(
                self.host,
                f"/api/v1/polls/{poll}/ballot",
                msgspec.json.encode({"choices": self._random.choice(self._papers)}),
                media_type="application/json",
                headers=[("authorization", f"Bearer {voter.token}")],
            )

    def by_form(self, pairs: Iterator[tuple[Voter, UUID]], *, htmx: bool) -> Iterator[bytes]:
        """Votes as a browser sends them: session, CSRF token, form. With `htmx` the answer is the
        changed part of the page, without it a redirect."""
        csrf = self.csrf()
        for voter, poll in pairs:
            fields = {name: chosen[0] for name, chosen in self._random.choice(self._papers).items()}
            cookies = f"{CSRF_COOKIE}={csrf}; {sessions_cookie(voter)}"
            yield post(
                self.host,
                f"/polls/{poll}/vote",
                urlencode({CSRF_FIELD: csrf, **fields}).encode(),
                media_type="application/x-www-form-urlencoded",
                headers=[
                    ("accept", "text/html"),
                    ("cookie", cookies),
                    *([("hx-request", "true")] if htmx else []),
                ],
            )

    def csrf(self) -> str:
        """A token as the site gives it to a browser that comes for the first time."""
        if not self._csrf:
            _status, answer = ask(self._port, get(self.host, "/polls"))
            mark = f"{CSRF_COOKIE}=".encode()
            start = answer.index(mark) + len(mark)
            self._csrf = answer[start : answer.index(b";", start)].decode()
        return self._csrf


def sessions_cookie(voter: Voter) -> str:
    return f"veche_session={voter.session}"
