"""One error tree; `api.errors` maps each class to an HTTP status and an exit code.

EtiographError
├── InputError              what came in is wrong: 422, exit 2
│   ├── MalformedError      not even readable (broken JSON, wrong bytes): 400, exit 2
│   ├── TooLargeError       over a size limit: 413, exit 2
│   └── UnsupportedMediaError  wrong content type: 415, exit 2
├── NotFoundError           no such thing, or not visible to this principal: 404, exit 1
├── ConflictError           the world moved on (If-Match, state): 409, exit 1
├── GoneError               it was there and has expired: 410, exit 1
├── UnauthenticatedError    who are you: 401, exit 1
├── ForbiddenError          you may not: 403, exit 1
│   └── NotAllowedError     you may not for a reason that programs tell apart (`code`)
├── RateLimitedError        too many tries: 429, exit 1
└── StoreError              the store cannot serve: 503, exit 1
    ├── NewerSchemaError    the file was written by a newer version
    └── FolderOwnedError    another process owns the data folder
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Detail:
    """One faulty place: a JSON pointer or `FILE:LINE: key`, and what is wrong there."""

    pointer: str
    detail: str


class EtiographError(Exception):
    """Root of every error that a user may see; the message says what, which, and what to do.

    `zh` is the same sentence in Chinese, where a page shows it; `code` names a cause that programs
    must tell apart.
    """

    zh: str | None = None
    code: str | None = None

    def told(self, *, zh: str, code: str) -> Self:
        """Add the sentence in Chinese and the cause's name; returns itself."""
        self.zh, self.code = zh, code
        return self


class InputError(EtiographError):
    """Bad input; `errors` name each faulty place, in input order."""

    def __init__(self, message: str, errors: Sequence[Detail] = ()) -> None:
        """Keep the sentence and the places."""
        super().__init__(message)
        self.errors = tuple(errors)


class MalformedError(InputError):
    """Input that cannot be read at all."""


class TooLargeError(InputError):
    """Input over a size limit."""


class UnsupportedMediaError(InputError):
    """Input of a content type that this call does not take."""


class NotFoundError(EtiographError):
    """No such thing, or not visible to this principal."""


class ConflictError(EtiographError):
    """The stored state is not the one the caller saw."""


class GoneError(EtiographError):
    """It has expired: ask for a new one."""


class UnauthenticatedError(EtiographError):
    """No valid credential."""


class ForbiddenError(EtiographError):
    """A valid credential without the right."""


class NotAllowedError(ForbiddenError):
    """Forbidden for a named reason.

    `code`: wrong_role, own_request, step_up_required, session_required, ...
    """

    def __init__(self, message: str, *, code: str) -> None:
        """Keep the sentence and the reason's name."""
        super().__init__(message)
        self.code = code


class RateLimitedError(EtiographError):
    """Too many attempts; `retry_after_s` seconds to wait."""

    def __init__(self, message: str, retry_after_s: int) -> None:
        """Keep the sentence and the wait in whole seconds."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreError(EtiographError):
    """The store cannot serve the call."""


class StoreAwayError(StoreError):
    """The store cannot be reached for now; what failed for it may succeed later as it stands."""


class NewerSchemaError(StoreError):
    """The data were written by a newer version of Etiograph."""


class FolderOwnedError(StoreError):
    """Another process owns the data folder."""
