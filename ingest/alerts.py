"""Alertmanager webhook v4: payload -> `Alert` values; see its payloads in tests/payloads.py."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from graph.errors import Detail, InputError, MalformedError, TooLargeError
from graph.model.signals import Alert, AlertStatus

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_ALERTS = 10_000
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
# Look-backs are taken from every instant, and spans are added to that of a receipt.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_LAST_RECEIPT = datetime(9999, 1, 1, tzinfo=UTC)
_SHARE = "arrived_share"


def parse_json(body: bytes) -> object:
    """Read a JSON body; lone surrogates become U+FFFD so that every store can hold the text.

    Raises: TooLargeError over 5 MiB; MalformedError unless it is UTF-8 JSON without NaN.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLargeError(f"the body has {len(body)} bytes; send at most {MAX_BODY_BYTES}")
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_constant)
        return _clean(value) if "\\u" in text else value
    except UnicodeDecodeError as error:
        raise MalformedError(f"the body is not UTF-8 (byte {error.start}); send UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedError(f"the body is not JSON: {error.msg} at {place}") from error
    except RecursionError as error:
        raise MalformedError("the body nests too deeply; send a flat alert payload") from error
    except ValueError as error:  # Python reads no integer of more than 4,300 digits
        raise MalformedError("the body holds a number of too many digits; shorten it") from error


def _no_constant(name: str) -> float:
    raise MalformedError(f"the body is not JSON: {name} is no JSON number")


def _clean(value: object) -> object:
    """Replace lone surrogates, everywhere."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {str(_clean(key)): _clean(item) for key, item in value.items()}
    return value


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; nanoseconds are cut to microseconds.

    Raises: ValueError without an offset, for a date that does not exist, or before 1970-01-01 or
        after the year 9999 (UTC).
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no RFC 3339 instant with an offset")
    day, clock, fraction, offset = match.groups()
    digits = (fraction or "0")[:6].ljust(6, "0")
    zone = "+00:00" if offset in "Zz" else offset
    instant = datetime.fromisoformat(f"{day}T{clock}.{digits}{zone}")
    if not _FIRST <= instant <= _LAST:
        raise ValueError(f"{text!r} lies outside 1970..9999 (UTC)")
    return instant


def parse_receipt(text: str) -> datetime:
    """Read when something was received: an instant up to 9999-01-01, so that spans fit behind it.

    Raises: ValueError.
    """
    instant = parse_instant(text)
    if instant > _LAST_RECEIPT:
        raise ValueError(f"{text!r} lies after 9999-01-01")
    return instant


def parse_alertmanager(payload: object, *, source: str, received_at: datetime) -> tuple[Alert, ...]:
    """Turn a v4 payload into alerts ordered by (starts_at, fingerprint, status).

    `truncatedAlerts` more than came along lower each one's `arrived_share`. Unknown fields are
    accepted. Raises: InputError naming every faulty place by JSON pointer.
    """
    alerts = _alert_list(payload)
    share = _arrived_share(payload, len(alerts))
    errors: list[Detail] = []
    found: list[Alert] = []
    for index, raw in enumerate(alerts):
        try:
            alert = _alert(raw, source=source, received_at=received_at)
            found.append(alert if share == 1.0 else alert.model_copy(update={_SHARE: share}))
        except _Faulty as fault:
            errors.append(Detail(f"/alerts/{index}{fault.pointer}", fault.detail))
    if errors:
        first = errors[0]
        raise InputError(f"{first.pointer}: {first.detail}; nothing was stored", errors)
    return tuple(sorted(found, key=lambda a: (a.starts_at, a.fingerprint, a.status)))


def _arrived_share(payload: object, arrived: int) -> float:
    cut = payload.get("truncatedAlerts") if isinstance(payload, dict) else None
    cut = 0 if cut is None else cut
    if not isinstance(cut, int) or isinstance(cut, bool) or cut < 0:
        raise _wrong("/truncatedAlerts", f"must be a count, is {cut!r}")
    return arrived / (arrived + cut) if arrived else 1.0


class _Faulty(Exception):
    """A faulty place inside one alert."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


def _alert_list(payload: object) -> list[object]:
    if not isinstance(payload, dict):
        raise _wrong("", "must be a JSON object in Alertmanager webhook form")
    if payload.get("version") != "4":
        raise _wrong("/version", f"must be the string '4', is {payload.get('version')!r}")
    alerts = payload.get("alerts")
    if not isinstance(alerts, list):
        raise _wrong("/alerts", "must be a list of alerts")
    if len(alerts) > MAX_ALERTS:
        raise _wrong("/alerts", f"holds {len(alerts)} alerts; send at most {MAX_ALERTS} at once")
    return alerts


def _wrong(pointer: str, detail: str) -> InputError:
    return InputError(f"{pointer or '/'}: {detail}; nothing was stored", [Detail(pointer, detail)])


def _alert(raw: object, *, source: str, received_at: datetime) -> Alert:
    if not isinstance(raw, dict):
        raise _Faulty("", "must be an object")
    labels = _texts(raw, "labels")
    if not labels.get("alertname"):
        raise _Faulty("/labels/alertname", "is missing; every alert needs a name")
    status = raw.get("status")
    if status not in ("firing", "resolved"):
        raise _Faulty("/status", f"must be 'firing' or 'resolved', is {status!r}")
    return Alert(
        source=source,
        fingerprint=_fingerprint(raw, labels),
        status=AlertStatus(status),
        alertname=labels["alertname"],
        labels=labels,
        annotations=_texts(raw, "annotations"),
        starts_at=_instant(raw, "startsAt"),
        ends_at=_instant(raw, "endsAt") if status == "resolved" else None,
        received_at=received_at,
        generator_url=str(raw.get("generatorURL") or ""),
    )


def _texts(raw: Mapping[str, object], key: str) -> dict[str, str]:
    value = raw.get(key, {})
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Faulty(f"/{key}", "must be an object of texts")
    for name, text in value.items():
        if not isinstance(text, str):
            raise _Faulty(f"/{key}/{name}", "must be a text")
    return dict(sorted(value.items()))


def _fingerprint(raw: Mapping[str, object], labels: Mapping[str, str]) -> str:
    """Take the sender's fingerprint, or one of all labels (never of the name alone)."""
    given = raw.get("fingerprint")
    if isinstance(given, str) and 0 < len(given) <= 200:
        return given
    if given not in (None, ""):
        raise _Faulty("/fingerprint", "must be a text of at most 200 characters")
    text = json.dumps(sorted(labels.items()), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _instant(raw: Mapping[str, object], key: str) -> datetime:
    value = raw.get(key)
    if not isinstance(value, str):
        raise _Faulty(f"/{key}", "must be an RFC 3339 instant")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise _Faulty(f"/{key}", str(error)) from error
