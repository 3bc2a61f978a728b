"""Equal meaning, equal digest; and a digest that others can compute."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from graph.model.digest import (
    alert_evidence_id,
    canonical,
    change_evidence_id,
    diagnosis_digest,
    incident_id,
    instant_text,
    library_digest,
    sha256_hex,
    tick_evidence_id,
    topology_revision,
)
from tests.contracts.samples import (
    component,
    diagnosis,
    incident,
    later,
    pack,
    past_case,
    relation,
    sop,
)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 0.0, -0.0, 1, 1.0, True, False, 1e-7, 1e21, 5e-324])
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)


def test_canonical_json_sorts_keys_and_writes_numbers_one_way() -> None:
    """RFC 8785: keys by UTF-16, no spaces, ECMAScript numbers, text as it is."""
    value: JsonValue = {"b": 1.0, "a": [1e-7, 1e21, True, None], "中": "文\n"}
    assert canonical(value) == '{"a":[1e-7,1e+21,true,null],"b":1,"中":"文\\n"}'.encode()


@given(JSON_VALUES)
def test_canonical_json_is_what_the_reference_writes(value: JsonValue) -> None:
    """Byte for byte as rfc8785, whatever the numbers, keys and control characters."""
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {"\ud800": 1}])
def test_what_json_cannot_carry_is_refused(value: JsonValue) -> None:
    """As the reference refuses it, inside lists and objects too."""
    for told in (value, [value], {"a": value}):
        with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
            canonical(told)


def test_a_model_is_written_by_its_aliases() -> None:
    """diag/v1 says `schema`, not `schema_`."""
    assert b'"schema":"diag/v1"' in canonical(diagnosis())


def test_the_digest_is_sha256_of_the_canonical_json() -> None:
    """Somebody else with another library gets the same."""
    assert sha256_hex([1, "a"]) == hashlib.sha256(b'[1,"a"]').hexdigest()


def test_what_says_nothing_about_the_evidence_is_left_out() -> None:
    """Another time, revision, stability, backlog and duration: the same answer."""
    one = diagnosis()
    same = one.model_copy(
        update={
            "computed_at": later(999),
            "revision": 7,
            "supersedes": 6,
            "stability": one.stability.model_copy(update={"top_changes_10m": 4}),
            "as_of": one.as_of.model_copy(update={"alerts_pending": 12}),
            "engine": one.engine.model_copy(update={"duration_ms": 99.0}),
        }
    )
    assert diagnosis_digest(same) == diagnosis_digest(one)


@pytest.mark.parametrize(
    "changed",
    [
        {"evidence_revision": 4},
        {"topology_revision": "other"},
        {"settling": False},
        {"hypotheses": ()},
        {"as_of": diagnosis().as_of.model_copy(update={"alerts_included": 9})},
        {"engine": diagnosis().engine.model_copy(update={"model_digest": "other"})},
    ],
)
def test_everything_else_counts(changed: dict[str, object]) -> None:
    """One other answer, another digest."""
    assert diagnosis_digest(diagnosis().model_copy(update=changed)) != diagnosis_digest(diagnosis())


def test_durations_are_left_out_at_any_depth() -> None:
    """Also inside lists of objects that later issues fill."""
    sets = [{"id": "a", "steps": [{"duration_ms": n, "name": "x"}]} for n in (1, 2)]
    digests = {
        diagnosis_digest(diagnosis().model_copy(update={"ruled_out": (found,)})) for found in sets
    }
    assert len(digests) == 1


def test_the_digest_is_that_of_the_published_rule() -> None:
    """The rule of the interfaces, done by hand on the printed JSON."""
    raw = json.loads(diagnosis().model_dump_json(by_alias=True))
    for key in ("computed_at", "revision", "supersedes", "stability"):
        del raw[key]
    del raw["as_of"]["alerts_pending"]
    del raw["engine"]["duration_ms"]
    assert diagnosis_digest(diagnosis()) == sha256_hex(raw)


def test_ids_of_evidence_are_stable() -> None:
    """They are written down in stores and links, so they must never change."""
    at = later(0.5)
    assert instant_text(at) == "2025-03-12T13:40:07.5Z"
    assert alert_evidence_id("am", "ab", starts_at=at, status="firing") == "al-" + _short(
        ["am", "ab", "2025-03-12T13:40:07.5Z", "firing"]
    )
    assert change_evidence_id("ci", "1") == "ch-" + _short(["ci", "1"])
    assert tick_evidence_id("inc-1", at) == "ti-" + _short(["inc-1", "2025-03-12T13:40:07.5Z"])
    assert incident_id("p", "am", fingerprint="ab", starts_at=at) == "inc-" + _short(
        ["p", "am", "ab", "2025-03-12T13:40:07.5Z"]
    )


def _short(identity: list[str]) -> str:
    raw = json.dumps(identity, separators=(",", ":"))
    return hashlib.sha256(raw.encode()).hexdigest()[:16]


@given(INSTANTS, st.integers(min_value=-14, max_value=14))
def test_an_instant_has_one_text_whatever_its_offset(at: datetime, hours: int) -> None:
    """The text depends on the moment alone and reads back as that moment."""
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    assert instant_text(elsewhere) == instant_text(at)
    assert datetime.fromisoformat(instant_text(at)) == at
    assert not instant_text(at).removesuffix("Z").endswith(("0.", "."))


def test_an_instant_without_offset_is_refused() -> None:
    """A naive time is nobody's moment."""
    with pytest.raises(ValueError, match="offset"):
        instant_text(datetime(2025, 1, 1))


@given(st.randoms(use_true_random=False))
def test_order_in_a_pack_changes_no_digest(chance: random.Random) -> None:
    """Nodes, links and library entries may come in any order."""
    whole = pack()
    components = list(whole.components)
    relations = list(whole.relations)
    types = list(whole.library.alert_types)
    for items in (components, relations, types):
        chance.shuffle(items)
    library = whole.library.model_copy(update={"alert_types": tuple(types)})
    shuffled = whole.model_copy(
        update={
            "components": tuple(components),
            "relations": tuple(relations),
            "library": library,
        }
    )
    assert topology_revision(shuffled) == topology_revision(whole)
    assert library_digest(shuffled) == library_digest(whole)


def test_the_topology_revision_is_of_the_topology() -> None:
    """Components, relations, flows and calendar count; SOPs, cases and library do not."""
    whole = pack()
    others = [
        whole.model_copy(update={"components": (*whole.components, component("new"))}),
        whole.model_copy(update={"relations": (relation("exam", "db", strength=0.81),)}),
        whole.model_copy(update={"flows": ()}),
        whole.model_copy(update={"calendar": whole.calendar.model_copy(update={"windows": ()})}),
    ]
    revisions = {topology_revision(other) for other in others}
    assert len(revisions | {topology_revision(whole)}) == 5
    same = whole.model_copy(update={"sops": (sop("x"),), "cases": (past_case("x"),)})
    assert topology_revision(same) == topology_revision(whole)


def test_a_digest_of_an_incident_is_plain_json() -> None:
    """Any model can be digested."""
    assert sha256_hex(incident()) == sha256_hex(json.loads(incident().model_dump_json()))
