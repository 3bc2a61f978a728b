"""The calls about SOPs from documents and imported cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api.archives import packed
from api.calls.transport import Transport, part_of, patience
from api.schemas.documents import (
    Ending,
    ImportReport,
    Incoming,
    Publication,
    SopRevision,
    SopVersionView,
)
from api.schemas.incidents import Items
from graph.model.document import VersionStatus

_IMPORT_S: Final = 600.0  # a hundred documents are read one after the other


class DocumentCalls(Transport):
    """What `ApiClient` asks about documents."""

    def bring_in(self, wanted: Incoming) -> ImportReport:
        """Send the files as one archive; a report of each."""
        told = {"dry_run": str(wanted.dry_run).lower()}
        answer = self._write(
            "POST",
            f"/imports/{wanted.kind}",
            content=packed(wanted.files),
            params=told | ({"pack": wanted.pack} if wanted.pack else {}),
            headers={"Content-Type": "application/octet-stream"},
            extensions=patience(_IMPORT_S),
        )
        return self._read(answer, ImportReport)

    def sop_versions(
        self, *, sop_id: str | None = None, statuses: Sequence[VersionStatus] = ()
    ) -> tuple[SopVersionView, ...]:
        """List versions of SOPs, by SOP and number."""
        asked = {"sop_id": sop_id} if sop_id else {}
        params = {**asked, "status": [status.value for status in statuses]}
        return self._get("/sop-versions", Items[SopVersionView], params=params).items

    def sop_version(self, version_id: str) -> SopVersionView:
        """Show one version. Raises: NotFoundError."""
        return self._get(f"/sop-versions/{part_of(version_id)}", SopVersionView)

    def sop_history(self, sop_id: str) -> tuple[SopRevision, ...]:
        """List the published versions of an SOP from documents. Raises: NotFoundError."""
        return self._get(f"/sops/{part_of(sop_id)}/history", Items[SopRevision]).items

    def publish_sop(self, version_id: str, content_sha256: str) -> SopVersionView:
        """Publish a draft that one has looked at. Raises: NotAllowedError; ConflictError."""
        wanted = Publication(content_sha256=content_sha256)
        return self._moved(version_id, "publication", wanted)

    def reject_sop(self, version_id: str, reason: str) -> SopVersionView:
        """End a draft. Raises: NotAllowedError; ConflictError."""
        return self._moved(version_id, "rejection", Ending(reason=reason))

    def retire_sop(self, version_id: str, reason: str) -> SopVersionView:
        """Take a published version off the shelf. Raises: NotAllowedError; ConflictError."""
        return self._moved(version_id, "retirement", Ending(reason=reason))

    def _moved(self, version_id: str, move: str, wanted: Publication | Ending) -> SopVersionView:
        path = f"/sop-versions/{part_of(version_id)}/{move}"
        answer = self._write("POST", path, json=wanted.model_dump(mode="json"))
        return self._read(answer, SopVersionView)
