"""How the nodes of a label are joined with others: by what their rows name, and what bodies tell.

Records are joined by the statement that writes them, since what they name is there by then nearly
always; the parts of a pack name each other in circles and are joined at the end (`links`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from graph.stores import schema, sql
from graph.stores.neo4j.looks import SIGHTS, TELLING, Body, sights_of
from graph.stores.shapes import Label, Link

_PACK_PARTS: Final = frozenset(
    label.name for label in schema.LABELS if any(link.target == "Pack" for link in label.links)
)

# An id, or an id with the properties of the relationship where its type has any.
Target = sql.Value | dict[str, object]


@dataclass(frozen=True)
class Joint:
    """A kind of relationship that leads away from a label; `column` names its target, if one."""

    type: str
    target: str
    column: str | None = None


@cache
def joints_of(label: Label) -> tuple[Joint, ...]:
    """List what the write of a record joins it with; nothing for parts of packs."""
    if label.name in _PACK_PARTS or label is schema.CHANGE_EVIDENCE:
        return ()
    own = (Joint(link.type, link.target, link.column) for link in own_links(label))
    return (*own, *(Joint(type_, target) for type_, target in SIGHTS.get(label.name, ())))


def own_links(label: Label) -> tuple[Link, ...]:
    """List what a label's rows are joined with; the pack is a property, a hub would hide all."""
    return tuple(link for link in label.links if link.target != "Pack")


def is_of_pack(label: Label) -> bool:
    """Tell whether a label is a part of a pack, or the pack itself."""
    return label is schema.PACK or label.name in _PACK_PARTS


def targets_of(label: Label, row: Mapping[str, sql.Value], body: Body) -> list[list[Target]]:
    """Give the targets of a row, whose body is read, for each joint of its label, each once."""
    joints = joints_of(label)
    found: list[dict[sql.Value, Target]] = [{} for _ in joints]
    for place, joint in enumerate(joints):
        if joint.column is not None and (named := row[joint.column]) is not None:
            found[place][named] = named
    for sight in sights_of(label, body):
        place = joints.index(Joint(sight.type, sight.target))
        tells = sight.type in TELLING
        found[place][sight.id] = {"id": sight.id, "told": sight.told} if tells else sight.id
    return [list(targets.values()) for targets in found]


def count_targets(links: Sequence[Sequence[Target]]) -> int:
    """Count all targets of a row."""
    return sum(map(len, links))
