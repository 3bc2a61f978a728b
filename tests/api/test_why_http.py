"""Why a cause, or why not, over HTTP and on the terminal's way to the store."""

from __future__ import annotations

import pytest

from api.client import ApiClient
from api.incidents.why_views import causes_called, nearest
from api.reports.why import why_lines
from graph.errors import InputError, NotFoundError
from graph.failure import FailureGraph
from graph.model.access import Principal, Role, Scope
from graph.model.topology import Visibility
from graph.model.why import CauseStanding, Why
from tests.api.room import ApiRoom, problem_in
from tests.small_pack import small_pack


def _incident(room: ApiRoom) -> str:
    return room.storm(room.source(replay=True).token)


def test_anybody_who_reads_may_ask_why_not(room: ApiRoom) -> None:
    """A viewer asks about the origin and reads who explains it better."""
    incident = _incident(room)
    token = room.user_token("li", [Role.VIEWER], Scope.READ)
    why = ApiClient(room.http(token)).why_not(incident, "origin")
    assert (why.component_id, why.standing) == ("small:origin", CauseStanding.CONSIDERED)
    assert why.rival is not None and why.rival.component_id == "small:cdn-a"
    assert "origin 的把握是" in why.text.zh


def test_why_without_a_name_is_about_what_stands_first(room: ApiRoom) -> None:
    """`why` explains the top; asked again it gives the same account."""
    incident = _incident(room)
    http = room.operator()
    first = http.get(f"/api/v1/incidents/{incident}/why").json()
    assert (first["component_id"], first["standing"]) == ("small:cdn-a", "leads")
    assert http.get(f"/api/v1/incidents/{incident}/why?component=CDN-A").json() == first


@pytest.mark.parametrize(
    "called", ["small:origin", "origin", "ORIGIN", "origin.local", "别名-origin"]
)
def test_a_component_goes_by_id_slug_alias_or_name(room: ApiRoom, called: str) -> None:
    """However it is called, it is the same component."""
    incident = _incident(room)
    answer = room.operator().get(
        f"/api/v1/incidents/{incident}/why-not", params={"component": called}
    )
    assert answer.json()["component_id"] == "small:origin"


def test_nobody_nothing_and_nowhere_are_said_to_be_so(room: ApiRoom) -> None:
    """Unknown component or incident: 404; no component: 422; no token: 401."""
    incident = _incident(room)
    http, path = room.operator(), f"/api/v1/incidents/{incident}/why-not"
    assert (
        "no component 'nobody'"
        in problem_in(http.get(path, params={"component": "nobody"}), 404)["detail"]
    )
    problem_in(http.get(path), 422)
    problem_in(http.get("/api/v1/incidents/inc-0/why-not?component=origin"), 404)
    problem_in(room.http().get(path, params={"component": "origin"}), 401)


def test_a_misspelt_name_is_told_who_is_near(room: ApiRoom) -> None:
    """The nearest names come with the 404, in both languages."""
    path = f"/api/v1/incidents/{_incident(room)}/why-not"
    told = problem_in(room.operator().get(path, params={"component": "orgin"}), 404)
    assert told["code"] == "component_unknown"
    assert "'small:origin'" in told["detail"] and "origin" in told["message"]["zh"]


def test_a_hidden_component_is_nobody_by_any_name() -> None:
    """Who may not see a site hears of none of its components, not even as a near name."""
    pack = small_pack()
    secret = next(c for c in pack.components if c.id == "small:origin").model_copy(
        update={"visibility": Visibility.SITE, "site": "north"}
    )
    others = tuple(c for c in pack.components if c.id != secret.id)
    graph = FailureGraph(pack.model_copy(update={"components": (*others, secret)}))
    outsider = Principal(name="out", sites=frozenset({"south"}))
    insider = Principal(name="in", sites=frozenset({"north"}))
    for name in (secret.id, "origin", "orgin", secret.name.zh, secret.aliases[0]):
        found = {*causes_called(graph, outsider, name)}
        found |= {c.id for c in nearest(graph, outsider, name)}
        assert secret.id not in found
    assert causes_called(graph, insider, "origin") == (secret.id,)
    assert secret.id in {c.id for c in nearest(graph, insider, "orgin")}


def test_what_then_tells_of_every_hypothesis(room: ApiRoom) -> None:
    """Every hypothesis of the diagnosis with three figures; an unknown check is 404, none 422."""
    incident = _incident(room)
    http, path = room.operator(), f"/api/v1/incidents/{incident}/what-then"
    told = http.get(path, params={"check": "lib:look@small:cdn-a"}).json()
    shown = http.get(f"/api/v1/incidents/{incident}/diagnosis").json()["hypotheses"]
    assert [c["component_id"] for c in told["causes"]] == [h["component_id"] for h in shown]
    top = told["causes"][0]
    assert top["negative"] < top["now"] < top["positive"]
    problem_in(http.get(path, params={"check": "lib:look@small:nobody"}), 404)
    problem_in(http.get(path), 422)
    problem_in(room.http().get(path, params={"check": "lib:look@small:cdn-a"}), 401)


def test_new_evidence_makes_the_account_old(room: ApiRoom) -> None:
    """What was diagnosed before an alert is explained again only when that alert is counted."""
    incident = _incident(room)
    http, path = room.operator(), f"/api/v1/incidents/{incident}/why-not?component=origin"
    before = http.get(path).json()
    seen = {"check_id": "lib:look@small:origin", "result": "negative"}
    http.post(f"/api/v1/incidents/{incident}/observations", json=seen)
    later = http.get(path).json()
    assert later["revision"] == before["revision"] + 1
    assert later["posterior"] < before["posterior"]
    assert "entered" in {group["group"] for group in later["groups"]}


def test_the_terminal_prints_the_sentence_and_the_weights(room: ApiRoom) -> None:
    """One line of text, then a line a group with its weight and what would be left."""
    from api.chores import LocalChores

    incident = _incident(room)
    why = LocalChores(room.assistant).why_not(incident, "origin")
    lines = list(why_lines(why, "zh"))
    assert lines[0] == why.text.zh
    told = len(why.groups) + len(why.decisive) + len(why.rates)
    assert len([line for line in lines if line.startswith("  ")]) == told
    assert next(iter(why_lines(why, "en"))) == why.text.en
    with pytest.raises(NotFoundError):
        LocalChores(room.assistant).why_not(incident, "nobody")


def test_a_name_of_several_asks_which(room: ApiRoom) -> None:
    """Two components of one name: both ids are told."""
    from api.incidents.why_views import named_cause
    from graph.failure import FailureGraph
    from graph.model.access import Principal
    from tests.small_pack import small_pack, text

    pack = small_pack()
    twins = tuple(c.model_copy(update={"name": text("node")}) for c in pack.components)
    graph = FailureGraph(pack.model_copy(update={"components": twins}))
    with pytest.raises(InputError, match="are called 'node'"):
        named_cause(graph, Principal(name="x"), "node")


def test_the_account_counts_what_the_usual_probability_rests_on(room: ApiRoom) -> None:
    """Each fault of the kind with the library's counts; nothing was confirmed, so nothing is added.

    The terminal tells the same.
    """
    incident = _incident(room)
    why = room.operator().get(f"/api/v1/incidents/{incident}/why").json()
    assert why["confirmed"] == 0 and len(why["rates"]) == 2
    for rate in why["rates"]:
        assert rate["told_cases"] / rate["told_trials"] == pytest.approx(rate["base_rate"])
        assert rate["seen_cases"] == rate["seen_trials"] == 0.0
        assert rate["rate"] == pytest.approx(rate["base_rate"])
    lines = [*why_lines(Why.model_validate(why), "en")]
    assert any("the library's counts" in line for line in lines)
    assert any(why["rates"][0]["name"]["en"] in line for line in lines[-2:])
