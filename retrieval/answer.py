"""Answers that only quote: the steps of the best SOP, each with its place, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graph.model.access import Principal
from graph.model.knowledge import Sop, SopSection, SopSectionName, SopStep
from retrieval.documents import spoken
from retrieval.index import Ranked
from retrieval.results import Answer, AnswerStep, Arms, Citation, Nearest
from retrieval.search import KnowledgeSearch, readable_question
from retrieval.support import confidence_of, support_of
from retrieval.tokens import Lang, detect_language

NEAREST = 3
_CASES_ASKED = 5
_CANDIDATES = 10

# A question that names a part of an SOP gets that part; otherwise it wants to know what to do.
_ASKED_PARTS: tuple[tuple[re.Pattern[str], SopSectionName], ...] = (
    (re.compile(r"回滚|撤销|切回|roll(ing)?[ -]?back|\bundo\b", re.I), SopSectionName.ROLLBACK),
    (
        re.compile(r"升级给|找谁|通知谁|联系谁|escalat|who (do|to|should)", re.I),
        SopSectionName.ESCALATION,
    ),
    (re.compile(r"验证|确认.*(好了|恢复)|verif|is (it )?fixed", re.I), SopSectionName.VERIFICATION),
    (re.compile(r"什么(现象|症状)|有何症状|symptom", re.I), SopSectionName.SYMPTOMS),
    (
        re.compile(r"影响(谁|范围|哪些)|who is affected|impact|blast radius", re.I),
        SopSectionName.SCOPE,
    ),
)
_WHAT_TO_DO = (SopSectionName.DIAGNOSIS, SopSectionName.REMEDIATION)


def answer(
    question: str,
    search: KnowledgeSearch,
    principal: Principal,
    *,
    lang: Lang | None = None,
    boosts: Mapping[str, float] | None = None,
) -> Answer:
    """Answer from the best SOP that the principal may read, in `lang`, else the question's.

    Every step is a sentence of the SOP, unchanged. Without support there are no steps, only the
    nearest titles. `boosts` (SOP id -> posterior) lift SOPs of the incident that is asked about.

    Raises: InputError if the question is empty.
    """
    readable = readable_question(question)
    asked = detect_language(readable)
    language = lang or asked
    ranked = _ranked_sops(readable, search, principal, asked, boosts or {})
    best = ranked[0] if ranked else None
    confidence = confidence_of(best, asked, readable)
    support = support_of(confidence)
    steps = () if best is None or support == "none" else _steps(readable, best, search, principal)
    return Answer(
        question=readable,
        lang=language,
        refused=support == "none",
        support=support,
        confidence=confidence,
        steps=tuple(_answer_step(*step, language) for step in steps),
        nearest=tuple(_nearest(found, search) for found in ranked[:NEAREST]),
        arms=_arms(best),
    )


def _ranked_sops(
    question: str,
    search: KnowledgeSearch,
    principal: Principal,
    lang: Lang,
    boosts: Mapping[str, float],
) -> list[Ranked]:
    """Rank the SOPs; one that the question calls by its id comes first."""
    lifts = _case_lifts(question, search, principal, lang) | dict(boosts)
    ranked = search.rank(
        principal, question, lang=lang, kinds=("sop",), limit=_CANDIDATES, boosts=lifts
    )
    named = search.named_sops(question)
    return sorted(ranked, key=lambda found: found.document.id not in named)


def _case_lifts(
    question: str, search: KnowledgeSearch, principal: Principal, lang: Lang
) -> dict[str, float]:
    """Lift the SOPs that similar past cases were handled with, by how similar those are."""
    lifts: dict[str, float] = {}
    for found in search.rank(principal, question, lang=lang, kinds=("case",), limit=_CASES_ASKED):
        for sop_id in search.linked_sops(found.document.id):
            lifts[sop_id] = max(found.lexical, lifts.get(sop_id, 0.0))
    return lifts


_Place = tuple[Sop, SopSection, SopStep]


def _steps(
    question: str, best: Ranked, search: KnowledgeSearch, principal: Principal
) -> Sequence[_Place]:
    sop = search.sop(principal, best.document.id)
    wanted = _wanted_sections(question, sop)
    by_name = {section.name: section for section in sop.sections}
    sections = [by_name[name] for name in wanted if name in by_name]
    return [(sop, section, step) for section in sections for step in section.steps]


def _wanted_sections(question: str, sop: Sop) -> tuple[SopSectionName, ...]:
    """Name the asked part; a word that the SOP's own title holds asks for nothing special."""
    titles = f"{sop.title.zh} {sop.title.en}"
    asked = tuple(
        name
        for pattern, name in _ASKED_PARTS
        if pattern.search(question) and not pattern.search(titles)
    )
    return asked or _WHAT_TO_DO


def _answer_step(sop: Sop, section: SopSection, step: SopStep, lang: Lang) -> AnswerStep:
    sentence = spoken(step.text, lang)
    place = Citation(doc_id=sop.id, section=section.name.value, step=step.number, quote=sentence)
    return AnswerStep(text=sentence, citations=(place,))


def _nearest(found: Ranked, search: KnowledgeSearch) -> Nearest:
    doc_id = found.document.id
    return Nearest(doc_id=doc_id, title=search.title(doc_id), score=found.score)


def _arms(best: Ranked | None) -> Arms:
    return Arms(lexical=best.lexical, graph=best.graph) if best else Arms(lexical=0.0)
