"""Jobs, whatever happens in whatever order: none is lost, doubled, or tried for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from graph.model.jobs import MAX_ATTEMPTS, Job, JobState
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.job_rows import OVERDUE
from tests.contracts.samples import T0

KEYS = st.sampled_from(["inc-1", "inc-2", "inc-3"])


class JobLife(RuleBasedStateMachine):
    """The store beside a small model: what waits (key -> newest n, tries) and what runs."""

    def __init__(self) -> None:
        super().__init__()
        self.store = EmbeddedGraphStore(None)
        self.now: datetime = T0
        self.n = 0
        self.waiting: dict[str, tuple[int, int, datetime]] = {}  # n, tries, not before
        self.since: dict[str, datetime] = {}  # of what waits
        self.running: dict[str, Job] = {}
        self.failed: set[str] = set()

    def teardown(self) -> None:
        """Close the store."""
        self.store.close()

    @rule(key=KEYS)
    def enqueue(self, key: str) -> None:
        """New evidence: one waiting job of the key, with the newest payload and no tries."""
        self.n += 1
        job = self.store.write(
            lambda t: t.enqueue("diagnose", key=key, payload={"n": self.n}, at=self.now)
        )
        assert (job.state, job.attempts, job.payload) == (JobState.WAITING, 0, {"n": self.n})
        self.since[key] = self.since[key] if key in self.waiting else self.now
        self.waiting[key] = (self.n, 0, self.now)

    @rule()
    def claim(self) -> None:
        """The newest evidence that is due and whose key does not run; first who is overdue."""
        due = {
            key: (n, tries)
            for key, (n, tries, not_before) in self.waiting.items()
            if key not in self.running and not_before <= self.now
        }
        job = self.store.write(lambda t: t.claim_job(at=self.now))
        assert (job is None) == (not due)
        if job is not None:
            assert job.key == min(due, key=lambda key: self._place(key, due[key][0]))
            assert (job.payload, job.attempts) == ({"n": due[job.key][0]}, due[job.key][1] + 1)
            del self.waiting[job.key]
            self.running[job.key] = job

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """A running job ends well; earlier failures of its key are settled."""
        job = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        self.store.write(lambda t: t.finish_job(job.id))
        self.failed.discard(job.key)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), pause_s=st.integers(min_value=0, max_value=20))
    def retry(self, data: st.DataObject, pause_s: int) -> None:
        """A running job fails: newer evidence takes over, or it waits, or that was its last try."""
        job = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        not_before = self.now + timedelta(seconds=pause_s)
        again = self.store.write(lambda t: t.retry_job(job.id, error="no", not_before=not_before))
        assert again.state is self._after_failure(job, not_before)

    @rule()
    def crash(self) -> None:
        """The process dies and starts again."""
        released = self.store.write(lambda t: t.release_jobs())
        states = [self._after_failure(job, self.now) for job in self.running.values()]
        self.running.clear()
        assert released == states.count(JobState.WAITING)

    @rule(seconds=st.integers(min_value=1, max_value=15))
    def pass_time(self, seconds: int) -> None:
        """Time goes by."""
        self.now += timedelta(seconds=seconds)

    def _place(self, key: str, n: int) -> tuple[bool, datetime, int]:
        """Order by claim: the overdue by how long they wait, then the newest evidence."""
        since = self.since[key]
        late = since <= self.now - OVERDUE
        return (not late, since if late else T0, -n)

    def _after_failure(self, job: Job, not_before: datetime) -> JobState:
        if job.key in self.waiting:
            self.failed.discard(job.key)
            return JobState.DONE
        if job.attempts >= MAX_ATTEMPTS:
            self.failed.add(job.key)
            return JobState.FAILED
        n = job.payload["n"]
        assert isinstance(n, int)
        self.waiting[job.key] = (n, job.attempts, not_before)
        self.since[job.key] = job.created_at
        return JobState.WAITING

    @invariant()
    def the_counts_agree(self) -> None:
        """Open and failed jobs are those of the model."""
        assert self.store.jobs_open() == len(self.waiting) + len(self.running)
        assert {job.key for job in self.store.jobs_failed()} == self.failed


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(max_examples=60, stateful_step_count=30)
