"""Logging: one JSON line per event to stderr; secrets never stand in a line."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

_SECRET_KEYS: Final = frozenset(
    {"password", "token", "secret", "cookie", "authorization", "csrf", "signature", "body"}
)


def configure_logging(stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's warnings to `stream` (stderr) as JSON lines."""
    import structlog

    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=target,
        level=logging.WARNING,
        format='{"level": "%(levelname)s", "logger": "%(name)s", "event": "%(message)s"}',
        force=True,
    )
    # Every call has its line already; a second one would only lack what matters.
    logging.getLogger("uvicorn.access").disabled = True


def _without_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key in event.keys() & _SECRET_KEYS:
        event[key] = "hidden"
    return event
