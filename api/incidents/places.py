"""What a report from people can name: steps, regions, carriers; `ingest.people` has the rules."""

from __future__ import annotations

from typing import Final

from api.schemas.by_hand import ReportPlace, ReportPlaces, ReportStep
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.pack import DomainPack
from graph.model.topology import Component
from graph.ports import Store

_KINDS: Final = ("client_group", "region")


def report_places(store: Store, principal: Principal) -> ReportPlaces:
    """List what the first pack that understands reports has; regions by number, then by name."""
    for header in store.packs():
        pack = store.pack(header.id)
        types = pack.library.alert_types
        if any(t.speaks_only and t.alertname.startswith("PeopleReport") for t in types):
            return _places(pack, principal)
    return ReportPlaces()


def _places(pack: DomainPack, principal: Principal) -> ReportPlaces:
    seen = [
        c
        for c in pack.components
        if c.kind in _KINDS and principal.may_see(site=c.site, visibility=c.visibility)
    ]
    names = {p.region.partition(":")[2] or p.region: p.name for p in pack.regions}
    regions = sorted({_at(c, "region") for c in seen} - {""}, key=_by_number)
    return ReportPlaces(
        steps=tuple(ReportStep(id=s.id, name=s.name) for flow in pack.flows for s in flow.steps),
        places=tuple(_place(region, names, seen) for region in regions),
    )


def _place(region: str, names: dict[str, Text], seen: list[Component]) -> ReportPlace:
    here = [c for c in seen if _at(c, "region") == region]
    groups = {_at(c, "carrier") for c in here if c.kind == "client_group"}
    return ReportPlace(
        region=region,
        name=names.get(region, Text(zh=region, en=region)),
        carriers=tuple(sorted(groups - {""})),
        whole=any(c.kind == "region" for c in here),
    )


def _at(component: Component, key: str) -> str:
    return str(component.attributes.get(key, ""))


def _by_number(region: str) -> tuple[int, str]:
    digits = region.lstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits) if digits.isdigit() else 0, region
