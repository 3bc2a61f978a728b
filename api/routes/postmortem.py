"""The draft of a postmortem, from the record of one incident."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.incidents.postmortem import Lang, Record, draft
from api.incidents.views import view_timeline
from api.schemas.feedback import PostmortemDraft
from graph.model.remediation import Remediation

router = APIRouter(tags=["postmortem"])
Reader = Annotated[Caller, may(Ability.READ)]


@router.get("/incidents/{incident_id}/postmortem")
def postmortem(
    request: Request, caller: Reader, incident_id: str, lang: Lang = "zh"
) -> PostmortemDraft:
    """Write the draft as Markdown in one language; equal records give equal bytes."""
    store = assistant_of(request).store
    incident = store.incident(caller.principal, incident_id)
    page = store.remediations(caller.principal, incident_id=incident.id, limit=200)
    acts = [item for item in page.items if isinstance(item, Remediation)]
    record = Record(
        pack=store.pack(incident.pack_id),
        incident=incident,
        timeline=view_timeline(store, caller.principal, incident),
        diagnosis=store.diagnosis(incident.id),
        remediations=tuple(reversed(acts)),
    )
    return PostmortemDraft(lang=lang, markdown=draft(record, lang))
