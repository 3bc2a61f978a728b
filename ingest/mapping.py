"""What was sent as records: alerts and changes mapped to the components of the loaded packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from graph.model.digest import alert_evidence_id, change_evidence_id
from graph.model.signals import (
    Alert,
    AlertRecord,
    ChangeEvent,
    ChangeRecord,
    Heartbeat,
    Lane,
    QuarantineReason,
)
from ingest.context import PackContext, resolve_labels

FUTURE_LIMIT: Final = timedelta(minutes=5)


def evidence_id_of(alert: Alert) -> str:
    """Name the state that an alert is in."""
    return alert_evidence_id(
        alert.source, alert.fingerprint, starts_at=alert.starts_at, status=alert.status
    )


def alert_record(
    contexts: Mapping[str, PackContext], alert: Alert, evidence_id: str
) -> AlertRecord:
    """Map an alert to a component, or put it into quarantine with the reason.

    A rule is stored under the library's name; what the source calls it stays in its labels.
    """
    pack_id, resolution = resolve_labels(contexts, alert.labels)
    beats = any(alert.alertname in context.heartbeats for context in contexts.values())
    reason = resolution.reason
    if alert.starts_at - FUTURE_LIMIT > alert.received_at:
        reason = QuarantineReason.FUTURE
    lane = Lane.QUARANTINE if reason else Lane.UNASSIGNED
    if resolution.component_id is not None:
        name = contexts[pack_id].in_library(alert.alertname, resolution.component_id)
        alert = alert if name == alert.alertname else alert.model_copy(update={"alertname": name})
    return AlertRecord(
        evidence_id=evidence_id,
        alert=alert,
        pack_id=pack_id or "none",
        lane=Lane.HEARTBEAT if beats else lane,
        component_id=None if beats else resolution.component_id,
        reason=None if beats else reason,
    )


def heartbeats_in(records: Iterable[AlertRecord]) -> Iterator[Heartbeat]:
    """Renew each heartbeat by when it was received, repeated alerts included."""
    for record in records:
        if record.lane is Lane.HEARTBEAT and record.alert.status == "firing":
            at = record.alert.received_at
            site = record.alert.labels.get("site")
            yield Heartbeat(source=record.alert.source, site=site, first_at=at, last_at=at)


def change_record(contexts: Mapping[str, PackContext], change: ChangeEvent) -> ChangeRecord:
    """Map a change's targets over all packs; what fits none or two stays unmapped.

    A change belongs to one pack, the first in id order that it touches; targets in another are
    kept with the unmapped, in the order sent: nothing is lost.
    """
    found: dict[str, tuple[str, str]] = {}
    for target in change.targets:
        hits = [
            (pack_id, resolution.component_id)
            for pack_id, context in sorted(contexts.items())
            if (resolution := context.resolver.named(target)).component_id
        ]
        if len(hits) == 1 and hits[0][1]:
            found[target] = (hits[0][0], hits[0][1])
    pack_id = min((own for own, _ in found.values()), default=min(contexts, default="none"))
    here = {target: component for target, (own, component) in found.items() if own == pack_id}
    return ChangeRecord(
        evidence_id=change_evidence_id(change.source, change.id),
        change=change,
        pack_id=pack_id,
        component_ids=tuple(sorted(set(here.values()))),
        unmapped_targets=tuple(target for target in change.targets if target not in here),
    )
