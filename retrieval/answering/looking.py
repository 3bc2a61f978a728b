"""What a question asks for, and which SOPs speak about it; a follow-up is read in its thread."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph.model.access import Principal
from graph.model.base import Text
from graph.model.knowledge import Sop, SopSectionName
from retrieval.ranking.fusion import Ranked
from retrieval.ranking.support import Support, confidence_of, support_of
from retrieval.redaction.redactor import impersonal
from retrieval.searching.finding import Found, Wish, readable_question
from retrieval.searching.search import KnowledgeSearch
from retrieval.words.tokens import Lang, detect_language, question_tokens, tokenize

_CASES_ASKED: Final = 5
_CANDIDATES: Final = 10
# A question that names a part of an SOP gets that part; otherwise it wants to know what to do.
_ASKED_PARTS: Final[tuple[tuple[re.Pattern[str], SopSectionName], ...]] = (
    (
        re.compile(
            r"回滚|撤销|切回|roll(ing|ed)?(\s+(that|this|it|them))?[ -]?back|\bundo\b", re.I
        ),
        SopSectionName.ROLLBACK,
    ),
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
_WHAT_TO_DO: Final = (SopSectionName.DIAGNOSIS, SopSectionName.REMEDIATION)
# Words that point back, or only lead on; what is left of a follow-up names nothing new.
_BACK: Final = re.compile(
    r"^(?:那么?|然后|接着|接下来|之后|还有|另外|如果还|要是还|它|这个|这一步|这样|上面|刚才|再"
    r"|第[一二三四五六七八九\d]+步)"
    r"|^(?:and|then|so|next|after that|also|but|what about|how about|what if|it|that|this|these"
    r"|those|step \d+)\b",
    re.I,
)
_SAYS_NOTHING: Final = re.compile(
    r"那么?|然后|接着|接下来|之后|还有|另外|如果|要是|还是|它|这个|这一步|这样|上面|刚才|一步|没用"
    r"|不行|没有|以后|做完|好了|恢复"
    r"|\b(?:then|next|after|also|what|how|about|still|step|does|work|done|it|that|this|again|else"
    r"|first|do|i)\b",
    re.I,
)
_MOST_NEW: Final = 6


@dataclass(frozen=True)
class Earlier:
    """A question of the same talk that was answered by SOPs, and which those were."""

    question: str
    sop_ids: tuple[str, ...]


@dataclass(frozen=True)
class Looked:
    """A readable question, the language of its answer, and the SOPs found, best first.

    `search_text` is what was searched: the question without numbers of people, after an earlier
    one where it follows that.
    """

    question: str
    search_text: str
    lang: Lang
    ranked: tuple[Ranked, ...]
    confidence: float
    note: Text | None

    @property
    def support(self) -> Support:
        """Name the support."""
        return support_of(self.confidence)


def look(
    question: str,
    search: KnowledgeSearch,
    principal: Principal,
    *,
    lang: Lang | None = None,
    boosts: Mapping[str, float] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Looked:
    """Find the SOPs for a question; by itself where it stands alone, else in its thread.

    Args:
        boosts: SOP id -> posterior: lifts those of the incident that is asked about.
        earlier: what was asked before, oldest first.

    Raises: InputError if the question is empty.
    """
    readable = readable_question(question)
    told = impersonal(readable) or readable
    alone = _looked(readable, told, search, principal, boosts or {})
    followed = _followed(readable, alone, search, principal, earlier)
    if followed is not None:
        joined = f"{impersonal(readable_question(followed.question))} {told}"
        lifts = dict(boosts or {}) | dict.fromkeys(followed.sop_ids, 1.0)
        after = _looked(readable, joined, search, principal, lifts)
        alone = after if after.support != "none" else alone
    return replace(alone, lang=lang or detect_language(readable))


def wanted_sections(question: str, sop: Sop) -> tuple[SopSectionName, ...]:
    """Name the asked part; a word that the SOP's own title holds asks for nothing special."""
    titles = f"{sop.title.zh} {sop.title.en}"
    asked = tuple(
        name
        for pattern, name in _ASKED_PARTS
        if pattern.search(question) and not pattern.search(titles)
    )
    return asked or _WHAT_TO_DO


def _followed(
    question: str,
    alone: Looked,
    search: KnowledgeSearch,
    principal: Principal,
    earlier: Sequence[Earlier],
) -> Earlier | None:
    """Find the earlier question that this one leans on; None where it names something new."""
    answered = [one for one in earlier if one.sop_ids]
    if not answered:
        return None
    last = answered[-1]
    points_back = bool(_BACK.search(question))
    if alone.support == "strong" and not points_back:
        return None
    if not points_back and not _asks_part(question):
        return None
    told = {token for sop_id in last.sop_ids for token in _tokens_of(search, principal, sop_id)}
    new = set(question_tokens(_without_parts(question)))
    return last if len(new) <= _MOST_NEW and all(token in told for token in new) else None


def _asks_part(question: str) -> bool:
    return any(pattern.search(question) for pattern, _ in _ASKED_PARTS)


def _without_parts(question: str) -> str:
    for pattern, _ in _ASKED_PARTS:
        question = re.sub(f"(?:{pattern.pattern})[a-z]*", " ", question, flags=re.I)
    return _SAYS_NOTHING.sub(" ", question)


def _tokens_of(search: KnowledgeSearch, principal: Principal, sop_id: str) -> set[str]:
    sop = search.sop(principal, sop_id)
    texts = [sop.title, *(step.text for part in sop.sections for step in part.steps)]
    return {token for text in texts for token in (*tokenize(text.zh), *tokenize(text.en))}


def _looked(
    question: str,
    text: str,
    search: KnowledgeSearch,
    principal: Principal,
    boosts: Mapping[str, float],
) -> Looked:
    """Rank the SOPs for a text; one that the question calls by its id comes first."""
    found = _found_sops(text, search, principal, boosts)
    named = search.named_sops(question)
    ranked = sorted(found.ranked, key=lambda one: one.document.id not in named)
    lang = detect_language(text)
    confidence = confidence_of(ranked[0] if ranked else None, lang, text)
    return Looked(question, text, lang, tuple(ranked), confidence, found.note)


def _found_sops(
    question: str, search: KnowledgeSearch, principal: Principal, boosts: Mapping[str, float]
) -> Found:
    """Rank the SOPs; what similar past cases were handled with is lifted, as by a diagnosis."""
    lifts = _case_lifts(question, search, principal) | dict(boosts)
    wish = Wish(limit=_CANDIDATES, kinds=("sop",), boosts=lifts)
    return search.find(principal, question, wish)


def _case_lifts(question: str, search: KnowledgeSearch, principal: Principal) -> dict[str, float]:
    """Lift the SOPs that similar past cases were handled with, by how similar those are."""
    lifts: dict[str, float] = {}
    for found in search.find(principal, question, Wish(_CASES_ASKED, kinds=("case",))).ranked:
        for sop_id in search.linked_sops(found.document.id):
            lifts[sop_id] = max(found.share, lifts.get(sop_id, 0.0))
    return lifts
