"""Knowledge by search: procedures and past cases, for a question or for a diagnosed cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.knowledge import CaseOutcome, PastCase, Sop
from graph.model.pack import may_see_case
from retrieval.documents import Document, Kind, spoken
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.layers import words_of_layers
from retrieval.index.passages import Passages
from retrieval.question import ask
from retrieval.ranking import matching
from retrieval.ranking.fusion import Boosts, Ranked, Strongest
from retrieval.ranking.whys import why
from retrieval.results import Arms, SearchHit, SearchResults
from retrieval.searching.finding import KINDS, Found, Wish, find, readable_question, words_of
from retrieval.searching.library_index import LibraryIndex
from retrieval.searching.meaning import Meaning
from retrieval.searching.store_arms import ArmsOfStore
from retrieval.searching.surroundings import Lifts, Surroundings
from retrieval.words.glossary import Glossary, load_glossary
from retrieval.words.tokens import Lang, question_tokens, tokenize

_REMEMBERED = 256
# Shares of `fusion.GRAPH_BOOST`. Source: assumed, small beside what the arms find.
_NEWEST = 0.1
_WORKED = {CaseOutcome.WORKED: 0.15, CaseOutcome.PARTLY: 0.075, CaseOutcome.FAILED: 0.0}


class KnowledgeSearch:
    """Everything written down, searchable; the index is built at the first question.

    Immutable: a changed pack gets a new instance. Safe for threads.
    """

    def __init__(
        self,
        sops: Iterable[Sop],
        cases: Iterable[PastCase],
        *,
        modes: Mapping[str, Text] | None = None,
        glossary: Glossary | None = None,
        meaning: Meaning | None = None,
        arms: ArmsOfStore | None = None,
        surroundings: Surroundings | None = None,
        shown: Mapping[str, PastCase] | None = None,
        after: KnowledgeSearch | None = None,
    ) -> None:
        """Keep the documents; their order does not matter. Without `meaning` words find alone.

        `modes` names fault modes by id: people look for a past case by what it was. `arms` of a
        store serve questions of people; a diagnosis is answered here on every store.
        `surroundings`: the graph, for questions that name a component. `shown`: cases by id as
        they are told, where their commands stay folded; they are found by all of their words.
        `after`: a search before, whose index serves where little has changed since.
        """
        self._sops = {sop.id: sop for sop in sops}
        self._cases = {case.id: case for case in cases}
        self._shown = dict(shown or {})
        self._modes = dict(modes or {})
        self._given_glossary = glossary
        self._meaning = meaning or Meaning(None)
        self._arms = arms
        self.surroundings = surroundings or Surroundings(())
        earlier = after.library if after is not None else None
        self.library: LibraryIndex = LibraryIndex(
            self._sops, self._cases, self._modes, after=earlier
        )
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

    def find(self, principal: Principal, question: str, wish: Wish) -> Found:
        """Find documents for a readable question, best first, ties by id.

        Of cases that fit alike, newer ones and those whose fix worked come first. What is linked
        to a component that the question names, or to its neighbours, is lifted.
        """
        around = self.surroundings.around(principal, question)
        lifting: list[Boosts] = [wish.boosts] if wish.boosts else []
        lifting += [self._preferences] if "case" in wish.kinds else []
        lifting += [Lifts(around, self._sops, self._cases)] if around else []
        return find(
            question,
            [index for kind in wish.kinds for index in self.library.layers(kind)],
            wish=replace(
                wish, boosts=Strongest(*lifting), known=around.tokens if around else frozenset()
            ),
            keep=lambda document: self._shows(principal, document),
            glossary=self._glossary,
            meaning=self._meaning,
            arms=self._arms,
        )

    def search(
        self,
        principal: Principal,
        query: str,
        *,
        lang: Lang | None = None,
        kinds: tuple[Kind, ...] = KINDS,
        limit: int = 10,
    ) -> SearchResults:
        """Find SOPs and cases for a query in words, best first, ties by id.

        Raises: InputError if the query is empty.
        """
        found = self.find(principal, readable_question(query), Wish(limit, lang, kinds))
        return SearchResults(
            query=found.text,
            lang=found.lang,
            support=found.support,
            confidence=found.confidence,
            results=tuple(self._hit(one, found.text) for one in found.ranked),
            note=found.note,
        )

    @property
    def texts(self) -> Passages:
        """Give what a model of meaning encodes of all that is searched."""
        return Passages(shelf for index in self.indexes for shelf in index.shelves)

    @property
    def indexes(self) -> tuple[KnowledgeIndex, ...]:
        """Give what is searched, of each kind one index, or one and what changed since."""
        return tuple(index for kind in KINDS for index in self.library.layers(kind))

    def find_sops(self, principal: Principal, query: str, *, limit: int = 10) -> SearchResults:
        """Find SOPs only."""
        return self.search(principal, query, kinds=("sop",), limit=limit)

    def find_cases(self, principal: Principal, query: str, *, limit: int = 10) -> SearchResults:
        """Find past cases only."""
        return self.search(principal, query, kinds=("case",), limit=limit)

    def named_sops(self, question: str) -> tuple[str, ...]:
        """Name the SOPs that a question calls by id, with or without the pack; in id order."""
        words = words_of(question)
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
            modes=matching.posterior_by_mode(modes),
            kinds={matching.kind_of_mode(mode) for mode, _ in modes},
            component_ids=set(component_ids),
            rarity=matching.rarity_of(alertnames, (s.alertnames for s in self._sops.values())),
        )
        words = self._words(principal, situation.rarity, "sop")
        visible = (sop for sop in self._sops.values() if _may_see(principal, sop))
        matches = (matching.sop_match(sop, situation, words.get(sop.id, 0.0)) for sop in visible)
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
        """Find past cases like this cause, best first, failed fixes kept.

        Of equal ones the newest comes first, then by id.

        A case needs the same component, fault mode or kind; alertnames and words only order.
        """
        situation = matching.Situation(
            modes={matching.local(fault_mode_id): 1.0},
            kinds={kind},
            component_ids={component_id},
            rarity=matching.rarity_of(alertnames, (c.alertnames for c in self._cases.values())),
        )
        words = self._words(principal, situation.rarity, "case")
        visible = (case for case in self._cases.values() if self._shows_case(principal, case))
        matches = (
            matching.case_match(self._told(case), situation, words.get(case.id, 0.0))
            for case in visible
        )
        found = (match for match in matches if match is not None)
        return tuple(sorted(found, key=lambda one: (-one.score, *self._age(one.case_id)))[:limit])

    def _age(self, case_id: str) -> tuple[float, str]:
        return -self._cases[case_id].opened_at.timestamp(), case_id

    def _words(
        self, principal: Principal, alertnames: Iterable[str], kind: Kind
    ) -> dict[str, float]:
        return self._words_of(principal, " ".join(alertnames), kind)

    def _found_words(self, principal: Principal, question: str, kind: Kind) -> dict[str, float]:
        asked = ask(question, "en", self._glossary)
        return words_of_layers(
            self.library.layers_for_diagnosis(kind),
            asked,
            keep=lambda document: self._shows(principal, document),
        )

    def _shows(self, principal: Principal, document: Document) -> bool:
        case = self._cases.get(document.id) if document.kind == "case" else None
        if case is not None:
            return self._shows_case(principal, case)
        return document.visible_to(principal)

    def _shows_case(self, principal: Principal, case: PastCase) -> bool:
        return may_see_case(principal, case, self.surroundings.component(case.component_id))

    def _hit(self, found: Ranked, question: str) -> SearchHit:
        document = found.document
        return SearchHit(
            kind=document.kind,
            id=document.id,
            section=found.section,
            step=self._step(found, question),
            title=self.title(document.id),
            score=found.score,
            arms=Arms(lexical=found.lexical, dense=found.dense, graph=found.graph),
            why=why(found),
        )

    def _step(self, found: Ranked, question: str) -> int | None:
        """Name the step of the found section that holds most of the question's words."""
        sop = self._sops.get(found.document.id)
        sections = sop.sections if sop else ()
        steps = next((one.steps for one in sections if one.name.value == found.section), ())
        asked = set(question_tokens(question))
        held = [
            len(asked & set(tokenize(spoken(step.text, found.document.lang)))) for step in steps
        ]
        return steps[held.index(max(held))].number if steps else None

    def title(self, document_id: str) -> Text:
        """Give the title of an SOP or case in both languages."""
        sop = self._sops.get(document_id)
        return sop.title if sop else self._told(self._cases[document_id]).title

    def _told(self, case: PastCase) -> PastCase:
        return self._shown.get(case.id, case)

    @cached_property
    def _preferences(self) -> dict[str, float]:
        """Weigh past cases as a diagnosis of small posterior would: a twentieth of the best."""
        ages = sorted({case.opened_at for case in self._cases.values()})
        places = {age: place for place, age in enumerate(ages)}
        return {
            case.id: _WORKED[case.outcome] + _NEWEST * (places[case.opened_at] + 1) / len(ages)
            for case in self._cases.values()
        }

    @cached_property
    def _glossary(self) -> Glossary:
        return self._given_glossary or load_glossary()


def _may_see(principal: Principal, held: Sop) -> bool:
    return principal.may_see(site=held.site, visibility=held.visibility)
