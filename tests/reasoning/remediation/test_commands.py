"""Which commands of an SOP belong to an action, what stands in their place, who must agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.access import Role
from graph.model.base import Text
from graph.model.knowledge import SopStep
from reasoning.remediation.commands import (
    FOLDED,
    action_of,
    actions_in,
    fold,
    fold_sop,
    foreseen,
)
from reasoning.remediation.policy import APPROVING
from tests.reasoning.remediation.room import SWITCH, acting_pack, diagnosis
from tests.retrieval.library import named, pack
from tests.small_pack import after

QUIET = after(-30 * 86400)  # a month before the exam week
_WORD = st.sampled_from(["cdnctl", "region", "switch", "sudo", "--to", "BACKUP", "kubectl", "-n"])


@pytest.mark.parametrize(
    ("command", "action"),
    [
        ("cdnctl region switch --region R --to B", "cdn-switch-over"),
        ("sudo CDNCTL region switch --region R", "cdn-switch-over"),
        ("date; cdnctl region switch --region R | tee log", "cdn-switch-over"),
        ("kubectl -n exam rollout restart deploy/api", "restart"),
        ("kubectl -n exam rollout restart deploy/CONSUMER", "consumer-restart"),
        ("cdnctl change list --node NODE --since 60m", None),
        ("cdnctl region", None),
        ("", None),
    ],
)
def test_a_command_belongs_to_the_action_that_names_it_most_closely(
    command: str, action: str | None
) -> None:
    """Wherever its words stand in the command, and whatever stands round them."""
    found = action_of(command, pack().actions)
    assert (found.id if found else None) == (named(action) if action else None)


@given(before=st.lists(_WORD, max_size=4), rest=st.lists(_WORD, max_size=4))
def test_nothing_put_round_a_command_hides_it(before: list[str], rest: list[str]) -> None:
    """A gated command stays folded in any company, and a fold leaves no trace of it."""
    whole = " ".join([*before, "cdnctl region switch", *rest])
    assert fold(f"先 `{whole}`；再看", pack().actions, "zh") == f"先 {FOLDED.zh}；再看"


def test_every_command_of_the_catalogue_stands_in_an_sop() -> None:
    """A pattern that folds nothing would be a slip of the pen."""
    spoken = [
        command
        for sop in pack().sops
        for section in sop.sections
        for step in section.steps
        for command in step.text.zh.split("`")[1::2]
    ]
    for action in pack().actions:
        for pattern in action.commands:
            alone = action.model_copy(update={"commands": (pattern,)})
            assert any(action_of(command, [alone]) for command in spoken), pattern


def test_both_languages_of_every_step_fold_alike() -> None:
    """What one language hides the other does not show, and looking is never folded."""
    for sop in pack().sops:
        for section in sop.sections:
            for step in section.steps:
                found = actions_in(step, pack().actions)
                assert section.name.value in ("remediation", "rollback") or not found
                for half in (step.text.zh, step.text.en):
                    alone = SopStep(number=1, text=Text(zh=half, en=half))
                    assert actions_in(alone, pack().actions) == found, (sop.id, step.number)


def test_a_folded_sop_folds_no_further() -> None:
    """What was put in the place of commands belongs to no action."""
    for sop in pack().sops:
        folded = fold_sop(sop, pack().actions)
        assert fold_sop(folded, pack().actions) == folded


def test_without_a_target_the_rules_that_speak_of_the_action_say_who_must_agree() -> None:
    """On a quiet day the operations lead; while exams are degraded the academic lead as well."""
    acting = acting_pack()
    template = next(a for a in acting.actions if a.id == SWITCH)

    quiet = foreseen(template, acting, None, at=QUIET)
    assert quiet.roles == (Role.OPS_LEAD,) and not quiet.settled
    busy = foreseen(template, acting, diagnosis(now=after(60)), at=after(60))
    assert Role.ACADEMIC_LEAD in busy.roles


def test_where_no_rule_speaks_of_an_action_everybody_must_agree() -> None:
    """A gap in the policy never lowers what is shown."""
    acting = acting_pack().model_copy(update={"policies": ()})
    assert foreseen(acting.actions[0], acting, None, at=QUIET).roles == APPROVING
