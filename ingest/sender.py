"""Who sends a payload, as it was read before the payload came.

A storm comes by one token: asking the store for it at every payload would take as long as a part
of the write. It is presumed, and the write of the payload confirms it, or does not happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.errors import UnauthenticatedError
from graph.model.access import Source, Token
from graph.ports import AccessReader


@dataclass(frozen=True)
class Sender:
    """A token and the alert source whose it is, as they were read last; not yet believed."""

    token: Token
    source: Source

    def reads(self) -> tuple[Callable[[AccessReader], object], ...]:
        """List the reads of `confirm`."""
        return (
            lambda reader: reader.token_by_hash(self.token.token_hash),
            lambda reader: reader.source(self.source.name),
        )

    def confirm(self, reader: AccessReader) -> None:
        """Read both again.

        Raises: UnauthenticatedError where one has changed or is gone.
        """
        token, source = (read(reader) for read in self.reads())
        if (token, source) != (self.token, self.source):
            raise UnauthenticatedError("this token has changed or is revoked; ask an admin")
