"""Answers that only quote: the steps of the best SOP, each with its place, or a refusal.

A step that hides something or speaks to a language model (`graph.hidden_text`) is not quoted; the
answer counts it as withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.hidden_text import is_plain
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.knowledge import Sop, SopSection, SopStep
from retrieval.answering.looking import Earlier, Looked, look, wanted_sections
from retrieval.documents import spoken
from retrieval.ranking.fusion import Ranked
from retrieval.results import Answer, AnswerStep, Arms, Citation, Nearest
from retrieval.searching.search import KnowledgeSearch
from retrieval.words.tokens import Lang

NEAREST = 3


def answer(
    question: str,
    search: KnowledgeSearch,
    principal: Principal,
    *,
    lang: Lang | None = None,
    boosts: Mapping[str, float] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Answer:
    """Answer from the best SOP that the principal may read, in `lang`, else the question's.

    Every step is a sentence of the SOP, unchanged. Without support there are no steps, only the
    nearest titles. `boosts`, `earlier`: see `look`.

    Raises: InputError if the question is empty.
    """
    looked = look(question, search, principal, lang=lang, boosts=boosts, earlier=earlier)
    return quoted(looked, search, principal)


def quoted(looked: Looked, search: KnowledgeSearch, principal: Principal) -> Answer:
    """Answer from the best of what was found."""
    best = looked.ranked[0] if looked.ranked else None
    answered = best is not None and looked.support != "none"
    places = _places(looked, best, search, principal) if best and answered else ()
    plain = [place for place in places if is_plain(spoken(place[2].text, looked.lang))]
    return Answer(
        question=looked.question,
        lang=looked.lang,
        refused=not answered,
        support=looked.support,
        confidence=looked.confidence,
        steps=tuple(_answer_step(*place, looked.lang) for place in plain),
        nearest=tuple(_nearest(found, looked, search) for found in looked.ranked[:NEAREST]),
        arms=_arms(best),
        note=looked.note,
        withheld=len(places) - len(plain),
    )


_Place = tuple[Sop, SopSection, SopStep]


def _places(
    looked: Looked, best: Ranked, search: KnowledgeSearch, principal: Principal
) -> Sequence[_Place]:
    sop = search.sop(principal, best.document.id)
    wanted = wanted_sections(looked.question, sop)
    by_name = {section.name: section for section in sop.sections}
    sections = [by_name[name] for name in wanted if name in by_name]
    return [(sop, section, step) for section in sections for step in section.steps]


def _answer_step(sop: Sop, section: SopSection, step: SopStep, lang: Lang) -> AnswerStep:
    sentence = spoken(step.text, lang)
    place = Citation(doc_id=sop.id, section=section.name.value, step=step.number, quote=sentence)
    return AnswerStep(text=sentence, citations=(place,))


def _nearest(found: Ranked, looked: Looked, search: KnowledgeSearch) -> Nearest:
    """Tell a title with how far it is trusted: the confidence, less as the arms put it lower.

    The arms' own score only orders: the best of a poor lot would look like a whole match.
    """
    doc_id, best = found.document.id, max(one.score for one in looked.ranked)
    score = round(looked.confidence * found.score / best, 4) if best else 0.0
    return Nearest(doc_id=doc_id, title=_plain_title(doc_id, search), score=score)


def _plain_title(doc_id: str, search: KnowledgeSearch) -> Text:
    """Give a title, or the id where the title would hide something or command a model."""
    title = search.title(doc_id)
    return title if is_plain(title.zh) and is_plain(title.en) else Text(zh=doc_id, en=doc_id)


def _arms(best: Ranked | None) -> Arms:
    if best is None:
        return Arms(lexical=0.0)
    return Arms(lexical=best.lexical, dense=best.dense, graph=best.graph)
