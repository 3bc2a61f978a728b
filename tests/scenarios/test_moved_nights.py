"""A storm that moved house: every diagnosis is the same, and diagnosed anew it says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from reasoning.diagnose import Diagnoser
from tests.api.moving_room import export_of, rebuilt
from tests.bench_room import NoKnowledge
from tests.contracts.samples import ANYBODY
from tests.scenarios.night import Night
from tests.small_pack import after


def _digests(store: Store) -> dict[str, list[str]]:
    """Digest every revision of every incident."""
    ids = [item.model_dump()["id"] for item in store.incidents(ANYBODY, limit=1000).items]
    return {id: [diagnosis_digest(d) for d in store.diagnoses(id)] for id in sorted(ids)}


@pytest.mark.parametrize("name", ["cdn-storm", "bad-release", "two-faults"])
def test_a_storm_is_the_same_after_the_move(pack: DomainPack, tmp_path: Path, name: str) -> None:
    """All digests are equal; the new house, asked again, finds nothing else to say."""
    source, target = EmbeddedGraphStore(None), EmbeddedGraphStore(None)
    Night(name).tell(pack, source)
    manifest = export_of(source, tmp_path / "out")
    assert rebuilt(target, tmp_path / "out")
    told = _digests(source)
    assert any(told.values())
    assert _digests(target) == told
    second = export_of(target, tmp_path / "again")
    assert second.count == manifest.count + 1  # the line that tells of the epoch
    diagnoser = Diagnoser(target, NoKnowledge(), meter=lambda: 0.0)
    for incident_id, known in ((id, known) for id, known in told.items() if known):
        again = diagnoser.diagnose_incident(incident_id, computed_at=after(0))
        assert diagnosis_digest(again) == known[-1]
    assert _digests(target) == told
    source.close()
    target.close()
