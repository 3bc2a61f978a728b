"""The storm whose cause keeps silent, and somebody who goes and looks."""

from __future__ import annotations

import pytest

from api.doorway.stateless import diagnose_files
from graph.model.diagnosis import Diagnosis
from graph.model.observation import RULE_OUT, Observation, Result
from graph.model.pack import DomainPack
from graph.stores.embedded_store import EmbeddedGraphStore
from reasoning.diagnose import Diagnoser
from tests.bench_room import NoKnowledge
from tests.scenarios.night import Night, largest
from tests.small_pack import after

HANDSHAKE = "lib:cdn-handshake@medical_education:cdn-7"
NODE = "medical_education:cdn-7"


class CheckedNight:
    """The silent storm as of four minutes, kept open so that people may enter what they saw."""

    def __init__(self, pack: DomainPack) -> None:
        """Tell the storm to a store and diagnose it."""
        self._store = EmbeddedGraphStore(None)
        self._diagnoser = Diagnoser(self._store, NoKnowledge(), meter=lambda: 0.0)
        night = Night("cdn-storm-silent")
        self.plain = largest(
            diagnose_files(
                [night.folder / "alerts.jsonl"],
                change_file=night.folder / "changes.jsonl",
                packs=[pack],
                source="demo-alerts",
                at=None,
                store=self._store,
                diagnoser=self._diagnoser,
                computed_at=after(0),
            )
        )

    def enter(self, check_id: str, result: Result, *, by: str = "zhou") -> Diagnosis:
        """Store an answer at the night's own time and diagnose again."""
        entry = Observation(
            evidence_id=f"ob-{by}-{result}-{check_id.partition('@')[0]}".replace("_", "-"),
            incident_id=self.plain.incident_id,
            check_id=check_id,
            result=result,
            by=by,
            at=self.plain.as_of.now,
        )
        self._store.write(lambda tx: tx.put_observation(entry))
        return self._diagnoser.diagnose_incident(entry.incident_id, computed_at=after(0))


def _posterior(diagnosis: Diagnosis) -> float:
    found = (h.posterior for h in diagnosis.hypotheses if h.component_id == NODE)
    return next(found, 0.0)


@pytest.fixture
def night(pack: DomainPack) -> CheckedNight:
    """A storm of its own for each test."""
    return CheckedNight(pack)


def test_a_failed_handshake_raises_the_silent_node(night: CheckedNight) -> None:
    """Yes to "does the handshake fail" speaks for node 7, and says so with its name."""
    raised = night.enter(HANDSHAKE, Result.POSITIVE)
    assert _posterior(raised) > _posterior(night.plain)
    top = next(h for h in raised.hypotheses if h.component_id == NODE)
    assert any("zhou" in e.text.zh for e in top.evidence_for)
    assert HANDSHAKE not in {c.check_id for c in raised.next_checks}


def test_a_good_handshake_lowers_it_without_clearing_it(night: CheckedNight) -> None:
    """No speaks against the modes that the check tests; the node stays a hypothesis."""
    lowered = night.enter(HANDSHAKE, Result.NEGATIVE)
    assert 0.0 < _posterior(lowered) < _posterior(night.plain)


def test_ruling_the_node_out_divides_its_odds_by_about_twenty(night: CheckedNight) -> None:
    """A person's verdict is soft, whatever the storm says."""
    before, soft = (
        _posterior(night.plain),
        _posterior(night.enter(f"{RULE_OUT}@{NODE}", Result.POSITIVE)),
    )
    ratio = (before / (1 - before)) / (soft / (1 - soft))
    assert 10.0 < ratio < 40.0  # this night's answer is thinned, so the factor is not exact
