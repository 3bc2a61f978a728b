"""The core that an answer came from, as an ordinary Bayesian network of small tables.

The engine eliminates flat arrays. Here the same core is written out for others to recompute:
explicit faults, degraded nodes and alerts. None of the engine's own tables is read, so that whoever
recomputes the network checks those as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reasoning.engine.arithmetic import Array
from reasoning.engine.compile import CompiledProblem
from reasoning.engine.kernels.arrays import Messages
from reasoning.engine.posterior import Method, Posterior, infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.witness import Witness
from reasoning.public_form.core_tables import BINARY, Scribe, Variable


@dataclass(frozen=True, slots=True)
class CoreNetwork:
    """The core of one answer; `variables` stand parents first.

    `faults` and `degraded` name the variable of each fault and node that was kept. `nodes` counts
    those of the whole problem. `width` is that of the engine's elimination order. `log_sum` is ln
    of the engine's sum over all states of the core, and `log_quiet` ln P(e, no fault) of the whole.
    """

    posterior: Posterior
    variables: tuple[Variable, ...]
    faults: Mapping[str, str]
    degraded: Mapping[str, str]
    nodes: int
    width: int
    log_sum: float
    log_quiet: float

    @property
    def method(self) -> Method:
        """How the engine came to the answer; `thinned` says that the core is the thinned one."""
        return self.posterior.method

    def inner(self) -> tuple[Variable, ...]:
        """List the variables that are no mere readings of another."""
        return tuple(v for v in self.variables if v.role not in ("alert", "message"))

    def readings(self) -> dict[str, Array]:
        """Return, by variable, P(all that was seen on it | its state), the larger scaled to 1.

        Scaled because a product of hundreds of small rates is no double any more.
        """
        with np.errstate(under="ignore"):
            return {name: np.exp(log - log.max()) for name, log in self.log_readings().items()}

    def log_readings(self) -> dict[str, Array]:
        """Return, by variable, ln P(all that was seen on it | its state).

        What a folded effect says is a ratio alone: its first entry counts as 0.
        """
        logs: dict[str, Array] = {}
        for variable in self.variables:
            if variable.role in ("alert", "message") and variable.seen:
                seen = np.log(variable.table[BINARY.index(variable.seen)])
                (parent,) = variable.parents
                told = seen - seen[0] if variable.role == "message" else seen
                logs[parent] = logs.get(parent, np.zeros(2)) + told
        return logs


def core_network(compiled: CompiledProblem, observation: Observation) -> CoreNetwork | None:
    """Answer an observation and return the core behind the answer; None where there is none.

    There is none where the messages alone spoke (`loopy`). Of an `exact` answer the core is the
    whole problem.

    Raises: ProblemError for a channel that the problem lacks.
    """
    witness = Witness(compiled.loops)
    posterior = infer(replace(compiled, loops=witness.loops), observation)
    if posterior.method == "loopy" or witness.summed is None:
        return None
    messages, flags, width, log_total = witness.summed
    kept = np.array(flags, dtype=np.int64)
    messages = Messages(*(np.array(part) for part in messages))
    scribe = Scribe(compiled, observation, messages, kept)
    for position in np.flatnonzero(kept):
        scribe.write(int(position))
    return CoreNetwork(
        posterior=posterior,
        variables=tuple(scribe.variables),
        faults=scribe.faults,
        degraded={compiled.problem.nodes[i]: name for i, name in scribe.degraded.items()},
        nodes=len(compiled.problem.nodes),
        width=width,
        log_sum=posterior.log_evidence
        if posterior.exact
        else log_total + _of_faults(scribe.variables),
        log_quiet=_log_quiet(compiled.problem, observation),
    )


def _of_faults(variables: Sequence[Variable]) -> float:
    """Return ln P(what was seen on the faults themselves), which the engine sums beforehand."""
    prior = {v.name: v.table for v in variables if v.role == "fault"}
    seen: dict[str, Array] = {}
    for variable in variables:
        if variable.role == "alert" and variable.seen and variable.parents[0] in prior:
            likely = variable.table[BINARY.index(variable.seen)]
            name = variable.parents[0]
            seen[name] = seen.get(name, np.zeros(2)) + np.log(likely)
    with np.errstate(divide="ignore"):
        return math.fsum(
            float(np.logaddexp.reduce(np.log(prior[name]) + logs)) for name, logs in seen.items()
        )


def _log_quiet(problem: Problem, observation: Observation) -> float:
    """Return ln P(e, no fault): nothing born, nothing degraded, every alert false."""
    active, unknown = frozenset(observation.active), frozenset(observation.unknown)
    terms = [math.log1p(-f.prior) if f.prior < 1.0 else -math.inf for f in problem.faults]
    for channel in problem.channels:
        if channel.id not in unknown:
            rate = channel.false_alarm
            terms.append(math.log(rate) if channel.id in active else math.log1p(-rate))
    return sum(terms)
