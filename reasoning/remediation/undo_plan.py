"""The plan that takes a remediation back: its stored undo, judged by the state before.

It is a plan like any other: it has a digest of its own, and people agree to it anew.
"""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from graph.errors import ConflictError
from graph.model.actions import OnNotBetter, Precondition, PreconditionKind, Verification
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from graph.model.remediation import Plan, Remediation, RemediationStatus, Step
from reasoning.remediation.arguments import Wish
from reasoning.remediation.course import in_force, is_measure
from reasoning.remediation.plan import Sight, catalog_version
from reasoning.remediation.policy import policy_version
from reasoning.remediation.refusals import conflict, status_named

_BEFORE: Final = "before"
_NO_UNDO: Final = Text(
    zh="这次撤销本身不能再自动撤销；还要的话，重新申请原来的处置。",
    en="This undo cannot be undone by itself; request the action again if it is wanted.",
)
_STAYS: Final = Text(
    zh="临时措施会一直留着，要有人记得撤回。",
    en="The temporary measure stays in place, and somebody has to remember it.",
)
_AS_BEFORE: Final = Text(
    zh="读回执行器的状态，应与处置之前一样",
    en="The executor's state, read back, is what it was before the action",
)
_STILL_STANDS: Final = Text(
    zh="这项临时措施现在还在生效", en="The temporary measure is still in effect"
)


def build_undo(
    pack: DomainPack,
    wish: Wish,
    origin: Remediation,
    *,
    sight: Sight,
    diagnosis: Diagnosis | None,
) -> Plan:
    """Plan the way back of `origin` with what `sight` tells of the executor now.

    Risk, and whether credit data are touched, are those of the action. Where it does not get
    better a person decides; nothing takes an undo back by itself.

    Raises: ConflictError `nothing_to_undo` or `cannot_undo`.
    """
    if not sight.executor.can_roll_back:
        raise _cannot(origin)
    steps = tuple(
        step.model_copy(update={"rendered": sight.rendered[step.target_id]})
        for step in steps_back(origin)
    )
    name = origin.plan.name
    return Plan(
        action_id=origin.plan.action_id,
        name=Text(zh=f"撤回「{name.zh}」", en=f"Take back: {name.en}"),
        risk=wish.template.risk,
        target_ids=tuple(sorted(step.target_id for step in steps)),
        parameters=dict(origin.plan.parameters),
        steps=steps,
        preview=_preview(origin, steps, sight),
        before={step.target_id: sight.states.get(step.target_id) for step in steps},
        preconditions=_preconditions(origin),
        verification=_verification(origin),
        executor=sight.executor,
        touches_credit_data=wish.template.touches_credit_data,
        effects=_effects(origin.plan),
        if_nothing=_STAYS,
        undo_text=_NO_UNDO,
        diagnosis_revision=diagnosis.revision if diagnosis else 0,
        diagnosis_digest=diagnosis_digest(diagnosis) if diagnosis else "",
        policy_version=policy_version(pack),
        catalog_version=catalog_version(pack),
    )


def steps_back(origin: Remediation) -> tuple[Step, ...]:
    """List the stored undo of what is in force, as steps of its own, the last one sent first.

    `rendered` is still empty: only the executor can write it.

    Raises: ConflictError `nothing_to_undo`, or `cannot_undo` where a step has no undo.
    """
    standing = in_force(origin)
    if not standing:
        raise conflict(
            "nothing_to_undo",
            zh="没有做成的步骤，没有可撤回的；请核实后了结",
            en=f"no step of {origin.id!r} is in effect; look, and settle it",
        )
    if any(step.undo is None for step in standing):
        raise _cannot(origin)
    return tuple(
        Step(
            seq=seq,
            operation=str(step.undo),
            target_id=step.target_id,
            parameters=step.undo_parameters,
            rendered="",
        )
        for seq, step in enumerate(reversed(standing), start=1)
    )


def check_undoable(origin: Remediation) -> None:
    """Let only a held remediation and a temporary measure be taken back.

    Raises: ConflictError `other_state` or `not_a_measure`, or as `steps_back`.
    """
    if origin.status is RemediationStatus.VERIFIED and not is_measure(origin):
        raise not_a_measure(origin)
    if origin.status not in (RemediationStatus.VERIFIED, RemediationStatus.HELD):
        named = status_named(origin.status)
        raise conflict(
            "other_state",
            zh=f"这项处置的状态是「{named.zh}」，现在不能撤回",
            en=f"{origin.id!r} is {named.en}; it cannot be taken back now",
        )
    if origin.undoes is not None:
        raise _cannot(origin)
    steps_back(origin)


def not_a_measure(found: Remediation) -> ConflictError:
    """Make the error for what is no temporary measure, or is one no longer."""
    return conflict(
        "not_a_measure",
        zh="这项处置不是临时措施，或已经了结",
        en=f"{found.id!r} is no temporary measure, or has ended as one; look at it again",
    )


def states_before(origin: Remediation) -> dict[str, JsonValue]:
    """Tell by target what its verified field said before; None where that proves nothing.

    A plain number is a reading (how many wait), not a setting that comes back.
    """
    verification = origin.plan.verification
    if not isinstance(verification.value, str):
        return dict.fromkeys(origin.plan.target_ids)
    states = {t: origin.plan.before.get(t) for t in origin.plan.target_ids}
    return {
        target: state.get(verification.field) if isinstance(state, dict) else None
        for target, state in states.items()
    }


def _cannot(origin: Remediation) -> ConflictError:
    return conflict(
        "cannot_undo",
        zh="执行器没有办法撤回这项处置；请照着「怎么撤销」由人处理",
        en=f"the executor cannot take {origin.id!r} back; do it by hand as its undo text says",
    )


def _effects(plan: Plan) -> Text:
    """Say what goes, then in the catalogue's own words how."""
    return Text(
        zh=f"「{plan.name.zh}」的效果会撤掉。{plan.undo_text.zh}",
        en=f"The effect of “{plan.name.en}” is removed. {plan.undo_text.en}",
    )


def _preconditions(origin: Remediation) -> tuple[Precondition, ...]:
    """Demand that a verified setting still stands; of a held one nobody knows what stands."""
    found = origin.plan.verification
    setting = isinstance(found.value, str)
    if origin.status is not RemediationStatus.VERIFIED or not setting:
        return ()
    return (
        Precondition(
            id="still-stands",
            kind=PreconditionKind.STATE_IS,
            text=_STILL_STANDS,
            field=found.field,
            value=found.value,
        ),
    )


def _verification(origin: Remediation) -> Verification:
    told = {str(value) for value in states_before(origin).values() if value is not None}
    update = {
        "text": _AS_BEFORE,
        "value": told.pop() if len(told) == 1 else _BEFORE,
        "on_not_better": OnNotBetter.HOLD_AND_ASK,
    }
    return origin.plan.verification.model_copy(update=update)


def _preview(origin: Remediation, steps: tuple[Step, ...], sight: Sight) -> Text:
    """Write what is expected to change back, `-` now and `+` after, one pair per target."""
    field, before, lines = origin.plan.verification.field, states_before(origin), []
    for step in steps:
        now = (sight.states.get(step.target_id) or {}).get(field, "?")
        then = before[step.target_id]
        lines += [f"- {step.target_id} {field}: {now}"]
        lines += [f"+ {step.target_id} {field}: {'?' if then is None else then}"]
    told = "\n".join(lines)
    return Text(zh=told, en=told)
