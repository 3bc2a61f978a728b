"""What the house already knows about the top causes: SOPs, and past cases."""

from __future__ import annotations

from collections.abc import Sequence

from graph.failure import FailureGraph
from graph.model.access import Principal
from graph.model.base import pack_of_id
from graph.model.diagnosis import HypothesisKind, HypothesisResult, SimilarCase, SopMatch
from graph.model.knowledge import written_case
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading
from reasoning.ports import KnowledgeFinder

_ENGINE = Principal(name="engine")
_ASKED = 3


def knowledge_of(
    finder: KnowledgeFinder,
    graph: FailureGraph,
    reading: Reading,
    found: tuple[Evidence, Sequence[HypothesisResult]],
) -> tuple[tuple[SopMatch, ...], tuple[SimilarCase, ...]]:
    """Ask for the SOPs of the top three component causes, and for cases like the first.

    The case that was written back from this incident is nothing that it resembles. A case is told
    in full, so it is one that everybody may read who may read of the incident.
    """
    evidence, hypotheses = found
    causes = [h for h in hypotheses if h.kind is HypothesisKind.COMPONENT][:_ASKED]
    if not causes:
        return (), ()
    # A lower place weighs less: the first cause's SOP stands first, however its modes divide.
    modes = [
        (mode.id, probability / place)
        for place, h in enumerate(causes, start=1)
        for mode, probability in reading.modes[h.component_id or ""]
    ]
    names = sorted({name for fired in evidence.fired.values() for name in fired})
    ids = [h.component_id for h in causes if h.component_id]
    sops = finder.sops_for(_ENGINE, modes=modes, alertnames=names, component_ids=ids, limit=3)
    top = causes[0]
    cases = finder.cases_for(
        _ENGINE.model_copy(update={"sites": evidence.sites}),
        component_id=top.component_id or "",
        fault_mode_id=top.fault_mode_id or "",
        kind=graph.components[top.component_id or ""].kind,
        alertnames=names,
        limit=_ASKED + 1,
    )
    own = written_case(pack_of_id(top.component_id or ""), evidence.incident_id)
    return sops, tuple(case for case in cases if case.case_id != own)[:_ASKED]
