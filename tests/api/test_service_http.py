"""The server itself: errors, documents, packs, doctor, metrics, questions."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from typing import Any

import pytest

from api.archives import unpack
from api.packs.loading import SEEDS
from graph.errors import EtiographError, InputError, MalformedError, TooLargeError
from graph.model.access import Role, Scope
from tests.api.room import OWNER_TOKEN, ApiRoom, problem_in, schema

ARCHIVE = {"Content-Type": "application/octet-stream"}


def _tar(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for entry, content in entries:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _zip(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _link() -> tarfile.TarInfo:
    entry = tarfile.TarInfo("pack/link")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return entry


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/api/v1/nothing", "GET", 404), ("/api/v1/me", "PUT", 405), ("/api/nothing", "POST", 404)],
)
def test_every_error_is_a_problem(room: ApiRoom, path: str, method: str, status: int) -> None:
    """Also what the framework itself refuses."""
    problem = problem_in(room.http().request(method, path), status)
    assert problem["message"]["zh"]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"name": 1}', b'{"name":"a","password":"b","x":1}']
)
def test_a_bad_request_body_is_a_problem(room: ApiRoom, body: bytes) -> None:
    """Broken JSON is 400, a wrong shape 422."""
    headers = {"Content-Type": "application/json"}
    answer = room.http().post("/api/v1/session", content=body, headers=headers)
    problem_in(answer, 400 if body == b"{" else 422)


@pytest.mark.parametrize("size", [190, 5000])
def test_an_error_repeats_no_more_than_the_beginning_of_an_id(room: ApiRoom, size: int) -> None:
    """What somebody sent as an id is named, cut to 200 characters; the advice after it stays."""
    http = room.http(room.user_token("zhou", [Role.OPERATOR], Scope.READ))
    name = "x" * size
    for path in (
        f"/api/v1/incidents/{name}",
        f"/api/v1/{name}",
        f"/api/v1/incidents?cursor={name}",
    ):
        answer = http.get(path)
        assert answer.status_code in (404, 422)
        assert max(len(word) for word in answer.text.replace('"', " ").split()) < 210
    unknown = problem_in(http.get(f"/api/v1/incidents/{name}"), 404)["detail"]
    assert "x" * min(size, 190) in unknown
    assert unknown.endswith("check the id")


@pytest.mark.parametrize(
    ("path", "ready"), [("healthz", True), ("readyz", True), ("readyz", False)]
)
def test_head_tells_what_get_does_without_a_body(room: ApiRoom, path: str, ready: bool) -> None:
    """Load balancers ask by HEAD: the same status and headers, and nothing to read."""
    if not ready:
        room.assistant.ready.clear()
    got, head = (room.http().request(m, f"/api/{path}") for m in ("GET", "HEAD"))
    assert head.status_code == got.status_code
    assert head.headers == got.headers
    assert (head.content, bool(got.content)) == (b"", True)
    assert "head" not in room.http().get("/api/openapi.json").json()["paths"][f"/{path}"]


def test_the_documents_load_nothing_from_elsewhere(room: ApiRoom) -> None:
    """OpenAPI names every call, and its page shows them without script or outside asset."""
    http = room.http()
    document = http.get("/api/openapi.json").json()
    page = http.get("/api/docs").text
    assert document["servers"] == [{"url": "/api"}]
    for path in document["paths"]:
        assert f"/api{path}" in page
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_metrics_need_a_token_and_count(room: ApiRoom) -> None:
    """Calls are counted by route template, never by path."""
    problem_in(room.http().get("/api/metrics"), 401)
    token = room.user_token("prom", [Role.VIEWER], Scope.READ)
    http = room.http(token)
    http.get("/api/v1/incidents/inc-secret-id")
    text = http.get("/api/metrics").text
    assert "etiograph_ready 1.0" in text
    assert "inc-secret-id" not in text
    assert 'route="/incidents/{incident_id}"' in text


def test_the_doctor_reports(room: ApiRoom) -> None:
    """Each check has a name, a verdict and a sentence in both languages."""
    report = room.http(OWNER_TOKEN).get("/api/v1/doctor").json()
    checks = {check["name"]: check["ok"] for check in report["checks"]}
    assert checks == {
        "store": True,
        "packs": True,
        "jobs": True,
        "accounts": False,
        "approvers": True,
        "search": True,
        "language_model": True,
        "executors": True,
        "worker": False,
    }
    assert report["ok"] is False


def test_the_doctor_says_who_can_approve_now(room: ApiRoom) -> None:
    """That nobody can is no fault of a new house, but is said; with a lead it no longer is."""
    assert _approvers(room)["ok"] is True
    assert "没有人能审批" in _approvers(room)["text"]["zh"]
    room.user_token("demo-ops", [Role.OPS_LEAD], Scope.READ)
    told = _approvers(room)
    assert "能审批的账号 1 个" in told["text"]["zh"]
    assert "Nobody" not in told["text"]["en"]


def _approvers(room: ApiRoom) -> dict[str, Any]:
    checks = room.http(OWNER_TOKEN).get("/api/v1/doctor").json()["checks"]
    [found] = [check for check in checks if check["name"] == "approvers"]
    return dict(found)


def test_an_answer_quotes_or_refuses(room: ApiRoom) -> None:
    """A house without SOPs refuses, in the published form."""
    http = room.http(room.user_token("zhou", [Role.OPERATOR], Scope.READ))
    answer = http.post("/api/v1/ask", json={"question": "exam database pool exhausted"}).json()
    schema("answer").validate(answer)
    assert answer["refused"]
    problem_in(http.post("/api/v1/ask", json={"question": "x", "incident_id": "inc-0"}), 404)


def test_a_pack_is_loaded_from_an_archive(room: ApiRoom) -> None:
    """The whole pack travels as .tar.gz; the same again changes nothing."""
    from api.packs.loading import archive_of

    packed = archive_of([SEEDS / "medical_education"])
    admin = room.http(OWNER_TOKEN)
    first = admin.post("/api/v1/packs", content=packed, headers=ARCHIVE)
    assert first.status_code == 200, first.text
    assert first.json()["packs"][0]["added"] > 2000
    again = admin.post("/api/v1/packs", content=packed, headers=ARCHIVE).json()["packs"][0]
    assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0)
    [line] = [e for e in room.assistant.store.audit_chain() if e.kind == "pack_loaded"]
    assert (line.subject, line.detail) == ("medical_education", {"touched": "all", "first": True})
    assert line.actor.startswith("local:")


def test_a_faulty_pack_loads_nothing(room: ApiRoom) -> None:
    """The problem names file and line without telling where the server unpacked it."""
    admin = room.http(OWNER_TOKEN)
    packed = _zip(**{"p/pack.yaml": "id: p\ntitle: {zh: 包}\n"})
    problem = problem_in(admin.post("/api/v1/packs", content=packed, headers=ARCHIVE), 422)
    assert problem["detail"].startswith("p/pack.yaml:")
    assert all(fault["pointer"].startswith("p/pack.yaml:") for fault in problem["errors"])
    assert [header.id for header in room.assistant.store.packs()] == ["small"]


@pytest.mark.parametrize(
    ("archive", "error"),
    [
        (b"nothing of the kind", MalformedError),
        (b"PK\x03\x04 broken", MalformedError),
        (b"\x1f\x8b broken", MalformedError),
        (_zip(**{"../out.yaml": "x"}), InputError),
        (_zip(**{"/etc/out.yaml": "x"}), InputError),
        (_zip(**{"..\\out.yaml": "x"}), InputError),
        (_tar((tarfile.TarInfo("a/../../out"), b"x")), InputError),
        (_tar((_link(), b"")), InputError),
        (_zip(**{"bomb.yaml": "0" * 210_000_000}), TooLargeError),
        (_zip(**{f"f{n}.yaml": "" for n in range(5001)}), TooLargeError),
    ],
)
def test_a_hostile_archive_is_refused(
    tmp_path_factory: pytest.TempPathFactory, archive: bytes, error: type[EtiographError]
) -> None:
    """No path climbs out, no link is followed, no bomb goes off."""
    inside = tmp_path_factory.mktemp("room") / "inside"
    inside.mkdir()
    with pytest.raises(error):
        unpack(archive, inside)
    assert [path.name for path in inside.parent.iterdir()] == ["inside"]


def test_an_archive_without_a_pack_is_refused(room: ApiRoom) -> None:
    """An empty success would be a lie."""
    packed = _zip(**{"readme.md": "nothing here"})
    answer = room.http(OWNER_TOKEN).post("/api/v1/packs", content=packed, headers=ARCHIVE)
    problem_in(answer, 422)
