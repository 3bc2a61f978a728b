"""The indexes of the server that search asks: Lucene's full text, and its vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any, Final, cast

from graph.search_ports import AskedShelf, FoundByArms, HeldText, HeldVector
from graph.stores import sql
from graph.stores.neo4j import cypher_search as cypher
from graph.stores.neo4j.connections import Neo4jConnections

_BEST: Final = 200  # of each arm and shelf
_CLAUSES: Final = 800  # Lucene takes 1,024
_AT_ONCE: Final = 2_000  # nodes deleted in one transaction
_ROUND: Final = 6


class Neo4jArms:
    """`SearchArms` of a database, as `ddl.bring_up_to_date` left it."""

    dimension: Final = cypher.DIMENSION

    def __init__(self, connections: Neo4jConnections) -> None:
        """Use the connections of the store."""
        self._connections: Final = connections

    def mark(self) -> str | None:
        """Give the digest of what is held; None before it is whole."""
        rows = self._connections.read(lambda c: c.read(cypher.READ_MARK))
        return str(rows[0][0]) if rows else None

    def begin(
        self, keys: Collection[str], contents: Collection[int], *, model: str
    ) -> tuple[frozenset[str], frozenset[int]]:
        """Begin to write: no digest, and of what is held only these texts and vectors of a model.

        Returns the keys and the contents that are held already.
        """
        self._run(cypher.UNMARK)
        while self._run(cypher.FORGET_OTHER_MODELS, model=model, most=_AT_ONCE):
            pass
        held_keys = {str(key) for key in self._column(cypher.READ_KEYS)}
        held_contents = {int(one or 0) for one in self._column(cypher.READ_CONTENTS)}
        for some in _batches(sorted(held_keys.difference(keys))):
            self._run(cypher.FORGET_TEXTS, keys=some)
        for few in _batches(sorted(held_contents.difference(contents))):
            self._run(cypher.FORGET_VECTORS, contents=few)
        return frozenset(held_keys.intersection(keys)), frozenset(
            held_contents.intersection(contents)
        )

    def write(
        self, texts: Sequence[HeldText], vectors: Sequence[HeldVector], *, model: str
    ) -> None:
        """Hold these too; some hundreds at once."""
        if texts:
            self._run(cypher.WRITE_TEXTS, rows=[_properties(text) for text in texts])
        if vectors:
            rows = [{"content": one.content, "vector": list(one.vector)} for one in vectors]
            self._run(cypher.WRITE_VECTORS, rows=rows, model=model)

    def finish(self, digest: str) -> None:
        """Mark what is held as whole."""
        self._run(cypher.FINISH, digest=digest)

    def look(
        self,
        digest: str,
        asked: Sequence[AskedShelf],
        *,
        vector: Sequence[float] | None,
        near: int,
    ) -> FoundByArms | None:
        """Give the best 200 of each shelf by words and by letters, and the `near` nearest."""
        given: dict[str, object] = {
            "digest": digest,
            "asked": [question for one in asked for question in _questions(one)],
            "vectors": [] if vector is None else [list(vector)],
            "limit": _BEST,
            "near": near,
        }
        fits, texts, nearest = self._connections.read(lambda c: c.read(cypher.LOOK, **given))[0]
        if not fits:
            return None
        ids: dict[str, frozenset[str]] = {}
        cut = set()
        for shelf, found in cast(Any, texts):
            ids[shelf] = ids.get(shelf, frozenset()).union(found)
            if len(found) >= _BEST:
                cut.add(shelf)
        # The server gives (1 + cosine) / 2.
        cosines = [(one, round(2.0 * score - 1.0, _ROUND)) for one, score in cast(Any, nearest)]
        return FoundByArms(ids, frozenset(cut), cosines)

    def _column(self, text: str) -> list[sql.Value]:
        return [row[0] for row in self._connections.read(lambda c: c.read(text))]

    def _run(self, text: str, **parameters: object) -> int:
        rows = self._connections.write(lambda c: c.read(text, **parameters))
        return int(rows[0][0] or 0) if rows else 0


def _properties(text: HeldText) -> dict[str, object]:
    told = {
        "id": text.id,
        text.shelf: text.words,
        f"{text.shelf}{cypher.LETTERS}": text.letters,
    }
    return {"key": text.key, "properties": told}


def _questions(asked: AskedShelf) -> list[dict[str, object]]:
    """Say in Lucene's words what is looked for on a shelf, by words and by letters."""
    fields = ((asked.shelf, asked.words), (f"{asked.shelf}{cypher.LETTERS}", asked.letters))
    return [
        {"shelf": asked.shelf, "query": f"{field}:({_clauses(pieces)})"}
        for field, pieces in fields
        if pieces
    ]


def _clauses(pieces: Mapping[str, float]) -> str:
    """Ask for any of these; a piece within quotes means nothing to Lucene but itself."""
    return " ".join(
        f'"{_escaped(piece)}"^{weight:.4f}' for piece, weight in islice(pieces.items(), _CLAUSES)
    )


def _escaped(piece: str) -> str:
    return piece.replace("\\", "\\\\").replace('"', '\\"')


def _batches(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE)]
