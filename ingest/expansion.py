"""What a compact topology expands to, while it grows: ids and relations, each with its place."""

from __future__ import annotations

import re
from collections import defaultdict
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
    globbed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_kind(self) -> dict[str, tuple[str, ...]]:
        """Local ids in natural order by kind, all of them under ""; read once all are in."""
        ordered = sorted(self.components, key=natural)
        groups = defaultdict[str, list[str]](list, {"": ordered})
        for name in ordered:
            groups[self.components[name].kind].append(name)
        return {kind: tuple(names) for kind, names in groups.items()}

    def with_source(self, source: SourceFile) -> Expansion:
        """Return the same components with errors that name another file."""
        return replace(self, source=source)

    def matching(self, pattern: str, at: Loc) -> tuple[str, ...]:
        """Return the local ids that an id, a glob (`*`) or `kind:glob` names, in natural order.

        Raises: InputError when there is none.
        """
        if "*" in pattern and pattern not in self.globbed:
            self.globbed[pattern] = self._globbed(pattern)
        found = self.globbed.get(pattern) or self._named(pattern)
        if not found:
            what = f"no component {pattern!r}; define it in topology.yaml or correct the name"
            raise self.source.fault(at, what)
        return found

    def _globbed(self, pattern: str) -> tuple[str, ...]:
        kind, _, glob = pattern.rpartition(":")
        match = re.compile(".*".join(re.escape(part) for part in glob.split("*"))).fullmatch
        return tuple(name for name in self.by_kind.get(kind, ()) if match(name))

    def _named(self, pattern: str) -> tuple[str, ...]:
        kind, _, name = pattern.rpartition(":")
        known = self.components.get(name)
        return (name,) if known is not None and kind in {"", known.kind} else ()

    def full(self, local_id: str) -> str:
        """Namespace a local id."""
        return f"{self.pack_id}:{local_id}"

    def add_component(self, at: Loc, local_id: str, /, **values: object) -> None:
        """Take in a component, or raise InputError on a bad, repeated or one-too-many id."""
        if not is_safe_id(self.full(local_id)) or not local_id or ":" in local_id:
            what = f"id {local_id!r} must be of a-z, 0-9, '_', '.', '-', at most 139"
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
