"""Digests and evidence ids: sha256 over RFC 8785 canonical JSON, the same on every store.

An instant inside an identity is written as RFC 3339 in UTC with `Z`; a fraction stands only where
it is not zero, without trailing zeros, at most six digits (as Go's RFC3339Nano writes it).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import rfc8785
from pydantic import BaseModel, JsonValue

from graph.model.diagnosis import Diagnosis
from graph.model.pack import DomainPack

_LEFT_OUT: Final = frozenset({"computed_at", "revision", "supersedes", "stability"})
_SHORT: Final = 16
_quoted: Final = json.encoder.encode_basestring


def instant_text(at: datetime) -> str:
    """Write an instant as it stands in identities.

    >>> instant_text(datetime.fromisoformat("2025-03-12T21:40:07.250+08:00"))
    '2025-03-12T13:40:07.25Z'
    >>> instant_text(datetime.fromisoformat("2025-03-12T13:40:07Z"))
    '2025-03-12T13:40:07Z'

    Raises: ValueError if `at` has no offset.
    """
    if at.tzinfo is None:
        raise ValueError(f"an instant needs an offset, {at.isoformat()!r} has none")
    whole, _, fraction = at.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    digits = fraction.rstrip("0")
    return f"{whole}.{digits}Z" if digits else f"{whole}Z"


def canonical(value: JsonValue | BaseModel) -> bytes:
    """Write a value as RFC 8785 canonical JSON; a model by its aliases.

    Raises: rfc8785.CanonicalizationError for NaN, infinities and integers beyond 2**53 - 1.
    """
    raw = value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
    try:
        return _written(raw).encode()
    except UnicodeEncodeError:
        return rfc8785.dumps(raw)  # it says in its own words what is wrong


def _written(value: JsonValue) -> str:
    """Write what rfc8785 writes, several times sooner: equal numbers are written once."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        names = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_in_utf16)
        return f"{{{','.join([f'{_quoted(name)}:{_written(value[name])}' for name in names])}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_written, value))}]"
    return _plain(value)


def _in_utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


# Typed: 1, 1.0 and True are equal and are not written alike.
@lru_cache(maxsize=4096, typed=True)
def _plain(value: float | bool | None) -> str:
    return rfc8785.dumps(value).decode()


def sha256_hex(value: JsonValue | BaseModel) -> str:
    """Digest a value: sha256 of its canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def diagnosis_digest(diagnosis: Diagnosis) -> str:
    """Digest what a diagnosis says; its ETag.

    Left out: `computed_at`, `revision`, `supersedes`, `stability`, `as_of.alerts_pending` and
    every `duration_ms`, so equal evidence gives an equal digest however it arrived.
    """
    raw = diagnosis.model_dump(mode="json", by_alias=True)
    kept: dict[str, JsonValue] = {
        key: _without_durations(value) for key, value in raw.items() if key not in _LEFT_OUT
    }
    as_of = kept["as_of"]
    if isinstance(as_of, dict):
        del as_of["alerts_pending"]
    return sha256_hex(kept)


def body(item: BaseModel) -> str:
    """Write a part of a pack as it is stored: JSON in the order of its fields."""
    return item.__pydantic_serializer__.to_json(item).decode()


def digest_of_bodies(*collections: Collection[str]) -> str:
    """Digest bodies, collection by collection, each in whatever order."""
    digest = hashlib.sha256()
    for bodies in collections:
        digest.update(f"{len(bodies)}\n".encode())
        digest.update("\n".join(sorted(bodies)).encode() + b"\n")
    return digest.hexdigest()


def topology_revision(pack: DomainPack) -> str:
    """Digest a pack's components, relations, flows, regions and calendar, in whatever order."""
    calendar = (pack.calendar,)
    return _digest_of(pack.components, pack.relations, pack.flows, pack.regions, calendar)


def library_digest(pack: DomainPack) -> str:
    """Digest a pack's fault library, in whatever order."""
    library = pack.library
    return _digest_of(library.kinds, library.alert_types, library.modes, library.checks)


def audit_hash(
    *,
    seq: int,
    at: datetime,
    actor: str,
    kind: str,
    subject: str,
    detail: dict[str, JsonValue],
    previous: str,
) -> str:
    """Chain an audit line: sha256 over the RFC 8785 form of its fields, `previous` included.

    Raises: ValueError for what JSON cannot carry (lone surrogates, integers beyond 2**53).
    """
    return sha256_hex(
        {
            "seq": seq,
            "at": instant_text(at),
            "actor": actor,
            "kind": kind,
            "subject": subject,
            "detail": detail,
            "previous": previous,
        }
    )


def alert_evidence_id(source: str, fingerprint: str, *, starts_at: datetime, status: str) -> str:
    """Name an alert state: `al-` + 16 hex of its identity."""
    return "al-" + _short([source, fingerprint, instant_text(starts_at), status])


def change_evidence_id(source: str, change_id: str) -> str:
    """Name a change: `ch-` + 16 hex of its identity."""
    return "ch-" + _short([source, change_id])


def observation_evidence_id(incident_id: str, check_id: str, *, by: str, turn: int) -> str:
    """Name what a person entered: `ob-` + 16 hex; `turn` counts their entries on it before."""
    return "ob-" + _short([incident_id, check_id, by, turn])


def tick_evidence_id(incident_id: str, at: datetime) -> str:
    """Name a tick: `ti-` + 16 hex of its incident and instant."""
    return "ti-" + _short([incident_id, instant_text(at)])


def incident_id(pack: str, source: str, *, fingerprint: str, starts_at: datetime) -> str:
    """Name an incident by its opener: `inc-` + 16 hex over [pack, source, fingerprint, startsAt].

    >>> start = datetime.fromisoformat("2025-03-12T21:40:07+08:00")
    >>> incident_id("p", "demo-alerts", fingerprint="ab", starts_at=start)
    'inc-922f80a987346acb'
    """
    return "inc-" + _short([pack, source, fingerprint, instant_text(starts_at)])


def _short(identity: list[JsonValue]) -> str:
    return sha256_hex(identity)[:_SHORT]


def _digest_of(*collections: Sequence[BaseModel]) -> str:
    return digest_of_bodies(*([body(item) for item in items] for items in collections))


def _without_durations(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _without_durations(v) for key, v in value.items() if key != "duration_ms"}
    if isinstance(value, list):
        return [_without_durations(item) for item in value]
    return value
