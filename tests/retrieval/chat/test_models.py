"""Both ways to a model behave alike: every case against a real server on loopback."""

from __future__ import annotations

import socket
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from retrieval.answering.chat_models import open_model
from retrieval.chat.endpoint import EndpointModel
from retrieval.chat.port import ChatModel, Message, ReplyForm, Silence, SilentModelError
from retrieval.chat.wire import exchange
from retrieval.langchain.chat import LangChainModel, is_installed
from tests import llm_server as llm

ASKED = (
    Message("system", "rules"),
    Message("user", "==== n ====\n[S1] title\n1. first step\n2. second step\n[question] q"),
)
KEY = "sk-key-of-this-test"  # pragma: allowlist secret


@pytest.fixture(params=[EndpointModel, LangChainModel])
def kind(request: pytest.FixtureRequest) -> Iterator[type[EndpointModel] | type[LangChainModel]]:
    """One of the two; without LangChain only our own."""
    if request.param is LangChainModel and not is_installed():
        pytest.skip("LangChain is not installed: pip install langchain langchain-openai")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the library says of itself is not ours
        yield request.param


@pytest.fixture
def server() -> Iterator[llm.LlmServer]:
    """An honest server."""
    with llm.llm_server() as running:
        yield running


def _ask(model: ChatModel, form: ReplyForm = ReplyForm.SCHEMA, within_s: float = 20.0) -> str:
    return model.complete(ASKED, form, within_s=within_s)


@pytest.mark.parametrize("form", ReplyForm)
def test_every_form_is_asked_for_and_read(
    kind: type[EndpointModel], server: llm.LlmServer, form: ReplyForm
) -> None:
    """The words come back whatever the form, and the server saw which was demanded."""
    words = _ask(kind(server.url, "liar-7b", KEY), form)
    (asked,) = server.asked
    assert "first step" in words and "second step" in words
    assert (asked.form, asked.body["model"], asked.body["temperature"]) == (
        form.value,
        "liar-7b",
        0,
    )
    assert [m["content"] for m in asked.body["messages"]] == [m.content for m in ASKED]
    assert asked.headers.get("Authorization", asked.headers.get("authorization")) == f"Bearer {KEY}"


def test_without_a_key_none_is_sent(kind: type[EndpointModel], server: llm.LlmServer) -> None:
    """Ollama wants none."""
    _ask(kind(server.url, "liar-7b", ""))
    assert "authorization" not in {name.lower() for name in server.asked[0].headers}


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (llm.fails(429), Silence.BUSY),
        (llm.fails(500), Silence.SERVER_ERROR),
        (llm.fails(401), Silence.DENIED),
        (llm.fails(400), Silence.FORM_UNKNOWN),
        (llm.fails(504), Silence.TIMEOUT),
        (llm.hangs, Silence.TIMEOUT),
        (llm.drips, Silence.TIMEOUT),
        (lambda _: llm.Answer(raw=b"<html>"), Silence.UNREADABLE),
        (lambda _: llm.Answer(raw=b'{"choices": 7}'), Silence.UNREADABLE),
        (lambda _: llm.Answer(raw=b"x" * 700_000), Silence.TOO_LONG),
        (
            lambda _: llm.Answer(status=302, location="http://127.0.0.1:9/elsewhere"),
            Silence.REDIRECTED,
        ),
    ],
)
def test_each_failure_has_its_name_and_no_secret(
    kind: type[EndpointModel], server: llm.LlmServer, behave: llm.Behaviour, why: Silence
) -> None:
    """One request, no retry, bounded in time; neither key nor question in the error."""
    server.behave = behave
    model = kind(server.url, "liar-7b", KEY)
    started = time.perf_counter()
    with pytest.raises(SilentModelError) as caught:
        _ask(model, within_s=2.0)
    assert caught.value.why is why
    assert time.perf_counter() - started < 8.0
    assert KEY not in str(caught.value) and "first step" not in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://127.0.0.1:99999/v1", KEY),
        ("http://a..b/v1", KEY),
        ("http://[::1/v1", KEY),
        ("http://127.0.0.1:9/v1", "密钥一二三"),
    ],
)
def test_what_cannot_be_sent_is_a_silence_as_well(url: str, key: str) -> None:
    """A port too high, half a host, a key in Chinese: named as any other failure, key unsaid."""
    with pytest.raises(SilentModelError) as caught:
        _ask(EndpointModel(url, "m", key), within_s=2.0)
    assert caught.value.why is Silence.UNREACHABLE
    told = caught.value.__cause__ or caught.value
    assert key not in str(caught.value) and key not in str(told)


def test_a_resolver_that_hangs_ends_in_time(server: llm.LlmServer) -> None:
    """The system may wait for its name servers for minutes; whoever asks does not."""
    release = threading.Event()

    def hang(host: str, port: int) -> list[tuple[Any, ...]]:
        release.wait(20)
        return socket.getaddrinfo("127.0.0.1", port)

    began = time.perf_counter()
    with pytest.raises(SilentModelError) as caught:
        exchange(
            "GET", "http://model.example/v1", headers={}, content=b"", within_s=0.3, resolve=hang
        )
    release.set()
    assert caught.value.why is Silence.TIMEOUT
    assert time.perf_counter() - began < 5


def test_every_address_of_a_host_is_tried(server: llm.LlmServer) -> None:
    """Where the first does not answer, the next one may."""
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])

    def two(host: str, port: int) -> list[tuple[Any, ...]]:
        return [(0, 0, 0, "", (one, port)) for one in ("::1", "127.0.0.1")]

    url = f"http://model.example:{port}/v1/models"
    heard = exchange("GET", url, headers={}, content=b"", within_s=20, resolve=two)
    assert heard.status == 200


def test_half_a_character_is_told_again_as_a_question_mark(server: llm.LlmServer) -> None:
    """A model may say half a surrogate pair; its words go back in the second try."""
    model = EndpointModel(server.url, "liar-7b", KEY)
    model.complete((*ASKED, Message("assistant", "a\ud800b")), ReplyForm.SCHEMA, within_s=20.0)
    assert server.asked[0].body["messages"][-1]["content"] == "a?b"


def test_no_proxy_and_no_tracing_of_the_environment(
    kind: type[EndpointModel], server: llm.LlmServer, environment: dict[str, str]
) -> None:
    """What the environment says of proxies and of tracing moves nothing to another host."""
    environment |= {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": "http://127.0.0.1:9"}
    environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    assert "first step" in _ask(kind(server.url, "liar-7b", KEY))


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The process's environment, put back afterwards."""
    import os

    before = dict(os.environ)
    yield os.environ  # type: ignore[misc]  # a mapping that behaves like a dict
    os.environ.clear()
    os.environ.update(before)


def test_a_model_is_opened_without_a_word() -> None:
    """Opening sends nothing; the name is that of the settings."""
    assert open_model("http://127.0.0.1:9/v1", "m", KEY).name == "m"
