"""A cause by its name: what broke where; while the fault is open, where, and what it is like."""

from __future__ import annotations

from graph.model.base import Text
from graph.model.diagnosis import HypothesisResult
from graph.words import spaced
from reasoning import parameters
from reasoning.answer.words import inside


def mode_is_open(cause: HypothesisResult) -> bool:
    """Tell whether the likeliest fault is clearly less sure than that something broke there.

    A cause of a revision from before that was told has no `mode_posterior` and is not open.
    """
    mode = cause.mode_posterior
    return mode is not None and mode < parameters.CONCLUSIVE_FROM * cause.posterior


def standing_name(cause: HypothesisResult, place: Text | None) -> Text:
    """Name a cause beside its posterior, which is that of the component, not of one fault.

    Args:
        place: the name of its component; without one, or where the fault is as sure as the place,
            it is called as the diagnosis does.
    """
    if place is None or cause.mode_name is None or not mode_is_open(cause):
        return cause.name
    like = cause.mode_name
    return Text(
        zh=f"{place.zh}（{spaced('最像', like.zh)}）",
        en=f"{place.en} (most like {inside(like.en)})",
    )
