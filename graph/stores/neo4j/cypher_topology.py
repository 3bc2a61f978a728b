"""Cypher of packs and their graph, each under the name of its SQL."""

from __future__ import annotations

from typing import Final

from graph.stores import pack_rows, topology_rows
from graph.stores.neo4j.cypher_labels import LOADED, STEP, TOPOLOGY
from graph.stores.neo4j.naming import of, visible

PACKS: Final = of(pack_rows, HEAD="MATCH (n:Pack {id: $pack_id}) RETURN n.body AS body")

TOPOLOGY_READS: Final = of(
    topology_rows,
    HEADERS="""
        MATCH (n:Pack)
        RETURN n.id AS id, n.topology_revision AS topology_revision,
          n.library_digest AS library_digest, n.content_digest AS content_digest,
          n.components AS components, n.relations AS relations
        ORDER BY id""",
    PACK="""
        MATCH (n:Pack {id: $pack_id})
        RETURN n.content_digest AS content_digest, n.topology_revision AS topology_revision""",
    COMPONENT=f"""
        MATCH (n:Component {{id: $id}}) WHERE {visible("n")} AND {LOADED.format("n")}
        RETURN n.body AS body""",
    FOUND=f"""
        MATCH (n:Component) WHERE n.id IN $ids AND {visible("n")}
        MATCH (p:Pack {{id: n.pack_id}})
        RETURN n.id AS id, p.id AS pack_id, p.topology_revision AS topology_revision""",
    HIDDEN=f"""
        MATCH (n:Component {{pack_id: $pack_id}}) WHERE NOT {visible("n")} RETURN n.id AS id""",
)
# Columns of bodies, and of what orders them after.
BODIES: Final = of(
    topology_rows,
    COMPONENTS_OF="""
        MATCH (n:Component) WHERE n.id IN $ids
        RETURN collect(n.body) AS bodies, collect(n.id) AS ids""",
    # By source: looking up each relation by both of its ends takes twice as long.
    RELATIONS_OF=f"""
        UNWIND $edges AS edge WITH edge[0] AS source, collect([edge[1], edge[2]]) AS ends
        MATCH (a:{TOPOLOGY} {{id: source}})-[r]->(b:{TOPOLOGY})
        WHERE r.body IS NOT NULL AND [type(r), b.id] IN ends
        RETURN collect(r.body) AS bodies,
          collect(a.id) AS sources, collect(type(r)) AS types, collect(b.id) AS targets""",
)
# Read in the order of their columns.
UNWOUND: Final = of(
    topology_rows,
    IDS="MATCH (n:Component {pack_id: $pack_id}) RETURN collect(n.id) AS ids",
    EDGES=f"""
        MATCH (a:{TOPOLOGY} {{pack_id: $pack_id}})-[r]->(b) WHERE r.body IS NOT NULL
        WITH a.id AS source, collect(type(r)) AS types, collect(b.id) AS targets
        RETURN [target IN targets | source] AS sources, types, targets""",
)

# What goes in ahead of a big pack (staging).
PACK_ID: Final = "MATCH (n:Pack {id: $pack_id}) RETURN n.id AS id"
STAGE: Final = """
    MATCH (s:PackStage {pack_id: $pack_id})
    RETURN s.content_digest AS content_digest, s.written AS written"""
STAGES: Final = "MATCH (s:PackStage) RETURN s.pack_id AS pack_id ORDER BY pack_id"
MARK_STAGE: Final = """
    MERGE (s:PackStage {pack_id: $pack_id})
    SET s.content_digest = $content_digest, s.written = $written
    RETURN s.written AS written"""
FORGET_STAGE: Final = "MATCH (s:PackStage {pack_id: $pack_id}) DELETE s RETURN count(*) AS gone"
SWEEP_STAGE: Final = """
    MATCH (n:Component {pack_id: $pack_id}) WITH n LIMIT $most
    DETACH DELETE n RETURN count(*) AS gone"""

# Rebuilt by versions that wrote fault modes before their checks, a store lacks what joins them.
UNFOUND: Final = """
    MATCH (n:FaultMode) WHERE $pack_id IS NULL OR n.pack_id = $pack_id
    UNWIND n.check_ids AS check_id
    WITH n, check_id
    WHERE NOT EXISTS { MATCH (n)-[:FOUND_BY]->(check:Check) WHERE check.id = check_id }
    RETURN DISTINCT n.pack_id AS pack_id, n.id AS id ORDER BY pack_id, id"""

# The steps of flows, which are written inside the body of their flow.
PUT_STEPS: Final = f"""
    UNWIND $rows AS row
    MATCH (flow:BusinessFlow {{pack_id: row.pack_id, id: row.flow_id}})
    MERGE (step:{STEP} {{pack_id: row.pack_id, id: row.id}})
    SET step:{TOPOLOGY}, step += row.properties
    MERGE (flow)-[:HAS_STEP]->(step)
    RETURN count(step) AS touched"""
FORGET_STEPS: Final = f"""
    UNWIND $rows AS row
    MATCH (:BusinessFlow {{pack_id: row.pack_id, id: row.id}})-[:HAS_STEP]->(step:{STEP})
    WHERE NOT step.id IN row.kept
    DETACH DELETE step RETURN count(*) AS touched"""
FORGET_USES: Final = f"""
    UNWIND $rows AS row
    MATCH (:BusinessFlow {{pack_id: row.pack_id, id: row.id}})-[:HAS_STEP]->(:{STEP})
      -[r:USES|PRECEDES]->()
    WHERE r.body IS NULL
    DELETE r RETURN count(*) AS touched"""
PUT_USES: Final = f"""
    UNWIND $rows AS row
    MATCH (step:{STEP} {{pack_id: row.pack_id, id: row.id}})
    MATCH (component:Component {{id: row.component_id}})
    CREATE (step)-[:USES {{strength: row.strength}}]->(component)
    RETURN count(*) AS touched"""
PUT_ORDER: Final = f"""
    UNWIND $rows AS row
    MATCH (step:{STEP} {{pack_id: row.pack_id, id: row.id}})
    MATCH (next:{STEP} {{pack_id: row.pack_id, id: row.next_id}})
    CREATE (step)-[:PRECEDES]->(next)
    RETURN count(*) AS touched"""
