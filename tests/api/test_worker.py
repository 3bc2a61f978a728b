"""The worker does every job at least once, says what fails, and never dies silently."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from api.background.worker import Handler, Worker
from graph.errors import StoreAwayError, StoreError
from graph.model.jobs import MAX_ATTEMPTS, Job
from graph.stores.embedded_store import EmbeddedGraphStore, EmbeddedTransaction
from tests.contracts.samples import T0, later

T = TypeVar("T")


@dataclass
class SetClock:
    """A clock that somebody sets."""

    at: datetime = T0

    def now(self) -> datetime:
        """Tell the time that was set."""
        return self.at

    def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        self.at += timedelta(seconds=seconds)


@dataclass
class MemoryLog:
    """A log that remembers; `told` is set at the first line."""

    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    told: threading.Event = field(default_factory=threading.Event)

    def error(self, event: str, **fields: object) -> None:
        """Remember a failure."""
        self.lines.append((event, fields))
        self.told.set()


class FailingStore(EmbeddedGraphStore):
    """A store whose disk is full while `full` holds."""

    full = False

    def write(self, work: Callable[[EmbeddedTransaction], T]) -> T:
        """Fail, or write."""
        if self.full:
            raise StoreError("the disk is full")
        return super().write(work)


@pytest.fixture
def store() -> Iterator[FailingStore]:
    """Open a store in memory."""
    opened = FailingStore(None)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SetClock:
    """Start at T0."""
    return SetClock()


@pytest.fixture
def log() -> MemoryLog:
    """Start with nothing told."""
    return MemoryLog()


def enqueue(store: FailingStore, key: str, *, n: int = 0) -> Job:
    """Queue a job of kind `diagnose`."""
    return store.write(lambda t: t.enqueue("diagnose", key=key, payload={"n": n}, at=T0))


def refuse(job: Job) -> None:
    """Be a handler that always fails."""
    raise ValueError(f"no model for {job.key}")


def make(store: FailingStore, handler: Handler, clock: SetClock, log: MemoryLog) -> Worker:
    """Make a worker for jobs of kind `diagnose`."""
    return Worker(store, {"diagnose": handler}, clock, log=log)


def test_jobs_are_done_newest_evidence_first(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """Draining does all of them and leaves none open."""
    done: list[str] = []
    enqueue(store, "inc-1")
    enqueue(store, "inc-2")
    worker = make(store, lambda job: done.append(job.key), clock, log)
    assert worker.drain() == 2
    assert done == ["inc-2", "inc-1"]
    assert (store.jobs_open(), store.jobs_failed(), log.lines) == (0, (), [])


def test_a_handler_may_queue_more(store: FailingStore, clock: SetClock, log: MemoryLog) -> None:
    """Evidence that comes during a run is worked on in the same drain."""
    seen: list[object] = []

    def handle(job: Job) -> None:
        seen.append(job.payload["n"])
        if len(seen) == 1:
            enqueue(store, job.key, n=2)

    enqueue(store, "inc-1", n=1)
    assert make(store, handle, clock, log).drain() == 2
    assert seen == [1, 2]


def test_an_outage_of_the_store_costs_no_try(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """A handler that cannot reach the store is tried again for as long as that lasts."""
    away = 2 * MAX_ATTEMPTS

    def reach(job: Job) -> None:
        nonlocal away
        away -= 1
        if away > 0:
            raise StoreAwayError("the store is away")

    enqueue(store, "inc-1")
    worker = make(store, reach, clock, log)
    for _ in range(2 * MAX_ATTEMPTS):
        worker.drain()
        clock.pass_time(10)
    assert (away, store.jobs_open(), store.jobs_failed()) == (0, 0, ())


def test_a_worker_that_lost_the_store_leaves_the_jobs_of_another(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """What the other does meanwhile is done once, and evidence that comes then is not lost."""
    seen: list[object] = []
    other = Worker(store, {}, clock, kind="remediation", log=log)
    enqueue(store, "inc-1", n=1)
    store.write(lambda t: t.enqueue("remediation", key="r", payload={}, at=T0))

    def handle(job: Job) -> None:
        seen.append(job.payload["n"])
        if len(seen) == 1:
            store.full = True
            assert not other._next_or_log()
            store.full = False
            other.drain()
            enqueue(store, "inc-1", n=2)

    worker = Worker(store, {"diagnose": handle}, clock, kind="diagnose", log=log)
    worker.drain()
    assert seen == [1, 2]


def test_a_failure_is_logged_and_tried_again_after_a_pause(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """Not at once, and not for ever: after the last try it has failed, with its reason."""
    job = enqueue(store, "inc-1")
    worker = make(store, refuse, clock, log)
    tries = []
    for _ in range(MAX_ATTEMPTS + 2):
        tries.append(worker.drain())
        clock.pass_time(10)
    assert tries == [1] * MAX_ATTEMPTS + [0, 0]
    events = [(event, fields["job_id"], fields["kind"]) for event, fields in log.lines]
    once = ("job_failed_once", job.id, "diagnose")
    assert events == [once] * (MAX_ATTEMPTS - 1) + [("job_failed", job.id, "diagnose")]
    (failed,) = store.jobs_failed()
    assert failed.error == "ValueError: no model for inc-1"


def test_one_failing_job_holds_up_no_other(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """The pause is the failing job's own."""
    done: list[str] = []

    def handle(job: Job) -> None:
        if job.key == "inc-bad":
            raise ValueError(job.key)
        done.append(job.key)

    enqueue(store, "inc-1")
    enqueue(store, "inc-bad")
    assert make(store, handle, clock, log).drain() == 2
    assert done == ["inc-1"]
    assert store.jobs_open() == 1


def test_a_job_of_an_unknown_kind_fails_at_once(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """Trying again would not help."""
    store.write(lambda t: t.enqueue("unknown", key="x", payload={}, at=T0))
    assert make(store, refuse, clock, log).drain() == 1
    assert [job.error for job in store.jobs_failed()] == ["no handler for jobs of kind 'unknown'"]
    assert [event for event, _ in log.lines] == ["job_failed"]


def test_the_thread_wakes_for_a_new_job(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """A woken worker does the job; stopping lets it end."""
    done = threading.Event()
    worker = make(store, lambda job: done.set(), clock, log)
    healthy = [worker.healthy]
    worker.start()
    healthy.append(worker.healthy)
    enqueue(store, "inc-1")
    worker.wake()
    assert done.wait(timeout=30)
    assert worker.stop()
    assert [*healthy, worker.healthy] == [False, True, False]
    assert store.jobs_open() == 0


def test_the_thread_finds_a_job_that_nobody_told_it_of(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """An idle worker looks by itself."""
    done = threading.Event()
    worker = make(store, lambda job: done.set(), clock, log)
    worker.start()
    enqueue(store, "inc-1")
    assert done.wait(timeout=30)
    assert worker.stop()


def test_a_job_is_marked_done_before_a_pause_and_at_the_end(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """Not only with the claim of the next one, for which a storm may make it wait."""
    done, paused, go_on = threading.Event(), threading.Event(), threading.Event()
    open_in_pause: list[int] = []

    def pause() -> float:
        if done.is_set() and not paused.is_set():
            paused.set()
            return 0.001
        if paused.is_set() and not open_in_pause:
            open_in_pause.append(store.jobs_open())
            go_on.set()
        return 0.0

    enqueue(store, "inc-1")
    handlers: dict[str, Handler] = {"diagnose": lambda job: done.set()}
    worker = Worker(store, handlers, clock, pause=pause, log=log)
    worker.start()
    assert go_on.wait(timeout=30)
    assert open_in_pause == [0]
    enqueue(store, "inc-2")
    worker.wake()
    assert worker.stop()
    enqueue(store, "inc-3")
    worker.drain()
    assert store.jobs_open() == 0


def test_a_paused_thread_holds_on_and_then_does_the_job(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """It asks again after each pause; `drain` asks nobody."""
    pauses, done = iter([0.001, 0.001]), threading.Event()
    asked: list[float] = []

    def pause() -> float:
        asked.append(next(pauses, 0.0))
        return asked[-1]

    enqueue(store, "inc-1")
    handlers: dict[str, Handler] = {"diagnose": lambda job: done.set()}
    worker = Worker(store, handlers, clock, pause=pause, log=log)
    worker.start()
    assert done.wait(timeout=30)
    assert worker.stop()
    assert asked[:3] == [0.001, 0.001, 0.0]
    enqueue(store, "inc-2")
    told = len(asked)
    assert (worker.drain(), len(asked)) == (1, told)


def test_a_paused_thread_stops_at_once(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """Who holds on for long does not hold the process up."""
    enqueue(store, "inc-1")
    worker = Worker(store, {"diagnose": refuse}, clock, pause=lambda: 600.0, log=log)
    worker.start()
    assert worker.stop(timeout_s=30)
    assert log.lines == []


def test_a_start_resumes_what_a_crash_left_running(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """A job that was running when the process died is done by the next one."""
    enqueue(store, "inc-1")
    store.write(lambda t: t.claim_job(at=later(0)))
    done = threading.Event()
    worker = make(store, lambda job: done.set(), clock, log)
    assert worker.start() == 1
    assert done.wait(timeout=30)
    with pytest.raises(RuntimeError, match="runs already"):
        worker.start()
    assert worker.stop()


def test_the_thread_outlives_a_failing_store(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """It says so, is unhealthy meanwhile, and finishes the job when the store is back."""
    started, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def handle(job: Job) -> None:
        if started.is_set():
            done.set()
        else:
            started.set()
            go_on.wait(timeout=30)

    enqueue(store, "inc-1")
    worker = make(store, handle, clock, log)
    worker.start()
    assert started.wait(timeout=30)
    store.full = True
    go_on.set()
    assert log.told.wait(timeout=30)
    assert not worker.healthy
    assert log.lines[0][0] == "worker_failed"
    store.full = False
    worker.wake()
    assert done.wait(timeout=30)
    assert worker.stop()
    assert store.jobs_open() == 0


def test_draining_waits_for_the_job_under_way(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """When drain returns, the thread's job is done too."""
    started, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def handle(job: Job) -> None:
        started.set()
        go_on.wait(timeout=30)
        done.append(job.key)

    enqueue(store, "inc-1")
    worker = make(store, handle, clock, log)
    worker.start()
    assert started.wait(timeout=30)
    threading.Timer(0.05, go_on.set).start()
    worker.drain()
    assert done == ["inc-1"]
    assert store.jobs_open() == 0
    assert worker.stop()


def test_a_worker_that_never_started_stops(
    store: FailingStore, clock: SetClock, log: MemoryLog
) -> None:
    """Stopping is always safe."""
    assert make(store, refuse, clock, log).stop()
