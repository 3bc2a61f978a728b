"""What the driver says, in the words of our error tree: what, which server, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    Forbidden,
    Neo4jError,
    UnsupportedServerProduct,
)

from graph.errors import ConflictError, EtiographError, StoreAwayError, StoreError

_READ_ONLY: Final = (
    "user {user!r} may only read database {database!r} of neo4j {uri!r}, and Etiograph needs the "
    "right to write: take the database out of server.databases.read_only and "
    "server.databases.default_to_read_only, or name another in ETIOGRAPH_NEO4J_DATABASE"
)
_MEMORY: Final = (
    "neo4j {uri!r} has too little memory for this transaction, and nothing was written: raise "
    "server.memory.heap.max_size (7 GB for a million changed rows), or change less at once"
)
# What the server refuses by a code of its own.
_BY_CODE: Final[Mapping[str, str]] = {
    "Neo.ClientError.Database.DatabaseNotFound": (
        "neo4j {uri!r} has no database {database!r}; check ETIOGRAPH_NEO4J_DATABASE"
    ),
    "Neo.ClientError.Security.CredentialsExpired": (
        "user {user!r} must change the password on neo4j {uri!r} before it may do anything: sign "
        "in to database 'system', ALTER CURRENT USER SET PASSWORD, and put the new one into "
        "ETIOGRAPH_NEO4J_PASSWORD"
    ),
    "Neo.ClientError.Security.AuthenticationRateLimit": (
        "neo4j {uri!r} lets user {user!r} wait after several wrong passwords; check "
        "ETIOGRAPH_NEO4J_USER and ETIOGRAPH_NEO4J_PASSWORD, and try again in some seconds"
    ),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": _MEMORY,
    "Neo.TransientError.General.TransactionMemoryLimit": _MEMORY,
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": _READ_ONLY,
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": _READ_ONLY,
}
_SYSTEM: Final = (
    "database 'system' of neo4j {uri!r} holds accounts and can hold no records; name another in "
    "ETIOGRAPH_NEO4J_DATABASE"
)
_USER_IN_ADDRESS: Final = re.compile(r"://.*@", re.DOTALL)


@contextmanager
def told(uri: str, *, user: str, database: str) -> Iterator[None]:
    """Raise what the driver raises as StoreError or ConflictError; others pass."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        shown = _USER_IN_ADDRESS.sub("://…@", uri)
        if isinstance(error, Neo4jError):
            raise _of_server(error, shown, user=user, database=database) from error
        # The driver quotes the address with what stands in it: such an error leaves no trace.
        raise _of_driver(error, shown) from (None if shown != uri else error)


def _of_server(error: Neo4jError, uri: str, *, user: str, database: str) -> EtiographError:
    """Tell what a server that was reached refuses."""
    if isinstance(error, ConstraintError):
        return ConflictError(
            f"store {uri!r} refused a write ({error.message}): an id stands for something else "
            "already; nothing was written"
        )
    if isinstance(error, AuthError):
        return StoreError(
            f"neo4j {uri!r} does not let user {user!r} in; check ETIOGRAPH_NEO4J_USER and "
            "ETIOGRAPH_NEO4J_PASSWORD"
        )
    if isinstance(error, Forbidden):
        return StoreError(
            f"user {user!r} may not do this on neo4j {uri!r} ({error.message}); grant it reading, "
            f"writing and the schema of database {database!r}"
        )
    known = _BY_CODE.get(error.code or "") or (_SYSTEM if database == "system" else None)
    if known is not None:
        return StoreError(known.format(uri=uri, user=user, database=database))
    kind = StoreAwayError if error.is_retryable() else StoreError
    return kind(f"neo4j {uri!r} cannot serve ({error.message}); see its log")


def _of_driver(error: DriverError, uri: str) -> StoreError:
    """Tell what stands between us and the server."""
    if _speaks_another_language(error):
        return StoreError(
            f"neo4j {uri!r} speaks no Bolt that Etiograph needs: it is too old, or no Neo4j; "
            "Etiograph needs 5.26 LTS or a 2025 or 2026 version"
        )
    if isinstance(error, ConfigurationError):
        why = "it names a user; that belongs into ETIOGRAPH_NEO4J_USER and _PASSWORD"
        return StoreError(
            f"neo4j {uri!r} is no address of a server ({why if '@' in uri else error}); set "
            "ETIOGRAPH_NEO4J_URI, such as bolt://127.0.0.1:7687"
        )
    return StoreAwayError(
        f"neo4j {uri!r} cannot be reached, or was lost and did not come back in time "
        f"({type(error).__name__}); start it, or check ETIOGRAPH_NEO4J_URI"
        + (", whose +s asks the server for TLS" if "+s" in uri.partition("://")[0] else "")
    )


def _speaks_another_language(error: DriverError) -> bool:
    """Tell whether the server, 4.4 or older, or of another make, cannot do what we ask of Bolt."""
    return isinstance(error, UnsupportedServerProduct) or (
        isinstance(error, ConfigurationError) and "the Bolt Protocol" in str(error)
    )
