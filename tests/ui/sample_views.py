"""A small map and a small ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.ui.sample_answers import BEGAN, NOW, both, reigns, steps
from ui.scene import (
    GraphMap,
    Layer,
    MapNode,
    Mark,
    StepState,
    Timeline,
)


def graph_map() -> GraphMap:
    """Thirty-five boxes in five bands."""
    layers: dict[Layer, tuple[str, ...]] = {
        Layer.SERVICE: (
            "user-api",
            "catalog-api",
            "lms-web",
            "player-api",
            "live-api",
            "exam-web",
            "exam-api",
            "credit-api",
        ),
        Layer.STORAGE: (
            "user-db",
            "search-es",
            "media-idx",
            "session-redis",
            "exam-db",
            "credit-db",
        ),
        Layer.NODE: (
            "origin-1",
            "origin-2",
            "cdn-6",
            "cdn-7",
            "cdn-8",
            "cdn-9",
            "k8s-a3",
            "k8s-b1",
        ),
        Layer.NETWORK: (
            "gslb-1",
            "line-a",
            "region-1",
            "region-2",
            "region-3",
            "region-4",
            "region-5",
            "line-b",
        ),
    }
    hit = {"lms-web", "player-api", "exam-web", "region-1", "region-2", "region-3", "region-4"}
    nodes = [MapNode(f"med:{s.id}", s.name, Layer.STEP, s.state) for s in steps()]
    for layer, names in layers.items():
        for name in names:
            known = StepState.UNSURE if name == "region-5" else StepState.CLEAR
            state = StepState.DEGRADED if name in hit else known
            nodes.append(
                MapNode(f"med:{name}", both(name, name), layer, state, top=name == "cdn-7")
            )
    pairs = (
        "register user-api",
        "choose catalog-api",
        "study player-api",
        "exam exam-web",
        "credit credit-api",
        "study lms-web",
        "study live-api",
        "exam exam-api",
        "user-api user-db",
        "catalog-api search-es",
        "lms-web media-idx",
        "player-api media-idx",
        "exam-web session-redis",
        "exam-api exam-db",
        "credit-api credit-db",
        "player-api cdn-7",
        "exam-web cdn-7",
        "live-api cdn-8",
        "media-idx origin-1",
        "search-es origin-2",
        "exam-db k8s-a3",
        "credit-db k8s-b1",
        "cdn-7 region-1",
        "cdn-7 region-2",
        "cdn-7 region-3",
        "cdn-7 region-4",
        "cdn-7 region-5",
        "cdn-6 line-a",
        "cdn-9 line-b",
        "origin-1 gslb-1",
    )
    edges = tuple((f"med:{a}", f"med:{b}") for a, b in (pair.split() for pair in pairs))
    paths = (
        ("med:study", "med:player-api", "med:cdn-7"),
        ("med:exam", "med:exam-web", "med:cdn-7"),
    )
    return GraphMap(tuple(nodes), edges, paths, 2291)


def timeline() -> Timeline:
    """380 alerts in six minutes, one change, one person."""
    seconds = [int(361 * (i / 380) ** 1.3) for i in range(380)]
    return Timeline(
        alert_times=tuple(BEGAN + timedelta(seconds=s) for s in seconds),
        changes=(
            Mark(
                datetime(2025, 3, 12, 13, 31, tzinfo=UTC),
                both("21:31 cdn-7 下发配置 cfg-2291", "21:31 config cfg-2291 to cdn-7"),
            ),
        ),
        reigns=reigns(),
        people=(Mark(BEGAN + timedelta(seconds=170), both("周岚 认领", "周岚 owns it")),),
        began_at=BEGAN,
        now=NOW,
    )
