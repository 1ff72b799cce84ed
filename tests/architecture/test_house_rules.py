"""The house rules: each has an example that passes and one that fails, and the source obeys it."""

from pathlib import Path, PurePath

import pytest

from core.tenancy.folder import list_folders, read_folder
from tests.architecture import house_rules as rules

ROOT = Path(__file__).resolve().parents[2]
SOURCE = tuple(rules.python_files(ROOT, "core", "plugins"))
SLICES = tuple(rules.python_files(ROOT, "core/features"))
# They make schemas, and schemas have names; each composes from the registry and our own files.
MAKES_SCHEMAS = {
    "core/db/engine.py",
    "core/embedded/bootstrap.py",
    "core/tenancy/migrate.py",
    "core/tenancy/provision.py",
    "core/tenancy/schema.py",
}
READS_TIME = {"core/kit/clock.py"}


def complaints(rule, files, *, but=(), with_path=False):
    found = []
    for file in files:
        path = PurePath(file.relative_to(ROOT).as_posix())
        if path.as_posix() in but:
            continue
        source = file.read_text(encoding="utf-8")
        problems = rule(source, path) if with_path else rule(source)
        found += [f"{path}:{line}: {problem}" for line, problem in problems]
    return found


def passes_and_fails(rule, good, bad, *more):
    assert not list(rule(good, *more))
    assert list(rule(bad, *more))


# No municipality's name in code.


def municipalities():
    folders = [read_folder(path) for path in list_folders(ROOT / "tenants")]
    names = {
        text
        for folder in folders
        for name in (folder.profile.names.nominative, folder.profile.names.product)
        for text in (name.ru, name.en)
    }
    return [folder.slug for folder in folders], sorted(names)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('host = "gubkinsky.localhost"', True),
        ("if slug == 'perm':", True),
        ("# As they do in Губкинском", True),
        ("«Тюмень»", True),
        ("permission = perms[0]; perm = 1", False),
        ('"permission"', False),
    ],
)
def test_a_municipality_s_name_is_noticed(text, wrong):
    assert bool(list(rules.municipal_names(text, *municipalities()))) is wrong


def test_no_municipality_is_named_in_core_or_plugins():
    slugs, names = municipalities()
    kinds = {".py", ".html", ".js", ".css", ".mjs", ".ts", ".svg", ".txt", ".md", ".toml", ".po"}
    found = []
    for folder in ("core", "plugins", "migrations"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in kinds and file.is_file():
                text = file.read_text(encoding="utf-8")
                found += [
                    f"{file.relative_to(ROOT)}:{line}: {problem}"
                    for line, problem in rules.municipal_names(text, slugs, names)
                ]
    assert not found, "\n".join(found)


# Queries live in queries.py and service.py.


def test_a_query_outside_its_place_is_noticed():
    path = PurePath("core/features/x/web.py")
    good = "from core.features.x.queries import find\nfind(work)\nregistry.get('a')\n"
    passes_and_fails(rules.queries_outside, good, "from sqlalchemy import select\n", path)
    passes_and_fails(rules.queries_outside, good, "work.session.execute(x)\n", path)
    assert not list(
        rules.queries_outside("from sqlalchemy import select", PurePath("x/queries.py"))
    )
    assert not list(
        rules.queries_outside("work.session.add(x)", PurePath("core/features/x/service/cast.py"))
    )


def test_slices_query_in_queries_and_service():
    found = complaints(rules.queries_outside, SLICES, with_path=True)
    assert not found, "\n".join(found)


# Only the clock reads the time.


@pytest.mark.parametrize(
    "bad",
    [
        "import datetime\ndatetime.datetime.now(datetime.UTC)\n",
        "from datetime import date\nmake(default=date.today)\n",
        "import time\ntime.time()\n",
        "from time import time\n",
    ],
)
def test_reading_the_time_is_noticed(bad):
    passes_and_fails(rules.clock_reads, "import time\ntime.monotonic()\nclock.now()\n", bad)


def test_only_the_clock_reads_the_time():
    found = complaints(rules.clock_reads, SOURCE, but=READS_TIME)
    assert not found, "\n".join(found)


# SQL is written, not composed.


@pytest.mark.parametrize(
    "bad",
    [
        "session.execute(f'SELECT * FROM {table}')",
        "connection.execute('SELECT ' + column)",
        "connection.execute('SELECT %s' % column)",
        "session.execute(text('SELECT {}'.format(column)))",
        "session.execute(text(f'SELECT {column}'))",
        "cursor.execute(f'SELECT {column}'.encode())",
        "sql.SQL(f'SELECT {column}')",
    ],
)
def test_composed_sql_is_noticed(bad):
    good = "c.execute('SELECT %s', (x,)); c.execute(sql.SQL('SELECT {}').format(sql.Identifier(x)))"
    passes_and_fails(rules.composed_sql, good, bad)


def test_sql_is_written_not_composed():
    found = complaints(rules.composed_sql, SOURCE, but=MAKES_SCHEMAS)
    assert not found, "\n".join(found)


# Names and docstrings.


def test_a_vague_name_is_noticed():
    path = PurePath("core/tenancy/registry.py")
    passes_and_fails(rules.vague_names, "class Registry: pass", "class PollService: pass", path)
    assert list(rules.vague_names("", PurePath("core/web/date_utils.py")))


def test_names_say_what_is_inside():
    found = complaints(rules.vague_names, SOURCE, with_path=True)
    assert not found, "\n".join(found)


def test_a_module_without_a_docstring_is_noticed():
    passes_and_fails(rules.undocumented, '"""Says it."""\nx = 1', "x = 1")


def test_every_module_says_what_it_is_responsible_for():
    found = complaints(rules.undocumented, SOURCE)
    assert not found, "\n".join(found)


def test_a_busy_init_of_a_slice_is_noticed():
    passes_and_fails(rules.more_than_a_docstring, '"""Polls."""', '"""Polls."""\nimport os')


def test_a_slice_s_init_is_a_docstring():
    inits = [
        file
        for file in SLICES
        if file.name == "__init__.py" and file.parent.parent.name == "features"
    ]
    assert inits
    assert not complaints(rules.more_than_a_docstring, inits)


def test_an_application_import_of_a_migration_is_noticed():
    passes_and_fails(
        rules.application_imports, "import sqlalchemy as sa", "from core.features import polls"
    )


def test_migrations_stand_alone():
    versions = tuple(rules.python_files(ROOT, "migrations"))
    found = [
        line for line in complaints(rules.application_imports, versions) if "/versions/" in line
    ]
    assert not found, "\n".join(found)
