"""Every store keeps remediations, lets one claim a version, and shows them with their incident."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.access import Principal
from graph.model.remediation import EmergencyStop, Remediation, RemediationStatus
from graph.model.topology import Visibility
from graph.ports import Page, Store, Transaction
from tests.contracts.remediation_samples import remediation
from tests.contracts.samples import ANYBODY, NOBODY, NORTH, T0, incident
from tests.contracts.test_store_transactions import in_threads

ROUND = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def put(store: Store, *requests: Remediation) -> None:
    """Store incident 1 where it is missing, and new remediations."""

    def work(transaction: Transaction) -> None:
        if not transaction.incidents(ANYBODY).items:
            transaction.put_incident(incident(), expected_version=None)
        for request in requests:
            transaction.put_remediation(request, expected_version=None)

    store.write(work)


def ids(page: Page) -> list[str]:
    """Name the remediations of a page."""
    return [item.id for item in page.items if isinstance(item, Remediation)]


def every_page(store: Store, principal: Principal, *, limit: int) -> list[str]:
    """Walk over all pages; returns the ids in their order."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = store.remediations(principal, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        found += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_an_empty_store_has_no_remediations(store: Store) -> None:
    """Every reading call has an answer before anything is stored."""
    assert store.remediations(ANYBODY) == Page(items=(), next_cursor=None)
    assert store.emergency_stop() is None
    with pytest.raises(NotFoundError, match="'rem-1'"):
        store.remediation(ANYBODY, "rem-1")


def test_a_remediation_comes_back_as_it_was(store: Store) -> None:
    """Plan, demand and parameters of every type survive, in the transaction and after it."""
    one = remediation(requested_s=0.25)

    def work(transaction: Transaction) -> None:
        transaction.put_incident(incident(), expected_version=None)
        transaction.put_remediation(one, expected_version=None)
        assert transaction.remediation(ANYBODY, "rem-1") == one

    store.write(work)
    found = store.remediation(ANYBODY, "rem-1")
    assert found == one
    kinds = [type(value) for value in found.plan.steps[0].parameters.values()]
    assert kinds == [str, float, bool, int]


@pytest.mark.parametrize("expected", [None, 2, 3])
def test_a_remediation_is_replaced_only_at_the_expected_version(
    store: Store, expected: int | None
) -> None:
    """Who saw another version writes nothing."""
    put(store, remediation())
    late = remediation(status=RemediationStatus.RUNNING, version=(expected or 0) + 1)
    with pytest.raises(ConflictError, match="'rem-1' has version 1, not"):
        store.write(lambda t: t.put_remediation(late, expected_version=expected))
    assert store.remediation(ANYBODY, "rem-1") == remediation()


@pytest.mark.parametrize("version", [1, 3])
def test_the_version_rises_with_every_write(store: Store, version: int) -> None:
    """A write that keeps the version would let a second claim through, so it is refused."""
    put(store, remediation())
    claimed = remediation(status=RemediationStatus.RUNNING, version=version)
    with pytest.raises(ConflictError, match="as version 2"):
        store.write(lambda t: t.put_remediation(claimed, expected_version=1))
    assert store.remediation(ANYBODY, "rem-1") == remediation()


def test_a_new_remediation_starts_at_version_one(store: Store) -> None:
    """There is no version 4 to replace, and none to start with."""
    put(store)
    with pytest.raises(ConflictError, match="version none"):
        store.write(lambda t: t.put_remediation(remediation(version=5), expected_version=4))
    with pytest.raises(ConflictError, match="as version 1"):
        store.write(lambda t: t.put_remediation(remediation(version=4), expected_version=None))


def test_a_remediation_stays_with_its_incident(store: Store) -> None:
    """It cannot be moved under an incident that other people may see, nor have none."""
    put(store, remediation())
    moved = remediation(incident_id="inc-2", version=2)

    def work(transaction: Transaction) -> None:
        transaction.put_incident(incident("2"), expected_version=None)
        transaction.put_remediation(moved, expected_version=1)

    with pytest.raises(ConflictError, match="never moves"):
        store.write(work)
    stray = remediation("stray", incident_id="inc-none")
    with pytest.raises(ConflictError):
        store.write(lambda t: t.put_remediation(stray, expected_version=None))


@ROUND
@given(seconds=st.lists(st.sampled_from([0.0, 1e-6, 0.5, 1.0, 60.0]), max_size=9), limit=st.just(2))
def test_remediations_stand_newest_first_then_by_id(
    store: Store, seconds: list[float], limit: int
) -> None:
    """Equal instants stand by id, and no page drops or doubles one."""
    known = len(every_page(store, ANYBODY, limit=1000))
    requests = [remediation(f"{known + n:04d}", requested_s=s) for n, s in enumerate(seconds)]
    put(store, *requests)
    found = every_page(store, ANYBODY, limit=limit)
    stored = [store.remediation(ANYBODY, id) for id in found]
    assert len(set(found)) == known + len(requests)
    keys = [(-(one.requested_at - T0).total_seconds(), one.id) for one in stored]
    assert keys == sorted(keys)


def test_remediations_are_filtered(store: Store) -> None:
    """Status and incident narrow the list; no status is nothing."""
    other = remediation("c", incident_id="inc-2")
    put(store, remediation("a"), remediation("b", status=RemediationStatus.RUNNING))

    def work(transaction: Transaction) -> None:
        transaction.put_incident(incident("2"), expected_version=None)
        transaction.put_remediation(other, expected_version=None)

    store.write(work)
    requested = frozenset({RemediationStatus.REQUESTED})
    assert ids(store.remediations(ANYBODY, statuses=requested)) == ["rem-a", "rem-c"]
    assert ids(store.remediations(ANYBODY, incident_id="inc-1")) == ["rem-a", "rem-b"]
    both = store.remediations(ANYBODY, statuses=requested, incident_id="inc-1")
    assert ids(both) == ["rem-a"]
    assert ids(store.remediations(ANYBODY, statuses=frozenset())) == []
    assert ids(store.remediations(ANYBODY, incident_id="inc-none")) == []
    first = store.remediations(ANYBODY, incident_id="inc-1", limit=1)
    rest = store.remediations(ANYBODY, incident_id="inc-1", cursor=first.next_cursor, limit=1)
    assert (ids(first), ids(rest), rest.next_cursor) == (["rem-a"], ["rem-b"], None)


def test_a_remediation_that_moves_on_changes_its_list(store: Store) -> None:
    """The status of the last write is the one that is found, and its place stays."""
    put(store, remediation("a"), remediation("b"))
    running = remediation("a", status=RemediationStatus.RUNNING, version=2)
    store.write(lambda t: t.put_remediation(running, expected_version=1))
    found = store.remediations(ANYBODY, statuses=frozenset({RemediationStatus.RUNNING}))
    assert found.items == (running,)
    assert every_page(store, ANYBODY, limit=1) == ["rem-a", "rem-b"]


def test_remediations_are_seen_with_their_incident(store: Store) -> None:
    """Who may not read the incident is told that there is no such remediation."""

    def work(transaction: Transaction) -> None:
        for n, site in enumerate(["north", "south", None, "north"]):
            hidden = incident(f"{n}", site=site, visibility=Visibility.SITE)
            transaction.put_incident(hidden, expected_version=None)
            of_it = remediation(f"{n}", incident_id=f"inc-{n}")
            transaction.put_remediation(of_it, expected_version=None)

    store.write(work)
    assert every_page(store, ANYBODY, limit=1) == ["rem-0", "rem-1", "rem-2", "rem-3"]
    assert every_page(store, NORTH, limit=1) == ["rem-0", "rem-3"]
    assert every_page(store, NOBODY, limit=1) == []
    assert store.remediations(NORTH, incident_id="inc-1").items == ()
    assert store.remediation(NORTH, "rem-3").id == "rem-3"
    for hidden in ("rem-1", "rem-2"):
        with pytest.raises(NotFoundError, match=hidden):
            store.remediation(NORTH, hidden)


def test_an_incident_that_moves_takes_its_remediations_along(store: Store) -> None:
    """Visibility is that of the incident now, not when the request was made."""
    put(store, remediation())
    assert ids(store.remediations(NORTH)) == ["rem-1"]
    closed = incident(site="south", visibility=Visibility.SITE, version=2)
    store.write(lambda t: t.put_incident(closed, expected_version=1))
    assert ids(store.remediations(NORTH)) == []


@pytest.mark.parametrize("cursor", ["", "x", "W10", "中文", "A" * 5000])
def test_a_bad_cursor_is_refused(store: Store, cursor: str) -> None:
    """What no page of this list gave is bad input, a page of another list included."""
    with pytest.raises(InputError, match="cursor"):
        store.remediations(ANYBODY, cursor=cursor)
    put(store)
    store.write(lambda t: t.put_incident(incident("2"), expected_version=None))
    other = store.incidents(ANYBODY, limit=1).next_cursor
    with pytest.raises(InputError, match="cursor"):
        store.remediations(ANYBODY, cursor=other)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_size_out_of_range_is_refused(store: Store, limit: int) -> None:
    """A page has 1 to 1000 items."""
    with pytest.raises(InputError, match="limit"):
        store.remediations(ANYBODY, limit=limit)


def test_one_of_many_redeems_a_version(store: Store) -> None:
    """Two people press at once, twenty times: exactly one of them starts it, and it runs once."""
    approved = RemediationStatus.APPROVED
    put(store, *(remediation(f"{n}", status=approved) for n in range(20)))

    def redeem(person: int, n: int) -> bool:
        def work(transaction: Transaction) -> None:
            stored = transaction.remediation(ANYBODY, f"rem-{n}")
            if stored.status is not approved:
                raise ConflictError("it runs already")
            claim = {"status": RemediationStatus.RUNNING, "executed_by": f"p{person}"}
            running = stored.model_copy(update=claim | {"version": stored.version + 1})
            transaction.put_remediation(running, expected_version=stored.version)
            transaction.enqueue("remediation", key=stored.id, payload={}, at=T0)
            transaction.add_audit(
                at=T0, actor=f"p{person}", kind="started", subject=stored.id, detail={}
            )

        try:
            store.write(work)
        except ConflictError:
            return False
        return True

    for n in range(20):
        won = in_threads(2, lambda person, n=n: redeem(person, n))  # type: ignore[misc]
        assert sorted(map(bool, won)) == [False, True]
        winner = f"p{won.index(True)}"
        assert store.remediation(ANYBODY, f"rem-{n}").executed_by == winner
    assert store.jobs_open("remediation") == 20
    assert len(store.audit_chain()) == 20


def test_one_of_many_with_the_same_version_wins(store: Store) -> None:
    """Who read before the race and writes after it is told to read again."""
    put(store, remediation(status=RemediationStatus.APPROVED))

    def redeem(n: int) -> bool:
        mine = remediation(status=RemediationStatus.RUNNING, version=2)
        mine = mine.model_copy(update={"executed_by": f"p{n}"})
        try:
            store.write(lambda t: t.put_remediation(mine, expected_version=1))
        except ConflictError:
            return False
        return True

    assert sorted(map(bool, in_threads(6, redeem))) == [False] * 5 + [True]


def test_a_rollback_takes_everything_back(store: Store) -> None:
    """Remediation, stop, audit line and job of a failed transaction are not there."""
    put(store, remediation())
    before = store.check()["rows"]

    def work(transaction: Transaction) -> None:
        running = remediation(status=RemediationStatus.RUNNING, version=2)
        transaction.put_remediation(running, expected_version=1)
        stop = EmergencyStop(pulled_by="li", reason="停", at=T0)
        transaction.put_emergency_stop(stop)
        transaction.add_audit(at=T0, actor="li", kind="stop", subject="", detail={})
        transaction.enqueue("remediation", key="rem-1", payload={}, at=T0)
        raise InputError("no")

    with pytest.raises(InputError):
        store.write(work)
    assert store.check()["rows"] == before
    assert store.emergency_stop() is None
    assert store.remediation(ANYBODY, "rem-1") == remediation()


def test_the_emergency_stop_holds_until_it_is_lifted(store: Store) -> None:
    """There is one stop; a second replaces it, lifting twice is fine."""
    pulled = EmergencyStop(pulled_by="li", reason="误切换", at=T0)
    half = pulled.model_copy(update={"released_by": ("wang",)})
    store.write(lambda t: t.put_emergency_stop(pulled))
    assert store.emergency_stop() == pulled
    store.write(lambda t: t.put_emergency_stop(half))
    assert store.emergency_stop() == half
    for _ in range(2):
        store.write(lambda t: t.put_emergency_stop(None))
        assert store.emergency_stop() is None
