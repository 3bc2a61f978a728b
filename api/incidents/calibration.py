"""How well answers held: confirmed causes off the audit chain, each beside the answer of then.

The chain is read on from where the last look ended, and an answer that was read stays in memory,
so that only the first look at a thousand incidents takes seconds. Whether recalibrated figures are
shown is a line of the chain too: it moves house, and needs no place of its own in a store.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.schemas.calibration import CalibrationView, ModeView, Recalibrated, named
from api.schemas.feedback import FEEDBACK, FeedbackState, FeedbackView, Outcome, feedback_of
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.audit import AuditEvent
from graph.model.base import Text
from graph.model.calibration import Judged, Recalibration
from graph.model.diagnosis import Diagnosis
from graph.model.incident import LedgerEntry
from graph.ports import Store
from reasoning import parameters
from reasoning.calibration.figures import by_mode, figures_of
from reasoning.calibration.judging import (
    EXTERNAL,
    NO_FAULT,
    Stand,
    Truth,
    in_order,
    judge,
    name_of,
)
from reasoning.calibration.recalibrating import mapped, recalibrate

RECALIBRATION_SET: Final = "recalibration_set"
_PAGE: Final = 500
# What a hypothesis could have named; a missing component is a cause outside the graph.
_OUTCOMES: Final = {
    Outcome.MODELLED: "modelled",
    Outcome.MISSING_FAULT_MODE: "modelled",
    Outcome.MISSING_RELATION: "modelled",
    Outcome.MISSING_COMPONENT: EXTERNAL,
    Outcome.EXTERNAL: EXTERNAL,
    Outcome.NO_FAULT: NO_FAULT,
}
_WORDS: Final = {
    EXTERNAL: Text(zh="图外原因", en="External cause"),
    NO_FAULT: Text(zh="没有故障", en="No fault"),
}


@dataclass
class Word:
    """What was said of one incident: the lines, oldest first."""

    lines: list[LedgerEntry] = field(default_factory=list)

    @property
    def first_revision(self) -> int | None:
        """Return the revision that stood at the first word; None in a line from before it told."""
        found = self.lines[0].detail.get("revision")
        return found if isinstance(found, int) else None


class Calibrations:
    """Reads and keeps what was said and answered; safe from several threads."""

    def __init__(self) -> None:
        """Start at the first line of the chain."""
        self._read = 0
        self._words: dict[str, Word] = defaultdict(Word)
        self._setting: AuditEvent | None = None
        self._stands: dict[str, Stand | None] = {}
        self._truths: dict[str, tuple[int, tuple[Truth, ...]]] = {}
        self._fitted: tuple[Hashable, Recalibration | None] = ((), None)
        self._turn = threading.Lock()

    def judged(self, store: Store, principal: Principal) -> tuple[tuple[Judged, ...], int]:
        """Judge every incident with a confirmed cause that this person may see, in order.

        Returns: the cases, and how many confirmed ones no answer could have named.
        """
        with self._turn:
            self._read_on(store)
            truths = [truth for id_ in self._words for truth in self._truth(id_)]
            seen = [truth for truth in truths if _sees(store, principal, truth.incident_id)]
            kinds = _kinds(store)
            cases = [case for truth in seen for case in self._case(store, truth, kinds)]
            return in_order(cases), len(seen) - len(cases)

    def words(self, store: Store, principal: Principal) -> tuple[tuple[LedgerEntry, Judged], ...]:
        """Pair the first word on each incident with the answer of then, judged by that word."""
        with self._turn:
            self._read_on(store)
            found = []
            for incident_id, word in self._words.items():
                if not _sees(store, principal, incident_id):
                    continue
                line = word.lines[0]
                said = feedback_of([line]).items[0]
                for case in self._case(store, _truth_of(incident_id, said), {}):
                    found.append((line, case))
            return tuple(sorted(found, key=lambda pair: (pair[0].at, pair[0].incident_id)))

    def setting(self, store: Store) -> AuditEvent | None:
        """Return who turned recalibration on or off last."""
        with self._turn:
            self._read_on(store)
            return self._setting

    def _read_on(self, store: Store) -> None:
        while page := store.audit_chain(after=self._read, limit=_PAGE):
            for event in page:
                if event.kind == FEEDBACK:
                    self._words[event.subject].lines.append(_line(event))
                elif event.kind == RECALIBRATION_SET:
                    self._setting = event
            self._read = page[-1].seq

    def fitted(self, judged: Sequence[Judged]) -> Recalibration | None:
        """Return the map of these cases; the last one is kept."""
        key = tuple((case.incident_id, case.stated, case.right) for case in judged)
        with self._turn:
            if self._fitted[0] != key:
                self._fitted = key, recalibrate(judged)
            return self._fitted[1]

    @staticmethod
    def confirmed(store: Store, incident_id: str) -> Truth | None:
        """Return what one incident was, where that is confirmed and an answer could name it."""
        told = feedback_of(store.ledger(incident_id))
        sure = [view for view in told.items if not view.provisional]
        if told.state is not FeedbackState.CONFIRMED:
            return None
        truth = _truth_of(incident_id, sure[-1])
        return truth if truth.causes or truth.outcome in (EXTERNAL, NO_FAULT) else None

    def _truth(self, incident_id: str) -> tuple[Truth, ...]:
        """Return what an incident was, once that is confirmed."""
        lines = self._words[incident_id].lines
        known = self._truths.get(incident_id)
        if known is None or known[0] != len(lines):
            told = feedback_of(lines)
            sure = [view for view in told.items if not view.provisional]
            settled = told.state is FeedbackState.CONFIRMED
            known = len(lines), (_truth_of(incident_id, sure[-1]),) if settled else ()
            self._truths[incident_id] = known
        return known[1]

    def _case(self, store: Store, truth: Truth, kinds: Mapping[str, str]) -> Iterable[Judged]:
        """Judge one; nothing where no hypothesis could have been it, or no answer was kept."""
        if not truth.causes and truth.outcome not in (EXTERNAL, NO_FAULT):
            return
        id_ = truth.incident_id
        if id_ not in self._stands:
            self._stands[id_] = self._stand(store, id_)
        stood = self._stands[id_]
        if stood is not None:
            yield judge(stood, truth, kinds)

    def _stand(self, store: Store, incident_id: str) -> Stand | None:
        revision = self._words[incident_id].first_revision
        if revision is None:
            revision = _revision_before(store.ledger(incident_id))
        found = store.diagnosis(incident_id, revision)
        return None if found is None else stand_of(found)


def stand_of(diagnosis: Diagnosis) -> Stand:
    """Keep of an answer what it is judged by."""
    ranked = tuple((name_of(h.kind, h.component_id), h.posterior) for h in diagnosis.hypotheses)
    return Stand(ranked, diagnosis.status)


def view_calibration(kept: Calibrations, store: Store, principal: Principal) -> CalibrationView:
    """Show how well answers held over every incident that this person may see."""
    judged, left_out = kept.judged(store, principal)
    found, setting = kept.fitted(judged), kept.setting(store)
    return CalibrationView(
        figures=figures_of(judged),
        modes=modes_of(store, judged),
        left_out=left_out,
        fewest=parameters.RECALIBRATED_FROM,
        recalibration=found,
        on=found is not None and _is_on(setting),
        set_by=setting.actor if setting else None,
        set_at=setting.at if setting else None,
    )


def modes_of(store: Store, judged: Iterable[Judged]) -> tuple[ModeView, ...]:
    """Give the figures of each fault mode with its name."""
    names = dict(_WORDS)
    for header in store.packs():
        library = store.pack(header.id).library
        names |= {mode.id: mode.name for mode in library.modes}
        names |= {f"kind:{kind.id}": kind.name for kind in library.kinds}
    return tuple(
        ModeView(mode=one.mode, name=named(one.mode, names), figures=one.figures)
        for one in by_mode(tuple(judged))
    )


def set_recalibration(
    kept: Calibrations, store: Store, principal: Principal, *, on: bool, at: datetime
) -> CalibrationView:
    """Turn the showing of recalibrated figures on or off; the same again changes nothing.

    Raises: ConflictError where there are too few confirmed incidents to turn it on.
    """
    view = view_calibration(kept, store, principal)
    fewest, have = view.fewest, view.figures.cases
    if on and view.recalibration is None:
        raise ConflictError(
            f"{have} incidents have a confirmed cause, recalibration needs {fewest}; confirm more"
        ).told(zh=f"已确认原因的事件有 {have} 个，到 {fewest} 个才能打开", code="too_few")
    if on != _is_on(kept.setting(store)):
        store.write(
            lambda tx: tx.add_audit(
                at=at,
                actor=principal.name,
                kind=RECALIBRATION_SET,
                subject="recalibration",
                detail={"on": on, "cases": have},
            )
        )
    return view_calibration(kept, store, principal)


def recalibrated(
    kept: Calibrations, store: Store, principal: Principal, incident_id: str
) -> Recalibrated:
    """Put the posteriors of an incident's newest diagnosis on the map; empty while it is off."""
    store.incident(principal, incident_id)
    diagnosis = store.diagnosis(incident_id)
    if diagnosis is None or not _is_on(kept.setting(store)):
        return Recalibrated(on=False, cases=0)
    judged, _ = kept.judged(store, Principal(name="engine"))
    found = kept.fitted(judged)
    if found is None:
        return Recalibrated(on=False, cases=len(judged))
    shown = {h.component_id or h.kind.value: h.posterior for h in diagnosis.hypotheses}
    posteriors = {key: mapped(found.curve, stated) for key, stated in shown.items()}
    return Recalibrated(on=True, cases=len(judged), posteriors=posteriors)


def _is_on(setting: AuditEvent | None) -> bool:
    return setting is not None and setting.detail.get("on") is True


def _line(event: AuditEvent) -> LedgerEntry:
    return LedgerEntry(
        incident_id=event.subject,
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor=event.actor,
        detail=event.detail,
    )


def _truth_of(incident_id: str, said: FeedbackView) -> Truth:
    causes = tuple((c.component_id, c.fault_mode_id) for c in said.causes)
    return Truth(incident_id, said.at, causes, _OUTCOMES.get(said.cause, "unknown"))


def _sees(store: Store, principal: Principal, incident_id: str) -> bool:
    if principal.sites is None:
        return True
    try:
        store.incident(principal, incident_id)
    except NotFoundError:
        return False
    return True


def _revision_before(ledger: Iterable[LedgerEntry]) -> int | None:
    """Return the last revision before the first word; None, the newest, where none is told."""
    found: int | None = None
    for line in ledger:
        if line.kind == FEEDBACK:
            break
        if line.kind == "diagnosis":
            found = int(str(line.detail["revision"]))
    return found


def _kinds(store: Store) -> dict[str, str]:
    packs = (store.pack(header.id) for header in store.packs())
    return {component.id: component.kind for pack in packs for component in pack.components}
