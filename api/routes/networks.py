"""The network behind a diagnosis, for those who recompute it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request

from api.calls.network import NetworkView
from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.incidents.network_views import view_network

router = APIRouter(tags=["incidents"])
Reader = Annotated[Caller, may(Ability.READ)]


@router.get("/incidents/{incident_id}/network")
def network(request: Request, caller: Reader, incident_id: str) -> NetworkView:
    """Give the network of the newest diagnosis as causal/v1, and the channels that spoke.

    409 where evidence or pack moved on since that diagnosis.
    """
    store = assistant_of(request).store
    return view_network(store, store.incident(caller.principal, incident_id).id)
