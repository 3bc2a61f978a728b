"""The audit chain holds as it was written, and shows every other line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import JsonValue

from graph.audit_chain import BreakReason, ChainBreak, event_hash, verify_chain
from graph.model.audit import FIRST_PREVIOUS, AuditEvent
from graph.model.digest import audit_hash, canonical
from tests.contracts.samples import T0

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
DETAILS = st.dictionaries(TEXT, SCALARS | st.lists(SCALARS, max_size=3), max_size=3)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda passed: T0 + passed)
IDS = st.sampled_from(["requested", "approved", "started"])
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
LINES = st.fixed_dictionaries(
    {"at": INSTANTS, "actor": TEXT, "kind": IDS, "subject": TEXT, "detail": DETAILS}
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(1, 99),
    "at": INSTANTS,
    "actor": TEXT,
    "kind": IDS,
    "subject": TEXT,
    "detail": DETAILS,
    "previous": HASHES,
    "hash": HASHES,
}


def line(fields: dict[str, Any], *, seq: int, previous: str) -> AuditEvent:
    """Make the line that a store would append after `previous`."""
    chained = audit_hash(**fields, seq=seq, previous=previous)
    return AuditEvent(**fields, seq=seq, previous=previous, hash=chained)


def chain_of(lines: list[dict[str, Any]]) -> list[AuditEvent]:
    """Chain lines as a store does."""
    events: list[AuditEvent] = []
    for fields in lines:
        previous = events[-1].hash if events else FIRST_PREVIOUS
        events.append(line(fields, seq=len(events) + 1, previous=previous))
    return events


CHAINS = st.lists(LINES, min_size=1, max_size=6).map(chain_of)
LONG_CHAINS = st.lists(LINES, min_size=2, max_size=6).map(chain_of)


@given(CHAINS)
def test_a_chain_holds_as_it_was_written(events: list[AuditEvent]) -> None:
    """Also after a trip through JSON, and in two pieces at any place."""
    stored = [AuditEvent.model_validate_json(event.model_dump_json()) for event in events]
    assert verify_chain(stored) is None
    for cut in range(1, len(stored) + 1):
        assert verify_chain(stored[cut:], stored[cut - 1]) is None


@given(st.data(), CHAINS, st.sampled_from(sorted(FIELDS)))
def test_any_changed_field_is_found(
    data: st.DataObject, events: list[AuditEvent], field: str
) -> None:
    """The changed line itself is named as the first that is broken."""
    place = data.draw(st.integers(0, len(events) - 1))
    changed = events[place].model_copy(update={field: data.draw(FIELDS[field])})
    assume(canonical(changed) != canonical(events[place]))
    found = verify_chain([*events[:place], changed, *events[place + 1 :]])
    assert found is not None
    assert found.seq == place + 1


@given(st.data(), LONG_CHAINS)
def test_a_changed_line_with_a_new_hash_is_found(
    data: st.DataObject, events: list[AuditEvent]
) -> None:
    """Who also computes the hash anew breaks the link of the line after it."""
    place = data.draw(st.integers(0, len(events) - 2))
    changed = events[place].model_copy(update={"actor": events[place].actor + "x"})
    changed = changed.model_copy(update={"hash": event_hash(changed)})
    found = verify_chain([*events[:place], changed, *events[place + 1 :]])
    assert found == ChainBreak(seq=place + 2, reason=BreakReason.PREVIOUS_DIFFERS)


@given(st.data(), LONG_CHAINS)
def test_a_removed_line_is_found(data: st.DataObject, events: list[AuditEvent]) -> None:
    """The number that is missing is named; the last line needs an anchor outside."""
    place = data.draw(st.integers(0, len(events) - 2))
    found = verify_chain([*events[:place], *events[place + 1 :]])
    assert found == ChainBreak(seq=place + 1, reason=BreakReason.OUT_OF_SEQUENCE)


@given(st.data(), LONG_CHAINS)
def test_swapped_lines_are_found(data: st.DataObject, events: list[AuditEvent]) -> None:
    """Whichever two changed places, and also where they swapped their numbers as well."""
    first = data.draw(st.integers(0, len(events) - 2))
    second = data.draw(st.integers(first + 1, len(events) - 1))
    swapped = list(events)
    swapped[first], swapped[second] = events[second], events[first]
    assert verify_chain(swapped) == ChainBreak(seq=first + 1, reason=BreakReason.OUT_OF_SEQUENCE)
    renumbered = [event.model_copy(update={"seq": n}) for n, event in enumerate(swapped, start=1)]
    found = verify_chain(renumbered)
    assert found is not None
    assert found.seq == first + 1


@given(st.data(), CHAINS, LINES)
def test_an_inserted_line_is_found(
    data: st.DataObject, events: list[AuditEvent], fields: dict[str, Any]
) -> None:
    """A well-made line between two others takes a number that is taken, or leaves one out."""
    place = data.draw(st.integers(0, len(events) - 1))
    previous = events[place - 1].hash if place else FIRST_PREVIOUS
    forged = line(fields, seq=place + 1, previous=previous)
    found = verify_chain([*events[:place], forged, *events[place:]])
    assert found == ChainBreak(seq=place + 2, reason=BreakReason.OUT_OF_SEQUENCE)
    doubled = verify_chain([*events[: place + 1], *events[place:]])
    assert doubled == ChainBreak(seq=place + 2, reason=BreakReason.OUT_OF_SEQUENCE)


@given(LONG_CHAINS)
def test_a_chain_that_starts_in_the_middle_is_found(events: list[AuditEvent]) -> None:
    """Without the line before it, the rest does not pass for a whole log."""
    assert verify_chain(events[1:]) == ChainBreak(seq=1, reason=BreakReason.OUT_OF_SEQUENCE)


def test_nothing_is_a_sound_chain() -> None:
    """No line, no break."""
    assert verify_chain([]) is None
