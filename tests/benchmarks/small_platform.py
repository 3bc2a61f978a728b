"""A platform small enough to judge by eye, in the form of a pack's expansion."""

from __future__ import annotations

from typing import Any

REGIONS = ("r1", "r2", "r3")
CARRIERS = ("telecom", "mobile")


def expansion() -> dict[str, Any]:
    """Build the expansion: cdn-1 serves r1 and r2, cdn-2 serves r3; one API over one database."""
    return {"components": _components(), "relations": _relations(), "flows": _flows()}


def _component(slug: str, kind: str, **attributes: str) -> dict[str, Any]:
    site = attributes.get("region", "main")
    return {
        "id": f"tiny:{slug}",
        "kind": kind,
        "name": {"zh": slug, "en": slug},
        "aliases": [f"{slug}.alias"],
        "site": site,
        "attributes": attributes,
    }


def _components() -> list[dict[str, Any]]:
    parts = [
        _component("cdn-1", "cdn_node"),
        _component("cdn-2", "cdn_node"),
        _component("origin-1", "origin"),
        _component("gate", "gateway"),
        _component("exam-api", "service"),
        _component("exam-store", "service"),
        _component("exam-db", "database"),
        _component("host-1", "host"),
        _component("host-2", "host"),
    ]
    parts += [_component(f"exam-api-{n}", "container") for n in range(4)]
    for region in REGIONS:
        parts.append(_component(f"region-{region}", "region", region=region))
        parts += [
            _component(f"client-{region}-{carrier}", "client_group", region=region, carrier=carrier)
            for carrier in CARRIERS
        ]
    return parts


def _relation(source: str, type_: str, target: str) -> dict[str, Any]:
    return {
        "source": f"tiny:{source}",
        "type": type_,
        "target": f"tiny:{target}",
        "strength": 0.5,
        "confidence": 1.0,
    }


def _relations() -> list[dict[str, Any]]:
    links = [
        _relation("cdn-1", "DEPENDS_ON", "origin-1"),
        _relation("cdn-2", "DEPENDS_ON", "origin-1"),
        _relation("gate", "ROUTES_TO", "exam-api"),
        _relation("exam-api", "CALLS", "exam-store"),
        _relation("exam-store", "DEPENDS_ON", "exam-db"),
        _relation("exam-api-0", "RUNS_ON", "host-1"),
        *(_relation(f"exam-api-{n}", "RUNS_ON", "host-2") for n in range(1, 4)),
        *(_relation(f"exam-api-{n}", "PART_OF", "exam-api") for n in range(4)),
    ]
    homes = {"r1": "cdn-1", "r2": "cdn-1", "r3": "cdn-2"}
    for region in REGIONS:
        links.append(_relation(f"region-{region}", "DEPENDS_ON", homes[region]))
        for carrier in CARRIERS:
            client = f"client-{region}-{carrier}"
            links.append(_relation(client, "DEPENDS_ON", f"region-{region}"))
            links.append(_relation(client, "DEPENDS_ON", homes[region]))
            links.append(_relation(client, "DEPENDS_ON", "gate"))
    return links


def _flows() -> list[dict[str, Any]]:
    steps = [
        {"id": "tiny:watch", "components": ["tiny:cdn-1", "tiny:cdn-2"]},
        {"id": "tiny:exam", "components": ["tiny:exam-api", "tiny:exam-db"]},
    ]
    return [{"id": "tiny:study", "steps": steps}]
