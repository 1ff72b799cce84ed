"""A server run as a child of this process: account, lock, port, log, start and stop.

Knows nothing of PostgreSQL or Valkey; `postgres.py` and `valkey.py` say what is special there.
"""

import atexit
import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, ClassVar, Self

import msgspec

_PR_SET_PDEATHSIG = 1
_POLL = 0.02
_LOG_LIMIT = 4_000_000
_PORT_ATTEMPTS = 10
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class EmbeddedError(Exception):
    """An embedded server cannot be had; the message says what happened and how to mend it."""


class _Exited(Exception):
    """The child ended before it was ready; the message is the end of its log."""


class Account(msgspec.Struct, frozen=True):
    """As whom a child runs: `prefix` goes before its command, the fork switches to `uid`."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def file_owner(self) -> tuple[int, int]:
        """Whose the child's files must be, as seen from this process."""
        if self.uid is not None and self.gid is not None:
            return self.uid, self.gid
        return os.geteuid(), os.getegid()


def unprivileged_account() -> Account:
    """An account that is not root and has a name, because PostgreSQL insists on both.

    Order: as we are; a user namespace (needs no copy and no change of owner, but containers often
    forbid it); the system's `nobody`.
    """
    uid = os.geteuid()
    if uid != 0 and _has_name(uid):
        return Account()
    nobody = _nobody()
    if nobody is not None:
        inside = Account(prefix=_namespace_prefix(nobody))
        if inside.prefix and namespaces_work(inside.prefix):
            return inside
        if uid == 0:
            return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)
    raise EmbeddedError(
        f"PostgreSQL refuses to run as user id {uid}: it is root or has no name in /etc/passwd, "
        "user namespaces are not allowed here, and there is no account `nobody` to switch to. "
        "Start as an ordinary user, or use a server of your own."
    )


def namespaces_work(prefix: Sequence[str]) -> bool:
    """Whether the command prefix that enters a user namespace is permitted here."""
    try:
        done = subprocess.run([*prefix, "true"], capture_output=True, check=False, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _namespace_prefix(nobody: pwd.struct_passwd) -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    if unshare is None or sys.platform != "linux":
        return ()
    ids = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    return (unshare, "--user", *ids, "--")


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return None


def reachable_by_others(path: Path) -> bool:
    """Whether an account that owns none of the parent folders can walk down to `path`."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def give(path: Path, owner: tuple[int, int]) -> None:
    """Make a folder and all in it belong to `owner`; only root can, so others change nothing."""
    info = path.lstat()
    if os.geteuid() != 0 or (info.st_uid, info.st_gid) == owner:
        return
    for inner in path.rglob("*"):
        os.chown(inner, *owner, follow_symlinks=False)
    # The top comes last: an interrupted change is then noticed and done again.
    os.chown(path, *owner, follow_symlinks=False)


def outside_folder(purpose: str, key: str) -> Path:
    """A folder of our own under the system's temporary folder, the same one for the same key.

    The name can be guessed, so a folder somebody else has put there is refused.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    # Survives a restart of the machine where it can: a data folder may be kept there.
    lasting = Path("/var/tmp")  # noqa: S108  (a stranger's folder is refused below)
    parent = lasting if os.access(lasting, os.W_OK) else Path(tempfile.gettempdir())
    path = parent / f"veche-{purpose}-{digest}"
    path.mkdir(mode=0o711, exist_ok=True)
    info = path.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & 0o022:
        raise EmbeddedError(f"{path} belongs to somebody else; remove it and start again.")
    return path


def free_port() -> int:
    """A TCP port of 127.0.0.1 nobody listens on now; it may be gone a moment later."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def first_number(path: Path) -> int:
    """The number in the first line of a small file; 0 when there is none."""
    try:
        return int(path.read_text().partition("\n")[0])
    except (OSError, ValueError):
        return 0


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner may read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def run(command: Sequence[str], account: Account) -> "subprocess.CompletedProcess[str]":
    """Run a short command as `account`; it dies with this process and cannot outlive it."""
    return subprocess.run(  # noqa: S603
        [*account.prefix, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=_environment(),
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else (),
        preexec_fn=tied_to_parent(signal.SIGKILL),
    )


def _environment() -> dict[str, str]:
    """What a child needs to know: the PG* and locale variables of the caller must not leak in."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def tied_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Code for the fork that asks the kernel for a signal when the parent is gone (Linux only)."""
    if _LIBC is None:
        return None
    prctl, parent, number = _LIBC.prctl, os.getpid(), int(death_signal)

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died between the fork and the call above
            os._exit(1)

    return tie


class Server(ABC):
    """One server process in one folder, in the foreground, dying with this process.

    The signal that ties it to the parent fires when the *thread* that started it ends, therefore
    `start` and `restart` may be called on the main thread only.
    """

    title: ClassVar[str]
    program: ClassVar[str]
    #: The first one asks politely, each next one is sent when the one before did not help.
    stop_signals: ClassVar[tuple[signal.Signals, ...]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._port: int | None = None
        self._log_start = 0
        self._parent = os.getpid()

    # What a particular server says of itself.

    @property
    @abstractmethod
    def data_folder(self) -> Path:
        """The folder the server works in; by it a left-over process is recognised as ours."""

    @abstractmethod
    def _prepare(self) -> Account:
        """Make folders and files ready for a start; return as whom to start."""

    @abstractmethod
    def _command(self, port: int) -> list[str]:
        """The command that runs the server in the foreground, logging to standard output."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether the running process answers; cheap, called often."""

    def _is_passing(self, log: str) -> bool:
        """Whether the log of a failed start speaks of something that goes away by itself."""
        del log
        return False

    # What everybody uses.

    @property
    def port(self) -> int:
        if self._port is None:
            raise EmbeddedError(f"{self.title} in {self.folder} has not been started.")
        return self._port

    @property
    def pid(self) -> int | None:
        """The process id while the server runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.program}.log"

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, timeout: float = 60) -> Self:
        """Start and wait until it answers. Cleans up after a server or a launcher that was killed.

        Raises EmbeddedError with the end of the server's log when it does not come up.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedError(
                f"Start {self.title} from the main thread: the server lives as long as the thread "
                "that started it, so it would vanish with a worker thread."
            )
        if self.running:
            raise EmbeddedError(f"{self.title} in {self.folder} is already running.")
        self._end()  # gives back the folder in case the server ended by itself
        self._parent = os.getpid()
        self._acquire()
        try:
            self._end_left_over()
            self._launch(self._prepare(), time.monotonic() + timeout)
        except BaseException:
            self._end()
            raise
        atexit.register(self._at_exit)
        return self

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until the server answers; raises EmbeddedError when it ended or takes too long."""
        try:
            self._wait(time.monotonic() + timeout)
        except _Exited as ended:
            raise EmbeddedError(f"{self.title} ended.\n{ended}") from None

    def stop(self) -> None:
        """Shut down cleanly and wait for it. Harmless when not running."""
        if self._parent != os.getpid():
            return  # a forked copy of this object must not stop its parent's server
        self._end()

    def kill(self) -> None:
        """Kill it with signal 9, as a crash would; `start` afterwards recovers."""
        if self._process is not None:
            self._process.kill()
        self._end()

    def restart(self) -> Self:
        """Stop if running, start again; keeps the port if nobody took it meanwhile."""
        self.stop()
        return self.start()

    # How it is done.

    def _launch(self, account: Account, deadline: float) -> None:
        self._rotate_log()
        port, attempts = first_number(self.folder / "port") or free_port(), 0
        while True:
            self._port = port
            self._spawn(account, port)
            try:
                self._wait(deadline)
            except _Exited as ended:
                log = str(ended)
                if "ddress already in use" in log and attempts < _PORT_ATTEMPTS:
                    port, attempts = free_port(), attempts + 1
                elif self._is_passing(log) and time.monotonic() < deadline:
                    time.sleep(0.1)
                else:
                    raise EmbeddedError(f"{self.title} did not start.\n{log}") from None
            else:
                (self.folder / "port").write_text(str(port))
                return

    def _spawn(self, account: Account, port: int) -> None:
        with self.log_file.open("ab") as log:
            self._log_start = log.tell()
            # A session of its own keeps a terminal's Ctrl-C away: whoever started the server stops
            # it when everything that uses it is gone.
            self._process = subprocess.Popen(  # noqa: S603
                [*account.prefix, *self._command(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data_folder,
                env=_environment(),
                user=account.uid,
                group=account.gid,
                extra_groups=None if account.uid is None else (),
                start_new_session=True,
                preexec_fn=tied_to_parent(self.stop_signals[0]),  # noqa: PLW1509  (one system call)
            )
        (self.folder / "pid").write_text(str(self._process.pid))

    def _wait(self, deadline: float) -> None:
        process = self._process
        if process is None:
            raise _Exited("It has not been started.")
        while True:
            if process.poll() is not None:
                raise _Exited(self._log_tail())
            if self._is_ready():
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.title} is not ready in time.\n{self._log_tail()}")
            time.sleep(_POLL)

    def _end(self) -> None:
        atexit.unregister(self._at_exit)
        process, self._process = self._process, None
        if process is not None:
            for number in self.stop_signals:
                if process.poll() is not None:
                    break
                process.send_signal(number)
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    continue
            process.wait()
            (self.folder / "pid").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _at_exit(self) -> None:
        if self._parent == os.getpid():
            self._end()

    def _acquire(self) -> None:
        """Take the folder for this process; the kernel gives it back however the process ends."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+")
        # A launcher that is just being killed needs a moment.
        limit = time.monotonic() + 2
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
            if holder == str(os.getpid()) or time.monotonic() > limit:
                lock.close()
                raise EmbeddedError(
                    f"{self.title} in {self.folder} is in use by process {holder}. "
                    "Stop that one, or choose another folder."
                )
            time.sleep(_POLL)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _end_left_over(self) -> None:
        """End a server whose launcher is gone: we hold the lock, so nobody looks after it."""
        for pid in self._noted_pids():
            for number in (*self.stop_signals, signal.SIGKILL):
                if not self._is_ours(pid):
                    break
                os.kill(pid, number)
                limit = time.monotonic() + 10
                while self._is_ours(pid) and time.monotonic() < limit:
                    time.sleep(_POLL)
        (self.folder / "pid").unlink(missing_ok=True)

    def _noted_pids(self) -> set[int]:
        """Processes that files of this folder name as its server; may be anybody's by now."""
        return {pid for pid in [first_number(self.folder / "pid")] if pid}

    def _is_ours(self, pid: int) -> bool:
        """Whether `pid` is a live server of this folder: ids are reused, so the id is no proof."""
        if sys.platform == "linux":
            try:
                return Path(f"/proc/{pid}/cwd").readlink() == self.data_folder.resolve()
            except OSError:
                return False
        command = ["ps", "-p", str(pid), "-o", "command="]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        return self.program in listed.stdout and str(self.folder) in listed.stdout

    def _rotate_log(self) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))

    def _log_tail(self) -> str:
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            text = log.read(_LOG_LIMIT).decode(errors="replace")
        return "\n".join(text.splitlines()[-15:])
