"""A running remediation, one thing at a time: send, verify, take back.

An intent is durable before anything is sent. Where a process died in between, nobody knows whether
it was sent: the step is unknown, and is sent again only where the receiver honours the key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from graph.errors import ConflictError
from graph.model.actions import OnNotBetter
from graph.model.base import Text
from graph.model.pack import DomainPack
from graph.model.remediation import (
    Remediation,
    RemediationStatus,
    Step,
    StepOutcome,
    StepRun,
    Verified,
)
from graph.ports import Store, Transaction
from reasoning.ports import ActionRunner, StepAnswer
from reasoning.remediation.book import ENGINE, Book, seconds
from reasoning.remediation.course import (
    CANNOT_UNDO,
    actor_of,
    as_sent,
    done,
    next_step,
    next_undo,
    taking_back,
    why_held,
)
from reasoning.remediation.measures import end_taken_back
from reasoning.remediation.scene import Scenes
from reasoning.remediation.undo_plan import states_before
from reasoning.remediation.verification import (
    READ_AGAIN_S,
    after,
    judge,
    switches_onto_unsound,
    times_of,
)

JOB: Final = "remediation"
_ANSWER_LENGTH: Final = 500
_BUSY_AGAIN: Final = timedelta(seconds=1)

_STOPPED: Final = Text(
    zh="紧急停止：还没有发送的都不再发送", en="Emergency stop: what was not sent is not sent"
)
_EXECUTOR_MOVED: Final = Text(
    zh="执行器在执行途中变了，停下由人决定",
    en="The executor changed on the way; stopped for a person to decide",
)
_NOTHING_DONE: Final = Text(
    zh="执行器拒绝了，什么都没有改动", en="The executor refused; nothing was changed"
)
_UNDO_FAILED: Final = Text(zh="撤销没有成功，须立即处理", en="The undo failed; act at once")


class Conduct:
    """Carries running remediations on; each is in one hand at a time in this process."""

    def __init__(self, store: Store, scenes: Scenes, meter: Callable[[], float]) -> None:
        """Work on this store; `meter` gives seconds of a monotonic clock."""
        self._store: Final = store
        self._scenes: Final = scenes
        self._meter: Final = meter
        self._lock: Final = threading.Lock()
        self._held: Final[set[str]] = set()

    def proceed(self, remediation_id: str, *, at: datetime) -> datetime | None:
        """Do the next thing; returns when to call again, None when there is nothing left to do."""
        with self._in_hand(remediation_id) as mine:
            if not mine:
                return at + _BUSY_AGAIN
            found = self._store.remediation(ENGINE, remediation_id)
            if found.status is not RemediationStatus.RUNNING:
                return None
            return self._next(found, at)

    @contextmanager
    def _in_hand(self, remediation_id: str) -> Iterator[bool]:
        with self._lock:
            mine = remediation_id not in self._held
            self._held.add(remediation_id)
        try:
            yield mine
        finally:
            if mine:
                self._held.discard(remediation_id)

    def _next(self, found: Remediation, at: datetime) -> datetime | None:
        if any(run.outcome is StepOutcome.INTENDED for run in found.runs):
            return self._after_crash(found, at)
        if taking_back(found):
            step = next_undo(found)
            if step is not None:
                return self._send(found, step, undoing=True, at=at)
            self._end(found, RemediationStatus.ROLLED_BACK, at)
            return None
        step = next_step(found)
        if step is not None:
            return self._send(found, step, undoing=False, at=at)
        return self._verify(found, at)

    # ── Sending ─────────────────────────────────────────────────────────────────────────────────

    def _after_crash(self, found: Remediation, at: datetime) -> datetime | None:
        """An intent without answer: send again under its key where that is safe, else not known."""
        run = next(run for run in found.runs if run.outcome is StepOutcome.INTENDED)
        step = found.plan.steps[run.seq - 1]
        if not found.plan.executor.honours_idempotency_key:
            lost = StepAnswer(StepOutcome.UNKNOWN, "the process ended before an answer came")
            return self._record(found, run, lost, at)
        if (why := self._must_hold(found)) is not None:
            lost = StepAnswer(StepOutcome.UNKNOWN, f"no answer came; not sent again: {why.en}")
            return self._record(found, run, lost, at)
        return self._run(found, step, run, at)

    def _send(
        self, found: Remediation, step: Step, *, undoing: bool, at: datetime
    ) -> datetime | None:
        """Store the intent, send, store the answer."""
        key = f"{found.id}-{step.seq}{'-undo' if undoing else ''}"

        def work(tx: Transaction) -> tuple[Remediation, StepRun | None]:
            book, stored = Book(tx, at), tx.remediation(ENGINE, found.id)
            why = _STOPPED if tx.emergency_stop() else self._executor_moved(stored)
            if why is not None:
                return _held(book, stored, why), None
            run = StepRun(
                seq=step.seq,
                undoing=undoing,
                outcome=StepOutcome.INTENDED,
                key=key,
                sent_at=book.now,
            )
            moved = book.move(
                stored,
                "undo_intended" if undoing else "step_intended",
                actor=actor_of(stored),
                detail={"step": step.seq, "key": key},
                runs=(*stored.runs, run),
            )
            return moved, run

        intended, run = self._store.write(work)
        return None if run is None else self._run(intended, step, run, at)

    def _run(self, found: Remediation, step: Step, run: StepRun, at: datetime) -> datetime | None:
        started = self._meter()
        sent, undoing = as_sent(found, step, run)
        answer = self._runner(found).run(sent, key=run.key, undoing=undoing)
        return self._record(found, run, answer, at + seconds(self._meter() - started))

    def _record(
        self, found: Remediation, run: StepRun, answer: StepAnswer, at: datetime
    ) -> datetime | None:
        def work(tx: Transaction) -> Remediation:
            book, stored = Book(tx, at), tx.remediation(ENGINE, found.id)
            answered = run.model_copy(
                update={
                    "outcome": answer.outcome,
                    "answered_at": book.now,
                    "answer": answer.text[:_ANSWER_LENGTH],
                }
            )
            runs = tuple(answered if old.key == run.key else old for old in stored.runs)
            return book.move(
                stored,
                "undo_answered" if run.undoing else "step_answered",
                actor=actor_of(stored),
                detail={"step": run.seq, "outcome": answer.outcome.value},
                runs=runs,
                **self._consequence(stored.model_copy(update={"runs": runs}), answered),
            )

        moved = self._store.write(work)
        return at if moved.status is RemediationStatus.RUNNING else None

    def _consequence(self, found: Remediation, run: StepRun) -> dict[str, object]:
        """Say what an answer changes besides the run itself."""
        if run.outcome is StepOutcome.UNKNOWN:
            return {"status": RemediationStatus.UNKNOWN}
        if run.outcome is StepOutcome.FAILED and run.undoing:
            return {"status": RemediationStatus.ESCALATED, "refusal": _UNDO_FAILED}
        if run.outcome is StepOutcome.FAILED:
            return self._failed(found)
        if not run.undoing and run.seq == len(found.plan.steps) and run.answered_at is not None:
            return {"verify_at": times_of(found.plan, run.answered_at).first}
        return {}

    def _failed(self, found: Remediation) -> dict[str, object]:
        """A step that the executor refused: nothing was done, or what was done goes back."""
        if not any(run.outcome is StepOutcome.DONE for run in found.runs):
            return {"status": RemediationStatus.ESCALATED, "refusal": _NOTHING_DONE}
        wanted = found.plan.verification.on_not_better
        if wanted is OnNotBetter.ROLL_BACK and self._may_take_back(found, moved=True):
            return {}
        return {"status": RemediationStatus.HELD, "refusal": CANNOT_UNDO}

    # ── Verifying ───────────────────────────────────────────────────────────────────────────────

    def _verify(self, found: Remediation, at: datetime) -> datetime | None:
        answered = max(run.answered_at or run.sent_at for run in found.runs)
        times = times_of(found.plan, answered)
        if at < times.first:
            return times.first
        runner = self._scenes.runners.get(found.plan.executor.profile)
        states = {t: runner.read_state(t) if runner else None for t in found.plan.target_ids}
        names = {component.id: component.name for component in self._pack(found).components}
        verified = judge(found.plan, states, names=names, at=at, wanted=self._wanted(found))
        status = self._follows(found, verified)
        if status is not RemediationStatus.VERIFIED and at < times.last:
            return min(at + timedelta(seconds=READ_AGAIN_S), times.last)

        def work(tx: Transaction) -> Remediation:
            stored, book = tx.remediation(ENGINE, found.id), Book(tx, at)
            moved = book.move(
                stored,
                "verification_done",
                actor=actor_of(stored),
                detail={"verdict": verified.verdict.value},
                status=status,
                verified=verified,
                refusal=why_held(found, verified) if status is RemediationStatus.HELD else None,
            )
            end_taken_back(book, moved, actor=actor_of(moved))
            return moved

        self._store.write(work)
        return at if status is RemediationStatus.RUNNING else None

    def _follows(self, found: Remediation, verified: Verified) -> RemediationStatus:
        pack = self._pack(found)
        diagnosis = self._store.diagnosis(found.incident_id)
        status = after(verified, found.plan, pack=pack, diagnosis=diagnosis)
        if status is RemediationStatus.RUNNING and not self._may_take_back(found, moved=False):
            return RemediationStatus.HELD
        return status

    def _may_take_back(self, found: Remediation, *, moved: bool) -> bool:
        """Every step done has its undo, and none moves work back onto a faulty component."""
        if any(found.plan.steps[run.seq - 1].undo is None for run in done(found)):
            return False
        pack = self._pack(found)
        diagnosis = self._store.diagnosis(found.incident_id)
        return not (moved and switches_onto_unsound(found.plan, pack=pack, diagnosis=diagnosis))

    # ── Within ──────────────────────────────────────────────────────────────────────────────────

    def _end(self, found: Remediation, status: RemediationStatus, at: datetime) -> None:
        def work(tx: Transaction) -> Remediation:
            stored = tx.remediation(ENGINE, found.id)
            kind = f"remediation_{status}"
            return Book(tx, at).move(stored, kind, actor=actor_of(stored), status=status)

        self._store.write(work)

    def _wanted(self, found: Remediation) -> dict[str, JsonValue] | None:
        """An undo is judged by the state before what it undoes."""
        if found.undoes is None:
            return None
        before = states_before(self._store.remediation(ENGINE, found.undoes))
        return {target: before[target] for target in found.plan.target_ids}

    def _pack(self, found: Remediation) -> DomainPack:
        return self._store.pack(self._store.incident(ENGINE, found.incident_id).pack_id)

    def _runner(self, found: Remediation) -> ActionRunner:
        return self._scenes.runner(found.plan.executor.profile)

    def _must_hold(self, found: Remediation) -> Text | None:
        return _STOPPED if self._store.emergency_stop() else self._executor_moved(found)

    def _executor_moved(self, found: Remediation) -> Text | None:
        """Compare the executor once more: its content is locked until the last step."""
        try:
            present = self._runner(found).describe()
        except ConflictError:
            return _EXECUTOR_MOVED
        return None if present == found.plan.executor else _EXECUTOR_MOVED


def _held(book: Book, found: Remediation, why: Text) -> Remediation:
    status = RemediationStatus.HELD
    return book.move(found, "remediation_held", actor=actor_of(found), status=status, refusal=why)
