"""Rows of packs: components and relations one by one, everything else by its pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import Final, TypeVar

from pydantic import TypeAdapter

from graph.errors import InputError, NotFoundError
from graph.model.access import Principal
from graph.model.base import Model
from graph.model.digest import library_digest
from graph.model.pack import DomainPack, LoadCounts
from graph.model.topology import Component, Relation, RelationType, Subgraph
from graph.ports import PackHeader
from graph.stores import schema, sql
from graph.stores.pack_moves import all_new, counted, moves_of
from graph.stores.pack_rows import (
    PackRow,
    PackRows,
    all_named,
    parts_of,
    read_head,
    read_pack,
)
from graph.stores.schema import RELATION
from graph.stores.shapes import Label
from graph.traverse import TopologyView

M = TypeVar("M", bound=Model)

_COMPONENTS: Final = TypeAdapter(tuple[Component, ...])
_RELATIONS: Final = TypeAdapter(tuple[Relation, ...])

_SOURCE: Final = attrgetter("source")
_TARGET: Final = attrgetter("target")
_HEADERS: Final = """
    SELECT id, topology_revision, library_digest, content_digest, components, relations
    FROM packs ORDER BY id"""
_PACK: Final = "SELECT content_digest, topology_revision FROM packs WHERE id = :pack_id"
_COMPONENT: Final = f"SELECT body FROM components WHERE id = :id AND {sql.VISIBLE}"
_FOUND: Final = f"""
    SELECT components.id, packs.id, packs.topology_revision
    FROM components JOIN packs ON packs.id = components.pack_id
    WHERE components.id IN (SELECT value FROM json_each(:ids)) AND {sql.VISIBLE}"""
_HIDDEN: Final = f"SELECT id FROM components WHERE pack_id = :pack_id AND NOT {sql.VISIBLE}"
_COMPONENTS_OF: Final = """
    SELECT body FROM components WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id"""
_RELATIONS_OF: Final = """
    SELECT body FROM json_each(:edges) AS edge CROSS JOIN relations
    ON pack_id = :pack_id AND source = edge.value ->> 0
      AND relations.type = edge.value ->> 1 AND target = edge.value ->> 2
    ORDER BY source, relations.type, target"""
_IDS: Final = "SELECT id FROM components WHERE pack_id = :pack_id ORDER BY id"
_EDGES: Final = """
    SELECT source, type, target FROM relations WHERE pack_id = :pack_id
    ORDER BY source, type, target"""


_CutQuestions = tuple[sql.Question, sql.Question]


class TopologyReads(sql.Rows):
    """`TopologyReader` on rows."""

    def packs(self) -> tuple[PackHeader, ...]:
        """List loaded packs in id order."""
        return tuple(
            PackHeader(
                id=str(id_),
                topology_revision=str(revision),
                library_digest=str(library),
                content_digest=str(content),
                components=int(components or 0),
                relations=int(relations or 0),
            )
            for id_, revision, library, content, components, relations in self._all(_HEADERS)
        )

    def pack(self, pack_id: str) -> DomainPack:
        """Return the whole pack, read once per content; NotFoundError."""
        with self._snapshot() as connection:
            digest, _ = _digests(connection, pack_id)
            return self._cache.pack(pack_id, digest, lambda: read_pack(connection, pack_id))

    def component(self, principal: Principal, component_id: str) -> Component:
        """Return one visible component, or NotFoundError."""
        sites = sql.principal_sites(principal)
        body = self._text(_COMPONENT, id=component_id, sites=sites)
        if body is None:
            raise _no_component([component_id])
        return Component.model_validate_json(body)

    def neighbourhood(
        self,
        principal: Principal,
        component_ids: Sequence[str],
        *,
        hops: int,
        types: frozenset[RelationType] | None = None,
        limit: int = 150,
    ) -> Subgraph:
        """Cut `hops` (0..5) undirected hops round the ids, nearest first, ties by id.

        Without ids the cut is empty. What the principal may not see is not walked through.

        Raises:
            NotFoundError: an id is not stored or may not be seen.
            InputError: ids of more than one pack, or `hops` out of range.
        """
        if not component_ids:
            return Subgraph(topology_revision="", components=(), relations=())
        sites = sql.principal_sites(principal)
        walk = partial(TopologyView.neighbourhood, hops=hops, types=types, limit=limit)
        with self._snapshot() as connection:
            ahead = None if sites else self._cut_ahead(connection, component_ids, walk, types)
            pack_id, revision = _pack_of(connection, component_ids, sites=sites)
            view = self._view(connection, pack_id, revision)
            if ahead is not None and ahead[0] is view:
                return _cut(connection, revision, ahead[1])
            hidden = _hidden(connection, pack_id, sites=sites) if sites else set()
            ids = walk(view, component_ids, hidden=hidden)
            questions = _cut_questions(pack_id, view, ids, types)
            self._read_ahead(connection, questions)
            return _cut(connection, revision, questions)

    def _cut_ahead(
        self,
        connection: sql.Connection,
        component_ids: Sequence[str],
        walk: Callable[[TopologyView, Sequence[str]], tuple[str, ...]],
        types: frozenset[RelationType] | None,
    ) -> tuple[TopologyView, _CutQuestions] | None:
        """Say what is asked next if the graph is still as it was read last; None for an unknown."""
        if (known := self._cache.holding(component_ids)) is None:
            return None
        pack_id, view = known
        questions = _cut_questions(pack_id, view, walk(view, component_ids), types)
        self._read_ahead(connection, [_found_question(component_ids, None), *questions])
        return view, questions

    def _view(self, connection: sql.Connection, pack_id: str, revision: str) -> TopologyView:
        return self._cache.view(
            pack_id, revision, lambda: _read_view(connection, pack_id, revision)
        )


class TopologyWrites(TopologyReads):
    """`TopologyReads`, and the one write of a pack."""

    def replace_pack(self, pack: DomainPack) -> LoadCounts:
        """Make the stored pack equal to `pack`, writing only what differs.

        Raises: InputError if a relation names what is not in the pack.
        """
        parts = self._cache.parts(pack, parts_of)
        self._cache.forget_parts()
        content = parts.content_digest
        with self._snapshot() as connection:
            stored = connection.execute(_PACK, {"pack_id": pack.id}).fetchall()
            if stored and stored[0][0] == content:
                return LoadCounts(unchanged=parts.count())
            check_endpoints(pack)
            left = parts if stored else self._unwritten(connection, pack.id, parts)
            turned = bool(stored) and read_head(connection, pack.id) != parts.head
            connection.execute(sql.upsert(schema.PACK), _header_row(pack, parts, content=content))
            # Relations join what is there: they come last and go first.
            in_order = sorted(left.by_label(), key=lambda part: part[0] is RELATION)
            moves = [
                moves_of(connection, pack.id, label, rows) if stored else all_new(label, rows)
                for label, rows in in_order
            ]
            for move in reversed(moves):
                connection.executemany(sql.delete(move.label), move.keys_gone())
            for move in moves:
                connection.executemany(sql.update(move.label), all_named(move.label, move.changed))
                self._insert(connection, move.label, move.added)
            return counted(moves, turned=turned, ahead=parts.count() - left.count())

    def _unwritten(self, connection: sql.Connection, pack_id: str, parts: PackRows) -> PackRows:
        """Give the rows of a pack that is not loaded which are not written ahead of it."""
        return parts

    def _insert(self, connection: sql.Connection, label: Label, rows: Sequence[PackRow]) -> None:
        """Write the new rows of a label, in key order."""
        connection.executemany(sql.insert(label), all_named(label, rows))


def _header_row(pack: DomainPack, parts: PackRows, *, content: str) -> dict[str, sql.Value]:
    return {
        "id": pack.id,
        "topology_revision": parts.topology_revision(pack.calendar),
        "library_digest": library_digest(pack),
        "content_digest": content,
        "components": len(pack.components),
        "relations": len(pack.relations),
        "body": parts.head,
    }


def check_endpoints(pack: DomainPack) -> None:
    """Raise InputError where a relation names what is not in the pack."""
    known = {component.id for component in pack.components}
    known |= {flow.id for flow in pack.flows}
    known |= {step.id for flow in pack.flows for step in flow.steps}
    if known.issuperset(map(_SOURCE, pack.relations)) and known.issuperset(
        map(_TARGET, pack.relations)
    ):
        return
    for relation in pack.relations:
        for end in (relation.source, relation.target):
            if end not in known:
                raise InputError(
                    f"pack {pack.id!r}: relation {relation.source!r} {relation.type} "
                    f"{relation.target!r} names {end!r}, which the pack lacks; add or rename it"
                )


def _digests(connection: sql.Connection, pack_id: str) -> tuple[str, str]:
    found = connection.execute(_PACK, {"pack_id": pack_id}).fetchall()
    if not found:
        raise NotFoundError(f"pack {pack_id!r} is not loaded; run `etiograph load`")
    return str(found[0][0]), str(found[0][1])


def _read_view(connection: sql.Connection, pack_id: str, revision: str) -> TopologyView:
    values: dict[str, sql.Value] = {"pack_id": pack_id}
    ids = (str(row[0]) for row in connection.execute(_IDS, values).fetchall())
    edges = connection.execute(_EDGES, values).fetchall()
    kinds = {str(kind): kind for kind in RelationType}
    joined = ((str(source), kinds[str(type_)], str(target)) for source, type_, target in edges)
    return TopologyView(revision, ids, joined)


def _hidden(connection: sql.Connection, pack_id: str, *, sites: str | None) -> set[str]:
    found = connection.execute(_HIDDEN, {"pack_id": pack_id, "sites": sites}).fetchall()
    return {str(row[0]) for row in found}


def _pack_of(
    connection: sql.Connection, ids: Iterable[str], *, sites: str | None
) -> tuple[str, str]:
    """Find the pack of components, and its topology revision."""
    rows = connection.execute(*_found_question(ids, sites)).fetchall()
    found = {str(id_): (str(pack_id), str(revision)) for id_, pack_id, revision in rows}
    if missing := sorted(set(ids) - found.keys()):
        raise _no_component(missing)
    packs = sorted(set(found.values()))
    if len(packs) > 1:
        names = [pack_id for pack_id, _ in packs]
        raise InputError(f"components of several packs {names} have no neighbourhood; ask by pack")
    return packs[0]


def _found_question(ids: Iterable[str], sites: str | None) -> sql.Question:
    return _FOUND, {"ids": sql.json_list(set(ids)), "sites": sites}


def _cut_questions(
    pack_id: str, view: TopologyView, ids: Sequence[str], types: frozenset[RelationType] | None
) -> _CutQuestions:
    edges = view.edges_among(ids, types)
    among: dict[str, sql.Value] = {"pack_id": pack_id, "edges": sql.json_rows(edges)}
    return (_COMPONENTS_OF, {"ids": sql.json_list(ids)}), (_RELATIONS_OF, among)


def _cut(connection: sql.Connection, revision: str, questions: _CutQuestions) -> Subgraph:
    components, relations = questions
    return Subgraph(
        topology_revision=revision,
        components=_models(_COMPONENTS, connection.execute(*components)),
        relations=_models(_RELATIONS, connection.execute(*relations)),
    )


def _models(kind: TypeAdapter[tuple[M, ...]], rows: Iterable[sql.Row]) -> tuple[M, ...]:
    return kind.validate_json(f"[{','.join([str(row[0]) for row in rows])}]")


def _no_component(ids: Sequence[str]) -> NotFoundError:
    return NotFoundError(f"component {', '.join(map(repr, ids[:5]))} is not stored; check the id")
