"""The emergency stop: one operator pulls it, two other people lift it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from graph.model.access import Principal
from graph.model.remediation import EmergencyStop
from graph.ports import Transaction
from reasoning.remediation.attempts import by_token
from reasoning.remediation.book import not_before_last
from reasoning.remediation.refusals import conflict, not_allowed

STOP_SUBJECT: Final = "emergency-stop"
RELEASE_NEEDS: Final = 2


def pulled(tx: Transaction, by: Principal, reason: str, at: datetime) -> EmergencyStop:
    """Set the stop; pulled again, it is the later one, and nobody has agreed to lift it."""
    now = not_before_last(tx, at)
    stop = EmergencyStop(pulled_by=by.name, reason=reason, at=now)
    tx.put_emergency_stop(stop)
    detail = by_token(by)
    tx.add_audit(at=now, actor=by.name, kind="stop_pulled", subject=STOP_SUBJECT, detail=detail)
    return stop


def released(tx: Transaction, user: str, at: datetime) -> EmergencyStop | None:
    """Add one person's yes to lifting the stop; lift it at the second distinct one.

    Raises: ConflictError where none holds or this person has agreed already; NotAllowedError for
        whoever pulled it.
    """
    stop, now = tx.emergency_stop(), not_before_last(tx, at)
    if stop is None:
        raise conflict("not_stopped", zh="现在没有紧急停止", en="no emergency stop holds; go on")
    if user == stop.pulled_by:
        raise not_allowed(
            "own_stop",
            zh="拉下紧急停止的人不能参与解除，须另外两人",
            en=f"{user!r} pulled the stop; two other people lift it",
        )
    if user in stop.released_by:
        raise conflict(
            "same_person",
            zh="你已经同意解除，还需另一人",
            en=f"{user!r} has agreed already; somebody else must too",
        )
    agreed = (*stop.released_by, user)
    left = None if len(agreed) >= RELEASE_NEEDS else stop.model_copy(update={"released_by": agreed})
    tx.put_emergency_stop(left)
    tx.add_audit(
        at=now,
        actor=user,
        kind="stop_release_agreed" if left else "stop_released",
        subject=STOP_SUBJECT,
        detail={"agreed": list(agreed)},
    )
    return left
