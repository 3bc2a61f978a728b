"""`GET /export`: who may have it, and that it is the export that the command writes."""

from __future__ import annotations

from pathlib import Path

from api.moving.archive import unpack_export
from graph.model.access import Role, Scope
from graph.model.moving import Epoch
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.moving_room import quiet, rebuilt
from tests.api.room import OWNER_TOKEN, ApiRoom, problem_in
from tests.small_pack import START

PATH = "/api/v1/export"


def test_an_admin_gets_the_whole_house(room: ApiRoom, tmp_path: Path) -> None:
    """The archive is rebuilt from as it came, and holds the incident with its diagnosis."""
    incident_id = room.storm(room.source().token)
    token = room.user_token("root", [Role.ADMIN], Scope.ADMIN)
    answer = room.http(token).get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-tar"
    assert answer.headers["cache-control"] == "no-store"
    (tmp_path / "house.tar").write_bytes(answer.content)
    store = EmbeddedGraphStore(None)
    assert rebuilt(store, tmp_path / "house.tar")
    assert store.diagnoses(incident_id) == room.assistant.store.diagnoses(incident_id) != ()
    assert [user.name for user in store.users()] == ["root"]


def test_who_takes_the_house_out_stands_in_the_log(room: ApiRoom, tmp_path: Path) -> None:
    """Before the first byte, with the counts; the export holds the line, and they agree."""
    token = room.user_token("root", [Role.ADMIN], Scope.ADMIN)
    with room.http(token).stream("GET", PATH) as answer:
        line = room.assistant.store.audit_chain()[-1]
        assert (line.kind, line.actor, line.subject) == ("export_made", "root", "store")
        content = b"".join(answer.iter_bytes())
    manifest = unpack_export([content], tmp_path / "out", quiet)
    assert line.detail["records"] == manifest.count
    assert line.detail["kinds"] == {t.kind.value: t.count for t in manifest.kinds if t.count}
    (part,) = (tmp_path / "out").glob("*-audit_event-*")
    assert b'"export_made"' in part.read_bytes().splitlines()[-1]
    problem_in(room.http().get(PATH), 401)
    assert room.assistant.store.audit_chain()[-1] == line


def test_the_client_writes_it_to_a_folder(room: ApiRoom, tmp_path: Path) -> None:
    """What the command does while a server holds the folder."""
    with room.client(OWNER_TOKEN) as client, client.export() as chunks:
        manifest = unpack_export(chunks, tmp_path / "出口", quiet)
    assert manifest.created_at == START
    assert rebuilt(EmbeddedGraphStore(None), tmp_path / "出口")


def test_nobody_else_gets_it(room: ApiRoom) -> None:
    """Not a lead, an operator, a source, a token without the scope, or an admin of some sites."""
    problem_in(room.http().get(PATH), 401)
    problem_in(room.http(room.source().token).get(PATH), 403)
    lead, _ = room.signed_in("lead", Role.OPS_LEAD, Role.OPERATOR)
    problem_in(lead.get(PATH), 403)
    narrow = room.user_token("root", [Role.ADMIN, Role.VIEWER], Scope.READ)
    problem_in(room.http(narrow).get(PATH), 403)
    password = room.assistant.accounts.add_user(
        "north", (Role.ADMIN,), sites=("north",), demo=True
    ).password
    http = room.http()
    http.post("/api/v1/session", json={"name": "north", "password": password})
    assert "all" in problem_in(http.get(PATH), 403)["detail"]


def test_a_fault_is_told_before_the_first_byte(room: ApiRoom) -> None:
    """A store that cannot be exported answers with a problem, not with half an archive."""
    half = Epoch(id="ab", begun_at=START, rebuilt_from="d", whole=False)
    room.assistant.store.write(lambda tx: tx.put_epoch(half))
    assert "rebuild" in problem_in(room.http(OWNER_TOKEN).get(PATH), 503)["detail"]
