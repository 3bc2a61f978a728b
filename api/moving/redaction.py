"""What looks like a credential is left out of an export (safety.md 13, 15).

Masked are raw payloads, annotations, links and labels of alerts, texts and labels of changes, notes
of observations and details of the ledger: no id and no digest rests on them once they are stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from graph.model.base import Model
from graph.model.grant import Grant
from graph.model.incident import LedgerEntry
from graph.model.moving import StoredPayload
from graph.model.observation import Observation
from graph.model.signals import AlertRecord, ChangeRecord
from ingest.resolve import LABEL_ORDER

_MARK: Final = "[redacted]"
_FIELDS: Final = (
    r"authorization|password|passwd|passphrase|pwd|secret|token|api[_.-]?key|access[_.-]?key|"
    r"private[_.-]?key|routing[_.-]?key|credentials?"
)
_NAME: Final = rf"[\w.-]{{0,60}}?(?:{_FIELDS})"
_PATTERNS: Final = (
    # "password": "..." as JSON writes it, escaped quotes included
    (re.compile(rf'("{_NAME}"\s*:\s*)"(?:[^"\\]|\\.)*"', re.I | re.A | re.S), rf'\1"{_MARK}"'),
    (re.compile(rf'("{_NAME}"\s*:\s*)-?\d[\d.eE+-]*', re.I | re.A), rf'\1"{_MARK}"'),
    # the same in a text that is JSON inside JSON: its quotes are escaped
    (
        re.compile(
            rf'((\\{{1,15}})"{_NAME}\2"\s*:\s*\2")(?:[^"\\]++|(?!\2")\\++"?)*+', re.I | re.A | re.S
        ),
        rf"\1{_MARK}",
    ),
    (re.compile(r"\b(bearer\s+)[a-z0-9._~+/=-]{8,}", re.I | re.A), rf"\1{_MARK}"),
    # user:password@ in an address
    (re.compile(r'(://)[^/\s:@"]*:[^/\s@"]+@', re.A), rf"\1{_MARK}@"),
    # password=... in a text or an address
    (
        re.compile(
            rf"((?:{_FIELDS})\s{{0,3}}[=:]\s{{0,3}}(?:basic\s+)?)(?!\[redacted\])[^\s&\"'`,;<>\\]+",
            re.I | re.A,
        ),
        rf"\1{_MARK}",
    ),
)
_CREDENTIAL: Final = re.compile(rf"(?:{_FIELDS})$", re.I | re.A)
# Labels by which an alert finds its component, site and weight; `ingest` reads no others.
_KEPT: Final = frozenset({"alertname", "site", "severity", *LABEL_ORDER})
# Masking one thing may join the rest into another: again, until nothing changes.
_ROUNDS: Final = 8


def redacted(body: bytes) -> bytes:
    r"""Mask credentials in a payload; doing so twice changes nothing more.

    >>> redacted(b'{"routing_key": "a\\"b", "n": 1}')
    b'{"routing_key": "[redacted]", "n": 1}'
    """
    # every byte is one character here, so what is no UTF-8 stays as it is
    return redacted_text(body.decode("latin-1")).encode("latin-1")


def redacted_text(text: str) -> str:
    """Mask credentials in a text; doing so twice changes nothing more.

    >>> redacted_text("curl -H 'Authorization: Basic dTpw' https://u:p@h/?api_key=1&n=2")
    "curl -H 'Authorization: [redacted] [redacted]' https://[redacted]@h/?api_key=[redacted]&n=2"
    """
    for _ in range(_ROUNDS):
        before = text
        for pattern, mark in _PATTERNS:
            text = pattern.sub(mark, text)
        if text == before:
            break
    return text


def without_credentials(record: Model) -> Model:
    """Give a record as it leaves the store; doing so twice changes nothing more."""
    if isinstance(record, StoredPayload):
        return record.model_copy(update={"body": redacted(record.body)})
    if isinstance(record, AlertRecord):
        alert = record.alert
        masked = {
            "annotations": _masked(alert.annotations),
            "labels": _masked(alert.labels, kept=_KEPT),
            "generator_url": redacted_text(alert.generator_url),
        }
        return record.model_copy(update={"alert": alert.model_copy(update=masked)})
    if isinstance(record, ChangeRecord):
        change = record.change
        masked = {"labels": _masked(change.labels), "summary": redacted_text(change.summary)}
        return record.model_copy(update={"change": change.model_copy(update=masked)})
    if isinstance(record, Observation):
        return record.model_copy(update={"note": redacted_text(record.note)})
    if isinstance(record, LedgerEntry):
        return record.model_copy(update={"detail": _masked_json(record.detail)})
    if isinstance(record, Grant):
        return record.model_copy(update={"first_half": "", "password_hash": ""})
    return record


def _masked(texts: Mapping[str, str], *, kept: frozenset[str] = frozenset()) -> dict[str, str]:
    return {
        name: text if name in kept else _masked_value(name, text) for name, text in texts.items()
    }


def _masked_value(name: str, text: str) -> str:
    if text and _CREDENTIAL.search(name):
        return _MARK
    return redacted_text(text)


def _masked_json(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, list):
        return [_masked_json(item) for item in value]
    if isinstance(value, dict):
        return {
            name: _masked_value(name, item) if isinstance(item, str) else _masked_json(item)
            for name, item in value.items()
        }
    return value
