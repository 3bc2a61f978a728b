"""An incident gone through again, minute by minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Query, Request
from starlette.requests import ClientDisconnect

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, may
from api.incidents.replay_views import MOST_RELATIONS, Replays, view_replay
from graph.model.replay import Replay

router = APIRouter(tags=["incidents"])
Reader = Annotated[Caller, may(Ability.READ)]
_ANSWER_S: Final = 5.0  # of the loop that knows who hung up; longer, and the caller counts as there


async def check_there(request: Request) -> Callable[[], None]:
    """Give what a thread calls to learn whether its caller hung up: ClientDisconnect then."""
    loop = asyncio.get_running_loop()

    def check() -> None:
        asked = asyncio.run_coroutine_threadsafe(request.is_disconnected(), loop)
        with suppress(TimeoutError):
            if asked.result(_ANSWER_S):
                raise ClientDisconnect

    return check


@router.get("/incidents/{incident_id}/replay")
def replay(
    request: Request,
    caller: Reader,
    incident_id: str,
    there: Annotated[Callable[[], None], Depends(check_there)],
    without_source: Annotated[str | None, Query(max_length=200)] = None,
    with_relation: Annotated[list[str] | None, Query(max_length=MOST_RELATIONS)] = None,
) -> Replay:
    """Say what would have been known each minute, without a source or with more relations.

    Seconds of CPU for a storm of an hour, one caller at a time (429 meanwhile); diagnoses go
    first, and it ends when the caller hangs up. Nothing is stored.
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
            before_each=replays.give_way(assistant, there),
        )
