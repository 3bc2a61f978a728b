"""Whose alert is it: labels and aliases -> one component, or a stated reason why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.model.signals import QuarantineReason
from graph.model.topology import Component

LABEL_ORDER = ("component", "service", "instance", "pod", "container", "host", "node", "job")


@dataclass(frozen=True)
class Resolution:
    """A component, or the reason why there is none."""

    component_id: str | None
    reason: QuarantineReason | None = None


class Resolver:
    """Finds components by id first, then by alias; names are compared case-folded.

    A pack's local slug (`exam-db` of `medical_education:exam-db`) counts as the id.
    """

    def __init__(self, components: Iterable[Component]) -> None:
        """Index ids and aliases; O(names)."""
        ids: dict[str, set[str]] = defaultdict(set)
        aliases: dict[str, set[str]] = defaultdict(set)
        for component in components:
            ids[component.id].add(component.id)
            ids[component.id.partition(":")[2] or component.id].add(component.id)
            for alias in component.aliases:
                aliases[alias.casefold()].add(component.id)
        self._ids = dict(ids)
        self._aliases = dict(aliases)

    def named(self, name: str) -> Resolution:
        """Resolve one name; two matches are ambiguous."""
        folded = name.strip().casefold()
        found = self._ids.get(folded) or self._aliases.get(folded) or set()
        if len(found) == 1:
            return Resolution(next(iter(found)))
        reason = QuarantineReason.AMBIGUOUS if found else QuarantineReason.UNMAPPED
        return Resolution(None, reason)

    def labelled(self, labels: Mapping[str, str]) -> Resolution:
        """Try the labels in `LABEL_ORDER`; the first that names anything decides."""
        for label in LABEL_ORDER:
            value = labels.get(label, "")
            for name in _spellings(label, value):
                resolution = self.named(name)
                if resolution.reason is not QuarantineReason.UNMAPPED:
                    return resolution
        return Resolution(None, QuarantineReason.UNMAPPED)


def _spellings(label: str, value: str) -> tuple[str, ...]:
    """Cut the port of an instance: `10.1.2.3:9100` -> `10.1.2.3`."""
    if not value:
        return ()
    host, colon, port = value.rpartition(":")
    if label == "instance" and colon and port.isdigit():
        return (host,)
    return (value,)
