"""The digest covers what people agree to, every part of it, and nothing but it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from graph.model.remediation import Demand, Plan, Remediation
from graph.model.topology import FlowStep
from reasoning.remediation.plan import moved, remediation_digest
from reasoning.remediation.wording import wording_of
from tests.reasoning.remediation.catalogue import acting_pack
from tests.reasoning.remediation.room import CAP, CDN_A, CDN_B, Room, diagnosis
from tests.small_pack import PACK, text


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


def test_where_the_operation_is_its_own_undo_the_value_before_is_captured() -> None:
    """Back to high is known only where high could be read; else nothing takes it back."""
    room = Room()
    room.line.states[CDN_A] = {**(room.line.states[CDN_A] or {}), "quality": "high"}
    known = room.request(action=CAP, parameters={"quality": "low"}).plan
    assert known.steps[0].undo_parameters == {"quality": "high"}
    room.line.states[CDN_A] = None
    dark = room.request(who="op2", action=CAP, parameters={"quality": "low"}).plan
    assert (dark.steps[0].undo, dark.before) == (None, {CDN_A: None})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"risk": "high"}, "risk"),
        ({"touches_credit_data": True}, "credit data"),
        ({"preconditions": ()}, "preconditions"),
        ({"undo": None, "undo_parameters": {"x": 1}}, "undo"),
        ({"version": "line/9"}, "line/9"),
    ],
)
def test_each_binding_part_is_named_when_it_moved(changed: dict[str, object], said: str) -> None:
    """A refusal says which part is another one now."""
    plan = _asked().plan
    if "undo" in changed:
        changed = {"steps": (plan.steps[0].model_copy(update=changed),)}
    if "version" in changed:
        changed = {"executor": plan.executor.model_copy(update=changed)}
    told = moved(plan, plan.model_copy(update=changed))
    assert told is not None
    assert said in told.en


def test_without_a_diagnosis_the_words_claim_no_number() -> None:
    """Nobody counted, so nobody is counted; and everybody must agree."""
    found = Room(known=None).request()
    assert "若干" in found.plan.effects.zh
    assert "an unknown number of people" in found.plan.effects.en
    assert len(found.demand.roles) == 3
    assert (found.plan.diagnosis_revision, found.plan.diagnosis_digest) == (0, "")


def test_many_steps_are_cut_for_a_phone() -> None:
    """The three worst are named, the rest counted."""
    pack = acting_pack()
    steps = tuple(FlowStep(id=f"{PACK}:s{n}", name=text(f"步骤 {n}"), uses=()) for n in range(5))
    flow = pack.flows[0].model_copy(update={"steps": steps})
    impacts = tuple(diagnosis().impact[0].model_copy(update={"step_id": step.id}) for step in steps)
    words = wording_of(
        pack.model_copy(update={"flows": (flow,)}),
        diagnosis().model_copy(update={"impact": impacts}),
        target_ids=(CDN_A,),
        parameters={},
    )
    assert words.names["steps"].zh == "步骤 0、步骤 1、步骤 2 等 5 步"
    assert words.names["steps"].en.endswith("and 2 more")
