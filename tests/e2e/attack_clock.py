"""The way of the attack table that sets the server's clock forward and back.

What has expired stays so whatever the clock says next, and what was agreed to in an hour that is
yet to come is void. Every jump leaves the store's newest instant ahead of the clock: this way is
the last one of a season.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import httpx2

from tests.e2e.attack_season import Answer, Season

# One round of jumps tries so often on each path.
_TRIES: Final = 10
_MINUTE: Final = 60.0
_LIFE: Final = 16 * _MINUTE  # a request lives for 15


def clock_jump(season: Season) -> None:
    """The clock goes past the end of an approval and back; the next one is made in the future."""
    off, left = 0.0, season.rounds
    while left > 0:
        off = _one_round(season, off, min(left, _TRIES))
        left -= _TRIES


def _one_round(season: Season, off: float, count: int) -> float:
    """Jump and try; returns by how much the clock is off when it is set right again."""
    asked = season.watch(season.ask(), "expired", 0)
    approved = season.watch(season.approve(season.ask()), "expired", 2)
    calls = _calls(season, asked, approved)
    ahead = off + _LIFE
    season.clock.set_off(ahead)
    _try(season, calls, asked, range(count // 3))
    # Lawful as long as the clock stays; then it is set back, and they were agreed to tomorrow.
    early = season.watch(season.ask(), "revoked", 0)
    agreed = season.watch(season.approve(season.ask()), "revoked", 2)
    season.clock.set_off(off + _MINUTE)
    _try(season, calls, asked, range(count // 3, 2 * count // 3))
    _void(season, early, agreed)
    season.clock.set_off(ahead + _MINUTE)  # once void it stays void, though time has caught up
    _try(season, _calls(season, early, agreed), early, range(2 * count // 3, count))
    return ahead + _MINUTE


def _void(season: Season, early: Answer, agreed: Answer) -> None:
    """Try what the jump back voids; part of the way, as nothing else of these two is tried yet."""
    for asked, call in ((early, season.people["ops"].decide), (agreed, _execution(season))):
        answer = call(asked)
        if (answer.status_code, answer.json().get("code")) != (409, "clock"):
            season.moved.append(f"{asked['remediation_id']} outlived the clock: {answer.text}")


def _execution(season: Season) -> Callable[[Answer], httpx2.Response]:
    return season.people["operator"].execute


def _calls(
    season: Season, asked: Answer, approved: Answer
) -> tuple[Callable[[], httpx2.Response], ...]:
    people = season.people
    return (
        partial(people["operator"].execute, approved),
        partial(people["ops"].decide, asked),
        partial(people["academic"].decide, approved),
    )


def _try(
    season: Season,
    calls: tuple[Callable[[], httpx2.Response], ...],
    asked: Answer,
    numbers: range,
) -> None:
    for number in numbers:
        season.note("clock_jump", "api", calls[number % len(calls)]())
        role = ("ops_lead", "academic_lead")[number % 2]
        answer = season.people[("ops", "academic")[number % 2]].form(asked, role=role)
        season.note("clock_jump", "page", answer)
