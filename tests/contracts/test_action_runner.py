"""What the desk may rely on with every runner, and what only the webhook can get wrong."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from graph.model.remediation import StepOutcome
from reasoning.ports import ActionRunner
from reasoning.remediation.profile import WebhookProfile
from reasoning.remediation.runners.signature import signature_of
from reasoning.remediation.runners.webhook import WebhookRunner
from tests.contracts.runner_suite import (
    RUNNERS,
    SECRET,
    SECRET_TEXT,
    TARGET,
    FixedClock,
    Mood,
    Receiver,
    profile_of,
    receiving,
    step,
    webhook_to,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A service on loopback that checks every signature by itself."""
    with receiving() as found:
        yield found


@pytest.fixture(params=RUNNERS)
def runner(request: pytest.FixtureRequest, receiver: Receiver) -> ActionRunner:
    """Each runner in turn."""
    return RUNNERS[request.param](receiver)


# ── Every runner ────────────────────────────────────────────────────────────────────────────────


def test_it_always_describes_itself_alike(runner: ActionRunner) -> None:
    """An approval binds to the description, so it may not move by itself."""
    assert runner.describe() == runner.describe()


def test_what_it_renders_names_operation_target_and_parameters(runner: ActionRunner) -> None:
    """People read there what will be sent."""
    shown = runner.render("switch_over", TARGET, {"receiver": "pack:cdn-8", "share": 0.5})

    assert all(word in shown for word in ("switch_over", TARGET, "pack:cdn-8", "0.5"))


def test_no_text_of_it_holds_the_secret(runner: ActionRunner) -> None:
    """Description, rendering, answer and the object itself may all be shown and logged."""
    answer = runner.run(step(), key="rem-1:1", undoing=False)
    texts = [runner.describe().model_dump_json(), runner.render("x", TARGET, {}), answer.text]

    assert not [text for text in [*texts, repr(runner)] if SECRET_TEXT in text or "secret" in text]


def test_a_step_is_done(runner: ActionRunner) -> None:
    """A peer that answers well has done it."""
    assert runner.run(step(), key="rem-1:1", undoing=False).outcome is StepOutcome.DONE


def test_a_key_acts_once(runner: ActionRunner, receiver: Receiver) -> None:
    """Who says that the receiver honours the key, may send it again."""
    assert runner.describe().honours_idempotency_key
    first = runner.run(step(), key="rem-1:1", undoing=False)
    again = runner.run(step(), key="rem-1:1", undoing=False)

    assert first == again
    assert len(receiver.acts) <= 1


def test_state_is_an_object_or_not_known(runner: ActionRunner) -> None:
    """A target that nobody knows has no state; nothing is raised."""
    assert runner.read_state("pack:never-heard-of") is None


def test_a_step_without_undo_is_not_taken_back(runner: ActionRunner, receiver: Receiver) -> None:
    """Nothing is sent where nothing can be taken back."""
    runner.run(step(undo=None), key="rem-1:1", undoing=True)

    assert receiver.acts == []


# ── The dry run ─────────────────────────────────────────────────────────────────────────────────


def test_the_dry_run_sends_nothing_and_says_so(receiver: Receiver) -> None:
    """Nobody can take it for the real thing."""
    answer = RUNNERS["dry-run"](receiver).run(step(), key="rem-1:1", undoing=False)

    assert "nothing was sent" in answer.text
    assert receiver.bodies == []


# ── The webhook: signing ────────────────────────────────────────────────────────────────────────


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The known answer of the reference libraries' own tests."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")  # pragma: allowlist secret
    signed = signature_of(
        secret,
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        content=b'{"test": 2432232314}',
    )

    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="  # pragma: allowlist secret
    assert signed == expected


def test_what_is_sent_is_what_was_rendered_and_signed(receiver: Receiver) -> None:
    """The receiver verifies the signature, and reads the rendering with the key filled in."""
    runner = webhook_to(receiver)
    runner.run(step(), key="rem-1:1", undoing=False)
    line, body = runner.render("switch_over", TARGET, {"receiver": "pack:cdn-8"}).split("\n")

    assert receiver.refused_signatures == 0
    assert line == f"POST {receiver.url}/act"
    assert receiver.bodies == [body.replace('"KEY"', '"rem-1:1"').encode()]


def test_an_undo_sends_the_operation_that_takes_it_back(receiver: Receiver) -> None:
    """The undo is a message of its own, with the parameters of the undo."""
    webhook_to(receiver).run(step(), key="rem-1:1:undo", undoing=True)

    assert json.loads(receiver.bodies[0]) == {
        "operation": "switch_back",
        "target": TARGET,
        "parameters": {},
        "key": "rem-1:1:undo",
        "undoing": True,
    }


def test_another_secret_is_refused_by_the_receiver(receiver: Receiver) -> None:
    """The receiver of this suite does check."""
    runner = WebhookRunner(profile_of(receiver), b"z" * 32, FixedClock())
    answer = runner.run(step(), key="rem-1:1", undoing=False)

    assert (answer.outcome, receiver.acts) == (StepOutcome.FAILED, [])


@pytest.mark.parametrize("key", ["", "a.b", "a b", "k" * 201, "é", "a\r\nX: y"])
def test_a_key_that_could_blur_the_signed_text_is_not_sent(receiver: Receiver, key: str) -> None:
    """A dot would let two messages share one signed text; a line end would add a header."""
    answer = webhook_to(receiver).run(step(), key=key, undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert answer.text.startswith("not_sent:")
    assert receiver.bodies == []


# ── The webhook: what came of it ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mood", "outcome", "code"),
    [
        (Mood.NORMAL, StepOutcome.DONE, "done: HTTP 200 switched"),
        (Mood.CUT, StepOutcome.DONE, "done: HTTP 200 swi"),
        (Mood.FLOOD, StepOutcome.DONE, "done: HTTP 200 xxx"),
        (Mood.REFUSE, StepOutcome.FAILED, "refused: HTTP 409 switched"),
        (Mood.REDIRECT, StepOutcome.UNKNOWN, "redirected: HTTP 307"),
        (Mood.BREAK, StepOutcome.UNKNOWN, "server_error: HTTP 503"),
        (Mood.SILENT, StepOutcome.UNKNOWN, "no_answer: no answer in time"),
        (Mood.DRIP, StepOutcome.UNKNOWN, "no_answer: no answer in time"),
        (Mood.BREAK_OFF, StepOutcome.UNKNOWN, "no_answer:"),
        (Mood.GARBLED, StepOutcome.UNKNOWN, "no_answer:"),
    ],
)
def test_whatever_the_peer_does_is_an_answer(
    receiver: Receiver, mood: Mood, outcome: StepOutcome, code: str
) -> None:
    """Once sent, only a plain yes or no of the peer settles it; all else is unknown."""
    receiver.mood = mood
    answer = webhook_to(receiver).run(step(), key="rem-1:1", undoing=False)

    assert (answer.outcome, answer.text[: len(code)]) == (outcome, code)
    assert len(answer.text) <= 500


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.BREAK_OFF])
def test_unknown_after_acting_may_be_sent_again(receiver: Receiver, mood: Mood) -> None:
    """It acted and did not say so; the same key later tells, and acts no second time."""
    receiver.mood = mood
    runner = webhook_to(receiver)
    first = runner.run(step(), key="rem-1:1", undoing=False)
    receiver.mood = Mood.NORMAL
    again = runner.run(step(), key="rem-1:1", undoing=False)

    assert (first.outcome, again.outcome) == (StepOutcome.UNKNOWN, StepOutcome.DONE)
    assert len(receiver.acts) == 1


def test_nobody_there_is_a_failure_because_nothing_was_sent() -> None:
    """A refused connection settles it: the peer cannot have acted."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gone = Receiver(int(taken.getsockname()[1]))
    runner = webhook_to(gone)
    answer = runner.run(step(), key="rem-1:1", undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert answer.text == "not_sent: Connection refused"
    assert runner.read_state(TARGET) is None


def test_a_name_that_nobody_knows_is_a_failure() -> None:
    """What cannot be resolved was not called."""
    url = "https://no-such-host.invalid:443"
    profile = WebhookProfile(profile="p", url=url, allow=(url,), connect_s=1)
    answer = WebhookRunner(profile, SECRET, FixedClock()).run(step(), key="k", undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert answer.text == "not_sent: no-such-host.invalid cannot be resolved"


def test_a_host_without_its_certificate_is_sent_nothing(receiver: Receiver) -> None:
    """An https name that cannot prove itself has heard nothing of the request."""
    url = receiver.url.replace("http:", "https:")
    runner = webhook_to(receiver, url=url, state_url=None, allow=(url,))
    answer = runner.run(step(), key="rem-1:1", undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert answer.text.startswith("not_sent:")
    assert receiver.bodies == []


def test_the_words_of_a_peer_are_cut_and_made_plain(receiver: Receiver) -> None:
    """Neither control characters, nor bidi marks, nor a novel, nor the secret come through."""
    receiver.mood = Mood.REFUSE
    receiver.words = f"no\x1b[31m \u202epu\u2066 {SECRET_TEXT} {SECRET.hex()} <b>" + "y" * 9_000
    answer = webhook_to(receiver).run(step(), key="rem-1:1", undoing=False)

    assert answer.text.startswith("refused: HTTP 409 no [31m pu … … <b>yyy")
    assert len(answer.text) <= 320


@settings(max_examples=40)
@given(st.binary(max_size=600) | st.text(max_size=600).map(str.encode))
def test_no_words_of_a_peer_can_harm_a_page(words: bytes) -> None:
    """Whatever bytes come, the text is short, printable and on one line."""
    with receiving() as peer:
        peer.mood, peer.words = Mood.REFUSE, words
        answer = webhook_to(peer).run(step(), key="rem-1:1", undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert len(answer.text) <= 500
    assert not [char for char in answer.text if unicodedata.category(char)[0] == "C"]


def test_a_number_that_canonical_json_cannot_hold_is_not_sent(receiver: Receiver) -> None:
    """What is signed must be written alike by everybody."""
    answer = webhook_to(receiver).run(step(share=2**60), key="rem-1:1", undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert answer.text.startswith("not_sent:")
    assert receiver.bodies == []


def test_a_host_that_never_takes_the_call_is_a_failure() -> None:
    """A full queue of connections: nothing was sent, in bounded time."""
    with socket.socket() as busy, ExitStack() as waiting:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        peer = Receiver(int(busy.getsockname()[1]))
        for _ in range(3):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", peer.port))
        answer = webhook_to(peer, connect_s=0.3).run(step(), key="k", undoing=False)

    assert (answer.outcome, answer.text) == (StepOutcome.FAILED, "not_sent: no answer in time")


# ── The webhook: where it may go ────────────────────────────────────────────────────────────────


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    """Only the address that was approved is called."""
    receiver.mood = Mood.REDIRECT
    webhook_to(receiver).run(step(), key="rem-1:1", undoing=False)

    assert receiver.paths == ["/act"]


def test_a_name_may_not_move_to_another_address(receiver: Receiver) -> None:
    """The address is checked where it is connected to, not only the name in the profile."""
    local = f"http://localhost:{receiver.port}"
    moved = webhook_to(
        receiver, url=f"{local}/act", allow=(local, receiver.url), addresses=("10.0.0.0/8",)
    )
    answer = moved.run(step(), key="rem-1:1", undoing=False)

    assert answer.outcome is StepOutcome.FAILED
    assert "not allowed" in answer.text
    assert receiver.bodies == []


def test_plain_http_leaves_this_machine_only_to_listed_addresses() -> None:
    """What is neither encrypted nor on loopback must be named by its network."""
    url = "http://192.0.2.1:80"
    profile = WebhookProfile(profile="p", url=url, allow=(url,))

    assert not profile.allows(url, "192.0.2.1")
    assert profile.model_copy(update={"addresses": ("192.0.2.0/24",)}).allows(url, "192.0.2.1")


def test_proxies_of_the_environment_are_not_used(receiver: Receiver) -> None:
    """A variable of the machine cannot send an approved call through another host."""
    code = (
        "from tests.contracts.runner_suite import *;"
        f"print(webhook_to(Receiver({receiver.port})).run(step(), key='k', undoing=False).text)"
    )
    nowhere = "http://127.0.0.1:9"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "http_proxy": nowhere, "ALL_PROXY": nowhere, "HTTP_PROXY": nowhere},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == "done: HTTP 200 switched"


@pytest.mark.parametrize(
    "changed",
    [
        {"profile": "dry-run"},
        {"url": "http://127.0.0.1:1/act"},
        {"url": "ftp://127.0.0.1/act"},
        {"url": "http://user:word@127.0.0.1/act"},  # pragma: allowlist secret
        {"url": "http://127.0.0.1/act?token=x"},
        {"url": "http://127.0.0.1 /act"},
        {"state_url": "http://127.0.0.1:2/state"},
        {"state_url": "http://127.0.0.1:2/{target}"},
        {"state_url": "http://{target}:2/state"},
        {"allow": ()},
        {"allow": ("127.0.0.1",)},
        {"addresses": ("everywhere",)},
        {"answer_s": 0},
    ],
)
def test_a_profile_that_could_go_elsewhere_is_refused(
    receiver: Receiver, changed: dict[str, object]
) -> None:
    """What is called must be allowed, exactly, and fit to be shown."""
    with pytest.raises(ValidationError):
        profile_of(receiver, **changed)


def test_the_digest_moves_with_what_is_called_and_not_with_the_secret(receiver: Receiver) -> None:
    """An approval of one address is none of another; a renewed secret voids nothing."""
    digest = webhook_to(receiver).describe().content_digest
    other_secret = WebhookRunner(profile_of(receiver), b"z" * 32, FixedClock())

    assert other_secret.describe().content_digest == digest
    for changed in ({"url": f"{receiver.url}/other"}, {"allow": (receiver.url, "https://a")}):
        assert webhook_to(receiver, **changed).describe().content_digest != digest


# ── The webhook: reading back ───────────────────────────────────────────────────────────────────


def test_the_state_is_read_back_by_a_signed_call(receiver: Receiver) -> None:
    """After acting, the target's state says what happened; its id is one part of the path."""
    runner = webhook_to(receiver)
    runner.run(step(), key="rem-1:1", undoing=False)

    assert runner.read_state(TARGET) == {"state": "switch_over"}
    assert (receiver.paths[-1], receiver.refused_signatures) == ("/state/pack%3Acdn-7", 0)


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.GARBLED])
def test_a_state_that_cannot_be_read_is_not_known(receiver: Receiver, mood: Mood) -> None:
    """No answer in time, or no JSON: nothing is concluded from it."""
    receiver.mood = mood

    assert webhook_to(receiver).read_state(TARGET) is None


def test_a_profile_without_state_address_knows_no_state(receiver: Receiver) -> None:
    """Nothing is asked where nobody could answer."""
    assert webhook_to(receiver, state_url=None).read_state(TARGET) is None
    assert receiver.paths == []
