"""A house's reader of series, where HOME/metrics.json names a Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.series.profile import METRICS_FILE, read_profile

if TYPE_CHECKING:
    from api.bootstrap import Assistant
    from api.series.reader import SeriesReader


def series_reader(assistant: Assistant) -> SeriesReader | None:
    """Make the reader of this house; None where nothing is configured.

    Raises: StoreError for a faulty file.
    """
    profile = read_profile(assistant.settings.home / METRICS_FILE)
    if profile is None:
        return None
    from api.series.reader import SeriesReader

    return SeriesReader(
        assistant.store,
        assistant.intake,
        assistant.clock,
        profile,
        wake=assistant.worker.wake,
    )
