"""A folder goes into the tables and back: nothing twice, nothing lost, nothing overridden."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import pytest

from core.embedded import APP
from core.rules import Act, Catalogue, Entry, Procedure
from core.tenancy.differences import Differences
from core.tenancy.folder import TenantFolder, read_folder, write_folder
from core.tenancy.provision import AlreadyThere
from core.tenancy.regulation import load_regulation
from core.tenancy.sync import CannotSync, compare, hosts_of, stored_folder, sync

SLUGS = ("gubkinsky", "oktyabrsky", "perm", "tyumen")


@dataclass
class Desk:
    """Brings changed copies of one folder into the tables."""

    connection: object
    folder: TenantFolder

    def sync(self, **changes: object) -> Differences:
        return sync(
            self.connection,
            msgspec.structs.replace(self.folder, **changes),
            hosts=hosts_of(self.folder, "localhost"),
            app_role=APP,
            catalogue=Catalogue.installed(),
        )

    def compare(self, **changes: object) -> Differences:
        return compare(
            self.connection,
            msgspec.structs.replace(self.folder, **changes),
            hosts=hosts_of(self.folder, "localhost"),
            catalogue=Catalogue.installed(),
        )

    def row(self) -> tuple[int, int]:
        return self.connection.execute(
            "SELECT version, regulation_version FROM platform.tenant WHERE slug = %s",
            (self.folder.slug,),
        ).fetchone()

    def enter_on_screen(self, entry: Entry, role: str) -> None:
        self.connection.execute(
            f"INSERT INTO {role}.regulation_entry (procedure, module, parameter, in_force_from,"
            " value, clause, act, source, recorded_by)"
            " VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, 'desk', 'staff:1')",
            (
                entry.procedure,
                entry.module,
                entry.parameter,
                entry.since,
                msgspec.json.encode(entry.value).decode(),
                entry.clause,
                entry.act,
            ),
        )


@pytest.fixture
def desk(owner, settings, city):
    return Desk(owner, read_folder(settings.tenants / city.slug))


def longest(folder: TenantFolder) -> Entry:
    return next(e for e in folder.entries if e.parameter == "maximum_days")


def replaced(folder: TenantFolder, old: Entry, *new: Entry) -> tuple[Entry, ...]:
    at = folder.entries.index(old)
    return (*folder.entries[:at], *new, *folder.entries[at + 1 :])


@pytest.mark.parametrize("slug", SLUGS)
def test_a_second_sync_changes_nothing(slug, owner, settings):
    desk = Desk(owner, read_folder(settings.tenants / slug))
    before = desk.row()
    assert desk.sync().nothing
    assert desk.compare().kept == ()
    assert desk.row() == before


@pytest.mark.parametrize("slug", SLUGS)
def test_what_was_exported_is_what_was_synchronised(slug, owner, settings, tmp_path: Path):
    original = read_folder(settings.tenants / slug)
    city = stored_folder(owner, slug)
    write_folder(city, tmp_path / slug)
    exported = read_folder(tmp_path / slug)
    assert exported.profile == original.profile
    desk = Desk(owner, exported)
    assert desk.sync().nothing
    assert desk.compare().kept == ()


def test_the_regulation_read_back_is_the_folder_s(work, city, desk):
    with work(city) as w:
        stored = w.regulation
    written = desk.folder.regulation()
    assert stored.acts == written.acts
    assert stored.procedures == written.procedures
    for procedure in written.procedures:
        for day in (date(2018, 1, 1), date(2024, 1, 1), date(2026, 6, 15)):
            assert stored.in_force(procedure, day) == written.in_force(procedure, day)


def test_a_new_municipality_becomes_a_city_that_answers(owner, settings, runtime, desk):
    made = msgspec.structs.replace(
        desk.folder,
        slug="newtown",
        profile=msgspec.structs.replace(desk.folder.profile, hosts=("golos.newtown.test",)),
    )
    done = Desk(owner, made).sync()
    assert done.changes[0].kind == "city"
    for host in ("newtown.localhost", "golos.newtown.test"):
        assert runtime.registry.by_host(host).slug == "newtown"
    with runtime.databases.session(runtime.registry.by_slug("newtown").role) as session:
        assert load_regulation(session, version=0).entries


def test_a_change_of_profile_moves_the_registry_but_not_the_regulation(desk, runtime, city):
    version, law = desk.row()
    names = msgspec.structs.replace(
        desk.folder.profile.names, product=desk.folder.profile.names.place
    )
    done = desk.sync(profile=msgspec.structs.replace(desk.folder.profile, names=names))
    assert {change.subject for change in done.changes} == {"names.product.ru", "names.product.en"}
    assert desk.row()[0] > version
    assert desk.row()[1] == law
    assert runtime.registry.by_slug(city.slug).profile.names.product == names.place


def test_a_new_entry_is_appended_and_the_version_moves(desk, runtime, work, city):
    old = longest(desk.folder)
    new = msgspec.structs.replace(old, since=date(2026, 1, 1), value=40)
    _version, law = desk.row()
    done = desk.sync(entries=(*desk.folder.entries, new))
    assert [(c.kind, c.was) for c in done.changes] == [("entry", None)]
    assert desk.row()[1] == law + 1
    with work(runtime.registry.by_slug(city.slug)) as w:
        assert w.regulation.history(old.procedure, old.module, old.parameter) == (old, new)


def test_an_entry_edited_in_place_is_appended_and_counts(desk):
    old = longest(desk.folder)
    new = msgspec.structs.replace(old, value=40)
    changed = replaced(desk.folder, old, new)
    done = desk.sync(entries=changed)
    assert done.changes[0].was.startswith(str(old.value))
    assert len(done.kept) == 1
    assert desk.sync(entries=changed).nothing


def test_going_back_to_an_earlier_decision_is_a_new_record(desk):
    old = longest(desk.folder)
    desk.sync(entries=replaced(desk.folder, old, msgspec.structs.replace(old, value=40)))
    back = desk.sync()
    assert [change.kind for change in back.changes] == ["entry"]
    assert desk.sync().nothing


def test_what_left_the_folder_stays_in_history_and_is_reported(desk):
    old = longest(desk.folder)
    done = desk.sync(entries=replaced(desk.folder, old))
    assert done.nothing
    assert [kept.on_screen for kept in done.kept] == [False]


def test_the_folder_may_not_override_what_was_entered_on_screen(desk, city):
    old = longest(desk.folder)
    entered = msgspec.structs.replace(old, since=date(2026, 7, 1), value=30)
    desk.enter_on_screen(entered, city.role)
    contradicting = msgspec.structs.replace(entered, value=35)
    before = desk.row()
    with pytest.raises(CannotSync, match="entered on screen since"):
        desk.sync(entries=(*desk.folder.entries, contradicting))
    assert desk.row() == before
    found = desk.compare(entries=(*desk.folder.entries, contradicting))
    assert found.conflicts[0].on_screen.startswith("30")


def test_the_folder_may_say_the_same_as_the_screen(desk, city):
    entered = msgspec.structs.replace(longest(desk.folder), since=date(2026, 7, 1), value=30)
    desk.enter_on_screen(entered, city.role)
    assert [kept.on_screen for kept in desk.compare().kept] == [True]
    assert desk.sync(entries=(*desk.folder.entries, entered)).nothing


def test_a_folder_that_knows_of_the_screen_s_entry_may_go_on_from_it(desk, city):
    entered = msgspec.structs.replace(longest(desk.folder), since=date(2026, 7, 1), value=30)
    desk.enter_on_screen(entered, city.role)
    later = msgspec.structs.replace(entered, value=35)
    done = desk.sync(entries=(*desk.folder.entries, entered, later))
    assert [change.becomes[:2] for change in done.changes] == ["35"]


def test_an_old_folder_does_not_undo_a_newer_decision_on_screen(desk, city, work):
    old = longest(desk.folder)
    entered = msgspec.structs.replace(old, value=30)
    desk.enter_on_screen(entered, city.role)
    assert desk.sync().nothing
    with work(city) as w:
        in_force = load_regulation(w.session, version=99).in_force(old.procedure, date(2026, 6, 1))
    assert in_force[old.module, old.parameter].value == 30


def test_a_regulation_that_would_make_no_sense_is_refused_whole(desk):
    old = longest(desk.folder)
    senseless = msgspec.structs.replace(old, since=date(2026, 7, 1), value=2)
    with pytest.raises(CannotSync):
        desk.sync(entries=(*desk.folder.entries, senseless))


def test_a_host_belongs_to_one_city(desk, other_city, runtime):
    taken = runtime.registry.hosts(other_city)[0]
    with pytest.raises(AlreadyThere, match="belongs to another city"):
        sync(
            desk.connection,
            desk.folder,
            hosts=(*hosts_of(desk.folder, "localhost"), taken),
            app_role=APP,
            catalogue=Catalogue.installed(),
        )


def test_notes_and_acts_survive_the_round_trip(desk, owner, city):
    act = Act(
        key="late",
        title=next(iter(desk.folder.acts)).title,
        number="1",
        adopted=date(2026, 2, 1),
        example=True,
    )
    entry = msgspec.structs.replace(
        longest(desk.folder), since=date(2026, 1, 1), value=40, act="late", note="retroactive"
    )
    desk.sync(acts=(*desk.folder.acts, act), entries=(*desk.folder.entries, entry))
    stored = stored_folder(owner, city.slug)
    assert act in stored.acts
    assert entry in stored.entries


def test_a_city_behind_the_release_is_not_synchronised(desk, owner, city):
    owner.execute("UPDATE platform.tenant SET revision = NULL WHERE id = %s", (city.id,))
    with pytest.raises(CannotSync, match="veche migrate"):
        desk.sync()


def test_decimals_are_stored_and_read_exactly(owner, city, work):
    procedure = Procedure(key="fees", feature="polls", title=read_title())
    owner.execute(
        f"INSERT INTO {city.role}.regulation_procedure VALUES ('fees', %s)",
        (msgspec.json.encode(procedure).decode(),),
    )
    owner.execute(
        f"INSERT INTO {city.role}.regulation_entry (procedure, module, parameter, in_force_from,"
        " value, source, recorded_by) VALUES ('fees', 'm', 'p', '2026-01-01', '0.10', 'desk', 'x')"
    )
    with work(city) as w:
        regulation = load_regulation(w.session, version=1)
    assert str(regulation.history("fees", "m", "p")[0].value) == "0.10"


def read_title():
    from core.kit.text import Text

    return Text(ru="Сборы", en="Fees")
