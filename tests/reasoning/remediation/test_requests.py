"""What a request is refused for: with what it lacks, in both languages, and nothing written."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from graph.model.access import Role, Scope
from graph.model.incident import IncidentState
from graph.model.topology import Visibility
from tests.reasoning.remediation.catalogue import acting_pack
from tests.reasoning.remediation.room import (
    CAP,
    CDN_A,
    CDN_B,
    DRAIN,
    EXAM_DB,
    INCIDENT,
    RESTART,
    ROLES,
    SWITCH,
    Room,
    diagnosis,
    incident,
    person,
    token_of,
)
from tests.small_pack import PACK, after


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"action": f"{PACK}:nonsense"}, "unknown_action"),
        ({"targets": ()}, "bad_targets"),
        ({"targets": (CDN_A, CDN_A)}, "bad_targets"),
        ({"targets": (EXAM_DB,)}, "wrong_kind"),
        ({"targets": (f"{PACK}:gone",)}, "vanished_target"),
        ({"targets": ("'; rm -rf /; echo '",)}, "vanished_target"),
        ({"parameters": {}}, "missing_parameter"),
        ({"parameters": {"receiver": EXAM_DB}}, "wrong_kind"),
        ({"parameters": {"receiver": CDN_A}}, "bad_parameter"),
        ({"parameters": {"receiver": "$(reboot)"}}, "vanished_target"),
        ({"parameters": {"receiver": CDN_B, "extra\u202e": 1}}, "unknown_parameter"),
        ({"action": CAP, "parameters": {"quality": "best"}}, "bad_parameter"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "长" * 5000}, "reason_too_long"),
        ({"reason": "half \ud800"}, "reason_unreadable"),
        (
            {"action": DRAIN, "targets": (f"{PACK}:report-api",), "parameters": {"share": 9}},
            "bad_parameter",
        ),
        (
            {"action": DRAIN, "targets": (f"{PACK}:report-api",), "parameters": {"share": True}},
            "bad_parameter",
        ),
        (
            {"action": DRAIN, "targets": (f"{PACK}:report-api",), "parameters": {"share": "50"}},
            "bad_parameter",
        ),
    ],
)
def test_bad_input_is_named_in_both_languages_and_nothing_is_written(
    wanted: dict[str, object], code: str
) -> None:
    """The error says what and where; only the refused attempt is recorded."""
    room = Room()
    with pytest.raises(InputError) as caught:
        room.request(**wanted)  # type: ignore[arg-type]  # the cases are the test

    assert (caught.value.code, bool(caught.value.zh)) == (code, True)
    assert caught.value.errors[0].pointer.startswith("/")
    assert "\u202e" not in str(caught.value)
    assert room.store.remediations(person("op")).items == ()
    assert room.refusals() == [code]


def test_somebody_of_another_site_sees_no_target() -> None:
    """A component that is shown to its own site only is, to others, one that does not exist."""
    pack = acting_pack()
    hidden = {"site": "north", "visibility": Visibility.SITE}
    components = tuple(c.model_copy(update=hidden) if c.id == CDN_A else c for c in pack.components)
    room = Room(pack=pack.model_copy(update={"components": components}))
    south = person("op").model_copy(update={"sites": frozenset({"south"})})
    with pytest.raises(InputError, match="is not in the graph"):
        room.desk.request(
            south,
            INCIDENT,
            action_id=SWITCH,
            target_ids=(CDN_A,),
            parameters={"receiver": CDN_B},
            reason="x",
            at=after(0),
        )


def test_an_unknown_incident_is_not_found() -> None:
    """There is nothing to act on, and the attempt is recorded."""
    room = Room()
    with pytest.raises(NotFoundError):
        room.desk.request(
            person("op"),
            "inc-none",
            action_id=SWITCH,
            target_ids=(CDN_A,),
            parameters={"receiver": CDN_B},
            reason="x",
            at=after(0),
        )


@pytest.mark.parametrize("name", ["admin", "viewer"])
def test_admins_and_viewers_never_request_nor_start(name: str) -> None:
    """Managing accounts is no right to act."""
    room = Room()
    with pytest.raises(NotAllowedError, match="neither operator nor lead"):
        room.request(who=name)
    approved = room.approved()
    with pytest.raises(NotAllowedError):
        room.desk.start(person(name), approved.id, at=after(20))
    assert room.refusals() == ["wrong_role", "wrong_role"]


def test_a_token_needs_the_scope_of_the_call() -> None:
    """A token that may operate requests; starting takes one that may execute."""
    room = Room()
    with pytest.raises(NotAllowedError):
        room.desk.start(token_of("op", Scope.OPERATE), room.approved().id, at=after(20))


def test_a_role_that_nobody_holds_is_said_at_once() -> None:
    """A request that nobody can approve is refused, not left to expire."""
    room = Room(people={name: role for name, role in ROLES.items() if name != "acad"})
    with pytest.raises(ConflictError, match="academic lead"):
        room.request()
    assert room.refusals() == ["nobody_can_approve"]


def test_an_executor_that_is_not_configured_is_said_at_once() -> None:
    """An action whose executor this house does not have cannot be asked for."""
    pack = acting_pack()
    elsewhere = tuple(a.model_copy(update={"executor": "awx"}) for a in pack.actions)
    with pytest.raises(ConflictError, match="awx"):
        Room(pack=pack.model_copy(update={"actions": elsewhere})).request()


def test_nothing_is_asked_for_an_incident_that_is_over() -> None:
    """A closed or merged incident takes no action."""
    room = Room()
    closed = incident().model_copy(update={"state": IncidentState.CLOSED, "version": 2})
    room.store.write(lambda tx: tx.put_incident(closed, expected_version=1))
    with pytest.raises(ConflictError) as caught:
        room.request()
    assert caught.value.code == "incident_closed"


def test_one_person_in_two_roles_is_not_two_people() -> None:
    """The only holder of both demanded roles cannot fill both."""
    room = Room(people={"op": Role.OPERATOR})
    room.put_user("both", Role.OPS_LEAD, Role.ACADEMIC_LEAD)
    with pytest.raises(ConflictError):
        room.request()


def test_a_second_click_asks_for_nothing_new() -> None:
    """The same open request of the same person is that one; after it has ended it is another."""
    room = Room()
    first = room.request()
    assert room.request(at_s=1) == first
    room.desk.withdraw(person("op"), first.id, at=after(2))
    assert room.request(at_s=3).id != first.id


def test_a_demo_store_refuses_real_executors() -> None:
    """With demo users only the dry run and the bundled service may act."""
    with pytest.raises(ConflictError, match="demo users"):
        Room(demo=True).request()
    allowed = Room(demo=True, demo_profiles=frozenset({"line"})).request()
    dry = Room(demo=True).request(action=RESTART, targets=(f"{PACK}:report-api",))
    assert (allowed.status, dry.plan.executor.profile) == ("requested", "dry-run")


def test_people_and_steps_are_named_in_the_business_words() -> None:
    """The approver reads names and numbers, at least so many while alerts still arrive."""
    calm, moving = Room(), Room(known=diagnosis(settling=True))
    told = calm.request().plan.effects
    assert told.zh == "约 2,500 人由 cdn-a 换走，region 1–2 停几秒，涉及 study"
    assert told.en == "About 2,500 people leave cdn-a; regions 1–2 pause; this hits study"
    least = moving.request().plan.effects
    assert (least.zh[:11], least.en[:8]) == ("至少 2,500 人由", "At least")
