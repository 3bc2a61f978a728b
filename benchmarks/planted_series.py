"""A week of made series with planted episodes: what the reading of metrics is measured on.

Series have what real ones have: a daily curve, weekday and weekend, noise that remembers (AR 1),
bursts of one minute, gaps, a quarter of them nearly constant. An episode is a shift of the bad
kind, minutes to hours long, stepwise or ramped. Dips (the good way) and crowds (more traffic) are
planted too: they are no symptom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.metrics.panel import Floats, Panel, Quantity, SeriesName

STEP_S: Final = 60.0
DAYS: Final = 7
MINUTES: Final = DAYS * 1440
START: Final = 1_700_006_400.0
QUANTITIES: Final = (Quantity.LATENCY, Quantity.LATENCY, Quantity.ERRORS, Quantity.TRAFFIC)
UNITS: Final = {Quantity.LATENCY: "s", Quantity.ERRORS: "ratio", Quantity.TRAFFIC: "per_second"}


@dataclass(frozen=True)
class Planted:
    """An episode of the truth: a series, from when to when, and its height in its own noise."""

    name: SeriesName
    begin: float
    end: float
    height: float


@dataclass(frozen=True)
class PlantedWeek:
    """A panel and the episodes in it."""

    panel: Panel
    episodes: tuple[Planted, ...]


def plant(series: int, seed: int) -> PlantedWeek:
    """Make a week of so many series; equal seeds give equal weeks."""
    draw = np.random.default_rng(seed)
    names, rows, truth = [], [], []
    for number in range(series):
        quantity = QUANTITIES[number % len(QUANTITIES)]
        name = SeriesName(f"c-{number:03}", quantity, UNITS[quantity])
        values, episodes = _series(name, draw)
        names.append(name)
        rows.append(values)
        truth += episodes
    clock = START + STEP_S * np.arange(MINUTES, dtype=np.float64)
    return PlantedWeek(Panel(tuple(names), clock, np.stack(rows)), tuple(truth))


def _series(name: SeriesName, draw: np.random.Generator) -> tuple[Floats, list[Planted]]:
    """Make one series: usual course, noise, episodes on top, then bursts and gaps."""
    usual = _usual(draw)
    noise = _noise(draw, sigma=0.02 if draw.random() < 0.25 else draw.uniform(0.05, 0.2))
    lift = np.zeros(MINUTES)
    episodes = list(_episodes(name, draw, lift, sigma=float(noise.std())))
    lift += _calm_events(draw)
    values = _in_unit(name.quantity, usual, noise, lift)
    burst = draw.random(MINUTES) < 2e-4
    values[burst] *= draw.uniform(3.0, 8.0)
    for begin in draw.integers(0, MINUTES, draw.integers(0, 4)):
        values[begin : begin + draw.integers(3, 60)] = np.nan
    values[draw.random(MINUTES) < 0.002] = np.nan
    return values, episodes


def _in_unit(quantity: Quantity, usual: Floats, noise: Floats, lift: Floats) -> Floats:
    """Write a lift of the bad kind as seconds, share of errors or requests a second."""
    if quantity is Quantity.LATENCY:
        made: Floats = 0.1 * np.exp(0.4 * usual + noise + lift)
    elif quantity is Quantity.ERRORS:
        made = np.clip(0.01 + 0.1 * noise + 0.1 * lift, 0.0, 1.0)
    else:
        made = 200.0 * np.exp(usual + noise - lift)
    return made


def _usual(draw: np.random.Generator) -> Floats:
    """The daily curve, lower at the weekend."""
    minute = np.arange(MINUTES)
    day = np.sin(2 * np.pi * (minute / 1440 - draw.uniform(0, 1)))
    peak = np.exp(-(((minute % 1440) - 1230) ** 2) / (2 * 60**2))
    calm: Floats = draw.uniform(0.1, 0.5) * day + draw.uniform(0.0, 0.8) * peak
    weekend = (minute // 1440) % 7 >= 5
    return calm * np.where(weekend, draw.uniform(0.6, 1.0), 1.0)


def _noise(draw: np.random.Generator, *, sigma: float) -> Floats:
    """Noise that remembers: AR(1), by minutes."""
    memory = draw.uniform(0.2, 0.9)
    shocks = draw.standard_normal(MINUTES) * np.sqrt(1 - memory**2)
    made = np.empty(MINUTES)
    last = 0.0
    for minute in range(MINUTES):
        last = memory * last + shocks[minute]
        made[minute] = last
    return sigma * made


def _episodes(
    name: SeriesName, draw: np.random.Generator, lift: Floats, *, sigma: float
) -> Iterator[Planted]:
    """Plant none, one or two shifts of 3 to 12 sigma, and of a sixth of the level at least."""
    for _ in range(int(draw.choice([0, 1, 2], p=[0.4, 0.4, 0.2]))):
        begin = int(draw.integers(240, MINUTES - 400))
        long = int(draw.integers(10, 240))
        height = max(float(draw.uniform(3.0, 12.0)) * sigma, 0.15)
        shape = np.ones(long)
        ramp = int(draw.choice([1, 1, 5, 15]))
        shape[:ramp] = np.linspace(1 / ramp, 1.0, ramp)[:long]
        if lift[max(begin - 120, 0) : begin + long + 120].any():
            continue
        lift[begin : begin + long] += height * shape
        clock = START + STEP_S * begin
        yield Planted(name, clock, clock + STEP_S * long, height / sigma)


def _calm_events(draw: np.random.Generator) -> Floats:
    """What moves the good way: half the series have one, an hour or two of it."""
    lift = np.zeros(MINUTES)
    if draw.random() < 0.5:
        begin = int(draw.integers(0, MINUTES - 200))
        lift[begin : begin + int(draw.integers(30, 180))] -= draw.uniform(0.2, 0.6)
    return lift
