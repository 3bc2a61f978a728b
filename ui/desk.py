"""What one browser tab asks of the server, and the last picture that it got."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Final

from api.client import ApiClient
from api.schemas.calibration import Recalibrated
from api.schemas.incidents import IncidentDetail
from api.schemas.observations import ObservationsPage
from api.schemas.sop_records import SopRecord
from graph.errors import EtiographError, UnauthenticatedError
from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.incident import IncidentState
from graph.model.observation import Result
from ui.board_staging import board_of
from ui.chrome import Person
from ui.format import Lang
from ui.pictures import Pictures
from ui.scene import Board, Scene
from ui.staging import causes_of, checks_of, lost_of, scene_of
from ui.text import pick

OPEN_STATES: Final = (
    IncidentState.OPEN,
    IncidentState.ACKNOWLEDGED,
    IncidentState.MITIGATING,
    IncidentState.WATCHING,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An incident that has no diagnosis yet."""

    title: Text
    alerts: int


# What people decided, the newest revision, and how many lines the ledger has.
Stamp = tuple[str, int, int]
# A cause shows how it moved since the revision before.
_COMPARED: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody enters about a check, or takes back where `evidence_id` is set."""

    check_id: str
    result: Result
    note: str = ""
    evidence_id: str | None = None


@dataclass
class Desk:
    """One tab's client and its last pictures; an unchanged incident is not fetched again.

    `pending` is an entry that waits to be sent; while it does, the last picture stays. The picture
    after it is `partial`: its ranking is new, the rest is fetched for the one that follows.
    `eyes`: what the person may see, as a key of the pictures that tabs share; empty: not known yet.
    """

    client: ApiClient
    pictures: Pictures = field(default_factory=Pictures)
    eyes: str = ""
    board_seen: Board | None = None
    scenes: dict[str, tuple[Stamp, Scene]] = field(default_factory=dict)
    entered: dict[str, tuple[Stamp, ObservationsPage]] = field(default_factory=dict)
    revisions: dict[str, tuple[Diagnosis, ...]] = field(default_factory=dict)
    pending: Entry | None = None
    partial: bool = False

    def person(self) -> Person | None:
        """Tell who is signed in, or None."""
        try:
            me = self.client.me()
        except UnauthenticatedError:
            return None
        self.eyes = "*" if me.sites is None else f"sites {json.dumps(me.sites)}"
        return Person(me.name, me.roles, me.grants_open, me.approvals_open)

    def board(self) -> Board:
        """Fetch the duty board: all open incidents in the order of the API."""
        view = self.client.board()
        page = self.client.incidents(states=OPEN_STATES)
        incidents = list(page.items)
        while page.next_cursor is not None:
            page = self.client.incidents(states=OPEN_STATES, cursor=page.next_cursor)
            incidents += page.items
        self.board_seen = board_of(view, incidents)
        return self.board_seen

    def most_urgent(self) -> str | None:
        """Name the open incident that stands first, or None."""
        items = self.client.incidents(states=OPEN_STATES).items
        return items[0].id if items else None

    def scene(self, incident_id: str) -> Scene | Waiting:
        """Fetch one diagnosis page, or say that the incident still waits for its first."""
        if (self.pending is not None or self.partial) and incident_id in self.scenes:
            return self.scenes[incident_id][1]
        detail = self.client.incident(incident_id)
        stamp = (detail.etag, detail.diagnosed_revision, detail.ledger_length)
        known = self.scenes.get(incident_id)
        if known is not None and known[0] == stamp:
            return known[1]
        scene = self._compose(detail)
        if isinstance(scene, Scene):
            self.scenes = {incident_id: (stamp, scene)}
        return scene

    def briefing(self, incident_id: str, lang: Lang) -> str:
        """Tell the four lines for those who call, one below the other."""
        told = self.client.briefing(incident_id)
        lines = (told.hit, told.known, told.doing, told.next_news)
        return "\n".join(pick(line, lang) for line in lines)

    def last_scene(self, incident_id: str) -> Scene | None:
        """Return the last picture of an incident, or None."""
        known = self.scenes.get(incident_id)
        return known[1] if known else None

    def entries(self, incident_id: str) -> ObservationsPage:
        """Fetch what people entered about the incident of the last picture."""
        stamp = self.scenes[incident_id][0]
        known = self.entered.get(incident_id)
        if known is None or known[0] != stamp:
            known = (stamp, self.client.observations(incident_id))
            self.entered = {incident_id: known}
        return known[1]

    def settle(self, incident_id: str) -> None:
        """Send the entry that waits, or take one back; it waits no longer, whatever happens.

        Raises: ConflictError on an incident that is over.
        """
        entry, self.pending = self.pending, None
        if entry is None:
            return
        if entry.evidence_id is None:
            moved = self.client.observe(incident_id, entry.check_id, entry.result, note=entry.note)
        else:
            moved = self.client.retract(incident_id, entry.evidence_id)
        self._take(incident_id, moved)

    def claim(self, incident_id: str, name: str) -> None:
        """Make a person the owner of an incident that is as the tab saw it.

        Raises: ConflictError if somebody changed it since.
        """
        known = self.scenes[incident_id]
        changes: dict[str, str | None] = {"owner": name}
        if known[1].incident.state is IncidentState.OPEN:
            changes["state"] = IncidentState.ACKNOWLEDGED.value
        self.client.patch_incident(incident_id, changes, if_match=known[0][0])

    def _compose(self, detail: IncidentDetail) -> Scene | Waiting:
        """Take the picture that another tab had made of the same answer, or have it made."""
        key = (self.eyes, detail.id)
        if not self.eyes:
            return self._fetch(detail)
        with self.pictures.turn(key):
            found = self.pictures.find(key, detail)
            if found is None:
                made = self._fetch(detail)
                if isinstance(made, Scene):
                    self.pictures.keep(key, detail, made)
                return made
        # How sources and SOPs fare is no part of an incident: it is asked for every time.
        lost, records = lost_of(self.client.board().monitoring), self._records(detail.id)
        return replace(found, incident=detail, lost=lost, records=records)

    def _fetch(self, detail: IncidentDetail) -> Scene | Waiting:
        diagnoses = self._revisions(detail)
        if not diagnoses:
            return Waiting(detail.title, detail.alerts)
        scene = scene_of(
            detail,
            diagnoses,
            timeline=self.client.timeline(detail.id),
            graph=self.client.map(detail.id),
            monitoring=self.client.board().monitoring,
        )
        records, stated = self._records(detail.id), self._recalibrated(detail.id)
        return replace(scene, records=records, recalibrated=stated)

    def _records(self, incident_id: str) -> dict[str, SopRecord]:
        """Ask how the SOPs beside the diagnosis have fared; the page stands without it."""
        try:
            return {one.sop_id: one for one in self.client.sop_records(incident_id)}
        except EtiographError:
            return {}

    def _recalibrated(self, incident_id: str) -> Recalibrated | None:
        """Ask what stated posteriors have meant so far; the page stands without it."""
        try:
            return self.client.recalibrated(incident_id)
        except EtiographError:
            return None

    def _take(self, incident_id: str, moved: Diagnosis) -> None:
        """Put the ranking of an entry's answer into the last picture, at once."""
        self.entered = {}
        known = self.revisions.get(incident_id, ())
        if known and moved.supersedes == known[-1].revision:
            self.revisions = {incident_id: (known[-1], moved)}
        stamp, scene = self.scenes[incident_id]
        detail = scene.incident
        names = detail.component_names if isinstance(detail, IncidentDetail) else {}
        ranked = replace(
            scene,
            diagnosis=moved,
            causes=causes_of(moved, scene.diagnosis, names),
            checks=checks_of(moved, names),
        )
        self.scenes = {incident_id: (stamp, ranked)}
        self.partial = True

    def _revisions(self, detail: IncidentDetail) -> tuple[Diagnosis, ...]:
        """Return the newest two; one that an entry's answer already told is not fetched."""
        known = self.revisions.get(detail.id, ())
        if not known or known[-1].evidence_revision != detail.diagnosed_revision:
            known = self.client.diagnoses(detail.id, newest=_COMPARED)
            self.revisions = {detail.id: known}
        return known
