"""SOPs from documents over HTTP: drafts, a second person, what is found, what is retired."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.archives import packed
from api.schemas.documents import Incoming
from graph.model.access import Role, Scope
from graph.model.document import VersionStatus
from graph.words import FOLDED
from tests.api.room import OWNER_TOKEN, ApiRoom, problem_in
from tests.contracts.knowledge_samples import sop
from tests.ingest.documents import samples

MARKDOWN = """# 缓存雪崩
## 处置
1. 预热：`warm-cache --all`
2. 看 https://wiki.example/cache
## 回滚
1. 停预热"""
CHANGED = MARKDOWN.replace("warm-cache --all", "warm-cache --all --force").replace("停预热", "停")


def send(
    http: Any, *files: tuple[str, bytes], kind: str = "sops", **params: str
) -> httpx2.Response:
    """Send files as an archive."""
    answer: httpx2.Response = http.post(
        f"/api/v1/imports/{kind}", content=packed(files), params=params
    )
    return answer


class Room(ApiRoom):
    """A room with somebody who drafts, and a lead who is signed in."""

    def __init__(self) -> None:
        super().__init__()
        self.drafter = self.operator()
        self.lead, self.proof = self.signed_in("li", Role.OPS_LEAD)

    def move(self, version_id: str, deed: str, **body: str) -> httpx2.Response:
        """Move a version as the lead."""
        path = f"/api/v1/sop-versions/{version_id}/{deed}"
        answer: httpx2.Response = self.lead.post(path, json=body, headers={"X-CSRF": self.proof})
        return answer

    def version(self, version_id: str) -> dict[str, Any]:
        """Read a version as the lead."""
        return dict(self.lead.get(f"/api/v1/sop-versions/{version_id}").json())

    def publish(self, version_id: str) -> httpx2.Response:
        """Publish what the lead has just read."""
        digest = self.version(version_id)["found"]["content_sha256"]
        return self.move(version_id, "publication", content_sha256=digest)

    def found(self, words: str) -> list[str]:
        """Search SOPs; the ids that come up."""
        answer = self.drafter.get("/api/v1/sops/search", params={"q": words}).json()
        return [hit["id"] for hit in answer["results"]]

    def kinds_of_audit(self) -> list[str]:
        """Name the audit lines about SOPs, oldest first."""
        chain = self.assistant.store.audit_chain()
        return [line.kind for line in chain if line.kind.startswith(("sop_", "cases_"))]


def drafted(room: Room, text: str = MARKDOWN, name: str = "cache.md") -> dict[str, Any]:
    """Take one document in as the operator 周; gives its report."""
    report = send(room.drafter, (name, text.encode())).json()
    (item,) = report["items"]
    return dict(item)


@pytest.fixture
def room() -> Any:
    """Give the room and clear it away."""
    made = Room()
    yield made
    made.close()


def test_a_draft_is_found_by_nobody_before_a_second_person_publishes_it(room: Room) -> None:
    """Draft, diff, publication by a lead, and then the search and the page have it."""
    item = drafted(room)
    assert (item["outcome"], item["version_id"], item["steps"]) == ("taken", "small:cache:1", 3)
    assert room.found("缓存雪崩 预热") == []
    seen = room.version("small:cache:1")
    assert [c["command"]["text"] for c in seen["found"]["changes"]] == ["warm-cache --all"]
    assert "new_url" in {finding["code"] for finding in seen["found"]["findings"]}
    assert room.publish("small:cache:1").status_code == 200
    assert room.found("缓存雪崩 预热") == ["small:cache"]
    shown = room.drafter.get("/api/v1/sops/small:cache").json()
    assert shown["sections"][0]["steps"][1]["text"]["zh"] == "看 https://wiki.example/cache"
    assert room.kinds_of_audit() == ["sop_drafted", "sop_published"]


@pytest.mark.parametrize("kind", ["sops", "cases"])
def test_a_report_shows_what_hides_in_the_name_of_a_file(room: Room, kind: str) -> None:
    """An escape sequence moves no terminal, a bidi sign turns no ending round."""
    name = "a\x1b[31m\u202ef.md" if kind == "sops" else "a\x1b[31m\u202ef.csv"
    sender = room.drafter if kind == "sops" else room.lead
    headers = {"X-CSRF": room.proof} if kind == "cases" else {}
    (item,) = sender.post(
        f"/api/v1/imports/{kind}", content=packed([(name, b"1. look")]), headers=headers
    ).json()["items"]
    assert item["file"].startswith("a⟨U+001B⟩[31m⟨U+202E⟩f.")


def test_the_same_file_twice_changes_nothing(room: Room) -> None:
    """As a draft, and as what is published; under whatever name of the person who sends it."""
    drafted(room)
    assert drafted(room)["outcome"] == "unchanged"
    room.publish("small:cache:1")
    assert drafted(room)["outcome"] == "unchanged"
    assert len(room.assistant.store.sop_versions()) == 1
    assert room.kinds_of_audit() == ["sop_drafted", "sop_published"]


def test_publishing_a_second_version_ends_the_first(room: Room) -> None:
    """The diff is against what is in force; the history stays readable."""
    drafted(room)
    room.publish("small:cache:1")
    item = drafted(room, CHANGED)
    assert [(c["change"], c["command"]["text"]) for c in item["changes"]] == [
        ("removed", "warm-cache --all"),
        ("added", "warm-cache --all --force"),
    ]
    assert "new_url" not in {finding["code"] for finding in item["findings"]}
    room.publish("small:cache:2")
    listed = room.lead.get("/api/v1/sop-versions", params={"sop_id": "small:cache"}).json()["items"]
    assert [(one["found"]["revision"], one["found"]["status"]) for one in listed] == [
        (1, "superseded"),
        (2, "published"),
    ]
    assert room.found("缓存雪崩") == ["small:cache"]
    shown = room.drafter.get("/api/v1/sops/small:cache").json()
    assert FOLDED.zh in shown["sections"][0]["steps"][0]["text"]["zh"]
    steps = listed[1]["found"]["sop"]["sections"][0]["steps"]
    assert "--force" in steps[0]["text"]["zh"]


def test_a_newer_draft_takes_the_place_of_the_older(room: Room) -> None:
    """Nobody publishes a draft that its author has replaced."""
    drafted(room)
    drafted(room, CHANGED)
    problem = problem_in(room.publish("small:cache:1"), 409)
    assert problem["code"] == "not_a_draft"
    assert room.publish("small:cache:2").status_code == 200


def test_nobody_publishes_alone(room: Room) -> None:
    """A lead who drafted needs another lead; operators, tokens and other digests are refused."""
    answer = room.lead.post(
        "/api/v1/imports/sops",
        content=packed([("own.md", MARKDOWN.encode())]),
        headers={"X-CSRF": room.proof},
    )
    assert answer.json()["taken"] == 1
    assert problem_in(room.publish("small:own:1"), 403)["code"] == "own_request"
    drafted(room)
    other = problem_in(room.move("small:cache:1", "publication", content_sha256="0" * 64), 409)
    assert other["code"] == "other_content"
    token = room.user_token("wu", [Role.OPS_LEAD], Scope.READ, Scope.OPERATE, Scope.ADMIN)
    body = {"content_sha256": room.version("small:cache:1")["found"]["content_sha256"]}
    path = "/api/v1/sop-versions/small:cache:1/publication"
    assert room.http(token).post(path, json=body).status_code == 403
    assert room.http(OWNER_TOKEN).post(path, json=body).status_code == 403
    assert room.drafter.post(path, json=body).status_code == 403
    status = room.assistant.store.sop_version("small:cache:1").status
    assert status is VersionStatus.DRAFT


def test_what_touches_exams_is_published_by_the_academic_lead(room: Room) -> None:
    """An SOP for a component of an exam step waits for its owner."""
    text = f"---\nid: exam-x\napplies_to: {{components: [exam]}}\n---\n{MARKDOWN}"
    components = {c.id for c in room.assistant.store.pack("small").components}
    owned = next(
        use.component_id
        for flow in room.assistant.store.pack("small").flows
        for step in flow.steps
        if step.affects_exam or step.affects_credits
        for use in step.uses
    )
    assert owned in components
    drafted(room, text.replace("[exam]", f"[{owned.partition(':')[2]}]"))
    assert room.version("small:exam-x:1")["publishers"] == ["academic_lead"]
    assert problem_in(room.publish("small:exam-x:1"), 403)["code"] == "wrong_role"
    room.lead, room.proof = room.signed_in("zhao", Role.ACADEMIC_LEAD)
    assert room.publish("small:exam-x:1").status_code == 200


def test_readers_see_which_steps_a_version_changed(room: Room) -> None:
    """Who put what in force when; drafts are no part of it, nor is what nobody may read."""
    drafted(room)
    assert room.drafter.get("/api/v1/sops/small:cache/history").status_code == 404
    room.publish("small:cache:1")
    room.clock.forward(hours=2)
    drafted(room, MARKDOWN.replace("停预热", "先停预热"))
    room.publish("small:cache:2")
    drafted(room, CHANGED)
    viewer = room.client(room.user_token("v", [Role.VIEWER], Scope.READ))
    first, second = viewer.sop_history("small:cache")
    assert [(one.section.value, one.step) for one in first.changed] == [
        ("remediation", 1),
        ("remediation", 2),
        ("rollback", 1),
    ]
    assert [(one.section.value, one.step) for one in second.changed] == [("rollback", 1)]
    assert (first.status, second.status) == (VersionStatus.SUPERSEDED, VersionStatus.PUBLISHED)
    assert (second.published_by, second.published_at) == ("li", room.clock.now())


def test_a_retired_sop_is_found_no_more(room: Room) -> None:
    """It keeps its history, and the same file again is a new draft."""
    drafted(room)
    room.publish("small:cache:1")
    assert room.move("small:cache:1", "retirement", reason="系统已下线").status_code == 200
    assert room.found("缓存雪崩") == []
    assert room.drafter.get("/api/v1/sops/small:cache").status_code == 404
    assert problem_in(room.move("small:cache:1", "retirement", reason="x"), 409)
    assert drafted(room)["version_id"] == "small:cache:2"
    assert room.kinds_of_audit() == [
        "sop_drafted",
        "sop_published",
        "sop_retired",
        "sop_drafted",
    ]


def test_a_draft_can_be_rejected(room: Room) -> None:
    """With a reason that stays; then it cannot be published."""
    drafted(room)
    assert room.move("small:cache:1", "rejection", reason="命令不对").status_code == 200
    assert room.version("small:cache:1")["found"]["ended_why"] == "命令不对"
    assert room.publish("small:cache:1").status_code == 409


def test_each_file_has_its_report_and_bad_ones_keep_no_good_one_out(room: Room) -> None:
    """Scans, passwords, bombs and empty files beside a good Word document."""
    report = send(
        room.drafter,
        ("a.pdf", samples.scanned_pdf()),
        ("b.docx", samples.locked_word()),
        ("c.docx", samples.bomb()),
        ("d.md", b""),
        ("e.docx", samples.word()),
    ).json()
    told = {
        item["file"]: (item["outcome"], item["findings"][0]["code"]) for item in report["items"]
    }
    assert told == {
        "a.pdf": ("refused", "no_text"),
        "b.docx": ("refused", "password_office"),
        "c.docx": ("refused", "bomb"),
        "d.md": ("refused", "empty"),
        "e.docx": ("taken", "missing_section"),
    }
    assert (report["taken"], report["refused"]) == (1, 4)
    assert [one.sop_id for one in room.assistant.store.sop_versions()] == ["small:e"]
    for item in report["items"]:
        assert all(finding["text"]["zh"] and finding["text"]["en"] for finding in item["findings"])


def test_an_id_belongs_to_one_document(room: Room) -> None:
    """Two files of one batch with one id are both refused; so is the id of an SOP of the pack."""
    files = [("a/x.md", MARKDOWN.encode()), ("b/x.md", CHANGED.encode())]
    report = send(room.drafter, *files).json()
    told = [(item["outcome"], item["findings"][0]["code"]) for item in report["items"]]
    assert told == [("refused", "id_twice")] * 2
    pack = room.assistant.store.pack("small")
    own = pack.model_copy(update={"sops": (sop("small:cache"),)})
    room.assistant.store.write(lambda tx: tx.replace_pack(own))
    item = drafted(room)
    assert (item["outcome"], item["findings"][0]["code"]) == ("refused", "id_taken")
    assert room.assistant.store.sop_versions() == ()


def test_a_dry_run_stores_nothing(room: Room) -> None:
    """The report is that of the real run."""
    report = send(room.drafter, ("cache.md", MARKDOWN.encode()), dry_run="true").json()
    assert (report["dry_run"], report["taken"]) == (True, 1)
    assert room.assistant.store.sop_versions() == ()
    assert room.kinds_of_audit() == []


def test_viewers_and_sources_bring_nothing_in(room: Room) -> None:
    """Readers read; drafts with their commands are for leads and admins."""
    viewer = room.http(room.user_token("v", [Role.VIEWER], Scope.READ))
    assert send(viewer, ("cache.md", MARKDOWN.encode())).status_code == 403
    assert viewer.get("/api/v1/sop-versions").status_code == 403
    assert room.drafter.get("/api/v1/sop-versions").status_code == 403
    assert send(room.drafter, ("a.csv", b"id\n"), kind="cases").status_code == 403


CASE = (
    '{"id":"old-1","title":"CDN 全挂","opened_at":"2024-05-01T20:00:00+08:00",'
    '"component_id":"cdn-a","fault_mode_id":"%s","symptoms":{"zh":"播放失败",'
    '"en":"playback fails"},"cause":"线路断","fix":"切换","outcome":"worked",'
    '"minutes_to_detect":3,"minutes_to_repair":40,"source":"工单 123"}'
)


def case_line(room: ApiRoom) -> str:
    """Write a case of the small platform as a line."""
    mode = next(m for m in room.assistant.store.pack("small").library.modes if m.kind == "cdn_node")
    return CASE % mode.id.partition(":")[2]


def test_past_cases_come_in_once(room: Room) -> None:
    """From JSONL; found at once; the same file again changes nothing."""
    client = room.client(OWNER_TOKEN)
    wanted = Incoming("cases", [("old.jsonl", case_line(room).encode())])
    assert client.bring_in(wanted).taken == 1
    assert client.bring_in(wanted).unchanged == 1
    answer = room.drafter.get("/api/v1/cases/search", params={"q": "播放失败"}).json()
    assert [hit["id"] for hit in answer["results"]] == ["small:old-1"]
    assert room.kinds_of_audit() == ["cases_imported"]


def test_a_faulty_row_keeps_its_file_out_and_is_named(room: Room) -> None:
    """Line and key of every fault; no row of the file is stored."""
    good = case_line(room)
    bad = (
        good.replace("old-1", "old-2")
        .replace("cdn-a", "cdn-zz")
        .replace('"minutes_to_detect":3,', "")
    )
    worse = good.replace("old-1", "old-3").replace("cdn-a", "origin")
    text = "\n".join([good, bad, worse, good])
    client = room.client(OWNER_TOKEN)
    report = client.bring_in(Incoming("cases", [("old.jsonl", text.encode())]))
    assert (report.taken, report.refused) == (0, len(report.items))
    assert [item.file for item in report.items] == [
        "old.jsonl:2: minutes_to_detect",
        "old.jsonl:3: fault_mode_id",
        "old.jsonl:4: id",
    ]
    assert room.assistant.store.imported_cases() == ()
    undated = good.replace("+08:00", "")
    (item,) = client.bring_in(Incoming("cases", [("old.jsonl", undated.encode())])).items
    assert item.findings[0].text.en.startswith("an instant needs an offset")


def test_cases_come_from_csv_as_spreadsheets_write_them(room: Room) -> None:
    """GB18030, a column per language, several alerts in a cell."""
    mode = case_line(room).partition('"fault_mode_id":"')[2].partition('"')[0]
    text = (
        "id,title,opened_at,component_id,fault_mode_id,symptoms_zh,symptoms_en,cause,fix,outcome,"
        "minutes_to_detect,minutes_to_repair,alertnames,source\r\n"
        f'old-9,"断线,晚高峰",2024-05-01T20:00:00+08:00,cdn-a,{mode},卡顿,stalls,线路断,切换,failed,'
        "3,40,PlaybackFailureHigh;X,工单\r\n"
    )
    client = room.client(OWNER_TOKEN)
    report = client.bring_in(Incoming("cases", [("旧.csv", text.encode("gb18030"))]))
    assert report.taken == 1, report
    (told,) = room.assistant.store.imported_cases()
    assert told.case.title.zh == "断线,晚高峰"
    assert told.case.symptoms.en == "stalls"
    assert told.case.alertnames == ("PlaybackFailureHigh", "X")
    assert told.case.minutes_to_repair == 40.0
