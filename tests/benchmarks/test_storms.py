"""How storms are judged: rules, baselines, cells; with answers written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.simulator.errors import ScenarioError
from benchmarks.simulator.structure import platform_of
from benchmarks.storms.answers import Answer, passed, read_answer, top_changes
from benchmarks.storms.cases import Case, committed, fresh, known_families
from benchmarks.storms.doors import Diagnoses, FrontDoor, answers
from benchmarks.storms.report import Result, report, table
from tests.benchmarks.small_platform import expansion

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "seeds" / "medical_education" / "scenarios"


def _case(*causes: str, kind: str = "component") -> Case:
    return Case(
        name="tiny",
        folder=Path("tiny"),
        source="demo-alerts",
        seed=1,
        truth_kind=kind,
        causes=causes,
        first_at=datetime.fromisoformat("2025-03-12T13:41:00+00:00"),
        related_firing=9,
    )


def _diagnosis(
    *names: str, status: str = "likely", alerts: int = 10, level: str = "P1"
) -> dict[str, Any]:
    kinds = {"external", "healthy"}
    return {
        "status": status,
        "urgency": {"level": level},
        "as_of": {"alerts_included": alerts},
        "hypotheses": [
            {
                "rank": n,
                "kind": name if name in kinds else "component",
                "component_id": None if name in kinds else name,
            }
            for n, name in enumerate(names, 1)
        ],
    }


def _answer(*ranked: str, status: str = "likely") -> Answer:
    return Answer(ranked, (status,), 0.1)


class _Script:
    """Says the same at every instant."""

    def __init__(self, *said: dict[str, Any]) -> None:
        """Keep what is said."""
        self._said = said

    def ask(self, case: Case, instants: Sequence[datetime | None]) -> Iterator[Diagnoses]:
        """Say it once per instant."""
        return (self._said for _ in instants)


@pytest.mark.parametrize(
    ("answer", "case", "right"),
    [
        (_answer("a", "b"), _case("a"), True),
        (_answer("b", "a"), _case("a"), False),
        (_answer("a", "x", "b"), _case("a", "b"), True),
        (_answer("a", "x", "y", "b"), _case("a", "b"), False),
        (_answer("external", "a"), _case(kind="external"), True),
        (_answer("a", status="inconclusive"), _case(kind="external"), True),
        (_answer("a"), _case(kind="external"), False),
        (_answer("healthy", status="healthy"), _case(kind="none"), True),
        (Answer((), (), 0.1), _case(kind="none"), True),
        (Answer(("a",), ("healthy", "likely"), 0.1), _case(kind="none"), False),
    ],
)
def test_rules_of_the_figures(answer: Answer, case: Case, right: bool) -> None:
    """First for one cause, one first and both in three for two, unsure where nothing is in it."""
    assert passed(answer, case) is right


def test_the_incident_that_names_a_cause_is_read_first() -> None:
    """A large incident that says nothing does not hide a small one that names its cause."""
    large = _diagnosis("healthy", "x", status="inconclusive", alerts=90)
    small = _diagnosis("a", "healthy", alerts=7)

    answer = read_answer([large, small], _case("a"), 0.5)

    assert answer.top == "a"
    assert answer.statuses == ("likely", "inconclusive")


def test_two_causes_are_read_from_two_incidents_in_turn() -> None:
    """First of the one, first of the other, then the seconds."""
    answer = read_answer([_diagnosis("a", "x"), _diagnosis("b", "y", alerts=3)], _case("a", "b"), 0)

    assert answer.ranked == ("a", "b", "x", "y")


def test_changes_of_the_top_cause_are_counted() -> None:
    """a, a, b, a changes twice."""
    assert top_changes([_answer(name) for name in "aaba"]) == 2


def test_report_has_every_cell_and_case() -> None:
    """A run of one right and one wrong case gives .5 at 1 and 1.0 at 3, at every time."""
    cases = [_case("a"), replace(_case("b"), name="other")]
    door = _Script(_diagnosis("a", "b", "healthy"))
    results = [
        Result(
            case,
            given := answers(door, case, clock=lambda: 0.0),
            {time: {"first_alert": ("b",)} for time in given},
        )
        for case in cases
    ]

    told = report(results)

    assert set(told["cells"]) == {"1", "2", "3", "5", "10", "end"}
    assert told["cells"]["end"] == {"ac1": 0.5, "ac3": 1.0, "n": 2}
    assert told["baselines"]["first_alert"]["end"] == {"ac1": 0.5, "ac3": 0.5}
    assert told["counts"]["passed"] == 1
    assert [row["ranked"] for row in told["cases"]] == [["a", "b", "healthy"]] * 2
    assert "MISS other" in table(told)
    json.dumps(told)


def test_committed_scenarios_are_read_with_their_truth() -> None:
    """Eighteen cases; the two-fault one has two causes and the noisy evening none."""
    cases = {case.name: case for case in committed(SCENARIOS)}

    assert len(cases) >= 14
    assert len(cases["two-faults"].causes) == 2
    assert cases["noisy-evening"].truth == ["none"]
    assert cases["cdn-storm"].truth == ["medical_education:cdn-7"]


def test_fresh_storms_are_seeded_and_strike_somewhere(tmp_path: Path) -> None:
    """The same seed tells the same storm in two folders, and enough alerts are felt."""
    platform = platform_of(expansion())
    first, again = (
        list(fresh(platform, [3], tmp_path / name, families=["cdn-storm"], every=False))
        for name in ("a", "b")
    )

    assert first[0].alerts.read_bytes() == again[0].alerts.read_bytes()
    assert first[0].name == "cdn-storm-3"
    assert first[0].related_firing >= 5


def test_unknown_family_is_named() -> None:
    """A misspelt family is refused with the list of those there are."""
    with pytest.raises(ScenarioError, match="'cdn-strom'"):
        known_families(["cdn-strom"])


def test_front_door_says_why_the_product_failed(tmp_path: Path) -> None:
    """A product that exits 2 is quoted with the case it failed on."""
    door = FrontDoor([tmp_path], command=("sh", "-c", "echo broken >&2; exit 2"))

    with pytest.raises(RuntimeError, match=r"'tiny'.*broken"):
        next(door.ask(_case("a"), [None]))
