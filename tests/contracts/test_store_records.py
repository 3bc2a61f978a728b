"""Every store keeps records, in order, once, and only for those who may read them."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError
from graph.model.diagnosis import RevisionTop
from graph.model.incident import Incident
from graph.model.signals import Heartbeat, Lane
from graph.ports import Page, Store, Transaction
from tests.contracts.samples import (
    ANYBODY,
    T0,
    alert,
    change,
    diagnosis,
    incident,
    later,
    tick,
)


def put(store: Store, *incidents: Incident) -> None:
    """Store new incidents."""

    def work(transaction: Transaction) -> None:
        for new in incidents:
            transaction.put_incident(new, expected_version=None)

    store.write(work)


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
