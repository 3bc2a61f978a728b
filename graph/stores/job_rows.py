"""Rows of jobs: waiting -> running -> done | failed, and back to waiting for another try.

`turn` rises with every enqueue, so that the newest evidence is claimed first, but for what has
waited for `OVERDUE`; `not_before` holds a retry back. Of one (kind, key) at most one job waits and
at most one runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from graph.errors import NotFoundError
from graph.model.jobs import MAX_ATTEMPTS, Job, JobState
from graph.stores import sql

# Two answers of a storm take less: nobody waits longer while the newest goes first (assumed).
OVERDUE: Final = timedelta(seconds=30)
_COLUMNS: Final = "id, kind, key, payload, state, attempts, created_at, error"
_OPEN: Final = """
    SELECT count(*) FROM jobs
    WHERE state IN ('waiting', 'running') AND (:kind IS NULL OR kind = :kind)"""
_FAILED: Final = f"SELECT {_COLUMNS} FROM jobs WHERE state = 'failed' ORDER BY id"
_JOB: Final = f"SELECT {_COLUMNS} FROM jobs WHERE id = :id"
_WAITING: Final = """
    SELECT id FROM jobs WHERE kind = :kind AND key = :key AND state = 'waiting'"""
_NEXT_TURN: Final = "(SELECT coalesce(max(turn), 0) + 1 FROM jobs)"
_REFRESH: Final = f"""
    UPDATE jobs SET payload = :payload, turn = {_NEXT_TURN}, attempts = 0,
      not_before = :not_before, error = ''
    WHERE kind = :kind AND key = :key AND state = 'waiting'
    RETURNING {_COLUMNS}"""
_ADD: Final = f"""
    INSERT INTO jobs (kind, key, state, attempts, turn, created_at, payload, error, not_before)
    VALUES (:kind, :key, 'waiting', 0, {_NEXT_TURN}, :at, :payload, '', :not_before)
    RETURNING {_COLUMNS}"""
# `:done` runs no longer by the time the next one is taken.
_NEXT: Final = f"""
    SELECT {_COLUMNS} FROM jobs AS job
    WHERE state = 'waiting' AND (not_before IS NULL OR not_before <= :at)
      AND (:kind IS NULL OR kind = :kind)
      AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.state = 'running'
                      AND other.kind = job.kind AND other.key = job.key
                      AND other.id IS NOT :done)
    ORDER BY created_at > :overdue, CASE WHEN created_at <= :overdue THEN created_at END,
      turn DESC LIMIT 1"""
_TAKE: Final = """
    UPDATE jobs SET state = 'running', attempts = attempts + 1, not_before = NULL WHERE id = :id"""
_FINISH: Final = "UPDATE jobs SET state = :state, error = :error WHERE id = :id"
_FORGET_DONE: Final = """
    DELETE FROM jobs WHERE state IN ('done', 'failed') AND id < :id
      AND (kind, key) = (SELECT kind, key FROM jobs WHERE id = :id AND state = 'done')"""
_RETRY: Final = """
    UPDATE jobs SET state = 'waiting', error = :error, not_before = :not_before,
      attempts = attempts - :uncounted
    WHERE id = :id"""
_RUNNING: Final = f"SELECT {_COLUMNS} FROM jobs WHERE state = 'running' ORDER BY id"


class JobReads(sql.Rows):
    """`JobReader` on rows."""

    def jobs_open(self, kind: str | None = None) -> int:
        """Count waiting and running jobs."""
        return self._number(_OPEN, kind=kind)

    def jobs_failed(self) -> tuple[Job, ...]:
        """List jobs that have failed for good, by id."""
        return tuple(_job(row) for row in self._all(_FAILED))


class JobWrites(JobReads):
    """`JobReads`, and the life of a job."""

    def enqueue(
        self,
        kind: str,
        *,
        key: str,
        payload: dict[str, JsonValue],
        at: datetime,
        not_before: datetime | None = None,
    ) -> Job:
        """Queue a job; an equal (kind, key) that still waits is returned with the new payload.

        It is then the newest again, its tries are forgotten, and it is not claimed before
        `not_before`.
        """
        values: dict[str, sql.Value] = {
            "kind": kind,
            "key": key,
            "at": sql.instant(at),
            "payload": json.dumps(payload, ensure_ascii=False),
            "not_before": None if not_before is None else sql.instant(not_before),
        }
        queued = self._all(_REFRESH, **values) or self._all(_ADD, **values)
        return _job(queued[0])

    def enqueue_all(
        self, kind: str, payloads: Mapping[str, dict[str, JsonValue]], *, at: datetime
    ) -> None:
        """Queue a job of each key as `enqueue` does, in their order."""
        for key, payload in payloads.items():
            self.enqueue(kind, key=key, payload=payload, at=at)

    def claim_job(
        self, *, at: datetime, kind: str | None = None, done: int | None = None
    ) -> Job | None:
        """Take the waiting job with the newest evidence, mark it running and count the try.

        One that has waited for `OVERDUE` goes first, the longest waiting of them: a storm that
        never pauses must not keep an older incident waiting for ever. A retry is not taken before
        its time, nor a job while an equal one runs. `done` is finished as `finish_job` does.
        """
        due, overdue = sql.instant(at), sql.instant(at - OVERDUE)
        found = self._all(_NEXT, at=due, overdue=overdue, kind=kind, done=done)
        if done is not None:
            self._finish(done)
        if not found:
            return None
        job = _job(found[0])
        self._put(_TAKE, id=job.id)
        return job.model_copy(update={"state": JobState.RUNNING, "attempts": job.attempts + 1})

    def finish_job(self, job_id: int, *, error: str = "") -> None:
        """Mark done, or failed with the reason (a failed job is kept for the doctor).

        Done, it takes the place of earlier done or failed ones of its (kind, key).
        """
        self._finish(self._job(job_id).id, error=error)

    def _finish(self, job_id: int, *, error: str = "") -> None:
        self._put(_FINISH, id=job_id, state="failed" if error else "done", error=error)
        self._put(_FORGET_DONE, id=job_id)

    def retry_job(
        self, job_id: int, *, error: str, not_before: datetime, counted: bool = True
    ) -> Job:
        """Put a running job back to wait, or fail it after MAX_ATTEMPTS counted tries; says which.

        Where an equal job with newer evidence waits already, this one is done.
        """
        job = self._job(job_id)
        if self._all(_WAITING, kind=job.kind, key=job.key):
            self.finish_job(job_id)
        elif counted and job.attempts >= MAX_ATTEMPTS:
            self.finish_job(job_id, error=error)
        else:
            due = sql.instant(not_before)
            self._run(_RETRY, id=job_id, error=error, not_before=due, uncounted=int(not counted))
        return self._job(job_id)

    def release_jobs(self, kind: str | None = None, *, counted: bool = True) -> int:
        """Put running jobs, of one kind or all, back to waiting (at start, after a crash).

        One that has used up its tries, as when it ends the process each time, has failed; a try
        that is not `counted` is none. Returns how many wait.
        """
        released = 0
        for row in self._all(_RUNNING):
            job = _job(row)
            if kind is not None and job.kind != kind:
                continue
            error = job.error or "the process ended while the job ran"
            again = self.retry_job(job.id, error=error, not_before=job.created_at, counted=counted)
            released += again.state == "waiting"
        return released

    def _job(self, job_id: int) -> Job:
        found = self._all(_JOB, id=job_id)
        if not found:
            raise NotFoundError(f"job {job_id!r} is not stored; claim it first")
        return _job(found[0])


def _job(row: sql.Row) -> Job:
    id_, kind, key, payload, state, attempts, created_at, error = row
    return Job.model_validate(
        {
            "id": id_,
            "kind": kind,
            "key": key,
            "payload": json.loads(str(payload)),
            "state": state,
            "attempts": attempts,
            "created_at": created_at,
            "error": error,
        }
    )
