"""How an evaluation is kept, judged and drawn; with nights written by hand."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import graph.failure
from benchmarks.storms.curve import reliability_curve
from benchmarks.storms.nights import Diary, Night
from benchmarks.storms.shares import reliability, share, wilson
from benchmarks.storms.torn import no_proposals, tear
from benchmarks.storms.verdicts import (
    changes_after_three,
    figures,
    first_or_in_set,
    opened_first,
    outside_or_unsure,
)
from graph.failure import HARMFUL_TYPES
from tests.small_pack import small_pack


def _said(
    *names: str,
    status: str = "likely",
    posterior: float = 0.9,
    level: str = "P1",
    alerts: int = 9,
    told_as_one: tuple[tuple[str, ...], float] | None = None,
) -> dict[str, Any]:
    kinds = ("external", "crowd", "healthy")
    rows = [
        {
            "rank": n,
            "kind": name if name in kinds else "component",
            "component_id": None if name in kinds else name,
            "posterior": posterior / n,
        }
        for n, name in enumerate(names, 1)
    ]
    sets = [{"component_ids": told_as_one[0], "posterior": told_as_one[1]}] if told_as_one else []
    return {
        "status": status,
        "urgency": {"level": level},
        "as_of": {"alerts_included": alerts},
        "settling": False,
        "method": "core",
        "hypotheses": rows,
        "sets": sets,
        "loopy": list(names[:3]),
    }


def _night(
    at: dict[str, list[dict[str, Any]]], *causes: str, kind: str = "component", seed: int = 1
) -> Night:
    return {
        "case": f"cdn-storm-{seed}",
        "family": "cdn-storm",
        "seed": seed,
        "truth_kind": kind,
        "causes": list(causes),
        "first_at": "2025-03-12T13:41:00+00:00",
        "related_alerts": 9,
        "at": at,
        "rules": {},
    }


@given(st.integers(0, 300), st.integers(1, 300))
def test_an_interval_holds_its_share_and_narrows_with_cases(hits: int, misses: int) -> None:
    """Wilson's interval lies in [0, 1], holds the share, and a tenfold sample is narrower."""
    cases = hits + misses
    low, high = wilson(hits, cases)
    assert 0.0 <= low <= hits / cases <= high <= 1.0
    wide, narrow = high - low, wilson(10 * hits, 10 * cases)
    assert narrow[1] - narrow[0] < wide


def test_a_calibrated_answer_has_no_error_and_an_overconfident_one_its_gap() -> None:
    """.75 said and .75 true is no error; .95 said and .5 true is .45."""
    assert reliability([0.75] * 4, [True, True, True, False])["ece"] == 0.0
    told = reliability([0.95] * 4, [True, True, False, False])
    assert told["ece"] == pytest.approx(0.45)
    assert told["interval"][0] <= 0.45 <= told["interval"][1]
    assert told["by_chance"] < 0.2


def test_nothing_asked_has_no_share() -> None:
    """An empty column is told as empty, not as a miss."""
    assert share([])["share"] is None
    assert reliability([], [])["ece"] is None


@pytest.mark.parametrize(
    ("ids", "posterior", "counts"),
    [
        (("a", "b"), 0.8, True),
        (("a", "b"), 0.79, False),
        (("a", "b", "c", "d"), 0.9, False),
        (("b", "c"), 0.9, False),
    ],
)
def test_a_set_counts_where_it_is_small_sure_and_holds_the_truth(
    ids: tuple[str, ...], posterior: float, counts: bool
) -> None:
    """At most three, .8 together, the truth among them; the rank of the truth does not matter."""
    night = _night({"10": [_said("b", "a", told_as_one=(ids, posterior))]}, "a")
    assert first_or_in_set(night, "10") is counts


def test_the_truth_plays_no_part_in_what_is_opened_first() -> None:
    """Who names a cause comes before who is large; nothing is opened where nothing is."""
    large, small = _said("healthy", status="inconclusive", alerts=99), _said("a", alerts=3)
    first = opened_first(_night({"10": [large, small]}, "x"), "10")
    assert first is not None
    assert first["hypotheses"][0]["component_id"] == "a"
    assert opened_first(_night({"10": []}, "x"), "10") is None


def test_an_outside_cause_is_right_on_top_or_left_open() -> None:
    """External first or inconclusive; a component that is likely is a miss."""
    for said, right in [
        (_said("external"), True),
        (_said("a", status="inconclusive"), True),
        (_said("a"), False),
    ]:
        assert outside_or_unsure(_night({"10": [said]}, kind="external"), "10") is right


@pytest.mark.parametrize(
    ("said", "truth", "right"),
    [
        ("crowd", "none", True),
        ("healthy", "none", True),
        ("external", "none", False),
        ("crowd", "external", False),
    ],
)
def test_a_crowd_that_is_told_means_that_nothing_is_broken(
    said: str, truth: str, right: bool
) -> None:
    """It is true of a peak within capacity, and false of a cause outside."""
    night = _night({"10": [_said(said, status="inconclusive")]}, kind=truth)
    assert figures([night])["reliability"]["10"]["bins"][0]["hits"] == int(right)


def test_changes_before_minute_three_are_not_counted() -> None:
    """a, b, then from minute three on b, b, a: one change."""
    times = zip(("1", "2", "3", "10", "end"), "abbba", strict=True)
    night = _night({time: [_said(name)] for time, name in times}, "a")
    assert changes_after_three(night) == 1


def test_figures_have_every_column_that_was_asked() -> None:
    """One right and one wrong storm: half first, all in three, each with counts and interval."""
    nights = [
        _night({t: [_said("a", "b")] for t in ("3", "10", "end")}, "a", seed=1),
        _night({t: [_said("b", "a")] for t in ("3", "10", "end")}, "a", seed=2),
    ]
    told = figures(nights)
    assert told["cause_first"]["10"]["hits"] == 1
    assert told["cause_in_three"]["3"]["share"] == 1.0
    assert told["rules"]["loopy"]["10"]["first_1"]["cases"] == 2
    assert told["conclusive_and_wrong"]["end"]["hits"] == 0


def test_what_would_be_stated_beside_is_learnt_from_the_other_nights() -> None:
    """Stated .95 and true in five of seven: the page's own map says so, of nights it never saw."""
    said = {t: [_said("a", posterior=0.95)] for t in ("3", "10")}
    nights = [_night(said, "b" if n % 7 in (2, 5) else "a", seed=n) for n in range(100)]
    told = figures(nights)
    assert told["reliability"]["10"]["ece"] > 0.2
    assert told["recalibrated"]["10"]["ece"] < 0.05
    assert set(told["recalibrated"]) == {"3", "10"}
    assert "recalibrated" not in figures(nights[:49])  # below what the product asks for


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """Whole lines are kept, the half one of a killed run is dropped and asked again."""
    path = tmp_path / "run.part"
    Diary(path).add(_night({}, "a", seed=1))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"case": "cdn-sto')
    again = Diary(path)
    assert "cdn-storm-1" in again
    assert len(again.nights()) == 1


def test_the_curve_is_a_picture_with_a_dot_for_each_bin() -> None:
    """Any reader of SVG can draw it; each dot says its counts."""
    bins = reliability([0.15, 0.95, 0.95], [False, True, True])["bins"]
    drawn = ET.fromstring(reliability_curve(bins, title="first & third"))
    dots = [part for part in drawn.iter() if part.tag.endswith("circle")]
    assert [dot[0].text for dot in dots] == ["0 of 1", "2 of 2"]


def test_a_torn_pack_lacks_a_tenth_and_proposals_can_be_left_out() -> None:
    """Only relations that carry failures go, the same for the same seed."""
    pack = small_pack()
    harmful = sum(r.type in HARMFUL_TYPES for r in pack.relations)
    torn = tear(pack, seed=1)
    assert len(pack.relations) - len(torn.relations) == round(0.1 * harmful)
    assert torn == tear(pack, seed=1)
    usual = vars(graph.failure)["proposed_relations"]
    with no_proposals():
        assert graph.failure.FailureGraph(pack).proposed == ()
    assert vars(graph.failure)["proposed_relations"] is usual
