"""The demo as one thing: it starts, stops together, and dies together, leaving nobody behind."""

import os
import signal
import subprocess
import sys
import urllib.request

import psutil
import pytest

from core.embedded.process import free_port

pytestmark = pytest.mark.crash


@pytest.fixture
def demo(root, tmp_path):
    """`demo()` starts the demo of the smallest municipality and waits for its addresses."""
    tenants = tmp_path / "tenants"
    tenants.mkdir()
    (tenants / "oktyabrsky").symlink_to(root / "tenants" / "oktyabrsky")
    (tenants / "associations.toml").symlink_to(root / "tenants" / "associations.toml")
    started = []

    def start():
        port = free_port()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("VECHE_")
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "demo", "--folder", str(tmp_path / "demo"),
             "--port", str(port)],
            cwd=root,
            env={**environment, "VECHE_TENANTS": str(tenants), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        started.append(process)
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                return process, port
        raise AssertionError("".join(lines))

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def family(process):
    """Everything the demo has started, by name of what it runs."""
    return psutil.Process(process.pid).children(recursive=True)


def find(members, word):
    return next(member for member in members if word in member.cmdline())


def ends(process, seconds=30):
    out, _ = process.communicate(timeout=seconds)
    return process.returncode, out


def all_gone(members):
    _, alive = psutil.wait_procs(members, timeout=15)
    return not alive


def get(port, host):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"host": host})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status


def test_the_demo_starts_and_ends_as_one(demo):
    process, port = demo()
    assert get(port, "oktyabrsky.localhost") == 200

    # The supervisor is killed: nobody outlives it.
    members = family(process)
    assert len(members) > 5
    process.kill()
    assert all_gone(members)

    # One part dies: all of it stops, and says which.
    process, _port = demo()
    members = family(process)
    find(members, "worker").send_signal(signal.SIGKILL)
    code, said = ends(process)
    assert code == 1
    assert "worker ended with code -9" in said
    assert all_gone(members)

    # A server dies: the same.
    process, _port = demo()
    members = family(process)
    postgres = next(m for m in members if "postgres" in m.cmdline()[0] and "-D" in m.cmdline())
    postgres.send_signal(signal.SIGKILL)
    code, said = ends(process)
    assert code == 1
    assert "PostgreSQL ended" in said
    assert all_gone(members)

    # It is asked to stop: everything finishes.
    process, port = demo()
    assert get(port, "oktyabrsky.localhost") == 200
    members = family(process)
    process.send_signal(signal.SIGINT)
    code, said = ends(process)
    assert code == 0
    assert "Stopped." in said
    assert all_gone(members)


def test_a_port_that_is_taken_is_named(root, tmp_path, servers):
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", "demo", "--folder", str(tmp_path / "demo"),
         "--port", str(servers.redis.port)],
        cwd=root,
        env={n: v for n, v in os.environ.items() if not n.startswith("VECHE_")},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is taken by another program" in done.stderr
