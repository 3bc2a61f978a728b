"""A language model through LangChain's `init_chat_model`: any OpenAI-compatible endpoint.

The library is loaded at the first question. It speaks through our own wire (`retrieval.chat.wire`),
so that time, size, redirects and proxies are bounded as they are without it, and its tracing to
outside services is off whatever the environment says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from retrieval.chat.port import Message, ReplyForm, Silence, SilentModelError
from retrieval.chat.wire import exchange
from retrieval.chat.wire_form import MOST_TOKENS, check_status, form_options

_NO_KEY: Final = "none"
_KEPT_HEADERS: Final = ("accept", "content-type", "authorization")


def is_installed() -> bool:
    """Tell whether LangChain and its OpenAI-compatible client can be loaded."""
    return all(find_spec(name) is not None for name in ("langchain", "langchain_openai"))


class LangChainModel:
    """A `ChatModel` by LangChain; its key is in no text it gives."""

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
        httpx: Any = import_module("httpx")
        untraced: Any = import_module("langsmith.run_helpers").tracing_context
        told = [(message.role, message.content) for message in messages]
        with (
            httpx.Client(transport=_wire(within_s, self._key), trust_env=False) as client,
            untraced(enabled=False),
        ):
            try:
                reply = self._chat(client, within_s).bind(**form_options(form)).invoke(told)
            except Exception as error:
                raise _silence(error, form) from error
        return _words(reply)

    def _chat(self, client: object, within_s: float) -> Any:
        """Make the library's model; one call and no retries of its own."""
        return import_module("langchain.chat_models").init_chat_model(
            self._model,
            model_provider="openai",
            base_url=self._url,
            api_key=self._key or _NO_KEY,
            temperature=0,
            max_tokens=MOST_TOKENS,
            max_retries=0,
            timeout=within_s,
            use_responses_api=False,
            http_client=client,
        )


def _wire(within_s: float, key: str) -> Any:
    """Make a transport of the library's HTTP client that speaks through our wire."""
    httpx: Any = import_module("httpx")

    class Wire(httpx.BaseTransport):  # type: ignore[misc]  # the base is loaded by name
        def handle_request(self, request: Any) -> Any:
            headers = {n: v for n, v in request.headers.items() if n.lower() in _KEPT_HEADERS}
            if not key:
                headers.pop("authorization", None)
            heard = exchange(
                request.method,
                str(request.url),
                headers=headers | {"connection": "close"},
                content=request.read(),
                within_s=within_s,
            )
            return httpx.Response(
                heard.status, headers={"content-type": heard.content_type}, content=heard.body
            )

    return Wire()


def _words(reply: Any) -> str:
    """Take the words of a message, else the arguments of its first call."""
    if isinstance(reply.content, str) and reply.content:
        return str(reply.content)
    calls = [*getattr(reply, "tool_calls", ()), *getattr(reply, "invalid_tool_calls", ())]
    if not calls:
        return ""
    asked = calls[0]["args"]
    return asked if isinstance(asked, str) else json.dumps(asked, ensure_ascii=False)


def _silence(error: BaseException, form: ReplyForm) -> SilentModelError:
    """Name what happened, without the library's words, which may quote what was sent."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SilentModelError):
            return cause
        status = getattr(cause, "status_code", None)
        if isinstance(status, int) and status != 200:
            return _by_status(status, form)
        cause = cause.__cause__ or cause.__context__
    return SilentModelError(
        Silence.UNREADABLE, f"the endpoint's answer could not be read ({type(error).__name__})"
    )


def _by_status(status: int, form: ReplyForm) -> SilentModelError:
    try:
        check_status(status, form)
    except SilentModelError as error:
        return error
    return SilentModelError(Silence.UNREADABLE, f"the endpoint answered {status}")
