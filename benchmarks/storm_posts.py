"""The CDN storm as a few large POSTs: its first 380 alerts since the onset, in order of receipt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from ingest.alerts import parse_instant

STORM: Final = Path(__file__).resolve().parents[1] / "seeds/medical_education/scenarios/cdn-storm"
HEARTBEAT: Final = "Watchdog"

Alert = dict[str, Any]


@dataclass(frozen=True)
class Post:
    """One webhook body with the instant at which a replay source received it."""

    body: bytes
    received_at: str


def storm_posts(*, alerts: int = 380, posts: int = 10, folder: Path = STORM) -> list[Post]:
    """Put the first `alerts` firing alerts that began after the onset into `posts` bodies.

    Each alert stands once; heartbeats and resolves are left out. A few of them are the evening's
    noise, as on the real evening. Raises: ValueError if the storm has fewer.
    """
    found = _firing(folder)[:alerts]
    if len(found) < alerts:
        raise ValueError(f"{folder.name!r} has {len(found)} firing alerts, asked for {alerts}")
    return [Post(payload([alert for _, alert in run]), run[-1][0]) for run in split(found, posts)]


def warning_before(folder: Path = STORM) -> Post:
    """Make one critical alert of the day before, which opens an incident of its own."""
    _, alert = _firing(folder)[0]
    at = parse_instant(str(alert["startsAt"])) - timedelta(days=1)
    text = at.isoformat().replace("+00:00", "Z")
    labels = {"alertname": "DbLocksHigh", "service": "metrics-tsdb", "severity": "critical"}
    lone = {**alert, "labels": labels, "startsAt": text, "fingerprint": "0" * 16}
    return Post(payload([lone]), text)


def payload(alerts: Sequence[Alert]) -> bytes:
    """Write alerts as Alertmanager's webhook does."""
    body = {
        "version": "4",
        "groupKey": '{}:{alertname=""}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "etiograph",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "alerts": list(alerts),
    }
    return json.dumps(body, ensure_ascii=False).encode()


def split(items: Sequence[tuple[str, Alert]], parts: int) -> list[list[tuple[str, Alert]]]:
    """Cut a list into `parts` runs of nearly equal length, in order; longer ones first.

    >>> [len(run) for run in split([("", {})] * 11, 4)]
    [3, 3, 3, 2]
    """
    size, over = divmod(len(items), parts)
    ends = [size * (at + 1) + min(at + 1, over) for at in range(parts)]
    return [list(items[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _firing(folder: Path) -> list[tuple[str, Alert]]:
    """List (received_at, alert) of each distinct firing alert since the onset."""
    case = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    onset = parse_instant(case["onset"])
    found: dict[tuple[str, str], tuple[str, Alert]] = {}
    for line in (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines():
        delivery = json.loads(line)
        for alert in delivery["payload"]["alerts"]:
            fresh = alert["status"] == "firing" and parse_instant(alert["startsAt"]) >= onset
            if fresh and alert["labels"]["alertname"] != HEARTBEAT:
                key = (alert["fingerprint"], alert["startsAt"])
                found.setdefault(key, (delivery["received_at"], alert))
    return list(found.values())
