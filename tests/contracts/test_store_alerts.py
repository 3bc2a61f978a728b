"""Every store keeps an alert once, in order, and moves it from lane to lane."""

from __future__ import annotations

import pytest

from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.incident import Incident
from graph.model.signals import AlertRecord, Lane, QuarantineReason
from graph.model.topology import Visibility
from graph.ports import Store, Transaction
from tests.contracts.samples import (
    ANYBODY,
    NOBODY,
    NORTH,
    T0,
    alert,
    component,
    incident,
    later,
    pack,
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
