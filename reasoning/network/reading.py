"""The engine's answer, read back in the words of the graph."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from graph.model.library import FaultMode
from reasoning.engine.compile import CompiledProblem, compile_problem
from reasoning.engine.posterior import Posterior
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import parse_problem
from reasoning.engine.state import State
from reasoning.engine.what_if import WhatIf
from reasoning.engine.witness import Answered
from reasoning.network.causal_model import CausalModel, model_digest


@dataclass(frozen=True)
class Reading:
    """What the network says about components, by component id.

    `born[c]` = P(a fault was born in c), `modes[c]` its modes with P(born), most probable first
    (ties by id); `states` = P(degraded) by node of the network, those left out of it included.
    `digest` is the document's; `answered` has the core behind the answer.
    """

    model: CausalModel
    document: dict[str, JsonValue]
    digest: str
    compiled: CompiledProblem
    observation: Observation
    answered: Answered
    born: Mapping[str, float]
    modes: Mapping[str, tuple[tuple[FaultMode, float], ...]]
    states: Mapping[str, float]

    @property
    def posterior(self) -> Posterior:
        """What the engine answered."""
        return self.answered.posterior

    def ask(self) -> WhatIf:
        """Return the core behind the answer, to be asked what if.

        Raises: ProblemError where messages alone spoke.
        """
        return WhatIf(self.compiled, self.observation, answered=self.answered)

    def outside(self, cause: str) -> float:
        """P(a cause that is no component), by its id in the network; 0.0 where it is not in it."""
        return self.posterior.faults.get(cause, 0.0)

    @property
    def healthy(self) -> float:
        """P(no fault was born, inside or outside, and no crowd is felt)."""
        return self.posterior.p_no_fault

    def degraded(self, component_id: str) -> float:
        """P(component is degraded); 0.0 outside the subgraph."""
        node = self.model.representative.get(component_id, "")
        return self.states.get(node, 0.0)

    def fault_key(self, component_id: str) -> str:
        """Name the fault of the network that stands for a component's top mode, or the outside."""
        if component_id in self.model.outside:
            return component_id
        if component_id in self.model.jointly:
            return f"{component_id}/{self.modes[component_id][0][0].id}"
        return f"{component_id}#born"


def _go_on() -> None:
    """Let a reading go on."""


class Recall:
    """The engine's states of the last few incidents; safe from several threads.

    A state belongs to one network: where an incident's network has changed, it is replaced. Answers
    are the same to the last bit with and without it. One recall serves one revision of a pack.
    """

    def __init__(self, *, incidents: int = 8) -> None:
        """Remember at most so many incidents, those asked for last."""
        self._most = incidents
        self._known: OrderedDict[str, tuple[str, State]] = OrderedDict()
        self._turn = threading.Lock()

    def read(
        self, incident_id: str, model: CausalModel, *, step: Callable[[], None] = _go_on
    ) -> Reading:
        """Return what `read_model` returns, without the work that an earlier run has done.

        `step` is called between steps; what it raises ends the reading.
        """
        document = model.document()
        digest = model_digest(document)
        state = self.state(incident_id, document, digest)
        step()
        reading = _read(model, document, digest, state)
        step()
        return reading

    def state(self, incident_id: str, document: dict[str, JsonValue], digest: str) -> State:
        """Return the state of an incident's network, the one of before where it is the same."""
        with self._turn:
            known = self._known.pop(incident_id, None)
        if known is None or known[0] != digest:
            known = digest, new_state(document)
        with self._turn:
            self._known[incident_id] = known
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return known[1]


def new_state(document: dict[str, JsonValue]) -> State:
    """Start the engine on a network."""
    return State(compile_problem(parse_problem(document, source="diagnosis")))


def read_model(model: CausalModel) -> Reading:
    """Run the engine on a causal model and read every component's posterior."""
    document = model.document()
    return _read(model, document, model_digest(document), new_state(document))


def _read(model: CausalModel, document: dict[str, JsonValue], digest: str, state: State) -> Reading:
    observation = Observation(id="incident", active=tuple(model.active_channels()), unknown=())
    answered = state.answer(observation)
    posterior = answered.posterior
    compiled = state.compiled
    faulty = [c for c in model.components if model.modes.get(c)]
    born = {c: _born(model, posterior, c) for c in faulty}
    return Reading(
        model=model,
        document=document,
        digest=digest,
        compiled=compiled,
        observation=observation,
        answered=answered,
        born=born,
        modes={c: _modes(model, posterior, c, born[c]) for c in faulty},
        states=_states(model, posterior),
    )


def _states(model: CausalModel, posterior: Posterior) -> dict[str, float]:
    """Carry the answers on to the nodes that were left out, causes first.

    Nobody hears them, yet people may stand on them: their harm counts for impact. Their causes
    are taken as independent given the evidence, as a flow step's are (`reasoning.answer.impact`).
    """
    found = dict(posterior.degraded)
    for node in model.barren:
        calm = 1.0 - node.prior
        for cause, strength in node.causes:
            calm *= 1.0 - strength * found[cause]
        if node.members:
            calm *= _enough_left([found[m] for m in node.members], node.min_healthy)
        found[node.id] = 1.0 - calm
    return found


def _enough_left(degraded: Sequence[float], min_healthy: int) -> float:
    """P(at least `min_healthy` of independent members are not degraded).

    >>> round(_enough_left([0.5, 0.5], 1), 3)
    0.75
    """
    left = [1.0]
    for probability in degraded:
        healthy = [0.0, *(share * (1.0 - probability) for share in left)]
        failed = [*(share * probability for share in left), 0.0]
        left = [h + f for h, f in zip(healthy, failed, strict=True)]
    return sum(left[min_healthy:])


def _born(model: CausalModel, posterior: Posterior, component_id: str) -> float:
    answers = posterior.degraded if component_id in model.jointly else posterior.faults
    return answers[f"{component_id}#born"]


def _modes(
    model: CausalModel, posterior: Posterior, component_id: str, born: float
) -> tuple[tuple[FaultMode, float], ...]:
    """Order a component's modes; folded ones share P(born) by their conditioned priors.

    Where no evidence tells the modes apart, P(mode | born) = prior of the mode / P(some mode).
    """
    priors = model.modes[component_id]
    if component_id in model.jointly:
        found = [(p.mode, posterior.faults[f"{component_id}/{p.mode.id}"]) for p in priors]
    else:
        miss = 1.0
        for prior in priors:
            miss *= 1.0 - prior.conditioned
        some = 1.0 - miss
        share = born / some if some else 0.0
        found = [(p.mode, min(1.0, share * p.conditioned)) for p in priors]
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0].id)))
