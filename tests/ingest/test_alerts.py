"""Alertmanager payloads become alerts, or a clear error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InputError, MalformedError, TooLargeError
from ingest.alerts import parse_alertmanager, parse_instant, parse_json, parse_receipt
from tests.payloads import alert, payload
from tests.small_pack import after

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"


def test_real_payloads_are_read_whole() -> None:
    """Payloads that a real Alertmanager sent give one alert each entry, in order of onset."""
    samples = sorted(SAMPLES.glob("alertmanager_*.json"))
    if not samples:
        pytest.skip("no sample payloads beside this checkout")
    for sample in samples:
        body = parse_json(sample.read_bytes())
        alerts = parse_alertmanager(body, source="s", received_at=after(0))
        assert isinstance(body, dict)
        assert len(alerts) == len(body["alerts"])
        assert [a.starts_at for a in alerts] == sorted(a.starts_at for a in alerts)
        assert all(a.fingerprint and a.alertname for a in alerts)


@pytest.mark.parametrize(("cut", "share"), [(0, 1.0), (2, 0.5), (None, 1.0)])
def test_a_notification_says_how_much_of_it_was_cut_off(cut: int | None, share: float) -> None:
    """Two alerts came and two were left out: each came with half of its notification."""
    body = {
        "version": "4",
        "truncatedAlerts": cut,
        "alerts": [alert(name, at=after(0), service="x") for name in ("A", "B")],
    }
    alerts = parse_alertmanager(body, source="s", received_at=after(9))
    assert {a.arrived_share for a in alerts} == {share}


def test_order_inside_a_payload_changes_nothing() -> None:
    """The same alerts in another order give the same values in the same order."""
    one, two = alert("A", at=after(5), service="x"), alert("B", at=after(1), service="y")
    first = parse_alertmanager(parse_json(payload(one, two)), source="s", received_at=after(9))
    second = parse_alertmanager(parse_json(payload(two, one)), source="s", received_at=after(9))
    assert first == second


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b"{", MalformedError, "not JSON"),
        (b"\xff\xfe", MalformedError, "not UTF-8"),
        (b'{"version": NaN}', MalformedError, "NaN"),
        (b"[" * 100_000, MalformedError, "nests too deeply"),
        (b" " * (5 * 1024 * 1024 + 1), TooLargeError, "send at most"),
        (payload(version="3"), InputError, "/version"),
        (b'{"version": "4"}', InputError, "/alerts"),
        (b"[]", InputError, "must be a JSON object"),
        (b'{"version": "4", "alerts": [], "truncatedAlerts": -1}', InputError, "/truncatedAlerts"),
        (payload({"status": "firing"}), InputError, "/alerts/0/labels/alertname"),
        (payload({**alert("A", at=after(0)), "status": "odd"}), InputError, "/alerts/0/status"),
        (payload({**alert("A", at=after(0)), "startsAt": "no"}), InputError, "/alerts/0/startsAt"),
        (payload({**alert("A", at=after(0)), "labels": {"alertname": 1}}), InputError, "text"),
    ],
)
def test_bad_bodies_say_what_and_where(body: bytes, error: type[Exception], said: str) -> None:
    """Each kind of bad body is refused with the place that is wrong."""
    with pytest.raises(error, match=said):
        parse_alertmanager(parse_json(body), source="s", received_at=after(0))


def test_lone_surrogates_become_replacement_characters() -> None:
    """A label that no store can hold as text is mended, not dropped."""
    body = payload(alert("A", at=after(0), note="x")).replace(b'"x"', b'"\\ud800"')
    (found,) = parse_alertmanager(parse_json(body), source="s", received_at=after(0))
    assert found.labels["note"].encode("utf-8")


def test_a_missing_fingerprint_comes_from_all_labels() -> None:
    """Two alerts that differ in one label never share an identity."""
    bare = [
        {k: v for k, v in alert("A", at=after(0), pod=pod).items() if k != "fingerprint"}
        for pod in ("p1", "p2")
    ]
    found = parse_alertmanager(parse_json(payload(*bare)), source="s", received_at=after(0))
    assert len({a.fingerprint for a in found}) == 2


def test_nanoseconds_and_offsets_are_instants() -> None:
    """Go's nine digits and any offset are read; a missing offset is not."""
    assert parse_instant("2025-03-12T21:40:07.123456789+08:00").microsecond == 123456
    with pytest.raises(ValueError, match="offset"):
        parse_instant("2025-03-12T21:40:07")


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-10:00",
        "2025-03-12T21:40:07Z\n",
        "２０２５-03-12T21:40:07Z",
    ],
)
def test_instants_that_no_calendar_can_add_to_are_refused(text: str) -> None:
    """An instant at the edge of time is bad input, never an overflow later."""
    with pytest.raises(ValueError, match=r"outside|offset"):
        parse_instant(text)
    bad = payload(alert("A", at=after(0)) | {"startsAt": text})
    with pytest.raises(InputError, match="startsAt"):
        parse_alertmanager(parse_json(bad), source="s", received_at=after(0))


def test_an_onset_at_the_end_of_time_is_only_in_the_future() -> None:
    """The last second there is can be an onset (quarantined later), but no receipt."""
    last = "9999-12-31T23:59:59Z"
    assert parse_instant(last).year == 9999
    with pytest.raises(ValueError, match="9999-01-01"):
        parse_receipt(last)
    assert parse_receipt("2025-03-12T21:40:07Z") == parse_instant("2025-03-12T21:40:07Z")


def test_a_number_of_thousands_of_digits_is_malformed() -> None:
    """What Python reads no integer of is broken JSON, not an internal error."""
    with pytest.raises(MalformedError, match="digits"):
        parse_json(b'{"version": ' + b"9" * 5000 + b"}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=4))
def test_any_json_is_read_or_refused_clearly(alerts: list[object]) -> None:
    """No JSON whatsoever gives anything but alerts or an InputError."""
    body = json.dumps({"version": "4", "alerts": alerts}).encode()
    try:
        found = parse_alertmanager(parse_json(body), source="s", received_at=after(0))
    except InputError as error:
        assert str(error)
    else:
        assert len(found) == len(alerts)
