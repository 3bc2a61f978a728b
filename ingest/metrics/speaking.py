"""From symptoms to alerts: as which rule of the library a moved series speaks, with its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from graph.model.library import AlertType
from graph.model.signals import METRICS_SOURCE, Alert, AlertStatus
from ingest.metrics.panel import Quantity, SeriesName
from ingest.metrics.symptoms import Symptom

# A series speaks where a calm hour moves as far once in so many; it is silent where one in so few
# does; between the two it says nothing.
SPEAKS_BELOW: Final = 0.02
SILENT_ABOVE: Final = 0.2
# What somebody names as bad is confirmed by less: one calm hour in twenty would do as much.
NAMED_BELOW: Final = 0.05
GENERIC: Final[Mapping[Quantity, str]] = {
    Quantity.LATENCY: "LatencyShifted",
    Quantity.ERRORS: "ErrorsShifted",
    Quantity.AVAILABILITY: "ErrorsShifted",
    Quantity.TRAFFIC: "TrafficShifted",
}
_RULES: Final[Mapping[str, tuple[str, str, str]]] = {  # kind: latency, errors, traffic
    "cache": ("CacheLatencyHigh", "", ""),
    "cdn_node": ("CdnLatencyHigh", "Cdn5xxHigh", "CdnTrafficDrop"),
    "client_group": ("PageLoadSlow", "PlaybackFailureHigh", ""),
    "database": ("DbLatencyHigh", "", "DbQueriesDrop"),
    "distributed_database": ("TiDB_query_duration", "", "DistributedDbQueriesDrop"),
    "edge_node": ("EdgeLatencyHigh", "EdgeFetchErrors", "EdgeTrafficDrop"),
    "external_api": ("ExternalApiLatencyHigh", "ExternalApiErrors", ""),
    "gateway": ("GatewayLatencyHigh", "Gateway5xxHigh", "GatewayTrafficDrop"),
    "identity": ("IdentityLatencyHigh", "", ""),
    "ingress_controller": ("", "Ingress5xxErrors", "IngressRequestsDrop"),
    "kafka_broker": ("KafkaRequestLatencyHigh", "", "KafkaMessagesInDrop"),
    "load_balancer": ("", "LbBackendErrors", "LbTrafficDrop"),
    "object_storage": ("StorageLatencyHigh", "StorageErrors", ""),
    "origin": ("OriginLatencyHigh", "OriginErrors", "OriginTrafficDrop"),
    "queue": ("", "", "QueueEmpty"),
    "search": ("SearchLatencyHigh", "", ""),
    "service": ("HighLatency", "HighErrorRate", "NoRequestsReceived"),
}


@dataclass(frozen=True)
class Heard:
    """What the series of an incident say: the alerts, and what could have spoken and did not.

    `watched` holds (component, alertname) of every rule that a series spoke or was silent as.
    """

    alerts: tuple[Alert, ...]
    watched: frozenset[tuple[str, str]]


def rule_name(kind: str, quantity: Quantity) -> str:
    """Name the rule of the library as which a series of this kind of component speaks.

    >>> rule_name("service", Quantity.AVAILABILITY)
    'HighErrorRate'
    >>> rule_name("queue", Quantity.LATENCY)
    'LatencyShifted'
    """
    place = {Quantity.LATENCY: 0, Quantity.TRAFFIC: 2}.get(quantity, 1)
    return _RULES.get(kind, ("", "", ""))[place] or GENERIC[quantity]


def hear(
    symptoms: Iterable[Symptom],
    placed: Mapping[str, tuple[str, str]],
    *,
    received_at: datetime,
    named: SeriesName | None = None,
) -> Heard:
    """Turn symptoms into alerts and silences.

    `placed` maps a series' component name -> (component id, kind); others are left out. `named` is
    the series that somebody said is bad, which a smaller shift confirms. Of two series that speak
    as one rule the rarer shift counts. Alerts come in (component, name) order.
    """
    best: dict[tuple[str, str], Symptom] = {}
    for symptom in symptoms:
        if symptom.name.component in placed:
            component_id, kind = placed[symptom.name.component]
            pair = component_id, rule_name(kind, symptom.name.quantity)
            if pair not in best or symptom.false_alarm < best[pair].false_alarm:
                best[pair] = symptom
    spoke = {p: s for p, s in best.items() if speaks(s, named=s.name == named)}
    silent = {p for p, s in best.items() if s.false_alarm >= SILENT_ABOVE}
    alerts = [_alert(p, s, received_at) for p, s in sorted(spoke.items(), key=lambda i: i[0])]
    return Heard(tuple(alerts), frozenset(spoke.keys() | silent))


def speaks(symptom: Symptom, *, named: bool = False) -> bool:
    """Tell whether a shift is rare enough to be a symptom."""
    bar = NAMED_BELOW if named else SPEAKS_BELOW
    return symptom.strength > 0.0 and symptom.false_alarm <= bar


def listened(types: Iterable[AlertType]) -> tuple[AlertType, ...]:
    """Keep the rules as which series can speak."""
    names = {name for rules in _RULES.values() for name in rules}
    return tuple(alert_type for alert_type in types if alert_type.alertname in names)


def _alert(pair: tuple[str, str], symptom: Symptom, received_at: datetime) -> Alert:
    component_id, alertname = pair
    return Alert(
        source=METRICS_SOURCE,
        fingerprint=f"{component_id}~{alertname}",
        status=AlertStatus.FIRING,
        alertname=alertname,
        labels={"alertname": alertname, "component": component_id},
        annotations=numbers_of(symptom),
        starts_at=datetime.fromtimestamp(symptom.onset, UTC),
        received_at=received_at,
    )


def numbers_of(symptom: Symptom) -> dict[str, str]:
    """Write a symptom's numbers as annotations, in name order."""
    return {
        "baseline": f"{symptom.baseline:.6g}",
        "calm_comparisons": str(symptom.calm),
        "false_alarm": f"{symptom.false_alarm:.3g}",
        "quantity": symptom.name.quantity.value,
        "samples": str(symptom.samples),
        "strength": f"{symptom.strength:.4g}",
        "unit": symptom.name.unit,
        "value": f"{symptom.value:.6g}",
    }
