"""Worker and scheduler as they run: through Redis, with threads, stopped and interrupted."""

import signal
import threading
import time
from datetime import timedelta

import pytest
from redis import RedisError

from core.jobs.broker import make_broker
from core.jobs.process import Heartbeat, stop_on_signals
from core.scheduler import Tidying, hand_over, schedule
from core.worker import work as run_work


def eventually(check, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def running(runtime):
    """`running(part, …)` runs a part of the installation in a thread until the test ends."""
    stopping = threading.Event()
    threads = []

    def start(part, **more):
        thread = threading.Thread(target=part, args=(runtime, stopping), kwargs=more)
        thread.start()
        threads.append(thread)

    yield start
    stopping.set()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_what_is_emitted_is_handled_soon(bell, ring, city, other_city, running, heard, outbox):
    running(run_work, threads=2)
    running(schedule)
    events = {each.role: [str(ring(each)) for _ in range(5)] for each in (city, other_city)}
    for each in (city, other_city):
        eventually(lambda each=each: sorted(heard(each)) == sorted(events[each.role]))
    eventually(lambda: outbox() == [])


def test_two_schedulers_and_a_lost_message_change_nothing(
    bell, ring, city, running, heard, runtime, outbox, clock
):
    event = str(ring(city))
    broker = make_broker(runtime.settings.redis_url)
    broker.declare_queue("events")
    assert hand_over(runtime, broker) == 1
    runtime.redis.flushdb()  # Redis has lost everything
    running(run_work, threads=2)
    running(schedule)
    running(schedule)
    time.sleep(0.5)
    assert heard(city) == []
    clock.move(timedelta(seconds=20))
    eventually(lambda: heard(city) == [event])
    eventually(lambda: outbox() == [])


def test_the_scheduler_waits_while_redis_is_away(ring, city, runtime, running, monkeypatch):
    tries = []

    def away(*_arguments):
        tries.append(1)
        raise RedisError("away")

    monkeypatch.setattr("core.scheduler.hand_over", away)
    running(schedule)
    eventually(lambda: len(tries) >= 2)
    monkeypatch.undo()
    ring(city)
    eventually(lambda: runtime.redis.llen("veche:events") == 1)


def test_cities_are_tidied_in_turn(runtime, owner, clock):
    cities = runtime.registry.all()
    for city in cities:
        owner.execute(
            f"INSERT INTO {city.role}.event_receipt VALUES (gen_random_uuid(), 'h', '2020-01-01')"
        )
    tidying = Tidying(runtime)
    for turn in range(1, len(cities) + 1):
        tidying.next_city()
        left = sum(
            owner.execute(f"SELECT count(*) FROM {city.role}.event_receipt").fetchone()[0]
            for city in cities
        )
        assert left == len(cities) - turn


def test_a_heartbeat_touches_its_file_now_and_then(tmp_path, monkeypatch):
    file = tmp_path / "beat"
    monkeypatch.setenv("VECHE_HEARTBEAT", str(file))
    heart = Heartbeat()
    heart.beat()
    assert file.exists()
    file.unlink()
    heart.beat()
    assert not file.exists()
    monkeypatch.delenv("VECHE_HEARTBEAT")
    Heartbeat().beat()


def test_a_signal_asks_to_stop():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stopping = stop_on_signals()
        assert not stopping.is_set()
        signal.raise_signal(signal.SIGTERM)
        assert stopping.is_set()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
