"""Every store keeps records, in order, once, and only for those who may read them."""

from __future__ import annotations

import base64
import json

import pytest

from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.access import Principal
from graph.model.diagnosis import RevisionTop
from graph.model.incident import Incident, IncidentState, Urgency
from graph.model.signals import AlertRecord, Heartbeat, Lane, QuarantineReason
from graph.model.topology import Visibility
from graph.ports import Page, Store, Transaction
from tests.contracts.samples import (
    ANYBODY,
    NOBODY,
    NORTH,
    T0,
    alert,
    change,
    component,
    diagnosis,
    incident,
    later,
    pack,
    tick,
)


def put(store: Store, *incidents: Incident) -> None:
    """Store new incidents."""

    def work(transaction: Transaction) -> None:
        for new in incidents:
            transaction.put_incident(new, expected_version=None)

    store.write(work)


def add(store: Store, *records: AlertRecord) -> list[bool]:
    """Store alert states; tells which were new."""
    return store.write(lambda t: [t.add_alert(record) for record in records])


def every_page(store: Store, principal: Principal, *, limit: int) -> list[str]:
    """Walk over all pages of incidents; returns the ids in their order."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = store.incidents(principal, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        found += incident_ids(page)
        cursor = page.next_cursor
        if cursor is None:
            return found


def incident_ids(page: Page) -> list[str]:
    """Name the incidents of a page."""
    return [item.id for item in page.items if isinstance(item, Incident)]


def test_an_empty_store_answers_with_nothing(store: Store) -> None:
    """Every reading call has an answer before anything is stored."""
    assert store.incidents(ANYBODY) == Page(items=(), next_cursor=None)
    assert store.quarantined_alerts(ANYBODY) == Page(items=(), next_cursor=None)
    assert store.alerts_of("inc-1") == ()
    assert store.changes_of("inc-1") == ()
    assert store.ticks_of("inc-1") == ()
    assert store.unassigned_alerts("medical", since=T0) == ()
    assert store.changes_between("medical", since=T0, until=later(60)) == ()
    assert store.heartbeats() == ()
    assert store.diagnosis("inc-1") is None
    assert store.diagnoses("inc-1") == ()
    assert store.ledger("inc-1") == ()
    assert store.lane_counts("medical") == {lane.value: 0 for lane in Lane}


def test_an_incident_comes_back_as_it_was(store: Store) -> None:
    """Every field of an incident survives; an unknown one is not found."""
    one = incident(urgency=Urgency.P0, began_s=0.25)
    put(store, one)
    assert store.incident(ANYBODY, one.id) == one
    with pytest.raises(NotFoundError, match="'inc-none'"):
        store.incident(ANYBODY, "inc-none")


def test_incidents_stand_by_urgency_then_onset_then_id(store: Store) -> None:
    """P0 comes first, an incident without urgency last, and ties go by id."""
    put(
        store,
        incident("e", urgency=None, began_s=-100),
        incident("d", urgency=Urgency.P3, began_s=-50),
        incident("c", urgency=Urgency.P0, began_s=10),
        incident("b", urgency=Urgency.P0, began_s=0.5),
        incident("a", urgency=Urgency.P0, began_s=10),
    )
    expected = ["inc-b", "inc-a", "inc-c", "inc-d", "inc-e"]
    assert incident_ids(store.incidents(ANYBODY)) == expected
    for limit in (1, 2, 4, 5):
        assert every_page(store, ANYBODY, limit=limit) == expected


def test_incidents_are_filtered(store: Store) -> None:
    """State and urgency narrow the list; no state is nothing."""
    put(
        store,
        incident("a", urgency=Urgency.P0, state=IncidentState.OPEN),
        incident("b", urgency=Urgency.P1, state=IncidentState.WATCHING),
        incident("c", state=IncidentState.CLOSED),
    )
    states = frozenset({IncidentState.OPEN, IncidentState.WATCHING})
    assert incident_ids(store.incidents(ANYBODY, states=states)) == ["inc-a", "inc-b"]
    assert incident_ids(store.incidents(ANYBODY, urgency=Urgency.P1)) == ["inc-b"]
    assert incident_ids(store.incidents(ANYBODY, states=states, urgency=Urgency.P0)) == ["inc-a"]
    assert incident_ids(store.incidents(ANYBODY, states=frozenset())) == []


def test_incidents_of_another_site_are_left_out_of_pages(store: Store) -> None:
    """Pages are full although unseen incidents lie between."""
    put(
        store,
        *(
            incident(f"{n}", site=site, visibility=Visibility.SITE)
            for n, site in enumerate(["north", "south", None, "north", "south", "north"])
        ),
        incident("9", site="south"),
    )
    assert every_page(store, NORTH, limit=2) == ["inc-0", "inc-3", "inc-5", "inc-9"]
    assert every_page(store, NOBODY, limit=2) == ["inc-9"]
    assert len(every_page(store, ANYBODY, limit=2)) == 7
    with pytest.raises(NotFoundError):
        store.incident(NORTH, "inc-1")


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "W10", "WyJxIiwxXQ", "中文", "A" * 5000])
def test_a_bad_cursor_is_refused(store: Store, cursor: str) -> None:
    """What no page gave is bad input, never an internal error."""
    with pytest.raises(InputError, match="cursor"):
        store.incidents(ANYBODY, cursor=cursor)
    with pytest.raises(InputError, match="cursor"):
        store.quarantined_alerts(ANYBODY, cursor=cursor)


@pytest.mark.parametrize("keys", [(10**30, "2025", "a"), (0, "2025", "\ud800")])
def test_a_forged_cursor_is_refused(store: Store, keys: tuple[int, str, str]) -> None:
    """A cursor with keys that no store can compare with is bad input."""
    raw = json.dumps(["incidents", *keys], separators=(",", ":"))
    forged = base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")
    with pytest.raises(InputError, match="cursor"):
        store.incidents(ANYBODY, cursor=forged)


def test_a_cursor_of_another_list_is_refused(store: Store) -> None:
    """A cursor goes on in its own list only."""
    put(store, incident("a"), incident("b"))
    cursor = store.incidents(ANYBODY, limit=1).next_cursor
    assert cursor is not None
    with pytest.raises(InputError, match="cursor"):
        store.quarantined_alerts(ANYBODY, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_size_out_of_range_is_refused(store: Store, limit: int) -> None:
    """A page has 1 to 1000 items."""
    with pytest.raises(InputError, match="limit"):
        store.incidents(ANYBODY, limit=limit)


def test_an_incident_is_replaced_only_at_the_expected_version(store: Store) -> None:
    """If-Match: who saw an older version writes nothing."""
    put(store, incident())
    newer = incident(state=IncidentState.ACKNOWLEDGED, version=2)
    store.write(lambda t: t.put_incident(newer, expected_version=1))
    late = incident(state=IncidentState.CLOSED, version=4)
    for expected in (1, 3, None):
        with pytest.raises(ConflictError, match="'inc-1' has version 2"):
            store.write(lambda t, e=expected: t.put_incident(late, expected_version=e))  # type: ignore[misc]
    assert store.incident(ANYBODY, "inc-1") == newer


def test_an_update_of_an_unknown_incident_is_a_conflict(store: Store) -> None:
    """There is no version 1 to replace."""
    with pytest.raises(ConflictError, match="version none"):
        store.write(lambda t: t.put_incident(incident(version=2), expected_version=1))


def test_the_engine_may_keep_the_version(store: Store) -> None:
    """An update without a new version is stored, so that a storm never voids an If-Match."""
    put(store, incident())
    store.write(lambda t: t.put_incident(incident(urgency=Urgency.P0), expected_version=1))
    assert store.incident(ANYBODY, "inc-1").urgency is Urgency.P0


def test_an_alert_is_stored_once(store: Store) -> None:
    """A second alert of the same identity is not written, whatever else it says."""
    first, again = alert("ab", received_s=30), alert("ab", received_s=99)
    assert add(store, first, again) == [True, False]
    assert add(store, again) == [False]
    assert store.unassigned_alerts("medical", since=T0) == (first,)


def test_alerts_stand_by_receipt_then_start_then_id(store: Store) -> None:
    """The evidence of an incident has one order on every store."""
    put(store, incident())
    records = [
        alert(f"{n}", received_s=received, starts_s=starts, lane=Lane.INCIDENT, incident_id="inc-1")
        for n, (received, starts) in enumerate([(60, 0), (30, 5), (30, 0), (30.5, 0), (30, 0)])
    ]
    add(store, *records)
    expected = sorted(
        records, key=lambda r: (r.alert.received_at, r.alert.starts_at, r.evidence_id)
    )
    assert list(store.alerts_of("inc-1")) == expected


def test_placing_an_alert_changes_only_its_place(store: Store) -> None:
    """Lane, incident and reason move; what was sent stays as it was sent."""
    put(store, incident())
    add(store, alert("ab", annotations={"summary": "原文"}))
    placed = alert(
        "ab", lane=Lane.INCIDENT, incident_id="inc-1", annotations={"summary": "changed"}
    ).model_copy(update={"lane_reason": "same region"})
    store.write(lambda t: t.place_alerts([placed]))
    (found,) = store.alerts_of("inc-1")
    assert (found.lane, found.lane_reason) == (Lane.INCIDENT, "same region")
    assert found.alert == alert("ab", annotations={"summary": "原文"}).alert
    assert store.unassigned_alerts("medical", since=T0) == ()


def test_placing_an_unknown_alert_is_refused_whole(store: Store) -> None:
    """One unknown alert undoes the placing of the others."""
    add(store, alert("ab"))
    moved = alert("ab").model_copy(update={"lane": Lane.NOISE})
    with pytest.raises(NotFoundError):
        store.write(lambda t: t.place_alerts([moved, alert("zz")]))
    assert store.lane_counts("medical")["unassigned"] == 1


def test_unassigned_and_noise_can_be_adopted(store: Store) -> None:
    """Only these lanes, of this pack, received at or after the instant."""
    add(
        store,
        alert("early", received_s=9.999999),
        alert("exact", received_s=10),
        alert("noise", received_s=20, lane=Lane.NOISE),
        alert("beat", received_s=20, lane=Lane.HEARTBEAT),
        alert("odd", received_s=20, lane=Lane.QUARANTINE),
        alert("other", received_s=20).model_copy(update={"pack_id": "cloud"}),
    )
    found = store.unassigned_alerts("medical", since=later(10))
    assert [record.alert.fingerprint for record in found] == ["exact", "noise"]


def test_lanes_are_counted_per_pack(store: Store) -> None:
    """Every lane is a key, also the empty ones."""
    add(store, alert("a"), alert("b"), alert("c", lane=Lane.NOISE))
    add(store, alert("d").model_copy(update={"pack_id": "cloud"}))
    counts = store.lane_counts("medical")
    assert counts == {
        "incident": 0,
        "unassigned": 2,
        "noise": 1,
        "heartbeat": 0,
        "quarantine": 0,
    }


def test_quarantine_pages_newest_first(store: Store) -> None:
    """The newest receipt first, ties by evidence id, over every page."""
    records = [
        alert(f"{n}", received_s=s, lane=Lane.QUARANTINE, reason=QuarantineReason.UNMAPPED)
        for n, s in enumerate([5, 9, 5, 1, 9, 5])
    ]
    add(store, *records, alert("fine"))
    expected = sorted(records, key=lambda r: (-r.alert.received_at.timestamp(), r.evidence_id))
    found: list[object] = []
    cursor: str | None = None
    while True:
        page = store.quarantined_alerts(ANYBODY, cursor=cursor, limit=2)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == expected


def test_quarantine_hides_what_names_an_unseen_site_or_component(store: Store) -> None:
    """An alert without a place is everybody's; one with a place is for those who see it."""
    hidden = component("hidden", site="south", visibility=Visibility.SITE)
    store.write(lambda t: t.replace_pack(pack((hidden,), ())))
    lane = Lane.QUARANTINE
    add(
        store,
        alert("nowhere", lane=lane),
        alert("north", lane=lane, labels={"site": "north"}),
        alert("south", lane=lane, labels={"site": "south"}),
        alert("component", lane=lane, component_id="medical:hidden"),
        alert("gone", lane=lane, component_id="medical:gone"),
    )

    def seen(principal: Principal) -> set[str]:
        items = store.quarantined_alerts(principal).items
        return {i.alert.fingerprint for i in items if isinstance(i, AlertRecord)}

    assert seen(ANYBODY) == {"nowhere", "north", "south", "component", "gone"}
    assert seen(NORTH) == {"nowhere", "north", "gone"}
    assert seen(NOBODY) == {"nowhere", "gone"}


def test_a_large_annotation_survives(store: Store) -> None:
    """A megabyte of Chinese and control characters comes back as it was."""
    big = alert("big", annotations={"log": "磁盘\u0000\n\"'\\" * 150_000, "emoji": "🔥"})
    put(store, incident())
    add(store, big)
    moved = big.model_copy(update={"lane": Lane.INCIDENT, "incident_id": "inc-1"})
    store.write(lambda t: t.place_alerts([moved]))
    assert store.alerts_of("inc-1") == (moved,)


def test_a_change_is_kept_by_source_and_id(store: Store) -> None:
    """The second time it is updated and called known."""
    put(store, incident("1"), incident("2"))
    assert store.write(lambda t: t.put_change(change())) is True
    attached = change(incident_ids=("inc-1", "inc-2"))
    assert store.write(lambda t: t.put_change(attached)) is False
    assert store.changes_of("inc-1") == (attached,) == store.changes_of("inc-2")
    detached = change(incident_ids=("inc-2",))
    store.write(lambda t: t.put_change(detached))
    assert store.changes_of("inc-1") == ()
    assert store.changes_of("inc-2") == (detached,)


def test_one_change_has_one_evidence_id(store: Store) -> None:
    """The identity (source, id) under another evidence id is a conflict."""
    store.write(lambda t: t.put_change(change()))
    renamed = change().model_copy(update={"evidence_id": "ch-other"})
    with pytest.raises(ConflictError, match="'deploy-1'"):
        store.write(lambda t: t.put_change(renamed))


def test_changes_between_two_instants_include_both(store: Store) -> None:
    """Bounds count, order is (at, evidence_id), other packs stay out."""
    changes = [change(f"c{n}", at_s=s) for n, s in enumerate([20, 10, 10, 9.9, 20.1])]
    other = change("other", at_s=15).model_copy(update={"pack_id": "cloud"})
    store.write(lambda t: [t.put_change(c) for c in [*changes, other]])
    found = store.changes_between("medical", since=later(10), until=later(20))
    expected = sorted(changes[:3], key=lambda c: (c.change.at, c.evidence_id))
    assert list(found) == expected


def test_a_tick_is_stored_once(store: Store) -> None:
    """Ticks stand in time order."""
    put(store, incident())
    late, early = tick(at_s=120), tick(at_s=60)
    added = store.write(lambda t: [t.add_tick(late), t.add_tick(early), t.add_tick(late)])
    assert added == [True, True, False]
    assert store.ticks_of("inc-1") == (early, late)


def test_the_newest_heartbeat_stands(store: Store) -> None:
    """An older one changes nothing; the first sign of life is kept; no site comes first."""

    def beat(site: str | None, first_s: float, last_s: float) -> Heartbeat:
        return Heartbeat(source="am", site=site, first_at=later(first_s), last_at=later(last_s))

    beats = [beat("north", 0, 10), beat(None, 5, 5), beat("", 1, 1)]
    beats += [beat("north", 60, 60), beat("north", 0, 30)]

    def work(transaction: Transaction) -> None:
        for one in beats:
            transaction.put_heartbeat(one)

    store.write(work)
    assert store.heartbeats() == (beat(None, 5, 5), beat("", 1, 1), beat("north", 0, 60))


def test_every_revision_of_a_diagnosis_is_kept(store: Store) -> None:
    """The newest is the diagnosis; a stored revision is never overwritten."""
    put(store, incident())
    second = diagnosis(revision=2)
    assert store.write(lambda t: [t.add_diagnosis(diagnosis()), t.add_diagnosis(second)]) == [
        True,
        True,
    ]
    rewritten = second.model_copy(update={"settling": False})
    assert store.write(lambda t: t.add_diagnosis(rewritten)) is False
    assert store.diagnosis("inc-1") == second
    assert store.diagnosis("inc-1", 1) == diagnosis()
    assert store.diagnosis("inc-1", 9) is None
    assert store.diagnoses("inc-1") == (diagnosis(), second)
    assert store.diagnoses("inc-1", newest=1) == (second,)
    assert store.diagnoses("inc-1", newest=5) == (diagnosis(), second)


def test_the_tops_are_those_of_the_revisions(store: Store) -> None:
    """What stood on top, when, and under which name, without reading whole diagnoses."""
    assert store.revision_tops("inc-1") == ()
    put(store, incident())
    revisions = (diagnosis(), diagnosis(revision=2))
    store.write(lambda t: [t.add_diagnosis(one) for one in revisions])

    assert store.revision_tops("inc-1") == tuple(
        RevisionTop(
            revision=one.revision,
            at=one.as_of.now,
            kind=one.hypotheses[0].kind,
            component_id=one.hypotheses[0].component_id,
            name=one.hypotheses[0].name,
            posterior=one.hypotheses[0].posterior,
            mode_name=one.hypotheses[0].mode_name,
            mode_posterior=one.hypotheses[0].mode_posterior,
        )
        for one in revisions
    )


def test_the_ledger_numbers_its_lines(store: Store) -> None:
    """Each incident counts for itself, from 1."""
    put(store, incident("1"), incident("2"))

    def work(transaction: Transaction) -> None:
        for incident_id in ("inc-1", "inc-2", "inc-1"):
            transaction.add_ledger(
                incident_id, at=T0, kind="tick", actor="engine", detail={"说明": [1, 2.5, None]}
            )

    store.write(work)
    entries = store.ledger("inc-1")
    assert [entry.seq for entry in entries] == [1, 2]
    assert entries[0].detail == {"说明": [1, 2.5, None]}
    assert [entry.seq for entry in store.ledger("inc-2")] == [1]


def test_a_payload_is_kept_once(store: Store) -> None:
    """Source, digest and receipt name a payload; its bytes may be any."""

    def keep(source: str, digest: str, at_s: float) -> bool:
        return store.write(
            lambda t: t.add_payload(
                source=source, digest=digest, received_at=later(at_s), body=b"\x00\xff"
            )
        )

    assert keep("am", "d1", 0)
    assert not keep("am", "d1", 0)
    assert keep("am", "d1", 1)
    assert keep("am", "d2", 0)
    assert keep("other", "d1", 0)


@pytest.mark.parametrize(
    "write",
    [
        lambda t: t.add_alert(alert(lane=Lane.INCIDENT, incident_id="inc-none")),
        lambda t: t.put_change(change(incident_ids=("inc-none",))),
        lambda t: t.add_tick(tick("inc-none")),
        lambda t: t.add_diagnosis(diagnosis("inc-none")),
        lambda t: t.add_ledger("inc-none", at=T0, kind="tick", actor="engine", detail={}),
    ],
)
def test_evidence_of_no_incident_is_refused(store: Store, write: object) -> None:
    """A record may name an incident that the same transaction stores, but not one that is none."""
    assert callable(write)
    with pytest.raises(ConflictError):
        store.write(write)

    def with_incident(transaction: Transaction) -> None:
        write(transaction)
        transaction.put_incident(incident("none"), expected_version=None)

    store.write(with_incident)
    assert store.check()["integrity"] == "ok"
