"""What travels over HTTP about reports to callers and the change of shift."""

from __future__ import annotations

from api.schemas.incidents import IncidentView, View
from api.schemas.remediations import Reason
from graph.model.base import Instant, Model, Text
from graph.model.remediation import RemediationStatus


class Briefing(View):
    """Four lines in both languages, in this order, and when the next news is due."""

    hit: Text
    known: Text
    doing: Text
    next_news: Text
    next_news_at: Instant


class Matter(View):
    """One remediation in a few words; `undo` says how it is taken back.

    `age_s`: seconds since `since`, never below 0. Of a temporary measure: `hand_to` names those who
    could look after it, by name, and `overdue` says that it stands longer than one shift.
    """

    remediation_id: str
    incident_id: str
    name: Text
    target_ids: tuple[str, ...]
    status: RemediationStatus
    owner: str
    since: Instant
    undo: Text
    age_s: int
    hand_to: tuple[str, ...] = ()
    overdue: bool = False


class HandoverView(View):
    """The page of a change of shift; every list is in a total order."""

    at: Instant
    incidents: tuple[IncidentView, ...]
    waiting: tuple[Matter, ...]
    unsettled: tuple[Matter, ...]
    temporary: tuple[Matter, ...]


class HandoverNote(Model):
    """What the successor adds when taking over."""

    note: Reason = ""
