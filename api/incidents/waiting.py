"""Waiting for a diagnosis that covers all evidence stored when the call came in."""

from __future__ import annotations

import threading
import time
from typing import Final

from api.bootstrap import Assistant
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis

MAX_WAIT_S: Final = 30
# Each waiter holds a thread of the pool (40): the others must find one.
_WAITERS: Final = threading.BoundedSemaphore(16)
_LOOK_AGAIN_S: Final = 0.25


def await_diagnosis(
    assistant: Assistant, principal: Principal, incident_id: str, *, wait_s: float
) -> tuple[Diagnosis | None, int]:
    """Return the newest diagnosis once it covers the evidence, else None; and what was to cover.

    Waits up to `wait_s` seconds, less where too many wait already or the server goes down.

    Raises: NotFoundError.
    """
    wanted = assistant.store.incident(principal, incident_id).evidence_revision
    found = _covering(assistant, principal, incident_id, wanted)
    if found is None and wait_s > 0 and _WAITERS.acquire(blocking=False):
        try:
            found = _wait(assistant, principal, incident_id, wanted=wanted, wait_s=wait_s)
        finally:
            _WAITERS.release()
    return found, wanted


def _wait(
    assistant: Assistant, principal: Principal, incident_id: str, *, wanted: int, wait_s: float
) -> Diagnosis | None:
    deadline = time.monotonic() + min(wait_s, MAX_WAIT_S)
    found: Diagnosis | None = None
    rings = -1  # look before the first sleep: it may have rung since the caller's own look
    while found is None and not assistant.stopping and (left := deadline - time.monotonic()) > 0.0:
        assistant.diagnosed.wait(since=rings, timeout_s=min(left, _LOOK_AGAIN_S))
        rings = assistant.diagnosed.rings  # counted before the look: no ring falls in between
        found = _covering(assistant, principal, incident_id, wanted)
    return found


def _covering(
    assistant: Assistant, principal: Principal, incident_id: str, wanted: int
) -> Diagnosis | None:
    incident = assistant.store.incident(principal, incident_id)
    if incident.diagnosed_revision < wanted:
        return None
    return assistant.store.diagnosis(incident_id)
