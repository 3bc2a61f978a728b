"""`etiograph diagnose`: alerts from files through the same intake and diagnosis, nothing stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from graph.errors import EtiographError, InputError, MalformedError, TooLargeError
from graph.model.access import Principal, Source
from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.ports import Store
from ingest.alerts import parse_json, parse_receipt
from ingest.intake import Intake
from reasoning.diagnose import Diagnoser

MAX_FILE_BYTES = 512 * 1024 * 1024
ENGINE = Principal(name="engine")
Receive = Callable[..., object]


@dataclass(frozen=True)
class Delivery:
    """One payload of a file: when it was received, its JSON, and where it stands."""

    received_at: datetime
    rank: int
    body: bytes
    place: str


def read_alert_file(path: Path) -> tuple[Delivery, ...]:
    """Read one webhook payload (.json) or lines of payloads (.jsonl), in file order.

    A bare payload was received at the latest startsAt or endsAt seen so far.

    Raises: InputError naming FILE:LINE.
    """
    text = _read(path)
    if path.suffix == ".jsonl":
        numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        places = [(f"{path}:{n}", line) for n, line in numbered]
    else:
        places = [(str(path), text)]
    latest = datetime(1970, 1, 1, tzinfo=UTC)
    found: list[Delivery] = []
    for place, line in places:
        received_at, payload, latest = _unwrapped(_json(line, place), place, latest)
        found.append(Delivery(received_at, 1, _bytes(payload), place))
    return tuple(found)


def read_change_file(path: Path) -> tuple[Delivery, ...]:
    """Read change/v1 lines, each received at its optional `received_at`, else at its `at`."""
    found: list[Delivery] = []
    for number, line in enumerate(_read(path).split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        change = _json(line, place)
        if not isinstance(change, dict):
            raise InputError(f"{place}: must be a change/v1 object")
        stamp = change.pop("received_at", None) or change.get("at")
        found.append(Delivery(_instant(stamp, f"{place}: at"), 0, _bytes(change), place))
    return tuple(found)


def diagnose_files(
    alert_files: Sequence[Path],
    *,
    change_file: Path | None,
    packs: Sequence[DomainPack],
    source: str,
    at: datetime | None,
    store: Store,
    diagnoser: Diagnoser,
    computed_at: datetime,
) -> Iterator[Diagnosis]:
    """Yield one diagnosis per incident, most urgent first, of what was received up to `at`.

    `store` is a fresh one that is thrown away afterwards.

    Raises: InputError before the first diagnosis, naming FILE:LINE.
    """
    deliveries = [d for path in alert_files for d in read_alert_file(path)]
    deliveries += read_change_file(change_file) if change_file else ()
    store.write(lambda tx: [tx.replace_pack(pack) for pack in packs])
    origin = Source(name=source, replay=True, created_at=datetime(1970, 1, 1, tzinfo=UTC))
    store.write(lambda tx: tx.put_source(origin))
    intake, principal = Intake(store), Principal(name=source, source=source)
    for delivery in sorted(deliveries, key=lambda d: (d.received_at, d.rank)):
        if at is None or delivery.received_at <= at:
            _deliver(intake, principal, delivery)
    found = [
        diagnoser.diagnose_incident(incident.id, computed_at=computed_at, at=at)
        for incident in _incidents(store)
    ]
    yield from sorted(found, key=_board_order)


def _board_order(diagnosis: Diagnosis) -> tuple[str, bool, int, str]:
    """Order as the duty board does: urgency, a named cause before none, the bigger, the id."""
    calm = diagnosis.hypotheses[0].kind is HypothesisKind.HEALTHY
    size = -diagnosis.as_of.alerts_included
    return diagnosis.urgency.level, calm, size, diagnosis.incident_id


def _deliver(intake: Intake, principal: Principal, delivery: Delivery) -> None:
    receive = intake.receive_alertmanager if delivery.rank else intake.receive_changes
    try:
        receive(principal, delivery.body, received_at=delivery.received_at)
    except InputError as error:
        raise InputError(f"{delivery.place}: {error}", error.errors) from error


def _incidents(store: Store) -> list[Incident]:
    """List incidents that were not merged away, oldest first."""
    found: list[Incident] = []
    cursor: str | None = None
    while True:
        page = store.incidents(ENGINE, cursor=cursor, limit=200)
        found += [i for i in page.items if isinstance(i, Incident) and i.merged_into is None]
        cursor = page.next_cursor
        if cursor is None:
            return sorted(found, key=lambda i: (i.opened_at, i.id))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise TooLargeError(f"{path}: is over {MAX_FILE_BYTES} bytes; split it")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise MalformedError(
            f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error


def _json(text: str, place: str) -> object:
    try:
        return parse_json(text.encode("utf-8", "replace"))
    except EtiographError as error:
        raise MalformedError(f"{place}: {error}") from error


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _unwrapped(value: object, place: str, latest: datetime) -> tuple[datetime, object, datetime]:
    """Take a payload out of its wrapper, or date a bare one by the latest instant so far."""
    if isinstance(value, dict) and "payload" in value:
        received_at = _instant(value.get("received_at"), f"{place}: received_at")
        return received_at, value["payload"], max(latest, received_at)
    for stamp in _stamps(value):
        latest = max(latest, stamp)
    return latest, value, latest


def _stamps(payload: object) -> Iterator[datetime]:
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    for alert in alerts if isinstance(alerts, list) else ():
        for key in ("startsAt", "endsAt"):
            try:
                yield parse_receipt(str(alert.get(key)))
            except (ValueError, AttributeError):
                continue  # the intake names what is wrong with it


def _instant(value: object, place: str) -> datetime:
    try:
        return parse_receipt(str(value))
    except ValueError as error:
        raise InputError(f"{place}: {error}") from error
