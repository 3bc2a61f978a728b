"""Rows of records, read: incidents, evidence, diagnoses, the ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis, RevisionTop
from graph.model.incident import Incident, IncidentState, LedgerEntry, Tick, Urgency
from graph.model.observation import Observation
from graph.model.signals import AlertRecord, ChangeRecord, Heartbeat, Lane
from graph.ports import Page
from graph.stores import sql
from graph.stores.cursors import checked_limit, read_cursor
from graph.stores.knowledge_rows import KnowledgeReads
from graph.stores.pages import diagnosis_of, kept_models, models, page

# P0 first; an incident without an urgency comes last.
URGENCY_RANK: Final[dict[Urgency | None, int]] = {
    **{urgency: rank for rank, urgency in enumerate(Urgency)},
    None: len(Urgency),
}

_INCIDENT: Final = f"SELECT body FROM incidents WHERE id = :id AND {sql.VISIBLE}"
_INCIDENTS: Final = f"""
    SELECT body, urgency_rank, began_at, id FROM incidents
    WHERE (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
      AND (:urgency IS NULL OR urgency_rank = :urgency)
      AND (urgency_rank, began_at, id) > (:after_rank, :after_began_at, :after_id)
      AND {sql.VISIBLE}
    ORDER BY urgency_rank, began_at, id LIMIT :limit"""
_ALERTS_OF: Final = """
    SELECT body FROM alerts WHERE incident_id = :incident_id
    ORDER BY received_at, starts_at, evidence_id"""
_ALERTS_BY_INCIDENT: Final = """
    SELECT incident_id, body FROM alerts
    WHERE incident_id IN (SELECT value FROM json_each(:ids))
    ORDER BY received_at, starts_at, evidence_id"""
_KNOWN_ALERTS: Final = """
    SELECT evidence_id FROM alerts WHERE evidence_id IN (SELECT value FROM json_each(:ids))"""
# What was taken back counts twice: `graph.model.observation.count_items`, `count_changes`.
_EVIDENCE_COUNTS: Final = """
    WITH wanted AS (SELECT value AS id FROM json_each(:ids))
    SELECT id,
        (SELECT count(*) FROM alerts WHERE incident_id = id)
        + (SELECT count(*) + count(changes.body ->> '$.retracted_at')
           FROM change_evidence JOIN changes USING (evidence_id) WHERE incident_id = id)
        + (SELECT count(*) FROM ticks WHERE incident_id = id)
        + (SELECT count(*) + count(body ->> '$.retracted_at')
           FROM observations WHERE incident_id = id)
    FROM wanted"""
_VERSIONS: Final = """
    SELECT id, version FROM incidents WHERE id IN (SELECT value FROM json_each(:ids))"""
_LEDGER_LENGTHS: Final = """
    SELECT incident_id, max(seq) FROM ledger
    WHERE incident_id IN (SELECT value FROM json_each(:ids)) GROUP BY incident_id"""
_UNASSIGNED: Final = """
    SELECT body FROM alerts
    WHERE pack_id = :pack_id AND lane IN ('unassigned', 'noise') AND received_at >= :since
    ORDER BY received_at, starts_at, evidence_id"""
# An alert that names a component or a site is read by those who may read that.
_ALERT_VISIBLE: Final = """
    (:sites IS NULL
     OR ((component_id IS NULL OR component_id NOT IN (
            SELECT id FROM components
            WHERE visibility = 'site' AND (site IS NULL
                  OR site NOT IN (SELECT value FROM json_each(:sites)))))
         AND (site IS NULL OR site IN (SELECT value FROM json_each(:sites)))))"""
_QUARANTINED: Final = f"""
    SELECT body, received_at, evidence_id FROM alerts
    WHERE lane = 'quarantine'
      AND (:before IS NULL OR received_at < :before
           OR (received_at = :before AND evidence_id > :after_id))
      AND {_ALERT_VISIBLE}
    ORDER BY received_at DESC, evidence_id LIMIT :limit"""
_LANE_COUNTS: Final = "SELECT lane, count(*) FROM alerts WHERE pack_id = :pack_id GROUP BY lane"
_CHANGES_OF: Final = """
    SELECT body FROM changes JOIN change_evidence USING (evidence_id)
    WHERE incident_id = :incident_id ORDER BY at, evidence_id"""
_CHANGES_BETWEEN: Final = """
    SELECT body FROM changes WHERE pack_id = :pack_id AND at BETWEEN :since AND :until
    ORDER BY at, evidence_id"""
_TICKS_OF: Final = """
    SELECT body FROM ticks WHERE incident_id = :incident_id ORDER BY at, evidence_id"""
_HEARTBEATS: Final = "SELECT body FROM heartbeats ORDER BY source, site_key"
_DIAGNOSIS: Final = """
    SELECT body FROM diagnoses
    WHERE incident_id = :incident_id AND (:revision IS NULL OR revision = :revision)
    ORDER BY revision DESC LIMIT 1"""
_REVISION: Final = """
    SELECT revision FROM diagnoses WHERE incident_id = :incident_id AND revision = :revision"""
_DIAGNOSES: Final = """
    SELECT body FROM (
        SELECT revision, body FROM diagnoses WHERE incident_id = :incident_id
        ORDER BY revision DESC LIMIT :newest
    ) ORDER BY revision"""
_REVISION_TOPS: Final = """
    SELECT json_object(
        'revision', revision,
        'at', body ->> '$.as_of.now',
        'kind', body ->> '$.hypotheses[0].kind',
        'component_id', body ->> '$.hypotheses[0].component_id',
        'name', body -> '$.hypotheses[0].name',
        'posterior', body -> '$.hypotheses[0].posterior',
        'mode_name', body -> '$.hypotheses[0].mode_name',
        'mode_posterior', body -> '$.hypotheses[0].mode_posterior'
    ) FROM diagnoses WHERE incident_id = :incident_id ORDER BY revision"""
# SQLite's own word for no limit.
_ALL: Final = -1
_OBSERVATIONS_OF: Final = """
    SELECT body FROM observations WHERE incident_id = :incident_id ORDER BY at, evidence_id"""
_LEDGER: Final = "SELECT body FROM ledger WHERE incident_id = :incident_id ORDER BY seq"


class RecordReads(KnowledgeReads):
    """`RecordReader` on rows."""

    def incident(self, principal: Principal, incident_id: str) -> Incident:
        """Return one visible incident, or NotFoundError."""
        sites = sql.principal_sites(principal)
        body = self._text(_INCIDENT, id=incident_id, sites=sites)
        if body is None:
            raise NotFoundError(f"incident {incident_id!r} is not stored; check the id")
        return Incident.model_validate_json(body)

    def incidents(
        self,
        principal: Principal,
        *,
        states: frozenset[IncidentState] | None = None,
        urgency: Urgency | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Page over visible incidents: urgency (none last), then began_at, then id."""
        after = (
            (-1, "", "") if cursor is None else read_cursor("incidents", cursor, (int, str, str))
        )
        rows = self._all(
            _INCIDENTS,
            states=sql.json_list(states),
            urgency=None if urgency is None else URGENCY_RANK[urgency],
            after_rank=after[0],
            after_began_at=after[1],
            after_id=after[2],
            sites=sql.principal_sites(principal),
            limit=checked_limit(limit) + 1,
        )
        return page("incidents", Incident, rows, limit=limit)

    def alerts_of(self, incident_id: str) -> tuple[AlertRecord, ...]:
        """Return an incident's alert states by (received_at, starts_at, evidence_id)."""
        return kept_models(AlertRecord, self._texts(_ALERTS_OF, incident_id=incident_id))

    def alerts_by_incident(self, ids: Collection[str]) -> dict[str, tuple[AlertRecord, ...]]:
        """Return what `alerts_of` returns of each of these incidents."""
        bodies: dict[str, list[str]] = {incident_id: [] for incident_id in ids}
        if bodies:
            for incident_id, body in self._all(_ALERTS_BY_INCIDENT, ids=sql.json_list(bodies)):
                bodies[str(incident_id)].append(str(body))
        return {
            incident_id: kept_models(AlertRecord, found) for incident_id, found in bodies.items()
        }

    def known_alerts(self, ids: Collection[str]) -> frozenset[str]:
        """Return those of these evidence ids that are stored."""
        wanted = sql.json_list(frozenset(ids))
        return frozenset(self._texts(_KNOWN_ALERTS, ids=wanted) if ids else ())

    def evidence_counts(self, incident_ids: Collection[str]) -> dict[str, int]:
        """Count each incident's evidence: alert states, changes, ticks, what people entered."""
        wanted = sql.json_list(incident_ids)
        found = self._all(_EVIDENCE_COUNTS, ids=wanted) if incident_ids else ()
        return {str(incident_id): int(count or 0) for incident_id, count in found}

    def incident_versions(self, ids: Collection[str]) -> dict[str, int]:
        """Tell the versions of those of these incidents that are stored."""
        found = self._all(_VERSIONS, ids=sql.json_list(ids)) if ids else ()
        return {str(incident_id): int(version or 0) for incident_id, version in found}

    def ledger_lengths(self, ids: Collection[str]) -> dict[str, int]:
        """Count the ledger lines of each of these incidents."""
        found = self._all(_LEDGER_LENGTHS, ids=sql.json_list(ids)) if ids else ()
        return dict.fromkeys(ids, 0) | {str(id_): int(length or 0) for id_, length in found}

    def changes_of(self, incident_id: str) -> tuple[ChangeRecord, ...]:
        """Return an incident's changes by (at, evidence_id)."""
        return models(ChangeRecord, self._texts(_CHANGES_OF, incident_id=incident_id))

    def ticks_of(self, incident_id: str) -> tuple[Tick, ...]:
        """Return an incident's ticks by (at, evidence_id)."""
        return models(Tick, self._texts(_TICKS_OF, incident_id=incident_id))

    def unassigned_alerts(self, pack_id: str, *, since: datetime) -> tuple[AlertRecord, ...]:
        """Return unassigned and noise alerts by (received_at, starts_at, evidence_id)."""
        found = self._texts(_UNASSIGNED, pack_id=pack_id, since=sql.instant(since))
        return kept_models(AlertRecord, found)

    def changes_between(
        self, pack_id: str, *, since: datetime, until: datetime
    ) -> tuple[ChangeRecord, ...]:
        """Return changes with since <= at <= until by (at, evidence_id)."""
        found = self._texts(
            _CHANGES_BETWEEN,
            pack_id=pack_id,
            since=sql.instant(since),
            until=sql.instant(until),
        )
        return models(ChangeRecord, found)

    def quarantined_alerts(
        self, principal: Principal, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Page over quarantined alerts, newest received first, then evidence_id.

        An alert with a component or a `site` label is shown to those who may read that.
        """
        after = (None, "") if cursor is None else read_cursor("quarantine", cursor, (str, str))
        rows = self._all(
            _QUARANTINED,
            before=after[0],
            after_id=after[1],
            sites=sql.principal_sites(principal),
            limit=checked_limit(limit) + 1,
        )
        return page("quarantine", AlertRecord, rows, limit=limit)

    def lane_counts(self, pack_id: str) -> dict[str, int]:
        """Count stored alert states per lane; every lane is a key."""
        counts = {lane.value: 0 for lane in Lane}
        return counts | {
            str(lane): int(count or 0) for lane, count in self._all(_LANE_COUNTS, pack_id=pack_id)
        }

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        """Return every heartbeat by (source, site), the one without a site first."""
        return models(Heartbeat, self._texts(_HEARTBEATS))

    def diagnosis(self, incident_id: str, revision: int | None = None) -> Diagnosis | None:
        """Return one revision, or the newest, or None."""
        body = self._text(_DIAGNOSIS, incident_id=incident_id, revision=revision)
        return None if body is None else diagnosis_of(body)

    def has_diagnosis(self, incident_id: str, revision: int) -> bool:
        """Tell whether a revision is stored."""
        return bool(self._all(_REVISION, incident_id=incident_id, revision=revision))

    def diagnoses(self, incident_id: str, *, newest: int | None = None) -> tuple[Diagnosis, ...]:
        """Return every revision, or the newest so many, oldest first."""
        limit = _ALL if newest is None else newest
        bodies = self._texts(_DIAGNOSES, incident_id=incident_id, newest=limit)
        return tuple(diagnosis_of(body) for body in bodies)

    def revision_tops(self, incident_id: str) -> tuple[RevisionTop, ...]:
        """Return what stood on top of every revision, oldest first."""
        return models(RevisionTop, self._texts(_REVISION_TOPS, incident_id=incident_id))

    def ledger(self, incident_id: str) -> tuple[LedgerEntry, ...]:
        """Return an incident's ledger by seq."""
        return kept_models(LedgerEntry, self._texts(_LEDGER, incident_id=incident_id))

    def observations_of(self, incident_id: str) -> tuple[Observation, ...]:
        """Return an incident's observations by (at, evidence_id), retracted ones included."""
        return models(Observation, self._texts(_OBSERVATIONS_OF, incident_id=incident_id))
