"""Temporary measures over HTTP: who looks after them, how they are taken back, how they end."""

from __future__ import annotations

from typing import Any

import pytest

from graph.model.access import Role, Scope
from tests.acting_pack import NODE
from tests.api.acting_room import ActingRoom, refusal_in

REASON = {"reason": "the node is repaired"}


def measure(acting: ActingRoom) -> dict[str, Any]:
    """Switch over, verified."""
    asked = acting.approved()
    acting.person("zhou").execute(asked)
    acting.work()
    done = acting.read(asked)
    assert (done["status"], done["is_measure"], done["may_undo"]) == ("verified", True, True)
    return done


def path_of(found: dict[str, Any], part: str) -> str:
    """Name a part of a remediation."""
    return f"/remediations/{found['remediation_id']}/{part}"


def listed(acting: ActingRoom, name: str = "zhou") -> list[dict[str, Any]]:
    """Read the temporary measures of the change of shift."""
    found: list[dict[str, Any]] = acting.person(name).get("/handover")["temporary"]
    return found


def test_a_measure_shows_age_owner_and_who_could_take_it(acting: ActingRoom) -> None:
    """Its age counts up, its owner is who started it, and everybody else who works is named."""
    measure(acting)
    acting.clock.forward(seconds=3600)
    [shown] = listed(acting)
    assert (shown["age_s"], shown["owner"], shown["overdue"]) == (3600, "zhou", False)
    assert shown["hand_to"] == ["li", "qian", "sun"]
    acting.clock.forward(seconds=8 * 3600)
    assert listed(acting)[0]["overdue"] is True


def test_who_takes_over_owns_the_measures(acting: ActingRoom) -> None:
    """Accepting by name moves the measures of those one can see."""
    done = measure(acting)
    answer = acting.person("sun").send("POST", "/handover", {"note": ""})
    assert answer.json()["temporary"][0]["owner"] == "sun"
    assert answer.json()["temporary"][0]["hand_to"] == ["li", "qian", "zhou"]
    assert acting.read(done)["keeper"] == "sun"


def test_the_undo_of_a_measure_needs_every_approval_and_takes_it_off_the_list(
    acting: ActingRoom,
) -> None:
    """201 with a request; 409 until both agreed; once run and verified the list is empty."""
    done = measure(acting)
    acting.clock.forward(seconds=3600)
    operator = acting.person("zhou")
    answer = operator.send("POST", path_of(done, "undo"), REASON)
    assert answer.status_code == 201
    asked = answer.json()
    assert (asked["undoes"], asked["open_roles"]) == (
        done["remediation_id"],
        ["ops_lead", "academic_lead"],
    )
    refusal_in(operator.execute(asked), 409, "not_approved")
    assert operator.send("POST", path_of(done, "undo"), REASON).json() == asked
    acting.agreed(asked, "qian", "sun")
    assert listed(acting)
    assert operator.execute(asked).status_code == 202
    acting.work()
    assert acting.read(asked)["status"] == "verified"
    assert listed(acting) == []
    assert acting.read(done)["left"]["through"] == asked["remediation_id"]
    assert [order[:2] for order in acting.hands.told] == [
        ("switch_over", NODE),
        ("switch_back", NODE),
    ]
    refusal_in(operator.send("POST", path_of(done, "undo"), REASON), 409, "not_a_measure")


def test_a_measure_is_said_to_stay_or_to_be_gone(acting: ActingRoom) -> None:
    """A reason is demanded; it leaves the list at once, with audit and ledger lines."""
    done = measure(acting)
    operator, path = acting.person("zhou"), path_of(done, "ending")
    refusal_in(
        operator.send("POST", path, {"how": "permanent", "reason": " "}), 422, "reason_missing"
    )
    assert operator.send("POST", path, {"how": "taken_back", "reason": "x"}).status_code == 422
    answer = operator.send("POST", path, {"how": "permanent", "reason": "the new line stays"})
    assert answer.status_code == 200
    assert answer.json()["left"]["how"] == "permanent"
    assert answer.json()["is_measure"] is False
    assert listed(acting) == []
    assert [line.actor for line in acting.lines("measure_ended")] == ["zhou"]
    entries = operator.get(f"/incidents/{acting.incident}/timeline")["items"]
    assert "measure_ended" in [entry["kind"] for entry in entries]
    gone = acting.person("sun").send("POST", path, {"how": "by_hand", "reason": "me too"})
    refusal_in(gone, 409, "not_a_measure")


def test_only_who_works_may_take_back_or_end(acting: ActingRoom) -> None:
    """Viewers, admins, tokens without the scope and forged pages are refused and written down."""
    done = measure(acting)
    bodies = {"undo": REASON, "ending": {"how": "permanent", **REASON}}
    for part, body in bodies.items():
        for name, role in (("vera", Role.VIEWER), ("adam", Role.ADMIN)):
            answer = acting.person(name, role).send("POST", path_of(done, part), body)
            refusal_in(answer, 403, "wrong_role")
        token = acting.bearer("tom", Scope.READ, roles=(Role.OPERATOR,))
        refusal_in(token.post(f"/api/v1{path_of(done, part)}", json=body), 403, "wrong_role")
        forged = acting.person("zhou").http.post(f"/api/v1{path_of(done, part)}", json=body)
        assert forged.status_code == 403
    assert len(acting.hands.told) == 1
    assert listed(acting)
    assert len(acting.refused()) == 6


@pytest.mark.parametrize(("blamed", "status"), [(True, 201), (False, 202)])
def test_a_held_outcome_goes_back_by_a_click(acting: ActingRoom, blamed: bool, status: int) -> None:
    """At once where its approvals cover that; back onto a blamed node people agree anew."""
    asked = acting.approved()
    operator = acting.person("zhou")
    acting.hands.blind = True
    operator.execute(asked)
    for _ in range(3):
        acting.work()
        acting.clock.forward(seconds=3)
    acting.hands.blind = False
    assert acting.read(asked)["status"] == "held"
    assert acting.read(asked)["may_undo"] is True
    if not blamed:
        acquit(acting)
    answer = operator.send("POST", path_of(asked, "undo"), REASON)
    again = operator.send("POST", path_of(asked, "undo"), REASON)
    assert (answer.status_code, again.json()) == (status, answer.json())
    if blamed:
        acting.agreed(answer.json(), "qian", "sun")
        operator.execute(answer.json())
    acting.work()
    assert [order[0] for order in acting.hands.told] == ["switch_over", "switch_back"]
    assert acting.read(asked)["status"] == "rolled_back"


def acquit(acting: ActingRoom) -> None:
    """Let a newer diagnosis find nothing."""
    store = acting.assistant.store
    newest = store.diagnosis(acting.incident)
    assert newest is not None
    update = {"hypotheses": (), "revision": newest.revision + 1}
    store.write(lambda tx: tx.add_diagnosis(newest.model_copy(update=update)))
