"""One schema, three ways to it: the script for new cities, the migrations, the models."""

import io
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, text

from core.db.engine import sqlalchemy_url
from core.tables import load_tables
from core.tenancy.migrate import CityAt, fingerprints, migrate_city
from core.tenancy.provision import city_script, create_city
from core.tenancy.schema import (
    complete_metadata,
    fingerprint,
    head,
    history_config,
    metadata_of,
    pending,
    revisions,
)

load_tables()


@pytest.fixture
def owner_engine(settings):
    engine = create_engine(sqlalchemy_url(settings.owner_url))
    yield engine
    engine.dispose()


@pytest.fixture
def empty_city(owner):
    """A city that stands before the first revision, as if made by the oldest release."""
    number = create_city(owner, slug="emptytown", hosts=(), profile={}, app_role="veche_app")
    role = f"t_{number}"
    owner.execute(f"DROP SCHEMA {role} CASCADE")
    owner.execute(f"CREATE SCHEMA {role}; GRANT USAGE ON SCHEMA {role} TO {role}")
    owner.execute("UPDATE platform.tenant SET revision = NULL WHERE id = %s", (number,))
    return CityAt(number, "emptytown", role, None)


def downgrade_sql(step):
    """A revision's way back as SQL; the product itself never goes back."""
    output = io.StringIO()
    config = history_config("tenant")
    config.attributes["output"] = output
    scripts = ScriptDirectory.from_config(config)
    end = step.previous or "base"
    with EnvironmentContext(
        config,
        scripts,
        fn=lambda rev, _context: scripts._downgrade_revs(end, rev),
        as_sql=True,
        starting_rev=step.id,
        destination_rev=end,
    ):
        scripts.run_env()
    return output.getvalue()


def differences(engine, schema, history):
    def ours(name, kind, _parents):
        return kind != "table" or name != "schema_revision"

    with engine.connect() as connection:
        connection.execute(text(f'SET search_path = "{schema}"'))
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": ours, "version_table": "schema_revision"},
        )
        return compare_metadata(context, metadata_of(history))


def test_a_city_s_schema_is_what_the_models_say(owner_engine, city):
    assert differences(owner_engine, city.schema, "tenant") == []


def test_the_platform_s_schema_is_what_the_models_say(owner_engine, runtime):
    assert differences(owner_engine, "platform", "platform") == []


def test_all_cities_have_one_fingerprint(owner, runtime):
    assert len(fingerprints(owner)) == 1


def test_a_migrated_city_is_like_a_new_one(owner, city, empty_city):
    done = migrate_city(owner, empty_city)
    assert done.error is None
    assert done.applied == tuple(step.id for step in revisions("tenant"))
    assert fingerprint(owner, empty_city.role) == fingerprint(owner, city.role)


def test_down_and_up_again_is_the_same(owner, city, empty_city):
    assert migrate_city(owner, empty_city).error is None
    for step in reversed(revisions("tenant")):
        owner.execute(
            f"BEGIN; SET LOCAL search_path = {empty_city.role}; {downgrade_sql(step)} COMMIT"
        )
    left = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind <> 'i'",
        (empty_city.role,),
    ).fetchall()
    assert left == [("schema_revision",)]
    owner.execute(f"DROP TABLE {empty_city.role}.schema_revision")
    owner.execute("UPDATE platform.tenant SET revision = NULL WHERE id = %s", (empty_city.id,))
    assert migrate_city(owner, empty_city).error is None
    assert fingerprint(owner, empty_city.role) == fingerprint(owner, city.role)


@pytest.mark.parametrize(
    "drift",
    [
        "ALTER TABLE {0}.staff ADD COLUMN extra text",
        "ALTER TABLE {0}.staff ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE {0}.staff ALTER COLUMN name SET DEFAULT 'x'",
        "DROP INDEX {0}.ix_staff_post_staff_id",
        "ALTER TABLE {0}.poll DROP CONSTRAINT ck_poll_state",
        "GRANT UPDATE ON {0}.poll_ballot TO {0}",
        "REVOKE SELECT ON {0}.staff FROM {0}",
        "CREATE TABLE {0}.stray (id int)",
        "CREATE FUNCTION {0}.stray() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW {0}.stray AS SELECT 1 AS one",
    ],
)
def test_a_schema_changed_by_hand_shows_in_its_fingerprint(owner, city, drift):
    number = create_city(owner, slug="drifted", hosts=(), profile={}, app_role="veche_app")
    role = f"t_{number}"
    assert fingerprint(owner, role) == fingerprint(owner, city.role)
    owner.execute(drift.format(role))
    assert fingerprint(owner, role) != fingerprint(owner, city.role)


# Rules that keep schemas alike, movable to other nodes, and safe to migrate.


def test_revisions_name_no_schema_and_leave_no_trap():
    for step in revisions("tenant"):
        # Of `public`, only what an extension put there.
        sql = step.sql.replace("public.gin_trgm_ops", "")
        assert not re.search(r"\b(platform|public)\.", sql), step.id
        assert "CREATE TYPE" not in step.sql, step.id
        assert "CREATE TRIGGER" not in step.sql, step.id


def test_one_head_and_dated_files(root):
    for history in ("platform", "tenant"):
        steps = revisions(history)
        assert [step.previous for step in steps] == [None, *(step.id for step in steps[:-1])]
        for file in (root / "migrations" / history / "versions").glob("*.py"):
            assert re.match(r"\d{4}-\d{2}-\d{2}-\d{4}_[a-z_]+\.py$", file.name)


def test_every_table_has_a_primary_key():
    for history in ("platform", "tenant"):
        for table in metadata_of(history).sorted_tables:
            assert list(table.primary_key.columns), table.name


def test_no_foreign_key_leaves_a_city():
    tables = set(metadata_of("tenant").tables)
    for table in metadata_of("tenant").sorted_tables:
        for key in table.foreign_keys:
            assert key.column.table.name in tables


def test_a_forgotten_model_is_noticed_before_grants_are_written(monkeypatch):
    complete_metadata.cache_clear()
    monkeypatch.setattr("core.tenancy.schema.metadata_of", lambda _history: MetaData())
    with pytest.raises(RuntimeError, match="staff"):
        complete_metadata("tenant")
    complete_metadata.cache_clear()


def test_a_script_for_a_city_names_only_that_city():
    script = city_script("t_777", "veche_app")
    assert set(re.findall(r"\bt_\d+\b", script)) == {"t_777"}


def test_what_is_pending():
    ids = [step.id for step in revisions("tenant")]
    assert [step.id for step in pending("tenant", None)] == ids
    assert [step.id for step in pending("tenant", ids[0])] == ids[1:]
    assert pending("tenant", head("tenant")) == ()
    with pytest.raises(LookupError, match="newer release"):
        pending("tenant", "ffff")
