"""The order of hypotheses: components, outside, crowd and no fault, by posterior, kind, id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from graph.failure import FailureGraph
from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind, HypothesisResult
from reasoning import parameters
from reasoning.answer import words
from reasoning.answer.explain import Explainer, Weights
from reasoning.network.reading import Reading

_NAMES: Final = {
    HypothesisKind.EXTERNAL: words.EXTERNAL_NAME,
    HypothesisKind.CROWD: words.CROWD_NAME,
}


def top_components(reading: Reading) -> tuple[str, ...]:
    """Return the ten components most probably at fault; equal posteriors stand in id order."""
    ranked = sorted(reading.born, key=lambda c: (-reading.born[c], c))
    return tuple(ranked[: parameters.TOP_COMPONENTS])


def rank_hypotheses(
    graph: FailureGraph, reading: Reading, explainer: Explainer, targets: Iterable[str]
) -> tuple[HypothesisResult, ...]:
    """Rank the ten top components, the external cause and no fault, each once.

    Order: posterior (highest first), kind, component id.
    """
    chosen = top_components(reading)
    weights = explainer.weigh(chosen)
    wanted = tuple(targets)
    results = [_component(graph, reading, c, weights, explainer.path(c, wanted)) for c in chosen]
    results += [*_outside(reading, weights), _healthy(reading)]
    ordered = sorted(results, key=lambda h: (-h.posterior, h.kind, h.component_id or ""))
    return tuple(h.model_copy(update={"rank": i}) for i, h in enumerate(ordered, start=1))


def _component(
    graph: FailureGraph,
    reading: Reading,
    component_id: str,
    weights: Mapping[str, Weights],
    path: Sequence[str],
) -> HypothesisResult:
    mode, sure = reading.modes[component_id][0]
    return HypothesisResult(
        rank=1,
        kind=HypothesisKind.COMPONENT,
        component_id=component_id,
        fault_mode_id=mode.id,
        name=words.cause_name(graph.components[component_id], mode),
        posterior=min(reading.born[component_id], 1.0),
        prior=some(p.base for p in reading.model.modes[component_id]),
        evidence_for=weights[component_id].supporting,
        evidence_against=weights[component_id].opposing,
        path=tuple(path),
        mode_name=mode.name,
        mode_posterior=min(max(sure, 0.0), 1.0),
        first_steps=mode.first_steps,
    )


def _outside(reading: Reading, weights: Mapping[str, Weights]) -> Iterator[HypothesisResult]:
    for cause, prior in reading.model.outside.items():
        kind = HypothesisKind(cause)
        yield _other(kind, _NAMES[kind], (reading.outside(cause), prior), weights[cause])


def _healthy(reading: Reading) -> HypothesisResult:
    """No fault at all; its prior is that none was born among the components considered."""
    priors = [p.base for modes in reading.model.modes.values() for p in modes]
    calm = 1.0 - some([*priors, *reading.model.outside.values()])
    return _other(
        HypothesisKind.HEALTHY, words.HEALTHY_NAME, (reading.healthy, calm), Weights((), ())
    )


def _other(
    kind: HypothesisKind, name: Text, odds: tuple[float, float], weights: Weights
) -> HypothesisResult:
    return HypothesisResult(
        rank=1,
        kind=kind,
        component_id=None,
        fault_mode_id=None,
        name=name,
        posterior=min(odds[0], 1.0),
        prior=odds[1],
        evidence_for=weights.supporting,
        evidence_against=weights.opposing,
    )


def some(probabilities: Iterable[float]) -> float:
    """P(at least one of independent events).

    >>> round(some([0.5, 0.5]), 3)
    0.75
    """
    miss = 1.0
    for probability in probabilities:
        miss *= 1.0 - probability
    return 1.0 - miss
