"""Relations that nobody writes down because they follow from what components say of themselves.

* A view (`view_of`: a client twin, a gateway's route, a virtual address) stands on what it shows.
* A site falls with its power and cooling: where one component of kind `power_feed` has a site,
  whatever else has that site stands on it, unless it runs on or is part of something, which then is
  in between. Of two feeds either may be enough: how they share the load has to be written down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from graph.model.pack import DomainPack
from graph.model.topology import Basis, Component, Relation, RelationType

VIEW_OF: Final = "view_of"
FEED: Final = "power_feed"
# Of calls through a view nearly all meet what it shows; batteries bridge some losses (assumed).
VIEW_STRENGTH: Final = 0.95
FEED_STRENGTH: Final = 0.7
_BETWEEN: Final = frozenset({RelationType.RUNS_ON, RelationType.PART_OF})


def views_of(components: Iterable[Component]) -> dict[str, str]:
    """Map each view to what it shows; the attribute holds an id, or its part after the pack's."""
    everybody = tuple(components)
    known = {c.id for c in everybody}
    found = {}
    for component in everybody:
        shown = str(component.attributes.get(VIEW_OF, ""))
        for target in (shown, f"{component.id.partition(':')[0]}:{shown}"):
            if target in known and target != component.id:
                found[component.id] = target
    return found


def derived_relations(pack: DomainPack, views: Mapping[str, str]) -> list[Relation]:
    """List what views and sites bring, by (source, target)."""
    seen = [
        _relation(view, RelationType.ROUTES_TO, shown, VIEW_STRENGTH)
        for view, shown in sorted(views.items())
    ]
    return seen + _standing_in(pack)


def _standing_in(pack: DomainPack) -> list[Relation]:
    feeds: dict[str, list[str]] = defaultdict(list)
    for component in pack.components:
        if component.kind == FEED and component.site is not None:
            feeds[component.site].append(component.id)
    lone = {site: ids[0] for site, ids in feeds.items() if len(ids) == 1}
    if not lone:
        return []
    elsewhere = {r.source for r in pack.relations if r.type in _BETWEEN}
    return [
        _relation(component.id, RelationType.DEPENDS_ON, lone[component.site], FEED_STRENGTH)
        for component in sorted(pack.components, key=lambda c: c.id)
        if component.site in lone and component.kind != FEED and component.id not in elsewhere
    ]


def _relation(source: str, kind: RelationType, target: str, strength: float) -> Relation:
    return Relation(
        source=source,
        type=kind,
        target=target,
        strength=strength,
        basis=Basis.ASSUMED,
        discovered_from="derived",
    )
