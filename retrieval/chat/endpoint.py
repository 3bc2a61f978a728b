"""A language model behind any OpenAI-compatible endpoint, Ollama included, asked without a library.

It answers where LangChain is not installed; both adapters use the same bounded wire.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from retrieval.chat.port import Message, ReplyForm, Silence, SilentModelError
from retrieval.chat.wire import exchange
from retrieval.chat.wire_form import check_status, request_body, words_of


class EndpointModel:
    """A `ChatModel` by HTTP; its key is in no text it gives."""

    def __init__(self, base_url: str, model: str, key: str) -> None:
        """Speak to `base_url` (such as http://127.0.0.1:11434/v1); "" is no key."""
        self._url: Final = base_url.rstrip("/")
        self._model: Final = model
        self._key: Final = key

    @property
    def name(self) -> str:
        """Name the model."""
        return self._model

    def complete(self, messages: Sequence[Message], form: ReplyForm, *, within_s: float) -> str:
        """Give the words of a reply.

        Raises: SilentModelError.
        """
        heard = exchange(
            "POST",
            f"{self._url}/chat/completions",
            headers=headers_of(self._key),
            content=request_body(self._model, messages, form),
            within_s=within_s,
        )
        check_status(heard.status, form)
        return words_of(heard)


def headers_of(key: str) -> dict[str, str]:
    """Give the headers of a request; without a key none is sent."""
    told = {"Accept": "application/json", "Content-Type": "application/json", "Connection": "close"}
    return told | ({"Authorization": f"Bearer {key}"} if key else {})


def models_at(base_url: str, key: str, *, within_s: float) -> tuple[str, ...]:
    """Ask which models an endpoint has, in its order; nothing of the house is sent.

    Raises: SilentModelError.
    """
    url = f"{base_url.rstrip('/')}/models"
    heard = exchange("GET", url, headers=headers_of(key), content=b"", within_s=within_s)
    check_status(heard.status, ReplyForm.OBJECT)
    try:
        found = json.loads(heard.body)["data"]
        return tuple(str(entry["id"]) for entry in found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        words = "the endpoint names its models in no known form"
        raise SilentModelError(Silence.UNREADABLE, words) from error
