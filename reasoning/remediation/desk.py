"""The conductor of remediation: request, decide, start, settle; every way in comes through here.

Each move is one transaction with its audit and ledger lines. A refused attempt leaves a line
`attempt_refused` of its own and changes nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from graph.errors import ConflictError, GoneError
from graph.model.access import Principal, Role, Scope
from graph.model.remediation import (
    Decision,
    EmergencyStop,
    Remediation,
    RemediationStatus,
)
from graph.model.topology import Scalar
from graph.ports import Store, Transaction
from reasoning.ports import ActionRunner
from reasoning.remediation import people
from reasoning.remediation.attempts import watched
from reasoning.remediation.book import Book, all_of, not_before_last
from reasoning.remediation.claiming import DemoRule, asked, claimed
from reasoning.remediation.conduct import JOB, Conduct
from reasoning.remediation.editing import editors_of
from reasoning.remediation.measure_desk import MeasureDesk
from reasoning.remediation.measures import end_taken_back
from reasoning.remediation.moves import (
    WAITING,
    Turned,
    Wanted,
    approval_of,
    check_live,
    check_reason,
    decided,
    expired,
    other_state,
    stale,
    withdrawn,
)
from reasoning.remediation.profile import DRY_RUN
from reasoning.remediation.scene import Scenes
from reasoning.remediation.stopping import STOP_SUBJECT, pulled, released

UNSETTLED: Final = frozenset({RemediationStatus.UNKNOWN, RemediationStatus.HELD})
Outcome = Literal["verified", "rolled_back", "escalated"]


class RemediationDesk:
    """Every use case of remediation; safe for threads.

    Args:
        store: where all of it is kept.
        runners: the hands, by executor profile.
        demo_profiles: what a store with demo users may use besides the dry run.
        meter: seconds of a monotonic clock, to date an answer.

    `measures` is the desk for taking back and for what was done for the time being.
    """

    def __init__(
        self,
        store: Store,
        runners: Mapping[str, ActionRunner],
        *,
        demo_profiles: frozenset[str] = frozenset(),
        meter: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._store: Final = store
        self._demo: Final = DemoRule(demo_profiles | {DRY_RUN})
        self._scenes: Final = Scenes(store, runners)
        self._conduct: Final = Conduct(store, self._scenes, meter)
        self.measures: Final = MeasureDesk(store, self._scenes, self._demo)

    # ── Request ─────────────────────────────────────────────────────────────────────────────────

    def request(
        self,
        principal: Principal,
        incident_id: str,
        *,
        action_id: str,
        target_ids: Sequence[str],
        parameters: Mapping[str, Scalar],
        reason: str,
        at: datetime,
    ) -> Remediation:
        """Plan an action and ask for its approvals; the same open request again is that one.

        Raises: InputError; NotFoundError for the incident; NotAllowedError; ConflictError where it
            could never run: no executor, a demo store, nobody to approve, to and fro.
        """
        with watched(self._store, principal, incident_id, call="request", at=at):
            people.check_operator(principal, Scope.OPERATE)
            check_reason(reason, needed=True)
            scene = self._scenes.read(
                principal,
                incident_id,
                action_id=action_id,
                target_ids=tuple(target_ids),
                parameters=parameters,
            )
            check_live(scene.incident)
            return self._store.write(
                lambda tx: asked(tx, principal, scene, reason=reason, at=at, demo=self._demo)
            )

    # ── Decide ──────────────────────────────────────────────────────────────────────────────────

    def decide(
        self,
        principal: Principal,
        remediation_id: str,
        *,
        digest: str,
        decision: Decision,
        reason: str,
        role: Role | None = None,
        password_confirmed: bool = False,
        at: datetime,
    ) -> Remediation:
        """Agree to exactly this digest, or refuse it with a reason, in one demanded role.

        Raises: NotAllowedError (session_required, wrong_role, own_request, step_up_required);
            ConflictError (other digest, other state, same person); GoneError once expired.
        """

        def work(tx: Transaction) -> Turned:
            found, book = tx.remediation(principal, remediation_id), Book(tx, at, by=principal)
            people.check_role(found, principal, role)
            said, did = tx.observations_of(found.incident_id), tx.changes_of(found.incident_id)
            heard, told = tx.alerts_of(found.incident_id), tx.diagnosis(found.incident_id)
            accusers = people.accusers_of(found, said, did)
            accusers |= people.reporters_of(found, heard, told)
            editors = editors_of(tx, found, now=book.now)
            people.check_stranger(found, principal, accusers, editors)
            if turned := stale(book, found, {RemediationStatus.REQUESTED}):
                return turned
            wanted = Wanted(digest, decision, reason, role, password_confirmed)
            approval = approval_of(found, principal, wanted, at=book.now)
            return Turned(decided(book, found, approval))

        with watched(self._store, principal, remediation_id, call="decide", at=at):
            people.check_session(principal)
            check_reason(reason, needed=decision is Decision.REJECT)
            return self._turn(work)

    def withdraw(self, principal: Principal, remediation_id: str, *, at: datetime) -> Remediation:
        """Take back one's own approval, or one's own request, as long as nothing runs.

        Before everybody has agreed an approval is as if never given; after, all is revoked.

        Raises: NotAllowedError; ConflictError where there is nothing to take back; GoneError.
        """

        def work(tx: Transaction) -> Turned:
            found, book = tx.remediation(principal, remediation_id), Book(tx, at, by=principal)
            if turned := stale(book, found, WAITING):
                return turned
            return Turned(withdrawn(book, found, principal.name))

        with watched(self._store, principal, remediation_id, call="withdraw", at=at):
            people.check_session(principal)
            return self._turn(work)

    # ── Start and go on ─────────────────────────────────────────────────────────────────────────

    def start(self, principal: Principal, remediation_id: str, *, at: datetime) -> Remediation:
        """Claim an approved remediation and queue it; everything is looked at again first.

        Raises: NotAllowedError; ConflictError: not approved, expired, over, stopped, locked, or
            refused because target, executor, policy or a precondition moved.
        """
        with watched(self._store, principal, remediation_id, call="start", at=at):
            people.check_operator(principal, Scope.EXECUTE)
            found = self._store.remediation(principal, remediation_id)
            scene = self._scenes.now(found)
            try:
                return self._turn(
                    lambda tx: claimed(
                        tx, principal, remediation_id, scene=scene, at=at, demo=self._demo
                    )
                )
            except GoneError as error:  # an execution is a 409 whatever approval is missing
                raise _not_standing(error) from error

    def proceed(self, remediation_id: str, *, at: datetime) -> datetime | None:
        """Do the next thing of a running one; returns when to call again, None when done.

        Raises: NotFoundError.
        """
        return self._conduct.proceed(remediation_id, at=at)

    def resume(self, *, at: datetime) -> int:
        """Queue every running remediation, at start after a crash; returns how many."""
        running = list(all_of(self._store, frozenset({RemediationStatus.RUNNING})))
        if running:
            self._store.write(
                lambda tx: [
                    tx.enqueue(JOB, key=r.id, payload={"remediation_id": r.id}, at=at)
                    for r in running
                ]
            )
        return len(running)

    def resolve(
        self,
        principal: Principal,
        remediation_id: str,
        *,
        outcome: Outcome,
        note: str,
        at: datetime,
    ) -> Remediation:
        """Settle an unknown or held outcome: what a person found to be so.

        Raises: NotAllowedError; InputError without a note; ConflictError in another state.
        """

        def work(tx: Transaction) -> Remediation:
            found, book = tx.remediation(principal, remediation_id), Book(tx, at, by=principal)
            if found.status not in UNSETTLED:
                raise other_state(found)
            settled = book.move(
                found,
                "remediation_resolved",
                actor=principal.name,
                detail={"outcome": outcome},
                status=RemediationStatus(outcome),
                resolution=note,
            )
            end_taken_back(book, settled, actor=principal.name)
            return settled

        with watched(self._store, principal, remediation_id, call="resolve", at=at):
            people.check_operator(principal, Scope.EXECUTE)
            check_reason(note, needed=True)
            return self._store.write(work)

    # ── Time, and the emergency stop ────────────────────────────────────────────────────────────

    def expire_due(self, at: datetime) -> int:
        """Expire what nobody decided or started in time; returns how many."""
        now = not_before_last(self._store, at)
        if not any(r.expires_at <= now for r in all_of(self._store, WAITING)):
            return 0

        def work(tx: Transaction) -> int:
            book = Book(tx, at)
            due = [r for r in all_of(tx, WAITING) if r.expires_at <= book.now]
            return len([expired(book, remediation) for remediation in due])

        return self._store.write(work)

    def pull_stop(self, principal: Principal, reason: str, at: datetime) -> EmergencyStop:
        """Hold everything that has not been sent; any operator may, and it outlives a restart.

        Raises: NotAllowedError; InputError for a reason too long.
        """
        with watched(self._store, principal, STOP_SUBJECT, call="pull_stop", at=at):
            people.check_operator(principal, Scope.OPERATE)
            check_reason(reason, needed=True)
            return self._store.write(lambda tx: pulled(tx, principal, reason, at))

    def release_stop(self, principal: Principal, at: datetime) -> EmergencyStop | None:
        """Agree to lift the stop; two distinct people other than who pulled it lift it.

        Returns: the stop that still holds, or None.
        Raises: NotAllowedError; ConflictError.
        """
        with watched(self._store, principal, STOP_SUBJECT, call="release_stop", at=at):
            people.check_operator(principal, Scope.EXECUTE)
            people.check_session(principal)
            return self._store.write(lambda tx: released(tx, principal.name, at))

    # ── Within ──────────────────────────────────────────────────────────────────────────────────

    def _turn(self, work: Callable[[Transaction], Turned]) -> Remediation:
        turned = self._store.write(work)
        if turned.error is not None:
            raise turned.error
        return turned.remediation


def _not_standing(error: GoneError) -> ConflictError:
    return ConflictError(str(error)).told(zh=error.zh or str(error), code=error.code or "expired")
