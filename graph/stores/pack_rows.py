"""A pack as rows, and rows as a pack again: equal packs are equal rows, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Final, cast

from graph.model.base import Model
from graph.model.digest import body, digest_of_bodies
from graph.model.library import AlertType
from graph.model.moving import alert_type_id
from graph.model.pack import DomainPack
from graph.model.topology import Calendar
from graph.stores import schema, sql
from graph.stores.shapes import Column, ColumnType, Label

_IN_FIELD: Final[tuple[tuple[Label, str], ...]] = (
    (schema.COMPONENT, "components"),
    (schema.RELATION, "relations"),
    (schema.FLOW, "flows"),
    (schema.REGION, "regions"),
    (schema.SOP, "sops"),
    (schema.PAST_CASE, "cases"),
    (schema.ACTION, "actions"),
    (schema.POLICY, "policies"),
)
_IN_LIBRARY: Final[tuple[tuple[Label, str], ...]] = (
    (schema.KIND, "kinds"),
    (schema.ALERT_TYPE, "alert_types"),
    (schema.FAULT_MODE, "modes"),
    (schema.CHECK, "checks"),
)
_KEPT_WHOLE: Final = {"id", "title", "source", "calendar", "settings"}
_HEAD: Final = "SELECT body FROM packs WHERE id = :pack_id"

# The columns of its label, in their order; the body, a text, comes last.
PackRow = sql.Row
_BODY: Final = cast("Callable[[PackRow], str]", itemgetter(-1))


@dataclass(frozen=True)
class PackRows:
    """The rows of a pack, each label's by key; `head` is what is stored with the pack itself."""

    head: str
    rows: dict[str, list[PackRow]]

    def by_label(self) -> Iterator[tuple[Label, Sequence[PackRow]]]:
        """Yield each label with its rows, labels in a fixed order."""
        for label, _ in (*_IN_FIELD, *_IN_LIBRARY):
            yield label, self.rows[label.name]

    def count(self) -> int:
        """Count the rows."""
        return sum(len(rows) for rows in self.rows.values())

    @cached_property
    def content_digest(self) -> str:
        """The digest of everything that would be stored."""
        digest = hashlib.sha256(self.head.encode())
        for label, rows in self.by_label():
            digest.update(f"\n{label.name} {len(rows)}\n".encode())
            digest.update("\n".join(self._bodies(label)).encode())
        return digest.hexdigest()

    def _bodies(self, label: Label) -> list[str]:
        return list(map(_BODY, self.rows[label.name]))

    def topology_revision(self, calendar: Calendar) -> str:
        """Say `graph.model.digest.topology_revision` of the pack, without writing it again."""
        parts = (schema.COMPONENT, schema.RELATION, schema.FLOW, schema.REGION)
        return digest_of_bodies(*map(self._bodies, parts), [body(calendar)])


def parts_of(pack: DomainPack) -> PackRows:
    """Take a pack apart into rows."""
    rows = {label.name: rows_of(pack.id, label, getattr(pack, f)) for label, f in _IN_FIELD}
    library = pack.library
    rows |= {label.name: rows_of(pack.id, label, getattr(library, f)) for label, f in _IN_LIBRARY}
    return PackRows(head=pack.model_dump_json(include=_KEPT_WHOLE), rows=rows)


def read_pack(connection: sql.Connection, pack_id: str) -> DomainPack:
    """Put a stored pack together again, every tuple in key order."""
    head = read_head(connection, pack_id)
    library = [_field(connection, label, name, pack_id=pack_id) for label, name in _IN_LIBRARY]
    fields = [_field(connection, label, name, pack_id=pack_id) for label, name in _IN_FIELD]
    whole = ",".join([head[:-1], *fields, '"library":{' + ",".join(library) + "}}"])
    return DomainPack.model_validate_json(whole)


def read_head(connection: sql.Connection, pack_id: str) -> str:
    """Read what is stored with a loaded pack itself: its title, source, calendar and settings."""
    return str(connection.execute(_HEAD, {"pack_id": pack_id}).fetchall()[0][0])


def _field(connection: sql.Connection, label: Label, name: str, *, pack_id: str) -> str:
    rows = connection.execute(sql.bodies_of_pack(label), {"pack_id": pack_id}).fetchall()
    return f'"{name}":[{",".join(str(row[0]) for row in rows)}]'


def rows_of(pack_id: str, label: Label, items: Sequence[Model]) -> list[PackRow]:
    """Take the parts of one kind apart into rows, by key."""
    columns = [list(_values(label, column, items, pack_id)) for column in label.columns]
    # One text per row is compared four times as fast as a tuple; ids hold no NUL.
    of_key = [columns[label.column_names.index(name)] for name in label.key]
    keys = list(map("\0".join, zip(*of_key, strict=True)))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    # Half a million rows are made of columns without a step in Python for each.
    return list(zip(*(map(column.__getitem__, order) for column in columns), strict=True))


def all_named(label: Label, rows: Iterable[PackRow]) -> list[dict[str, sql.Value]]:
    """Give the columns of rows by their names."""
    return [dict(zip(label.column_names, row, strict=True)) for row in rows]


def _values(
    label: Label, column: Column, items: Sequence[Model], pack_id: str
) -> Iterator[sql.Value]:
    """Read a column; a name of an enumeration as plain text, which is compared sooner."""
    if column.name == "pack_id":
        return repeat(pack_id, len(items))
    if column.name == "body":
        return map(body, items)
    if column.name == "id":
        return map(_KEYS.get(label.name, _own_id), items)
    values = map(attrgetter(column.name), items)
    plain = column.type is ColumnType.TEXT and not column.nullable
    return map(str, values) if plain else values


def _own_id(item: Model) -> str:
    return str(getattr(item, "id"))  # noqa: B009 - every such model has an id, Model has none


def _region_id(item: Model) -> str:
    return str(getattr(item, "region"))  # noqa: B009 - a RegionProfile


def _alert_type_id(item: Model) -> str:
    """Name an alert type by its alertname and kinds, since an alertname may stand twice."""
    assert isinstance(item, AlertType)
    return alert_type_id(item)


_KEYS: Final[dict[str, Callable[[Model], str]]] = {
    schema.REGION.name: _region_id,
    schema.ALERT_TYPE.name: _alert_type_id,
}
