"""The ways of the attack table that come from people who have nearly every right to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx2

from tests.e2e.attack_season import API, Answer, Season, accepted

_REASON = {"reason": "the link is back"}
_SETTLED = {"outcome": "verified", "note": "it works"}


def own_request_run(season: Season) -> None:
    """A lead asks, another agrees in one role; the first fills the other, and starts it."""
    half = season.watch(season.ask(by="both"), "requested", 1)
    assert accepted(season.people["academic"].decide(half))
    person = season.people["both"]
    tries: tuple[Callable[[], httpx2.Response], ...] = (
        partial(person.decide, half, role="ops_lead"),
        partial(person.execute, half),
        partial(person.decide, half),
        partial(person.decide, half, role="academic_lead"),
        partial(person.send, "POST", f"/remediations/{half['remediation_id']}/undo", _REASON),
    )
    for number in range(season.rounds):
        season.note("own_request_run", "api", tries[number % len(tries)]())
        role = ("ops_lead", "academic_lead")[number % 2]
        season.note("own_request_run", "page", person.form(half, role=role))


def held_undo(season: Season) -> None:
    """What is held is taken back, or settled, by those who may not: at once, under old approvals.

    In the end somebody may, by the same call: so it was the right that was missing, nothing else.
    """
    victim = _held(season)
    tries = _without_right(season, victim)
    for number in range(season.rounds):
        season.note("held_undo", "api", tries[number % len(tries)]())
        name = ("viewer", "both", "ops")[number % 3]
        answer = season.people[name].form(victim, role=("ops_lead", "academic_lead")[number % 2])
        season.note("held_undo", "page", answer)
    found, orders = season.read(victim), season.receiver.orders_of(victim["remediation_id"])
    if (found["status"], orders) != ("held", 1):
        season.moved.append(f"held: {victim['remediation_id']} is {found['status']}, {orders} sent")
    assert accepted(season.people["operator"].send("POST", _path(victim, "undo"), _REASON))
    season.wait_ended(victim)
    season.watch(victim, "rolled_back", 2)


def _held(season: Season) -> Answer:
    """Run one of which nobody can tell afterwards whether it worked."""
    victim = season.approve(season.ask())
    season.receiver.blind.add(victim["plan"]["target_ids"][0])
    season.run(victim)
    assert season.read(victim)["status"] == "held"
    return victim


def _without_right(season: Season, victim: Answer) -> tuple[Callable[[], httpx2.Response], ...]:
    people, tokens = season.people, season.home.tokens
    undo, resolution = _path(victim, "undo"), _path(victim, "resolution")

    def bearing(token: str, path: str, body: dict[str, str]) -> httpx2.Response:
        with season.bearer(token) as http:
            return http.post(f"{API}{path}", json=body)

    return (
        partial(people["viewer"].send, "POST", undo, _REASON),
        partial(people["admin"].send, "POST", undo, _REASON),
        partial(people["far"].send, "POST", undo, _REASON),
        partial(bearing, tokens["reader"], undo, _REASON),
        partial(bearing, tokens["operating"], undo, _REASON),
        partial(bearing, tokens["executing"], undo, _REASON),
        partial(bearing, tokens["source"], undo, _REASON),
        partial(people["operator"].send, "POST", undo, _REASON, **{"X-CSRF": people["ops"].csrf}),
        partial(people["operator"].execute, victim),
        partial(people["viewer"].send, "POST", resolution, _SETTLED),
        partial(people["far"].send, "POST", resolution, _SETTLED),
        partial(bearing, tokens["reader"], resolution, _SETTLED),
    )


def other_site(season: Season) -> None:
    """A lead of another hospital works on an incident that is not theirs to see, or reads of it.

    To them it does not exist: a 200 with anything of it would have succeeded.
    """
    done = season.watch(season.run(season.approve(season.ask())), "verified", 2)
    asked = season.watch(season.ask(), "requested", 0)
    approved = season.watch(season.approve(season.ask()), "approved", 2)
    person, words = season.people["far"], _words(season)
    with season.bearer(season.home.tokens["far"]) as http:
        tries = _from_afar(season, http, (done, asked, approved))
        for number in range(season.rounds):
            answer = tries[number % len(tries)]()
            season.note("other_site", "api", answer, reached=answer.status_code < 300)
            page = (
                person.form(asked, role=("ops_lead", "academic_lead")[number // 2 % 2])
                if number % 2
                else person.http.get(f"/a/{asked['remediation_id']}")
            )
            season.note("other_site", "page", page, reached=page.status_code < 300)
    if _words(season) != words:
        season.moved.append("a lead of another site had a say in what it was")


def _from_afar(
    season: Season, http: httpx2.Client, victims: tuple[Answer, Answer, Answer]
) -> tuple[Callable[[], httpx2.Response], ...]:
    done, asked, approved = victims
    send, incident = season.people["far"].send, f"/incidents/{season.home.incident}"
    order = {key: asked["plan"][key] for key in ("action_id", "target_ids", "parameters")} | _REASON
    return (
        partial(send, "POST", f"{incident}/feedback", {"cause": "external"}),
        partial(send, "GET", f"{incident}/postmortem?lang=en"),
        partial(send, "POST", _path(done, "undo"), _REASON),
        partial(send, "POST", _path(done, "ending"), {"how": "permanent", "reason": "it stays"}),
        partial(season.people["far"].decide, asked),
        partial(season.people["far"].execute, approved),
        partial(send, "POST", f"{incident}/remediations", order),
        partial(send, "GET", f"{incident}/feedback"),
        partial(http.post, f"{API}{incident}/feedback", json={"cause": "external"}),
        partial(http.get, f"{API}{incident}/postmortem"),
        partial(http.post, f"{API}{_path(done, 'undo')}", json=_REASON),
        partial(http.post, f"{API}{_path(approved, 'execution')}"),
    )


def _words(season: Season) -> object:
    path = f"/incidents/{season.home.incident}/feedback"
    return season.people["operator"].send("GET", path).json()["items"]


def _path(asked: Answer, what: str) -> str:
    return f"/remediations/{asked['remediation_id']}/{what}"
