"""Ask a Prometheus for the series of a week: one range query for each quantity."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import httpx2
import numpy as np

from api.series.profile import MetricsProfile, SeriesQuery
from graph.errors import InputError, MalformedError, StoreError, TooLargeError
from ingest.metrics.panel import Floats, Panel, SeriesName, align
from ingest.metrics.readers import read_prometheus

# Prometheus gives at most 11,000 points of a series: a week and some hours by minutes.
STEP_S: Final = 60.0
POINTS_AT_MOST: Final = 11_000
# A thousand series of a week.
ANSWER_AT_MOST: Final = 300 * 1024 * 1024


def ask_series(profile: MetricsProfile, *, since: float, until: float) -> Panel:
    """Ask every query of the profile over [since, until] (UTC seconds), by minutes.

    Of two series of one component and quantity the first counts.

    Raises: StoreError where Prometheus cannot be reached or refuses; InputError where its answer
        cannot be read.
    """
    since = max(since, until - STEP_S * (POINTS_AT_MOST - 1))
    names: list[SeriesName] = []
    samples: list[tuple[Floats, Floats]] = []
    bearer = profile.bearer()
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    with httpx2.Client(headers=headers, timeout=profile.timeout_s, trust_env=False) as client:
        for query in profile.queries:
            for component, times, values in _asked(client, profile, query, (since, until)):
                name = SeriesName(component, query.quantity, query.unit)
                if name not in names and len(times):
                    names.append(name)
                    samples.append((times, values))
    return _aligned(names, samples)


def _aligned(names: Sequence[SeriesName], samples: Sequence[tuple[Floats, Floats]]) -> Panel:
    if not names:
        return Panel((), np.empty(0), np.empty((0, 0)))
    return align(names, samples, step_s=STEP_S)


def _asked(
    client: httpx2.Client,
    profile: MetricsProfile,
    query: SeriesQuery,
    span: tuple[float, float],
) -> list[tuple[str, Floats, Floats]]:
    since, until = span
    wanted = {"query": query.query, "start": str(since), "end": str(until), "step": str(STEP_S)}
    try:
        answer = client.post(f"{profile.url.rstrip('/')}/api/v1/query_range", data=wanted)
    except httpx2.HTTPError as error:
        raise StoreError(f"Prometheus {profile.url} cannot be reached: {error}") from error
    if answer.status_code >= 500:
        raise StoreError(f"Prometheus {profile.url} answered {answer.status_code}; look at it")
    try:
        return read_prometheus(_parsed(answer.content), label=query.label)
    except InputError as error:
        raise InputError(f"query {query.query!r}: {error}") from error


def _parsed(body: bytes) -> object:
    if len(body) > ANSWER_AT_MOST:
        raise TooLargeError(f"the answer has {len(body)} bytes; ask for fewer series")
    try:
        return json.loads(body)
    except ValueError as error:
        raise MalformedError("the answer is no JSON; is this a Prometheus?") from error
