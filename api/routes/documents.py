"""SOPs from documents and past cases from files: imports, versions, publishing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.doorway.auth import Ability, Caller
from api.doorway.doors import assistant_of, body_schema, json_of, may, raw_body
from api.knowledge.documents import publishing
from api.knowledge.documents.history import history_of
from api.knowledge.documents.imports import files_of, import_files
from api.schemas.documents import (
    Ending,
    ImportReport,
    Incoming,
    Publication,
    SopRevision,
    SopVersionView,
)
from api.schemas.incidents import Items
from graph.model.document import SopVersion, VersionStatus

router = APIRouter(tags=["knowledge"])
Reviewer = Annotated[Caller, may(Ability.APPROVE, Ability.ADMIN)]
Drafter = Annotated[Caller, may(Ability.OPERATE, Ability.ADMIN)]
_ARCHIVE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/imports/sops", openapi_extra=_ARCHIVE)
def import_sops(
    request: Request,
    caller: Drafter,
    body: Annotated[bytes, Depends(raw_body)],
    pack: str | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Take documents (.md, .docx, .pdf, .html) of an archive in as drafts, a report each.

    `NAME.zh.EXT` and `NAME.en.EXT` are one SOP. Equal content changes nothing.
    """
    wanted = Incoming("sops", files_of(body), pack, dry_run)
    return import_files(assistant_of(request), wanted, by=caller.principal.name)


@router.post("/imports/cases", openapi_extra=_ARCHIVE)
def import_cases(
    request: Request,
    caller: Annotated[Caller, may(Ability.APPROVE, Ability.ADMIN)],
    body: Annotated[bytes, Depends(raw_body)],
    pack: str | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Take past cases (.csv, .jsonl) of an archive in; a file with a faulty row stays out whole."""
    wanted = Incoming("cases", files_of(body), pack, dry_run)
    return import_files(assistant_of(request), wanted, by=caller.principal.name)


@router.get("/sop-versions")
def versions(
    request: Request,
    _: Reviewer,
    sop_id: str | None = None,
    status: Annotated[list[VersionStatus] | None, Query()] = None,
) -> Items[SopVersionView]:
    """List versions of SOPs by SOP and number, with commands unfolded; for leads and admins."""
    store = assistant_of(request).store
    found = store.sop_versions(sop_id=sop_id, statuses=frozenset(status) if status else None)
    return Items(items=tuple(publishing.view(store, one) for one in found))


@router.get("/sop-versions/{version_id}")
def version(request: Request, _: Reviewer, version_id: str) -> SopVersionView:
    """Show one version with what publishing it adds and removes in commands."""
    store = assistant_of(request).store
    return publishing.view(store, store.sop_version(version_id))


@router.get("/sops/{sop_id}/history")
def history(
    request: Request, caller: Annotated[Caller, may(Ability.READ)], sop_id: str
) -> Items[SopRevision]:
    """List the published versions of an SOP from documents, oldest first, with changed steps."""
    store = assistant_of(request).store
    return Items(items=history_of(store, caller.principal, sop_id))


@router.post("/sop-versions/{version_id}/publication", openapi_extra=body_schema(Publication))
def publish(
    request: Request,
    caller: Reviewer,
    version_id: str,
    wanted: Annotated[Publication, Depends(json_of(Publication))],
) -> SopVersionView:
    """Publish a draft, as a signed-in lead who did not draft it."""
    assistant = assistant_of(request)
    return _done(
        request,
        publishing.publish(
            assistant.store,
            caller.principal,
            version_id,
            content_sha256=wanted.content_sha256,
            at=assistant.clock.now(),
        ),
    )


@router.post("/sop-versions/{version_id}/rejection", openapi_extra=body_schema(Ending))
def reject(
    request: Request,
    caller: Drafter,
    version_id: str,
    wanted: Annotated[Ending, Depends(json_of(Ending))],
) -> SopVersionView:
    """End a draft that is not to be published."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return _done(
        request,
        publishing.reject(
            assistant.store, caller.principal, version_id, reason=wanted.reason, at=at
        ),
    )


@router.post("/sop-versions/{version_id}/retirement", openapi_extra=body_schema(Ending))
def retire(
    request: Request,
    caller: Reviewer,
    version_id: str,
    wanted: Annotated[Ending, Depends(json_of(Ending))],
) -> SopVersionView:
    """Take a published version off the shelf."""
    assistant = assistant_of(request)
    at = assistant.clock.now()
    return _done(
        request,
        publishing.retire(
            assistant.store, caller.principal, version_id, reason=wanted.reason, at=at
        ),
    )


def _done(request: Request, found: SopVersion) -> SopVersionView:
    assistant = assistant_of(request)
    assistant.knowledge.forget()
    return publishing.view(assistant.store, found)
