"""The chat with a language model over HTTP: what is sent, what is shown, what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.bootstrap import build_in_memory
from api.calls.knowledge import events_of
from api.schemas.chat import ChatQuestion
from api.settings import Settings
from graph.errors import InputError
from graph.model.access import Role, Scope
from tests import llm_server as llm
from tests.api.room import ApiRoom, schema
from tests.retrieval.library import pack
from tests.small_pack import small_pack

ASKED = "CDN 节点带宽打满怎么处理"
KEY = "sk-key-of-this-house"  # pragma: allowlist secret
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def server() -> Iterator[llm.LlmServer]:
    """An honest server."""
    with llm.llm_server() as running:
        yield running


@pytest.fixture
def house(room: ApiRoom, server: llm.LlmServer, tmp_path: Path) -> ApiRoom:
    """The small platform with the SOPs of the medical-education pack, and a model."""
    known = pack()
    learned = small_pack().model_copy(update={"sops": known.sops, "actions": known.actions})
    room.assistant.store.write(lambda tx: tx.replace_pack(learned))
    room.assistant.knowledge.forget()
    wanted: dict[str, object] = {
        "llm_base_url": server.url,
        "llm_model": "liar-7b",
        "llm_timeout_s": 5.0,
    }
    room.assistant.settings = Settings.model_construct(home=tmp_path).model_copy(update=wanted)
    return room


@pytest.fixture
def operator(house: ApiRoom) -> TestClient:
    """An operator's caller."""
    return house.operator()


def ask(http: TestClient, question: str = ASKED, **more: Any) -> dict[str, Any]:
    """Ask, and check the published form."""
    answer = http.post("/api/v1/chat", json={"question": question, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    schema("answer").validate(body)
    return body


def test_a_model_selects_and_every_step_stands_in_its_sop(operator: TestClient) -> None:
    """Letter by letter, with the model named and nothing said to have failed."""
    answer = ask(operator)
    assert answer["llm"]["model"] == "liar-7b"
    assert answer["llm"]["sent"] and answer["llm"]["fallback"] is None
    assert answer["steps"]
    for step in answer["steps"]:
        (place,) = step["citations"][:1]
        sop = operator.get(f"/api/v1/sops/{place['doc_id']}").json()
        section = next(s for s in sop["sections"] if s["name"] == place["section"])
        texts = {s["number"]: s["text"]["zh"] for s in section["steps"]}
        assert step["gated"] or texts[place["step"]] == step["text"]


def test_commands_of_gated_actions_are_not_sent_and_not_shown(
    house: ApiRoom, operator: TestClient, server: llm.LlmServer
) -> None:
    """What a reader must reveal first does not leave the house either."""
    folded = 0
    for sop in house.assistant.knowledge.search().search(_anybody(), "处理 切换 重启").results:
        ask(operator, f"{sop.id} 怎么处理")
        raw = house.assistant.knowledge.search().sop(_anybody(), sop.id).model_dump_json()
        told = operator.get(f"/api/v1/sops/{sop.id}").text
        hidden = {c for c in _commands(raw) if f"`{c}`" not in json.loads(json.dumps(told))}
        folded += len(hidden)
        assert not [command for command in hidden if command in server.received]
    assert folded > 0


def _commands(text: str) -> list[str]:
    return [c for c in text.split("`")[1::2] if " " in c and "\\" not in c]


def _anybody() -> Any:
    from tests.retrieval.library import ANYBODY

    return ANYBODY


def test_people_with_an_account_and_of_the_list_are_taken_out(
    house: ApiRoom, operator: TestClient, server: llm.LlmServer, tmp_path: Path
) -> None:
    """The user zhou, a name of HOME/redaction.json and a host of it: none is received."""
    profile = {"names": ["欧阳娜"], "hosts": ["hosp.example"]}
    (tmp_path / "redaction.json").write_text(json.dumps(profile), encoding="utf-8")
    kinds = []
    for word in ("zhou", "欧阳娜", "his01.hosp.example", "13800138000"):
        answer = ask(operator, f"{ASKED}，{word}")
        kinds += [item["kind"] for item in answer["llm"]["taken_out"]][-1:]
        assert word in answer["asked"], "people see their own words"
        assert word not in server.received
    assert len(server.asked) == 4 and {"name", "address"} <= set(kinds)


def test_a_faulty_list_keeps_everything_in_the_house(
    operator: TestClient, server: llm.LlmServer, tmp_path: Path
) -> None:
    """What cannot be read cannot be taken out: nothing is sent, and the answer says so."""
    (tmp_path / "redaction.json").write_text("{broken", encoding="utf-8")
    answer = ask(operator)
    assert answer["steps"] and answer["llm"]["fallback"]["code"] == "unlisted"
    assert not answer["llm"]["sent"] and server.asked == []


def test_the_question_about_an_incident_goes_to_its_diagnosis(
    house: ApiRoom, operator: TestClient, server: llm.LlmServer
) -> None:
    """Alerts, people and causes never reach the model."""
    incident_id = house.storm(house.source().token)
    answer = ask(operator, "现在什么情况", incident_id=incident_id)
    assert answer["about"] == "diagnosis" and answer["llm"] is None
    assert server.asked == []
    ask(operator, incident_id=incident_id)
    assert incident_id not in server.received and "PlaybackFailureHigh" not in server.received


def test_a_follow_up_goes_on_in_its_thread(operator: TestClient) -> None:
    """The second question names nothing; the first one's SOP answers it."""
    first = ask(operator)
    second = ask(operator, "那怎么回滚？", thread_id=first["thread_id"])
    cited = {step["citations"][0]["doc_id"] for step in first["steps"]}
    assert {step["citations"][0]["doc_id"] for step in second["steps"]} <= cited
    assert second["steps"]


@pytest.mark.parametrize("behave", [llm.fails(500), llm.lying, llm.says("{")])
def test_a_failing_model_leaves_the_plain_answer(
    operator: TestClient, server: llm.LlmServer, behave: llm.Behaviour
) -> None:
    """The steps are those without a model, streamed as ever, with the reason in both languages."""
    server.behave = behave
    text = operator.post("/api/v1/chat", json={"question": ASKED}, headers=STREAM).text
    quoted, *steps, done = (block.split("data: ", 1)[1] for block in text.strip().split("\n\n"))
    answer = json.loads(done)
    assert [json.loads(step) for step in steps] == answer["steps"] != []
    assert json.loads(quoted)["steps"] == answer["steps"]
    why = answer["llm"]["fallback"]["text"]
    assert why["zh"] and why["en"].isascii()


def test_the_page_can_ask_which_model_there_is(house: ApiRoom, room: ApiRoom) -> None:
    """Before anything is sent, people can know."""
    assert house.operator().get("/api/v1/chat-model").json() == {"model": "liar-7b"}


@pytest.mark.parametrize(
    ("url", "open_"),
    [
        ("http://127.0.0.1:11434/v1", False),
        ("http://localhost:11434/v1", False),
        ("http://[::1]:11434/v1", False),
        ("https://model.example/v1", False),
        ("http://10.0.0.5:11434/v1", True),
        ("http://model.example/v1", True),
    ],
)
def test_a_model_over_plain_http_is_warned_of(house: ApiRoom, url: str, open_: bool) -> None:
    """At the start, in the language of the house; this machine itself is no network."""
    from api.knowledge.model_check import start_warning

    told = start_warning(house.assistant.settings.model_copy(update={"llm_base_url": url}))
    assert (told is not None and url in told) is open_


def test_the_doctor_says_which_model_answers(house: ApiRoom, server: llm.LlmServer) -> None:
    """It lists the model, or not, or nobody is there; without one nothing is ever sent."""

    def line() -> tuple[bool, str]:
        from api.knowledge.model_check import check_model

        check = check_model(house.assistant.settings)
        assert check.text.zh and "sk-" not in check.text.en
        return check.ok, check.text.en

    assert line() == (True, line()[1]) and "liar-7b" in line()[1] and server.url in line()[1]
    settings = house.assistant.settings
    house.assistant.settings = settings.model_copy(update={"llm_model": "other"})
    assert line()[0] is False and "does not list" in line()[1]
    house.assistant.settings = settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9"})
    assert line()[0] is False and "does not answer" in line()[1]
    gone = {"llm_api_key": None, "llm_api_key_file": Path("/nowhere/key")}
    house.assistant.settings = settings.model_copy(update=gone)
    assert line()[0] is False and "LLM_API_KEY_FILE" in line()[1]
    none = {"llm_base_url": None, "llm_model": None}
    house.assistant.settings = settings.model_copy(update=none)
    assert line()[0] is True and "nothing is sent" in line()[1]
    assert server.asked == []


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"llm_model": "m"}, "LLM_BASE_URL"),
        ({"llm_base_url": "http://127.0.0.1/v1"}, "LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "ftp://x/v1"}, "LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "http://u:p@x/v1"}, "LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "http://x/v1?key=1"}, "LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "http://127.0.0.1:99999/v1"}, "LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "http://a..b/v1"}, "LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "http://[::1/v1"}, "LLM_BASE_URL"),
        (
            {"llm_model": "m", "llm_base_url": "http://x/v1", "llm_api_key_file": "/none"},
            "LLM_API_KEY_FILE",
        ),
    ],
)
def test_half_a_setting_is_refused_at_the_start(
    given: dict[str, str], place: str, settings_of: Callable[..., Settings]
) -> None:
    """A slip is named with its variable, before anything is served."""
    with pytest.raises(InputError, match=place):
        settings_of(**given)


def test_a_key_in_the_wrong_variable_is_not_told(settings_of: Callable[..., Settings]) -> None:
    """Where a path belongs there may stand the key itself, and the doubt goes to it."""
    with pytest.raises(InputError, match="give its path") as caught:
        settings_of(llm_model="m", llm_base_url="http://x/v1", llm_api_key_file=KEY)
    assert KEY not in str(caught.value) + str(caught.value.errors)


@pytest.fixture
def settings_of(tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    """Read settings from an environment that is put back."""
    import os

    from api.settings import read_settings

    before = dict(os.environ)

    def read(**given: str) -> Settings:
        os.environ.update({f"ETIOGRAPH_{name.upper()}": value for name, value in given.items()})
        return read_settings()

    yield read
    os.environ.clear()
    os.environ.update(before)


def test_the_key_is_read_from_its_file_and_shown_nowhere(
    tmp_path: Path, settings_of: Callable[..., Settings]
) -> None:
    """Neither the settings' own text nor the wired assistant repeats it."""
    (tmp_path / "key").write_text(KEY + "\n", encoding="utf-8")
    settings = settings_of(
        llm_model="m", llm_base_url="http://127.0.0.1/v1", llm_api_key_file=str(tmp_path / "key")
    )
    assert settings.secret_of_llm() == KEY
    assistant = build_in_memory(settings)
    assert KEY not in repr(settings) and KEY not in repr(assistant.guides.__dict__)
    assistant.store.close()


def test_the_terminal_says_which_model_chose_or_why_not(
    operator: TestClient, server: llm.LlmServer
) -> None:
    """One line before the steps, in the language of the answer."""
    from api.reports.answers import answer_lines

    first = next(iter(answer_lines(ask(operator), loaded=True)))
    assert "liar-7b" in first and "挑选了步骤" in first
    server.behave = llm.fails(401)
    failed = next(iter(answer_lines(ask(operator, lang="en"), loaded=True)))
    assert "did not help: its server does not accept the key" in failed


def test_what_is_quoted_comes_before_the_model_has_chosen(house: ApiRoom) -> None:
    """The client hears the quoted answer first, then the kept one, which alone has a thread."""
    client = house.client(house.user_token("lan", [Role.OPERATOR], Scope.READ, Scope.OPERATE))
    heard = list(client.chat_stream(ChatQuestion(question=ASKED)))
    assert [answer.thread_id is None for answer in heard] == [True, False]
    assert heard[0].llm is None and heard[1].llm is not None
    assert heard[0].steps and heard[0].question == heard[1].question
    thread = heard[1].thread_id
    assert thread is not None and len(client.thread(thread)) == 1

    refused = list(client.chat_stream(ChatQuestion(question="茶水间的咖啡机不出水怎么办")))
    assert [answer.refused for answer in refused] == [True]


def test_events_are_read_however_they_are_cut() -> None:
    """Bytes come as the network has them; a name or a letter may be torn apart."""
    sent = 'event: quoted\ndata: {"a": "步"}\n\nevent: done\ndata: {"b": 1}\n\n'.encode()
    for size in range(1, len(sent) + 1):
        chunks = [sent[i : i + size] for i in range(0, len(sent), size)]
        assert list(events_of(chunks)) == [("quoted", {"a": "步"}), ("done", {"b": 1})]
