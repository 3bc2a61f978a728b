"""The knowledge of the medical-education pack, and the hand-written questions to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from graph.model.access import Principal
from graph.model.pack import DomainPack
from ingest.packs import load_pack
from retrieval.searching.search import KnowledgeSearch

PACK = "medical_education"
SEEDS = Path(__file__).parents[2] / "seeds"
QUESTIONS = Path(__file__).with_name("questions.yaml")
ANYBODY = Principal(name="anybody")


@cache
def pack() -> DomainPack:
    """Load the pack once."""
    return load_pack(SEEDS / PACK, library_folder=SEEDS / "library")


@cache
def pack_search() -> KnowledgeSearch:
    """Build the search over the pack once."""
    return KnowledgeSearch(pack().sops, pack().cases)


@cache
def questions() -> dict[str, Any]:
    """Read the hand-written questions."""
    read: dict[str, Any] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    return read


def named(local: str) -> str:
    """Namespace a local id of the pack."""
    return f"{PACK}:{local}"
