"""How the top cause moved over the revisions of a diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from graph.model.diagnosis import HypothesisResult, RevisionTop, Stability

WINDOW = timedelta(minutes=10)


def cause_key(hypothesis: HypothesisResult | RevisionTop) -> str:
    """Name a cause over revisions: its component, or its kind."""
    return hypothesis.component_id or hypothesis.kind


def stability_of(earlier: Sequence[RevisionTop], top: HypothesisResult, now: datetime) -> Stability:
    """Tell since when the top cause has stood, and its changes in the last ten minutes.

    Times are the evidence's own. `earlier` is oldest first and may be empty.
    """
    tops = [(before.at, cause_key(before)) for before in earlier]
    tops.append((now, cause_key(top)))
    since = now
    for at, key in reversed(tops):
        if key != tops[-1][1]:
            break
        since = at
    changes = sum(
        before[1] != after[1] and now - after[0] <= WINDOW for before, after in pairwise(tops)
    )
    return Stability(top_since=since, top_changes_10m=changes)
