"""Refusals with their reason in both languages, and a name that programs tell apart."""

from __future__ import annotations

from graph.errors import ConflictError, Detail, GoneError, InputError, NotAllowedError


def not_allowed(code: str, *, zh: str, en: str) -> NotAllowedError:
    """Make a 403: this person may not."""
    return NotAllowedError(en, code=code).told(zh=zh, code=code)


def conflict(code: str, *, zh: str, en: str) -> ConflictError:
    """Make a 409: not as things stand."""
    return ConflictError(en).told(zh=zh, code=code)


def gone(code: str, *, zh: str, en: str) -> GoneError:
    """Make a 410: it has expired."""
    return GoneError(en).told(zh=zh, code=code)


def bad_input(pointer: str, code: str, *, zh: str, en: str) -> InputError:
    """Make a 422 for the place that the JSON pointer names."""
    return InputError(en, [Detail(pointer, en)]).told(zh=zh, code=code)
