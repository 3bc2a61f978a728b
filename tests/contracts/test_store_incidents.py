"""Every store keeps incidents in their order, by versions, and only for those who may read them."""

from __future__ import annotations

import base64
import json

import pytest

from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.access import Principal
from graph.model.incident import Incident, IncidentState, Urgency
from graph.model.topology import Visibility
from graph.ports import Page, Store, Transaction
from tests.contracts.samples import (
    ANYBODY,
    NOBODY,
    NORTH,
    incident,
)


def put(store: Store, *incidents: Incident) -> None:
    """Store new incidents."""

    def work(transaction: Transaction) -> None:
        for new in incidents:
            transaction.put_incident(new, expected_version=None)

    store.write(work)


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
