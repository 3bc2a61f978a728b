"""The calls about knowledge: questions, threads, SOPs."""

from __future__ import annotations

from api.calls.transport import Transport, part_of
from api.schemas.chat import (
    AnswerView,
    ChatQuestion,
    RevealedStep,
    RevealRequest,
)
from api.schemas.incidents import Items
from api.schemas.ticks import SopTick, SopTickView
from graph.model.base import Text
from graph.model.knowledge import Sop


class KnowledgeCalls(Transport):
    """What `ApiClient` asks about SOPs."""

    def chat(self, asked: ChatQuestion) -> AnswerView:
        """Ask for SOP steps; the answer names its thread.

        Raises: InputError for an empty question; NotFoundError for an unknown incident.
        """
        return self._read(
            self._write("POST", "/chat", json=asked.model_dump(mode="json")), AnswerView
        )

    def thread(self, thread_id: str) -> tuple[AnswerView, ...]:
        """Give the answers of one's own thread, oldest first.

        Raises: NotFoundError if the server holds no such thread.
        """
        return self._get(f"/chat/{part_of(thread_id)}", Items[AnswerView]).items

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
