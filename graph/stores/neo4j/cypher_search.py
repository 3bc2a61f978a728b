"""Cypher of the indexes that search asks: full text of words and letters, and vectors."""

from __future__ import annotations

from typing import Final

TEXT: Final = "SearchText"
PASSAGE: Final = "SearchPassage"
MARK: Final = "SearchMark"
DIMENSION: Final = 512  # of the encoder of the default install
SHELVES: Final = ("sop_zh", "sop_en", "case_zh", "case_en")
LETTERS: Final = "_letters"
# Their names carry their form: another form is another index, and the old one is never asked.
TEXTS_INDEX: Final = "search_texts_1"
VECTORS_INDEX: Final = f"search_vectors_{DIMENSION}"

_FIELDS: Final = ", ".join(f"n.{shelf}{arm}" for shelf in SHELVES for arm in ("", LETTERS))
MAKE_INDEXES: Final = {
    TEXTS_INDEX: f"""
        CREATE FULLTEXT INDEX {TEXTS_INDEX} IF NOT EXISTS
        FOR (n:{TEXT}) ON EACH [{_FIELDS}]
        OPTIONS {{indexConfig: {{`fulltext.analyzer`: 'whitespace'}}}}""",
    # Without quantization: scores are the cosines themselves.
    VECTORS_INDEX: f"""
        CREATE VECTOR INDEX {VECTORS_INDEX} IF NOT EXISTS
        FOR (n:{PASSAGE}) ON (n.vector)
        OPTIONS {{indexConfig: {{
          `vector.dimensions`: {DIMENSION},
          `vector.similarity_function`: 'cosine',
          `vector.quantization.enabled`: false
        }}}}""",
}
SHOW_INDEXES: Final = """
    SHOW INDEXES YIELD name, type WHERE type IN ['FULLTEXT', 'VECTOR'] RETURN name AS name"""

READ_MARK: Final = "MATCH (m:SearchMark {id: 'search'}) RETURN m.digest AS digest"
READ_KEYS: Final = "MATCH (n:SearchText) RETURN n.key AS key"
READ_CONTENTS: Final = "MATCH (n:SearchPassage) RETURN n.content AS content"
UNMARK: Final = "MATCH (m:SearchMark {id: 'search'}) DELETE m RETURN count(*) AS touched"
FORGET_TEXTS: Final = """
    UNWIND $keys AS key
    MATCH (n:SearchText {key: key}) DELETE n
    RETURN count(*) AS touched"""
FORGET_VECTORS: Final = """
    UNWIND $contents AS content
    MATCH (n:SearchPassage {content: content}) DELETE n
    RETURN count(*) AS touched"""
FORGET_OTHER_MODELS: Final = """
    MATCH (n:SearchPassage) WHERE n.model <> $model
    WITH n LIMIT $most
    DELETE n
    RETURN count(*) AS touched"""
WRITE_TEXTS: Final = """
    UNWIND $rows AS row
    MERGE (n:SearchText {key: row.key})
    SET n += row.properties
    RETURN count(*) AS touched"""
WRITE_VECTORS: Final = """
    UNWIND $rows AS row
    MERGE (n:SearchPassage {content: row.content})
    SET n.model = $model
    WITH n, row
    CALL db.create.setNodeVectorProperty(n, 'vector', row.vector)
    RETURN count(*) AS touched"""
FINISH: Final = """
    MERGE (m:SearchMark {id: 'search'})
    SET m.digest = $digest
    RETURN count(*) AS touched"""
LOOK: Final = f"""
    OPTIONAL MATCH (m:SearchMark {{id: 'search'}})
    WITH coalesce(m.digest = $digest, false) AS fits
    CALL (fits) {{
      UNWIND CASE WHEN fits THEN $asked ELSE [] END AS asked
      CALL (asked) {{
        CALL db.index.fulltext.queryNodes('{TEXTS_INDEX}', asked.query, {{limit: $limit}})
        YIELD node
        RETURN collect(node.id) AS ids
      }}
      RETURN collect([asked.shelf, ids]) AS texts
    }}
    CALL (fits) {{
      UNWIND CASE WHEN fits THEN $vectors ELSE [] END AS vector
      CALL db.index.vector.queryNodes('{VECTORS_INDEX}', $near, vector) YIELD node, score
      RETURN collect([node.content, score]) AS near
    }}
    RETURN fits AS fits, texts AS texts, near AS near"""
