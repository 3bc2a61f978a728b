"""The way forward for files of older versions; a step is never changed once released.

The statements stand here as text and not as calls of `ddl`, so that a later change of the schema
table leaves the steps before it as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Migration:
    """Statements that bring a file of version `to - 1` to version `to`."""

    to: int
    statements: tuple[str, ...]


# Actions, policies, observations, remediations, the emergency stop, the audit log.
_TO_2: Final = Migration(
    2,
    (
        'CREATE TABLE actions ("pack_id" TEXT NOT NULL, "id" TEXT NOT NULL, "body" TEXT '
        "NOT NULL, PRIMARY KEY (pack_id, id), FOREIGN KEY (pack_id) REFERENCES packs "
        "(id) DEFERRABLE INITIALLY DEFERRED) STRICT",
        'CREATE TABLE policies ("pack_id" TEXT NOT NULL, "id" TEXT NOT NULL, "body" '
        "TEXT NOT NULL, PRIMARY KEY (pack_id, id), FOREIGN KEY (pack_id) REFERENCES "
        "packs (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
        'CREATE TABLE observations ("evidence_id" TEXT NOT NULL, "incident_id" TEXT NOT '
        'NULL, "at" TEXT NOT NULL, "body" TEXT NOT NULL, PRIMARY KEY (evidence_id), '
        "FOREIGN KEY (incident_id) REFERENCES incidents (id) DEFERRABLE INITIALLY "
        "DEFERRED) STRICT",
        'CREATE TABLE remediations ("id" TEXT NOT NULL, "incident_id" TEXT NOT NULL, '
        '"status" TEXT NOT NULL, "requested_at" TEXT NOT NULL, "version" INTEGER NOT '
        'NULL, "body" TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY (incident_id) '
        "REFERENCES incidents (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
        'CREATE TABLE emergency_stop ("id" TEXT NOT NULL, "body" TEXT NOT NULL, PRIMARY '
        "KEY (id)) STRICT",
        'CREATE TABLE audit ("seq" INTEGER NOT NULL, "hash" TEXT NOT NULL, "body" TEXT '
        "NOT NULL, PRIMARY KEY (seq)) STRICT",
        "CREATE INDEX observations_by_incident_id_at_evidence_id ON observations "
        '("incident_id", "at", "evidence_id")',
        'CREATE INDEX remediations_by_requested_at_id ON remediations ("requested_at", "id")',
        "CREATE INDEX remediations_by_incident_id_requested_at_id ON remediations "
        '("incident_id", "requested_at", "id")',
    ),
)

# Grants by two people, and the seal of set-up.
_TO_3: Final = Migration(
    3,
    (
        'CREATE TABLE grants ("id" TEXT NOT NULL, "status" TEXT NOT NULL, "asked_at" TEXT '
        'NOT NULL, "version" INTEGER NOT NULL, "body" TEXT NOT NULL, PRIMARY KEY (id)) STRICT',
        'CREATE TABLE seal ("id" TEXT NOT NULL, "body" TEXT NOT NULL, PRIMARY KEY (id)) STRICT',
        'CREATE INDEX grants_by_asked_at_id ON grants ("asked_at", "id")',
    ),
)

# The epoch: which life a store is in, begun by a rebuild, ended by moving out. Checks say how long
# an answer counts; written out, the same pack loaded again changes nothing.
_TO_4: Final = Migration(
    4,
    (
        'CREATE TABLE epoch ("id" TEXT NOT NULL, "body" TEXT NOT NULL, PRIMARY KEY (id)) STRICT',
        "UPDATE checks SET body = json_set(body, '$.valid_for_s', 1800) "
        "WHERE body ->> '$.valid_for_s' IS NULL",
    ),
)

# Fault modes say the first steps, checks what yes and no mean; written out as above.
_TO_5: Final = Migration(
    5,
    (
        "UPDATE fault_modes SET body = json_set(body, '$.first_steps', json('null')) "
        "WHERE json_type(body, '$.first_steps') IS NULL",
        "UPDATE checks SET body = json_set(body, '$.if_yes', json('null'), '$.if_no', "
        "json('null')) "
        "WHERE json_type(body, '$.if_yes') IS NULL",
    ),
)

# Versions of SOPs that were taken in from documents, and imported cases; names that rules have
# elsewhere, and which of them are not loaded, written out as above.
_TO_6: Final = Migration(
    6,
    (
        'CREATE TABLE sop_versions ("id" TEXT NOT NULL, "sop_id" TEXT NOT NULL, "revision" '
        'INTEGER NOT NULL, "status" TEXT NOT NULL, "version" INTEGER NOT NULL, "body" TEXT '
        "NOT NULL, PRIMARY KEY (id)) STRICT",
        'CREATE TABLE imported_cases ("id" TEXT NOT NULL, "body" TEXT NOT NULL, PRIMARY KEY '
        "(id)) STRICT",
        "CREATE UNIQUE INDEX sop_versions_by_sop_id_revision ON sop_versions "
        '("sop_id", "revision")',
        "UPDATE alert_types SET body = json_set(body, '$.aliases', json('[]'), '$.speaks_only', "
        "json('false')) "
        "WHERE json_type(body, '$.aliases') IS NULL",
        "UPDATE packs SET body = json_set(body, '$.settings.absent_rules', json('[]')) "
        "WHERE json_type(body, '$.settings.absent_rules') IS NULL",
        # Nothing ever looked a relation up by one of its ends alone; filling them took its time.
        "DROP INDEX IF EXISTS relations_by_source",
        "DROP INDEX IF EXISTS relations_by_target",
    ),
)

# Questions that no SOP answered, counted.
_TO_7: Final = Migration(
    7,
    (
        'CREATE TABLE unanswered_questions ("id" TEXT NOT NULL, "body" TEXT NOT NULL, PRIMARY KEY '
        "(id)) STRICT",
    ),
)

MIGRATIONS: Final[tuple[Migration, ...]] = (_TO_2, _TO_3, _TO_4, _TO_5, _TO_6, _TO_7)
