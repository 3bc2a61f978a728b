"""The bare engine on files: `causal/v1` and observations in, `posterior/v1` lines out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping

from reasoning.engine.compile import compile_problem
from reasoning.engine.loops import loops
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation
from reasoning.engine.problem_files import read_observations, read_problem

SCHEMA = "posterior/v1"
DEFAULT_TOP = 20
LARGE = 500


def run_infer(
    problem_file: str,
    observations_file: str,
    *,
    top: int | None = DEFAULT_TOP,
    clock: Callable[[], float] = time.process_time,
) -> Iterator[str]:
    """Check both files whole, then return the lines of JSON, one an incident, in file order.

    Args:
        problem_file: `causal/v1`.
        observations_file: JSON lines; an empty file yields nothing.
        top: how many `faults` and `degraded` to keep, most probable first; None keeps all.
        clock: CPU seconds, for `duration_ms`.

    Raises: ProblemError before anything is yielded, naming file, line and key.
    """
    problem = read_problem(problem_file)
    observations = read_observations(observations_file, problem)
    if not observations:
        return iter(())
    compiled = compile_problem(problem, using=loops(patient=len(problem.nodes) >= LARGE))

    def answer(observation: Observation) -> str:
        posterior = infer(compiled, observation, clock=clock)
        return json.dumps(as_document(posterior, top=top), allow_nan=False)

    return map(answer, observations)


def as_document(posterior: Posterior, *, top: int | None = None) -> dict[str, object]:
    """Return a posterior as `posterior/v1` JSON values, most probable first, ties by id."""
    return {
        "schema": SCHEMA,
        "id": posterior.id,
        "method": posterior.method,
        "exact": posterior.exact,
        "log_evidence": posterior.log_evidence,
        "p_no_fault": posterior.p_no_fault,
        "faults": _leading(posterior.faults, top),
        "degraded": _leading(posterior.degraded, top),
        "duration_ms": posterior.duration_ms,
    }


def _leading(probabilities: Mapping[str, float], top: int | None) -> dict[str, float]:
    ranked = sorted(probabilities.items(), key=lambda entry: (-entry[1], entry[0]))
    return dict(ranked[:top])
