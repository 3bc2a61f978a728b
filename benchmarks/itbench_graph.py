"""ITBench's call graph: of what kind each name is, and what the demo's own pages add to it.

Given is `architecture.json`, with the one relation that the protocol lets a runner add. `PUBLISHED`
are the relations that the service diagram of the OpenTelemetry demo's documentation
(opentelemetry.io/docs/demo/architecture, read 2026-11-22) has besides, between components that the
given graph names. None of them was chosen by an alert or an answer.
"""

from __future__ import annotations

from typing import Final

from ingest.call_graph import CallGraph, make_graph

ADDED: Final = ("frontend-proxy", "frontend")
PUBLISHED: Final = (
    ("ad-service", "flagd"),
    ("cart-service", "flagd"),
    ("fraud-detection-service", "flagd"),
    ("frontend-proxy", "flagd"),
    ("payment-service", "flagd"),
    ("product-reviews-service", "flagd"),
    ("recommendation-service", "flagd"),
    ("frontend-proxy", "flagd-ui"),
    ("frontend-proxy", "image-provider"),
    ("product-reviews-service", "postgresql"),
    ("product-reviews-service", "product-catalog-service"),
)
# What is not a service, by its name in the architecture.
KINDS: Final = {
    "frontend-proxy": "gateway",
    "load-generator": "client_group",
    "valkey": "cache",
    "kafka": "kafka_broker",
    "postgresql": "database",
    "flagd": "config_center",
}


def kinds_of(graph: CallGraph) -> dict[str, str]:
    """Name each component's kind of the library."""
    return {name: KINDS.get(name, "service") for name in graph.names}


def enriched(graph: CallGraph) -> CallGraph:
    """Add the published relations of the components that the graph has."""
    known = set(graph.names)
    return make_graph(graph.names, [*graph.calls, *(c for c in PUBLISHED if known.issuperset(c))])
