"""The parts of the Neo4j store: its Cypher, its schema, its connections."""
