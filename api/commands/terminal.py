"""Where commands write: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import Final, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from graph.errors import Detail, InputError

F = TypeVar("F", bound=BaseModel)
# How an argument is called on the command line, where it is not --FIELD.
_ARGUMENTS: Final = {
    "name": "NAME",
    "question": "QUESTION",
    "incident_id": "--incident",
    "sites": "--site",
}


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


def checked(form: type[F], fields: object) -> F:
    """Check what was typed as the server would.

    Raises: InputError naming the argument.
    """
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        faults = [
            Detail(_argument(str(next(iter(fault["loc"]), ""))), fault["msg"])
            for fault in error.errors()
        ]
        raise InputError(f"{faults[0].pointer}: {faults[0].detail}", faults) from error


def _argument(field: str) -> str:
    return _ARGUMENTS.get(field, f"--{field}")


def people_watch() -> bool:
    """Tell whether stdout is a terminal, so that secrets may be shown."""
    return sys.stdout.isatty()
