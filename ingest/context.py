"""What intake knows of each loaded pack, indexed once per revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.failure import FailureGraph
from graph.model.library import Direction
from graph.model.pack import DomainPack
from graph.model.signals import QuarantineReason
from graph.ports import TopologyReader
from ingest.correlate import Correlator
from ingest.resolve import Resolution, Resolver


@dataclass(frozen=True)
class PackContext:
    """One pack with its indexes; `heartbeats` are the alertnames that prove monitoring alive.

    `library_names` maps (kind, the name that a well-known rule set uses) to the library's name.
    """

    pack: DomainPack
    graph: FailureGraph
    resolver: Resolver
    correlator: Correlator
    heartbeats: frozenset[str]
    library_names: Mapping[tuple[str, str], str]

    def in_library(self, alertname: str, component_id: str) -> str:
        """Return what the library calls this rule on this component; a stranger keeps its name."""
        kind = self.graph.components[component_id].kind
        return self.library_names.get((kind, alertname), alertname)


def index_pack(pack: DomainPack) -> PackContext:
    """Build the indexes of one pack; O(components + relations)."""
    graph = FailureGraph(pack)
    types = pack.library.alert_types
    beats = frozenset(t.alertname for t in types if t.direction is Direction.HEARTBEAT)
    return PackContext(
        pack=pack,
        graph=graph,
        resolver=Resolver(pack.components),
        correlator=Correlator(graph, types),
        heartbeats=beats | {"Watchdog"},
        library_names={(k, a): t.alertname for t in types for k in t.kinds for a in t.aliases},
    )


class PackShelf:
    """Keeps the contexts of the packs that are loaded now; one entry per pack."""

    def __init__(self) -> None:
        """Start empty."""
        self._shelf: dict[str, tuple[str, PackContext]] = {}

    def contexts(self, reader: TopologyReader) -> Mapping[str, PackContext]:
        """Return every loaded pack's context by pack id; rebuilt where anything in it changed."""
        headers = reader.packs()
        for header in headers:
            # Not topology and library alone: settings and calendar steer the intake too.
            digest = header.content_digest
            if self._shelf.get(header.id, (None,))[0] != digest:
                self._shelf[header.id] = (digest, index_pack(reader.pack(header.id)))
        return {header.id: self._shelf[header.id][1] for header in headers}


def resolve_labels(
    contexts: Mapping[str, PackContext], labels: Mapping[str, str]
) -> tuple[str, Resolution]:
    """Find (pack id, component) over all packs; what fits two packs is ambiguous.

    An unmapped alert belongs to the first pack in id order; '' when no pack is loaded.
    """
    tried = {pack_id: c.resolver.labelled(labels) for pack_id, c in sorted(contexts.items())}
    hits = [(pack_id, r) for pack_id, r in tried.items() if r.component_id]
    if len(hits) == 1:
        return hits[0]
    first = next(iter(tried), "")
    unclear = any(r.reason is QuarantineReason.AMBIGUOUS for r in tried.values())
    reason = QuarantineReason.AMBIGUOUS if hits or unclear else QuarantineReason.UNMAPPED
    return first, Resolution(None, reason)
