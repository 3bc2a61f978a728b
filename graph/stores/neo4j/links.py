"""Links of one transaction: made at its end, when everything that they join is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from graph.errors import ConflictError
from graph.stores import schema, sql
from graph.stores.neo4j import cypher_labels as labels
from graph.stores.neo4j.joints import own_links
from graph.stores.neo4j.looks import SIGHTS, Properties, body_of, sights_of
from graph.stores.shapes import Label

RowParameters = Mapping[str, object]
Run = Callable[[str, list[RowParameters]], int]

_CHANGE_JOINT: Final = ("Change", "EVIDENCE_OF", "Incident")
_PACK_PARTS: Final = frozenset({"ComponentKind", "Check", "FaultMode"})
_BY_NAME: Final = {label.name: label for label in schema.LABELS}

Key = tuple[sql.Value, ...]
Joint = tuple[str, str, str]


class Links:
    """What a transaction's records name; `settle` joins them, and refuses what names nothing."""

    def __init__(self, run: Run) -> None:
        """Take how to run a statement on rows; returns how many it touched."""
        self._run: Final = run
        # (label, type, target) -> what names: its key, then what it may name beside others -> id
        self._named: defaultdict[Joint, dict[tuple[Key, sql.Value], sql.Value]] = defaultdict(dict)
        self._told: dict[tuple[str, Key], tuple[Label, Mapping[str, sql.Value]]] = {}
        self._parted: defaultdict[str, set[Key]] = defaultdict(set)

    def note(self, label: Label, row: Mapping[str, sql.Value], *, new: bool = False) -> None:
        """Remember what a written row names; a `new` node has no relationship yet."""
        if label is schema.CHANGE_EVIDENCE:
            incident_id = row["incident_id"]
            self._named[_CHANGE_JOINT][(row["evidence_id"],), incident_id] = incident_id
            return
        key = key_of(label, row)
        for link in own_links(label):
            named = self._named[label.name, link.type, link.target]
            if row[link.column] is None:
                named.pop((key, None), None)
            else:
                named[key, None] = row[link.column]
        if label.name in SIGHTS:
            self._told[label.name, key] = (label, row)
            if not new:
                self._parted[label.name].add(key)

    def forget_change(self, evidence_id: sql.Value) -> None:
        """Let go of the incidents that a change was to be evidence of."""
        named = self._named[_CHANGE_JOINT]
        for slot in [slot for slot in named if slot[0] == (evidence_id,)]:
            del named[slot]

    def join_changes(self) -> None:
        """Join changes and incidents as far as they are stored, so that a read walks there."""
        if named := self._named.get(_CHANGE_JOINT):
            self._join(_CHANGE_JOINT, named)

    def settle(self) -> None:
        """Join everything.

        Raises: ConflictError where a record names one that is not stored.
        """
        for joint, named in self._named.items():
            if named and self._join(joint, named) < len(named):
                name, _, target = joint
                raise ConflictError(
                    f"a {name} names a {target} that is not stored; nothing was written"
                )
        self._tell()

    def _join(self, joint: Joint, named: Mapping[tuple[Key, sql.Value], sql.Value]) -> int:
        name, type_, target = joint
        label = _BY_NAME[name]
        rows = [_row(label, key, other, {}) for (key, _), other in named.items()]
        return self._run(labels.join(label, type_, target=target), rows)

    def _tell(self) -> None:
        """Join nodes with what their bodies tell of, as far as that is stored."""
        groups: defaultdict[tuple[str, str, str], list[RowParameters]] = defaultdict(list)
        for (name, key), (label, row) in self._told.items():
            for sight in sights_of(label, body_of(row)):
                groups[name, sight.type, sight.target].append(
                    _row(label, key, sight.id, sight.told)
                )
        for name, keys in self._parted.items():
            label = _BY_NAME[name]
            old = [_row(label, key, None, {}) for key in keys]
            self._run(labels.part(label, _types_of(name)), old)
        for (name, type_, target), rows in groups.items():
            by_pack = target in _PACK_PARTS
            statement = labels.join(_BY_NAME[name], type_, target=target, by_pack=by_pack)
            self._run(statement, rows)


def key_of(label: Label, row: Mapping[str, sql.Value]) -> Key:
    """Give the values of a row's key."""
    return tuple(row[name] for name in label.key)


def _types_of(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(type_ for type_, _ in SIGHTS[name]))


def _row(label: Label, key: Key, target: sql.Value, told: Properties) -> RowParameters:
    properties = dict(zip(label.key, key, strict=True))
    return {"properties": properties, "target": target, "told": told}
