"""What the doctor asks of a database: how much there is, and whether it hangs together."""

from __future__ import annotations

from pydantic import JsonValue

from graph.stores import schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j import cypher_topology as topology
from graph.stores.neo4j.connection import CypherConnection
from graph.stores.neo4j.joints import own_links


def examine(connection: CypherConnection) -> dict[str, JsonValue]:
    """Count every label, and say which records name what is not stored."""
    rows: dict[str, JsonValue] = {
        label.table: int(connection.execute(sql.count(label)).fetchall()[0][0] or 0)
        for label in schema.LABELS
    }
    faults = [
        f"{stray!s} {label.table} lack the {link.target} that they name"
        for label in schema.LABELS
        if label is not schema.CHANGE_EVIDENCE
        for link in own_links(label)
        if (stray := connection.read(labels.strays(label, link))[0][0])
    ]
    if doubled := connection.read(labels.DOUBLES)[0][0]:
        faults.append(f"{doubled!s} relations are stored more than once")
    unfound = [str(row[0]) for row in connection.read(topology.UNFOUND, pack_id=None)]
    faults += [
        f"{unfound.count(pack_id)} fault modes of pack {pack_id!r} are not joined with the checks "
        "that find them (FOUND_BY); load the pack anew"
        for pack_id in sorted(set(unfound))
    ]
    faults += [
        f"the load of pack {pack_id!r} was cut off; load it again"
        for (pack_id,) in connection.read(topology.STAGES)
    ]
    return {
        "schema_version": schema.SCHEMA_VERSION,
        "integrity": "ok" if not faults else "; ".join(faults),
        "rows": rows,
    }
