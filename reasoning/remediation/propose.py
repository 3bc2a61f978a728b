"""What could be done about the top cause: actions of the catalogue, proposed and nothing more.

A proposal is shown beside the diagnosis. It asks nobody and sends nothing; a person may make a
request of it, which is then checked and decided like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graph.failure import FailureGraph
from graph.model.actions import ActionParameter, ActionTemplate, ParameterKind
from graph.model.diagnosis import (
    Diagnosis,
    DiagnosisStatus,
    HypothesisKind,
    HypothesisResult,
    ProposedAction,
)
from graph.model.pack import DomainPack
from graph.model.remediation import ExecutorRef
from graph.model.topology import Component, RelationType, Scalar
from reasoning import parameters
from reasoning.remediation.policy import Matter, demand_of

_SURE: Final = frozenset({DiagnosisStatus.CONCLUSIVE, DiagnosisStatus.LIKELY})
# Shares of a fault that differ by less than a hundredth do not tell receivers apart: a choice that
# hops with every alert would be none.
_ALIKE_DIGITS: Final = 2

Born = Callable[[str], float]


def with_proposals(
    pack: DomainPack, graph: FailureGraph, diagnosis: Diagnosis, *, born: Born
) -> Diagnosis:
    """Add to a diagnosis at most three actions that answer its top cause, likeliest to work first.

    None while the diagnosis settles, is neither conclusive nor likely, or puts no component on
    top with at least the proposal line. Equal successes stand in id order. `born` gives
    P(a fault was born in a component).
    """
    top = diagnosis.hypotheses[0]
    if diagnosis.settling or diagnosis.status not in _SURE or not _is_sure(top):
        return diagnosis
    target = graph.components[str(top.component_id)]
    fitting = sorted(
        (a for a in pack.actions if target.kind in a.kinds and top.fault_mode_id in a.modes),
        key=lambda action: (-action.expected_success, action.id),
    )
    proposer = _Proposer(pack, graph, diagnosis, target, _Receivers(pack, graph, target, born))
    proposed = tuple(proposer.propose(action) for action in fitting[: parameters.SHOWN_ACTIONS])
    return diagnosis.model_copy(update={"proposed_actions": proposed})


def _is_sure(top: HypothesisResult) -> bool:
    component = top.kind is HypothesisKind.COMPONENT
    return component and top.posterior >= parameters.PROPOSED_FROM


@dataclass(frozen=True)
class _Receivers:
    """Who could take over from the target, and which of them is the clear choice."""

    pack: DomainPack
    graph: FailureGraph
    target: Component
    born: Born

    def best(self, parameter: ActionParameter) -> str | None:
        """Choose another copy of the target's data, or else who serves the same dependants.

        What holds data is taken over by its copies only. First come those that nobody mainly
        stands on, then the soundest, then those that serve most of the target's dependants
        already, then the least id. None where nobody fits.
        """
        shared = {c: self._shared(c) for c in self._candidates(parameter)}
        kept = [c for c, count in shared.items() if count]
        return min(kept, key=lambda c: (*self._burden(c), -shared[c], c), default=None)

    def _candidates(self, parameter: ActionParameter) -> list[str]:
        return [
            c.id
            for c in self.graph.components.values()
            if c.kind in parameter.kinds
            and c.kind == self.target.kind
            and c.id != self.target.id
            and c.attributes.get("standby") is not True
        ]

    def _shared(self, candidate: str) -> int:
        """Count what stands on both; for data, whether both are copies of one."""
        layers = {kind.id: kind.layer for kind in self.pack.library.kinds}
        if layers[self.target.kind] == "data":
            return int(candidate in self.copies)
        mine = {effect for effect, _ in self.graph.effects.get(self.target.id, ())}
        return len(mine & {effect for effect, _ in self.graph.effects.get(candidate, ())})

    @cached_property
    def copies(self) -> frozenset[str]:
        """What the target replicates to, or the others of the primary that replicates to it."""
        pairs = [
            (r.source, r.target)
            for r in self.pack.relations
            if r.type is RelationType.REPLICATES_TO
        ]
        primaries = {source for source, target in pairs if target == self.target.id}
        primaries = primaries or {self.target.id}
        return frozenset(primaries | {target for source, target in pairs if source in primaries})

    def _burden(self, candidate: str) -> tuple[bool, float]:
        leant_on = any(
            strength > max(self._others(effect, candidate), default=0.0)
            for effect, strength in self.graph.effects.get(candidate, ())
        )
        return leant_on, round(self.born(candidate), _ALIKE_DIGITS)

    def _others(self, effect: str, candidate: str) -> list[float]:
        return [
            strength
            for cause, strength in self.graph.causes.get(effect, ())
            if cause != candidate and self.graph.components[cause].kind == self.target.kind
        ]


@dataclass(frozen=True)
class _Proposer:
    pack: DomainPack
    graph: FailureGraph
    diagnosis: Diagnosis
    target: Component
    receivers: _Receivers

    def propose(self, action: ActionTemplate) -> ProposedAction:
        filled = self._filled(action)
        named = [p.id for p in action.parameters if p.kind is ParameterKind.COMPONENT]
        matter = Matter(
            pack=self.pack,
            graph=self.graph,
            template=action,
            component_ids=(self.target.id,),
            receiver_ids=tuple(str(filled[name]) for name in named if name in filled),
            executor=_any_executor(action),
            diagnosis=self.diagnosis,
            at=self.diagnosis.as_of.now,
        )
        return ProposedAction(
            action_id=action.id,
            target_ids=(self.target.id,),
            parameters=filled,
            risk=action.risk,
            required_roles=demand_of(matter).roles,
            expected_success=action.expected_success,
        )

    def _filled(self, action: ActionTemplate) -> dict[str, Scalar]:
        found = {p.id: self._value(p) for p in action.parameters}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, parameter: ActionParameter) -> Scalar | None:
        if parameter.kind is ParameterKind.COMPONENT:
            return self.receivers.best(parameter)
        return parameter.default


def _any_executor(action: ActionTemplate) -> ExecutorRef:
    """Stand for an executor with locked content: which one runs is known at the request only."""
    return ExecutorRef(
        profile=action.executor,
        version="",
        content_digest="",
        can_preview=False,
        can_roll_back=False,
        honours_idempotency_key=False,
    )
