"""How the top cause moved: since when it stands, and how often it changed lately."""

from __future__ import annotations

import pytest

from graph.model.diagnosis import Diagnosis, HypothesisKind, HypothesisResult, RevisionTop
from reasoning.answer.history import cause_key, stability_of
from tests.bench_room import BenchRoom
from tests.small_pack import after


@pytest.fixture(scope="module")
def example() -> Diagnosis:
    """Diagnose a real storm, to be told with other tops and times."""
    room = BenchRoom()
    room.storm()
    return room.diagnose()


def _top(example: Diagnosis, component: str) -> HypothesisResult:
    update = {"component_id": f"small:{component}", "kind": HypothesisKind.COMPONENT}
    return example.hypotheses[0].model_copy(update=update)


def _told(example: Diagnosis, *tops: tuple[float, str]) -> list[RevisionTop]:
    """Make revisions with these tops at these seconds after the onset."""
    return [
        RevisionTop(
            revision=number,
            at=after(seconds),
            kind=HypothesisKind.COMPONENT,
            component_id=f"small:{component}",
            name=example.hypotheses[0].name,
        )
        for number, (seconds, component) in enumerate(tops, 1)
    ]


def test_the_first_revision_stands_since_now(example: Diagnosis) -> None:
    """Without a past nothing has changed."""
    stability = stability_of([], _top(example, "cdn-a"), after(60))
    assert (stability.top_since, stability.top_changes_10m) == (after(60), 0)


def test_a_top_stands_since_its_last_return(example: Diagnosis) -> None:
    """The latest unbroken run counts, not the first time it was on top."""
    earlier = _told(example, (0, "cdn-a"), (60, "origin"), (120, "cdn-a"), (180, "cdn-a"))
    stability = stability_of(earlier, _top(example, "cdn-a"), after(240))
    assert (stability.top_since, stability.top_changes_10m) == (after(120), 2)


@pytest.mark.parametrize(("now", "changes"), [(660, 1), (661, 0)])
def test_changes_are_forgotten_after_ten_minutes(
    example: Diagnosis, now: float, changes: int
) -> None:
    """A change of the top counts for ten minutes, its end included."""
    earlier = _told(example, (0, "origin"), (60, "cdn-a"))
    assert stability_of(earlier, _top(example, "cdn-a"), after(now)).top_changes_10m == changes


def test_causes_without_a_component_go_by_their_kind(example: Diagnosis) -> None:
    """The outside and no fault are tops like any other."""
    kinds = {cause_key(h) for h in example.hypotheses if h.component_id is None}
    assert kinds == {"external", "healthy"}
