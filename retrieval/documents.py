"""SOPs, past cases and plain texts as documents in one language, cut into passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Literal

from graph.model.access import Principal
from graph.model.base import Text
from graph.model.knowledge import PastCase, Sop, SopSection, SopSectionName
from graph.model.topology import Visibility
from retrieval.tokens import Lang

Kind = Literal["sop", "case"]
LANGS: tuple[Lang, ...] = ("zh", "en")
CHUNK_CHARS = 600

HEADINGS = {
    SopSectionName.SYMPTOMS: Text(zh="现象", en="Symptoms"),
    SopSectionName.SCOPE: Text(zh="范围", en="Scope"),
    SopSectionName.DIAGNOSIS: Text(zh="诊断", en="Diagnosis"),
    SopSectionName.REMEDIATION: Text(zh="处置", en="Remediation"),
    SopSectionName.VERIFICATION: Text(zh="验证", en="Verification"),
    SopSectionName.ROLLBACK: Text(zh="回滚", en="Rollback"),
    SopSectionName.ESCALATION: Text(zh="升级", en="Escalation"),
}


@dataclass(frozen=True)
class Passage:
    """A part of a document that is found by itself; `section` is "" for the only one."""

    section: str
    text: str


@dataclass(frozen=True)
class Document:
    """A text in one language; the languages of one SOP or case share their `id`.

    `labels` (alertnames, component ids) are searched with the whole document, never shown.
    """

    id: str
    kind: Kind
    lang: Lang
    title: str
    passages: tuple[Passage, ...]
    labels: str = ""
    site: str | None = None
    visibility: Visibility = Visibility.ALL

    def visible_to(self, principal: Principal) -> bool:
        """Tell whether the principal may read it."""
        return principal.may_see(site=self.site, visibility=self.visibility)


@dataclass(frozen=True)
class WrittenSop:
    """An SOP, the past cases that were handled with it, and what is searched of both."""

    sop: Sop
    cases: tuple[PastCase, ...]
    documents: tuple[Document, ...]


def spoken(text: Text, lang: Lang) -> str:
    """Give the text in one language."""
    return text.zh if lang == "zh" else text.en


def sop_documents(sop: Sop, cases: Iterable[PastCase] = ()) -> Iterator[Document]:
    """Cut an SOP into a passage per section, in each language.

    Its id and alertnames, and how the past cases handled with it were described, are searchable:
    people ask in the words of symptoms. Cases of one site only are left out.
    """
    told = [case for case in cases if case.visibility is Visibility.ALL]
    for lang in LANGS:
        title = spoken(sop.title, lang)
        passages = tuple(_section_passage(section, lang) for section in sop.sections)
        described = (f"{spoken(c.title, lang)} {spoken(c.symptoms, lang)}" for c in told)
        name = sop.id.rsplit(":", 1)[-1]
        labels = "\n".join((name, name, *sop.alertnames, *sop.component_ids, *described))
        yield Document(sop.id, "sop", lang, title, passages, labels, sop.site, sop.visibility)


def write_sops(
    sops: Iterable[Sop], cases: Iterable[PastCase], before: Mapping[str, WrittenSop]
) -> dict[str, WrittenSop]:
    """Cut every SOP, each with the cases that were handled with it, in the order of their ids.

    What is the very SOP of `before`, with the very cases, is not cut again.
    """
    handled: dict[str, list[PastCase]] = {}
    for case in sorted(cases, key=lambda case: case.id):
        for sop_id in case.sop_ids:
            handled.setdefault(sop_id, []).append(case)
    found = {}
    for sop in sops:
        with_it = tuple(handled.get(sop.id, ()))
        known = before.get(sop.id)
        if known is None or known.sop is not sop or not _are_same(known.cases, with_it):
            known = WrittenSop(sop, with_it, tuple(sop_documents(sop, with_it)))
        found[sop.id] = known
    return found


def _are_same(some: Sequence[object], others: Sequence[object]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


def case_documents(case: PastCase, mode: Text | None = None) -> Iterator[Document]:
    """Make one passage of a past case, in each language: what was seen, and what it was.

    `mode` names the fault that it was labelled with: symptoms are told in its words.
    """
    for lang in LANGS:
        told = (case.symptoms, case.cause, case.fix, *((mode,) if mode else ()))
        passage = Passage("", "\n".join(spoken(text, lang) for text in told))
        title = spoken(case.title, lang)
        labels = " ".join((*case.alertnames, case.component_id))
        site, visibility = case.site, case.visibility
        yield Document(case.id, "case", lang, title, (passage,), labels, site, visibility)


def plain_document(doc_id: str, title: str, text: str, lang: Lang) -> Document:
    """Cut a text of a foreign corpus at line ends into passages of about 600 characters."""
    passages = tuple(Passage("", chunk) for chunk in _chunks(text))
    return Document(doc_id, "sop", lang, title, passages or (Passage("", ""),))


def _section_passage(section: SopSection, lang: Lang) -> Passage:
    heading = spoken(HEADINGS[section.name], lang)
    steps = (f"{step.number}. {spoken(step.text, lang)}" for step in section.steps)
    return Passage(section.name.value, "\n".join([heading, *steps]))


def _chunks(text: str) -> Iterator[str]:
    held = ""
    for line in text.splitlines(keepends=True):
        if held and len(held) + len(line) > CHUNK_CHARS:
            yield held
            held = ""
        held += line
        while len(held) > 2 * CHUNK_CHARS:
            yield held[:CHUNK_CHARS]
            held = held[CHUNK_CHARS:]
    if held.strip():
        yield held
