"""What placing alerts rests on in one transaction: remembered where nobody wrote since, else read.

A storm comes as one payload after the other, and each needs what the one before it left: reading
the alerts of a growing incident back, payload after payload, would take longer than writing them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final

from graph.model.incident import Incident
from graph.model.signals import AlertRecord, ChangeRecord
from graph.ports import Transaction
from ingest.ahead import Outlook, expect_placing, read_active
from ingest.context import PackContext
from ingest.sender import Sender

# Evidence ids that a process knows to be stored: some storms of them, each a few dozen bytes.
_SEEN: Final = 8192
# Alerts of a pack's active incidents that are kept, some thousand bytes each; more are read again.
_KEPT: Final = 10_000


@dataclass(frozen=True)
class Scene:
    """What a write left of a pack: its active incidents, and everything that placing rests on.

    Args:
        read: how far back and ahead it goes.
        active: the incidents that still take alerts in, by (opened_at, id).
        alerts: of each of them, in the order of the store.
        besides: how much evidence that is no alert each has.
        ledger: how many lines that of each has.
        waiting: the alerts that may be adopted, in the order of the store.
        changes: those of the span.
        replays: of sources whether they are such that replay.
    """

    read: Outlook
    active: tuple[Incident, ...]
    alerts: Mapping[str, tuple[AlertRecord, ...]]
    besides: Mapping[str, int]
    ledger: Mapping[str, int]
    waiting: tuple[AlertRecord, ...]
    changes: tuple[ChangeRecord, ...]
    replays: Mapping[str, bool]

    def covers(self, needed: Outlook) -> bool:
        """Tell whether nothing more need be read."""
        within = self.read.spanning(*needed.changes) == self.read.changes
        return within and self.read.adopt_from <= needed.adopt_from


@dataclass(frozen=True)
class Memory:
    """What an intake knows of the store as the commit of number `commit` left it.

    None is no commit: nothing holds. `seen` names alerts that are stored, the newest last;
    `senders` were confirmed.
    """

    commit: int | None = None
    contexts: Mapping[str, PackContext] = field(default_factory=dict)
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    seen: Mapping[str, None] = field(default_factory=dict)
    senders: frozenset[Sender] = frozenset()

    def at(self, commit: int | None) -> Memory:
        """Give what holds of it in a transaction that stands on a commit."""
        holds = self.scenes and commit is not None and commit == self.commit
        return self if holds else Memory(commit, seen=self.seen)

    @property
    def holds(self) -> bool:
        """Tell whether it tells of any pack."""
        return bool(self.scenes)

    def known(self, tx: Transaction, ids: Collection[str]) -> frozenset[str]:
        """Tell which of these alerts are stored; the others must be added."""
        if not self.holds:
            return tx.known_alerts(ids)
        known = frozenset(self.seen.keys() & ids)
        return known if tx.presumes_new else known | tx.known_alerts(set(ids) - known)

    def confirm(self, tx: Transaction, sender: Sender | None) -> None:
        """Confirm who sends, unless this has it and holds.

        Raises: UnauthenticatedError.
        """
        if sender is not None and sender not in self.senders:
            sender.confirm(tx)

    def after(
        self,
        contexts: Mapping[str, PackContext],
        scenes: Mapping[str, Scene | None],
        ids: Iterable[str],
        sender: Sender | None,
    ) -> Memory:
        """Give what is known after the next commit, which stored these alerts of that sender.

        A pack without a scene has to be read again.
        """
        kept = {pack_id: one for pack_id, one in {**self.scenes, **scenes}.items() if one}
        seen = {**self.seen, **dict.fromkeys(ids)}
        if len(seen) > _SEEN:
            seen = dict(islice(seen.items(), len(seen) - _SEEN // 2, None))
        commit = None if self.commit is None else self.commit + 1
        return Memory(commit, contexts, kept, seen, self.senders | ({sender} if sender else set()))


class Ground:
    """One pack's active incidents and their evidence, as they stood before this transaction."""

    def __init__(self, tx: Transaction, pack_id: str, memory: Memory | None = None) -> None:
        """Read in this transaction what `memory`, which holds in it, does not tell."""
        self._tx: Final = tx
        self._pack_id: Final = pack_id
        self._scene = memory.scenes.get(pack_id) if memory else None
        self._read: Outlook | None = None
        self._changes: tuple[ChangeRecord, ...] | None = None  # all of the span that was read
        self.besides: Mapping[str, int] = {}
        self.ledger: Mapping[str, int] = {}
        self._replays: Final = dict(self._scene.replays) if self._scene else {}

    def active(self) -> Sequence[Incident]:
        """List the incidents that still take alerts in, in no order."""
        if self._scene is None:
            return list(self._read_active())
        self._tx.recall(self._scene.active, ledger_lengths=self._scene.ledger)
        return self._scene.active

    def _read_active(self) -> Iterator[Incident]:
        cursor: str | None = None
        while True:
            page = read_active(self._tx, cursor)
            for one in page.items:
                if isinstance(one, Incident) and one.pack_id == self._pack_id:
                    yield one
            cursor = page.next_cursor
            if cursor is None:
                return

    def expect(self, needed: Outlook, foreseen: Outlook | None) -> None:
        """Read ahead what is needed, where it is not remembered."""
        if self._scene is not None and self._scene.covers(needed):
            read = self._scene.read
        else:
            self._scene = None
            read = expect_placing(self._tx, needed, foreseen)
        self._read = replace(read, adopt_from=needed.adopt_from)

    def alerts(self, ids: Collection[str]) -> Mapping[str, tuple[AlertRecord, ...]]:
        """Give the alerts of active incidents, and note how much else is told of them."""
        if self._scene is not None:
            self.besides, self.ledger = self._scene.besides, self._scene.ledger
            return self._scene.alerts
        alerts, counts = self._tx.alerts_by_incident(ids), self._tx.evidence_counts(ids)
        self.ledger = self._tx.ledger_lengths(ids)
        self.besides = {id_: counts[id_] - len(alerts[id_]) for id_ in ids}
        return alerts

    def waiting(self, since: datetime) -> tuple[AlertRecord, ...]:
        """List what came in since then and may be adopted."""
        if self._scene is None:
            return self._tx.unassigned_alerts(self._pack_id, since=since)
        return tuple(r for r in self._scene.waiting if r.alert.received_at >= since)

    def changes(self, since: datetime, until: datetime) -> tuple[ChangeRecord, ...]:
        """List the changes of a span, and maybe others, by (at, evidence_id)."""
        if self._scene is not None:
            self._changes = self._scene.changes
            return self._changes
        span = self._read.spanning(since, until) if self._read else (since, until)
        found = self._tx.changes_between(self._pack_id, since=span[0], until=span[1])
        if self._read is not None and span == self._read.changes:
            self._changes = found
        return found

    def is_replay(self, name: str) -> bool:
        """Tell whether a source is one that replays."""
        if name not in self._replays:
            source = self._tx.source(name)
            self._replays[name] = source is not None and source.replay
        return self._replays[name]

    def scene(
        self,
        active: Sequence[Incident],
        alerts: Mapping[str, Sequence[AlertRecord]],
        *,
        ledger: Mapping[str, int],
        waiting: Iterable[AlertRecord],
    ) -> Scene | None:
        """Give what this transaction leaves, which attached no change; None where too much is."""
        ids = [incident.id for incident in active]
        many = sum(len(alerts[id_]) for id_ in ids) > _KEPT
        if many or self._read is None or self._changes is None:
            return None
        return Scene(
            read=self._read,
            active=tuple(active),
            alerts={id_: _in_store_order(alerts[id_]) for id_ in ids},
            besides={id_: self.besides.get(id_, 0) for id_ in ids},
            ledger={id_: ledger[id_] for id_ in ids},
            waiting=_in_store_order(waiting),
            changes=self._changes,
            replays=self._replays,
        )


def _in_store_order(records: Iterable[AlertRecord]) -> tuple[AlertRecord, ...]:
    """Order alerts as a store gives them: by (received_at, starts_at, evidence_id)."""

    def order(record: AlertRecord) -> tuple[datetime, datetime, str]:
        return record.alert.received_at, record.alert.starts_at, record.evidence_id

    return tuple(sorted(records, key=order))
