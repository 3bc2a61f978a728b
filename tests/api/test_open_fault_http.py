"""A cause whose fault is open is called alike wherever a figure stands beside it."""

from __future__ import annotations

from api.doorway.stateless import ENGINE
from api.incidents.views import detail_incident
from api.reports.diagnosis import report
from tests.api.room import ApiRoom
from tests.small_pack import after

_OPEN = ("cdn-a（最像 origin-link-down）", "cdn-a (most like origin-link-down)")


def test_board_briefing_and_postmortem_call_an_open_fault_alike(room: ApiRoom) -> None:
    """66% is the figure of the node; the likelier of its two faults holds less of it."""
    incident_id = room.storm(room.source().token)
    http = room.operator()
    row = http.get("/api/v1/incidents").json()["items"][0]["top"]["name"]
    handed = http.get("/api/v1/handover").json()["incidents"][0]["top"]["name"]
    known = http.get(f"/api/v1/incidents/{incident_id}/briefing").json()["known"]
    drafts = [
        http.get(f"/api/v1/incidents/{incident_id}/postmortem?lang={lang}").json()["markdown"]
        for lang in ("zh", "en")
    ]
    for place, name in enumerate(_OPEN):
        lang = ("zh", "en")[place]
        assert row[lang] == handed[lang] == name
        assert name in known[lang]
        assert name.replace("(", r"\(").replace(")", r"\)") in drafts[place]


def test_the_terminal_names_no_step_where_none_is_hit(room: ApiRoom) -> None:
    """Of causes the same words; a heading without a line below it is left out."""
    incident_id = room.storm(room.source().token)
    store = room.assistant.store
    found = store.diagnosis(incident_id)
    assert found is not None
    detail = detail_incident(store, ENGINE, store.incident(ENGINE, incident_id), now=after(300))
    told = "\n".join(report(detail, found, "zh"))
    assert _OPEN[0] in told and "受影响的流程步骤" in told

    calm = tuple(i.model_copy(update={"probability_degraded": 0.001}) for i in found.impact)
    spared = "\n".join(report(detail, found.model_copy(update={"impact": calm}), "zh"))
    assert "受影响的流程步骤" not in spared and "<1%  " not in spared
