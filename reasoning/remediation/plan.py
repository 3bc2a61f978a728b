"""The plan of a request: exactly what will run, and its digest, to which approvals are bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from graph.model.actions import ActionCategory, ActionTemplate, OnNotBetter, Verification
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest, sha256_hex
from graph.model.pack import DomainPack
from graph.model.remediation import Demand, ExecutorRef, Plan, Step
from graph.model.topology import Scalar
from reasoning.remediation.arguments import Wish
from reasoning.remediation.policy import policy_version
from reasoning.remediation.wording import wording_of

State = dict[str, JsonValue] | None


@dataclass(frozen=True)
class Sight:
    """What was read from the executor before planning; states by component id, None = no idea."""

    executor: ExecutorRef
    states: Mapping[str, State]
    rendered: Mapping[str, str]


def build_plan(pack: DomainPack, wish: Wish, *, sight: Sight, diagnosis: Diagnosis | None) -> Plan:
    """Plan one step per target, in id order, with its undo captured now.

    A failover never rolls back by itself (operations 13): its plan says hold and ask instead.
    """
    template = wish.template
    words = wording_of(pack, diagnosis, target_ids=wish.target_ids, parameters=wish.parameters)
    steps = tuple(
        _step(wish, sight, target, seq) for seq, target in enumerate(wish.target_ids, start=1)
    )
    return Plan(
        action_id=template.id,
        name=template.name,
        risk=template.risk,
        target_ids=wish.target_ids,
        parameters=dict(wish.parameters),
        steps=steps,
        preview=_preview(template, steps, sight),
        before={t: sight.states.get(t) for t in wish.target_ids},
        preconditions=template.preconditions,
        verification=_verification(template, sight.executor),
        executor=sight.executor,
        touches_credit_data=template.touches_credit_data,
        effects=words.fill(template.effects),
        if_nothing=words.fill(template.if_nothing),
        undo_text=words.fill(template.undo_text),
        diagnosis_revision=diagnosis.revision if diagnosis else 0,
        diagnosis_digest=diagnosis_digest(diagnosis) if diagnosis else "",
        policy_version=policy_version(pack),
        catalog_version=catalog_version(pack),
    )


def remediation_digest(
    remediation_id: str,
    incident_id: str,
    *,
    plan: Plan,
    demand: Demand,
    undoes: str | None = None,
) -> str:
    """Digest exactly what people agree to: sha256 over the RFC 8785 form (safety rule 4).

    What is taken back is named only where something is.
    """
    agreed: dict[str, JsonValue] = {
        "id": remediation_id,
        "incident_id": incident_id,
        "plan": plan.model_dump(mode="json"),
        "demand": demand.model_dump(mode="json"),
    }
    return sha256_hex(agreed | ({"undoes": undoes} if undoes else {}))


def catalog_version(pack: DomainPack) -> str:
    """Digest the catalogue of a pack: 16 hex digits."""
    return sha256_hex([action.model_dump(mode="json") for action in pack.actions])[:16]


def expected_value(value: Scalar | None, parameters: Mapping[str, Scalar]) -> Scalar | None:
    """Read a value of the catalogue: `{parameter}` stands for the parameter's value.

    >>> expected_value("{receiver}", {"receiver": "p:cdn-b"}), expected_value("up", {})
    ('p:cdn-b', 'up')
    """
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return parameters.get(value[1:-1])
    return value


def moved(agreed: Plan, present: Plan) -> Text | None:
    """Say what of a plan moved since people agreed, or None.

    Impact words, the diagnosis and the state of the target move by themselves and do not count.
    """
    changes = list(_changes(agreed, present))
    if not changes:
        return None
    return Text(
        zh="；".join(change.zh for change in changes), en="; ".join(change.en for change in changes)
    )


def _changes(agreed: Plan, present: Plan) -> Iterator[Text]:
    was, now = agreed.executor, present.executor
    if was != now:
        yield Text(
            zh=f"执行器从 {was.profile} {was.version}（{was.content_digest[:8]}）"
            f"变成了 {now.profile} {now.version}（{now.content_digest[:8]}）",
            en=f"the executor moved from {was.profile} {was.version} ({was.content_digest[:8]}) "
            f"to {now.profile} {now.version} ({now.content_digest[:8]})",
        )
    if agreed.steps != present.steps:
        yield _moved_steps(agreed.steps, present.steps)
    for what, zh, en in (
        ("preconditions", "前提", "the preconditions"),
        ("verification", "成功的判断", "the verification"),
        ("risk", "风险等级", "the risk"),
        ("touches_credit_data", "是否碰学分数据", "whether credit data are touched"),
    ):
        if getattr(agreed, what) != getattr(present, what):
            yield Text(zh=f"{zh}变了", en=f"{en} changed")


def _moved_steps(agreed: tuple[Step, ...], present: tuple[Step, ...]) -> Text:
    for was, now in zip(agreed, present, strict=False):
        if was.rendered != now.rendered:
            return Text(
                zh=f"要发送的内容从「{was.rendered}」变成了「{now.rendered}」",
                en=f"what will be sent moved from {was.rendered!r} to {now.rendered!r}",
            )
    return Text(zh="步骤或撤销方式变了", en="the steps or their undo changed")


def _step(wish: Wish, sight: Sight, target_id: str, seq: int) -> Step:
    undo = wish.template.undo if sight.executor.can_roll_back else None
    parameters = dict(wish.parameters)
    back = _undo_parameters(wish, sight.states.get(target_id))
    return Step(
        seq=seq,
        operation=wish.template.operation,
        target_id=target_id,
        parameters=parameters,
        rendered=sight.rendered[target_id],
        undo=undo if back is not None else None,
        undo_parameters=(back or {}) if undo else {},
    )


def _undo_parameters(wish: Wish, state: State) -> dict[str, Scalar] | None:
    """Capture what takes the step back; None where it would need a state that nobody can tell.

    An undo of its own needs no parameters: the executor knows what it did. Where the operation
    itself is the undo, the parameter that the verification reads back gets the value before.
    """
    template, parameters = wish.template, dict(wish.parameters)
    if template.undo != template.operation:
        return {}
    verification = template.verification
    name = str(verification.value).strip("{}")
    before = (state or {}).get(verification.field)
    if name not in parameters or not isinstance(before, str | int | float):
        return None
    return {**parameters, name: before}


def _verification(template: ActionTemplate, executor: ExecutorRef) -> Verification:
    found = template.verification
    rolls = found.on_not_better is OnNotBetter.ROLL_BACK
    never = template.category is ActionCategory.DATABASE_FAILOVER or template.undo is None
    if rolls and (never or not executor.can_roll_back):
        return found.model_copy(update={"on_not_better": OnNotBetter.HOLD_AND_ASK})
    return found


def _preview(template: ActionTemplate, steps: tuple[Step, ...], sight: Sight) -> Text:
    """Write what is expected to change, `-` before and `+` after, one pair per target."""
    field, lines = template.verification.field, []
    for step in steps:
        state = sight.states.get(step.target_id) or {}
        before = state.get(field, "?")
        after = expected_value(template.verification.value, step.parameters)
        lines += [f"- {step.target_id} {field}: {before}", f"+ {step.target_id} {field}: {after}"]
    told = "\n".join(lines)
    return Text(zh=told, en=told)
