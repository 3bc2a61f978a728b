"""What the driver says, in the words of our error tree: what, which server, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    Forbidden,
    Neo4jError,
)

from graph.errors import ConflictError, StoreError

_NO_DATABASE: Final = "Neo.ClientError.Database.DatabaseNotFound"


@contextmanager
def told(uri: str, *, user: str, database: str) -> Iterator[None]:
    """Raise what the driver raises as StoreError or ConflictError; others pass."""
    try:
        yield
    except ConstraintError as error:
        raise ConflictError(
            f"store {uri!r} refused a write ({error.message}): an id stands for something else "
            "already; nothing was written"
        ) from error
    except AuthError as error:
        raise StoreError(
            f"neo4j {uri!r} does not let user {user!r} in; check ETIOGRAPH_NEO4J_USER and "
            "ETIOGRAPH_NEO4J_PASSWORD"
        ) from error
    except Forbidden as error:
        raise StoreError(
            f"user {user!r} may not do this on neo4j {uri!r} ({error.message}); grant it reading, "
            f"writing and the schema of database {database!r}"
        ) from error
    except Neo4jError as error:
        if error.code == _NO_DATABASE:
            raise StoreError(
                f"neo4j {uri!r} has no database {database!r}; check ETIOGRAPH_NEO4J_DATABASE"
            ) from error
        raise StoreError(f"neo4j {uri!r} cannot serve ({error.message}); see its log") from error
    except ConfigurationError as error:
        raise StoreError(
            f"neo4j {uri!r} is no address of a server ({error}); set ETIOGRAPH_NEO4J_URI, such as "
            "bolt://127.0.0.1:7687"
        ) from error
    except DriverError as error:
        raise StoreError(
            f"neo4j {uri!r} cannot be reached, or was lost and did not come back in time "
            f"({type(error).__name__}); start it, or check ETIOGRAPH_NEO4J_URI"
        ) from error
