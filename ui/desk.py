"""What one browser tab asks of the server, and the last picture that it got."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from api.client import ApiClient
from api.schemas import IncidentDetail
from graph.errors import UnauthenticatedError
from graph.model.base import Text
from graph.model.incident import IncidentState
from ui.board_staging import board_of
from ui.chrome import Person
from ui.scene import Board, Scene
from ui.staging import scene_of

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


Stamp = tuple[str, int]


@dataclass
class Desk:
    """One tab's client and its last pictures; an unchanged incident is not fetched again."""

    client: ApiClient
    board_seen: Board | None = None
    scenes: dict[str, tuple[Stamp, Scene]] = field(default_factory=dict)

    def person(self) -> Person | None:
        """Tell who is signed in, or None."""
        try:
            me = self.client.me()
        except UnauthenticatedError:
            return None
        return Person(me.name, me.roles)

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
        detail = self.client.incident(incident_id)
        stamp = (detail.etag, detail.diagnosed_revision)
        known = self.scenes.get(incident_id)
        if known is not None and known[0] == stamp:
            return known[1]
        scene = self._compose(detail)
        if isinstance(scene, Scene):
            self.scenes = {incident_id: (stamp, scene)}
        return scene

    def last_scene(self, incident_id: str) -> Scene | None:
        """Return the last picture of an incident, or None."""
        known = self.scenes.get(incident_id)
        return known[1] if known else None

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
        diagnoses = self.client.diagnoses(detail.id)
        if not diagnoses:
            return Waiting(detail.title, detail.alerts)
        return scene_of(
            detail,
            diagnoses,
            timeline=self.client.timeline(detail.id),
            graph=self.client.map(detail.id),
            monitoring=self.client.board().monitoring,
        )
