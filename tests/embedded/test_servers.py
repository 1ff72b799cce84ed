"""The life of the embedded servers: start, stop, kills, orphans, accounts, ports."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.embedded import EmbeddedError, PostgresServer, RedisServer, launch, process

ROOT = Path(__file__).parents[2]
DEBIAN = Path("/usr/lib/postgresql/15/bin")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended but was not waited for does not count."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return done.returncode == 0 and not done.stdout.strip().startswith("Z")


def remember(server: PostgresServer) -> None:
    with psycopg.connect(server.url()) as conn:
        conn.execute("CREATE TABLE memory AS SELECT 'Память' AS word")


def recall(server: PostgresServer) -> object:
    with psycopg.connect(server.url()) as conn:
        row = conn.execute("SELECT word FROM memory").fetchone()
    assert row is not None
    return row[0]


def start_elsewhere(folder: Path, template: Path, *, tied: bool = True) -> tuple[int, list[int]]:
    """Launch a bundle from another process; its id and those of the two servers."""
    code = f"""
import json, sys, time
from pathlib import Path
from core.embedded import launch, process
if not {tied}:
    process._LIBC = None
bundle = launch(Path({str(folder)!r}), initdb_template=Path({str(template)!r}))
print(json.dumps([bundle.postgres.pid, bundle.redis.pid]), flush=True)
time.sleep(60)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    with child.stdout:
        line = child.stdout.readline()
    assert line, "the launcher failed"
    started = json.loads(line)
    child.kill()
    child.wait()
    return child.pid, started


def test_first_start_stop_and_fast_second_start(folder: Path) -> None:
    with PostgresServer(folder / "pg") as server:
        remember(server)
        port, pid = server.port, server.pid
        assert pid is not None
        server.wait_ready()
    assert not alive(pid)
    assert not (server.data_folder / "postmaster.pid").exists()
    assert "database system is shut down" in server.log_file.read_text()
    before = time.monotonic()
    with server:
        assert time.monotonic() - before < 3
        assert server.port == port
        assert recall(server) == "Память"
    server.stop()  # harmless when not running


def test_secrets_are_private_and_passwords_are_asked_for(folder: Path, template: Path) -> None:
    with launch(folder, fsync=False, initdb_template=template) as bundle:
        for path in ("postgres/passwords.json", "redis/password", "redis/valkey.conf"):
            assert (folder / path).stat().st_mode & 0o777 == 0o600, path
        secret = bundle.postgres.password("postgres")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(bundle.postgres.url().replace(secret, "wrong"))
        socket_url = bundle.postgres.url(unix_socket=True)
        with psycopg.connect(socket_url) as conn:
            assert conn.info.host.startswith("/")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(socket_url.replace(secret, "wrong"))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=bundle.redis.port, retry=Retry(NoBackoff(), 0)).ping()


def test_two_bundles_at_once(folder: Path, template: Path) -> None:
    with (
        launch(folder / "one", fsync=False, initdb_template=template) as one,
        launch(folder / "two", fsync=False, initdb_template=template) as two,
    ):
        ports = {one.postgres.port, two.postgres.port, one.redis.port, two.redis.port}
        assert len(ports) == 4
        for bundle in (one, two):
            with psycopg.connect(bundle.urls.app) as conn:
                assert conn.info.dbname == "veche"
            with redis.Redis.from_url(bundle.urls.redis) as client:
                assert client.ping()
        with pytest.raises(EmbeddedError, match=f"in use by process {os.getpid()}"):
            launch(folder / "one")
    assert not one.postgres.running
    assert not two.redis.running


def test_killed_server_keeps_its_data(folder: Path, template: Path) -> None:
    with PostgresServer(folder / "pg", initdb_template=template) as server:
        remember(server)
        server.kill()
        assert not server.running
        server.restart()
        assert recall(server) == "Память"
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)  # by somebody else this time
        assert eventually(lambda: not server.running)
        with pytest.raises(EmbeddedError, match="ended"):
            server.wait_ready()
        assert recall(server.start()) == "Память"


def test_killed_redis_keeps_its_data(folder: Path) -> None:
    with RedisServer(folder / "redis") as server:
        with redis.Redis.from_url(server.url()) as client:
            client.set("слово", "дело")
            client.config_set("appendfsync", "always")
            client.set("ещё", "дело")
        server.kill()
        server.restart()
        with redis.Redis.from_url(server.url()) as client:
            assert client.get("слово") == "дело".encode()
            assert client.get("ещё") == "дело".encode()


@pytest.mark.crash
@pytest.mark.skipif(sys.platform != "linux", reason="needs the parent-death signal")
def test_servers_vanish_with_a_killed_parent(folder: Path, template: Path) -> None:
    _, pids = start_elsewhere(folder, template)
    for pid in pids:
        assert eventually(lambda pid=pid: not alive(pid))  # type: ignore[misc]
    assert "database system is shut down" in (folder / "postgres/postgres.log").read_text()


@pytest.mark.crash
def test_orphans_are_ended_at_the_next_start(folder: Path, template: Path) -> None:
    """Without the parent-death signal the servers outlive a killed parent."""
    _, pids = start_elsewhere(folder, template, tied=False)
    assert all(alive(pid) for pid in pids)
    with launch(folder) as bundle:
        assert not any(alive(pid) for pid in pids)
        assert bundle.postgres.pid not in pids
        with psycopg.connect(bundle.urls.app) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_foreign_process_with_a_remembered_id_is_left_alone(folder: Path, template: Path) -> None:
    server = PostgresServer(folder / "pg", fsync=False, initdb_template=template)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        server.start()
        server.kill()
        (server.folder / "pid").write_text(str(stranger.pid))
        theirs = server.data_folder / "postmaster.pid"
        lines = theirs.read_text().splitlines()
        theirs.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        with server:
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_taken_port_is_left_to_its_owner(folder: Path, template: Path) -> None:
    with launch(folder, fsync=False, initdb_template=template) as bundle:
        ports = bundle.postgres.port, bundle.redis.port
    taken = [socket.create_server(("127.0.0.1", port)) for port in ports]
    try:
        with launch(folder, fsync=False) as bundle:
            assert bundle.postgres.port not in ports
            assert bundle.redis.port not in ports
    finally:
        for each in taken:
            each.close()


def test_start_is_refused_off_the_main_thread(folder: Path) -> None:
    raised: list[Exception] = []

    def attempt() -> None:
        try:
            RedisServer(folder / "redis").start()
        except EmbeddedError as error:
            raised.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert "main thread" in str(raised[0])


def test_data_of_another_version_is_refused_untouched(folder: Path, template: Path) -> None:
    server = PostgresServer(folder / "pg", fsync=False, initdb_template=template)
    with server:
        pass
    version = server.data_folder / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 14.*Nothing was changed"):
        server.start()
    version.write_text(f"{server.version}\n")
    with server:
        assert server.running


def test_failed_start_shows_the_log_and_frees_the_folder(folder: Path, template: Path) -> None:
    path = folder / "pg"
    broken = PostgresServer(
        path, fsync=False, settings={"work_mem": "lots"}, initdb_template=template
    )
    with pytest.raises(EmbeddedError, match=r'invalid value for parameter "work_mem"'):
        broken.start()
    with PostgresServer(path, fsync=False, settings={"work_mem": "5MB"}) as server:  # noqa: SIM117
        with psycopg.connect(server.url()) as conn:
            assert conn.execute("SHOW work_mem").fetchone() == ("5MB",)


def test_long_folder_name_and_big_log(folder: Path, template: Path) -> None:
    path = folder / ("длинное имя " * 8) / "pg"
    path.mkdir(parents=True)
    server = PostgresServer(path, fsync=False, initdb_template=template)
    server.log_file.write_bytes(b"x" * 5_000_000)
    with server:
        run_folder = server.socket_folder
        with psycopg.connect(server.url(unix_socket=True)):
            pass
    assert not run_folder.exists()
    assert server.log_file.stat().st_size < 1_000_000


def test_server_stops_when_the_program_ends(folder: Path) -> None:
    code = f"""
from pathlib import Path
from core.embedded import RedisServer
print(RedisServer(Path({str(folder)!r})).start().pid)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert not alive(int(done.stdout))


@pytest.mark.skipif(not DEBIAN.exists(), reason="Debian's PostgreSQL 15 is not installed")
def test_older_server_named_by_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECHE_PG_BIN", str(DEBIAN))
    with launch(folder, fsync=False) as bundle:
        assert bundle.postgres.version == 15
        with psycopg.connect(bundle.urls.owner, autocommit=True) as conn:
            assert conn.info.server_version // 10_000 == 15
            conn.execute("CREATE ROLE t_1")
            conn.execute("GRANT t_1 TO veche_app")
            conn.execute("DROP ROLE t_1")


def test_missing_binaries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECHE_PG_BIN", "/nowhere")
    with pytest.raises(EmbeddedError, match="/nowhere"):
        PostgresServer(Path("/tmp/never-made"))


def as_account(uid: int, gid: int, action: Callable[[], None]) -> str:
    """Do something in a fork that has become another user; empty, or what went wrong."""
    reading, writing = os.pipe()
    fork = os.fork()
    if fork == 0:
        said = ""
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            action()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(fork, 0)
    return said


def start_and_query(folder: Path) -> None:
    with launch(folder, fsync=False) as bundle, psycopg.connect(bundle.urls.app) as conn:
        assert conn.execute("SELECT lower('ЖУК')").fetchone() == ("жук",)


@root_only
def test_ordinary_user(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    assert as_account(65534, 65534, lambda: start_and_query(folder / "b")) == ""
    assert (folder / "b/postgres/data").stat().st_uid == 65534


@root_only
def test_user_without_a_name(folder: Path) -> None:
    """Some clusters give containers a made-up user id; PostgreSQL's initdb refuses such."""
    prefix = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
    if subprocess.run([*prefix, "unshare", "--user", "true"], check=False).returncode != 0:
        pytest.skip("user namespaces are not allowed to ordinary users here")
    os.chown(folder, 54321, 54321)
    assert as_account(54321, 54321, lambda: start_and_query(folder / "b")) == ""


@root_only
def test_root_without_namespaces_becomes_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder only root can enter: binaries and data move outside; both ways share the data."""
    binaries = PostgresServer(folder / "x").bin_folder
    private = folder / "private"
    private.mkdir(mode=0o700)
    package = binaries.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        if (package.with_name(name)).exists():
            shutil.copytree(package.with_name(name), private / name, symlinks=True)
    hidden = private / package.name / binaries.parent.name / binaries.name
    server = PostgresServer(private / "pg", fsync=False, bin_folder=hidden)
    outside: list[Path] = []
    made = process.outside_folder

    def noted(purpose: str, key: str) -> Path:
        outside.append(made(purpose, key))
        return outside[-1]

    monkeypatch.setattr("core.embedded.postgres.outside_folder", noted)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(process, "namespaces_work", lambda prefix: False)
            with server:
                remember(server)
                assert Path(f"/proc/{server.pid}").stat().st_uid == 65534
            with server:
                assert recall(server) == "Память"
        assert private.stat().st_mode & 0o777 == 0o700
        with server:
            assert recall(server) == "Память"
    finally:
        for path in outside:
            shutil.rmtree(path, ignore_errors=True)


def test_outside_folder_of_somebody_else_is_refused() -> None:
    key = tempfile.mktemp()
    path = process.outside_folder("test", key)
    try:
        path.chmod(0o777)
        with pytest.raises(EmbeddedError, match="belongs to somebody else"):
            process.outside_folder("test", key)
    finally:
        path.rmdir()
