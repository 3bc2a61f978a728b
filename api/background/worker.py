"""A worker thread: it takes jobs out of the store and hands them to their handlers.

A job is done at least once: a handler must be idempotent. A failure is logged with the job's id and
kind, tried again after a pause, and after MAX_ATTEMPTS tries kept as failed for the doctor. Tries
that only failed because the store was away do not count.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol

from graph.errors import EtiographError, StoreAwayError
from graph.model.jobs import Job, JobState
from graph.ports import Clock, Store

Handler = Callable[[Job], None]

# How often an idle worker looks whether somebody forgot to wake it, or a retry is due.
_IDLE_S: Final = 0.5
_RETRY_PAUSES_S: Final = (1, 5)
_ERROR_LENGTH: Final = 500


class Log(Protocol):
    """Where a failure is told; structlog's logger is one."""

    def error(self, event: str, **fields: object) -> object:
        """Tell of a failure."""
        ...


class Worker:
    """Run the handlers of `handlers` (by job kind) in one thread, one job at a time.

    Args:
        store: where the jobs are.
        handlers: what to do for each kind; a job of another kind fails at once.
        clock: the wall clock.
        kind: take jobs of this kind only; None takes them all.
        pause: tells how many seconds the thread holds on before it looks again; 0.0 is: now.
        log: where failures are told; structlog unless said.
    """

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        kind: str | None = None,
        pause: Callable[[], float] = lambda: 0.0,
        log: Log | None = None,
    ) -> None:
        self._store: Final = store
        self._handlers: Final = dict(handlers)
        self._clock: Final = clock
        self._kind: Final = kind
        self._pause: Final = pause
        self._log: Final[Log] = _logger() if log is None else log
        self._wake: Final = threading.Event()
        self._stopping: Final = threading.Event()
        self._thread: threading.Thread | None = None
        self._one_at_a_time: Final = threading.Lock()
        self._store_failed = False
        self._done: int | None = None  # a job that is done and not marked so yet

    @property
    def healthy(self) -> bool:
        """Tell whether the thread runs and its store answers."""
        thread = self._thread
        return thread is not None and thread.is_alive() and not self._store_failed

    def start(self, *, first: bool = True) -> int:
        """Put jobs of a dead process back to wait and start the thread; returns how many.

        Only the `first` worker of a process does so: the next one's jobs may run already.

        Raises: RuntimeError if it runs already.
        """
        if self._thread is not None and self._thread.is_alive():
            raise RuntimeError("the worker runs already; stop it first")
        released = self._store.write(lambda tx: tx.release_jobs()) if first else 0
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._run, name=f"etiograph-worker-{self._kind or 'all'}", daemon=True
        )
        self._thread.start()
        return released

    def wake(self) -> None:
        """Say that there is a new job, so that it starts as soon as nothing pauses the worker."""
        self._wake.set()

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Let the job under way end, then end the thread; False if it still runs after the time."""
        self._stopping.set()
        self._wake.set()
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def drain(self) -> int:
        """Do every job that is due in the calling thread; returns how many were tried.

        A job under way in the worker's thread has ended when this returns.
        """
        done = 0
        while self._do_next():
            done += 1
        return done

    def _run(self) -> None:
        while not self._stopping.is_set():
            if (left := self._pause()) > 0.0:
                self._logged(self._mark_done)
                self._stopping.wait(left)
            elif not self._next_or_log():
                self._wake.wait(_IDLE_S)
                self._wake.clear()
        self._logged(self._mark_done)

    def _next_or_log(self) -> bool:
        """Do one job; False when there is none, or when the store fails for now."""
        return self._logged(self._do_next)

    def _logged(self, step: Callable[[], bool]) -> bool:
        """Take a step; False when there is nothing to do, or when the store fails for now."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - the process edge: the thread must live on
            self._store_failed = True
            self._log.error("worker_failed", error=_reason(error), exc_info=error)
            return False

    def _do_next(self) -> bool:
        with self._one_at_a_time:
            job = self._claimed()
            if job is not None:
                self._do(job)
            return job is not None

    def _claimed(self) -> Job | None:
        if self._store_failed:  # it may have failed between a job and the note of its end
            # Only this thread's: the other worker's jobs may run on.
            self._store.write(lambda tx: tx.release_jobs(self._kind, counted=False))
            self._store_failed, self._done = False, None
        # A look first: an idle worker must not take the write lock twice a second.
        if self._done is None and self._store.jobs_open(self._kind) == 0:
            return None
        now, kind, done = self._clock.now(), self._kind, self._done
        claimed = self._store.write(lambda tx: tx.claim_job(at=now, kind=kind, done=done))
        self._done = None
        return claimed

    def _mark_done(self) -> bool:
        """Say of the last job that it is done, where no next one is claimed at once."""
        with self._one_at_a_time:
            if (done := self._done) is not None and not self._store_failed:
                self._store.write(lambda transaction: transaction.finish_job(done))
                self._done = None
            return done is not None

    def _do(self, job: Job) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            self._fail(job, f"no handler for jobs of kind {job.kind!r}")
            return
        try:
            handler(job)
        except Exception as error:  # noqa: BLE001 - the process edge: logged, counted, retried
            self._retry(job, error)
        else:
            self._done = job.id

    def _fail(self, job: Job, reason: str) -> None:
        self._store.write(lambda transaction: transaction.finish_job(job.id, error=reason))
        self._log.error("job_failed", job_id=job.id, kind=job.kind, key=job.key, error=reason)

    def _retry(self, job: Job, error: Exception) -> None:
        pause = _RETRY_PAUSES_S[min(job.attempts, len(_RETRY_PAUSES_S)) - 1]
        not_before = self._clock.now() + timedelta(seconds=pause)
        reason = _reason(error)
        again = self._store.write(
            lambda tx: tx.retry_job(
                job.id,
                error=reason,
                not_before=not_before,
                counted=not isinstance(error, StoreAwayError),
            )
        )
        event = "job_failed" if again.state is JobState.FAILED else "job_failed_once"
        self._log.error(
            event,
            job_id=job.id,
            kind=job.kind,
            key=job.key,
            attempts=job.attempts,
            error=reason,
            exc_info=error,
        )


def _reason(error: Exception) -> str:
    name = "" if isinstance(error, EtiographError) else f"{type(error).__name__}: "
    return f"{name}{error}"[:_ERROR_LENGTH]


def _logger() -> Log:
    """Load structlog with the first worker: a command that starts none does not wait for it."""
    import structlog

    told: Log = structlog.get_logger("worker")
    return told
