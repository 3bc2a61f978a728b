"""What a compact topology expands to, while it grows: ids and relations, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from graph.model.base import is_safe_id
from graph.model.topology import Component, Relation, RelationType
from ingest.axes import natural
from ingest.yaml_source import Loc, SourceFile

COMPONENTS_AT_MOST: Final = 200_000
RELATIONS_AT_MOST: Final = 2_000_000

Key = tuple[str, str, str]


@dataclass
class Expansion:
    """The components by local id and the relations by (source, type, target), with their places."""

    pack_id: str
    source: SourceFile
    components: dict[str, Component] = field(default_factory=dict)
    relations: dict[Key, Relation] = field(default_factory=dict)
    places: dict[str | Key, Loc] = field(default_factory=dict)

    @cached_property
    def local_ids(self) -> tuple[str, ...]:
        """Every local id in natural order; read only once all components are in."""
        return tuple(sorted(self.components, key=natural))

    def with_source(self, source: SourceFile) -> Expansion:
        """Return the same components with errors that name another file."""
        return replace(self, source=source)

    def matching(self, pattern: str, at: Loc) -> tuple[str, ...]:
        """Return the local ids that an id, a glob (`*`) or `kind:glob` names, in natural order.

        Raises: InputError when there is none.
        """
        kind, _, glob = pattern.rpartition(":")
        found = self._globbed(glob) if "*" in glob else (glob,) if glob in self.components else ()
        if kind:
            found = tuple(name for name in found if self.components[name].kind == kind)
        if not found:
            what = f"no component {pattern!r}; define it in topology.yaml or correct the name"
            raise self.source.fault(at, what)
        return found

    def _globbed(self, glob: str) -> tuple[str, ...]:
        match = re.compile(".*".join(re.escape(part) for part in glob.split("*"))).fullmatch
        return tuple(name for name in self.local_ids if match(name))

    def full(self, local_id: str) -> str:
        """Namespace a local id."""
        return f"{self.pack_id}:{local_id}"

    def add_component(self, at: Loc, local_id: str, /, **values: object) -> None:
        """Take in a component, or raise InputError on a bad, repeated or one-too-many id."""
        if not is_safe_id(local_id) or ":" in local_id:
            what = f"id {local_id!r} must be 1..200 of a-z, 0-9, '_', '.', '-'"
            raise self.source.fault(at, what)
        if local_id in self.components:
            first, _ = self.source.place(self.places[local_id])
            raise self.source.fault(at, f"duplicate id {local_id!r}, first on line {first}")
        if len(self.components) >= COMPONENTS_AT_MOST:
            raise self.source.fault(at, f"more than {COMPONENTS_AT_MOST} components")
        self.components[local_id] = Component.model_validate({"id": self.full(local_id), **values})
        self.places[local_id] = at

    def add_relation(
        self, at: Loc, source: str, type: RelationType, target: str, **values: object
    ) -> None:
        """Take in a relation between local ids, or raise InputError."""
        key = (source, type.value, target)
        if key in self.relations:
            first, _ = self.source.place(self.places[key])
            what = f"duplicate relation {source} {type} {target}, first on line {first}"
            raise self.source.fault(at, what)
        if len(self.relations) >= RELATIONS_AT_MOST:
            raise self.source.fault(at, f"more than {RELATIONS_AT_MOST} relations")
        ends = {"source": self.full(source), "type": type, "target": self.full(target)}
        self.relations[key] = Relation.model_validate({**ends, **values})
        self.places[key] = at
