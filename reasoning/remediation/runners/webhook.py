"""The webhook: a signed HTTP call under an idempotency key, and a signed read of the state.

Signed by Standard Webhooks (`signature.py`). The words of an answer begin with what happened, for
programs: `done`, `refused`, `not_sent`, `no_answer`, `redirected`, `server_error`; then, cut and
made plain, what the peer said.
"""

from __future__ import annotations

import base64
import json
import string
import unicodedata
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import rfc8785
from pydantic import JsonValue

from graph.model.digest import canonical
from graph.model.remediation import ExecutorRef, Step, StepOutcome
from graph.model.topology import Scalar
from graph.ports import Clock
from reasoning.ports import StepAnswer
from reasoning.remediation.profile import WebhookProfile
from reasoning.remediation.runners.signature import signature_of, signed_read
from reasoning.remediation.runners.wire import Heard, exchange

_VERSION: Final = "webhook/1"
_WORDS: Final = 300
_KEY_CHARACTERS: Final = frozenset(string.ascii_letters + string.digits + ":_-")
_KEY_LENGTH: Final = 200


class WebhookRunner:
    """An `ActionRunner` that calls one allow-listed service; its secret is in no text it gives."""

    def __init__(self, profile: WebhookProfile, secret: bytes, clock: Clock) -> None:
        """Call what the profile names; `clock` dates the signatures."""
        self._profile: Final = profile
        self._secret: Final = secret
        self._clock: Final = clock

    def describe(self) -> ExecutorRef:
        """Say which profile this is; the digest covers addresses, allow-list and signature."""
        return ExecutorRef(
            profile=self._profile.profile,
            version=_VERSION,
            content_digest=self._profile.digest(),
            can_preview=False,
            can_roll_back=self._profile.can_roll_back,
            honours_idempotency_key=self._profile.honours_idempotency_key,
        )

    def render(
        self,
        operation: str,
        target_id: str,
        parameters: Mapping[str, Scalar],
        *,
        undoing: bool = False,
    ) -> str:
        """Write the request line and the body as they will be sent; the key is made at the start.

        Raises: ValueError for a number that RFC 8785 cannot write.
        """
        body = _body(operation, target_id, parameters, key="KEY", undoing=undoing)
        return f"POST {self._profile.url}\n{body.decode()}"

    def read_state(self, target_id: str) -> dict[str, JsonValue] | None:
        """Ask for the target's state; None where it cannot be told, for whatever reason."""
        url = self._profile.state_url_of(target_id)
        if url is None:
            return None
        path = urlsplit(url).path
        headers = self._signed(self._read_id(), signed_read(path))
        heard = exchange(self._profile, "GET", url, headers=headers, content=b"")
        if heard.status != 200 or not heard.whole:
            return None
        return _object(heard.body)

    def run(self, step: Step, *, key: str, undoing: bool) -> StepAnswer:
        """Send a step, or its undo, once under this idempotency key.

        UNKNOWN as soon as the peer may have acted and did not say so: after sending, a timeout, a
        broken connection, a redirect or a 5xx.
        """
        operation = step.undo if undoing else step.operation
        parameters = step.undo_parameters if undoing else step.parameters
        if operation is None:
            return _not_sent("the step has no undo")
        if not key or len(key) > _KEY_LENGTH or not _KEY_CHARACTERS.issuperset(key):
            return _not_sent("the key must be 1..200 of letters, digits, ':', '_' and '-'")
        try:
            body = _body(operation, step.target_id, parameters, key=key, undoing=undoing)
        except rfc8785.CanonicalizationError:
            return _not_sent("a parameter cannot be written as canonical JSON")
        headers = self._signed(key, body) | {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        heard = exchange(self._profile, "POST", self._profile.url, headers=headers, content=body)
        return self._judged(heard)

    def _signed(self, message_id: str, content: bytes) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        signature = signature_of(
            self._secret, message_id=message_id, timestamp=timestamp, content=content
        )
        return {
            "Accept": "application/json",
            "Connection": "close",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }

    def _read_id(self) -> str:
        return f"read-{int(self._clock.now().timestamp() * 1_000_000)}"

    def _judged(self, heard: Heard) -> StepAnswer:
        if heard.status is None:
            if not heard.sent:
                return _not_sent(heard.fault)
            return StepAnswer(StepOutcome.UNKNOWN, f"no_answer: {heard.fault}")
        outcome, code = _outcome_of(heard.status)
        said = _plain(heard.body)
        for secret in _spellings(self._secret):  # a peer knows it, and might say it
            said = said.replace(secret, "…")
        return StepAnswer(outcome, f"{code}: HTTP {heard.status} {_shortened(said)}".rstrip())


def _body(
    operation: str,
    target_id: str,
    parameters: Mapping[str, Scalar],
    *,
    key: str,
    undoing: bool,
) -> bytes:
    return canonical(
        {
            "operation": operation,
            "target": target_id,
            "parameters": dict(parameters),
            "key": key,
            "undoing": undoing,
        }
    )


def _outcome_of(status: int) -> tuple[StepOutcome, str]:
    if 200 <= status < 300:
        return StepOutcome.DONE, "done"
    if 400 <= status < 500:
        return StepOutcome.FAILED, "refused"
    # 303 is how some peers say that it is done: whether it is cannot be told from here.
    return StepOutcome.UNKNOWN, "redirected" if 300 <= status < 400 else "server_error"


def _not_sent(why: str) -> StepAnswer:
    return StepAnswer(StepOutcome.FAILED, f"not_sent: {why}")


def _object(body: bytes) -> dict[str, JsonValue] | None:
    """Read a JSON object; None where it is none, or holds what JSON does not know (NaN)."""
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_number(name: str) -> JsonValue:
    raise ValueError(f"{name} is no number of JSON")


def _plain(body: bytes) -> str:
    """Take the peer's words, `text` of an object or all, without characters that hide or turn."""
    said = _object(body) or {}
    text = said.get("text", said.get("detail"))
    words = text if isinstance(text, str) else body.decode("utf-8", errors="replace")
    shown = (" " if unicodedata.category(char)[0] in "CZ" else char for char in words)
    return " ".join("".join(shown).split())


def _shortened(text: str) -> str:
    return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"


def _spellings(secret: bytes) -> tuple[str, ...]:
    """Spell a secret as a peer might: as base64, with and without its padding, and as hex."""
    written = base64.b64encode(secret).decode("ascii")
    return (written, written.rstrip("="), secret.hex())
