"""Whatever a store holds, it moves: export, rebuild, export again gives the same bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.moving.archive import packed, unpack_export
from graph.audit_chain import verify_log
from graph.model.incident import IncidentState, Urgency
from graph.model.moving import RecordKind
from graph.model.observation import Result
from graph.model.remediation import EmergencyStop
from graph.model.signals import Heartbeat, Lane
from graph.model.topology import Visibility
from graph.ports import Transaction
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import OF_EPOCH, export_of, files_of, quiet, rebuilt
from tests.contracts.full_house import all_records
from tests.contracts.remediation_samples import observation, remediation
from tests.contracts.samples import (
    T0,
    alert,
    change,
    component,
    diagnosis,
    incident,
    pack,
    relation,
    text,
    tick,
)

# What comes in from outside may hold any character but half of one.
_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_SLUG: Final = st.text(st.sampled_from("abcz019_.-"), min_size=1, max_size=8)
_AT: Final = st.integers(0, 10**12).map(lambda us: T0 + timedelta(microseconds=us))
_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_DETAIL: Final = st.dictionaries(_TEXT, _JSON, max_size=3)

Write = Callable[[Transaction], object]


@st.composite
def packs(draw: st.DrawFn) -> Write:
    """Draw a pack of few components, joined at random."""
    names = draw(st.lists(_SLUG, min_size=1, max_size=6, unique=True))
    joined = draw(st.sets(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=6))
    strengths = st.floats(0, 1)
    made = pack(
        tuple(component(name, site=draw(st.none() | _SLUG)) for name in sorted(names)),
        tuple(relation(a, b, strength=draw(strengths)) for a, b in sorted(joined) if a != b),
    )
    whole = made.model_copy(update={"flows": (), "cases": (), "source": draw(_TEXT)})
    return lambda tx: tx.replace_pack(whole)


@st.composite
def incidents(draw: st.DrawFn) -> Write:
    """Draw an incident with whatever belongs to one."""
    slug = draw(_SLUG)
    found = incident(
        slug,
        urgency=draw(st.none() | st.sampled_from(Urgency)),
        state=draw(st.sampled_from(IncidentState)),
        site=draw(st.none() | _SLUG),
        visibility=draw(st.sampled_from(Visibility)),
        version=draw(st.integers(1, 9)),
    ).model_copy(update={"title": text(draw(_TEXT) or "x"), "owner": draw(st.none() | _TEXT)})
    ticks = draw(st.sets(st.integers(0, 10**6), max_size=3))
    lines = draw(st.lists(st.tuples(_AT, _TEXT, _DETAIL), max_size=3))
    revisions = draw(st.integers(0, 12))
    seen = draw(st.lists(st.tuples(st.sampled_from(Result), _TEXT, _AT), max_size=2))
    requests = draw(st.integers(0, 2))

    def write(tx: Transaction) -> None:
        if any(known.id == found.id for known in _incidents(tx)):
            return
        tx.put_incident(found, expected_version=None)
        for at_s in sorted(ticks):
            tx.add_tick(tick(found.id, at_s=at_s))
        for at, actor, detail in lines:
            tx.add_ledger(found.id, at=at, kind="note", actor=actor, detail=detail)
        for revision in range(1, revisions + 1):
            tx.add_diagnosis(diagnosis(found.id, revision=revision))
        for n, (result, note, at) in enumerate(seen):
            entry = observation(f"{slug}-{n}", incident_id=found.id)
            tx.put_observation(entry.model_copy(update={"result": result, "note": note, "at": at}))
        for n in range(requests):
            made = remediation(f"{slug}-{n}", incident_id=found.id, requested_s=n)
            tx.put_remediation(made, expected_version=None)

    return write


def _incidents(tx: Transaction) -> tuple[Any, ...]:
    from tests.contracts.samples import ANYBODY

    return tx.incidents(ANYBODY, limit=1000).items


@st.composite
def signals(draw: st.DrawFn) -> Write:
    """Draw an alert, a change, a heartbeat and a payload."""
    labels = draw(st.dictionaries(_TEXT, _TEXT, max_size=3))
    told = alert(
        draw(_TEXT),
        lane=draw(st.sampled_from([Lane.NOISE, Lane.QUARANTINE, Lane.UNASSIGNED])),
        labels=labels,
        received_s=draw(st.integers(0, 10**6)),
        starts_s=draw(st.floats(0, 10**6)),
    )
    done = change(draw(_TEXT), at_s=draw(st.integers(0, 10**6)))
    beat = Heartbeat(source=draw(_TEXT), site=draw(st.none() | _TEXT), first_at=T0, last_at=T0)
    source, digest, body = draw(_TEXT), draw(_TEXT), draw(st.binary(max_size=60))
    at: datetime = draw(_AT)

    def write(tx: Transaction) -> None:
        tx.add_alert(told)
        tx.put_change(done)
        tx.put_heartbeat(beat)
        tx.add_payload(source=source, digest=digest, received_at=at, body=body)

    return write


@st.composite
def deeds(draw: st.DrawFn) -> Write:
    """Draw audit lines, jobs, and perhaps a stop."""
    lines = draw(st.lists(st.tuples(_AT, _TEXT, _TEXT, _DETAIL), max_size=3))
    jobs = draw(st.lists(st.tuples(_SLUG, st.sampled_from("abc"), _DETAIL), max_size=4))
    claims = draw(st.integers(0, 3))
    stop = draw(st.none() | st.builds(EmergencyStop, pulled_by=_TEXT, reason=_TEXT, at=_AT))

    def write(tx: Transaction) -> None:
        for at, actor, subject, detail in lines:
            tx.add_audit(at=at, actor=actor, kind="deed", subject=subject, detail=detail)
        for kind, key, payload in jobs:
            tx.enqueue(kind, key=key, payload=payload, at=T0)
        for n in range(claims):
            job = tx.claim_job(at=T0)
            if job is not None and n:
                tx.finish_job(job.id, error="" if n == 1 else "no")
        tx.put_emergency_stop(stop)

    return write


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.one_of(packs(), incidents(), signals(), deeds()), max_size=8))
def test_any_store_moves_as_it_is(writes: list[Write]) -> None:
    """Bytes of every kind that an epoch leaves alone are equal, by folder and by archive."""
    source, target = EmbeddedGraphStore(None), EmbeddedGraphStore(None)
    for write in writes:
        source.write(write)
    with tempfile.TemporaryDirectory() as room:
        first = export_of(source, Path(room) / "one")
        stream = packed(Path(room) / "one", first)
        unpack_export(stream, Path(room) / "arrived", quiet)
        assert files_of(Path(room) / "arrived") == files_of(Path(room) / "one")
        assert rebuilt(target, Path(room) / "arrived")
        second = export_of(target, Path(room) / "two")
    tallies = [{t.kind: t for t in m.kinds if t.kind not in OF_EPOCH} for m in (first, second)]
    assert tallies[0] == tallies[1]
    assert verify_log(target).broken is None
    before, after = all_records(source), all_records(target)
    kept = [k for k in RecordKind if k not in OF_EPOCH | {RecordKind.PAYLOAD}]
    assert [after[k] for k in kept] == [before[k] for k in kept]
    old_lines = before[RecordKind.AUDIT_EVENT]
    assert after[RecordKind.AUDIT_EVENT][: len(old_lines)] == old_lines
    source.close()
    target.close()
