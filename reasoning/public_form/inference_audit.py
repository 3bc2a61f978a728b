"""An answer recomputed by an engine that shares no line with ours, and how far the two differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from graph.errors import ConflictError
from reasoning.engine.compile import compile_problem
from reasoning.engine.posterior import Method
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import parse_problem
from reasoning.public_form.core_network import CoreNetwork, core_network
from reasoning.public_form.pgmpy_model import Difference, Recomputed, differences, recompute

EXACT_WITHIN = 1e-6
CORE_WITHIN = 2e-3
Cause = tuple[Literal["faults", "degraded"], str, float]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was recomputed, and where the largest difference lies; None where nothing was.

    `nodes` counts the network's, `core_nodes` those that were not folded, `variables` those of the
    written network, alerts included. `causes` counts the shown hypotheses that are part of the core
    and were recomputed. `whole` sets P(no fault) and ln P(evidence) beside the recomputed ones,
    the second first; empty where the sum was not found.
    """

    method: Method
    nodes: int
    core_nodes: int
    variables: int
    width: int
    recomputed: Recomputed
    causes: int
    whole: tuple[Difference, ...]
    largest: Difference | None

    @property
    def bound(self) -> float:
        """Up to which difference the answers agree: rounding where exact, else what is promised."""
        return EXACT_WITHIN if self.method == "exact" else CORE_WITHIN

    @property
    def agrees(self) -> bool:
        """Tell whether all was recomputed and nothing differs by more than the bound."""
        return self.recomputed.complete and (self.largest is None or self.largest.gap <= self.bound)


def network_behind(document: dict[str, JsonValue], active: Sequence[str]) -> CoreNetwork:
    """Answer a `causal/v1` document under these active channels; return the core of the answer.

    Raises: ProblemError for a faulty document; ConflictError where the messages alone answered.
    """
    compiled = compile_problem(parse_problem(document, source="diagnosis"))
    network = core_network(compiled, Observation("incident", tuple(active)))
    if network is None:
        raise ConflictError(
            "the answer is by loopy propagation alone (`loopy`), so there is no core to recompute; "
            "see docs/engine.md, where it loses"
        )
    return network


def audit_network(
    network: CoreNetwork,
    causes: Sequence[Cause],
    *,
    clock: Callable[[], float],
    seconds: float,
    everything: bool = True,
) -> Audit:
    """Recompute the core with pgmpy, and set it beside what was shown.

    Args:
        network: the core.
        causes: shown hypotheses, each (which answers, id, posterior).
        clock: seconds.
        seconds: no call to pgmpy begins later than this.
        everything: all faults and components of the core; else the shown hypotheses alone, a
            hundredth of the work in a storm. P(no fault) and ln P(evidence) are always asked.
    """
    only = None if everything else {_name(network, cause) for cause in causes}
    found = recompute(network, clock=clock, seconds=seconds, only=only)
    shown, whole = _shown(network, causes, found), _whole(network, found)
    gaps = sorted(
        [*differences(network, found.marginals), *shown, *whole],
        key=lambda d: (-d.gap, d.kind, d.about),
    )
    return Audit(
        method=network.method,
        nodes=network.nodes,
        core_nodes=len(network.degraded),
        variables=len(network.variables),
        width=network.width,
        recomputed=found,
        causes=len(shown),
        whole=whole,
        largest=gaps[0] if gaps else None,
    )


def _name(network: CoreNetwork, cause: Cause) -> str:
    """Name the variable of a shown hypothesis; empty where it is not part of the core."""
    answers, about, _ = cause
    return (network.faults if answers == "faults" else network.degraded).get(about, "")


def _shown(
    network: CoreNetwork, causes: Sequence[Cause], found: Recomputed
) -> tuple[Difference, ...]:
    """Set stored posteriors of hypotheses beside the recomputed ones."""
    compared = []
    for cause in causes:
        answers, about, posterior = cause
        name = _name(network, cause)
        if name in found.marginals:
            kind: Literal["fault", "degraded"] = "fault" if answers == "faults" else "degraded"
            compared.append(Difference(kind, about, posterior, found.marginals[name]))
    return tuple(compared)


def _whole(network: CoreNetwork, found: Recomputed) -> tuple[Difference, ...]:
    """Set ln P(evidence) and P(no fault) beside what the recomputed sum makes of them.

    What was folded keeps the value that the engine gave it; P(no fault, evidence) has a closed
    form. Where the core is not the whole, P(no fault) is held between the bounds that the faults'
    posteriors set, as the engine holds it.
    """
    if found.log_sum is None:
        return ()
    posterior = network.posterior
    log_evidence = posterior.log_evidence + found.log_sum - network.log_sum
    p_no_fault = math.exp(min(network.log_quiet - log_evidence, 0.0))
    if not posterior.exact and posterior.faults:
        born = list(posterior.faults.values())
        p_no_fault = min(max(p_no_fault, 1.0 - math.fsum(born)), 1.0 - max(born))
    return (
        Difference("log_evidence", "", posterior.log_evidence, log_evidence),
        Difference("p_no_fault", "", posterior.p_no_fault, p_no_fault),
    )
