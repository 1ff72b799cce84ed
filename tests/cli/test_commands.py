"""The command line as an operator meets it: what it says, and how it ends."""

import shutil
from uuid import uuid4

import pytest
from typer.main import get_command

from core.cli.program import app
from core.tenancy.folder import list_folders

SIXTY = '{"duration_days": 60}'
MONTH = '{"duration_days": 30}'


@pytest.fixture
def folder(root, tmp_path):
    """A copy of the municipalities that a test may spoil."""
    return shutil.copytree(root / "tenants", tmp_path / "tenants")


@pytest.fixture
def slugs(root):
    """The municipalities there are."""
    return [path.name for path in list_folders(root / "tenants")]


def spoil(folder):
    acts = folder / "perm" / "acts.toml"
    acts.write_text(acts.read_text().replace("\nadopted = ", "\nadopted_on = ", 1))


def commands(group=None, path=()):
    group = group or get_command(app)
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_explains_itself(path, veche):
    said = veche(*path, "--help")
    assert said.code == 0
    assert "Usage:" in said.out
    command = dict(commands())[path]
    for parameter in command.params:
        if not getattr(parameter, "hidden", False) and parameter.name != "help":
            assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help"


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenants", "list"),
        ("tenants", "sync", "--all"),
        ("migrate",),
        ("web",),
        ("worker",),
        ("scheduler",),
        ("outbox", "list"),
        ("audit", "verify"),
    ],
    ids=" ".join,
)
def test_without_settings_a_command_names_the_variable(arguments, veche):
    said = veche(*arguments)
    assert said.code == 2
    assert "VECHE_DATABASE_URL is not set" in said.err
    assert "Traceback" not in said.err


def test_a_server_that_is_away_is_reported_in_one_line(veche, connected, monkeypatch):
    monkeypatch.setenv("VECHE_OWNER_DATABASE_URL", "postgresql://x:y@127.0.0.1:1/veche")
    said = veche("tenants", "list")
    assert said.code == 2
    assert "PostgreSQL does not answer" in said.err


def test_the_owner_s_url_is_asked_for_where_it_is_needed(veche, connected, monkeypatch):
    monkeypatch.delenv("VECHE_OWNER_DATABASE_URL")
    said = veche("tenants", "list")
    assert said.code == 2
    assert "VECHE_OWNER_DATABASE_URL" in said.err


# Municipalities.


def test_the_municipalities_of_this_repository_are_in_order(veche, root, slugs):
    said = veche("tenants", "check", "--all", "--folder", root / "tenants")
    assert said.code == 0, said.out
    assert said.out.count("✓") == len(slugs)


def test_a_mistake_is_named_with_its_file(veche, folder):
    spoil(folder)
    said = veche("tenants", "check", "perm", "--folder", folder)
    assert said.code == 1
    assert "acts.toml" in said.out
    assert veche("tenants", "check", "tyumen", "--folder", folder).code == 0


def test_a_host_claimed_twice_is_a_mistake(veche, folder):
    for slug in ("perm", "tyumen"):
        file = folder / slug / "tenant.toml"
        file.write_text(file.read_text().replace("hosts = []", 'hosts = ["golos.example.org"]'))
    said = veche("tenants", "check", "--all", "--folder", folder)
    assert said.code == 1
    assert "golos.example.org is claimed by perm, tyumen" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check",), "Name a municipality or say --all. There are: gubkinsky"),
        (("check", "nowhere"), ""),
        (("sync",), "Name a municipality or say --all"),
    ],
)
def test_what_is_missing_is_asked_for(arguments, words, veche, folder):
    said = veche("tenants", *arguments, "--folder", folder)
    assert said.code == 1
    assert words in said.err


def test_a_folder_that_is_not_there(veche, tmp_path):
    said = veche("tenants", "check", "--all", "--folder", tmp_path / "nowhere")
    assert said.code == 1
    assert "There is no folder" in said.err


def test_a_new_municipality_starts_from_the_blank_and_passes_the_check(veche, folder):
    made = veche(
        "tenants", "new", "newtown", "--name", "Новый город", "--name-en", "Newtown",
        "--folder", folder,
    )  # fmt: skip
    assert made.code == 0, made.err
    checked = veche("tenants", "check", "newtown", "--folder", folder)
    assert checked.code == 0, checked.out
    again = veche("tenants", "new", "newtown", "--name", "x", "--name-en", "x", "--folder", folder)
    assert again.code == 1


def test_a_municipality_s_way_into_the_database_and_out(
    veche, connected, folder, tmp_path, runtime
):
    veche("tenants", "new", "newtown", "--name", "Новый город", "--name-en", "Newtown",
          "--folder", folder)  # fmt: skip
    shown = veche("tenants", "diff", "newtown", "--folder", folder)
    assert "city newtown: newtown.localhost" in shown.out
    assert runtime.registry.by_slug("newtown") is None

    assert veche("tenants", "sync", "newtown", "--folder", folder).code == 0
    assert "no change" in veche("tenants", "sync", "newtown", "--folder", folder).out
    assert "no change" in veche("tenants", "diff", "newtown", "--folder", folder).out
    assert "Новый город" in veche("tenants", "list").out

    target = tmp_path / "out" / "newtown"
    assert veche("tenants", "export", "newtown", "--to", target, "--folder", folder).code == 0
    assert veche("tenants", "check", "newtown", "--folder", tmp_path / "out").code in (0, 1)
    assert "no change" in veche("tenants", "sync", "newtown", "--folder", tmp_path / "out").out

    assert veche("tenants", "drop", "newtown", "--confirm", "newtown").code == 1  # still active
    assert veche("tenants", "disable", "newtown").code == 0
    assert runtime.registry.by_host("newtown.localhost") is None
    assert veche("tenants", "enable", "newtown").code == 0
    assert runtime.registry.by_host("newtown.localhost") is not None
    veche("tenants", "disable", "newtown")
    assert veche("tenants", "drop", "newtown", "--confirm", "oldtown").code == 1
    role = runtime.registry.by_slug("newtown").role
    runtime.redis.mset({f"{role}:session:x": 1, f"{role}0:session:x": 1})
    assert veche("tenants", "drop", "newtown", "--confirm", "newtown").code == 0
    assert runtime.redis.keys(f"{role}*") == [f"{role}0:session:x".encode()]
    assert "newtown" not in veche("tenants", "list").out


def test_nothing_is_synchronised_while_a_folder_has_a_mistake(veche, connected, folder):
    spoil(folder)
    said = veche("tenants", "sync", "--all", "--folder", folder)
    assert said.code == 1
    assert "Nothing was synchronised" in said.err


@pytest.mark.parametrize("command", ["disable", "enable", "export"])
def test_a_city_that_is_not_there(command, veche, connected):
    said = veche("tenants", command, "nowhere")
    assert said.code == 1
    assert "There is no city nowhere" in said.err


# Schemas.


def test_migrating_what_is_up_to_date_says_so(veche, connected, slugs):
    said = veche("migrate")
    assert said.code == 0
    assert f"{len(slugs)} cities, 0 migrated" in said.out


def test_another_run_is_not_waited_for_when_asked_not_to(veche, connected, owner):
    from core.tenancy import migrate

    owner.execute("SELECT pg_advisory_lock(%s)", (migrate._RUNNER_LOCK,))
    try:
        assert veche("migrate", "--no-wait").code == 3
    finally:
        owner.execute("SELECT pg_advisory_unlock(%s)", (migrate._RUNNER_LOCK,))


def test_a_city_that_fails_is_named(veche, connected, owner, city):
    owner.execute("UPDATE platform.tenant SET revision = 'future' WHERE id = %s", (city.id,))
    said = veche("migrate")
    assert said.code == 1
    assert f"{city.slug} ({city.role}) stands at future" in said.out


def test_fingerprints_are_compared_and_a_drift_is_reported(veche, connected, owner, city):
    assert veche("migrate", "--fingerprints").code == 0
    owner.execute(f"ALTER TABLE {city.role}.staff ADD COLUMN stray text")
    try:
        said = veche("migrate", "--fingerprints")
    finally:
        owner.execute(f"ALTER TABLE {city.role}.staff DROP COLUMN stray")
    assert said.code == 1
    assert "The schemas differ" in said.err


def test_the_bootstrap_can_be_printed_without_a_server(veche):
    said = veche("bootstrap", "--print", "--database", "golos")
    assert said.code == 0
    assert 'CREATE DATABASE "golos"' in said.out
    assert veche("bootstrap").code == 2


# Rules.


def test_a_sixty_day_poll_is_refused_by_its_clause_without_a_server(veche, root):
    said = veche(
        "explain", "polls.may_open", "--tenant", "gubkinsky", "--on", "2026-03-01",
        "--facts", SIXTY, "--folder", root / "tenants",
    )  # fmt: skip
    assert said.code == 0
    assert "п. 3.11" in said.out
    assert "нет" in said.out.splitlines()[0]


def test_the_database_and_the_folder_say_the_same(veche, connected, root):
    asked = (
        "explain", "polls.may_open", "--tenant", "gubkinsky", "--on", "2026-03-01",
        "--facts", MONTH, "--folder", root / "tenants",
    )  # fmt: skip
    stored, written = veche(*asked), veche("rules", *asked, "--from-folder")
    assert stored.code == 0
    assert stored.out == written.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("polls.unknown", "--tenant", "perm"), 1, "There is no decision point"),
        (("polls.may_open", "--tenant", "perm", "--facts", "{"), 2, "is no JSON object"),
        (("polls.may_open", "--tenant", "perm", "--facts", "[]"), 2, "is no JSON object"),
        (("polls.may_open", "--tenant", "perm"), 2, "It asks for: duration_days"),
        (("polls.may_open", "--tenant", "perm", "--facts", '{"duration_days": "x"}'), 2, "fit"),
        (("polls.may_open", "--tenant", "nowhere", "--facts", SIXTY), 1, "nowhere"),
        (("polls.may_open", "--tenant", "perm", "--on", "yesterday"), 2, "on"),
    ],
)
def test_a_question_that_makes_no_sense(arguments, code, words, veche, root):
    said = veche("explain", *arguments, "--folder", root / "tenants")
    assert said.code == code, said
    assert words in said.err


def test_facts_that_are_not_known_may_be_left_out(veche, root):
    said = veche(
        "explain", "polls.may_vote", "--tenant", "gubkinsky", "--on", "2026-03-01",
        "--facts", '{"level": "contact", "blocked": false}', "--folder", root / "tenants",
        "--language", "en",
    )  # fmt: skip
    assert said.code == 0, said.err


def test_rules_can_be_listed_shown_and_written(veche, tmp_path):
    assert "poll_terms" in veche("rules", "list").out
    assert "maximum_days" in veche("rules", "show", "poll_terms").out
    assert veche("rules", "show", "nothing").code == 1
    target = tmp_path / "rules"
    assert veche("rules", "docs", "--to", target, "--check").code == 1
    assert veche("rules", "docs", "--to", target).code == 0
    assert veche("rules", "docs", "--to", target, "--check").code == 0
    (target / "stray.md").write_text("x")
    assert veche("rules", "docs", "--to", target, "--check").code == 1
    assert veche("rules", "docs", "--to", target).code == 0
    assert not (target / "stray.md").exists()


# Events and journals.


def test_dead_events_are_listed_and_sent_again(veche, connected, owner, city):
    event = uuid4()
    owner.execute(
        "INSERT INTO platform.outbox_dead (id, role, kind, payload, error)"
        " VALUES (%s, %s, 'x.happened', '{}', 'boom')",
        (event, city.role),
    )
    listed = veche("outbox", "list")
    assert str(event) in listed.out
    assert city.slug in listed.out
    assert veche("outbox", "resend").code == 2
    assert veche("outbox", "resend", "not-an-id").code == 2
    assert "1 sent again" in veche("outbox", "resend", event).out
    assert "0 sent again" in veche("outbox", "resend", "--all").out


def test_a_journal_that_was_tampered_with_is_noticed(veche, connected, owner, city, work):
    for number in range(3):
        with work(city) as w:
            w.record("test.done", str(number))
    assert veche("audit", "verify", "--tenant", city.slug).code == 0
    owner.execute(f"UPDATE {city.role}.audit_entry SET subject = 'x' WHERE subject = '1'")
    said = veche("audit", "verify")
    assert said.code == 1
    assert f"{city.slug}: the chain is broken" in said.out
    assert veche("audit", "verify", "--tenant", "nowhere").code == 1
