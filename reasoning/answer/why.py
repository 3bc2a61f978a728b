"""Why a component is, or is not, the cause: exact weights by group over the stored answer.

Costly beside a diagnosis (a sum over the core for each group, and for each item that may be
decisive, a dozen in all), so it is asked for and never computed on the way of an alert.
"""

from __future__ import annotations

from graph.errors import NotFoundError
from graph.failure import FailureGraph
from graph.model.base import Text
from graph.model.diagnosis import HypothesisKind, HypothesisResult
from graph.model.why import CauseStanding, RivalCause, Why
from graph.ports import Store
from reasoning import parameters
from reasoning.answer import words
from reasoning.answer.explain import Explainer
from reasoning.answer.ranking import some
from reasoning.answer.rates import rates_of
from reasoning.answer.restored import Restored, restore
from reasoning.answer.unheard import Unheard, log10_odds
from reasoning.answer.weighing import Weighing
from reasoning.answer.why_words import words_of
from reasoning.engine.problem import ProblemError
from reasoning.engine.what_if import WhatIf
from reasoning.network.causal_model import CROWD
from reasoning.network.reading import Reading, read_model


def explain_cause(
    store: Store, incident_id: str, component_id: str, *, graph: FailureGraph | None = None
) -> Why:
    """Say why a component of the incident's pack (or `external`, `crowd`) is, or is not, the cause.

    Of the newest stored diagnosis. `graph` as in `restore`.

    Raises: NotFoundError for an unknown incident or component, or without a diagnosis;
        ConflictError where evidence moved on since.
    """
    found = restore(store, incident_id, graph=graph)
    if component_id not in found.model.outside and component_id not in found.graph.components:
        raise NotFoundError(
            f"no component {component_id!r} in pack {found.pack.id!r}; GET /graph/search finds ids"
        )
    plain = _outside(found, component_id)
    return plain or _Account(found, component_id).tell()


def _outside(found: Restored, component_id: str) -> Why | None:
    """Answer for what has no posterior; None for what has one."""
    if component_id in found.model.outside or found.model.modes.get(component_id):
        return None
    component = found.graph.components[component_id]
    if not any(mode.kind == component.kind for mode in found.pack.library.modes):
        standing = CauseStanding.FAULTLESS
    elif component_id in found.model.components:
        standing = CauseStanding.UNHEARD
    else:
        standing = CauseStanding.UNREACHED
    why = _bare(found, component_id, component.name, standing)
    return why.model_copy(update={"text": words_of(why, _top(found).name)})


def _bare(found: Restored, component_id: str, name: Text, standing: CauseStanding) -> Why:
    return Why(
        incident_id=found.diagnosis.incident_id,
        revision=found.diagnosis.revision,
        component_id=component_id,
        name=name,
        standing=standing,
        text=name,
        exact=found.diagnosis.engine.method in ("exact", "core"),
        rates=rates_of(found, component_id),
        confirmed=len(found.evidence.outcomes),
    )


def _top(found: Restored) -> HypothesisResult:
    return found.diagnosis.hypotheses[0]


class _Account:
    """Everything about one cause that has a posterior."""

    def __init__(self, found: Restored, cause: str) -> None:
        self._found = found
        self._cause = cause
        self._outside = cause in found.model.outside
        self._reading: Reading = read_model(found.model)
        self._unheard = Unheard(self._reading)
        self._explainer = Explainer(
            found.pack, found.graph, found.catalogue, found.evidence, self._reading
        )
        self._weighing = Weighing(cause, self._reading, self._explainer, self._unheard)

    def tell(self) -> Why:
        """Compute every weight and put the answer into words."""
        name = words.CROWD_NAME if self._cause == CROWD else words.EXTERNAL_NAME
        if not self._outside:
            name = self._found.graph.components[self._cause].name
        standing = CauseStanding.LEADS if self._leads() else CauseStanding.CONSIDERED
        posterior, prior = self._posterior(), self._prior()
        groups, decisive = self._weighing.weights(posterior, prior)
        why = _bare(self._found, self._cause, name, standing).model_copy(
            update={
                "posterior": posterior,
                "prior": prior,
                "log10_bayes_factor": round(log10_odds(posterior) - log10_odds(prior), 6),
                "groups": groups,
                "decisive": decisive,
                "rival": None if self._leads() else self._rival(),
                "path": self._path(),
            }
        )
        return why.model_copy(update={"text": words_of(why, _top(self._found).name)})

    def _leads(self) -> bool:
        return self._is_own(_top(self._found))

    def _is_own(self, hypothesis: HypothesisResult) -> bool:
        return self._cause == (hypothesis.component_id or hypothesis.kind.value)

    def _posterior(self) -> float:
        reading = self._reading
        born = reading.outside(self._cause) if self._outside else reading.born[self._cause]
        return min(max(born, 0.0), 1.0)

    def _prior(self) -> float:
        """P(born) by base rates alone."""
        if self._outside:
            return self._reading.model.outside[self._cause]
        return some(p.base for p in self._reading.model.modes[self._cause])

    def _rival(self) -> RivalCause:
        """Choose the likeliest other cause that excludes this one, else what stands first."""
        top = _top(self._found)
        for other in self._likelier_ones():
            beside, likelier = self._compared(other)
            if likelier is not None:
                return _rival_of(other, beside=beside, likelier=likelier)
        return _rival_of(top, beside=self._compared(top)[0], likelier=None)

    def _likelier_ones(self) -> list[HypothesisResult]:
        """List those that stand before it and are worth a look, at most three."""
        least = max(self._posterior(), parameters.SET_MEMBER_FROM)
        ranked = self._found.diagnosis.hypotheses
        return [h for h in ranked if h.posterior >= least and not self._is_own(h)][:_COMPARED]

    def _compared(self, other: HypothesisResult) -> tuple[bool, float | None]:
        """Tell whether both may be true at once, else how much likelier the other makes it all.

        Nothing is compared with "no fault", nor where one of the two is not in the core, nor where
        the core would be too wide with one of them forced.
        """
        what_if = self._unheard.what_if
        if what_if is None or other.kind is HypothesisKind.HEALTHY:
            return False, None
        first, key = (
            self._reading.fault_key(cause)
            for cause in (other.component_id or other.kind.value, self._cause)
        )
        try:
            return _weighed_against(what_if, first, key)
        except ProblemError:
            return False, None

    def _path(self) -> tuple[str, ...]:
        if self._outside:
            return ()
        return self._explainer.path(self._cause, sorted(self._found.evidence.fired))


def _weighed_against(what_if: WhatIf, first: str, key: str) -> tuple[bool, float | None]:
    """Compare two faults of one core. Raises: ProblemError where it is too wide."""
    if any(what_if.log10_factor(k) == 0.0 for k in (first, key)):
        return False, None
    shares = [what_if.posterior.faults[k] for k in (first, key)]
    both = sum(shares) - what_if.any_born((first, key))
    if both > parameters.SET_OVERLAP * shares[0] * shares[1]:
        return True, None
    return False, round(what_if.log10_between(first, key), 6)


def _rival_of(other: HypothesisResult, *, beside: bool, likelier: float | None) -> RivalCause:
    return RivalCause(
        component_id=other.component_id,
        name=other.name,
        posterior=other.posterior,
        beside=beside,
        log10_likelier=likelier,
    )


_COMPARED = 3
