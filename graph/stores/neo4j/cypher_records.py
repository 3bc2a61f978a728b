"""Cypher of records and remediations, each under the name of its SQL."""

from __future__ import annotations

from typing import Final

from graph.stores import record_rows, record_writes, remediation_rows
from graph.stores.neo4j.naming import of, visible

# SQLite says "all" by a negative limit.
_NEWEST: Final = "CASE WHEN $newest < 0 THEN 9223372036854775807 ELSE $newest END"

RECORDS: Final = of(
    record_rows,
    INCIDENT=f"MATCH (n:Incident {{id: $id}}) WHERE {visible('n')} RETURN n.body AS body",
    INCIDENTS=f"""
        MATCH (n:Incident)
        WHERE ($states IS NULL OR n.state IN $states)
          AND ($urgency IS NULL OR n.urgency_rank = $urgency)
          AND (n.urgency_rank > $after_rank OR (n.urgency_rank = $after_rank
               AND (n.began_at > $after_began_at
                    OR (n.began_at = $after_began_at AND n.id > $after_id))))
          AND {visible("n")}
        RETURN n.body AS body, n.urgency_rank AS urgency_rank, n.began_at AS began_at, n.id AS id
        ORDER BY urgency_rank, began_at, id LIMIT $limit""",
    ALERTS_OF="""
        MATCH (n:Alert {incident_id: $incident_id}) RETURN n.body AS body
        ORDER BY n.received_at, n.starts_at, n.evidence_id""",
    ALERTS_BY_INCIDENT="""
        MATCH (n:Alert) WHERE n.incident_id IN $ids
        RETURN n.incident_id AS incident_id, n.body AS body
        ORDER BY n.received_at, n.starts_at, n.evidence_id""",
    KNOWN_ALERTS="MATCH (n:Alert) WHERE n.evidence_id IN $ids RETURN n.evidence_id AS evidence_id",
    EVIDENCE_COUNTS="""
        UNWIND $ids AS id
        CALL (id) { MATCH (n:Alert {incident_id: id}) RETURN count(n) AS alerts }
        CALL (id) {
          MATCH (:Incident {id: id})<-[:EVIDENCE_OF]-(n:Change)
          RETURN count(n) + count(n.retracted_at) AS changes }
        CALL (id) { MATCH (n:Tick {incident_id: id}) RETURN count(n) AS ticks }
        CALL (id) {
          MATCH (n:Observation {incident_id: id})
          RETURN count(n) + count(n.retracted_at) AS entries }
        RETURN id AS id, alerts + changes + ticks + entries AS stored""",
    VERSIONS="MATCH (n:Incident) WHERE n.id IN $ids RETURN n.id AS id, n.version AS version",
    LEDGER_LENGTHS="""
        UNWIND $ids AS id MATCH (n:LedgerEntry {incident_id: id})
        WITH id, max(n.seq) AS length RETURN id AS id, length AS length""",
    UNASSIGNED="""
        MATCH (n:Alert {pack_id: $pack_id})
        WHERE n.lane IN ['unassigned', 'noise'] AND n.received_at >= $since
        RETURN n.body AS body ORDER BY n.received_at, n.starts_at, n.evidence_id""",
    # An alert that names a component or a site is read by those who may read that.
    QUARANTINED="""
        MATCH (n:Alert {lane: 'quarantine'})
        WHERE ($before IS NULL OR n.received_at < $before
               OR (n.received_at = $before AND n.evidence_id > $after_id))
          AND ($sites IS NULL OR (
            (n.site IS NULL OR n.site IN $sites)
            AND NOT EXISTS {
              MATCH (c:Component {id: n.component_id})
              WHERE c.visibility = 'site' AND NOT coalesce(c.site IN $sites, false) }))
        RETURN n.body AS body, n.received_at AS received_at, n.evidence_id AS evidence_id
        ORDER BY received_at DESC, evidence_id LIMIT $limit""",
    LANE_COUNTS="""
        MATCH (n:Alert {pack_id: $pack_id}) RETURN n.lane AS lane, count(n) AS stored""",
    CHANGES_OF="""
        MATCH (:Incident {id: $incident_id})<-[:EVIDENCE_OF]-(n:Change) RETURN n.body AS body
        ORDER BY n.at, n.evidence_id""",
    CHANGES_BETWEEN="""
        MATCH (n:Change {pack_id: $pack_id}) WHERE n.at >= $since AND n.at <= $until
        RETURN n.body AS body ORDER BY n.at, n.evidence_id""",
    TICKS_OF="""
        MATCH (n:Tick {incident_id: $incident_id}) RETURN n.body AS body
        ORDER BY n.at, n.evidence_id""",
    HEARTBEATS="""
        MATCH (n:Heartbeat) RETURN n.body AS body, n.source AS source, n.site_key AS site_key""",
    DIAGNOSIS="""
        MATCH (n:Diagnosis {incident_id: $incident_id})
        WHERE $revision IS NULL OR n.revision = $revision
        RETURN n.body AS body ORDER BY n.revision DESC LIMIT 1""",
    REVISION="""
        MATCH (n:Diagnosis {incident_id: $incident_id, revision: $revision})
        RETURN n.revision AS revision""",
    DIAGNOSES=f"""
        MATCH (n:Diagnosis {{incident_id: $incident_id}})
        WITH n ORDER BY n.revision DESC LIMIT {_NEWEST}
        RETURN n.body AS body ORDER BY n.revision""",
    REVISION_TOPS="""
        MATCH (n:Diagnosis {incident_id: $incident_id}) RETURN n.top AS top ORDER BY n.revision""",
    OBSERVATIONS_OF="""
        MATCH (n:Observation {incident_id: $incident_id}) RETURN n.body AS body
        ORDER BY n.at, n.evidence_id""",
    LEDGER="""
        MATCH (n:LedgerEntry {incident_id: $incident_id}) RETURN n.body AS body ORDER BY n.seq""",
)

RECORD_WRITES: Final = of(
    record_writes,
    CHANGE="""
        MATCH (n:Change {source: $source, change_id: $change_id})
        RETURN n.evidence_id AS evidence_id""",
    FORGET_CHANGE_LINKS="""
        MATCH (:Change {evidence_id: $evidence_id})-[r:EVIDENCE_OF]->(:Incident)
        DELETE r RETURN count(*) AS touched""",
    OBSERVATION="MATCH (n:Observation {evidence_id: $evidence_id}) RETURN n.body AS body",
)

ALERTS_BY_ID: Final = """
    MATCH (n:Alert) WHERE n.evidence_id IN $ids
    RETURN n.evidence_id AS evidence_id, n.body AS body"""

_REMEDIATIONS: Final = f"""
    MATCH (n:Remediation)
    WHERE ($statuses IS NULL OR n.status IN $statuses)
      AND ($incident_id IS NULL OR n.incident_id = $incident_id)
      AND ($before IS NULL OR n.requested_at < $before
           OR (n.requested_at = $before AND n.id > $after_id))
      AND EXISTS {{ MATCH (i:Incident {{id: n.incident_id}}) WHERE {visible("i")} }}
    RETURN n.body AS body, n.requested_at AS requested_at, n.id AS id
    ORDER BY requested_at DESC, id LIMIT $limit"""

REMEDIATIONS: Final = of(
    remediation_rows,
    REMEDIATION=f"""
        MATCH (n:Remediation {{id: $id}})
        WHERE EXISTS {{ MATCH (i:Incident {{id: n.incident_id}}) WHERE {visible("i")} }}
        RETURN n.body AS body""",
    REMEDIATIONS=_REMEDIATIONS,
    REMEDIATIONS_OF=_REMEDIATIONS,
    STORED="""
        MATCH (n:Remediation {id: $id})
        RETURN n.version AS version, n.incident_id AS incident_id""",
    STOP="MATCH (n:EmergencyStop) RETURN n.body AS body",
)
