"""SOPs, past cases and plain texts as documents in one language, cut into passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from graph.model.access import Principal
from graph.model.base import Text
from graph.model.knowledge import PastCase, Sop, SopSection, SopSectionName
from graph.model.topology import Visibility
from retrieval.words.tokens import Lang

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


class Written(NamedTuple):
    """What is searched of everything of a kind, by id, and of what it was written.

    `made_of`: the things themselves, then what belongs to them, each by their ids.
    """

    made_of: tuple[Mapping[str, object], ...]
    documents: Mapping[str, tuple[Document, ...]]


NOTHING: Final = Written((), {})


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


def handled_with(cases: Iterable[PastCase]) -> dict[str, tuple[PastCase, ...]]:
    """List the past cases that were handled with each SOP, by the SOP's id; in id order."""
    found: dict[str, list[PastCase]] = {}
    for case in sorted(cases, key=lambda case: case.id):
        for sop_id in case.sop_ids:
            found.setdefault(sop_id, []).append(case)
    return {sop_id: tuple(those) for sop_id, those in found.items()}


def write_anew(
    before: Written,
    made_of: Sequence[Mapping[str, object]],
    write: Callable[[str], Iterable[Document]],
) -> tuple[Written, frozenset[str]]:
    """Write what is made of something else than before; and name what was written or is gone.

    `write` is asked for ids of the first of `made_of`. What stays is the very same.
    """
    known = before.made_of or tuple({} for _ in made_of)
    changed = {
        name for new, old in zip(made_of, known, strict=True) for name in _differing(new, old)
    }
    documents = dict(before.documents)
    for name in changed:
        if name in made_of[0]:
            documents[name] = tuple(write(name))
        else:
            documents.pop(name, None)
    return Written(tuple(made_of), documents), frozenset(changed)


def _differing(new: Mapping[str, object], old: Mapping[str, object]) -> Iterator[str]:
    """Yield what is not as it was; most are the very ones, and to compare contents takes long."""
    for name, one in new.items():
        was = old.get(name)
        if was is not one and was != one:
            yield name
    yield from old.keys() - new.keys()


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
