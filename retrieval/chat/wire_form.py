"""Requests and answers of the OpenAI-compatible form, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from retrieval.chat.port import Message, ReplyForm, Silence, SilentModelError
from retrieval.chat.prompt import REPLY_SCHEMA
from retrieval.chat.wire import Heard

REPLY_NAME: Final = "steps"
MOST_TOKENS: Final = 3_000
# The answer of an endpoint that does not know a demanded form.
_UNKNOWN_FORM: Final = frozenset({400, 404, 405, 415, 422, 501})


def form_options(form: ReplyForm) -> dict[str, Any]:
    """Give the keys of a request that demand the reply's form."""
    if form is ReplyForm.SCHEMA:
        schema = {"name": REPLY_NAME, "strict": True, "schema": REPLY_SCHEMA}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    if form is ReplyForm.FUNCTION:
        function = {"name": REPLY_NAME, "parameters": REPLY_SCHEMA}
        choice = {"type": "function", "function": {"name": REPLY_NAME}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}}


def request_body(model: str, messages: Sequence[Message], form: ReplyForm) -> bytes:
    """Write the body of POST /chat/completions; temperature 0, the answer bounded.

    Half a character, which a model may have said and is told again, becomes `?`.
    """
    told = [{"role": message.role, "content": message.content} for message in messages]
    wanted = {"model": model, "messages": told, "temperature": 0, "max_tokens": MOST_TOKENS}
    return json.dumps(wanted | form_options(form), ensure_ascii=False).encode(errors="replace")


def check_status(status: int, form: ReplyForm) -> None:
    """Pass 200.

    Raises: SilentModelError by what another status means.
    """
    if status == 200:
        return
    if status in (401, 403):
        raise SilentModelError(Silence.DENIED, f"the endpoint answered {status}: look at the key")
    if status in (408, 504):
        raise SilentModelError(Silence.TIMEOUT, f"the endpoint answered {status}")
    if status == 429:
        raise SilentModelError(Silence.BUSY, "the endpoint answered 429: too many requests")
    if status in _UNKNOWN_FORM:
        words = f"the endpoint answered {status} to {form.value}"
        raise SilentModelError(Silence.FORM_UNKNOWN, words)
    raise SilentModelError(Silence.SERVER_ERROR, f"the endpoint answered {status}")


def words_of(heard: Heard) -> str:
    """Take the words of the first choice out of an answer, whole or streamed.

    Raises: SilentModelError `unreadable`.
    """
    try:
        if "event-stream" in heard.content_type:
            return "".join(_said(piece, "delta") for piece in _events(heard.body.decode()))
        return _said(json.loads(heard.body), "message")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise SilentModelError(
            Silence.UNREADABLE, "the endpoint's answer is not of the OpenAI-compatible form"
        ) from error


def _said(answer: Any, key: str) -> str:
    """Give the content of a message, else the arguments of its call."""
    choices = answer["choices"]
    if key == "delta" and not choices:
        return ""
    message = choices[0][key]
    content = message.get("content")
    if isinstance(content, str) and content:
        return content
    calls = message.get("tool_calls") or []
    return "".join(str(call["function"].get("arguments") or "") for call in calls[:1])


def _events(body: str) -> Iterator[Any]:
    for line in body.splitlines():
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data != "[DONE]":
            yield json.loads(data)
