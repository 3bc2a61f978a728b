"""Beside the talk: the incident asked about, the sources of an answer, the passage quoted."""

from __future__ import annotations

from api.schemas.chat import AnswerView, ArmsView, CitationView
from api.schemas.incidents import IncidentView
from graph.model.diagnosis import HypothesisKind
from graph.model.knowledge import Sop, SopSection
from ui.format import Lang, percent
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import pick, say
from ui.widgets import frame
from ui.widgets.answer_card import match_text, place_name
from ui.widgets.frame import wrap
from ui.widgets.knowledge import short_id, with_code


def incident_lines(incident: IncidentView, lang: Lang, *, titled: bool) -> Html:
    """Draw level and, where nothing else names it, title of an incident; then its diagnosis."""
    status = frame.status_word(incident.status, lang, settling=bool(incident.settling))
    cause = status
    if incident.top is not None:
        cause = say(
            lang,
            "chat.about.cause",
            name=_cause_name(incident, lang),
            p=percent(incident.top.posterior),
            status=status if lang == "zh" else status.lower(),
        )
    badge = frame.urgency_badge(incident.urgency)
    title = element("b", pick(incident.title, lang)) if titled else Html("")
    text = div("", title, div("eg-second", cause))
    return wrap(lang, div("eg-subject", badge, text))


def note(text: str, lang: Lang) -> Html:
    """Draw a second line."""
    return wrap(lang, div("eg-second", text))


def sources_card(turn: int, answer: AnswerView, sops: dict[str, Sop | None], lang: Lang) -> Html:
    """Draw the SOPs that an answer quotes, with edition and arms, then the titles beside them."""
    cited = {place.doc_id for told in answer.steps for place in told.citations}
    best = next((near for near in answer.nearest if near.doc_id in cited), None)
    match = match_text(best.score, lang) if best else ""
    heading = div(
        "eg-h", element("b", say(lang, "chat.sources", turn=str(turn))), inline("eg-note", match)
    )
    rows = []
    for near in answer.nearest:
        name = element("b", f"{short_id(near.doc_id).upper()} {pick(near.title, lang)}")
        sop = sops.get(near.doc_id)
        edition = _edition(sop.revision, lang) if sop else ""
        if near.doc_id in cited:
            lines = [div("eg-second", edition), div("eg-second", _arms(answer.arms, lang))]
        else:
            apart = "，" if lang == "zh" else ", "
            score = match_text(near.score, lang)
            lines = [div("eg-second", f"{say(lang, 'chat.near')}{apart}{score}")]
        rows.append(div("eg-source", name, *lines))
    if answer.note is not None:
        rows.append(div("eg-second", pick(answer.note, lang)))
    return wrap(lang, div("eg-card", heading, *rows))


def _edition(revision: str, lang: Lang) -> str:
    """Name an edition: an SOP of a pack has a day, one of a document the number of its version."""
    if revision.isdigit():
        return say(lang, "chat.version", n=revision)
    return say(lang, "chat.revision", day=revision)


def passage_card(sop: Sop, citation: CitationView | None, lang: Lang, spoken: Lang) -> Html:
    """Draw the section that a step was quoted from, that step marked; a bare title shows all."""
    name = f"{short_id(sop.id).upper()} {pick(sop.title, lang)}"
    title = say(lang, "chat.passage", place=place_name(citation, lang) if citation else name)
    sections = [s for s in sop.sections if citation is None or s.name.value == citation.section]
    chosen = citation.step if citation else None
    drawn = [_section(s, chosen, lang, spoken, named=citation is None) for s in sections]
    return wrap(lang, div("eg-card", div("eg-h", element("b", title)), *drawn))


def foot(lang: Lang, *, about: bool, model: str | None = None) -> Html:
    """Say which model chooses steps or that none does, what is noted, and how long it is kept."""
    about_it = ["chat.about.asks", "chat.foot.noted"] if about else []
    used = "chat.foot" if model is None else "chat.model.foot"
    keys = [*about_it[:1], used, *about_it[1:], "chat.foot.kept"]
    lines = ("" if lang == "zh" else " ").join(say(lang, key, model=model or "") for key in keys)
    return wrap(lang, div("eg-foot", inline("", lines)))


def link(key: str, target: str, lang: Lang) -> Html:
    """Link to another page of ours, in the language of this one."""
    href = f"{target}{'&' if '?' in target else '?'}lang={lang}"
    return wrap(lang, div("eg-link-line", element("a", say(lang, key), href=href, target="_self")))


def _cause_name(incident: IncidentView, lang: Lang) -> str:
    top = incident.top
    if top is None or top.kind is HypothesisKind.COMPONENT:
        return pick(top.name, lang) if top else ""
    return say(lang, f"kind.{top.kind.value}")


def _arms(arms: ArmsView, lang: Lang) -> Html:
    """Tick the arms that found it; one that this build lacks is left out."""
    found = {"lexical": arms.lexical, "dense": arms.dense, "graph": arms.graph}
    told = [
        inline("eg-arm", f"{say(lang, f'chat.arm.{name}')} {'✓' if value else '—'}")
        for name, value in found.items()
        if value is not None
    ]
    return element("span", say(lang, "chat.arms"), *told)


def _section(
    section: SopSection, chosen: int | None, lang: Lang, spoken: Lang, *, named: bool
) -> Html:
    steps = [
        div(
            f"eg-passage{' eg-passage-chosen' if one.number == chosen else ''}",
            inline("eg-no", str(one.number)),
            element("span", with_code(pick(one.text, spoken))),
        )
        for one in section.steps
    ]
    name = div("eg-ev-h", say(lang, f"section.{section.name.value}")) if named else Html("")
    return div("", name, *steps, lang="zh-CN" if spoken == "zh" else "en")
