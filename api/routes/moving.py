"""The export of the whole store: what `etiograph export` uses while a server holds the folder."""

from __future__ import annotations

from typing import Annotated, Final, cast

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.doorway.auth import Ability, Caller
from api.doorway.doors import may
from api.moving.house import Spool
from graph.errors import ForbiddenError

router = APIRouter(tags=["service"])
ARCHIVE_TYPE: Final = "application/x-tar"


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {ARCHIVE_TYPE: {}}, "description": "export/v1 as a tar"}},
)
def export(request: Request, caller: Annotated[Caller, may(Ability.ADMIN)]) -> StreamingResponse:
    """Give everything but sessions, tokens and passwords as a tar: parts, then the manifest.

    Who had it stands in the audit log, `export_made`, before the first byte is sent. It is whole
    only where `manifest.json` came, last; docs/moving-house.md tells the format.
    """
    if caller.principal.sites is not None:
        raise ForbiddenError(
            f"{caller.principal.name!r} sees some sites only, and an export holds all; ask an "
            "admin of all sites"
        )
    spool = cast(Spool, request.app.state.spool)  # starlette's state is untyped
    return StreamingResponse(
        spool.stream(by=caller.principal.name),
        media_type=ARCHIVE_TYPE,
        headers={"Content-Disposition": 'attachment; filename="etiograph-export.tar"'},
    )
