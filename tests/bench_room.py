"""A store with the small pack, a replay source, and the intake on top."""

from __future__ import annotations

from datetime import datetime

from graph.model.access import Principal, Source
from graph.model.diagnosis import Diagnosis, SimilarCase, SopMatch
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from ingest.intake import Intake, IntakeResult
from reasoning.diagnose import Diagnoser
from tests.payloads import alert, payload
from tests.small_pack import START, after, small_pack

READER = Principal(name="reader")
HEARTBEAT_START = after(-3600)


class NoKnowledge:
    """A house without SOPs and cases."""

    def sops_for(self, principal: Principal, **_: object) -> tuple[SopMatch, ...]:
        """Find nothing."""
        return ()

    def cases_for(self, principal: Principal, **_: object) -> tuple[SimilarCase, ...]:
        """Find nothing."""
        return ()


class BenchRoom:
    """Everything that one test of the path from payload to diagnosis needs."""

    def __init__(self, pack: DomainPack | None = None, *, replay: bool = True) -> None:
        """Open an empty in-memory store with one source `s`."""
        self.store: Store = EmbeddedGraphStore(None)
        self.store.write(lambda tx: tx.replace_pack(pack or small_pack()))
        source = Source(name="s", replay=replay, created_at=START)
        self.store.write(lambda tx: tx.put_source(source))
        self.intake = Intake(self.store)
        self.diagnoser = Diagnoser(self.store, NoKnowledge(), meter=lambda: 0.0)
        self.principal = Principal(name="s", source="s")

    def send(self, *alerts: dict[str, object], at: datetime) -> IntakeResult:
        """Post alerts received at `at`."""
        return self.intake.receive_alertmanager(self.principal, payload(*alerts), received_at=at)

    def beat(self, at: datetime) -> IntakeResult:
        """Post a heartbeat."""
        return self.send(alert("Watchdog", at=HEARTBEAT_START), at=at)

    def storm(self, *, clients: int = 4) -> None:
        """Let the clients of cdn-a fail one after the other, the first at START."""
        names = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")[:clients]
        for index, name in enumerate(names):
            self.send(
                alert("PlaybackFailureHigh", at=after(10 * index), service=f"client-{name}"),
                at=after(60 + 10 * index),
            )

    def incidents(self) -> list[Incident]:
        """List all incidents in board order."""
        items = self.store.incidents(READER).items
        return [item for item in items if isinstance(item, Incident)]

    def diagnose(self) -> Diagnosis:
        """Diagnose the only incident."""
        (incident,) = self.incidents()
        return self.diagnoser.diagnose_incident(incident.id, computed_at=after(9999))
