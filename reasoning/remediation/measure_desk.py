"""The ways back: the stored undo of what is held or only temporary, and the end of measures.

What is held was agreed to together with its undo: that may run at once where nothing has moved
since. Everything else is a request of its own, for which the policy demands what it demanded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from graph.model.access import Principal, Scope
from graph.model.remediation import Ending, Left, Remediation, RemediationStatus
from graph.ports import Store, Transaction
from reasoning.remediation import people
from reasoning.remediation.attempts import watched
from reasoning.remediation.book import Book, all_of
from reasoning.remediation.claiming import DemoRule, asked, check_not_stopped
from reasoning.remediation.conduct import JOB
from reasoning.remediation.course import is_measure
from reasoning.remediation.editing import editors_of
from reasoning.remediation.measures import end_measure, take_over
from reasoning.remediation.moves import (
    CLOCK_JUMP,
    WAITING,
    check_reason,
    tampered,
)
from reasoning.remediation.policy import lacking
from reasoning.remediation.refusals import conflict
from reasoning.remediation.scene import Scene, Scenes
from reasoning.remediation.undo_plan import check_undoable, not_a_measure
from reasoning.remediation.verification import switches_onto_unsound

# Who agreed to plan and undo meant this storm; an hour later somebody has to look again.
COVER: Final = timedelta(hours=1)
_UNDER_WAY: Final = WAITING | {RemediationStatus.RUNNING}
_UNSETTLED: Final = frozenset({RemediationStatus.HELD, RemediationStatus.UNKNOWN})


class MeasureDesk:
    """Taking back, and looking after what was done for the time being; safe for threads."""

    def __init__(self, store: Store, scenes: Scenes, demo: DemoRule) -> None:
        """Work on this store."""
        self._store: Final = store
        self._scenes: Final = scenes
        self._demo: Final = demo

    def undo(
        self, principal: Principal, remediation_id: str, *, reason: str, at: datetime
    ) -> Remediation:
        """Have the stored undo run, or ask for the approvals that it needs first.

        A held remediation goes back at once where the approvals of its plan, which hold the undo,
        still cover it (`_is_covered`). Else, and for a temporary measure, a request with the plan
        of the undo is made. While either is under way, that is what is given.

        Returns: the held remediation, running, or the request.
        Raises: NotAllowedError; InputError; ConflictError: neither held nor a measure, nothing to
            take back, another undo not settled, stopped, or as `RemediationDesk.request`.
        """
        with watched(self._store, principal, remediation_id, call="undo", at=at):
            people.check_operator(principal, Scope.OPERATE)
            check_reason(reason, needed=True)
            origin = self._store.remediation(principal, remediation_id)
            if origin.status is RemediationStatus.HELD:
                people.check_operator(principal, Scope.EXECUTE)
            if _goes_back(origin):
                return origin
            check_undoable(origin)
            scene = self._scenes.read_undo(principal, origin)

            def work(tx: Transaction) -> Remediation:
                book, found = Book(tx, at, by=principal), tx.remediation(principal, remediation_id)
                if _goes_back(found):
                    return found
                _check_same(found, origin)
                if under_way := _undo_under_way(tx, found, book.now):
                    return under_way
                if found.status is RemediationStatus.HELD and _is_covered(book, found, scene):
                    check_not_stopped(tx)
                    self._demo.check(tx, found.plan)
                    return _go_back(book, found, principal.name, reason=reason)
                return asked(
                    tx,
                    principal,
                    scene,
                    reason=reason,
                    at=at,
                    demo=self._demo,
                    undoes=found.id,
                )

            return self._store.write(work)

    def end(
        self,
        principal: Principal,
        remediation_id: str,
        *,
        how: Ending,
        reason: str,
        at: datetime,
    ) -> Remediation:
        """Say that a measure stays for good, or that somebody has undone it by hand.

        Said again by the same person it stands as it is. Nothing is sent.

        Raises: NotAllowedError; InputError without a reason, or for `taken_back`, which only an
            undo brings about; ConflictError for what is no measure, or while its undo runs.
        """

        def work(tx: Transaction) -> Remediation:
            book, found = Book(tx, at, by=principal), tx.remediation(principal, remediation_id)
            if found.left and (found.left.how, found.left.by) == (how, principal.name):
                return found
            if not is_measure(found) or how is Ending.TAKEN_BACK:
                raise not_a_measure(found)
            _check_no_undo_runs(tx, found)
            left = Left(how=how, by=principal.name, reason=reason, at=book.now)
            return end_measure(book, found, left)

        with watched(self._store, principal, remediation_id, call="end_measure", at=at):
            people.check_operator(principal, Scope.OPERATE)
            check_reason(reason, needed=True)
            return self._store.write(work)

    def accept(
        self, principal: Principal, measure_ids: Sequence[str], *, note: str, at: datetime
    ) -> None:
        """Record who takes over at the change of shift; these measures are theirs from now on.

        What is no measure any longer is passed over.
        """

        def work(tx: Transaction) -> None:
            book = Book(tx, at, by=principal)
            tx.add_audit(
                at=book.now,
                actor=principal.name,
                kind="handover_accepted",
                subject=principal.name,
                detail={"note": note},
            )
            for found in [tx.remediation(principal, name) for name in measure_ids]:
                if is_measure(found):
                    take_over(book, found, principal.name)

        self._store.write(work)


def _goes_back(found: Remediation) -> bool:
    """Tell whether somebody has just had it taken back: a second click asks for nothing new."""
    return found.status is RemediationStatus.RUNNING and found.undo_asked_by is not None


def _is_covered(book: Book, found: Remediation, scene: Scene) -> bool:
    """Tell whether the approvals of a held plan still stand for its undo.

    They do for an hour from the start, in one life of the store, while everybody who agreed holds
    the role, the executor is the same, the policy demands no more, and work would not go back onto
    what is probably faulty.
    """
    epoch, started = book.tx.epoch(), found.started_at
    if started is None or book.now - started > COVER or (epoch and epoch.begun_at > started):
        return False
    present = scene.demand(book.now)
    editors = editors_of(book.tx, found, now=book.now)
    return (
        book.set_back <= CLOCK_JUMP
        and scene.sight.executor == found.plan.executor
        and people.standing(found, book.tx.users(), editors) is None
        and not lacking(found.demand, present)
        and (found.demand.password_again or not present.password_again)
        and not switches_onto_unsound(found.plan, pack=scene.pack, diagnosis=scene.diagnosis)
    )


def _go_back(book: Book, found: Remediation, name: str, *, reason: str) -> Remediation:
    running = book.move(
        found,
        "undo_asked",
        actor=name,
        detail={"reason": reason},
        status=RemediationStatus.RUNNING,
        undo_asked_by=name,
        refusal=None,
    )
    payload = {"remediation_id": found.id}
    book.tx.enqueue(JOB, key=found.id, payload=dict(payload), at=book.now)
    return running


def _check_same(found: Remediation, origin: Remediation) -> None:
    """Refuse a record that moved since its undo was planned, or is not what was agreed to.

    Raises: ConflictError.
    """
    if error := tampered(found):
        raise error
    if found.version != origin.version:
        raise conflict(
            "moved_on",
            zh="这项处置刚刚有变化，请再看一遍",
            en=f"{found.id!r} has just changed; look at it again",
        )


def _undo_under_way(tx: Transaction, found: Remediation, now: datetime) -> Remediation | None:
    """Find the undo that waits or runs: whoever asks again gets that one.

    Raises: ConflictError where one is held, or its outcome unknown.
    """
    for other in _undos_of(tx, found):
        if other.status in _UNSETTLED:
            raise conflict(
                "undo_not_settled",
                zh=f"上一次撤回（{other.id}）还没有了结，请先核实它的结果",
                en=f"{other.id!r}, an earlier undo, is not settled; look, and settle it first",
            )
        if other.status is RemediationStatus.RUNNING or other.expires_at > now:
            return other
    return None


def _check_no_undo_runs(tx: Transaction, found: Remediation) -> None:
    running = {*_UNSETTLED, RemediationStatus.RUNNING}
    if any(other.status in running for other in _undos_of(tx, found)):
        raise conflict(
            "undo_under_way",
            zh="正在撤回这项措施，等它有了结果再说",
            en=f"{found.id!r} is being taken back; wait for the outcome",
        )


def _undos_of(tx: Transaction, found: Remediation) -> list[Remediation]:
    return [r for r in all_of(tx, _UNDER_WAY | _UNSETTLED) if r.undoes == found.id]
