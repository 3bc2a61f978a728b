"""`change/v1` payloads -> `ChangeEvent` values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from graph.errors import Detail, InputError
from graph.model.signals import ChangeEvent, ChangeKind
from ingest.alerts import parse_instant

MAX_CHANGES = 1_000
_KNOWN = frozenset(
    {"schema", "id", "at", "kind", "targets", "actor", "summary", "labels", "received_at"}
)


def parse_changes(
    payload: object, *, source: str, received_at: datetime
) -> tuple[ChangeEvent, ...]:
    """Read one change or `{"items": [...]}`, ordered by (at, id).

    Raises: InputError naming every faulty place by JSON pointer; nothing is stored then.
    """
    wrapped = isinstance(payload, dict) and "items" in payload
    items = payload["items"] if isinstance(payload, dict) and wrapped else [payload]
    if not isinstance(items, list):
        raise _wrong([Detail("/items", "must be a list of changes")])
    if len(items) > MAX_CHANGES:
        raise _wrong([Detail("/items", f"holds {len(items)}; send at most {MAX_CHANGES} at once")])
    errors: list[Detail] = []
    changes: list[ChangeEvent] = []
    for index, raw in enumerate(items):
        prefix = f"/items/{index}" if wrapped else ""
        faults = _faults(raw, prefix)
        errors += faults
        if not faults and isinstance(raw, dict):
            changes.append(_change(raw, source=source, received_at=received_at))
    if errors:
        raise _wrong(errors)
    return tuple(sorted(changes, key=lambda c: (c.at, c.id)))


def _wrong(errors: list[Detail]) -> InputError:
    first = errors[0]
    return InputError(f"{first.pointer or '/'}: {first.detail}; nothing was stored", errors)


def _faults(raw: object, prefix: str) -> list[Detail]:
    """Check one change; an empty list means that `_change` cannot fail."""
    if not isinstance(raw, dict):
        return [Detail(prefix, "must be a change/v1 object")]
    checks = {
        "schema": raw.get("schema") == "change/v1",
        "id": _short_text(raw.get("id"), 200),
        "at": _is_instant(raw.get("at")),
        "kind": raw.get("kind") in tuple(ChangeKind),
        "targets": _texts(raw.get("targets")) and bool(raw.get("targets")),
        "actor": isinstance(raw.get("actor", ""), str),
        "summary": isinstance(raw.get("summary", ""), str),
        "labels": _text_map(raw.get("labels", {})),
    }
    wanted = {
        "schema": "must be 'change/v1'",
        "id": "must be a text of 1 to 200 characters",
        "at": "must be an RFC 3339 instant with an offset",
        "kind": "must be one of " + ", ".join(ChangeKind),
        "targets": "must be a list of at least one id or alias",
        "actor": "must be a text",
        "summary": "must be a text",
        "labels": "must be an object of texts",
    }
    faults = [Detail(f"{prefix}/{key}", wanted[key]) for key, good in checks.items() if not good]
    unknown = sorted(set(raw) - _KNOWN)
    return faults + [Detail(f"{prefix}/{key}", "is no field of change/v1") for key in unknown]


def _short_text(value: object, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limit


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(_short_text(item, 500) for item in value)


def _text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_instant(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_instant(value))
    except ValueError:
        return False


def _change(raw: Mapping[str, object], *, source: str, received_at: datetime) -> ChangeEvent:
    at = parse_instant(str(raw["at"]))
    return ChangeEvent.model_validate(
        {
            "source": source,
            "id": raw["id"],
            "at": at,
            "kind": raw["kind"],
            "targets": raw["targets"],
            "actor": raw.get("actor", ""),
            "summary": raw.get("summary", ""),
            "labels": raw.get("labels", {}),
            "received_at": received_at,
        }
    )
