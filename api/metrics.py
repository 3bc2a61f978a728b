"""Counters of the server, in Prometheus text form; one registry per application."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from api.bootstrap import Assistant

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What is counted: calls, alerts, open work."""

    def __init__(self) -> None:
        """Start from zero, in a registry of its own."""
        self._registry: Final = CollectorRegistry()
        self._calls: Final = Counter(
            "etiograph_http_requests",
            "HTTP calls by method, route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds: Final = Histogram(
            "etiograph_http_request_seconds",
            "Seconds from the first byte of a call to its answer.",
            ["method", "route"],
            registry=self._registry,
        )
        self._alerts: Final = Counter(
            "etiograph_alerts",
            "Alert states taken in, by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        self._open: Final = Gauge(
            "etiograph_jobs_open", "Jobs that wait or run.", registry=self._registry
        )
        self._failed: Final = Gauge(
            "etiograph_jobs_failed", "Jobs that failed for good.", registry=self._registry
        )
        self._ready: Final = Gauge(
            "etiograph_ready", "1 once packs are loaded.", registry=self._registry
        )

    def count_call(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """Count one answered call; `route` is the template, never the path."""
        self._calls.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def count_alerts(self, *, accepted: int, duplicates: int, quarantined: int) -> None:
        """Count what one payload brought."""
        self._alerts.labels("accepted").inc(accepted)
        self._alerts.labels("duplicate").inc(duplicates)
        self._alerts.labels("quarantined").inc(quarantined)

    def render(self, assistant: Assistant) -> bytes:
        """Write the present figures."""
        self._open.set(assistant.store.jobs_open())
        self._failed.set(len(assistant.store.jobs_failed()))
        self._ready.set(1 if assistant.ready.is_set() else 0)
        return generate_latest(self._registry)
