"""Who must agree: every rule of the work order, and everybody where the rules say nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.access import Role
from graph.model.actions import PolicyRule, Risk
from graph.model.diagnosis import Diagnosis
from graph.model.pack import DomainPack
from graph.model.remediation import Demand, ExecutorRef
from graph.model.topology import Calendar, Component
from reasoning.remediation.policy import APPROVING, Matter, demand_of, lacking, policy_version
from tests.reasoning.remediation.catalogue import acting_pack, graph_of, policies
from tests.reasoning.remediation.room import (
    CDN_A,
    CDN_B,
    CREDIT,
    EXAM_DB,
    FAILOVER,
    RESTART,
    SWITCH,
    Line,
    diagnosis,
)
from tests.small_pack import PACK, after, text

QUIET = after(-30 * 86400)  # a month before the exam week
OPS, ACADEMIC, OWNER = Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER


def _demand(
    action: str = SWITCH,
    *,
    targets: tuple[str, ...] = (CDN_A,),
    receivers: tuple[str, ...] = (CDN_B,),
    pack: DomainPack | None = None,
    known: Diagnosis | None = None,
    no_diagnosis: bool = False,
    executor: ExecutorRef | None = None,
    at: datetime = QUIET,
) -> Demand:
    pack = pack or acting_pack()
    return demand_of(
        Matter(
            pack=pack,
            graph=graph_of(pack),
            template=next(a for a in pack.actions if a.id == action),
            component_ids=targets,
            receiver_ids=receivers,
            executor=executor or Line().describe(),
            diagnosis=None if no_diagnosis else known or diagnosis(now=QUIET),
            at=at,
        )
    )


def test_a_quiet_switch_over_takes_the_operations_lead() -> None:
    """No exam, no exam week: one yes, with the reason of its rule."""
    found = _demand()
    assert (found.roles, [rule.rule for rule in found.rules_fired]) == ((OPS,), ["cdn"])


@pytest.mark.parametrize(
    ("exam", "at", "now"),
    [(0.3, QUIET, QUIET), (0.0, after(0), QUIET), (0.0, QUIET, after(0))],
)
def test_exams_take_the_academic_lead(exam: float, at: datetime, now: datetime) -> None:
    """A degraded exam step, exam week by the clock, or exam week of a replayed night."""
    assert _demand(known=diagnosis(exam=exam, now=now), at=at).roles == (OPS, ACADEMIC)


def test_a_mark_on_target_or_receiver_counts_as_affected() -> None:
    """What is marked as exam equipment needs no probability."""
    pack = acting_pack()
    marked = tuple(
        c.model_copy(update={"attributes": {**c.attributes, "affects_exam": True}})
        if c.id == CDN_B
        else c
        for c in pack.components
    )
    assert ACADEMIC in _demand(pack=pack.model_copy(update={"components": marked})).roles


def test_high_risk_takes_lead_and_owner_in_role_order() -> None:
    """The union of rules, each role once, however the rules list them."""
    found = _demand(FAILOVER, targets=(EXAM_DB,), receivers=())
    assert found.roles == (OPS, ACADEMIC, OWNER)  # the database is marked as exam equipment


def test_credit_data_take_two_and_the_password() -> None:
    """Academic and operations lead, each with the password again."""
    found = _demand(CREDIT, targets=(EXAM_DB,), receivers=())
    assert (found.roles, found.password_again) == ((OPS, ACADEMIC), True)


def test_no_rule_no_calendar_no_diagnosis_or_no_lock_take_everybody() -> None:
    """A gap in what the policy reads never lowers a demand."""
    pack = acting_pack()
    dark = pack.model_copy(update={"calendar": Calendar(timezone="Asia/Shanghai")})
    loose = Line().describe().model_copy(update={"binding": "reference"})
    for found in (
        _demand(pack=pack.model_copy(update={"policies": ()})),
        _demand(pack=dark),
        _demand(no_diagnosis=True),
        _demand(executor=loose),
    ):
        assert found.roles == APPROVING
        assert found.rules_fired[-1].why.zh.endswith("按最高要求")


def test_a_target_on_no_flow_takes_everybody() -> None:
    """Nobody knows whom an unmapped target touches."""
    pack = acting_pack()
    island = Component(id=f"{PACK}:island", kind="cdn_node", name=text("island"))
    wider = pack.model_copy(update={"components": (*pack.components, island)})
    assert _demand(pack=wider, targets=(island.id,)).roles == APPROVING
    assert _demand(pack=wider).roles == (OPS,)


def test_what_stands_below_a_used_component_is_mapped() -> None:
    """A replica of a group that a step uses, and the origin behind the nodes, are on a flow."""
    pod = f"{PACK}:exam-pod-1"
    found = _demand(RESTART, targets=(pod,), receivers=())
    assert "target-unmapped" not in [rule.rule for rule in found.rules_fired]


RULES = st.lists(st.sampled_from(policies()), unique_by=lambda rule: rule.id, max_size=5)


@given(rules=RULES, extra=st.sampled_from(policies()), risk=st.sampled_from(list(Risk)))
def test_another_rule_never_lowers_a_demand(
    rules: list[PolicyRule], extra: PolicyRule, risk: Risk
) -> None:
    """Where rules matched already, a further one only adds roles."""
    pack = acting_pack()
    actions = tuple(a.model_copy(update={"risk": risk}) for a in pack.actions)

    def demand(chosen: list[PolicyRule]) -> Demand:
        update = {"policies": tuple(chosen), "actions": actions}
        return _demand(pack=pack.model_copy(update=update))

    before, after_ = demand(rules), demand([*rules, extra])
    unmatched = any(rule.rule == "no-rule-matched" for rule in before.rules_fired)
    assert unmatched or not lacking(after_, before)


def test_the_version_follows_the_rules() -> None:
    """Equal rules have one version, other rules another."""
    pack = acting_pack()
    fewer = pack.model_copy(update={"policies": policies()[1:]})
    assert policy_version(pack) == policy_version(acting_pack()) != policy_version(fewer)
