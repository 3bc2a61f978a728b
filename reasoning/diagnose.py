"""The conductor of diagnosis: an incident's stored evidence -> one more revision.

`Analyst.diagnose` is the pure part: evidence in, `diag/v1` out, the same bytes for the same input.
`Diagnoser` reads the evidence, keeps the revision and the ledger, and is safe to run again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from graph.failure import FailureGraph
from graph.model.access import Principal
from graph.model.diagnosis import (
    Coverage,
    Diagnosis,
    DiagnosisStatus,
    Engine,
    HypothesisResult,
    Impact,
    RevisionTop,
)
from graph.model.pack import DomainPack
from graph.ports import PackHeader, Store
from reasoning import parameters
from reasoning.answer.checks import next_checks
from reasoning.answer.coverage import as_of, coverage_of
from reasoning.answer.entered import entered_share
from reasoning.answer.excluded import ruled_out_by_evidence
from reasoning.answer.explain import Explainer
from reasoning.answer.history import stability_of
from reasoning.answer.impact import impact_of
from reasoning.answer.known import knowledge_of
from reasoning.answer.ranking import rank_hypotheses, top_components
from reasoning.answer.sentence import worded
from reasoning.answer.sets import causes_together, inseparable_sets
from reasoning.answer.sources import sole_sources
from reasoning.answer.status import is_settling, status_of
from reasoning.answer.surprise import surprise_of
from reasoning.answer.title import title_of
from reasoning.answer.urgency import urgency_of
from reasoning.kept import keep, says_the_same
from reasoning.network.builder import ModelBuilder
from reasoning.network.causal_model import CausalModel
from reasoning.network.checked import answered
from reasoning.network.confirmed import OutcomeLog
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.gather import read_case
from reasoning.network.reading import Reading, Recall, read_model
from reasoning.network.selection import select_components
from reasoning.ports import KnowledgeFinder
from reasoning.remediation.propose import with_proposals

ENGINE = Principal(name="engine")
Meter = Callable[[], float]
# Called between steps with what is diagnosed; what it raises ends a diagnosis that is not kept.
Step = Callable[[Evidence], None]


def _go_on(evidence: Evidence) -> None:
    """Let a diagnosis go on."""


class Analyst:
    """Diagnoses incidents of one pack revision; holds only what the pack gives."""

    def __init__(
        self,
        pack: DomainPack,
        *,
        topology_revision: str,
        library_digest: str,
        knowledge: KnowledgeFinder,
        meter: Meter = time.process_time,
    ) -> None:
        """Index the pack once; `meter` gives CPU seconds for `duration_ms`."""
        self.pack = pack
        self.graph = FailureGraph(pack)
        self._catalogue = Catalogue.of(pack.library.alert_types)
        self._topology_revision = topology_revision
        self._library_digest = library_digest
        self._knowledge = knowledge
        self._meter = meter
        self._recall = Recall()

    def diagnose(
        self,
        evidence: Evidence,
        earlier: Sequence[RevisionTop],
        *,
        computed_at: datetime,
        step: Step = _go_on,
    ) -> Diagnosis:
        """Compute the next revision; `earlier` (oldest first) feeds its number and `stability`."""
        started = self._meter()
        model = self._model(evidence, step)
        reading = self._recall.read(evidence.incident_id, model, step=lambda: step(evidence))
        explainer = Explainer(self.pack, self.graph, self._catalogue, evidence, reading)
        impacts = impact_of(self.pack, self.graph, reading, at=evidence.began_at)
        hypotheses = rank_hypotheses(
            self.graph, reading, explainer, self._targets(impacts, evidence, reading)
        )
        step(evidence)
        diagnosis = self._assemble(
            evidence, earlier, (reading, explainer, impacts, hypotheses), (computed_at, started)
        )
        return with_proposals(
            self.pack,
            self.graph,
            worded(self.pack, diagnosis, self.graph.components),
            born=lambda c: reading.born.get(c, 0.0),
        )

    def _model(self, evidence: Evidence, step: Step = _go_on) -> CausalModel:
        chosen = select_components(self.graph, self._catalogue, evidence)
        step(evidence)
        model = ModelBuilder(self.pack, self.graph, self._catalogue, evidence).build(chosen)
        step(evidence)
        return model

    def _assemble(
        self,
        evidence: Evidence,
        earlier: Sequence[RevisionTop],
        found: tuple[Reading, Explainer, tuple[Impact, ...], tuple[HypothesisResult, ...]],
        times: tuple[datetime, float],
    ) -> Diagnosis:
        reading, explainer, impacts, hypotheses = found
        coverage = coverage_of(evidence, reading)
        suspects = [self.graph.components[c] for c in top_components(reading)[:5]]
        sops, cases = knowledge_of(self._knowledge, self.graph, reading, (evidence, hypotheses))
        status = self._status(evidence, hypotheses[0], reading, coverage)
        return Diagnosis(
            schema="diag/v1",
            incident_id=evidence.incident_id,
            status=status,
            computed_at=times[0],
            revision=earlier[-1].revision + 1 if earlier else 1,
            supersedes=earlier[-1].revision if earlier else None,
            evidence_revision=evidence.revision,
            topology_revision=self._topology_revision,
            as_of=as_of(evidence),
            coverage=coverage,
            stability=stability_of(earlier, hypotheses[0], evidence.now),
            settling=is_settling(evidence),
            hypotheses=hypotheses,
            inseparable_sets=inseparable_sets(self.pack.library, self.graph, reading, hypotheses),
            ruled_out=(*explainer.ruled_out(), *ruled_out_by_evidence(hypotheses)),
            unobserved=explainer.unobserved(),
            next_checks=next_checks(
                self.pack.library, reading, suspects, answered=answered(evidence)
            ),
            impact=impacts,
            urgency=urgency_of(self.pack, impacts, began_at=evidence.began_at),
            similar_cases=cases,
            sops=sops,
            causes_together=causes_together(hypotheses),
            sole_sources=sole_sources(evidence, reading, hypotheses[0], status),
            surprise=surprise_of(self.graph, self._catalogue, evidence, reading),
            entered=entered_share(evidence, hypotheses[0], lambda e: read_model(self._model(e))),
            engine=self._engine(reading, times[1]),
        )

    def _status(
        self, evidence: Evidence, top: HypothesisResult, reading: Reading, coverage: Coverage
    ) -> DiagnosisStatus:
        return status_of(
            top.kind,
            top.posterior,
            settling=is_settling(evidence),
            mapped=coverage.mapped,
            explained=coverage.explained,
            exact=reading.posterior.method in ("exact", "core"),
        )

    def _engine(self, reading: Reading, started: float) -> Engine:
        return Engine(
            method=reading.posterior.method,
            exact=reading.posterior.exact,
            model_digest=reading.digest,
            library_digest=self._library_digest,
            duration_ms=(self._meter() - started) * 1000.0,
            components_considered=reading.model.considered,
        )

    def _targets(
        self, impacts: Sequence[Impact], evidence: Evidence, reading: Reading
    ) -> tuple[str, ...]:
        """Choose where an explanation path should end: what the worst step uses, if degraded.

        Of a pack that knows no flow it ends at what rang.
        """
        order = sorted(impacts, key=lambda i: (-i.probability_degraded, i.flow_id, i.step_id))
        worst = {(i.flow_id, i.step_id) for i in order[:1]}
        used = [
            use.component_id
            for flow in self.pack.flows
            for step in flow.steps
            if (flow.id, step.id) in worst
            for use in step.uses
            if reading.degraded(use.component_id) >= parameters.EXPLAINED_FROM
        ]
        return tuple(used) or tuple(sorted(evidence.fired))


class Diagnoser:
    """Keeps the diagnoses of incidents up to date with their evidence."""

    def __init__(
        self, store: Store, knowledge: KnowledgeFinder, *, meter: Meter = time.process_time
    ) -> None:
        """Work on this store; an analyst per pack revision is built on first use."""
        self._store = store
        self._knowledge = knowledge
        self._meter = meter
        self._analysts: dict[str, tuple[str, Analyst]] = {}
        self._outcomes = OutcomeLog()
        self._one_at_a_time = threading.Lock()

    def analyst(self, pack_id: str) -> Analyst:
        """Return the analyst of a pack's present revision."""
        return self._analyst_of(next(h for h in self._store.packs() if h.id == pack_id))

    def _analyst_of(self, header: PackHeader) -> Analyst:
        known = self._analysts.get(header.id)
        if known is None or known[0] != header.content_digest:
            pack = self._store.pack(header.id)
            known = (header.content_digest, self.new_analyst(header, pack))
            self._analysts[header.id] = known
        return known[1]

    def new_analyst(self, header: PackHeader, pack: DomainPack) -> Analyst:
        """Make an analyst of its own, of a pack that may differ from the stored one."""
        return Analyst(
            pack,
            topology_revision=header.topology_revision,
            library_digest=header.library_digest,
            knowledge=self._knowledge,
            meter=self._meter,
        )

    def diagnose_incident(
        self,
        incident_id: str,
        *,
        computed_at: datetime,
        at: datetime | None = None,
        covers: int | None = None,
        step: Step = _go_on,
    ) -> Diagnosis:
        """Diagnose all evidence stored now; an unchanged answer adds no revision.

        `at` sets `as_of.now` (`--at`); otherwise it is the latest receipt, tick or entry. Calls
        from several threads take turns, so that a later one always sees more evidence. Where a
        stored diagnosis counts `covers` items already, it is returned as it is.

        Raises: NotFoundError for an unknown incident; what `step` raises, and nothing is kept.
        """
        with self._one_at_a_time:
            known = self._covering(incident_id, covers)
            return known or self._diagnose(incident_id, computed_at, at, step)

    def _covering(self, incident_id: str, covers: int | None) -> Diagnosis | None:
        if covers is None or self._store.incident(ENGINE, incident_id).diagnosed_revision < covers:
            return None
        return self._store.diagnosis(incident_id)

    def _diagnose(
        self, incident_id: str, computed_at: datetime, at: datetime | None, step: Step
    ) -> Diagnosis:
        log = self._outcomes
        case = self._store.read(lambda reader: read_case(reader, incident_id, at=at, log=log))
        incident, before = case.incident, case.before
        analyst = self._analyst_of(case.header)
        step(case.evidence)
        diagnosis = analyst.diagnose(
            case.evidence, case.earlier, computed_at=computed_at, step=step
        )
        step(case.evidence)
        if before is not None and says_the_same(before, diagnosis):
            diagnosis = before
        title = title_of(analyst.pack, diagnosis, incident.title)
        self._store.write(lambda tx: keep(tx, incident, diagnosis, title=title))
        return diagnosis
