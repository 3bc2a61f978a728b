"""Where commands write: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys

from pydantic import JsonValue


def say(text: str) -> None:
    """Write a line to stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: JsonValue) -> None:
    """Write a value as one line of JSON to stdout."""
    say(json.dumps(value, ensure_ascii=False))


def warn(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(" ".join(text.split("\n")) + "\n")
    sys.stderr.flush()


def people_watch() -> bool:
    """Tell whether stdout is a terminal, so that secrets may be shown."""
    return sys.stdout.isatty()
