"""A question and its answer: quotes with their places, or a refusal with what came nearest."""

from __future__ import annotations

from urllib.parse import quote

from api.schemas.chat import (
    AnswerStepView,
    AnswerView,
    CallView,
    CitationView,
    GatedView,
    NearestView,
)
from api.schemas.incidents import IncidentView
from graph.bare_commands import bare_commands
from graph.words import FOLDED
from ui.format import Lang
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import listed, pick, say
from ui.widgets.frame import wrap
from ui.widgets.knowledge import pieces, short_id, with_code

# Of the evidence of a sentence so many ids are shown, each so far.
_SHOWN_IDS = 2
_ID_CHARS = 24
_DOTS = {"strong": "conclusive", "possible": "likely", "none": "inconclusive"}


def question(text: str, lang: Lang) -> Html:
    """Draw what was asked, at the right."""
    return wrap(lang, div("eg-asked", div("eg-bubble", text)))


def heading(answer: AnswerView, lang: Lang) -> Html:
    """Say how well the best SOP matches, by the circle and the word, and that nothing is ours."""
    if answer.about == "diagnosis":
        word, note = say(lang, "chat.diagnosis"), say(lang, "chat.diagnosis.note")
        return wrap(lang, div("eg-answer-h", element("b", word), inline("eg-second", note)))
    dot = element("span", cls=f"eg-dot eg-dot-{_DOTS[answer.support]}", aria_hidden="true")
    word = element("b", say(lang, f"chat.{answer.support}"))
    if answer.refused:
        why = "chat.refused" if answer.nearest else "chat.refused.bare"
        return wrap(lang, div("eg-answer-h", dot, word), div("eg-second", say(lang, why)))
    note = "chat.quoted" if answer.support == "strong" else "chat.quoted.possible"
    return wrap(lang, div("eg-answer-h", dot, word, inline("eg-second", say(lang, note))))


def step(number: int, told: AnswerStepView, spoken: Lang) -> Html:
    """Draw one quoted step in the language of the answer; its place stands beside it."""
    text = element("span", with_code(told.text))
    return wrap(spoken, div("eg-quote", inline("eg-no", str(number)), text))


def gated(views: tuple[GatedView, ...], lang: Lang) -> Html:
    """Say which actions the folded commands of a step belong to, and who must agree."""
    lines = []
    for view in views:
        key = "gated.uncovered" if view.action_id is None else "gated.title"
        title = say(lang, key, name=pick(view.name, lang))
        lines.append(div("", element("b", title)))
        lines.append(div("eg-second", _demand(view, lang)))
    return wrap(lang, *lines)


def request_link(views: tuple[GatedView, ...], incident_id: str | None, lang: Lang) -> Html:
    """Link to the request of the proposed action; without one, or an incident, say what to do."""
    if not any(view.action_id for view in views):
        return wrap(lang, div("eg-second", say(lang, "gated.none")))
    if incident_id is None:
        return wrap(lang, div("eg-second", say(lang, "gated.alone")))
    asked = next((v.action_id for v in views if v.proposed), None)
    key = "gated.elsewhere" if asked is None else "gated.request"
    target = f"/diagnosis?incident={incident_id}&lang={lang}"
    if asked is not None:
        target += f"&ask={quote(asked)}"
    return wrap(lang, element("a", say(lang, key), href=target, target="_self", cls="eg-press"))


def revealed(text: str, folded: str) -> tuple[str, ...]:
    """List the commands of a step that its folded text does not show, in reading order.

    The whole step where they cannot all be told from their sentence: none may be lost.
    """
    found: list[str] = []
    for piece in pieces(text):
        bare = () if piece.marked else bare_commands(piece.text)
        found += [piece.text] if piece.marked else (piece.text[a:b] for a, b in bare)
    hidden = tuple(command for command in found if command not in folded)
    marks = folded.count(FOLDED.zh) + folded.count(FOLDED.en)
    return hidden if len(hidden) == marks else (text,)


def _demand(view: GatedView, lang: Lang) -> str:
    roles = listed([say(lang, f"role.{role.value}") for role in view.required_roles], lang)
    need = say(lang, "gated.need", roles=roles, n=str(len(view.required_roles)))
    rules = listed([pick(rule, lang) for rule in view.rules], lang)
    why = say(lang, "gated.why", rules=rules) if rules else ""
    settled = view.proposed or view.action_id is None  # what no action stands for needs everybody
    return f"{need}{why}{say(lang, 'gated.end' if settled else 'gated.more')}"


def place_name(citation: CitationView, lang: Lang) -> str:
    """Name a cited place: the SOP, its section and the number of the step."""
    section = say(lang, f"section.{citation.section}")
    return f"{short_id(citation.doc_id).upper()} {section} {citation.step}"


def diagnosis_link(answer: AnswerView, told: AnswerStepView, lang: Lang) -> Html:
    """Link a sentence to the diagnosis that it was taken from, and name its evidence."""
    revision = say(lang, "chat.diagnosis.place", n=str(told.citations[0].step))
    target = f"/diagnosis?incident={answer.incident_id}&lang={lang}"
    lines = [element("a", revision, href=target, target="_self", cls="eg-press")]
    if told.evidence_ids:
        ids = listed([short_id(i)[:_ID_CHARS] for i in told.evidence_ids[:_SHOWN_IDS]], lang)
        key = "chat.diagnosis.evidence"
        if len(told.evidence_ids) > _SHOWN_IDS:
            key = "chat.diagnosis.evidence.more"
        count = str(len(told.evidence_ids))
        lines.append(div("eg-small", say(lang, key, ids=ids, n=count)))
    return wrap(lang, *lines)


def near_name(near: NearestView, lang: Lang) -> str:
    """Name an SOP by its id and title."""
    return f"{short_id(near.doc_id).upper()} {pick(near.title, lang)}"


def match_text(score: float, lang: Lang) -> str:
    """Write how near a title came, as a share of a whole match; more than whole is whole.

    Links of diagnosis and past cases may lift a score above 1, which only orders.
    """
    return say(lang, "chat.match", score=f"{min(score, 1.0):.2f}")


def match_note(score: float, lang: Lang) -> Html:
    """Write how near a title came: a match, never a probability."""
    return wrap(lang, inline("eg-note", match_text(score, lang)))


def whom_to_call(incident: IncidentView | None, calls: tuple[CallView, ...], lang: Lang) -> Html:
    """Say who owns the incident that was asked about, and whom its components name.

    Nothing where nobody is known.
    """
    told = [_call(one, lang) for one in calls]
    if incident is not None and incident.owner is not None:
        told.insert(0, say(lang, "chat.call.owner", name=incident.owner))
    if not told:
        return Html("")
    lines = (div("", element("b", one)) for one in told)
    return wrap(lang, div("eg-call", say(lang, "chat.call"), *lines))


def _call(one: CallView, lang: Lang) -> str:
    role = say(lang, f"chat.call.{one.role}.of")
    return say(lang, "chat.call.of", name=pick(one.name, lang), role=role, who=one.who)
