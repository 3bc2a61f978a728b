"""The draft of a postmortem over HTTP: from the record, in one language, the same bytes."""

from __future__ import annotations

from api.incidents.postmortem import plain
from graph.model.access import Role
from tests.api.room import ApiRoom, problem_in


def test_the_draft_tells_course_cause_and_word_of_people(room: ApiRoom) -> None:
    """It reads the record alone: twice the same bytes, each language in its own words."""
    incident_id = room.storm(room.source().token)
    http = room.operator()
    base = f"/api/v1/incidents/{incident_id}"
    wanted = {"cause": "external", "note": "# <b>line</b> Bearer abcdefghijkl"}
    assert http.post(f"{base}/feedback", json=wanted).status_code == 200

    drafts = [http.get(f"{base}/postmortem?lang={lang}").json() for lang in ("zh", "zh", "en")]
    chinese, again, english = (found["markdown"] for found in drafts)
    assert chinese == again
    for part in ("## 经过", "## 影响了谁", "## 证据", "图外原因，zhou"):
        assert part in chinese
    assert "## What happened when" in english
    assert "- first alert" not in chinese
    assert r"\# \<b\>line\</b\>" in english
    assert "abcdefghijkl" not in english


def test_a_draft_needs_the_right_to_read_the_incident(room: ApiRoom) -> None:
    """Nobody without a name, no unknown incident, no other language."""
    incident_id = room.storm(room.source().token)
    path = f"/api/v1/incidents/{incident_id}/postmortem"
    problem_in(room.http().get(path), 401)
    viewer, _ = room.signed_in("kan", Role.VIEWER)
    assert viewer.get(path).status_code == 200
    problem_in(viewer.get(path, params={"lang": "xx"}), 422)
    problem_in(viewer.get("/api/v1/incidents/none/postmortem"), 404)


def test_outside_text_stays_plain_text_in_markdown() -> None:
    """No link, no heading, no markup, no second line."""
    assert plain("[x](https://h)\n<i>") == r"\[x\]\(https:\//h\) \<i\>"
