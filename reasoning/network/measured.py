"""How much a symptom of metrics says: its own false-alarm rate instead of its rule's."""

from __future__ import annotations

import math

from graph.model.library import AlertType
from graph.model.signals import METRICS_SOURCE, AlertRecord
from reasoning import parameters


def false_alarm_of(record: AlertRecord, alert_type: AlertType) -> float:
    """Return P(it speaks | its state is false): of its series where measured, else of the rule.

    A measured one lies in [`MEASURED_FLOOR`, the rule's detection]: however far a series moved, a
    bad scrape or a changed unit moves it too, and no symptom speaks against what it stands for.
    """
    if record.alert.source != METRICS_SOURCE:
        return alert_type.false_alarm
    try:
        stated = float(record.alert.annotations["false_alarm"])
    except (KeyError, ValueError):
        return alert_type.false_alarm
    if not math.isfinite(stated):
        return alert_type.false_alarm
    return min(max(stated, parameters.MEASURED_FLOOR), alert_type.detection or 1.0)
