"""One table: error class -> HTTP status, exit code and title; problem+json both ways (RFC 9457)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from graph.errors import (
    ConflictError,
    Detail,
    EtiographError,
    ForbiddenError,
    GoneError,
    InputError,
    MalformedError,
    NotAllowedError,
    NotFoundError,
    RateLimitedError,
    StoreError,
    TooLargeError,
    UnauthenticatedError,
    UnsupportedMediaError,
)
from graph.model.base import Text


@dataclass(frozen=True)
class Kind:
    """How one class of error is told: status, exit code, and its title in both languages."""

    status: int
    exit_code: int
    title: Text


def _kind(status: int, exit_code: int, zh: str, en: str) -> Kind:
    return Kind(status, exit_code, Text(zh=zh, en=en))


# From the most special class to the root: the first that fits tells.
KINDS: Final[tuple[tuple[type[EtiographError], Kind], ...]] = (
    (MalformedError, _kind(400, 2, "内容读不出来", "The content cannot be read")),
    (TooLargeError, _kind(413, 2, "内容太大", "The content is too large")),
    (UnsupportedMediaError, _kind(415, 2, "不支持这种内容类型", "Unsupported content type")),
    (InputError, _kind(422, 2, "内容不符合要求", "The content is not as required")),
    (NotFoundError, _kind(404, 1, "没有找到", "Not found")),
    (ConflictError, _kind(409, 1, "状态已经变了", "The stored state is another")),
    (GoneError, _kind(410, 1, "已经过期", "It has expired")),
    (UnauthenticatedError, _kind(401, 1, "请先登录", "Sign in first")),
    (ForbiddenError, _kind(403, 1, "没有权限", "Not allowed")),
    (RateLimitedError, _kind(429, 1, "尝试次数太多", "Too many attempts")),
    (StoreError, _kind(503, 1, "暂时无法服务", "Cannot serve now")),
    (EtiographError, _kind(500, 1, "内部错误", "Internal error")),
)

# Punctuation after an id stays readable.
_LONG: Final = re.compile(r"(\S{200})[^\s;,'\"]+")

# What the framework itself answers, beside the classes above.
_PLAIN: Final[dict[int, Text]] = {
    404: Text(zh="没有这个地址", en="No such address"),
    405: Text(zh="这个地址不支持这种方法", en="Method not allowed here"),
    500: Text(zh="内部错误", en="Internal error"),
}


def kind_of(error: EtiographError) -> Kind:
    """Find how an error is told; the most special class wins."""
    return next(kind for error_class, kind in KINDS if isinstance(error, error_class))


def problem_of(error: EtiographError, *, code: str | None = None) -> dict[str, JsonValue]:
    """Write an error as problem+json; `message` tells it to people, in both languages.

    That is the sentence itself where it has a Chinese one, else the title of its class.
    """
    kind = kind_of(error)
    details = error.errors if isinstance(error, InputError) else ()
    body = problem(
        kind.status, str(error), title=kind.title, errors=details, code=code or error.code
    )
    if error.zh is not None:
        body["message"] = {"zh": error.zh, "en": str(error)}
    return body


def problem(
    status: int,
    detail: str,
    *,
    title: Text | None = None,
    errors: tuple[Detail, ...] = (),
    code: str | None = None,
) -> dict[str, JsonValue]:
    """Write problem+json for a status; `code` names a cause that programs must tell apart."""
    named = title or _PLAIN.get(status) or Text(zh="请求没有成功", en="The request failed")
    places: list[JsonValue] = [
        {"pointer": shortened(e.pointer), "detail": shortened(e.detail)} for e in errors
    ]
    body: dict[str, JsonValue] = {
        "type": "about:blank",
        "title": named.en,
        "status": status,
        "detail": shortened(detail),
        "message": named.model_dump(mode="json"),
        "errors": places,
    }
    return body | ({"code": code} if code else {})


def shortened(text: str) -> str:
    """Cut whatever stands in a sentence without a space to 200 characters: an id that came in.

    >>> shortened("no incident '" + "x" * 300 + "'; list them") == (
    ...     "no incident '" + "x" * 199 + "…'; list them"
    ... )
    True
    """
    return _LONG.sub(r"\1…", text)


def error_of(status: int, body: object, *, retry_after: str | None) -> EtiographError:
    """Read an answer of at least 300 back into the error class that it tells of."""
    known = body if isinstance(body, dict) else {}
    detail = str(known.get("detail") or known.get("title") or f"the server answered {status}")
    classes = [error_class for error_class, kind in KINDS if kind.status == status]
    found = classes[0] if classes else StoreError
    named = known.get("code")
    if issubclass(found, ForbiddenError) and named:
        found = NotAllowedError
    error = _made(found, detail, known, retry_after=retry_after)
    message = known.get("message")
    if named and isinstance(message, dict):
        error.told(zh=str(message.get("zh") or detail), code=str(named))
    return error


def _made(
    found: type[EtiographError], detail: str, known: dict[str, object], *, retry_after: str | None
) -> EtiographError:
    """Make an error of a class with what it carries besides its sentence."""
    if issubclass(found, RateLimitedError):
        return RateLimitedError(detail, int(retry_after or "60"))
    if issubclass(found, InputError):
        return found(detail, _details(known.get("errors")))
    if found is NotAllowedError:
        return NotAllowedError(detail, code=str(known.get("code")))
    return found(detail)


def _details(errors: object) -> list[Detail]:
    if not isinstance(errors, list):
        return []
    found = [error for error in errors if isinstance(error, dict)]
    return [Detail(str(e.get("pointer", "")), str(e.get("detail", ""))) for e in found]
