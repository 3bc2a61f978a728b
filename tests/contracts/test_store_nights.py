"""Equal input, equal digest, whatever the store: whole nights told to each kind."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest

from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from ingest.packs import load_pack
from tests.scenarios.night import LIBRARY, SEEDED, Night

NIGHTS: Final = ("bad-release",)
MINUTES: Final = 4.0  # of each night: its first alerts, and their diagnoses


@cache
def seeded() -> DomainPack:
    """Load the pack as `etiograph load` does."""
    return load_pack(SEEDED, library_folder=LIBRARY)


def digests(store: Store, name: str) -> list[str]:
    """Tell a night to an empty store and digest every diagnosis, in the order of the board."""
    told = Night(name).tell(seeded(), store, minutes=MINUTES)
    return [diagnosis_digest(diagnosis) for diagnosis in told]


@cache
def expected(name: str) -> list[str]:
    """Tell a night to a store in memory."""
    store = EmbeddedGraphStore(None)
    try:
        return digests(store, name)
    finally:
        store.close()


@pytest.mark.parametrize("name", NIGHTS)
def test_a_night_has_the_same_digests_on_every_store(store: Store, name: str) -> None:
    """The diagnoses of a storm do not depend on where its evidence is kept."""
    assert expected(name)
    assert digests(store, name) == expected(name)
    assert store.pack("medical_education") == seeded()
    assert store.check()["integrity"] == "ok"
