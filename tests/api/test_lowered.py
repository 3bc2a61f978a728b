"""What a new pack demands less: every lowering is named, and no raising is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.packs.lowered import lowerings
from graph.model.access import Role
from graph.model.actions import ActionCategory, PolicyRule, Risk
from graph.model.pack import DomainPack
from graph.model.topology import Calendar, WindowKind
from reasoning.remediation.policy import APPROVING
from tests.acting_pack import CREDITS, DATABASE, FAILOVER, NODE, SWITCH, acting_pack
from tests.reasoning.remediation.test_policy import QUIET, _demand
from tests.small_pack import PACK, after, text

NOW = after(0)
Change = Callable[[DomainPack], DomainPack]


def _rules(change: Callable[[PolicyRule], PolicyRule | None]) -> Change:
    def changed(pack: DomainPack) -> DomainPack:
        rules = [made for rule in pack.policies if (made := change(rule)) is not None]
        return pack.model_copy(update={"policies": tuple(rules)})

    return changed


def _only(suffix: str, **changes: object) -> Change:
    return _rules(lambda r: r.model_copy(update=changes) if r.id.endswith(suffix) else r)


def _action(action_id: str, **changes: object) -> Change:
    def changed(pack: DomainPack) -> DomainPack:
        made = [a.model_copy(update=changes) if a.id == action_id else a for a in pack.actions]
        return pack.model_copy(update={"actions": tuple(made)})

    return changed


def _component(slug: str, **attributes: object) -> Change:
    def changed(pack: DomainPack) -> DomainPack:
        made = [
            c.model_copy(update={"attributes": {**c.attributes, **attributes}})
            if c.id == f"{PACK}:{slug}"
            else c
            for c in pack.components
        ]
        return pack.model_copy(update={"components": tuple(made)})

    return changed


def _step(slug: str, **changes: object) -> Change:
    def changed(pack: DomainPack) -> DomainPack:
        flows = [
            flow.model_copy(
                update={
                    "steps": tuple(
                        s.model_copy(update=changes) if s.id.endswith(slug) else s
                        for s in flow.steps
                    )
                }
            )
            for flow in pack.flows
        ]
        return pack.model_copy(update={"flows": tuple(flows)})

    return changed


def _calendar(**changes: object) -> Change:
    def changed(pack: DomainPack) -> DomainPack:
        windows = [
            w.model_copy(update=changes) if w.kind is WindowKind.EXAM_WEEK else w
            for w in pack.calendar.windows
        ]
        calendar = pack.calendar.model_copy(update={"windows": tuple(windows)})
        return pack.model_copy(update={"calendar": calendar})

    return changed


def _weak_rule(pack: DomainPack) -> DomainPack:
    """Add a rule for what no rule spoke of, so that everybody had to agree."""
    weak = PolicyRule(
        id=f"{PACK}:weak", name=text("weak"), why=text("weak"), risks=(Risk.MEDIUM, Risk.LOW)
    )
    return pack.model_copy(update={"policies": (weak,)})


def _renamed(pack: DomainPack) -> DomainPack:
    """Offer the failover again under another id, as if it were harmless."""
    failover = next(a for a in pack.actions if a.id == FAILOVER)
    again = failover.model_copy(
        update={
            "id": f"{PACK}:tidy-up",
            "risk": Risk.LOW,
            "category": ActionCategory.CDN_SWITCH,
        }
    )
    return pack.model_copy(update={"actions": (*pack.actions, again)})


LOWERING: dict[str, Change] = {
    "a rule goes": _rules(lambda r: None if r.id.endswith("high-risk") else r),
    "a role goes": _only("credit-data", roles=(Role.OPS_LEAD,)),
    "the password goes": _only("credit-data", password_again=False),
    "a rule applies less": _only("switch-over", kinds=("database",)),
    "a rule asks two conditions": _only("exam-week", affects=("exam",)),
    "an action counts as harmless": _action(FAILOVER, risk=Risk.LOW),
    "an action forgets credit data": _action(CREDITS, touches_credit_data=False),
    "an old action has a new name": _renamed,
    "a known action does something else": _action(SWITCH, operation="wipe"),
    "an action takes other targets": _action(SWITCH, kinds=("cdn_node", "database")),
    "a component is unmarked": _component("exam-db", affects_exam=False),
    "a group may thin out": _component("exam-api", min_healthy=1),
    "a step is unmarked": _step("exam", affects_exam=False),
    "a step stands on less": _step("exam", uses=()),
    "the exam week ends early": _calendar(last_day=date(2025, 3, 12)),
    "the exam week is of another kind": _calendar(kind=WindowKind.WEEKEND),
}
RAISING: dict[str, Change] = {
    "nothing changes": lambda pack: pack,
    "a role comes": _only("switch-over", roles=APPROVING),
    "the password comes": _only("switch-over", password_again=True),
    "a rule applies more": _only("high-risk", risks=()),
    "either condition suffices": _only("exam-week", affects=("exam",), window_or_affects=True),
    "an action goes": lambda pack: pack.model_copy(update={"actions": pack.actions[:1]}),
    "an action counts as graver": _action(SWITCH, risk=Risk.HIGH),
    "a component is marked": _component("cdn-a", affects_exam=True),
    "a group must be fuller": _component("exam-api", min_healthy=3),
    "the exam week is longer": _calendar(last_day=date(2025, 12, 31)),
    "there is no calendar": lambda pack: pack.model_copy(
        update={"calendar": Calendar(timezone="Asia/Shanghai")}
    ),
}


@pytest.mark.parametrize("what", LOWERING)
def test_a_lowering_is_named(what: str) -> None:
    """In both languages, whichever part of the pack it hides in."""
    pack = acting_pack()
    found = lowerings(pack, LOWERING[what](pack), NOW)
    assert found
    assert all(one.zh and one.en for one in found)


@pytest.mark.parametrize("what", RAISING)
def test_raising_is_free(what: str) -> None:
    """Whoever asks for more agreement waits for nobody."""
    pack = acting_pack()
    assert lowerings(pack, RAISING[what](pack), NOW) == ()


def test_a_rule_for_what_had_none_is_a_lowering() -> None:
    """Where no rule spoke everybody had to agree: any rule may ask for less."""
    pack = acting_pack()
    bare = pack.model_copy(update={"policies": ()})
    assert lowerings(bare, _weak_rule(pack), NOW)
    assert lowerings(bare, pack, NOW)


def test_a_window_that_is_over_may_go() -> None:
    """The exams of last term protect nobody."""
    pack = acting_pack()
    gone = pack.model_copy(
        update={
            "calendar": pack.calendar.model_copy(
                update={
                    "windows": tuple(
                        w for w in pack.calendar.windows if w.kind is not WindowKind.EXAM_WEEK
                    )
                }
            )
        }
    )
    assert lowerings(pack, gone, NOW)
    assert lowerings(pack, gone, after(90 * 86_400)) == ()


_CONDITIONS = st.fixed_dictionaries(
    {
        "categories": st.sets(st.sampled_from(list(ActionCategory)[:4]), max_size=2).map(tuple),
        "risks": st.sets(st.sampled_from(list(Risk)), max_size=2).map(tuple),
        "kinds": st.sets(st.sampled_from(("cdn_node", "database")), max_size=1).map(tuple),
        "affects": st.sets(st.sampled_from(("exam", "credits")), max_size=2).map(tuple),
        "windows": st.sets(
            st.sampled_from((WindowKind.EXAM_WEEK, WindowKind.EVENING_PEAK)), max_size=2
        ).map(tuple),
        "window_or_affects": st.booleans(),
        "touches_credit_data": st.booleans(),
        "roles": st.sets(st.sampled_from(APPROVING), min_size=1).map(tuple),
        "password_again": st.booleans(),
    }
)
_WORDS = {"zh": "规则", "en": "rule"}
_RULES = st.lists(_CONDITIONS, max_size=3).map(
    lambda drawn: tuple(
        PolicyRule.model_validate({"id": f"r{n}", "name": _WORDS, "why": _WORDS, **conditions})
        for n, conditions in enumerate(drawn)
    )
)
_CASES = ((SWITCH, NODE), (CREDITS, DATABASE), (FAILOVER, DATABASE))


@given(_RULES, _RULES)
def test_what_is_not_named_never_demands_less(
    before: tuple[PolicyRule, ...], added: tuple[PolicyRule, ...]
) -> None:
    """The real policy agrees: of rules that lower nothing, no request needs fewer people."""
    pack, now = acting_pack(), (*before, *added)
    old, new = (pack.model_copy(update={"policies": rules}) for rules in (before, now))
    if lowerings(old, new, NOW):
        return
    for action, target in _CASES:
        for at in (QUIET, NOW):
            was, becomes = (
                _demand(action, targets=(target,), receivers=(), pack=one, at=at)
                for one in (old, new)
            )
            assert set(was.roles) <= set(becomes.roles)
            assert becomes.password_again or not was.password_again
