"""Small sentences that several rooms need, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model.base import Text


def incident_title(names: Sequence[Text]) -> Text:
    """Name an incident after its first alerting components, until a diagnosis knows better."""
    if not names:
        return Text(zh="来源不明的告警", en="Alerts from unknown components")
    first = names[0]
    if len(names) == 1:
        return Text(zh=f"{first.zh} 告警", en=f"Alerts on {first.en}")
    return Text(
        zh=f"{first.zh} 等 {len(names)} 个组件告警",
        en=f"Alerts on {first.en} and {len(names) - 1} more",
    )
