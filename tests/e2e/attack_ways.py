"""The ways of the attack table that try to agree or to execute without the right to it.

Each way makes its victims lawfully, then attacks them `rounds` times on every path that leads
there. What the command line can reach: it has no command that requests, approves or executes; it
can grant roles, renew passwords and make tokens, and that is what it tries here.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from functools import partial

import httpx2

from tests.e2e.attack_season import API, Answer, Season, accepted, connected

ROLES = ("ops_lead", "academic_lead", None)


def own_request(season: Season) -> None:
    """The requester agrees, in any role, with or without saying which."""
    victim = season.watch(season.ask(by="both"), "requested", 0)
    person = season.people["both"]
    for number in range(season.rounds):
        role = ROLES[number % 3]
        answer = person.decide(victim, **({"role": role} if role else {}))
        season.note("own_request", "api", answer)
        answer = person.form(victim, role=ROLES[number % 2] or "")
        season.note("own_request", "page", answer)


def same_person_twice(season: Season) -> None:
    """Who holds both roles and has agreed in one agrees in the other."""
    victim = season.watch(season.ask(), "requested", 1)
    person = season.people["both"]
    assert accepted(person.decide(victim, role="academic_lead"))
    for number in range(season.rounds):
        role = ROLES[number % 2]
        answer = person.decide(victim, role=role)
        season.note("same_person_twice", "api", answer)
        answer = person.form(victim, role=str(role))
        season.note("same_person_twice", "page", answer)


def wrong_role(season: Season) -> None:
    """People without a demanded role agree, execute, or have one granted by the command line."""
    victim = season.watch(season.ask(), "requested", 0)
    approved = season.watch(season.approve(season.ask()), "approved", 2)
    for number in range(season.rounds):
        person = season.people[("viewer", "operator", "owner")[number % 3]]
        role = ROLES[number // 3 % 3]
        if number % 2 and person.name == "viewer":
            answer = person.execute(approved)
        else:
            answer = person.decide(victim, **({"role": role} if role else {}))
        season.note("wrong_role", "api", answer)
        answer = person.form(victim, role=role or "platform_owner")
        season.note("wrong_role", "page", answer)
        code, _ = season.line.run("user", "add", f"mallory-{number}", "--role", "ops_lead")
        season.count("wrong_role", "cli", f"exit {code}", succeeded=code == 0)


def admin(season: Season) -> None:
    """The administrator, or the owner of the folder, agrees, executes, or takes an account over."""
    victim = season.watch(season.ask(), "requested", 0)
    approved = season.watch(season.approve(season.ask()), "approved", 2)
    person, path = season.people["admin"], f"{API}/remediations/{approved['remediation_id']}"
    with season.bearer(season.server.owner_token()) as owner:
        for number in range(season.rounds):
            tries: tuple[Callable[[], httpx2.Response], ...] = (
                lambda: person.decide(victim),
                lambda: person.execute(approved),
                lambda: owner.post(f"{path}/execution"),
                lambda: owner.post(
                    f"{path}/approvals",
                    json={"digest": approved["digest"], "decision": "approve"},
                ),
                lambda: person.send("DELETE", "/emergency-stop"),
                lambda: person.send("POST", "/users", {"name": "eve", "roles": ["ops_lead"]}),
                lambda: person.send("POST", "/users/academic/reset"),
                lambda: owner.post(f"{API}/users/ops/reset"),
            )
            answer = tries[number % len(tries)]()
            season.note("admin", "api", answer)
            season.note("admin", "page", person.form(victim))
            code, _ = season.line.run("user", "reset", ("ops", "academic", "both")[number % 3])
            season.count("admin", "cli", f"exit {code}", succeeded=code == 0)


def expired(season: Season) -> None:
    """Leads agree to, and the operator executes, what is twenty minutes old."""
    victim = season.watch(dict(season.home.expired), "expired", 0)
    approved = season.watch(dict(season.home.expired_approved), "expired", 2)
    for number in range(season.rounds):
        lead = season.people[("ops", "academic")[number % 2]]
        late = season.people["operator"].execute(approved) if number % 2 else lead.decide(victim)
        season.note("expired", "api", late)
        answer = lead.form(victim, role=("ops_lead", "academic_lead")[number % 2])
        season.note("expired", "page", answer)


def replayed(season: Season) -> None:
    """An execution, an approval, a form is sent again after it ran or was revoked."""
    done = season.watch(season.run(season.approve(season.ask())), "verified", 2)
    revoked = season.approve(season.ask())
    path = f"/remediations/{revoked['remediation_id']}/approvals/mine"
    assert accepted(season.people["ops"].send("DELETE", path))
    season.watch(revoked, "revoked", 1)
    before = season.receiver.orders_of(done["remediation_id"])
    for number in range(season.rounds):
        person = season.people[("ops", "academic")[number % 2]]
        tries: tuple[Callable[[], httpx2.Response], ...] = (
            lambda: season.people["operator"].execute(done),
            lambda: season.people["operator"].execute(revoked),
            partial(person.decide, done),
            partial(person.decide, revoked),
        )
        season.note("replayed", "api", tries[number // 2 % 4]())
        role = ("ops_lead", "academic_lead")[number % 2]
        answer = person.form((done, revoked)[number // 2 % 2], role=role)
        season.note("replayed", "page", answer)
    if season.receiver.orders_of(done["remediation_id"]) != before:
        season.moved.append("a replay was sent again")


def edited_parameter(season: Season) -> None:
    """The approval of one set of parameters is bent towards another."""
    victim = season.watch(season.ask(), "requested", 0)
    same = {"target_ids": victim["plan"]["target_ids"]}
    parameters = {**victim["plan"]["parameters"], "share": 77}
    other = season.watch(season.ask(**same, parameters=parameters), "requested", 0)
    lead = season.people["ops"]
    for number in range(season.rounds):
        tries: tuple[Callable[[], httpx2.Response], ...] = (
            lambda: lead.decide(victim, digest=other["digest"]),
            lambda: lead.decide(victim, parameters={"share": 90}),
            lambda: lead.decide(victim, plan={**victim["plan"], "parameters": parameters}),
            lambda: lead.decide(victim, digest=secrets.token_hex(32)),
            lambda: season.people["operator"].execute(victim, {"parameters": {"share": 90}}),
        )
        answer = tries[number % len(tries)]()
        season.note("edited_parameter", "api", answer)
        edited = (other["digest"], secrets.token_hex(32), "", victim["digest"][:8])[number % 4]
        answer = lead.form(victim, digest=edited, share="90")
        season.note("edited_parameter", "page", answer)


def changed_target(season: Season) -> None:
    """The target moves between approval and execution; or the yes for one is given to another."""
    one = season.watch(season.ask(), "requested", 0)
    other = season.watch(season.ask(), "requested", 0)
    for _ in range(season.rounds):
        victim = season.approve(season.ask())
        target = victim["plan"]["target_ids"][0]
        season.receiver.put(target, "drained")
        answer = season.people["operator"].execute(victim)
        sent = season.receiver.orders_of(victim["remediation_id"]) > 0
        season.note("changed_target", "api", answer, reached=sent)
        season.receiver.put(target, "serving")
        answer = season.people["ops"].form(one, digest=other["digest"])
        season.note("changed_target", "page", answer)


def race(season: Season) -> None:
    """Two redeem one approval at once; one person fills two roles at once."""
    held = season.watch(season.ask(), "requested", 0)
    both = season.people["both"]
    redeemers = (season.people["operator"], season.people["owner"])
    for _ in range(season.rounds):
        victim = season.approve(season.ask())
        answers = together(*(partial(p.execute, victim) for p in redeemers))
        season.wait_ended(victim)
        won = sum(accepted(answer) for answer in answers)
        orders = season.receiver.orders_of(victim["remediation_id"])
        said = f"{won} won, {orders} sent"
        season.count("race", "api", said, succeeded=won > 1 or orders > 1)
        if (won, orders) != (1, 1):
            season.moved.append(f"race: {said}")
        answers = together(
            *(partial(both.form, held, role=role) for role in ("ops_lead", "academic_lead"))
        )
        won = sum(accepted(answer) for answer in answers)
        season.count("race", "page", f"{won} won", succeeded=won > 1)
        both.send("DELETE", f"/remediations/{held['remediation_id']}/approvals/mine")


def together(*calls: Callable[[], httpx2.Response]) -> list[httpx2.Response]:
    """Make calls at the same moment, each in a thread; answers in the order of the calls."""
    gate, answers = threading.Barrier(len(calls)), dict[int, httpx2.Response]()

    def work(place: int) -> None:
        gate.wait()
        answers[place] = calls[place]()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[place] for place in range(len(calls))]


def forged_token(season: Season) -> None:
    """Tokens made up, borrowed, of too small a scope, or made by the command line for a lead."""
    victim = season.watch(season.ask(), "requested", 0)
    approved = season.watch(season.approve(season.ask()), "approved", 2)
    tokens, cookies = season.home.tokens, season.home.cookies
    for number in range(season.rounds):
        made_up = secrets.token_urlsafe(32)
        kind = number // 2 % 4
        deciding = (tokens["ops"], tokens["academic"], cookies["ops"], made_up)[kind]
        executing = (tokens["reader"], tokens["admin"], tokens["source"], made_up)[kind]
        answer = (
            _bearing(season, victim, "approvals", deciding)
            if number % 2
            else _bearing(season, approved, "execution", executing)
        )
        season.note("forged_token", "api", answer)
        season.note("forged_token", "page", _forged_page(season, victim, number))
        name = f"forged-{number}"
        making = ("token", "create", name, "--user", "ops", "--json")
        code, out = season.line.run(*making, "--scope", "operate", "--scope", "execute")
        assert code == 1, out  # nobody makes one that acts for somebody else
        code, out = season.line.run(*making)
        assert code == 0, out
        answer = _bearing(season, victim, "approvals", json.loads(out)["token"])
        season.note("forged_token", "cli", answer)


def _bearing(season: Season, asked: Answer, what: str, token: str) -> httpx2.Response:
    with season.bearer(token) as http:
        body = {"digest": asked["digest"], "decision": "approve"}
        return http.post(f"{API}/remediations/{asked['remediation_id']}/{what}", json=body)


def _forged_page(season: Season, asked: Answer, number: int) -> httpx2.Response:
    """Post the form with a cookie that is none, or with a lead's token in its place."""
    cookie = season.home.cookies["ops"]
    forged = (cookie[:-1], cookie[::-1], secrets.token_urlsafe(32), season.home.tokens["ops"])
    headers = {"Authorization": f"Bearer {season.home.tokens['ops']}"} if number % 2 else {}
    fields = {
        "csrf": season.home.proofs["ops"],
        "digest": asked["digest"],
        "decision": "approve",
        "role": "ops_lead",
    }
    with connected(season.server, cookie=forged[number // 2 % 4], headers=headers) as http:
        return http.post(f"/a/{asked['remediation_id']}", data=fields)
