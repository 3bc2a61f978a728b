"""Diagnose what is queued, but for what newer evidence has overtaken by the time of a lull."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from api.background.bell import Bell
from api.background.lull import PAUSE_S, Lull
from graph.model.access import Principal
from graph.model.jobs import Job
from graph.ports import Clock, Store

if TYPE_CHECKING:
    from reasoning.diagnose import Diagnoser
    from reasoning.network.evidence import Evidence

_ENGINE: Final = Principal(name="engine")


class OvertakenError(Exception):
    """The incident under diagnosis has newer evidence, and a job for it that waits."""


class Diagnosing:
    """The handler of diagnosis jobs.

    One that began within a storm is ended unfinished, at most between two that are finished, when
    the storm is over and has brought its incident more: the answer to all of it need not wait for
    an answer to half of it, which nobody would see. Safe for threads.
    """

    def __init__(
        self,
        store: Store,
        diagnoser: Callable[[], Diagnoser],
        clock: Clock,
        *,
        rung: Bell,
        lull: Lull,
    ) -> None:
        """Take who diagnoses, made when first needed; `rung` is rung for each that is kept."""
        self._store: Final = store
        self._diagnoser: Final = diagnoser
        self._clock: Final = clock
        self._rung: Final = rung
        self._lull: Final = lull
        self._lock: Final = threading.Lock()
        self._running: str | None = None
        self._newer = False
        self._ended_last = False

    def took(self, incident_ids: Collection[str]) -> None:
        """Say which incidents a stored payload touched."""
        with self._lock:
            self._newer |= self._running in incident_ids

    def __call__(self, job: Job) -> None:
        """Diagnose the incident of a job, or end where the one that waits will say more."""
        covers = job.payload.get("covers")
        with self._lock:
            self._running, self._newer = job.key, False
        try:
            self._diagnoser().diagnose_incident(
                job.key,
                computed_at=self._clock.now(),
                covers=covers if isinstance(covers, int) else None,
                step=self._step,
            )
        except OvertakenError:
            self._ended_last = True
            return
        self._ended_last = False
        self._rung.ring()

    def _step(self, evidence: Evidence) -> None:
        """End what newer evidence has overtaken.

        Raises: OvertakenError.
        """
        with self._lock:
            newer, self._newer = self._newer, self._newer and self._lull.calm_s() < PAUSE_S
        if not newer or self._newer or self._ended_last:
            return
        # What was stored since queued a job in the same transaction, beside the one that runs.
        stored = self._store.incident(_ENGINE, evidence.incident_id)
        if stored.evidence_revision > evidence.revision:
            raise OvertakenError
