"""What an approval is bound to: its digest, its time, its people, and the world as it was."""

from __future__ import annotations

from graph.model.access import Role
from tests.acting_pack import NODE, RECEIVER, acting_pack
from tests.api.acting_room import ActingRoom, refusal_in
from tests.api.room import problem_in

BIDI = "\u202e\u2066<script>alert(1)</script>"


def test_an_approval_names_exactly_what_was_shown(acting: ActingRoom) -> None:
    """Another digest, that of another request included, is a conflict."""
    asked = acting.asked()
    other = acting.asked(parameters={"receiver": RECEIVER, "share": 90})
    lead = acting.person("qian")
    for digest in (other["digest"], "0" * 64, "", BIDI, asked["digest"].upper()):
        refusal_in(lead.decide(asked, digest=digest), 409, "other_digest")
    assert acting.read(asked)["approvals"] == []
    assert len(acting.refused()) == 5


def test_an_approval_carries_nothing_else(acting: ActingRoom) -> None:
    """A body that would change parameters is refused whole."""
    asked = acting.asked()
    problem_in(acting.person("qian").decide(asked, parameters={"share": 90}), 422)
    problem_in(acting.person("qian").decide(asked, decision="maybe"), 422)
    assert acting.read(asked)["approvals"] == []


def test_a_refusal_needs_a_reason_and_ends_it(acting: ActingRoom) -> None:
    """One no is enough; afterwards nobody can agree or run it."""
    asked = acting.asked()
    lead = acting.person("qian")
    refusal_in(lead.decide(asked, decision="reject"), 422, "reason_missing")
    refusal_in(lead.decide(asked, reason="长" * 5000), 422, "reason_too_long")
    done = lead.decide(asked, decision="reject", reason="exams end at ten")
    assert done.json()["status"] == "rejected"
    refusal_in(acting.person("sun").decide(asked), 409, "other_state")
    refusal_in(acting.person("zhou").execute(asked), 409, "other_state")


def test_it_expires_after_a_quarter_of_an_hour(acting: ActingRoom) -> None:
    """410 for an approver who comes late, 409 for the operator; the state says so."""
    asked, approved = (
        acting.asked(),
        acting.approved(parameters={"receiver": RECEIVER, "share": 9 + 1}),
    )
    acting.clock.forward(minutes=15)
    refusal_in(acting.person("qian").decide(asked), 410, "expired")
    refusal_in(acting.person("zhou").execute(approved), 409, "expired")
    for one in (asked, approved):
        assert acting.read(one)["status"] == "expired"
        assert acting.read(one)["seconds_left"] == 0
    acting.work()
    assert acting.hands.told == []


def test_an_approval_can_be_taken_back_until_it_runs(acting: ActingRoom) -> None:
    """Before the last yes it is as if never given; after it, all is revoked; then 409."""
    asked = acting.asked()
    lead = acting.person("qian")
    path = f"/remediations/{asked['remediation_id']}/approvals/mine"
    refusal_in(lead.send("DELETE", path), 409, "nothing_to_withdraw")
    acting.agreed(asked, "qian")
    back = lead.send("DELETE", path).json()
    assert (back["status"], back["approvals"]) == ("requested", [])
    acting.agreed(asked, "qian", "sun")
    assert lead.send("DELETE", path).json()["status"] == "revoked"
    refusal_in(acting.person("zhou").execute(asked), 409, "other_state")
    assert acting.hands.told == []


def test_a_lead_who_lost_the_role_has_not_agreed(acting: ActingRoom) -> None:
    """The approval is judged again at the start, against the accounts of that moment."""
    approved = acting.approved()
    store = acting.assistant.store
    lead = store.user("qian")
    assert lead is not None
    demoted = lead.model_copy(update={"roles": (Role.VIEWER,)})
    store.write(lambda tx: tx.put_user(demoted))
    refusal_in(acting.person("zhou").execute(approved), 409, "not_approved")
    acting.work()
    assert acting.hands.told == []


def test_what_moved_since_stops_the_start(acting: ActingRoom) -> None:
    """A target that somebody else switched over fails its precondition; the request is over."""
    approved = acting.approved()
    acting.hands.states[NODE] = {"state": "drained", "serving_by": RECEIVER}
    body = refusal_in(acting.person("zhou").execute(approved), 409, "refused")
    assert "Not switched over yet" in body["detail"]
    assert acting.read(approved)["status"] == "refused"
    assert acting.hands.told == []


def test_a_catalogue_that_moved_stops_the_start(acting: ActingRoom) -> None:
    """Bounds, undo and rules may have changed with the pack: what was agreed is not what runs."""
    approved = acting.approved()
    pack = acting_pack()
    switch = pack.actions[-1].model_copy(update={"undo": None})
    changed = pack.model_copy(update={"actions": (*pack.actions[:-1], switch)})
    acting.assistant.store.write(lambda tx: tx.replace_pack(changed))
    refusal_in(acting.person("zhou").execute(approved), 409, "refused")
    acting.work()
    assert acting.hands.told == []


def test_a_target_that_vanished_stops_the_start(acting: ActingRoom) -> None:
    """A node that left the graph is acted on by nobody, whoever agreed."""
    approved = acting.approved()
    pack = acting_pack()
    without = pack.model_copy(
        update={
            "components": tuple(c for c in pack.components if c.id != NODE),
            "relations": tuple(r for r in pack.relations if NODE not in (r.source, r.target)),
        }
    )
    acting.assistant.store.write(lambda tx: tx.replace_pack(without))
    refusal_in(acting.person("zhou").execute(approved), 409, "refused")
    acting.work()
    assert acting.hands.told == []
