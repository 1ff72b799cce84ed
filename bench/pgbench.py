"""pgbench on the embedded server: its read-only test, and the product's vote as plain SQL."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql

from bench.crowd import FIRST, PERSON_PREFIX, POLL_PREFIX
from bench.stage import Stage
from core.embedded import APP, SUPERUSER
from core.features.ideas.domain import SLOTS as IDEA_SLOTS
from core.features.ideas.service import supporting
from core.features.polls.domain import SLOTS, Paper
from core.features.polls.service import voting
from core.kit.level import Level
from core.tenancy.tenant import Tenant

_SELECT_DATABASE: Final = "pgbench"
_PACE: Final = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_DONE: Final = re.compile(r"actually processed: (\d+)")
_FAILED: Final = re.compile(r"number of failed transactions: (\d+)")
_THREADS: Final = 2

_POLL: Final = f"('{POLL_PREFIX}' || CAST(:p AS text))::uuid"
_PERSON: Final = f"('{PERSON_PREFIX}' || CAST(:r AS text))::uuid"

# What one vote writes, one statement at a time, as a program without our pipeline would.
_WRITES: Final = f"""
INSERT INTO poll_roll (poll_id, resident_id, level, district, cast_on)
  VALUES ({_POLL}, {_PERSON}, :level, :district, current_date)
  ON CONFLICT DO NOTHING RETURNING poll_id;
INSERT INTO poll_ballot (id, poll_id, voter_tag, round, choices, nonce, cast_hour)
  VALUES (gen_random_uuid(), {_POLL},
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 0,
    format('{{"%s":["%s"],"%s":["%s"]}}',
      CAST(:q1 AS text), (CAST(:o1 AS text[]))[CAST(:pick1 AS int)],
      CAST(:q2 AS text), (CAST(:o2 AS text[]))[CAST(:pick2 AS int)]),
    uuid_send(gen_random_uuid()), date_trunc('hour', now()));
INSERT INTO platform.outbox (id, kind, payload, due_at)
  VALUES (gen_random_uuid(), 'polls.ballot_cast', CAST(:payload AS jsonb),
    now() + interval '9 years');
INSERT INTO poll_turnout (poll_id, level, slot, voters)
  VALUES ({_POLL}, :level, CAST(:slot AS smallint), 1)
  ON CONFLICT (poll_id, level, slot) DO UPDATE SET voters = poll_turnout.voters + 1;
INSERT INTO poll_tally (poll_id, option_id, slot, votes)
  SELECT {_POLL}, option_id, CAST(:slot AS smallint), 1
  FROM unnest(ARRAY[CAST((CAST(:o1 AS text[]))[CAST(:pick1 AS int)] AS uuid),
    CAST((CAST(:o2 AS text[]))[CAST(:pick2 AS int)] AS uuid)]) AS option_id ORDER BY option_id
  ON CONFLICT (poll_id, option_id, slot) DO UPDATE SET votes = poll_tally.votes + 1;
"""


class Ran(msgspec.Struct, frozen=True):
    """What pgbench reports: transactions per second and how many there were."""

    pace: float
    transactions: int


class Votes:
    """The vote as a pgbench script. Each call goes on with people and polls not yet used.

    The outbox rows are due in nine years: the worker leaves them alone, so pgbench has the machine
    to itself.
    """

    def __init__(
        self,
        stage: Stage,
        city: Tenant,
        paper: Paper,
        *,
        first_person: int,
        people: int,
        payload: str,
    ) -> None:
        self._stage = stage
        self._used: dict[tuple[int, int], int] = {}
        self._first_person, self._people = first_person, people
        self._script = stage.folder / "vote.sql"
        self._script.write_text(_script(city))
        first, second = paper.questions
        self._texts = {
            "level": Level.RESIDENT.value,
            "district": city.profile.districts[0].key if city.profile.districts else "",
            "q1": str(first.id),
            "q2": str(second.id),
            "o1": "{" + ",".join(str(one.id) for one in first.options) + "}",
            "o2": "{" + ",".join(str(one.id) for one in second.options) + "}",
            "payload": payload,
        }

    def run(self, *, clients: int, seconds: float, first_poll: int, polls: int) -> Ran:
        """Vote in `polls` polls from number `first_poll` on."""
        used = self._used.get((first_poll, polls), 0)
        numbers = {
            "n": -1,
            "base": used,
            "clients": clients,
            "first_person": FIRST + self._first_person,
            "people": self._people,
            "first_poll": FIRST + first_poll,
            "polls": polls,
        }
        ran = _run(
            self._stage,
            APP,
            self._stage.bundle.database,
            ["-M", "prepared", "-f", str(self._script)],
            clients=clients,
            seconds=seconds,
            variables={**self._texts, **{name: str(value) for name, value in numbers.items()}},
        )
        # Clients do not advance in step: leave room for the fastest.
        self._used[first_poll, polls] = used + 2 * ran.transactions + 10 * clients
        if self._used[first_poll, polls] > self._people * polls:
            raise RuntimeError("pgbench has run out of people: raise Sizes.people")
        return ran


def _script(city: Tenant) -> str:
    """The script; its read is the very text that the product sends."""
    read = voting._READ.replace("%(poll)s", _POLL).replace("%(resident)s", _PERSON)
    return f"""\\set n :n + 1
\\set i :base + :n * :clients + :client_id
\\set r :first_person + :i % :people
\\set p :first_poll + (:i / :people + :i) % :polls
\\set pick1 random(1, 3)
\\set pick2 random(1, 3)
\\set slot random(0, {SLOTS - 1})
BEGIN;
SET LOCAL ROLE "{city.role}";
SELECT pg_advisory_xact_lock_shared(:p);
{read.strip()};
{_WRITES.strip()}
COMMIT;
"""


class SupportScript:
    """Supporting an idea as a pgbench script of the product's own statements. Each person supports
    each idea once; the events are due in nine years, so the worker leaves them alone."""

    def __init__(
        self, stage: Stage, city: Tenant, ideas: Sequence[UUID], *, first_person: int
    ) -> None:
        self._stage = stage
        self._ideas = ideas
        self._first = first_person
        self._used = 0
        self._script = stage.folder / "support.sql"
        values = {
            "idea": "CAST(:idea AS uuid)",
            "resident": _PERSON,
            "level": ":level",
            "district": "NULL",
            "event": "gen_random_uuid()",
            "payload": "'{}'",
            "slot": "CAST(:slot AS smallint)",
        }
        # The time of the event comes last in the text, and only there it is put off.
        head, _, tail = supporting._GIVE.rpartition("%(now)s")
        give = head.replace("%(now)s", "now()") + "now() + interval '9 years'" + tail
        texts = [supporting._READ, give]
        for name, value in values.items():
            texts = [text.replace(f"%({name})s", value) for text in texts]
        read, give = (text.strip() for text in texts)
        self._script.write_text(
            "\\set n :n + 1\n"
            "\\set i :base + :n * :clients + :client_id\n"
            "\\set r :first_person + :i / :ideas\n\\set k :i % :ideas\n"
            f"\\set slot random(0, {IDEA_SLOTS - 1})\n"
            f'BEGIN;\nSET LOCAL ROLE "{city.role}";\n'
            "SELECT id AS idea FROM bench_idea WHERE n = :k \\gset\n"
            f"SELECT pg_advisory_xact_lock_shared(:k);\n{read};\n{give};\nCOMMIT;\n"
        )
        schema = sql.Identifier(city.role)
        with stage.owner.transaction():
            stage.owner.execute(
                sql.SQL("CREATE TABLE {}.bench_idea (n bigint PRIMARY KEY, id uuid)").format(schema)
            )
            stage.owner.execute(sql.SQL("GRANT SELECT ON {0}.bench_idea TO {0}").format(schema))
            stage.owner.execute(
                sql.SQL(
                    "INSERT INTO {}.bench_idea SELECT * FROM unnest(%s::bigint[], %s::uuid[])"
                ).format(schema),
                (list(range(len(ideas))), list(ideas)),
            )

    def run(self, clients: int, seconds: float) -> Ran:
        """Go on with pairs of a person and an idea that are not used yet."""
        numbers = {
            "n": -1,
            "base": self._used,
            "clients": clients,
            "first_person": FIRST + self._first,
            "ideas": len(self._ideas),
        }
        ran = _run(
            self._stage,
            APP,
            self._stage.bundle.database,
            ["-M", "prepared", "-f", str(self._script)],
            clients=clients,
            seconds=seconds,
            variables={
                "level": Level.RESIDENT.value,
                **{name: str(value) for name, value in numbers.items()},
            },
        )
        self._used += 2 * ran.transactions + 10 * clients
        return ran


def prepare_select(stage: Stage, scale: int) -> None:
    """The tables of pgbench's own tests, in a database of their own."""
    with psycopg.connect(stage.bundle.postgres.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{_SELECT_DATABASE}"')
    _call(stage, SUPERUSER, ["-i", "-q", "-s", str(scale), _SELECT_DATABASE], program="pgbench")


def select_only(stage: Stage, *, clients: int, seconds: float) -> Ran:
    """`pgbench -S`: reads one row by its key, with pgbench's default protocol."""
    return _run(
        stage, SUPERUSER, _SELECT_DATABASE, ["-S"], clients=clients, seconds=seconds, variables={}
    )


def _run(
    stage: Stage,
    role: str,
    database: str,
    options: Sequence[str],
    *,
    clients: int,
    seconds: float,
    variables: Mapping[str, str],
) -> Ran:
    defined = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
    said = _call(
        stage,
        role,
        [
            *("-n", "-c", str(clients), "-j", str(min(_THREADS, clients))),
            *_duration(seconds),
            *options,
            *defined,
            database,
        ],
    )
    pace, done, failed = _PACE.search(said), _DONE.search(said), _FAILED.search(said)
    if pace is None or done is None or (failed and failed[1] != "0"):
        raise RuntimeError(f"pgbench said:\n{said}")
    return Ran(float(pace[1]), int(done[1]))


def _duration(seconds: float) -> tuple[str, str]:
    """pgbench counts whole seconds; what is to be shorter gets a few transactions instead."""
    return ("-T", str(round(seconds))) if seconds >= 1 else ("-t", str(int(seconds * 100) + 1))


def _call(stage: Stage, role: str, arguments: Sequence[str], *, program: str = "pgbench") -> str:
    postgres = stage.bundle.postgres
    address = ["-h", "127.0.0.1", "-p", str(postgres.port), "-U", role]
    done = subprocess.run(
        [str(Path(postgres.bin_folder, program)), *address, *arguments],
        env={**os.environ, "PGPASSWORD": postgres.password(role)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
