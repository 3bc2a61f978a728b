"""A question answered with a model where one helps, and quoted without it where none does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graph.hidden_text import is_plain
from graph.model.access import Principal
from graph.model.knowledge import Sop
from retrieval.answering.answer import quoted
from retrieval.answering.looking import Earlier, Looked, look, wanted_sections
from retrieval.chat.fallback import UNLISTED
from retrieval.chat.selector import Request, Selected, Selector
from retrieval.chat.sources import MOST_SOURCES, chunks_of
from retrieval.chat.validator import Place
from retrieval.documents import spoken
from retrieval.redaction.redactor import Redactor
from retrieval.results import Answer, AnswerStep, Citation
from retrieval.searching.search import KnowledgeSearch
from retrieval.words.tokens import Lang


@dataclass(frozen=True)
class Guide:
    """A model, what may not reach it, and how an SOP looks before it does.

    `told` folds commands of gated actions: their raw text is not sent either. Without a redactor
    (its list cannot be read) nothing is.
    """

    selector: Selector
    redactor: Redactor | None
    told: Callable[[Sop], Sop]


def converse(
    question: str,
    search: KnowledgeSearch,
    principal: Principal,
    *,
    guide: Guide | None,
    lang: Lang | None = None,
    boosts: Mapping[str, float] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Answer:
    """Answer a question; without support no model is asked. `boosts`, `earlier`: see `look`.

    Raises: InputError if the question is empty.
    """
    *_, last = conversing(
        question, search, principal, guide=guide, lang=lang, boosts=boosts, earlier=earlier
    )
    return last


def conversing(
    question: str,
    search: KnowledgeSearch,
    principal: Principal,
    *,
    guide: Guide | None,
    lang: Lang | None = None,
    boosts: Mapping[str, float] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Iterator[Answer]:
    """Yield the quoted answer at once and, where a model is asked, the one that holds after it.

    Raises: InputError if the question is empty.
    """
    looked = look(question, search, principal, lang=lang, boosts=boosts, earlier=earlier)
    plainly = quoted(looked, search, principal)
    yield plainly
    if guide is None or plainly.refused:
        return
    chosen = _selected(looked, search, principal, guide, [one.question for one in earlier])
    if chosen is not None:
        yield _guided(plainly, chosen, search, principal, looked.lang)


def _guided(
    plainly: Answer,
    chosen: Selected,
    search: KnowledgeSearch,
    principal: Principal,
    lang: Lang,
) -> Answer:
    """Put the steps that a model chose in the place of the quoted ones, where it did."""
    if chosen.places is None:
        return plainly.model_copy(update={"llm": chosen.use})
    read = (_step(place, search, principal, lang) for place in chosen.places)
    steps = tuple(step for step in read if is_plain(step.text))  # also what a fold had covered
    return plainly.model_copy(update={"steps": steps, "llm": chosen.use})


def _selected(
    looked: Looked,
    search: KnowledgeSearch,
    principal: Principal,
    guide: Guide,
    earlier: Sequence[str],
) -> Selected | None:
    """Let the model select; None where nothing may be sent to it."""
    if guide.redactor is None:
        return guide.selector.unsent(UNLISTED)
    near = looked.ranked[:MOST_SOURCES]
    sops = [guide.told(search.sop(principal, found.document.id)) for found in near]
    wanted = wanted_sections(looked.question, sops[0])
    chunks = chunks_of(sops, wanted, looked.lang)
    if not chunks:
        return None
    request = Request(looked.question, tuple(earlier), chunks, looked.lang)
    return guide.selector.select(request, guide.redactor)


def _step(place: Place, search: KnowledgeSearch, principal: Principal, lang: Lang) -> AnswerStep:
    """Read a proven step from the SOP itself: the whole of it, letter by letter."""
    sop = search.sop(principal, place.doc_id)
    section = next(part for part in sop.sections if part.name == place.section)
    step = next(one for one in section.steps if one.number == place.step)
    sentence = spoken(step.text, lang)
    cited = Citation(doc_id=sop.id, section=section.name.value, step=step.number, quote=sentence)
    return AnswerStep(text=sentence, citations=(cited,))
