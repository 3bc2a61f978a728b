"""The ways of the attack table that try to take back, or to end, what nobody gave them to.

The undo of a measure is a request like any other: whoever asks for it can neither agree to it nor
run it alone, and each yes is redeemed once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

import httpx2

from tests.e2e.attack_season import API, Answer, Season, accepted
from tests.e2e.attack_ways import together

_UNDO = {"reason": "the link is back"}
_ENDING = {"how": "permanent", "reason": "it stays"}


def undo_unbidden(season: Season) -> None:
    """A measure is taken back without a role, a scope, a proof or the yes of others, or twice."""
    victim = season.watch(season.run(season.approve(season.ask())), "verified", 2)
    asked = season.watch(_undone(season, victim), "requested", 0)
    tries: tuple[Callable[[], httpx2.Response], ...] = (
        *_calls(season, victim, "undo", _UNDO),
        partial(season.people["both"].decide, asked),
        partial(season.people["operator"].execute, asked),
        partial(season.people["operator"].execute, victim),
        partial(season.people["ops"].decide, asked, digest=victim["digest"]),
    )
    orders = season.receiver.orders_of(victim["remediation_id"])
    for number in range(season.rounds):
        season.note("undo_unbidden", "api", tries[number % len(tries)]())
        answer = season.people["both"].form(asked, role=("ops_lead", "academic_lead")[number % 2])
        season.note("undo_unbidden", "page", answer)
    if season.receiver.orders_of(victim["remediation_id"]) != orders:
        season.moved.append("a measure was taken back")


def ending_unbidden(season: Season) -> None:
    """A measure is said to stay, or what is none is ended, by those who may not."""
    victim = season.watch(season.run(season.approve(season.ask())), "verified", 2)
    waiting = season.watch(season.ask(), "requested", 0)
    path = f"/remediations/{waiting['remediation_id']}/ending"
    tries: tuple[Callable[[], httpx2.Response], ...] = (
        *_calls(season, victim, "ending", _ENDING),
        partial(season.people["operator"].send, "POST", path, _ENDING),
        partial(season.people["operator"].send, "POST", path, _ENDING | {"how": "taken_back"}),
    )
    for number in range(season.rounds):
        season.note("ending_unbidden", "api", tries[number % len(tries)]())
    if season.read(victim)["left"] is not None:
        season.moved.append("a measure was ended")


def undo_race(season: Season) -> None:
    """Two redeem the approved undo of a measure at once."""
    redeemers = (season.people["operator"], season.people["owner"])
    for _ in range(season.rounds):
        victim = season.run(season.approve(season.ask()))
        back = season.approve(_undone(season, victim))
        answers = together(*(partial(p.execute, back) for p in redeemers))
        season.wait_ended(back)
        won = sum(accepted(answer) for answer in answers)
        orders = season.receiver.orders_of(back["remediation_id"])
        said = f"{won} won, {orders} sent"
        season.count("undo_race", "api", said, succeeded=won > 1 or orders > 1)
        if (won, orders) != (1, 1):
            season.moved.append(f"undo race: {said}")


def _undone(season: Season, victim: Answer) -> Answer:
    """Ask for the undo as somebody may who could also agree to another's request."""
    path = f"/remediations/{victim['remediation_id']}/undo"
    answer = season.people["both"].send("POST", path, _UNDO)
    assert answer.status_code == 201, answer.text
    found: Answer = answer.json()
    return found


def _calls(
    season: Season, victim: Answer, what: str, body: dict[str, str]
) -> tuple[Callable[[], httpx2.Response], ...]:
    """Call as a viewer, the administrator, without proof, and with tokens too small or made up."""
    path = f"/remediations/{victim['remediation_id']}/{what}"
    people, tokens = season.people, season.home.tokens

    def bearing(token: str) -> httpx2.Response:
        with season.bearer(token) as http:
            return http.post(f"{API}{path}", json=body)

    return (
        partial(people["viewer"].send, "POST", path, body),
        partial(people["admin"].send, "POST", path, body),
        lambda: people["operator"].send("POST", path, body, **{"X-CSRF": "none"}),
        lambda: people["operator"].send("POST", path, body, **{"X-CSRF": people["ops"].csrf}),
        partial(bearing, tokens["reader"]),
        partial(bearing, tokens["admin"]),
        partial(bearing, tokens["source"]),
        lambda: bearing(secrets.token_urlsafe(32)),
    )
