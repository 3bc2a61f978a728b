"""ITBench's scenarios as the product may see them: alert names, and which service each is about.

Read are, of `alerts` (top level or under `spec`), `id` and `group_id`; of `groups`, `id`, `kind`,
`name` and `filter`. Everything else in the file holds the answer or hints at it and is dropped
here, before any other code sees it. The truth is read by `benchmarks.itbench_truth`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ingest.call_graph import CallGraph

# What a group's id carries behind the service's name.
SUFFIX: Final = re.compile(
    r"-(service|pod|deployment|statefulset|configmap|container|endpoint|operation)s?$"
)


@dataclass(frozen=True)
class Group:
    """A named thing of a scenario."""

    id: str
    kind: str
    name: str
    filters: tuple[str, ...]


@dataclass(frozen=True)
class Scenario:
    """What may be seen of a scenario: (alert name, component) and the alerts about nothing known.

    `number` is the scenario's; alerts stand in file order, once each.
    """

    number: int
    alerts: tuple[tuple[str, str], ...]
    unplaced: tuple[str, ...]


def scenario_files(folder: Path) -> list[tuple[int, Path]]:
    """List the scenarios by number."""
    files = folder.glob("scenario_*/groundtruth_v1.yaml")
    return sorted((int(path.parent.name.split("_")[-1]), path) for path in files)


def read_scenario(number: int, path: Path, graph: CallGraph) -> Scenario:
    """Read what may be seen."""
    part = section(path)
    groups = {group.id: group for group in read_groups(part)}
    placed: dict[tuple[str, str], None] = {}
    unplaced = []
    for alert in part.get("alerts") or ():
        name, about = str(alert.get("id")), str(alert.get("group_id"))
        group = groups.get(about, Group(about, "", "", ()))
        component = component_of(group, graph)
        if component is None:
            unplaced.append(name)
        else:
            placed[name, component] = None
    return Scenario(number, tuple(placed), tuple(unplaced))


def section(path: Path) -> Mapping[str, Any]:
    """Read the part of the file that holds alerts and groups; both layouts occur."""
    whole: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    part = whole.get("spec")
    found: Mapping[str, Any] = part if isinstance(part, dict) and "groups" in part else whole
    return found


def read_groups(part: Mapping[str, Any]) -> list[Group]:
    """Read the groups' four allowed fields."""
    return [
        Group(
            id=str(entry.get("id")),
            kind=str(entry.get("kind", "")),
            name=str(entry.get("name") or ""),
            filters=tuple(str(f) for f in entry.get("filter") or ()),
        )
        for entry in part.get("groups") or ()
    ]


def component_of(group: Group, graph: CallGraph) -> str | None:
    """Name the component that a group is about: by its id, else by its filters, else by its name.

    `productcatalog-service-2` is `product-catalog-service`: the number and the kind behind the name
    are cut, dashes do not count.
    """
    known = {_plain(name): name for name in graph.names}
    spelled = (group.id, *group.filters, group.name)
    return next((known[p] for s in spelled if (p := _plain(s)) in known), None)


def _plain(name: str) -> str:
    """Reduce a name to what tells services apart.

    >>> _plain("cart-service-1"), _plain("product-catalog" + chr(92) + "b"), _plain("ad-.*")
    ('cart', 'productcatalog', 'ad')
    """
    bare = re.sub(r"\\b|\.\*|[\^$]", "", name.lower())
    bare = re.sub(r"-\d+$", "", bare.strip("-"))
    return SUFFIX.sub("", bare).replace("-", "")


def alerts_by_component(alerts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Group alert names by component, in file order."""
    found: dict[str, list[str]] = {}
    for name, component in alerts:
        found.setdefault(component, []).append(name)
    return found
