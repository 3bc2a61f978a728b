"""The typed sync client of the HTTP API: what the screens and the commands speak.

`ApiClient` wraps any `httpx2.Client`; Starlette's TestClient is one. Every failure is an
`EtiographError` of the class that the server named; a server that does not answer is an
`UnreachableError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx2
from pydantic import JsonValue

from api.calls.admin import AdminCalls
from api.calls.by_hand import ByHandCalls
from api.calls.calibration import CalibrationCalls
from api.calls.documents import DocumentCalls
from api.calls.feedback import FeedbackCalls
from api.calls.grants import GrantCalls
from api.calls.graph import GraphCalls
from api.calls.knowledge import KnowledgeCalls
from api.calls.network import NetworkCalls
from api.calls.observations import ObservationCalls
from api.calls.own_account import OwnAccountCalls
from api.calls.remediations import RemediationCalls
from api.calls.replay import ReplayCalls
from api.calls.transport import SESSION_COOKIE, Transport, UnreachableError, part_of, patience
from api.calls.upkeep import UpkeepCalls
from api.calls.why import WhyCalls
from api.schemas.admin import (
    DoctorReport,
    IssuedPassword,
    IssuedToken,
    NewToken,
    NewUser,
    PacksLoaded,
    TokenView,
    UserView,
)
from api.schemas.incidents import (
    BoardView,
    IncidentDetail,
    IncidentView,
    Items,
    MapView,
    Pending,
    QuarantinedPage,
    TimelineView,
)
from graph.model.access import Role
from graph.model.diagnosis import Diagnosis
from graph.model.incident import IncidentState

__all__ = ["SESSION_COOKIE", "ApiClient", "UnreachableError", "connect"]

_SLACK_S: Final = 10.0
_LOAD_S: Final = 300.0


def connect(
    base_url: str, *, token: str | None = None, cookie: str | None = None, timeout_s: float = 30.0
) -> ApiClient:
    """Make a client of the server at `base_url`, as the owner of a token or of a session cookie.

    Nothing of the environment is used (no proxies), and redirects are not followed.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    cookies = {SESSION_COOKIE: cookie} if cookie else {}
    http = httpx2.Client(
        base_url=base_url, headers=headers, cookies=cookies, timeout=timeout_s, trust_env=False
    )
    return ApiClient(http)


class ApiClient(
    AdminCalls,
    ByHandCalls,
    CalibrationCalls,
    DocumentCalls,
    FeedbackCalls,
    GrantCalls,
    GraphCalls,
    KnowledgeCalls,
    NetworkCalls,
    ObservationCalls,
    OwnAccountCalls,
    RemediationCalls,
    ReplayCalls,
    UpkeepCalls,
    WhyCalls,
    Transport,
):
    """One caller of the API; close it, or use it as a context."""

    def __enter__(self) -> ApiClient:
        """Return itself."""
        return self

    # ── Who ─────────────────────────────────────────────────────────────────────────────────────

    def sign_out(self) -> None:
        """End the session of the cookie."""
        self._write("DELETE", "/session")

    def users(self) -> tuple[UserView, ...]:
        """List accounts by name."""
        return self._get("/users", Items[UserView]).items

    def add_user(
        self, name: str, roles: tuple[Role, ...], *, sites: tuple[str, ...] | None = None
    ) -> IssuedPassword:
        """Make an account that sees these sites (None: all); its password is told only here."""
        body = NewUser(name=name, roles=roles, sites=sites).model_dump(mode="json")
        return self._read(self._write("POST", "/users", json=body), IssuedPassword)

    def reset_user(self, name: str) -> IssuedPassword:
        """Renew an account's password and end its sessions."""
        return self._read(self._write("POST", f"/users/{part_of(name)}/reset"), IssuedPassword)

    def tokens(self) -> tuple[TokenView, ...]:
        """List tokens by id, without their texts."""
        return self._get("/tokens", Items[TokenView]).items

    def create_token(self, wanted: NewToken) -> IssuedToken:
        """Make a token; its text is in the answer and nowhere else."""
        body = wanted.model_dump(mode="json")
        return self._read(self._write("POST", "/tokens", json=body), IssuedToken)

    # ── Incidents ───────────────────────────────────────────────────────────────────────────────

    def board(self) -> BoardView:
        """Give what the duty board shows beside its table."""
        return self._get("/board", BoardView)

    def incidents(
        self, *, states: tuple[IncidentState, ...] = (), cursor: str | None = None
    ) -> Items[IncidentView]:
        """Page over incidents: urgency (none last), then began_at, then id; all states if none."""
        params = [("state", state.value) for state in states]
        params += [("cursor", cursor)] if cursor else []
        return self._get("/incidents", Items[IncidentView], params=params)

    def incident(self, incident_id: str) -> IncidentDetail:
        """Give one incident with names for every id of its diagnosis."""
        return self._get(f"/incidents/{part_of(incident_id)}", IncidentDetail)

    def patch_incident(
        self, incident_id: str, changes: Mapping[str, str | None], *, if_match: str
    ) -> IncidentDetail:
        """Change `owner` and/or `state`; `if_match` is the `etag` that was seen.

        Raises: ConflictError when the incident moved on, or the state may not follow.
        """
        path = f"/incidents/{part_of(incident_id)}"
        answer = self._write(
            "PATCH", path, json=dict(changes), headers={"If-Match": f'"{if_match}"'}
        )
        return self._read(answer, IncidentDetail)

    def diagnosis(self, incident_id: str, *, wait_s: int = 0) -> Diagnosis | Pending:
        """Give the newest diagnosis once it covers all evidence stored at the call.

        Waits up to `wait_s` (0..30) seconds; `Pending` when it takes longer.
        """
        answer = self._call(
            "GET",
            f"/incidents/{part_of(incident_id)}/diagnosis",
            params={"wait": str(wait_s)},
            extensions=patience(wait_s + _SLACK_S),
        )
        form: type[Diagnosis | Pending] = Pending if answer.status_code == 202 else Diagnosis
        return self._read(answer, form)

    def diagnoses(self, incident_id: str, *, newest: int | None = None) -> tuple[Diagnosis, ...]:
        """List every revision, or the newest so many, oldest first."""
        path = f"/incidents/{part_of(incident_id)}/diagnoses"
        params = {} if newest is None else {"newest": str(newest)}
        return self._get(path, Items[Diagnosis], params=params).items

    def timeline(self, incident_id: str) -> TimelineView:
        """Give the ledger, the onsets of alerts, and the changes."""
        return self._get(f"/incidents/{part_of(incident_id)}/timeline", TimelineView)

    def map(self, incident_id: str) -> MapView:
        """Give the neighbourhood of the top causes and affected steps, at most 60 boxes."""
        return self._get(f"/incidents/{part_of(incident_id)}/map", MapView)

    def quarantined(self, *, cursor: str | None = None) -> QuarantinedPage:
        """Page over alerts that were not understood, newest first."""
        params = [("quarantined", "true"), *([("cursor", cursor)] if cursor else [])]
        return self._get("/alerts", QuarantinedPage, params=params)

    # ── The rest ────────────────────────────────────────────────────────────────────────────────

    def ready(self) -> bool:
        """Tell whether the server is up with its packs loaded."""
        try:
            return self._http.get("/api/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def doctor(self) -> DoctorReport:
        """Give the doctor's report."""
        return self._get("/doctor", DoctorReport)

    def load_packs(self, archive: bytes) -> PacksLoaded:
        """Load the packs of a .tar.gz or .zip archive."""
        answer = self._write(
            "POST",
            "/packs",
            content=archive,
            headers={"Content-Type": "application/octet-stream"},
            extensions=patience(_LOAD_S),
        )
        return self._read(answer, PacksLoaded)

    def ask(self, question: str, *, incident_id: str | None = None) -> JsonValue:
        """Ask for SOP steps; the answer is answer/v1."""
        body = {"question": question, "incident_id": incident_id}
        answer: JsonValue = self._write("POST", "/ask", json=body).json()
        return answer

    def post_alerts(self, body: bytes, *, received_at: str | None = None) -> JsonValue:
        """Post one Alertmanager payload; `received_at` for replay sources only."""
        return self._post_signals("/alerts/alertmanager", body, received_at)

    def post_changes(self, body: bytes, *, received_at: str | None = None) -> JsonValue:
        """Post one change/v1 or `{items}`; `received_at` for replay sources only."""
        return self._post_signals("/changes", body, received_at)

    def _post_signals(self, path: str, body: bytes, received_at: str | None) -> JsonValue:
        headers = {"Content-Type": "application/json"}
        if received_at:
            headers["X-Received-At"] = received_at
        answer: JsonValue = self._write("POST", path, content=body, headers=headers).json()
        return answer
