"""The catalogue of actions and the rules of approval, as administrators and operators read them."""

from __future__ import annotations

import pytest

from graph.model.access import Role, Scope
from graph.model.pack import DomainPack
from ingest.action_files import read_actions
from ingest.policy_files import read_policies
from ingest.yaml_source import parse_yaml
from tests.api.room import ApiRoom, problem_in
from tests.ingest.pack_room import howto_files
from tests.small_pack import small_pack


def _pack_with_catalogue() -> DomainPack:
    files, pack = howto_files(), small_pack()
    actions = parse_yaml(files["actions.yaml"], "actions.yaml")
    policies = parse_yaml(files["policies.yaml"], "policies.yaml")
    return pack.model_copy(
        update={
            "actions": read_actions(actions, pack.library, pack_id=pack.id),
            "policies": read_policies(policies, pack.library, pack_id=pack.id),
        }
    )


@pytest.fixture
def stocked(room: ApiRoom) -> ApiRoom:
    """Give a room whose pack brings the catalogue and the rules of the how-to."""
    pack = _pack_with_catalogue()
    room.assistant.store.write(lambda tx: tx.replace_pack(pack))
    return room


@pytest.mark.parametrize(("role", "scope"), [(Role.VIEWER, Scope.READ), (Role.ADMIN, Scope.ADMIN)])
def test_readers_and_administrators_see_the_catalogue(
    stocked: ApiRoom, role: Role, scope: Scope
) -> None:
    """An action comes whole: parameters with ranges, preconditions, verification, undo, words."""
    http = stocked.http(stocked.user_token("reader", [role], scope))

    (action,) = http.get("/api/v1/actions").json()["items"]

    assert action["id"] == "small:cdn-switch-over"
    assert [p["id"] for p in action["parameters"]] == ["receiver", "share"]
    assert (action["parameters"][1]["minimum"], action["parameters"][1]["maximum"]) == (10, 100)
    assert action["verification"]["value"] == "{receiver}"
    assert action["undo"] == "switch_back"
    assert action["effects"]["zh"] and action["if_nothing"]["en"] and action["undo_text"]["en"]
    assert set(action["mode_names"]) == set(action["modes"])
    assert set(action["kind_names"]) == {"cdn_node"}


def test_the_rules_say_who_must_agree_and_why(stocked: ApiRoom) -> None:
    """Roles, conditions and both languages of the reason; in id order."""
    http = stocked.http(stocked.user_token("reader", [Role.VIEWER], Scope.READ))

    rules = http.get("/api/v1/policies").json()["items"]

    assert [rule["id"] for rule in rules] == ["small:cdn", "small:exam"]
    assert rules[1]["roles"] == ["academic_lead"]
    assert rules[1]["windows"] == ["exam_week"]
    assert rules[1]["why"]["zh"] and rules[1]["why"]["en"]


@pytest.mark.parametrize("path", ["/api/v1/actions", "/api/v1/policies"])
def test_neither_strangers_nor_alert_sources_see_them(stocked: ApiRoom, path: str) -> None:
    """Nobody without a sign-in reads them, and a source can only post."""
    problem_in(stocked.http().get(path), 401)
    problem_in(stocked.http(stocked.source().token).get(path), 403)


def test_a_pack_without_a_catalogue_gives_empty_lists(room: ApiRoom) -> None:
    """Nothing to show is no error."""
    client = room.client(room.user_token("reader", [Role.VIEWER], Scope.READ))

    assert client.actions() == ()
    assert client.policies() == ()


def test_the_client_reads_both(stocked: ApiRoom) -> None:
    """The typed client passes on what the screens draw."""
    client = stocked.client(stocked.user_token("reader", [Role.VIEWER], Scope.READ))

    assert [action["risk"] for action in client.actions()] == ["medium"]
    assert [rule["roles"] for rule in client.policies()] == [["ops_lead"], ["academic_lead"]]
