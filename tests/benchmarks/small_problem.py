"""A database and the page that stands on it, each with an alarm: `causal/v1`."""

from __future__ import annotations

from typing import Any, Final

PROBLEM: Final[dict[str, Any]] = {
    "schema": "causal/v1",
    "nodes": [{"id": "db", "prior": 0.01}, {"id": "web", "prior": 0.02}],
    "links": [{"cause": "db", "effect": "web", "strength": 1.0}],
    "channels": [
        {"id": "db/x", "node": "db", "detection": 0.9, "false_alarm": 0.01},
        {"id": "web/x", "node": "web", "detection": 0.9, "false_alarm": 0.01},
    ],
}
