"""The digest covers what people agree to, every part of it, and nothing but it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from graph.model.remediation import Demand, Plan, Remediation
from reasoning.remediation.plan import moved, remediation_digest
from tests.reasoning.remediation.room import CDN_A, CDN_B, Room


def _asked() -> Remediation:
    return Room().request()


def _digest(found: Remediation) -> str:
    return remediation_digest(found.id, found.incident_id, plan=found.plan, demand=found.demand)


def _leaves(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Walk to every leaf of a JSON value."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path


def _other(value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
    """Copy a JSON value with another leaf at `path`."""
    if not path:
        if isinstance(value, bool):
            return not value
        return value + 1 if isinstance(value, int | float) else f"{value or ''}x"
    head, *rest = path
    if isinstance(value, dict):
        return {k: _other(v, tuple(rest)) if k == head else v for k, v in value.items()}
    assert isinstance(value, list)
    return [_other(v, tuple(rest)) if i == head else v for i, v in enumerate(value)]


@pytest.mark.parametrize("part", ["plan", "demand"])
def test_every_leaf_of_plan_and_demand_changes_the_digest(part: str) -> None:
    """Differential: change one value anywhere, and it is another digest; no two are equal."""
    found = _asked()
    covered: dict[str, Plan | Demand] = {"plan": found.plan, "demand": found.demand}
    raw = covered[part].model_dump(mode="json")
    paths = list(_leaves(raw))
    digests = {_digest(found)}
    for path in paths:
        changed = _other(raw, path)
        # Built without checks: a forger is not held to the types.
        forged = _Loose(changed)
        digests.add(
            remediation_digest(
                found.id,
                found.incident_id,
                plan=forged if part == "plan" else found.plan,  # type: ignore[arg-type]  # forged
                demand=forged if part == "demand" else found.demand,  # type: ignore[arg-type]  # forged
            )
        )
    assert len(paths) > 10 or part == "demand"
    assert len(digests) == len(paths) + 1


class _Loose:
    """Something that dumps as it is told."""

    def __init__(self, raw: JsonValue) -> None:
        self._raw = raw

    def model_dump(self, *, mode: str) -> JsonValue:
        """Give the raw value."""
        assert mode == "json"
        return self._raw


def test_id_and_incident_are_covered_and_the_rest_is_not() -> None:
    """Another id is another approval; a state, a reason or an approver changes nothing."""
    found = _asked()
    same = found.model_copy(
        update={"status": "approved", "reason": "other", "requester": "x", "version": 9}
    )
    assert _digest(found) == _digest(same) == found.digest
    for field in ("id", "incident_id"):
        assert _digest(found.model_copy(update={field: "other"})) != found.digest


def test_the_digest_is_the_same_after_a_round_trip_through_the_store() -> None:
    """What was stored and read back is what people agreed to."""
    room = Room()
    asked = room.request()
    assert _digest(room.stored(asked)) == asked.digest


def test_only_what_binds_counts_as_moved() -> None:
    """Impact words, diagnosis and states move by themselves; orders and executor do not."""
    plan = _asked().plan
    drifted = plan.model_copy(
        update={
            "before": {CDN_A: {"load": 99}},
            "effects": plan.undo_text,
            "diagnosis_revision": 7,
            "policy_version": "x",
        }
    )
    assert moved(plan, drifted) is None
    step = plan.steps[0].model_copy(update={"rendered": "switch_over elsewhere"})
    told = moved(plan, plan.model_copy(update={"steps": (step,)}))
    assert told is not None
    assert "elsewhere" in told.en and CDN_B in told.en and "变成了" in told.zh


def test_the_undo_is_captured_in_the_plan() -> None:
    """Approvers see what takes it back, before anything runs."""
    step = _asked().plan.steps[0]
    assert (step.undo, step.undo_parameters) == ("switch_back", {})
    assert _asked().plan.preview.zh == (
        f"- {CDN_A} serving_by: {CDN_A}\n+ {CDN_A} serving_by: {CDN_B}"
    )
