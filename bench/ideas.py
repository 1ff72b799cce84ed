"""A city full of ideas: a hundred thousand of them and ten million supporters, in a few minutes.

Ideas are written by COPY, supporters by one INSERT … SELECT, and the large indexes are made
afterwards. Supporters are spread as people do it: few ideas have very many, most have few.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from bench.crowd import FIRST, PERSON_PREFIX, SEED
from core.features.ideas.domain import SLOTS
from core.kit.clock import SystemClock
from core.kit.level import Level
from core.tenancy.provision import OwnerConnection
from core.tenancy.tenant import Tenant

IDEA_PREFIX: Final = "00000000-0000-7000-a000-"
CAMPAIGNS: Final = 40
STATES: Final = {
    "collecting": 22,
    "unsupported": 24,
    "consideration": 5,
    "declined": 18,
    "taken_up": 4,
    "in_work": 3,
    "done": 12,
    "merged": 3,
    "submitted": 2,
    "refused": 5,
    "draft": 2,
}
"""Ideas in each state, of a hundred."""
_DECIDED: Final = frozenset({"declined", "taken_up", "in_work", "done", "unsupported"})
_YEARS: Final = 8
_THRESHOLD: Final = 100
_PHOTOS: Final = 0.15
_PLACES: Final = 0.4
_STEEPNESS: Final = 0.65
"""The n-th idea has n^-0.65 of the supporters of the first one."""

_DO: Final = (
    "Отремонтировать", "Обустроить", "Осветить", "Озеленить", "Построить", "Перенести", "Открыть",
    "Расширить", "Благоустроить", "Установить", "Сделать", "Покрасить", "Вернуть", "Заменить",
)  # fmt: skip
_WHAT: Final = (
    "детскую площадку", "пешеходный переход", "остановку автобуса", "велодорожку", "тротуар",
    "сквер", "спортивную площадку", "каток", "лыжную трассу", "парковку", "ливнёвку", "фонари",
    "площадку для выгула собак", "скамейки и урны", "пандус у поликлиники", "дорогу", "мост",
    "бассейн", "библиотеку", "школьный стадион", "контейнерную площадку", "набережную", "парк",
    "светофор", "ограждение", "памятник", "летнюю сцену", "музей", "сад", "колодец", "рынок",
)  # fmt: skip
_STREETS: Final = (
    "Ленина", "Мира", "Победы", "Садовая", "Северная", "Молодёжная", "Газовиков", "Строителей",
    "Школьная", "Набережная", "Нефтяников", "Лесная", "Полярная", "Весенняя", "Космонавтов",
    "Гагарина", "Советская", "Октябрьская", "Речная", "Железнодорожная", "Заводская", "Энергетиков",
    "Первомайская", "Комсомольская", "Пушкина", "Чехова", "Озёрная", "Зелёная", "Юбилейная",
    "Магистральная", "Таёжная", "Солнечная", "Центральная", "Парковая", "Спортивная", "Новая",
)  # fmt: skip
_SENTENCES: Final = (
    "Здесь каждый день ходят дети из школы, и зимой идти приходится по проезжей части.",
    "После дождя вода стоит неделю, и с коляской не пройти.",
    "Жители соседних домов обсудили это на собрании и готовы помочь на субботнике.",
    "Похожее уже сделали в соседнем микрорайоне, и всем стало удобнее.",
    "Последний ремонт был больше десяти лет назад, покрытие разрушилось.",
    "Пожилым людям тяжело обходить, а автобус ходит раз в сорок минут.",
    "Место пустует несколько лет, вокруг растёт бурьян и лежит мусор.",
    "Предлагаю начать весной, чтобы закончить к первому сентября.",
    "Освещения нет совсем, вечером страшно возвращаться с работы.",
    "Денег нужно немного: можно использовать остатки материалов.",
    "Проект можно обсудить с архитектором и показать на общем собрании.",
    "Рядом поликлиника и детский сад, поэтому пользоваться будут сотни семей.",
    "Собаки гуляют где попало, а отдельной площадки в районе нет.",
    "Машины паркуют прямо на газоне, потому что другого места не осталось.",
    "Зимой снег сваливают сюда, и весной всё превращается в болото.",
    "Молодёжи негде собраться, кроме подъездов и торгового центра.",
)


def idea_id(number: int) -> UUID:
    return UUID(f"{IDEA_PREFIX}{FIRST + number}")


def supporters_of(rank: int, *, ideas: int, supports: int) -> int:
    """How many support the idea at this place of popularity (from 1)."""
    scale = supports * (1 - _STEEPNESS) / ideas ** (1 - _STEEPNESS)
    return int(scale * rank**-_STEEPNESS)


def fill(owner: OwnerConnection, city: Tenant, *, ideas: int, supports: int) -> None:
    """Ideas, steps, photos, places, supporters and counters of one city that has none."""
    schema = sql.Identifier(city.role)
    now = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    with owner.transaction():
        _campaigns(owner, schema, city, now)
        kept = _without(owner, schema, _IDEA_INDEXES)
        with owner.cursor() as cursor:
            statement = sql.SQL("COPY {}.idea ({}) FROM STDIN").format(
                schema, sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
            )
            with cursor.copy(statement) as copy:
                for row in _ideas(city, now, ideas, supports):
                    copy.write_row(row)
    _with(owner, kept)
    for beside in _BESIDE:
        owner.execute(sql.SQL(beside).format(schema=schema), {"share": _PHOTOS})
    with owner.transaction():
        kept = _without(owner, schema, _SUPPORT_INDEXES)
        owner.execute(
            sql.SQL(_SUPPORTS).format(schema=schema),
            {
                "prefix": PERSON_PREFIX,
                "first": FIRST,
                "people": max(supports // 10, 50_000),
                "level": Level.RESIDENT.value,
                "now": now,
            },
        )
    _with(owner, kept)
    owner.execute(sql.SQL(_COUNTS).format(schema=schema), {"slots": SLOTS})
    for table in ("idea", "idea_support", "idea_support_count", "idea_step", "campaign", "file"):
        # An installation's own autovacuum would have been here long before.
        owner.execute(sql.SQL("VACUUM (ANALYZE) {}.{}").format(schema, sql.Identifier(table)))


_COLUMNS: Final = (
    "id", "number", "campaign_id", "author_id", "author_name", "title", "body", "topic",
    "district", "place_lat", "place_lon", "place", "state", "state_since", "governing_on",
    "terms", "supports", "comments", "submitted_at", "published_at", "ends_at", "decided_at",
    "created_at",
)  # fmt: skip


def _ideas(city: Tenant, now: datetime, ideas: int, supports: int) -> Iterator[tuple[Any, ...]]:
    random = Random(SEED)
    topics: list[str | None] = [one.key for one in city.profile.topics] or [None]
    districts: list[str | None] = [one.key for one in city.profile.districts] or [None]
    states, weights = list(STATES), list(STATES.values())
    ranks = list(range(1, ideas + 1))
    random.shuffle(ranks)
    terms = json.dumps(
        {
            name: {"value": value, "reasons": {}}
            for name, value in {
                "threshold": _THRESHOLD,
                "support_days": 60,
                "follows": "consideration",
                "consider_days": 30,
                "consider_counted": "calendar",
            }.items()
        }
    )
    for number, rank in enumerate(ranks, 1):
        state = random.choices(states, weights)[0]
        public = state not in ("submitted", "refused", "draft")
        # Ideas come in the order of their numbers, and those that still collect are of late.
        if state == "collecting":
            at = now - timedelta(days=random.uniform(0, 59))
        else:
            at = now - timedelta(days=_YEARS * 365 * (1 - number / ideas) + random.uniform(60, 90))
        since = at + timedelta(days=random.uniform(1, 50))
        placed = random.random() < _PLACES
        street, house = random.choice(_STREETS), random.randrange(1, 120)
        yield (
            idea_id(number),
            number,
            campaign_id(random.randrange(CAMPAIGNS)) if random.random() < _PLACES / 2 else None,
            UUID(f"{PERSON_PREFIX}{FIRST + random.randrange(20_000)}"),
            "Житель",
            f"{random.choice(_DO)} {random.choice(_WHAT)} на улице {street}, {house}",
            " ".join(random.sample(_SENTENCES, random.randint(3, 8))),
            random.choice(topics),
            random.choice(districts),
            64.445 + random.gauss(0, 0.02) if placed else None,
            76.47 + random.gauss(0, 0.04) if placed else None,
            f"улица {street}, {house}" if placed else "",
            state,
            since if public else at,
            at.date(),
            terms,
            supporters_of(rank, ideas=ideas, supports=supports) if public else 0,
            random.randrange(40),
            at,
            at if public else None,
            at + timedelta(days=60) if public else None,
            since if state in _DECIDED else None,
            at,
        )


def campaign_id(number: int) -> UUID:
    return UUID(f"00000000-0000-7000-b000-{FIRST + number}")


def _campaigns(owner: OwnerConnection, schema: sql.Identifier, city: Tenant, now: datetime) -> None:
    with owner.cursor() as cursor:
        statement = (
            "COPY {}.campaign (id, number, title, summary, state, opens_on, closes_on, opens_at,"
            " closes_at, created_by) FROM STDIN"
        )
        with cursor.copy(sql.SQL(statement).format(schema)) as copy:
            for number in range(CAMPAIGNS):
                opens = now - timedelta(days=60 * number + 10)
                closes = opens + timedelta(days=50)
                copy.write_row(
                    (
                        campaign_id(number),
                        number + 1,
                        f"Что сделать на улице {_STREETS[number % len(_STREETS)]}",
                        "Собираем предложения жителей.",
                        "open" if number == 0 else "summed_up",
                        opens.date(),
                        closes.date(),
                        opens,
                        closes,
                        "system:bench",
                    )
                )


# Names of indexes that are made again after the rows are in: a hundred times as fast.
_IDEA_INDEXES: Final = ("ix_idea_search", "ix_idea_title_similar")
_SUPPORT_INDEXES: Final = ("ix_idea_support_resident", "pk_idea_support")


def _without(owner: OwnerConnection, schema: sql.Identifier, names: tuple[str, ...]) -> list[bytes]:
    """Drop these indexes; returns the statements that make them again."""
    again = []
    for name in names:
        row = owner.execute(
            "SELECT pg_get_indexdef(i.indexrelid), r.relname, pg_get_constraintdef(c.oid)"
            " FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid"
            " LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'"
            " WHERE i.indexrelid = %s::regclass",
            (f"{schema.as_string(None)}.{name}",),
        ).fetchone()
        assert row is not None
        definition, table, primary = row
        if primary is None:
            again.append(definition.encode())
            owner.execute(sql.SQL("DROP INDEX {}.{}").format(schema, sql.Identifier(name)))
        else:
            of = (schema, sql.Identifier(table), sql.Identifier(name))
            adding = "ALTER TABLE {}.{} ADD CONSTRAINT {} {}"
            again.append(sql.SQL(adding).format(*of, sql.SQL(primary)).as_bytes(None))
            owner.execute(sql.SQL("ALTER TABLE {}.{} DROP CONSTRAINT {}").format(*of))
    return again


def _with(owner: OwnerConnection, statements: list[bytes]) -> None:
    owner.execute("SET maintenance_work_mem = '512MB'")
    for statement in statements:
        owner.execute(statement)
    owner.execute("RESET maintenance_work_mem")


_BESIDE: Final = (
    "INSERT INTO {schema}.idea_step (id, idea_id, at, kind, actor)"
    " SELECT gen_random_uuid(), id, at, kind, 'system:bench' FROM {schema}.idea,"
    " LATERAL (VALUES (submitted_at, 'submitted'), (published_at, 'collecting'),"
    " (decided_at, 'decided')) AS step (at, kind) WHERE at IS NOT NULL",
    "INSERT INTO {schema}.file (id, name, media_type, size, width, height, owner, uploaded_by,"
    " uploaded_at) SELECT gen_random_uuid(), 'photo.webp', 'image/webp', 1000, 480, 360,"
    " 'idea:' || id, 'system:bench', created_at FROM {schema}.idea"
    " WHERE mod(hashtext(number::text), 1000) BETWEEN 0 AND 1000 * %(share)s",
)
_SUPPORTS: Final = (
    "INSERT INTO {schema}.idea_support (idea_id, resident_id, level, district, at)"
    " SELECT idea.id, (%(prefix)s || (%(first)s +"
    " mod(idea.number::bigint * 7919 + n * 13, %(people)s)))::uuid, %(level)s, idea.district,"
    " least(idea.published_at + n * interval '1 minute', %(now)s)"
    " FROM {schema}.idea, generate_series(1, idea.supports) AS n"
)
_COUNTS: Final = (
    "INSERT INTO {schema}.idea_support_count (idea_id, slot, supports)"
    " SELECT id, slot, supports / %(slots)s + (slot < mod(supports, %(slots)s))::int"
    " FROM {schema}.idea, generate_series(0, %(slots)s - 1) AS slot"
    " WHERE supports >= %(slots)s OR slot < supports"
)
