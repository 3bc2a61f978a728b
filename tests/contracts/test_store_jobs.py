"""Every store keeps jobs: claimed once, newest first, tried a bounded number of times."""

from __future__ import annotations

import pytest

from graph.errors import NotFoundError
from graph.model.jobs import MAX_ATTEMPTS, Job, JobState
from graph.ports import Store
from tests.contracts.samples import T0, later


def enqueue(store: Store, key: str, *, kind: str = "diagnose", n: int = 0) -> Job:
    """Queue a job."""
    return store.write(lambda t: t.enqueue(kind, key=key, payload={"n": n}, at=T0))


def claim(store: Store, *, at_s: float = 0) -> Job | None:
    """Take the next job."""
    return store.write(lambda t: t.claim_job(at=later(at_s)))


def claimed(store: Store, *, at_s: float = 0) -> Job:
    """Take the next job, which must be there."""
    job = claim(store, at_s=at_s)
    assert job is not None
    return job


def fail(store: Store, job: Job, *, not_before_s: float = 0) -> Job:
    """Send a job back with an error."""
    return store.write(
        lambda t: t.retry_job(job.id, error="磁盘满", not_before=later(not_before_s))
    )


def test_an_empty_queue_has_nothing_to_do(store: Store) -> None:
    """No job, no claim, nothing to release."""
    assert claim(store) is None
    assert store.jobs_open() == 0
    assert store.jobs_failed() == ()
    assert store.write(lambda t: t.release_jobs()) == 0


def test_a_job_is_claimed_once(store: Store) -> None:
    """A running job is open, but nobody else's."""
    queued = enqueue(store, "inc-1", n=7)
    assert (queued.state, queued.attempts, queued.created_at) == (JobState.WAITING, 0, T0)
    job = claimed(store)
    assert (job.id, job.state, job.attempts, job.payload) == (
        queued.id,
        JobState.RUNNING,
        1,
        {"n": 7},
    )
    assert claim(store) is None
    assert store.jobs_open() == 1
    store.write(lambda t: t.finish_job(job.id))
    assert store.jobs_open() == 0


def test_equal_waiting_jobs_are_one(store: Store) -> None:
    """The same kind and key waits once, with the newest payload; another kind is another job."""
    first = enqueue(store, "inc-1", n=1)
    again = enqueue(store, "inc-1", n=2)
    other = enqueue(store, "inc-1", kind="report")
    assert again.id == first.id != other.id
    assert again.payload == {"n": 2}
    assert (store.jobs_open(), store.jobs_open("diagnose"), store.jobs_open("none")) == (2, 1, 0)


def test_the_newest_evidence_comes_first(store: Store) -> None:
    """New evidence moves an old job to the front."""
    for key in ("inc-1", "inc-2", "inc-3"):
        enqueue(store, key)
    enqueue(store, "inc-1", n=2)
    assert [claimed(store).key for _ in range(3)] == ["inc-1", "inc-3", "inc-2"]


def test_nobody_waits_for_ever_behind_newer_evidence(store: Store) -> None:
    """A storm that never pauses is newest each time; who has waited half a minute goes first."""
    for key in ("inc-old", "inc-older"):
        enqueue(store, key)
    assert [_served(store, at_s=second) for second in (10, 29, 31, 32)] == [
        *("storm", "storm"),
        *("inc-older", "inc-old"),
    ]


def _served(store: Store, *, at_s: int) -> str:
    """Bring new evidence of the storm, then do one job; returns whose it was."""
    store.write(lambda t: t.enqueue("diagnose", key="storm", payload={}, at=later(at_s)))
    job = claimed(store, at_s=at_s)
    store.write(lambda t: t.finish_job(job.id))
    return job.key


def test_evidence_during_a_run_waits_for_its_end(store: Store) -> None:
    """A second job of the key waits until the first is done."""
    enqueue(store, "inc-1", n=1)
    running = claimed(store)
    waiting = enqueue(store, "inc-1", n=2)
    assert waiting.id != running.id
    assert claim(store) is None
    store.write(lambda t: t.finish_job(running.id))
    assert claimed(store).payload == {"n": 2}


def test_the_next_job_is_claimed_with_the_end_of_the_last(store: Store) -> None:
    """Also where new evidence of the same key waits, and where nothing does."""
    enqueue(store, "inc-1", n=1)
    first = claimed(store)
    enqueue(store, "inc-1", n=2)
    second = store.write(lambda t: t.claim_job(at=later(0), done=first.id))
    assert second is not None
    assert (second.payload, second.state, second.attempts) == ({"n": 2}, JobState.RUNNING, 1)
    assert store.write(lambda t: t.claim_job(at=later(0), done=second.id)) is None
    assert store.jobs_open() == 0


def test_a_failed_job_stays_visible_until_an_equal_one_succeeds(store: Store) -> None:
    """The doctor sees the reason; success of newer evidence ends the matter."""
    enqueue(store, "inc-1")
    job = claimed(store)
    store.write(lambda t: t.finish_job(job.id, error="没有模型"))
    (failed,) = store.jobs_failed()
    assert (failed.id, failed.state, failed.error) == (job.id, JobState.FAILED, "没有模型")
    assert store.jobs_open() == 0
    enqueue(store, "inc-1")
    newer = claimed(store)
    store.write(lambda t: t.finish_job(newer.id))
    assert store.jobs_failed() == ()


def test_a_retry_waits_for_its_time(store: Store) -> None:
    """Before it nobody takes the job, and others go first."""
    enqueue(store, "inc-1")
    again = fail(store, claimed(store), not_before_s=10)
    assert (again.state, again.error) == (JobState.WAITING, "磁盘满")
    assert claim(store, at_s=9.9) is None
    retried = claimed(store, at_s=10)
    assert retried.attempts == 2


def test_tries_are_bounded(store: Store) -> None:
    """After the last try the job has failed, with its last error."""
    enqueue(store, "inc-1")
    states = [fail(store, claimed(store)).state for _ in range(MAX_ATTEMPTS)]
    assert states == [JobState.WAITING] * (MAX_ATTEMPTS - 1) + [JobState.FAILED]
    assert [job.error for job in store.jobs_failed()] == ["磁盘满"]
    assert claim(store) is None


def test_new_evidence_gives_new_tries_at_once(store: Store) -> None:
    """A job that waits for its retry starts afresh when it is queued again."""
    enqueue(store, "inc-1")
    fail(store, claimed(store), not_before_s=60)
    enqueue(store, "inc-1", n=2)
    job = claimed(store)
    assert (job.attempts, job.payload) == (1, {"n": 2})


def test_a_job_can_wait_for_its_time(store: Store) -> None:
    """Queued for later it is open but not claimed before; queued again without, it is due."""
    store.write(lambda t: t.enqueue("r", key="a", payload={}, at=T0, not_before=later(60)))
    assert (claim(store, at_s=59), store.jobs_open("r")) == (None, 1)
    assert claimed(store, at_s=60).key == "a"
    store.write(lambda t: t.enqueue("r", key="b", payload={}, at=T0, not_before=later(60)))
    store.write(lambda t: t.enqueue("r", key="b", payload={}, at=T0))
    assert claimed(store).key == "b"


def test_a_retry_gives_way_to_newer_evidence(store: Store) -> None:
    """Where an equal job waits, the failed run needs no second."""
    enqueue(store, "inc-1", n=1)
    running = claimed(store)
    enqueue(store, "inc-1", n=2)
    assert fail(store, running).state is JobState.DONE
    assert store.jobs_open() == 1
    assert claimed(store).payload == {"n": 2}


def test_running_jobs_are_released_after_a_crash(store: Store) -> None:
    """They wait again; one whose evidence is outdated is dropped."""
    enqueue(store, "inc-1", n=1)
    enqueue(store, "inc-2", n=1)
    claimed(store), claimed(store)
    enqueue(store, "inc-2", n=2)
    assert store.write(lambda t: t.release_jobs()) == 1
    assert store.jobs_open() == 2
    assert {claimed(store).key for _ in range(2)} == {"inc-1", "inc-2"}


def test_the_jobs_of_one_kind_are_released_alone(store: Store) -> None:
    """A worker that lost its store must not put back what the other one is doing."""
    enqueue(store, "inc-1")
    other = store.write(lambda t: t.enqueue("remediation", key="rem-1", payload={}, at=T0))
    mine = store.write(lambda t: t.claim_job(at=T0, kind="diagnose"))
    assert mine is not None
    assert claimed(store).id == other.id
    assert store.write(lambda t: t.release_jobs(mine.kind)) == 1
    assert claimed(store).id == mine.id
    assert store.write(lambda t: t.claim_job(at=T0)) is None, "the other runs on"
    store.write(lambda t: t.finish_job(other.id))


def test_a_try_that_does_not_count_is_none(store: Store) -> None:
    """However often the store was away, the job goes on; then its own failures end it."""
    enqueue(store, "inc-1")
    for _ in range(MAX_ATTEMPTS):
        claimed(store)
        assert store.write(lambda t: t.release_jobs(counted=False)) == 1
        job = claimed(store)
        store.write(lambda t, j=job: t.retry_job(j.id, error="", not_before=T0, counted=False))  # type: ignore[misc]
    for left in reversed(range(MAX_ATTEMPTS)):
        job = claimed(store)
        again = store.write(lambda t, j=job: t.retry_job(j.id, error="no", not_before=T0))  # type: ignore[misc]
        assert (again.state == "failed") == (left == 0)


def test_a_job_that_ends_the_process_each_time_fails_in_the_end(store: Store) -> None:
    """A poisoned job must not keep the server from starting."""
    enqueue(store, "inc-1")
    for _ in range(MAX_ATTEMPTS):
        claimed(store)
        store.write(lambda t: t.release_jobs())
    assert claim(store) is None
    (failed,) = store.jobs_failed()
    assert "process ended" in failed.error


def test_finishing_or_retrying_no_job_is_refused(store: Store) -> None:
    """An unknown id is named."""
    with pytest.raises(NotFoundError, match="99"):
        store.write(lambda t: t.finish_job(99))
    with pytest.raises(NotFoundError, match="99"):
        store.write(lambda t: t.retry_job(99, error="x", not_before=T0))
