"""An incident gone through again, minute by minute."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.incidents.replay_views import MOST_RELATIONS, Replays, view_replay
from graph.model.replay import Replay

router = APIRouter(tags=["incidents"])
Reader = Annotated[Caller, may(Ability.READ)]


@router.get("/incidents/{incident_id}/replay")
def replay(
    request: Request,
    caller: Reader,
    incident_id: str,
    without_source: Annotated[str | None, Query(max_length=200)] = None,
    with_relation: Annotated[list[str] | None, Query(max_length=MOST_RELATIONS)] = None,
) -> Replay:
    """Say what would have been known each minute, without a source or with more relations.

    Seconds of CPU for a storm of an hour, one caller at a time (429 meanwhile); diagnoses go
    first. Nothing is stored.
    """
    replays = cast(Replays, request.app.state.replays)  # starlette's state is untyped
    assistant = assistant_of(request)
    with replays.turn():
        return view_replay(
            assistant,
            caller.principal,
            incident_id,
            without_source=without_source,
            relations=with_relation or [],
            before_each=replays.give_way(assistant),
        )
