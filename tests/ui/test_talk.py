"""One tab's talk with the SOP assistant, against the real application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.client import ApiClient, connect
from api.schemas.chat import CallView, GatedView
from graph.errors import EtiographError
from graph.model.access import Role, Scope
from graph.model.base import Text
from graph.words import FOLDED
from tests import llm_server
from tests.api.room import ApiRoom
from tests.retrieval.library import pack
from tests.small_pack import small_pack
from tests.ui import samples
from ui.talk import Choice, Talk, choice_of, citation_of, doc_of
from ui.widgets import answer_card, sources
from ui.widgets.model_note import model_note

ASKED = "CDN 节点带宽打满怎么处理？"
UNKNOWN = "茶水间的咖啡机不出水怎么办"


@pytest.fixture
def room() -> Iterator[ApiRoom]:
    """The small platform with the SOPs of the medical-education pack."""
    made = ApiRoom()
    known = pack()
    learned = small_pack().model_copy(update={"sops": known.sops, "cases": known.cases})
    made.assistant.store.write(lambda tx: tx.replace_pack(learned))
    yield made
    made.close()


@pytest.fixture
def client(room: ApiRoom) -> ApiClient:
    """An operator's client."""
    return room.client(room.user_token("zhou", [Role.OPERATOR], Scope.READ, Scope.OPERATE))


@pytest.fixture
def talk(client: ApiClient) -> Talk:
    """A talk that has been drawn once."""
    made = Talk(client)
    made.refresh(None, may_ask=True)
    return made


def test_what_was_asked_stays_with_its_answer(talk: Talk) -> None:
    """The words as they were written, in the order of asking, in one thread."""
    talk.ask(ASKED, None)
    talk.ask(UNKNOWN, None)

    assert [turn.asked for turn in talk.turns] == [ASKED, UNKNOWN]
    assert {turn.thread_id for turn in talk.turns} == {talk.thread_id}


def test_another_tab_opens_the_same_talk_by_its_address(talk: Talk, client: ApiClient) -> None:
    """What the server keeps is the whole of what a refreshed page needs."""
    talk.ask(ASKED, None)
    other = Talk(client)
    other.refresh(talk.thread_id, may_ask=True)

    assert other.turns == talk.turns and not other.lost


def test_a_talk_that_the_server_forgot_is_said_to_be_lost(client: ApiClient) -> None:
    """Nothing is invented; the next question begins anew under the same address."""
    talk = Talk(client)
    talk.refresh("th-gone", may_ask=True)
    lost = talk.lost
    talk.ask(ASKED, None)
    assert lost and not talk.lost

    assert [turn.thread_id for turn in talk.turns] == ["th-gone"]


@pytest.mark.parametrize("question", ["\u200b", ""])
def test_what_cannot_be_read_is_told_as_such(talk: Talk, question: str) -> None:
    """The question stays, with our words for why; there is no turn of it."""
    talk.ask(question, None)

    assert talk.turns == ()
    assert talk.unanswered is not None and talk.unanswered.why == "chat.unreadable"


def test_a_silent_server_keeps_the_question_and_the_talk(talk: Talk) -> None:
    """Asked again it may succeed; what was answered stays on the screen."""
    talk.ask(ASKED, None)
    with connect("http://127.0.0.1:9") as nobody:
        talk.client = nobody
        with pytest.raises(EtiographError):
            talk.refresh(talk.thread_id, may_ask=True)
        talk.ask(UNKNOWN, None)

    assert len(talk.turns) == 1
    assert talk.unanswered is not None and talk.unanswered.question == UNKNOWN


def test_a_choice_names_a_step_or_a_title(talk: Talk) -> None:
    """As text it stands in the address; what is not in the talk falls back to the newest answer."""
    talk.ask(ASKED, None)
    talk.ask(UNKNOWN, None)
    step = choice_of("1.2", talk.turns)
    assert step == Choice(1, 2) and citation_of(Choice(1, 2), talk.turns) is not None
    assert choice_of("1.n2", talk.turns) == Choice(1, 2, near=True)
    assert str(Choice(1, 2, near=True)) == "1.n2"

    for text in (None, "", "0.1", "1.99", "9.1", "1.n9", "<b>", "2.1"):
        assert choice_of(text, talk.turns) == Choice(1, 1)
    assert choice_of(None, ()) is None


def test_the_passage_holds_the_quoted_step(talk: Talk) -> None:
    """The section as it stands in the SOP, the quoted step marked."""
    talk.ask(ASKED, None)
    citation = citation_of(Choice(1, 1), talk.turns)
    doc_id = doc_of(Choice(1, 1), talk.turns)
    assert citation is not None and doc_id is not None
    sop = talk.sop(doc_id)
    assert sop is not None
    drawn = sources.passage_card(sop, citation, "zh", "zh")

    assert drawn.count("eg-passage-chosen") == 1
    assert talk.sop("medical_education:none") is None


def test_a_question_that_is_too_long_is_told_so_and_not_drawn_whole(talk: Talk) -> None:
    """A log that was pasted neither vanishes without a word nor fills the page."""
    talk.ask("日志" * 5000, None)
    assert talk.unanswered is not None and talk.unanswered.why == "chat.long"
    assert 0 < len(talk.unanswered.question) < 400
    assert talk.turns == ()


def test_whom_to_call_is_left_out_where_nobody_is_known() -> None:
    """The owner of the incident that was asked about, or nothing."""
    from tests.ui.fake_api import incident_view

    owned = incident_view(samples.incident(owner="周岚"))
    assert "周岚" in answer_card.whom_to_call(owned, (), "zh")
    assert answer_card.whom_to_call(incident_view(samples.incident(owner=None)), (), "zh") == ""
    assert answer_card.whom_to_call(None, (), "zh") == ""
    vendor = CallView(
        component_id="p:cdn-7", name=Text(zh="节点 7", en="Node 7"), role="vendor", who="8000"
    )
    assert "节点 7，厂商：8000" in answer_card.whom_to_call(None, (vendor,), "zh")
    assert "Node 7, vendor: 8000" in answer_card.whom_to_call(owned, (vendor,), "en")


def test_a_match_is_never_more_than_whole() -> None:
    """Nor is it written as a percentage: it is no probability."""
    assert answer_card.match_text(1.59, "zh") == "匹配度 1.00"
    assert answer_card.match_text(0.864, "en") == "match 0.86"


def test_a_hostile_question_is_text(talk: Talk) -> None:
    """Markup and hidden characters appear as such."""
    talk.ask("<img src=x onerror=alert(1)> \u202eCDN 带宽打满", None)
    drawn = answer_card.question(talk.turns[0].asked, "zh")

    assert "<img" not in drawn and "⟨U+202E⟩" in drawn


def test_a_refused_reveal_says_why_at_its_step_and_shows_nothing(room: ApiRoom, talk: Talk) -> None:
    """A token reads no folded command; a signed-in person does, in that tab only."""
    known = pack()
    more = {"sops": known.sops, "actions": known.actions, "policies": known.policies}
    room.assistant.store.write(lambda tx: tx.replace_pack(small_pack().model_copy(update=more)))
    talk.ask("CDN 节点回源失败怎么处理？", None)
    step = next(s for s in talk.turns[0].steps if s.gated)
    place, other = step.citations[0], talk.turns[0].steps[0].citations[0]
    talk.reveal(place, None)

    assert talk.revealed(place) is None
    assert talk.unshown_at(place) is not None and talk.unshown_at(other) is None
    http, _ = room.signed_in("lan", Role.OPERATOR)
    signed_in = Talk(ApiClient(http))
    signed_in.reveal(place, None)
    shown = signed_in.revealed(place)
    assert shown is not None
    raw = answer_card.revealed(shown.zh, step.text)
    assert raw == ("cdnctl region switch --region REGION --to BACKUP",)


@pytest.mark.parametrize(
    ("text", "folded", "shown"),
    [
        ("看 `date`，执行 rm -rf /x，等", f"看 `date`，执行 {FOLDED.zh}，等", ("rm -rf /x",)),
        ("do\n```\na b\nc d\n```", f"do\n{FOLDED.en}", ("a b\nc d",)),
        ("edgetool wipe x, then `date`", f"{FOLDED.en}, then `date`", None),
    ],
)
def test_a_reveal_shows_what_was_folded_and_loses_none(
    text: str, folded: str, shown: tuple[str, ...] | None
) -> None:
    """Marked or bare; where one cannot be told from its sentence, the whole step."""
    assert answer_card.revealed(text, folded) == (shown or (text,))


def test_what_no_action_stands_for_is_said_so_and_promises_no_request() -> None:
    """With or without an incident there is nothing to request; whose agreement it needs is said."""
    view = GatedView(
        action_id=None,
        name=Text(zh="没有动作对应的改动", en="a change that no action stands for"),
        required_roles=(Role.OPS_LEAD, Role.ACADEMIC_LEAD),
        rules=(),
        proposed=False,
    )
    assert "受控处置「" not in answer_card.gated((view,), "zh")
    assert "还要更多人" not in answer_card.gated((view,), "zh")
    for incident in (None, "inc-1"):
        assert "没有可申请的处置" in answer_card.request_link((view,), incident, "zh")
        assert "nothing to request" in answer_card.request_link((view,), incident, "en")


@pytest.fixture
def model(room: ApiRoom) -> Iterator[llm_server.LlmServer]:
    """A language model in the settings of the server."""
    with llm_server.llm_server() as running:
        wanted = {"llm_base_url": running.url, "llm_model": "liar-7b"}
        room.assistant.settings = room.assistant.settings.model_copy(update=wanted)
        yield running


def _notes(talk: Talk) -> tuple[str, str]:
    """Give what the newest answer says of the model once it is there, in both languages."""
    if (waiting := talk.waiting) is not None and waiting.listener is not None:
        waiting.listener.join(60)
    found = [str(model_note(talk.turns[-1], lang)) for lang in ("zh", "en")]
    return found[0], found[1]


def test_without_a_model_nothing_is_said_of_one(talk: Talk) -> None:
    """The foot says that none was used, the answer says nothing."""
    talk.ask(ASKED, None)
    assert _notes(talk) == ("", "")
    assert "没有用语言模型" in sources.foot("zh", about=False, model=talk.model)


def test_what_a_model_chose_and_what_was_taken_out_is_said(
    model: llm_server.LlmServer, client: ApiClient
) -> None:
    """Model, kinds and counts in both languages; people see their own words."""
    talk = Talk(client)
    talk.refresh(None, may_ask=True)
    assert "liar-7b" in sources.foot("en", about=False, model=talk.model)
    talk.ask(f"{ASKED}电话 13800138000", None)
    zh, en = _notes(talk)
    assert "liar-7b" in zh and "挑选了步骤" in zh and "电话 1" in zh
    assert "chose the steps" in en and "1 phone number" in en
    assert "13800138000" in talk.turns[-1].asked and "13800138000" not in model.received


def test_why_a_model_did_not_help_is_said(model: llm_server.LlmServer, client: ApiClient) -> None:
    """The steps are quoted all the same; then it is left alone, and nothing is sent."""
    model.behave = llm_server.fails(500)
    talk = Talk(client)
    for _ in range(2):
        talk.ask(ASKED, None)
        assert talk.turns[-1].steps
    first, second = (str(model_note(turn, "zh")) for turn in talk.turns)
    assert "没有帮上：它的服务出错" in first and "发出前去掉了" in first
    assert "什么也没有发出" in second and "发出前" not in second


def test_withheld_steps_are_said(talk: Talk) -> None:
    """Whoever reads knows that something of the SOP is not shown."""
    talk.ask(ASKED, None)
    answer = talk.turns[-1].model_copy(update={"withheld": 2})
    assert "2 步没有引用" in model_note(answer, "zh")
    assert "2 steps are not quoted" in model_note(answer, "en")
