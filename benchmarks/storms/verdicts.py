"""How the nights of an evaluation are judged: every figure, as a function of what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.storms.answers import Answer, hits, passed, read_answer
from benchmarks.storms.cases import Case
from benchmarks.storms.nights import ASKED, Night
from benchmarks.storms.shares import reliability, share
from graph.model.calibration import Judged
from reasoning.calibration.recalibrating import stated_unseen
from reasoning.parameters import RECALIBRATED_FROM

SET_LARGEST, SET_FROM = 3, 0.8
MOST_CHANGES = 2
LOUD_FROM = 30  # related alerts; the other alerts of a night are 33 to 64 (seeds 2001 to 2030)
_UNSURE = ("healthy", "inconclusive")
# What is true where a hypothesis that is no component is: a crowd breaks nothing.
_MEANT = {"external": "external", "crowd": "none", "healthy": "none"}

Said = Mapping[str, Any]


def case_of(night: Night) -> Case:
    """Give the case of a night as far as judging needs it."""
    return Case(
        name=night["case"],
        folder=Path(),
        source="",
        seed=night["seed"],
        truth_kind=night["truth_kind"],
        causes=tuple(night["causes"]),
        first_at=datetime.fromisoformat(night["first_at"]),
        related_firing=night["related_alerts"],
    )


def answer_at(night: Night, time: str) -> Answer:
    """Read what stood on the screen at an instant."""
    return read_answer(night["at"][time], case_of(night), 0.0)


def opened_first(night: Night, time: str) -> Said | None:
    """Return the incident that a person opens first; None where nothing was opened.

    Those that name a cause, then by urgency, alerts, age; the truth plays no part in it.
    """
    rows: list[Said] = list(night["at"][time])
    if not rows:
        return None
    order = sorted(
        range(len(rows)),
        key=lambda n: (
            rows[n]["status"] in _UNSURE,
            rows[n]["urgency"]["level"],
            -rows[n]["as_of"]["alerts_included"],
            n,
        ),
    )
    return rows[order[0]]


def first_or_in_set(night: Night, time: str) -> bool:
    """The truth stands first, or in a set of at most three that is told with .8 or more."""
    case, said = case_of(night), opened_first(night, time)
    if hits(answer_at(night, time).ranked, case, 1):
        return True
    return any(
        len(told["component_ids"]) <= SET_LARGEST
        and told["posterior"] >= SET_FROM
        and set(case.causes) & set(told["component_ids"])
        for told in (said["sets"] if said else ())
    )


def in_first(k: int) -> Callable[[Night, str], bool]:
    """Return the judgement: a true cause is among the first `k`."""
    return lambda night, time: hits(answer_at(night, time).ranked, case_of(night), k)


def both_in_three(night: Night, time: str) -> bool:
    """All true causes are among the first three."""
    return set(night["causes"]) <= set(answer_at(night, time).ranked[:3])


def held_back(night: Night, time: str) -> bool:
    """Nobody was alarmed: every incident says no fault or inconclusive."""
    return all(status in _UNSURE for status in answer_at(night, time).statuses)


def outside_or_unsure(night: Night, time: str) -> bool:
    """A cause outside the graph is on top, or the answer is inconclusive."""
    return passed(answer_at(night, time), case_of(night))


def changes_after_three(night: Night) -> int:
    """Count the changes of the top cause between the instants from minute 3 on."""
    times = [t for t in night["at"] if t == "end" or int(t) >= 3]
    tops = [answer_at(night, time).top for time in times]
    return sum(one != other for one, other in pairwise(tops))


def figures(nights: Sequence[Night]) -> dict[str, Any]:
    """Give every figure of the issue over a mix of families."""
    caused = [n for n in nights if n["causes"]]
    one = [n for n in caused if len(n["causes"]) == 1]
    two = [n for n in caused if len(n["causes"]) == 2]
    calm = [n for n in nights if n["truth_kind"] == "none"]
    outside = [n for n in nights if n["truth_kind"] == "external"]
    storms = [n for n in caused if n["family"].startswith("cdn-storm")]
    told = {
        "cases": len(nights),
        "families": dict(sorted(Counter(n["family"] for n in nights).items())),
        "cause_first": _over_time(in_first(1), caused),
        "cause_in_three": _over_time(in_first(3), caused),
        "storm_first_or_in_set": _over_time(first_or_in_set, storms),
        "storm_loud_first_or_in_set": _over_time(first_or_in_set, _felt(storms, True)),
        "storm_faint_first_or_in_set": _over_time(first_or_in_set, _felt(storms, False)),
        "storm_first": _over_time(in_first(1), storms),
        "single_cause_first_or_in_set": _over_time(first_or_in_set, one),
        "no_fault_held_back": _over_time(held_back, calm),
        "no_fault_conclusive": _over_time(_some_conclusive, calm),
        "outside_or_unsure": _over_time(outside_or_unsure, outside),
        "two_both_in_three": _over_time(both_in_three, two),
        "conclusive_and_wrong": _over_time(_sure_and_wrong, nights),
        "calm_after_three": share([changes_after_three(n) <= MOST_CHANGES for n in nights]),
        "changes_after_three": dict(sorted(Counter(map(changes_after_three, nights)).items())),
        "methods": {t: dict(sorted(_methods(nights, t).items())) for t in ("10",)},
        "reliability": {time: _reliability(nights, time) for time in ("3", "10", "end")},
        "recalibrated": _recalibrated(nights),
        "rules": _rules(caused),
    }
    return {key: value for key, value in told.items() if value not in ({}, [])}


def _felt(storms: Sequence[Night], loud: bool) -> list[Night]:
    """Tell storms whose cause rang about as often as everything else from those of a few alerts."""
    return [night for night in storms if (night["related_alerts"] >= LOUD_FROM) is loud]


def _over_time(judge: Callable[[Night, str], bool], nights: Sequence[Night]) -> dict[str, Any]:
    times = [t for t in ASKED if nights and all(t in n["at"] for n in nights)]
    return {time: share([judge(night, time) for night in nights]) for time in times}


def _some_conclusive(night: Night, time: str) -> bool:
    return "conclusive" in answer_at(night, time).statuses


def _sure_and_wrong(night: Night, time: str) -> bool:
    """The incident that is opened first says conclusive, and its first is not true."""
    said = opened_first(night, time)
    return said is not None and said["status"] == "conclusive" and not _right(night, said)


def _right(night: Night, said: Said) -> bool:
    top = said["hypotheses"][0]
    if top["kind"] == "component":
        return top["component_id"] in night["causes"]
    return bool(night["truth_kind"] == _MEANT[top["kind"]])


def _reliability(nights: Sequence[Night], time: str) -> dict[str, Any]:
    """Set what the first hypothesis of the incident opened first said beside the truth."""
    told = _judged(nights, time)
    return reliability([case.stated for case in told], [case.right for case in told])


def _recalibrated(nights: Sequence[Night]) -> dict[str, Any]:
    """Set beside it what the page would state beside it, had these nights been confirmed.

    By the product's own map, fitted for each night on the other nine tenths of the nights; nothing
    where they are fewer than it asks for.
    """
    found = {}
    for time in ("3", "10", "end"):
        told = _judged(nights, time)
        if len(told) >= RECALIBRATED_FROM:
            found[time] = reliability(stated_unseen(told), [case.right for case in told])
    return found


def _judged(nights: Sequence[Night], time: str) -> list[Judged]:
    """Judge the first hypothesis of the incident opened first, of each night that opened one."""
    pairs = [(night, opened_first(night, time)) for night in nights if time in night["at"]]
    return [
        Judged(
            incident_id=night["case"],
            at=datetime.fromisoformat(night["first_at"]),
            stated=min(said["hypotheses"][0]["posterior"], 1.0),
            right=_right(night, said),
            place=None,
            abstained=said["status"] == "inconclusive",
            mode=night["family"],
        )
        for night, said in pairs
        if said
    ]


def _methods(nights: Sequence[Night], time: str) -> Counter[str]:
    return Counter(said["method"] for night in nights for said in night["at"].get(time, ()))


def _rules(caused: Sequence[Night]) -> dict[str, Any]:
    """Give each rule's own first and first three; loopy propagation stands where it was asked."""
    found: dict[str, Any] = {}
    for time in ASKED:
        ranked = [(night, rules) for night in caused if (rules := night["rules"].get(time))]
        for name in sorted({name for _, rules in ranked for name in rules}):
            found.setdefault(name, {})[time] = _hits([(n, rules[name]) for n, rules in ranked])
        loopy = [(n, _loopy(n, time)) for n in caused if time in n["at"]]
        if any(rank for _, rank in loopy):
            found.setdefault("loopy", {})[time] = _hits(loopy)
    return found


def _loopy(night: Night, time: str) -> list[str]:
    said = opened_first(night, time)
    return list(said["loopy"]) if said else []


def _hits(ranked: Sequence[tuple[Night, Sequence[str]]]) -> dict[str, Any]:
    return {
        f"first_{k}": share([bool(set(n["causes"]) & set(row[:k])) for n, row in ranked])
        for k in (1, 3)
    }
