"""Labels and aliases find one component, or the reason why not."""

from __future__ import annotations

import pytest

from graph.model.signals import QuarantineReason
from ingest.resolve import Resolver
from tests.small_pack import small_pack


@pytest.mark.parametrize(
    ("labels", "component_id"),
    [
        ({"component": "small:exam-db"}, "small:exam-db"),
        ({"service": "EXAM-DB"}, "small:exam-db"),
        ({"service": "别名-exam-db"}, "small:exam-db"),
        ({"instance": "exam-db.local:9104"}, "small:exam-db"),
        ({"service": "unknown", "pod": "exam-pod-1"}, "small:exam-pod-1"),
        ({"service": "exam-api", "pod": "exam-pod-1"}, "small:exam-api"),
    ],
)
def test_labels_are_tried_in_order(labels: dict[str, str], component_id: str) -> None:
    """The first label that names anything decides; ids before aliases, case-folded."""
    assert Resolver(small_pack().components).labelled(labels).component_id == component_id


def test_an_alias_of_two_components_is_ambiguous() -> None:
    """A name that fits two components is never guessed."""
    components = [
        c.model_copy(update={"aliases": ("shared",)}) for c in small_pack().components[:2]
    ]
    resolution = Resolver(components).labelled({"service": "Shared"})
    assert resolution.reason is QuarantineReason.AMBIGUOUS


def test_nothing_named_is_unmapped() -> None:
    """Labels that name no component say so."""
    resolution = Resolver(small_pack().components).labelled({"job": "nowhere"})
    assert (resolution.component_id, resolution.reason) == (None, QuarantineReason.UNMAPPED)
