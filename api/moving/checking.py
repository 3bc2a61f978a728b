"""Whether an export can be rebuilt from, looked at line by line before anything is written."""

from __future__ import annotations

import hashlib
from typing import Final

from api.moving.export import Progress
from api.moving.manifest import MANIFEST, Manifest, Part, Tally
from api.moving.redaction import without_credentials
from api.moving.sources import Source, read_part
from graph.audit_chain import verify_chain
from graph.errors import InputError, NewerSchemaError
from graph.model.audit import AuditEvent
from graph.model.base import Model
from graph.model.moving import FORMS, InPack, Key, RecordKind, line_of, order_of
from graph.model.signals import ChangeRecord
from graph.ports import Store

# The kinds whose records belong to a pack that must be in the export.
_PARTS: Final = frozenset(kind for kind, form in FORMS.items() if issubclass(form, InPack))


def check_export(
    store: Store, source: Source, manifest: Manifest, progress: Progress
) -> tuple[Tally, ...]:
    """Read every line: form, order, references, digests and the audit chain.

    Returns: the tallies that an export of the same records would have today. They are those of the
        manifest unless it was written before a key was added or before something was masked.

    Raises: InputError naming file and, where it can be told, line; NewerSchemaError.
    """
    with store.inventory() as inventory:
        known = inventory.schema_version()
    if manifest.schema_version > known:
        raise NewerSchemaError(
            f"{source.place(MANIFEST)}: was written from schema version "
            f"{manifest.schema_version}, this Etiograph knows versions up to {known}; rebuild with "
            "the newer one"
        )
    check = _Check(source)
    for part in manifest.parts:
        content, records = read_part(source, part)
        check.part(part, content, records)
        progress(part.kind, check.count)
    check.end()
    _check_tallies(source, manifest, check.tallies)
    none = (0, hashlib.sha256().hexdigest())
    return tuple(
        Tally(kind=tally.kind, count=count, sha256=sha256)
        for tally in manifest.kinds
        for count, sha256 in (check.today.get(tally.kind, none),)
    )


class _Check:
    """What must hold from one line to the next; one kind after the other."""

    def __init__(self, source: Source) -> None:
        self.count = 0
        self.tallies: dict[RecordKind, tuple[int, str]] = {}
        self.today: dict[RecordKind, tuple[int, str]] = {}
        self._source = source
        self._kind: RecordKind | None = None
        self._last: Key | None = None
        self._line: AuditEvent | None = None
        self._sha, self._today = hashlib.sha256(), hashlib.sha256()
        self._ids: dict[str, set[str]] = {"pack_id": set(), "incident_id": set()}

    def part(self, part: Part, content: bytes, records: list[Model]) -> None:
        """Check the next part."""
        if part.kind is not self._kind:
            self.end()
            self._kind = part.kind
        self._sha.update(content)
        for number, record in enumerate(records, 1):
            place = f"{self._source.place(part.name)}:{number}"
            self._in_order(part.kind, record, place)
            self._known(part.kind, record, place)
            self._chained(record, place)
            self._today.update(line_of(without_credentials(record)))
            self.count += 1

    def end(self) -> None:
        """Note the tally of the kind that is over."""
        if self._kind is not None:
            self.tallies[self._kind] = (self.count, self._sha.hexdigest())
            self.today[self._kind] = (self.count, self._today.hexdigest())
        self.count, self._last = 0, None
        self._sha, self._today = hashlib.sha256(), hashlib.sha256()

    def _in_order(self, kind: RecordKind, record: Model, place: str) -> None:
        key = order_of(kind, record)
        if self._last is not None and not self._last < key:
            raise InputError(f"{place}: {key!r} stands after {self._last!r}; export again")
        self._last = key

    def _known(self, kind: RecordKind, record: Model, place: str) -> None:
        """Check that pack and incident of a record came before it."""
        if kind is RecordKind.PACK or kind is RecordKind.INCIDENT:
            name = "pack_id" if kind is RecordKind.PACK else "incident_id"
            self._ids[name].add(str(order_of(kind, record)[0]))
            return
        wanted = [("incident_id", id) for id in _incidents_of(record)]
        if kind in _PARTS:
            wanted.append(("pack_id", str(order_of(kind, record)[0])))
        for name, id in wanted:
            if id not in self._ids[name]:
                raise InputError(f"{place}: {name}: {id!r} is not in the export; export again")

    def _chained(self, record: Model, place: str) -> None:
        if not isinstance(record, AuditEvent):
            return
        broken = verify_chain([record], self._line)
        if broken is not None:
            raise InputError(
                f"{place}: the audit chain breaks at line {broken.seq} ({broken.reason}); see "
                "`etiograph audit verify` on the store that it came from"
            )
        self._line = record


def _incidents_of(record: Model) -> tuple[str, ...]:
    """Name the incidents that must be stored with a record."""
    if isinstance(record, ChangeRecord):
        return record.incident_ids
    one = getattr(record, "incident_id", None)
    return () if one is None else (one,)


def _check_tallies(
    source: Source, manifest: Manifest, found: dict[RecordKind, tuple[int, str]]
) -> None:
    for tally in manifest.kinds:
        if found.get(tally.kind, (0, hashlib.sha256().hexdigest())) != (tally.count, tally.sha256):
            raise InputError(
                f"{source.place(MANIFEST)}: kinds: the {tally.kind} records are others than "
                "it says; export again"
            )
