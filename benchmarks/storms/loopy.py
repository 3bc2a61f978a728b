"""What damped loopy propagation alone would answer on the very network of an answer."""

from __future__ import annotations

from datetime import datetime

from api.bootstrap import Assistant
from graph.model.access import Principal
from graph.model.pack import DomainPack
from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import parse_problem
from reasoning.network.builder import ModelBuilder
from reasoning.network.causal_model import CausalModel
from reasoning.network.evidence import Catalogue
from reasoning.network.gather import gather_evidence
from reasoning.network.selection import select_components

_DEPTH = 3


def loopy_ranking(
    assistant: Assistant, pack: DomainPack, incident_id: str, *, at: datetime | None
) -> tuple[str, ...]:
    """Rank an incident's causes as the product does, from messages alone instead of a core."""
    incident = assistant.store.incident(Principal(name="engine"), incident_id)
    evidence = gather_evidence(assistant.store, incident, at=at)
    graph = assistant.diagnoser.analyst(pack.id).graph
    catalogue = Catalogue.of(pack.library.alert_types)
    builder = ModelBuilder(pack, graph, catalogue, evidence)
    model = builder.build(select_components(graph, catalogue, evidence))
    problem = parse_problem(model.document(), source="loopy")
    heard = Observation(id="incident", active=tuple(model.active_channels()), unknown=())
    return _ranked(model, infer(compile_problem(problem, max_width=-1), heard))


def _ranked(model: CausalModel, found: Posterior) -> tuple[str, ...]:
    odds = {c: _born(model, found, c) for c in model.components if model.modes.get(c)}
    odds |= {c: found.faults[c] for c in model.outside} | {"healthy": found.p_no_fault}
    return tuple(sorted(odds, key=lambda name: (-odds[name], name))[:_DEPTH])


def _born(model: CausalModel, found: Posterior, component_id: str) -> float:
    answers = found.degraded if component_id in model.jointly else found.faults
    return answers[f"{component_id}#born"]
