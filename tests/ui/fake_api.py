"""A stand-in for the API that serves composed views over real HTTP on a port of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from pydantic import BaseModel

from api.schemas import incidents as s
from api.schemas.admin import Me
from api.schemas.calibration import Recalibrated
from api.schemas.sop_records import SopRecord
from graph.model.access import Role
from graph.model.diagnosis import EvidenceWeight, HypothesisResult, Impact, Unobserved
from graph.model.incident import Incident, IncidentState, LedgerEntry, Urgency
from graph.model.topology import RelationType, WindowKind
from tests.ui import samples
from tests.ui.quiet_night import quiet_night

SESSION: Final = "a-session"
FLOW: Final = "med:learning"


def steps() -> tuple[s.StepView, ...]:
    """The five steps of the main flow."""
    return tuple(
        s.StepView(flow_id=FLOW, step_id=f"med:{x.id}", name=x.name, probability=x.probability)
        for x in samples.steps()
    )


def diagnosis(**changes: Any) -> Any:
    """The settled diagnosis with all causes and the impact on two steps."""
    hypotheses = tuple(
        HypothesisResult(
            rank=cause.rank,
            kind=cause.kind,
            component_id=cause.key if cause.kind.value == "component" else None,
            fault_mode_id="cdn_node:origin" if cause.kind.value == "component" else None,
            name=cause.name,
            posterior=cause.posterior,
            prior=cause.prior,
            evidence_for=tuple(
                EvidenceWeight(evidence_id=f"al-{i}", text=text, log10_bayes_factor=weight)
                for i, (text, weight) in enumerate(cause.evidence_for)
            ),
            evidence_against=(),
            path=("med:cdn-7", "med:player-api") if cause.key == "med:cdn-7" else (),
        )
        for cause in samples.causes()
    )
    impact = tuple(
        Impact(
            flow_id=FLOW,
            step_id=step.step_id,
            probability_degraded=step.probability or 0.0,
            users=23106,
            regions=("r1", "r2", "r10"),
            site_tiers=("primary",),
            courses=None,
            credit_types=("class-1",),
            basis="estimated",
        )
        for step in steps()
    )
    unobserved = (
        Unobserved(
            channel_id="c",
            component_id="med:cdn-7",
            text=samples.both("cdn-7：节点宕机", "cdn-7: node down"),
            reason=samples.both("备用站点，安静不算正常", "standby site"),
        ),
    )
    values: dict[str, Any] = {
        "hypotheses": hypotheses,
        "impact": impact,
        "unobserved": unobserved,
        "next_checks": samples.scene().checks,
        "similar_cases": samples.scene().cases,
    }
    return samples.diagnosis(**(values | changes))


def incident_view(incident: Incident, **changes: Any) -> s.IncidentView:
    """The row of an incident on the board."""
    top = samples.causes()[0]
    values: dict[str, Any] = {
        "etag": f"{incident.id}-{incident.version}",
        "timezone": samples.ZONE,
        "age_s": 361.0,
        "alerts": 380,
        "status": "likely",
        "settling": False,
        "top": s.TopCause(
            kind=top.kind,
            component_id=top.key,
            fault_mode_id=None,
            name=top.name,
            posterior=top.posterior,
            prior=top.prior,
        ),
        "broken_step": steps()[2],
        "users": 23106,
        "users_basis": "estimated",
        "regions": ("r1", "r2"),
    }
    return s.IncidentView(**{**incident.model_dump(), **values, **changes})


def detail(incident: Incident) -> s.IncidentDetail:
    """The whole incident with names for every id."""
    flow = s.FlowView(id=FLOW, name=samples.both("学习主流程", "Learning"), steps=steps())
    view = incident_view(incident)
    return s.IncidentDetail(
        **view.model_dump(),
        flow=flow,
        flows=(flow,),
        component_names={"med:cdn-7": samples.both("CDN 节点 cdn-7", "CDN node cdn-7")},
        region_names={f"r{n}": samples.both(f"区域 {n}", f"region {n}") for n in range(1, 13)},
        sop_passages=tuple(
            s.SopPassage(
                sop_id=p.sop_id,
                title=p.title,
                section=p.section,
                score=p.score,
                steps=tuple(s.SopStepView(number=n, text=t) for n, t in p.steps),
            )
            for p in samples.scene().sops
        ),
        cases=(s.CaseView(case_id="med:case-0", title=samples.CDN, opened_at=samples.BEGAN),),
        components_total=2291,
    )


def map_view() -> s.MapView:
    """The neighbourhood as the API cuts it."""
    graph = samples.graph_map()
    assert graph is not None
    return s.MapView(
        nodes=tuple(
            s.MapNode(
                id=n.id,
                name=n.name,
                kind="step" if n.layer.value == "step" else "service",
                layer=n.layer.value,
                probability=0.97 if n.id == "med:study" else None,
                alerting=n.state.value == "degraded" and n.layer.value != "step",
                unobserved=n.state.value == "unsure",
                rank=1 if n.top else None,
            )
            for n in graph.nodes
        ),
        relations=tuple(
            s.MapRelation(source=a, type=RelationType.CALLS, target=b) for a, b in graph.edges
        ),
        paths=tuple(tuple(reversed(p)) for p in graph.paths),
        total=graph.total,
    )


def timeline_view() -> s.TimelineView:
    """The ledger with one person in it."""
    line = samples.timeline()
    entry = LedgerEntry(
        incident_id="inc-1",
        seq=3,
        at=samples.BEGAN + timedelta(seconds=90),
        kind="owner_changed",
        actor="周岚",
        detail={"owner": "周岚"},
    )
    opened = entry.model_copy(update={"seq": 4, "kind": "incident_opened"})
    given_back = entry.model_copy(update={"seq": 5, "detail": {"owner": None}})
    return s.TimelineView(
        items=(entry, opened, given_back),
        alert_onsets=line.alert_times,
        changes=tuple(s.Mark(at=c.at, name=c.name) for c in line.changes),
    )


def board_view(**changes: Any) -> s.BoardView:
    """An exam evening with one lost source."""
    exam = s.WindowView(
        id="med:exam",
        kind=WindowKind.EXAM_WEEK,
        name=samples.both("考试周", "Exam week"),
        day=2,
        days=5,
        exams_per_evening=14,
    )
    peak = s.WindowView(
        id="med:peak",
        kind=WindowKind.EVENING_PEAK,
        name=samples.both("晚高峰", "Evening peak"),
        from_time="19:00",
        to_time="23:00",
    )
    lost = s.MonitoringView(
        source="prom",
        site="r5",
        name=samples.REGION_5,
        last_at=samples.BEGAN,
        age_s=361,
        late=True,
    )
    fine = lost.model_copy(update={"late": False, "site": None, "age_s": 22.0})
    values: dict[str, Any] = {
        "now": samples.NOW,
        "timezone": samples.ZONE,
        "calendar_at": samples.NOW,
        "replay": False,
        "windows": (peak, exam),
        "tonight": (peak,),
        "counts": {Urgency.P0: 1},
        "incidents_open": 1,
        "engine": s.EngineView(alive=True, jobs_open=0, jobs_failed=0, last_duration_ms=31.0),
        "monitoring": (lost, fine),
        "lanes": {"noise": 64, "quarantine": 9},
        "noise_count": 64,
        "noise_groups": 12,
        "alerts_included": 465,
        "alerts_pending": 0,
    }
    return s.BoardView(**(values | changes))


@dataclass
class FakeApi:
    """The state behind the answers; tests change it between two refreshes."""

    incidents: list[Incident] = field(
        default_factory=lambda: [samples.incident(owner=None, state=IncidentState.OPEN)]
    )
    diagnoses: list[Any] = field(default_factory=lambda: [diagnosis()])
    board: s.BoardView = field(default_factory=board_view)
    roles: tuple[Role, ...] = (Role.OPERATOR,)
    sites: tuple[str, ...] | None = None
    ledger_length: int = 1
    records: tuple[SopRecord, ...] = ()
    calls: list[str] = field(default_factory=list)
    fail: int | None = None
    conflict: bool = False
    signed_out: bool = False
    hang_up: bool = False
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    port: int = 0

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for_refresh(self) -> None:
        """Wait until the page has asked for its incident twice more: one refresh is drawn."""
        while self.asked.acquire(blocking=False):
            pass
        for _ in range(2):
            assert self.asked.acquire(timeout=30), "the page did not refresh within 30 s"

    def answer(self, method: str, path: str, body: bytes, cookie: str) -> tuple[int, Any]:
        """Answer one call with a status and a value."""
        if "/incidents/" in path and method == "GET":
            self.asked.release()
        self.calls.append(path.removeprefix("/api/v1/").split("?")[0])
        if self.fail is not None:
            return self.fail, {"detail": "no"}
        if SESSION not in cookie or self.signed_out:
            return 401, {"detail": "sign in"}
        parts = path.removeprefix("/api/v1/").split("?")[0].split("/")
        if parts == ["session"]:
            self.signed_out = True
            return 200, {}
        if parts == ["me"]:
            values = {"name": "周岚", "roles": self.roles, "sites": self.sites, "csrf": "c"}
            return 200, Me(scopes=(), may=("read",), **values)  # type: ignore[arg-type]  # by name
        if parts == ["board"]:
            return 200, self.board
        if parts == ["chat-model"]:
            return 200, {"model": None}
        if parts[0] in ("remediations", "handover", "actions"):
            return 200, quiet_night(parts[0])
        if parts == ["incidents"]:
            return 200, s.Items[s.IncidentView](items=tuple(map(incident_view, self.incidents)))
        return self._incident(method, parts[1:], body) if parts[0] == "incidents" else (404, {})

    def _incident(self, method: str, parts: list[str], body: bytes) -> tuple[int, Any]:
        found = next((i for i in self.incidents if i.id == parts[0]), None)
        if found is None:
            return 404, {"detail": "no such incident"}
        if method == "PATCH" and self.conflict:
            return 409, {"detail": "moved"}
        if method == "PATCH":
            changed = {**json.loads(body), "version": found.version + 1}
            new = Incident.model_validate({**found.model_dump(), **changed})
            self.incidents = [new if i.id == new.id else i for i in self.incidents]
            return 200, detail(new)
        views: dict[str, Any] = {
            "": self._detail(found),
            "diagnoses": s.Items[Any](items=tuple(self.diagnoses)),
            "timeline": timeline_view(),
            "map": map_view(),
            "briefing": quiet_night("briefing"),
            "observations": quiet_night("observations"),
            "recalibrated": Recalibrated(on=False, cases=0),
            "sop-records": s.Items[SopRecord](items=self.records),
        }
        return 200, views[parts[1] if len(parts) > 1 else ""]

    def _detail(self, incident: Incident) -> s.IncidentDetail:
        """Tell no cause of an incident that has no diagnosis."""
        none = {} if self.diagnoses else {"top": None, "status": None}
        return detail(incident).model_copy(update={"ledger_length": self.ledger_length, **none})


@contextmanager
def serving(fake: FakeApi) -> Iterator[FakeApi]:
    """Serve a fake on a free port of 127.0.0.1 while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            if fake.hang_up:
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            cookie = self.headers.get("Cookie", "")
            status, value = fake.answer(self.command, self.path, body, cookie)
            text = (
                value.model_dump_json(by_alias=True)
                if isinstance(value, BaseModel)
                else json.dumps(value)
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PATCH = do_DELETE = do_POST = _do

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
