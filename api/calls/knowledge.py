"""The calls about knowledge: questions, threads, SOPs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import JsonValue

from api.calls.transport import Transport, part_of, patience
from api.errors import error_of
from api.schemas.chat import (
    AnswerView,
    ChatModelView,
    ChatQuestion,
    RevealedStep,
    RevealRequest,
)
from api.schemas.incidents import Items
from api.schemas.ticks import SopTick, SopTickView
from graph.errors import StoreError
from graph.model.base import Text
from graph.model.knowledge import Sop


def events_of(chunks: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read server-sent events of one `data` line each: name and value, as they come."""
    held = b""
    for chunk in chunks:
        held += chunk
        while b"\n\n" in held:
            event, held = held.split(b"\n\n", 1)
            lines = dict(line.split(b": ", 1) for line in event.splitlines() if b": " in line)
            yield lines.get(b"event", b"").decode(), json.loads(lines.get(b"data", b"{}"))


# The longest that a language model may be waited for (ETIOGRAPH_LLM_TIMEOUT_S), and the search.
CHAT_S: Final = 75.0


class KnowledgeCalls(Transport):
    """What `ApiClient` asks about SOPs."""

    def chat(self, asked: ChatQuestion) -> AnswerView:
        """Ask for SOP steps; the answer names its thread.

        Raises: InputError for an empty question; NotFoundError for an unknown incident.
        """
        told = asked.model_dump(mode="json")
        answer = self._write("POST", "/chat", json=told, extensions=patience(CHAT_S))
        return self._read(answer, AnswerView)

    def chat_stream(self, asked: ChatQuestion) -> Iterator[AnswerView]:
        """Ask as `chat` does; what is quoted comes first while a language model still chooses.

        Yields: answers without a thread as they come, then the one that is kept.
        Raises: as `chat`; StoreError where the answer breaks off.
        """
        headers = self._proven({"Accept": "text/event-stream"})
        body = asked.model_dump(mode="json")
        options = {"json": body, "headers": headers, "extensions": patience(CHAT_S)}
        with self._streamed("/chat", method="POST", **options) as chunks:
            for name, told in events_of(chunks):
                if name == "error":
                    status = told.get("status")
                    raise error_of(
                        status if isinstance(status, int) else 500, told, retry_after=None
                    )
                if name in ("quoted", "done"):
                    yield AnswerView.model_validate(told)
                if name == "done":
                    return
        raise StoreError("the answer broke off before its end; ask again")

    def chat_model(self) -> str | None:
        """Name the language model that selects steps; None where answers only quote."""
        return self._get("/chat-model", ChatModelView).model

    def thread(self, thread_id: str) -> tuple[AnswerView, ...]:
        """Give the answers of one's own thread, oldest first.

        Raises: NotFoundError if the server holds no such thread.
        """
        return self._get(f"/chat/{part_of(thread_id)}", Items[AnswerView]).items

    def search_knowledge(self, query: str) -> JsonValue:
        """Find SOPs and past cases together, as search/v1. Raises: InputError."""
        answer: JsonValue = self._call("GET", "/knowledge/search", params={"q": query}).json()
        return answer

    def sop(self, sop_id: str) -> Sop:
        """Give one SOP, its gated commands folded."""
        return self._get(f"/sops/{part_of(sop_id)}", Sop)

    def reveal(self, sop_id: str, wanted: RevealRequest) -> Text:
        """Give one step with its commands; the server writes down who read it.

        Raises: NotAllowedError unless signed in; NotFoundError; InputError where nothing is folded.
        """
        path = f"/sops/{part_of(sop_id)}/reveals"
        return self._read(
            self._write("POST", path, json=wanted.model_dump(mode="json")), RevealedStep
        ).text

    def tick(self, incident_id: str, wanted: SopTick) -> tuple[SopTickView, ...]:
        """Write down how a step of an SOP went; gives every tick of the incident.

        Raises: NotFoundError; ConflictError on a closed incident.
        """
        path = f"/incidents/{part_of(incident_id)}/sop-runs"
        answer = self._write("POST", path, json=wanted.model_dump(mode="json"))
        return self._read(answer, Items[SopTickView]).items
