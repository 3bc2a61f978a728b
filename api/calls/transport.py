"""One call of the HTTP API and back: prefix, credentials, CSRF proof, and errors as classes.

`api.client.ApiClient` stands on this; a further group of calls is a class of its own on the same
ground, which `ApiClient` then inherits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import BaseModel

from api.errors import error_of
from api.schemas.admin import Me
from graph.errors import EtiographError

SESSION_COOKIE: Final = "etiograph_session"
DEVICE_COOKIE: Final = "etiograph_device"
PREFIX: Final = "/api/v1"
V = TypeVar("V", bound=BaseModel)


class UnreachableError(EtiographError):
    """The server does not answer."""


class Transport:
    """One caller of the API; close it, or use it as a context."""

    def __init__(self, http: httpx2.Client) -> None:
        """Speak through `http`, whose base URL is the server's root and which carries who asks."""
        self._http: Final = http
        self._csrf: str | None = None

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Me:
        """Tell who is asking; a session's `csrf` is kept for later writes."""
        me = self._get("/me", Me)
        self._csrf = me.csrf
        return me

    def _get(self, path: str, form: type[V], *, params: object = None) -> V:
        return self._read(self._call("GET", path, params=params), form)

    def _write(self, method: str, path: str, **options: object) -> httpx2.Response:
        """Write, with the session's CSRF proof when the caller is a cookie."""
        headers = self._proven(options.pop("headers", {}))
        return self._call(method, path, headers=headers, **options)

    def _proven(self, given: object) -> dict[str, str]:
        """Give headers with the CSRF proof of a session."""
        if SESSION_COOKIE in self._http.cookies and self._csrf is None:
            self.me()
        headers = dict(given) if isinstance(given, Mapping) else {}
        return headers | ({"X-CSRF": self._csrf} if self._csrf else {})

    def _call(self, method: str, path: str, **options: object) -> httpx2.Response:
        try:
            answer = self._http.request(method, PREFIX + path, **options)  # type: ignore[arg-type]  # httpx2 checks its own options
        except httpx2.TransportError as error:
            raise UnreachableError(
                f"{self._http.base_url} does not answer ({error}); is the server running?"
            ) from error
        if answer.status_code >= 300:
            raise _problem(answer)
        return answer

    @contextmanager
    def _streamed(
        self, path: str, *, method: str = "GET", **options: object
    ) -> Iterator[Iterator[bytes]]:
        """Give the bytes of an answer as they come."""
        try:
            with self._http.stream(method, PREFIX + path, **options) as answer:  # type: ignore[arg-type]  # httpx2 checks its own options
                if answer.status_code >= 300:
                    answer.read()
                    raise _problem(answer)
                yield answer.iter_bytes()
        except httpx2.TransportError as error:
            raise UnreachableError(
                f"{self._http.base_url} does not answer ({error}); is the server running?"
            ) from error

    @staticmethod
    def _read(answer: httpx2.Response, form: type[V]) -> V:
        return form.model_validate_json(answer.content)


def patience(seconds: float) -> dict[str, object]:
    """Wait longer for one call than the client does otherwise."""
    return {"timeout": httpx2.Timeout(seconds).as_dict()}


def part_of(text: str) -> str:
    """Quote one part of a path."""
    return quote(text, safe="")


def _problem(answer: httpx2.Response) -> EtiographError:
    """Turn a problem+json answer into the error that the server meant."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return error_of(answer.status_code, body, retry_after=answer.headers.get("Retry-After"))
