"""Cypher of SOP versions, cases and unanswered questions, each under the name of its SQL."""

from __future__ import annotations

from typing import Final

from graph.stores import knowledge_rows
from graph.stores.neo4j.naming import of

KNOWLEDGE: Final = of(
    knowledge_rows,
    SOP_VERSION="MATCH (n:SopVersion {id: $id}) RETURN n.body AS body",
    SOP_VERSIONS="""
        MATCH (n:SopVersion)
        WHERE ($sop_id IS NULL OR n.sop_id = $sop_id)
          AND ($statuses IS NULL OR n.status IN $statuses)
        RETURN n.body AS body, n.sop_id AS sop_id, n.revision AS revision
        ORDER BY sop_id, revision""",
    MOVES="MATCH (n:SopVersion {id: $id}) RETURN n.version AS version",
    IMPORTED_CASES="MATCH (n:ImportedCase) RETURN n.body AS body, n.id AS id ORDER BY id",
    QUESTION="MATCH (n:UnansweredQuestion {id: $id}) RETURN n.body AS body",
    QUESTIONS="MATCH (n:UnansweredQuestion) RETURN n.body AS body, n.id AS id ORDER BY id",
    QUESTION_COUNT="MATCH (n:UnansweredQuestion) RETURN count(n) AS number",
)
