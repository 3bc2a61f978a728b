"""Whoever edited graph or SOP of a target counts as requester for a day, and nobody else does."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, NotAllowedError
from graph.model.knowledge import Sop
from graph.model.pack import DomainPack
from graph.model.remediation import RemediationStatus
from graph.model.topology import Relation, RelationType
from reasoning.remediation.editing import note_load, touched_by
from tests.reasoning.remediation.catalogue import acting_pack
from tests.reasoning.remediation.room import CDN_A, CDN_B, EXAM_DB, Room, person
from tests.small_pack import after, text

DAY = 24 * 3600
LOAD_S = 0.0


def edited(pack: DomainPack, component_id: str) -> DomainPack:
    """Rename a component."""
    components = tuple(
        c.model_copy(update={"name": text("renamed")}) if c.id == component_id else c
        for c in pack.components
    )
    return pack.model_copy(update={"components": components})


def load(room: Room, pack: DomainPack, *, by: str, at_s: float) -> None:
    """Load another state of the pack, as somebody."""
    before = room.store.pack(pack.id)
    room.put_pack(pack)
    stored = room.store.pack(pack.id)
    room.store.write(lambda tx: note_load(tx, before, stored, by=by, at=after(at_s)))


@pytest.mark.parametrize(
    ("component_id", "by", "refused"),
    [(CDN_A, "ops", True), (EXAM_DB, "ops", False), (CDN_A, "ops2", False)],
)
def test_who_edited_the_target_cannot_approve(component_id: str, by: str, refused: bool) -> None:
    """Only the person who did, and only for what the edit touched."""
    room = Room()
    load(room, edited(acting_pack(), component_id), by=by, at_s=LOAD_S)
    asked = room.request(at_s=100)
    if refused:
        with pytest.raises(NotAllowedError) as caught:
            room.approve(asked, "ops", at_s=110)
        assert caught.value.code == "own_request"
        assert "24 小时" in str(caught.value.zh)
        assert room.refusals() == ["own_request"]
    else:
        assert room.approve(asked, "ops", at_s=110).approvals[0].user == "ops"


def test_a_day_later_it_is_forgotten() -> None:
    """The rule looks back 24 hours, not further."""
    room = Room()
    load(room, edited(acting_pack(), CDN_A), by="ops", at_s=LOAD_S)
    asked = room.request(at_s=DAY + 1)
    assert room.approve(asked, "ops", at_s=DAY + 10).approvals


def test_an_edit_after_the_yes_takes_the_yes_away() -> None:
    """Approving first and editing then is the same laundering: it does not start."""
    room = Room()
    approved = room.approved()
    load(room, edited(acting_pack(), CDN_A), by="ops", at_s=15)
    with pytest.raises(ConflictError) as caught:
        room.desk.start(person("op"), approved.id, at=after(20))
    assert caught.value.code == "not_approved"
    assert room.stored(approved).status is RemediationStatus.APPROVED
    assert room.line.sent == []


def test_what_an_edit_touches() -> None:
    """Components by themselves, relations at both ends, SOPs by what they are for, rules all."""
    pack = acting_pack()
    assert touched_by(pack, pack) == frozenset()
    assert touched_by(None, pack) is None
    assert touched_by(pack, edited(pack, CDN_A)) == frozenset({CDN_A})
    line = Relation(source=CDN_A, type=RelationType.DEPENDS_ON, target=EXAM_DB, strength=0.5)
    related = pack.model_copy(update={"relations": (*pack.relations, line)})
    assert touched_by(pack, related) == frozenset({CDN_A, EXAM_DB})
    assert touched_by(related, pack) == frozenset({CDN_A, EXAM_DB})
    sop = Sop(
        id="small:sop",
        title=text("sop"),
        kinds=("cdn_node",),
        revision="1",
        sections=(),
    )
    written = pack.model_copy(update={"sops": (*pack.sops, sop)})
    assert touched_by(pack, written) == frozenset({CDN_A, CDN_B})
    general = pack.model_copy(update={"sops": (sop.model_copy(update={"kinds": ()}),)})
    assert touched_by(pack, general) is None
    assert touched_by(pack, pack.model_copy(update={"policies": pack.policies[1:]})) is None
