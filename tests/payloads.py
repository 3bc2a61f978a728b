"""Alertmanager v4 payloads for tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime


def alert(
    name: str,
    *,
    at: datetime,
    status: str = "firing",
    fingerprint: str = "",
    ends_at: datetime | None = None,
    **labels: str,
) -> dict[str, object]:
    """Make one alert of a payload; the fingerprint is all labels unless given."""
    all_labels = {"alertname": name, "severity": "warning", **labels}
    mark = fingerprint or "-".join(f"{k}={v}" for k, v in sorted(all_labels.items()))
    return {
        "status": status,
        "labels": all_labels,
        "annotations": {"summary": f"{name} 告警"},
        "startsAt": _text(at),
        "endsAt": _text(ends_at) if ends_at else "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": mark,
    }


def payload(*alerts: dict[str, object], version: str = "4") -> bytes:
    """Make one webhook body."""
    body = {
        "version": version,
        "groupKey": "{}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "etiograph",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": list(alerts),
    }
    return json.dumps(body, ensure_ascii=False).encode("utf-8")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
