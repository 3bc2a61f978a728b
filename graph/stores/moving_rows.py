"""Moving house on rows: every record out in key order, and back in exactly as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, Final

from pydantic import ValidationError

from graph.errors import ConflictError, StoreError
from graph.model.access import User
from graph.model.audit import AuditEvent
from graph.model.base import Model
from graph.model.grant import Grant
from graph.model.incident import LedgerEntry
from graph.model.moving import (
    FORMS,
    Account,
    Epoch,
    InPack,
    PackHead,
    QueuedJob,
    RecordKind,
    StoredPayload,
)
from graph.model.remediation import Remediation
from graph.stores import schema, sql
from graph.stores.access_rows import AccessWrites
from graph.stores.knowledge_rows import imported_case_row, question_row, sop_version_row
from graph.stores.pack_rows import all_named, rows_of
from graph.stores.record_writes import RecordWrites
from graph.stores.remediation_rows import RemediationWrites
from graph.stores.shapes import Label

_K: Final = RecordKind
_LABELS: Final[Mapping[RecordKind, Label]] = {
    _K.PACK: schema.PACK,
    _K.COMPONENT: schema.COMPONENT,
    _K.RELATION: schema.RELATION,
    _K.FLOW: schema.FLOW,
    _K.REGION: schema.REGION,
    _K.KIND: schema.KIND,
    _K.ALERT_TYPE: schema.ALERT_TYPE,
    _K.FAULT_MODE: schema.FAULT_MODE,
    _K.CHECK: schema.CHECK,
    _K.SOP: schema.SOP,
    _K.PAST_CASE: schema.PAST_CASE,
    _K.ACTION: schema.ACTION,
    _K.POLICY: schema.POLICY,
    _K.INCIDENT: schema.INCIDENT,
    _K.ALERT: schema.ALERT,
    _K.CHANGE: schema.CHANGE,
    _K.TICK: schema.TICK,
    _K.OBSERVATION: schema.OBSERVATION,
    _K.HEARTBEAT: schema.HEARTBEAT,
    _K.DIAGNOSIS: schema.DIAGNOSIS,
    _K.LEDGER_ENTRY: schema.LEDGER_ENTRY,
    _K.REMEDIATION: schema.REMEDIATION,
    _K.EMERGENCY_STOP: schema.EMERGENCY_STOP,
    _K.AUDIT_EVENT: schema.AUDIT_EVENT,
    _K.PAYLOAD: schema.PAYLOAD,
    _K.ACCOUNT: schema.USER,
    _K.SOURCE: schema.SOURCE,
    _K.GRANT: schema.GRANT,
    _K.SEAL: schema.SEAL,
    _K.JOB: schema.JOB,
    _K.SOP_VERSION: schema.SOP_VERSION,
    _K.IMPORTED_CASE: schema.IMPORTED_CASE,
    _K.UNANSWERED_QUESTION: schema.UNANSWERED_QUESTION,
}
_EPOCH: Final = "SELECT body FROM epoch"
_EPOCH_ID: Final = "epoch"

Read = Callable[[sql.Row], Model]


class MovingReads(sql.Rows):
    """`Inventory` and the epoch, on rows."""

    def epoch(self) -> Epoch | None:
        """Return the store's epoch, or None before one was written."""
        body = self._text(_EPOCH)
        return None if body is None else Epoch.model_validate_json(body)

    def schema_version(self) -> int:
        """Tell the version of what is stored."""
        return schema.SCHEMA_VERSION

    def records(self, kind: RecordKind) -> Iterator[Model]:
        """Yield every record of a kind in key order.

        Raises: StoreError naming one that cannot be read.
        """
        read = _READS.get(kind, _reader(kind))
        with self._snapshot() as connection:
            for row in connection.execute(all_of(kind)):
                try:
                    yield read(row)
                except ValidationError as error:
                    raise StoreError(
                        f"{kind} {row[0]!r} cannot be read "
                        f"({error.errors()[0]['msg']}); restore a backup"
                    ) from error


class MovingWrites(RecordWrites, RemediationWrites, AccessWrites, MovingReads):
    """`MovingReads`, and the way back in."""

    def put_epoch(self, epoch: Epoch) -> None:
        """Write the epoch over the one before."""
        self._put(sql.upsert(schema.EPOCH), id=_EPOCH_ID, body=epoch.model_dump_json())

    def restore(self, kind: RecordKind, records: Sequence[Model]) -> None:
        """Store records of a kind exactly as they were; none of them may be stored.

        Raises: ConflictError for one that is stored, or that names what is not (at commit).
        """
        if kind in _PUTS:
            for record in records:
                if _PUTS[kind](self, record) is False:
                    raise ConflictError(f"a {kind} is stored already; rebuild into an empty store")
            return
        rows = parts_in(kind, records) if kind not in _ROWS else map(_ROWS[kind], records)
        self._run_many(sql.insert(_LABELS[kind]), rows)


# ── Out ─────────────────────────────────────────────────────────────────────────────────────────


def order_in(kind: RecordKind) -> tuple[Label, tuple[str, ...]]:
    """Tell the label of a kind, and by which columns its records stand; parts of packs by pack."""
    label = _LABELS[kind]
    in_pack = issubclass(FORMS[kind], InPack)
    return label, ("pack_id", *(n for n in label.key if n != "pack_id")) if in_pack else label.key


@cache
def all_of(kind: RecordKind) -> str:
    """Read the columns of the key and then the others, in key order; parts of packs by pack."""
    label, key = order_in(kind)
    rest = tuple(name for name in label.column_names if name not in key)
    names = ", ".join(f'"{name}"' for name in (*key, *rest))
    return f"SELECT {names} FROM {label.table} ORDER BY {', '.join(key)}"


def _reader(kind: RecordKind) -> Read:
    form = FORMS[kind]
    if issubclass(form, InPack):
        return lambda row: form.model_validate_json(
            "".join(['{"pack_id":', json.dumps(row[0]), ',"item":', str(row[-1]), "}"])
        )
    return lambda row: form.model_validate_json(str(row[-1]))


def _pack_head(row: sql.Row) -> Model:
    _, topology, library, content, components, relations, body = row
    return PackHead.model_validate_json(
        json.dumps(
            {
                **json.loads(str(body)),
                "topology_revision": topology,
                "library_digest": library,
                "content_digest": content,
                "components": components,
                "relations": relations,
            }
        )
    )


def _payload(row: sql.Row) -> Model:
    source, digest, received_at, body = row
    assert isinstance(body, bytes)
    at = datetime.fromisoformat(str(received_at))
    return StoredPayload(source=str(source), digest=str(digest), received_at=at, body=body)


def _account(row: sql.Row) -> Model:
    user = User.model_validate_json(str(row[-1]))
    return Account(**user.model_dump(include=set(Account.model_fields)))


def _grant(row: sql.Row) -> Model:
    """Leave out what only the store and `api.grants.desk` may know."""
    grant = Grant.model_validate_json(str(row[-1]))
    return grant.model_copy(update={"first_half": "", "password_hash": ""})


def _job(row: sql.Row) -> Model:
    names = ("id", "kind", "key", "state", "attempts", "turn", "created_at", "not_before")
    fields = dict(zip(names, row, strict=False))
    payload, error = row[-2:]
    return QueuedJob.model_validate(fields | {"payload": json.loads(str(payload)), "error": error})


_READS: Final[Mapping[RecordKind, Read]] = {
    _K.PACK: _pack_head,
    _K.PAYLOAD: _payload,
    _K.ACCOUNT: _account,
    _K.GRANT: _grant,
    _K.JOB: _job,
}

# ── In ──────────────────────────────────────────────────────────────────────────────────────────

_PUTS: Final[Mapping[RecordKind, Callable[[MovingWrites, Any], bool | None]]] = {
    _K.INCIDENT: lambda tx, r: tx.put_incident(r, expected_version=None),
    _K.ALERT: lambda tx, r: tx.add_alert(r),
    _K.CHANGE: lambda tx, r: tx.put_change(r),
    _K.TICK: lambda tx, r: tx.add_tick(r),
    _K.OBSERVATION: lambda tx, r: tx.put_observation(r),
    _K.HEARTBEAT: lambda tx, r: tx.put_heartbeat(r),
    _K.DIAGNOSIS: lambda tx, r: tx.add_diagnosis(r),
    _K.EMERGENCY_STOP: lambda tx, r: tx.put_emergency_stop(r),
    _K.PAYLOAD: lambda tx, r: tx.add_payload(**dict(r)),
    _K.ACCOUNT: lambda tx, r: tx.put_user(r.without_password()),
    _K.SOURCE: lambda tx, r: tx.put_source(r),
}


def _pack_row(head: PackHead) -> dict[str, sql.Value]:
    stored = {"id", "topology_revision", "library_digest", "content_digest"}
    counted = {"components", "relations"}
    body = head.model_dump_json(exclude=(stored | counted) - {"id"})
    return {**head.model_dump(include=stored | counted), "body": body}


def parts_in(kind: RecordKind, records: Iterable[Model]) -> Iterator[dict[str, sql.Value]]:
    """Yield parts of packs as rows, those of one pack together."""
    parts = [record for record in records if isinstance(record, InPack)]
    for pack_id, group in groupby(parts, key=lambda part: str(part.pack_id)):
        label = _LABELS[kind]
        yield from all_named(label, rows_of(pack_id, label, [part.item for part in group]))


def _remediation_row(found: Remediation) -> dict[str, sql.Value]:
    return {
        "id": found.id,
        "incident_id": found.incident_id,
        "status": found.status,
        "requested_at": sql.instant(found.requested_at),
        "version": found.version,
        "body": found.model_dump_json(),
    }


def _ledger_row(entry: LedgerEntry) -> dict[str, sql.Value]:
    return {
        "incident_id": entry.incident_id,
        "seq": entry.seq,
        "body": entry.model_dump_json(),
    }


def _audit_row(event: AuditEvent) -> dict[str, sql.Value]:
    return {"seq": event.seq, "hash": event.hash, "body": event.model_dump_json()}


def _grant_row(grant: Grant) -> dict[str, sql.Value]:
    return {
        "id": grant.id,
        "status": grant.status,
        "asked_at": sql.instant(grant.asked_at),
        "version": grant.version,
        "body": grant.model_dump_json(),
    }


def _job_row(job: QueuedJob) -> dict[str, sql.Value]:
    return {
        **job.model_dump(include={"id", "kind", "key", "state", "attempts", "turn", "error"}),
        "created_at": sql.instant(job.created_at),
        "not_before": None if job.not_before is None else sql.instant(job.not_before),
        "payload": json.dumps(job.payload, ensure_ascii=False),
    }


_ROWS: Final[Mapping[RecordKind, Callable[[Any], dict[str, sql.Value]]]] = {
    _K.PACK: _pack_row,
    _K.LEDGER_ENTRY: _ledger_row,
    _K.REMEDIATION: _remediation_row,
    _K.AUDIT_EVENT: _audit_row,
    _K.GRANT: _grant_row,
    _K.SEAL: lambda seal: {"id": "seal", "body": seal.model_dump_json()},
    _K.JOB: _job_row,
    _K.SOP_VERSION: sop_version_row,
    _K.IMPORTED_CASE: imported_case_row,
    _K.UNANSWERED_QUESTION: question_row,
}
