"""What incidents were: confirmed causes move the library's base rates, with their counts shown.

A base rate is the mean of a Beta distribution. The library's word is worth what it was judged over,
a year of `PRIOR_INCIDENTS` incidents: Beta(rate x n, (1 - rate) x n) with n = that many for each
component of the kind. Each confirmed incident is one more look-back for each of these components,
in which the named modes were born and no other. Only what was confirmed before an incident was
opened counts for it, so that its diagnosis can be computed again and no later word moves it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.model.audit import AuditEvent
from graph.model.library import FaultMode
from graph.model.pack import DomainPack
from graph.ports import RemediationReader
from reasoning import parameters

FEEDBACK: Final = "feedback_given"
# What these say of an incident is complete; the others leave open what it was.
_TELLING: Final = frozenset({"modelled", "external", "no_fault"})
_PAGE: Final = 500
_PAIR: Final = 2

Cause = tuple[str, str | None]


@dataclass(frozen=True)
class Outcome:
    """What one incident was, as people agree: (component, fault mode or None), by id."""

    incident_id: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class LearntRate:
    """A base rate with its pseudo-counts: `cases` of `trials` (look-backs of one component).

    `told_*` are the library's own, `seen_*` what confirmed incidents add.
    """

    mode_id: str
    told_cases: float
    told_trials: float
    seen_cases: float
    seen_trials: float

    @property
    def mean(self) -> float:
        """P(born in the look-back of an incident), per component."""
        return (self.told_cases + self.seen_cases) / (self.told_trials + self.seen_trials)


class OutcomeLog:
    """Reads the confirmed causes off the audit chain, each line once; use it from one thread."""

    def __init__(self) -> None:
        """Start at the first line."""
        self._read = 0
        self._said: list[AuditEvent] = []

    def before(self, store: RemediationReader, instant: datetime) -> tuple[Outcome, ...]:
        """Return what was confirmed before an instant, by incident id.

        Of each person the newest word counts. It is confirmed when those who are sure all say the
        same and, where one of them spoke at P0, are at least two.
        """
        while page := self.next_page(store):
            self._said += [event for event in page if event.kind == FEEDBACK]
            self._read = page[-1].seq
        words: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        for event in self._said:
            if event.at < instant:
                words[event.subject][event.actor] = event.detail
        told = (_outcome(incident, list(said.values())) for incident, said in sorted(words.items()))
        return tuple(outcome for outcome in told if outcome is not None)

    def next_page(self, store: RemediationReader) -> tuple[AuditEvent, ...]:
        """Read what comes after the lines that were read."""
        return store.audit_chain(after=self._read, limit=_PAGE)


def _outcome(incident_id: str, words: Sequence[Mapping[str, Any]]) -> Outcome | None:
    sure = [word for word in words if not word.get("provisional")]
    said = {(str(word.get("cause")), _causes(word)) for word in sure}
    short = any(word.get("second_needed") for word in words) and len(sure) < _PAIR
    if len(said) != 1 or short:
        return None
    ((cause, causes),) = said
    return Outcome(incident_id, causes) if cause in _TELLING else None


def _causes(word: Mapping[str, Any]) -> tuple[Cause, ...]:
    named = {(str(c["component_id"]), c.get("fault_mode_id")) for c in word.get("causes", ())}
    return tuple(sorted(named, key=lambda c: (c[0], c[1] or "")))


def learnt_rates(pack: DomainPack, outcomes: Sequence[Outcome]) -> dict[str, LearntRate]:
    """Update the base rate of each mode of the pack's kinds; empty where nothing was confirmed.

    A cause without a named mode is shared among the kind's modes by their rates.
    """
    return counted_rates(pack, outcomes) if outcomes else {}


def counted_rates(pack: DomainPack, outcomes: Sequence[Outcome]) -> dict[str, LearntRate]:
    """Count for each mode of the pack's kinds, by mode id, also where nothing was confirmed."""
    kinds = {c.id: c.kind for c in pack.components}
    sizes = Counter(kinds.values())
    modes: dict[str, list[FaultMode]] = defaultdict(list)
    for mode in pack.library.modes:
        modes[mode.kind].append(mode)
    seen: Counter[str] = Counter()
    for component_id, mode_id in (cause for o in outcomes for cause in o.causes):
        for name, share in _shares(mode_id, modes[kinds.get(component_id, "")]).items():
            seen[name] += share  # type: ignore[assignment]  # Counter of floats
    return {
        mode.id: LearntRate(
            mode_id=mode.id,
            told_cases=mode.base_rate * parameters.PRIOR_INCIDENTS * size,
            told_trials=parameters.PRIOR_INCIDENTS * size,
            seen_cases=seen[mode.id],
            seen_trials=float(len(outcomes) * size),
        )
        for kind, size in sorted(sizes.items())
        for mode in modes[kind]
    }


def _shares(mode_id: str | None, modes: Sequence[FaultMode]) -> dict[str, float]:
    if mode_id is not None:
        return {mode.id: 1.0 for mode in modes if mode.id == mode_id}
    whole = sum(mode.base_rate for mode in modes)
    return {mode.id: mode.base_rate / whole for mode in modes} if whole else {}
