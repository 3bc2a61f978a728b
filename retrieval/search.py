"""Knowledge by search: procedures and past cases, for a question or for a diagnosed cause."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from graph.errors import InputError, NotFoundError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.knowledge import PastCase, Sop, SopSectionName
from retrieval import matching
from retrieval.documents import HEADINGS, Kind, case_documents, sop_documents
from retrieval.glossary import Glossary, load_glossary
from retrieval.index import KnowledgeIndex, Ranked, ask
from retrieval.results import Arms, SearchHit, SearchResults
from retrieval.support import confidence_of, support_of
from retrieval.tokens import Lang, detect_language, normalise

MAX_QUESTION_CHARS = 2000
_REMEMBERED = 256
_KINDS: tuple[Kind, ...] = ("sop", "case")


def readable_question(text: str) -> str:
    """Give the question as it is read: NFKC, no control or bidi characters, at most 2,000 long.

    Raises: InputError if nothing readable is left.
    """
    readable = " ".join(normalise(text[: 2 * MAX_QUESTION_CHARS]).split())[:MAX_QUESTION_CHARS]
    if not readable:
        raise InputError("the question is empty; ask in words, in Chinese or English")
    return readable


class KnowledgeSearch:
    """Everything written down, searchable; the index is built at the first question.

    Immutable: a changed pack gets a new instance. Safe for threads.
    """

    def __init__(
        self, sops: Iterable[Sop], cases: Iterable[PastCase], glossary: Glossary | None = None
    ) -> None:
        """Keep the documents; their order does not matter."""
        self._sops = {sop.id: sop for sop in sops}
        self._cases = {case.id: case for case in cases}
        self._given_glossary = glossary
        self._building = threading.Lock()
        # A storm asks for the same alertnames with every revision of its diagnosis.
        self._words_of: Callable[[Principal, str, Kind], dict[str, float]] = lru_cache(
            maxsize=_REMEMBERED
        )(self._found_words)

    def sop(self, principal: Principal, sop_id: str) -> Sop:
        """Give one SOP.

        Raises: NotFoundError if there is none that the principal may read.
        """
        sop = self._sops.get(sop_id)
        if sop is None or not principal.may_see(site=sop.site, visibility=sop.visibility):
            raise NotFoundError(f"no SOP {sop_id!r}; search for it by its title")
        return sop

    def rank(
        self,
        principal: Principal,
        question: str,
        *,
        lang: Lang,
        kinds: tuple[Kind, ...] = _KINDS,
        limit: int = 10,
        boosts: Mapping[str, float] | None = None,
    ) -> list[Ranked]:
        """Rank documents of these kinds for a readable question, best first, ties by id.

        `boosts`: see `KnowledgeIndex.rank`.
        """
        asked = ask(question, lang, self._glossary)
        found = [
            hit
            for kind in kinds
            for hit in self._index_of(kind).rank(
                asked,
                limit=limit,
                keep=lambda document: document.visible_to(principal),
                boosts=boosts,
            )
        ]
        return sorted(found, key=lambda hit: (-hit.score, hit.document.id))[:limit]

    def search(
        self,
        principal: Principal,
        query: str,
        *,
        lang: Lang | None = None,
        kinds: tuple[Kind, ...] = _KINDS,
        limit: int = 10,
    ) -> SearchResults:
        """Find SOPs and cases for a query in words, best first, ties by id.

        Raises: InputError if the query is empty.
        """
        readable = readable_question(query)
        language = lang or detect_language(readable)
        ranked = self.rank(principal, readable, lang=language, kinds=kinds, limit=max(limit, 1))
        confidence = confidence_of(ranked[0] if ranked else None, language, readable)
        return SearchResults(
            query=readable,
            lang=language,
            support=support_of(confidence),
            confidence=confidence,
            results=tuple(self._hit(found) for found in ranked[:limit]),
        )

    def find_sops(self, principal: Principal, query: str, *, limit: int = 10) -> SearchResults:
        """Find SOPs only."""
        return self.search(principal, query, kinds=("sop",), limit=limit)

    def find_cases(self, principal: Principal, query: str, *, limit: int = 10) -> SearchResults:
        """Find past cases only."""
        return self.search(principal, query, kinds=("case",), limit=limit)

    def named_sops(self, question: str) -> tuple[str, ...]:
        """Name the SOPs that a question calls by id, with or without the pack; in id order."""
        words = set(re.findall(r"[a-z0-9_.:\-]+", question.casefold()))
        return tuple(sorted(i for i in self._sops if words & {i, matching.local(i)}))

    def linked_sops(self, case_id: str) -> tuple[str, ...]:
        """Name the SOPs that a past case was handled with."""
        return self._cases[case_id].sop_ids

    def sops_for(
        self,
        principal: Principal,
        *,
        modes: Sequence[tuple[str, float]],
        alertnames: Sequence[str],
        component_ids: Sequence[str],
        limit: int,
    ) -> tuple[SopMatch, ...]:
        """Find SOPs for fault modes weighted by posterior, best first, ties by id.

        An SOP needs an exact link (fault mode, alertname or component); words only order.
        """
        situation = matching.Situation(
            modes=_posterior_by_mode(modes),
            kinds={matching.kind_of_mode(mode) for mode, _ in modes},
            component_ids=set(component_ids),
            rarity=matching.rarity_of(alertnames, (s.alertnames for s in self._sops.values())),
        )
        words = self._words(principal, situation.rarity, "sop")
        visible = (sop for sop in self._sops.values() if _may_see(principal, sop))
        matches = (_sop_match(sop, situation, words.get(sop.id, 0.0)) for sop in visible)
        found = (match for match in matches if match is not None)
        return tuple(sorted(found, key=lambda match: (-match.score, match.sop_id))[:limit])

    def cases_for(
        self,
        principal: Principal,
        *,
        component_id: str,
        fault_mode_id: str,
        kind: str,
        alertnames: Sequence[str],
        limit: int,
    ) -> tuple[SimilarCase, ...]:
        """Find past cases like this cause, best first, ties by id; failed fixes are kept.

        A case needs the same component, fault mode or kind; alertnames and words only order.
        """
        situation = matching.Situation(
            modes={matching.local(fault_mode_id): 1.0},
            kinds={kind},
            component_ids={component_id},
            rarity=matching.rarity_of(alertnames, (c.alertnames for c in self._cases.values())),
        )
        words = self._words(principal, situation.rarity, "case")
        visible = (case for case in self._cases.values() if _may_see(principal, case))
        matches = (_case_match(case, situation, words.get(case.id, 0.0)) for case in visible)
        found = (match for match in matches if match is not None)
        return tuple(sorted(found, key=lambda match: (-match.score, match.case_id))[:limit])

    def _words(
        self, principal: Principal, alertnames: Iterable[str], kind: Kind
    ) -> dict[str, float]:
        return self._words_of(principal, " ".join(alertnames), kind)

    def _found_words(self, principal: Principal, question: str, kind: Kind) -> dict[str, float]:
        return self._index_of(kind).lexical(
            ask(question, "en", self._glossary),
            limit=50,
            keep=lambda document: document.visible_to(principal),
        )

    def _hit(self, found: Ranked) -> SearchHit:
        document = found.document
        return SearchHit(
            kind=document.kind,
            id=document.id,
            section=found.section,
            title=self.title(document.id),
            score=found.score,
            arms=Arms(lexical=found.lexical, graph=found.graph),
            why=_why(found),
        )

    def title(self, document_id: str) -> Text:
        """Give the title of an SOP or case in both languages."""
        held = self._sops.get(document_id) or self._cases[document_id]
        return held.title

    @cached_property
    def _glossary(self) -> Glossary:
        return self._given_glossary or load_glossary()

    def _index_of(self, kind: Kind) -> KnowledgeIndex:
        with self._building:
            return self._sop_index if kind == "sop" else self._case_index

    @cached_property
    def _sop_index(self) -> KnowledgeIndex:
        handled: dict[str, list[PastCase]] = {}
        for case in sorted(self._cases.values(), key=lambda case: case.id):
            for sop_id in case.sop_ids:
                handled.setdefault(sop_id, []).append(case)
        sops = self._sops.values()
        return KnowledgeIndex(
            document for sop in sops for document in sop_documents(sop, handled.get(sop.id, ()))
        )

    @cached_property
    def _case_index(self) -> KnowledgeIndex:
        cases = self._cases.values()
        return KnowledgeIndex(document for case in cases for document in case_documents(case))


def _may_see(principal: Principal, held: Sop | PastCase) -> bool:
    return principal.may_see(site=held.site, visibility=held.visibility)


def _posterior_by_mode(modes: Sequence[tuple[str, float]]) -> dict[str, float]:
    posteriors: dict[str, float] = {}
    for mode, posterior in modes:
        name = matching.local(mode)
        posteriors[name] = max(posterior, posteriors.get(name, 0.0))
    return posteriors


def _sop_match(sop: Sop, situation: matching.Situation, words: float) -> SopMatch | None:
    reasons = matching.sop_reasons(sop, situation)
    links = {reason.link for reason in reasons}
    if not links & {"mode", "alerts", "component"}:
        return None
    section = SopSectionName.REMEDIATION if "mode" in links else SopSectionName.DIAGNOSIS
    return SopMatch(
        sop_id=sop.id,
        section=section.value,
        score=matching.total(reasons, matching.SOP_SHARES, words),
        why_matched=matching.told(reasons),
    )


def _case_match(case: PastCase, situation: matching.Situation, words: float) -> SimilarCase | None:
    reasons = matching.case_reasons(case, situation)
    if not {reason.link for reason in reasons} & {"mode", "component", "kind"}:
        return None
    return SimilarCase(
        case_id=case.id,
        score=matching.total(reasons, matching.CASE_SHARES, words),
        cause=case.cause,
        fix=case.fix,
        outcome=case.outcome.value,
        minutes_to_repair=case.minutes_to_repair,
    )


def _why(found: Ranked) -> Text:
    share = f"{round(100 * found.coverage)}%"
    headings = {name.value: text for name, text in HEADINGS.items()}
    heading = headings.get(found.section)
    if heading is None:
        return Text(
            zh=f"问题用词的 {share} 在文中出现", en=f"holds {share} of the question's words"
        )
    return Text(
        zh=f"问题用词的 {share} 在文中出现，最近的一节是「{heading.zh}」",
        en=f"holds {share} of the question's words, nearest section: {heading.en}",
    )
