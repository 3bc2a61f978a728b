"""One answer of the product to a case at an instant, and the rules by which it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from benchmarks.storms.cases import Case

DEPTH = 10
_UNSURE = ("healthy", "inconclusive")


@dataclass(frozen=True)
class Answer:
    """What was said: ranked component ids (or `external`, `healthy`), statuses of all incidents.

    `statuses` stand in the order in which a person opens the incidents; `seconds` is wall time.
    """

    ranked: tuple[str, ...]
    statuses: tuple[str, ...]
    seconds: float

    @property
    def status(self) -> str:
        """The status of the first incident; `healthy` when nothing was opened."""
        return self.statuses[0] if self.statuses else "healthy"

    @property
    def top(self) -> str:
        """The first of the ranking; `healthy` when nothing was opened."""
        return self.ranked[0] if self.ranked else "healthy"


def read_answer(diagnoses: Sequence[Mapping[str, Any]], case: Case, seconds: float) -> Answer:
    """Take the ranking from the incident that a person opens first.

    Incidents that name a cause come first, then by urgency, by alerts, by age; truth plays no part.
    For two true causes the first two that name one are read in turn, first of one, first of the
    other: that is what is on the screen when the product keeps two faults apart.
    """
    order = sorted(range(len(diagnoses)), key=lambda n: (*_attention(diagnoses[n]), n))
    ranked = [_names(diagnoses[n]) for n in order]
    sure = [_names(diagnoses[n]) for n in order if not _attention(diagnoses[n])[0]]
    if len(case.causes) > 1 and sure:
        merged = [name for row in zip_longest(*sure[:2]) for name in row if name]
        first = list(dict.fromkeys(merged))
    else:
        first = ranked[0] if ranked else []
    statuses = tuple(str(diagnoses[n]["status"]) for n in order)
    return Answer(tuple(first[:DEPTH]), statuses, seconds)


def _attention(diagnosis: Mapping[str, Any]) -> tuple[bool, str, int]:
    unsure = str(diagnosis["status"]) in _UNSURE
    return unsure, str(diagnosis["urgency"]["level"]), -int(diagnosis["as_of"]["alerts_included"])


def _names(diagnosis: Mapping[str, Any]) -> list[str]:
    rows = sorted(diagnosis["hypotheses"], key=lambda h: h["rank"])
    return [row["component_id"] or row["kind"] for row in rows]


def hits(ranked: Sequence[str], case: Case, k: int) -> bool:
    """Tell whether a true cause stands among the first `k`."""
    return any(cause in ranked[:k] for cause in case.causes)


def passed(answer: Answer, case: Case) -> bool:
    """Judge the last answer by the rules of the figures.

    A cause in the graph: first. Two: one first and both in the first three. Outside: external on
    top or inconclusive. No fault: every incident says healthy or inconclusive.
    """
    if case.truth_kind == "none":
        return all(status in _UNSURE for status in answer.statuses)
    if case.truth_kind == "external":
        return answer.top == "external" or answer.status == "inconclusive"
    both = all(cause in answer.ranked[:3] for cause in case.causes)
    return hits(answer.ranked, case, 1) and (len(case.causes) == 1 or both)


def top_changes(answers: Sequence[Answer]) -> int:
    """Count how often the top cause changed from one answer to the next."""
    return sum(before.top != after.top for before, after in pairwise(answers))
