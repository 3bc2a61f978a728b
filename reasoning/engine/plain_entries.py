"""Entries of a problem that nothing can be said against: most need no place and no message.

Whatever is refused here is looked at again by `problem_files`, which says what is wrong.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Final, TypeGuard

from reasoning.engine.json_shape import MAX_ID_CHARS

Plain = dict[str, Any]

_NODES: Final = ({"id"}, {"id", "prior"})
_LINK: Final = {"cause", "effect", "strength"}
_CHANNEL: Final = {"id", "node", "detection", "false_alarm"}


def is_plain_node(entry: object) -> TypeGuard[Plain]:
    """Tell whether an entry is a node with a fine id and a prior in [0,1], or none."""
    if type(entry) is not dict or entry.keys() not in _NODES:
        return False
    return _is_plain_id(entry["id"]) and _lies_between(entry.get("prior", 0.0))


def is_plain_link(entry: object, nodes: Set[str]) -> TypeGuard[Plain]:
    """Tell whether an entry is a link between two of these nodes, its strength in [0,1]."""
    if type(entry) is not dict or len(entry) != 3 or entry.keys() != _LINK:
        return False
    cause, effect = entry["cause"], entry["effect"]
    if type(cause) is not str or type(effect) is not str or not _lies_between(entry["strength"]):
        return False
    return cause in nodes and effect in nodes


def is_plain_channel(entry: object, nodes: Set[str]) -> TypeGuard[Plain]:
    """Tell whether an entry is a channel on one of these nodes, its rates between 0 and 1."""
    if type(entry) is not dict or entry.keys() != _CHANNEL or not _is_plain_id(entry["id"]):
        return False
    for rate in (entry["detection"], entry["false_alarm"]):
        if not _lies_between(rate) or rate in (0, 1):
            return False
    return type(entry["node"]) is str and entry["node"] in nodes


def _is_plain_id(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= MAX_ID_CHARS and value.isascii()


def _lies_between(value: object) -> bool:
    return (type(value) is float or type(value) is int) and 0 <= value <= 1
