"""The calls of the admin page beyond accounts: tokens revoked, packs, the rules in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Final

from pydantic import JsonValue

from api.calls.transport import Transport, part_of, patience
from api.schemas.admin import PackView
from api.schemas.incidents import Items

# For 100,000 components with 400,000 relations a server takes a minute or two.
_EXPORT_S: Final = 900.0

Rule = dict[str, JsonValue]


class AdminCalls(Transport):
    """What `ApiClient` asks for those who run the server."""

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token at once."""
        self._write("DELETE", f"/tokens/{part_of(token_id)}")

    def packs(self) -> tuple[PackView, ...]:
        """List the loaded packs by id."""
        return self._get("/packs", Items[PackView]).items

    def policies(self) -> tuple[Rule, ...]:
        """List the rules that decide who must agree to an action."""
        return self._get("/policies", Items[Rule]).items

    def actions(self) -> tuple[Rule, ...]:
        """List the catalogue of actions."""
        return self._get("/actions", Items[Rule]).items

    def export(self) -> AbstractContextManager[Iterator[bytes]]:
        """Give the archive of the whole store as it comes; the server writes it out first."""
        return self._streamed("/export", extensions=patience(_EXPORT_S))
