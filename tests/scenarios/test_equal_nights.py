"""Equal evidence, equal digests: told again, and told in other POSTs."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.model.diagnosis import Diagnosis
from graph.model.digest import diagnosis_digest
from graph.model.pack import DomainPack
from tests.scenarios.night import Night, split, write_lines

MINUTES = 5


def _digests(diagnoses: tuple[Diagnosis, ...]) -> list[str]:
    return [diagnosis_digest(d) for d in diagnoses]


@pytest.fixture(scope="module")
def told(pack: DomainPack) -> list[str]:
    """Tell the storm as it came, until five minutes after its first alert."""
    return _digests(Night("cdn-storm").diagnose(pack, minutes=MINUTES))


def test_the_same_night_twice_gives_the_same_digests(pack: DomainPack, told: list[str]) -> None:
    """Nothing depends on the run."""
    assert told
    assert _digests(Night("cdn-storm").diagnose(pack, minutes=MINUTES)) == told


@pytest.mark.parametrize("size", [1, 3])
def test_smaller_posts_of_the_same_instants_give_the_same_digests(
    pack: DomainPack, told: list[str], tmp_path: Path, size: int
) -> None:
    """How the sender cuts its payloads is of no account."""
    night = Night("cdn-storm")
    cut = write_lines(tmp_path / "cut.jsonl", split(night.lines(), size))
    assert _digests(night.diagnose(pack, alerts=cut, minutes=MINUTES)) == told


def test_posts_of_the_same_instant_may_come_in_any_order(
    pack: DomainPack, told: list[str], tmp_path: Path
) -> None:
    """Deliveries that were received at one instant have no order."""
    night = Night("cdn-storm")
    cut = split(night.lines(), 3)
    turned = sorted(reversed(cut), key=lambda line: line["received_at"])
    path = write_lines(tmp_path / "turned.jsonl", turned)
    assert _digests(night.diagnose(pack, alerts=path, minutes=MINUTES)) == told
