"""What intake reads before it writes, said ahead: a server store then answers it in one trip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from graph.model.access import Principal
from graph.model.incident import Incident, IncidentState
from graph.model.pack import DomainPack
from graph.model.signals import Alert
from graph.ports import Page, RecordReader, Transaction
from ingest.sender import Sender

ENGINE = Principal(name="engine")
ACTIVE = frozenset(
    {
        IncidentState.OPEN,
        IncidentState.ACKNOWLEDGED,
        IncidentState.MITIGATING,
        IncidentState.WATCHING,
    }
)
Span = tuple[datetime, datetime]
# Changes are read for so long before and after what is asked: the next payload of a storm, whose
# alerts began a little earlier and came a little later, then finds its own among them.
_AROUND: Final = timedelta(hours=1)


def read_active(reader: RecordReader, cursor: str | None = None) -> Page:
    """Read a page of the incidents that still take alerts in, of all packs."""
    return reader.incidents(ENGINE, states=ACTIVE, cursor=cursor, limit=200)


@dataclass(frozen=True)
class Outlook:
    """What placing alerts among a pack's active incidents rests on, and is read by.

    Args:
        pack_id: of the alerts.
        active: ids of its incidents that still take alerts in.
        adopt_from: when the oldest alert came in that may be adopted.
        changes: from when to when.
    """

    pack_id: str
    active: frozenset[str]
    adopt_from: datetime
    changes: Span

    def covers(self, other: Outlook) -> bool:
        """Tell whether who reads this has read the other."""
        same = (self.pack_id, self.active, self.adopt_from)
        return (
            same == (other.pack_id, other.active, other.adopt_from)
            and self.spanning(*other.changes) == self.changes
        )

    def spanning(self, since: datetime, until: datetime) -> Span:
        """Give the span that was read where it holds this one, else this one."""
        holds = self.changes[0] <= since and until <= self.changes[1]
        return self.changes if holds else (since, until)

    def widened(self) -> Outlook:
        """Look somewhat further round for changes."""
        begin, end = self.changes
        return replace(self, changes=(begin - _AROUND, end + _AROUND))

    def reads(self) -> tuple[Callable[[RecordReader], object], ...]:
        """List the reads."""
        begin, end = self.changes
        return (
            lambda reader: reader.alerts_by_incident(self.active),
            lambda reader: reader.evidence_counts(self.active),
            lambda reader: reader.ledger_lengths(self.active),
            lambda reader: reader.unassigned_alerts(self.pack_id, since=self.adopt_from),
            lambda reader: reader.changes_between(self.pack_id, since=begin, until=end),
        )


def outlook_of(
    pack: DomainPack, active: Sequence[Incident], starts: Iterable[datetime], *, at: datetime
) -> Outlook:
    """Tell what placing alerts that start then, received `at`, rests on.

    No change outside of the span is asked for mostly: it begins with the first of these.
    """
    within = timedelta(seconds=pack.settings.adopt_within_s)
    begin = min([at, *(incident.began_at for incident in active), *starts])
    ids = frozenset(incident.id for incident in active)
    return Outlook(pack.id, ids, at - within, (begin - within, at))


class Foresight:
    """Guesses what the next payload rests on: mostly what the last one left active."""

    def __init__(self) -> None:
        """Begin without a guess."""
        self._active: dict[str, tuple[DomainPack, tuple[Incident, ...]]] = {}

    def remember(self, pack: DomainPack, active: Iterable[Incident]) -> None:
        """Take what is active in a pack now."""
        self._active[pack.id] = (pack, tuple(active))

    def outlooks(self, alerts: Sequence[Alert], at: datetime) -> dict[str, Outlook]:
        """Guess for each pack what alerts received `at` rest on there."""
        starts = [alert.starts_at for alert in alerts]
        known = self._active.copy()
        return {
            pack_id: outlook_of(pack, active, starts, at=at).widened()
            for pack_id, (pack, active) in known.items()
        }


def expect_placing(tx: Transaction, needed: Outlook, foreseen: Outlook | None) -> Outlook:
    """Read ahead what placing rests on, unless what was foreseen covers it; returns what is."""
    if foreseen is not None and foreseen.covers(needed):
        return foreseen
    wide = needed.widened()
    tx.expect(*wide.reads())
    return wide


def expect_intake(
    tx: Transaction,
    alerts: Sequence[Alert],
    ids: Sequence[str],
    foreseen: Iterable[Outlook],
    sender: Sender | None,
) -> None:
    """Read ahead what taking in alerts of these evidence ids begins with, and what may follow."""
    sources = sorted({alert.source for alert in alerts})
    tx.expect(
        lambda reader: reader.packs(),
        lambda reader: reader.known_alerts(ids),
        lambda reader: [reader.source(name) for name in sources],
        read_active,
        *(sender.reads() if sender else ()),
        *(read for outlook in foreseen for read in outlook.reads()),
    )
