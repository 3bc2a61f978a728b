"""Temporary measures: who looks after them, and how each comes to its end.

A measure is an action that took effect and can be undone (operations.md 10). It ends when its undo
has run and was verified, or when a person says that it stays, or that it was undone by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.model.remediation import Ending, Left, Remediation, RemediationStatus
from graph.ports import Transaction
from reasoning.remediation.book import ENGINE, Book, all_of
from reasoning.remediation.brakes import takes_back
from reasoning.remediation.course import in_force, is_measure, keeper_of

_VERIFIED: Final = frozenset({RemediationStatus.VERIFIED})


def end_taken_back(book: Book, verified: Remediation, *, actor: str) -> None:
    """Let everything end that a verified remediation took back: what it undoes, or does reverse.

    A held one ends rolled back, a temporary measure as taken back; what has ended stays as it is.
    """
    if verified.status is not RemediationStatus.VERIFIED:
        return
    for origin in _taken_back_by(book.tx, verified):
        left = Left(how=Ending.TAKEN_BACK, by=actor, at=book.now, through=verified.id)
        if origin.status is RemediationStatus.HELD:
            book.move(
                origin,
                "remediation_rolled_back",
                actor=actor,
                detail={"through": verified.id},
                status=RemediationStatus.ROLLED_BACK,
                left=left,
            )
        elif is_measure(origin):
            end_measure(book, origin, left)


def end_measure(book: Book, measure: Remediation, left: Left) -> Remediation:
    """Write that a measure is none any longer."""
    return book.move(
        measure,
        "measure_ended",
        actor=left.by,
        detail={"how": left.how.value, "through": left.through},
        left=left,
    )


def take_over(book: Book, measure: Remediation, name: str) -> Remediation:
    """Write who looks after a measure from now on; it is written at all only where that changes."""
    before = keeper_of(measure)
    if before == name:
        return measure
    detail = {"from": before}
    return book.move(measure, "measure_handed_over", actor=name, detail=dict(detail), keeper=name)


def _taken_back_by(tx: Transaction, verified: Remediation) -> Iterator[Remediation]:
    if verified.undoes is not None:
        yield tx.remediation(ENGINE, verified.undoes)
        return
    for other in list(all_of(tx, _VERIFIED)):
        if other.id != verified.id and is_measure(other) and _reverses(verified, other):
            yield other


def _reverses(verified: Remediation, other: Remediation) -> bool:
    """Tell whether every step of the other in force is undone by some step of this one."""
    steps = verified.plan.steps
    return all(any(takes_back(step, earlier) for step in steps) for earlier in in_force(other))
