"""What each answer to a check would do to every hypothesis, before anybody looks.

Costly beside a diagnosis (two sums over the core), so it is asked for, as "why" is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.errors import NotFoundError
from graph.failure import FailureGraph
from graph.model.diagnosis import HypothesisKind, HypothesisResult
from graph.model.library import Check, FaultMode
from graph.model.why import Ahead, CauseAhead, ModeAhead
from graph.ports import Store
from reasoning.answer.absent import Born, born_without, faults_of
from reasoning.answer.checks import tested
from reasoning.answer.restored import Restored, restore
from reasoning.network.reading import Reading, read_model


def look_ahead(
    store: Store, incident_id: str, check_id: str, *, graph: FailureGraph | None = None
) -> Ahead:
    """Say what yes and what no to `CHECK@COMPONENT` would make of each hypothesis.

    Of the newest stored diagnosis. `graph` as in `restore`.

    Raises: NotFoundError for an unknown incident, or a check that no mode of the component names;
        ConflictError where evidence moved on since; ProblemError where the core cannot be asked.
    """
    found = restore(store, incident_id, graph=graph)
    asked, _, component_id = check_id.partition("@")
    reading = read_model(found.model)
    check = next((c for c in found.pack.library.checks if c.id == asked), None)
    modes = reading.modes.get(component_id, ())
    if check is None or not any(asked in mode.check_ids for mode, _ in modes):
        raise NotFoundError(
            f"nothing considered in incident {incident_id!r} names the check {check_id!r}; take "
            "one of its next checks"
        )
    return _told(found, reading, (check, component_id))


def _told(found: Restored, reading: Reading, place: tuple[Check, str]) -> Ahead:
    check, component_id = place
    fork = _fork(reading, check, component_id)
    yes = fork.after(check.detection, check.false_alarm)
    no = fork.after(1.0 - check.detection, 1.0 - check.false_alarm)
    return Ahead(
        incident_id=found.diagnosis.incident_id,
        revision=found.diagnosis.revision,
        check_id=f"{check.id}@{component_id}",
        probability=fork.heard(check.detection, check.false_alarm),
        causes=tuple(
            _cause(h, fork.ends(reading, h), (yes, no)) for h in found.diagnosis.hypotheses
        ),
        modes=tuple(
            _mode(mode, fork.mode(mode, now, check), now, check, fork)
            for mode, now in reading.modes[component_id]
        ),
        exact=found.diagnosis.engine.method in ("exact", "core"),
    )


@dataclass(frozen=True)
class _Fork:
    """Two cases: `there` has probability `share`, and `tests` of it is what the check tests.

    `whole`: there is every fault of the component; `lumped`: its modes are one fault.
    """

    component_id: str
    share: float
    tests: float
    whole: bool
    lumped: bool
    elsewhere: Born

    def heard(self, so: float, not_so: float) -> float:
        """P(an answer that comes with these chances where so and where not)."""
        return self.share * self._here(so, not_so) + (1.0 - self.share) * not_so

    def after(self, so: float, not_so: float) -> float:
        """P(there | that answer)."""
        heard = self.heard(so, not_so)
        return self.share * self._here(so, not_so) / heard if heard > 0.0 else self.share

    def _here(self, so: float, not_so: float) -> float:
        return self.tests * so + (1.0 - self.tests) * not_so

    def mode(self, mode: FaultMode, now: float, check: Check) -> float:
        """P(a mode of the component was born, and what the check tests was not)."""
        if check.id in mode.check_ids:
            return 0.0
        fault = f"{self.component_id}/{mode.id}"
        return now if self.lumped else self.elsewhere(fault) * (1.0 - self.share)

    def ends(self, reading: Reading, hypothesis: HypothesisResult) -> tuple[float, float]:
        """Return a hypothesis' probability there, and elsewhere."""
        if hypothesis.kind is HypothesisKind.HEALTHY:
            return 0.0, _share(reading.healthy, 1.0 - self.share)
        cause = hypothesis.component_id or hypothesis.kind.value
        away = 0.0 if cause == self.component_id and self.whole else self.elsewhere(cause)
        if cause == self.component_id:
            return 1.0, away
        now = reading.born[cause] if hypothesis.component_id else reading.outside(cause)
        return _share(now - away * (1.0 - self.share), self.share), away


def _fork(reading: Reading, check: Check, component_id: str) -> _Fork:
    """Split by the faults that the check tests, or, where modes are one fault, by that fault."""
    faults: tuple[str, ...] = faults_of(reading, component_id)
    what_if, part = reading.ask(), 1.0
    lumped = component_id not in reading.model.jointly
    if not lumped:
        named: Mapping[str, bool] = {
            f"{component_id}/{p.mode.id}": check.id in p.mode.check_ids
            for p in reading.model.modes[component_id]
        }
        faults = tuple(fault for fault in faults if named[fault])
        whole = len(faults) == len(named)
        share = reading.born[component_id] if whole else what_if.any_born(faults)
    else:
        whole, share = True, reading.born[component_id]
        part = _share(tested(reading, component_id, check.id), share)
    elsewhere = born_without(reading, what_if, faults)
    return _Fork(component_id, min(share, 1.0), part, whole, lumped, elsewhere)


def _mode(mode: FaultMode, untested: float, now: float, check: Check, fork: _Fork) -> ModeAhead:
    """Weigh a mode by each answer: `untested` of it stands where the check finds nothing."""
    rates = (check.detection, check.false_alarm), (1.0 - check.detection, 1.0 - check.false_alarm)
    after = [
        _share(max(now - untested, 0.0) * so + min(untested, now) * not_so, fork.heard(so, not_so))
        for so, not_so in rates
    ]
    return ModeAhead(
        fault_mode_id=mode.id, name=mode.name, now=now, positive=after[0], negative=after[1]
    )


def _cause(
    hypothesis: HypothesisResult, ends: tuple[float, float], after: tuple[float, float]
) -> CauseAhead:
    there, away = ends
    yes, no = (min(max(p * there + (1.0 - p) * away, 0.0), 1.0) for p in after)
    return CauseAhead(
        kind=hypothesis.kind,
        component_id=hypothesis.component_id,
        name=hypothesis.name,
        now=hypothesis.posterior,
        positive=yes,
        negative=no,
    )


def _share(part: float, whole: float) -> float:
    """Return a share of a probability, within [0, 1]; 0 of nothing."""
    return min(max(part / whole, 0.0), 1.0) if whole > 1e-12 else 0.0
