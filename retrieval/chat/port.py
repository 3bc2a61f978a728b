"""What a chat asks of a language model: a JSON answer to a few messages, in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from graph.errors import EtiographError


class ReplyForm(StrEnum):
    """How the form of a reply is demanded; an endpoint that does not know one gets the next."""

    SCHEMA = "json_schema"
    FUNCTION = "function_calling"
    OBJECT = "json_mode"


class Silence(StrEnum):
    """Why a model gave no usable words."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    DENIED = "denied"
    REDIRECTED = "redirected"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    FORM_UNKNOWN = "form_unknown"


class SilentModelError(EtiographError):
    """A model that gave no usable words; `why` says so for programs, never with the key."""

    def __init__(self, why: Silence, message: str) -> None:
        """Keep the cause."""
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Message:
    """One message of a request."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """A language model behind one endpoint; safe for threads. It has no tool with an effect."""

    @property
    def name(self) -> str:
        """Name the model as the settings do."""
        ...

    def complete(self, messages: Sequence[Message], form: ReplyForm, *, within_s: float) -> str:
        """Give the words of a reply, at most `within_s` seconds later.

        Raises: SilentModelError.
        """
        ...
