"""A call graph of tracing, read from files, as a pack: who calls whom, and of what kind each is.

Two forms: a CSV matrix (a row calls a column where the cell is not 0) and JSON
`{components: {...: [{name}]}, dependencies: [{source, target}]}`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import InputError, MalformedError
from graph.model.base import Text
from graph.model.library import FaultLibrary
from graph.model.pack import DomainPack
from graph.model.topology import Basis, Calendar, Component, Relation, RelationType

# A caller suffers from a broken callee in four cases of five; tracing shows calls that were made.
CALL_STRENGTH: Final = 0.8
CALL_CONFIDENCE: Final = 0.95
_FOREIGN: Final = re.compile(r"[^a-z0-9_.\-]+")


@dataclass(frozen=True)
class CallGraph:
    """Names as the source spells them, in its order, and (caller, callee) pairs."""

    names: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]


def read_matrix(text: str, *, name: str) -> CallGraph:
    """Read a square CSV matrix; loops of a node to itself are left out.

    Raises: MalformedError, InputError naming FILE:LINE.
    """
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows or len(rows[0]) < 2:
        raise MalformedError(f"{name}:1: must begin with an empty cell and the names of the nodes")
    heads = rows[0][1:]
    calls: list[tuple[str, str]] = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]) or row[0] not in heads:
            raise InputError(f"{name}:{number}: must be a node of the header and its cells")
        cells = zip(heads, row[1:], strict=True)
        calls += [(row[0], head) for head, cell in cells if _is_call(cell, f"{name}:{number}")]
    return make_graph(heads, calls)


def _is_call(cell: str, place: str) -> bool:
    try:
        return float(cell or 0.0) != 0.0
    except ValueError as error:
        raise InputError(f"{place}: {error}") from error


def read_dependencies(document: object, *, name: str) -> CallGraph:
    """Read the JSON form; a dependency's source calls its target.

    Raises: MalformedError; InputError for a dependency of an unknown component.
    """
    if not isinstance(document, dict) or not isinstance(document.get("components"), dict):
        raise MalformedError(f"{name}: must be an object with components and dependencies")
    listed = [entry for part in document["components"].values() for entry in part]
    names = [str(e.get("name") if isinstance(e, dict) else e) for e in listed]
    calls = [(str(d["source"]), str(d["target"])) for d in document.get("dependencies", ())]
    unknown = sorted({end for call in calls for end in call} - set(names))
    if unknown:
        raise InputError(f"{name}: dependencies: {unknown[0]!r} is no component")
    return make_graph(names, calls)


def make_graph(names: Iterable[str], calls: Iterable[tuple[str, str]]) -> CallGraph:
    """Put a graph together: repeated names, repeated calls and calls of oneself count once or not.

    >>> make_graph(["a", "b", "a"], [("a", "b"), ("b", "b"), ("a", "b")])
    CallGraph(names=('a', 'b'), calls=(('a', 'b'),))
    """
    pairs = dict.fromkeys((caller, callee) for caller, callee in calls if caller != callee)
    return CallGraph(tuple(dict.fromkeys(names)), tuple(pairs))


def slugs(names: Sequence[str]) -> dict[str, str]:
    """Make an id of each name; of several that would be alike the later ones get a number.

    >>> slugs(["PetSite", "petsite", "A::B"])
    {'PetSite': 'petsite', 'petsite': 'petsite-2', 'A::B': 'a-b'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = _FOREIGN.sub("-", name.lower()).strip("-")[:100] or "node"
        slug, number = plain, 2
        while slug in taken:
            slug, number = f"{plain}-{number}", number + 1
        taken.add(slug)
        found[name] = slug
    return found


def call_graph_pack(
    graph: CallGraph,
    *,
    pack_id: str,
    source: str,
    kinds: Mapping[str, str],
    library: FaultLibrary,
) -> DomainPack:
    """Make a pack of a call graph: every node a component with its name as alias.

    `kinds` names each node's kind of the library. Flows, SOPs and actions stay empty.

    Raises: InputError for a node without a kind, or of one that the library does not know.
    """
    known = {kind.id for kind in library.kinds}
    for name in graph.names:
        if kinds.get(name) not in known:
            raise InputError(
                f"{source}: {name!r} has no known kind ({kinds.get(name)!r}); name one"
            )
    ids = {name: f"{pack_id}:{slug}" for name, slug in slugs(graph.names).items()}
    components = [
        Component(id=ids[name], kind=kinds[name], name=Text(zh=name, en=name), aliases=(name,))
        for name in graph.names
    ]
    relations = [_call(ids[caller], ids[callee], source) for caller, callee in graph.calls]
    return DomainPack(
        id=pack_id,
        title=Text(zh=pack_id, en=pack_id),
        source=source,
        components=tuple(sorted(components, key=lambda c: c.id)),
        relations=tuple(sorted(relations, key=lambda r: (r.source, r.type, r.target))),
        flows=(),
        calendar=Calendar(timezone="UTC"),
        library=library,
    )


def _call(caller: str, callee: str, source: str) -> Relation:
    return Relation(
        source=caller,
        type=RelationType.CALLS,
        target=callee,
        strength=CALL_STRENGTH,
        confidence=CALL_CONFIDENCE,
        basis=Basis.ASSUMED,
        discovered_from=source,
    )
