"""Find the past case of a symptom as people say it: `python -m benchmarks.symptoms`.

Sixty sentences of tests/retrieval/symptoms.yaml, Chinese and English, against the pack's cases,
filled up to 380 with sections of a foreign manual in both languages, and with the library's words
for faults of kinds that no case of the pack is about. `hard`: filled with every fault mode that
no case is labelled with; many of those describe what was asked as well as the labelled case does.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import yaml

from benchmarks.machine import provenance
from benchmarks.retrieval import ROOT, SHARED, read_lines
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.knowledge import PastCase
from graph.model.pack import DomainPack
from ingest.packs import load_pack
from retrieval.searching.embedders import DEFAULT, NONE, open_meaning
from retrieval.searching.finding import Wish
from retrieval.searching.search import KnowledgeSearch
from retrieval.words.tokens import Lang

CASES: Final = 380
_SYMPTOMS: Final = ROOT / "tests" / "retrieval" / "symptoms.yaml"
_ANYBODY: Final = Principal(name="anybody")
_TOLD_CHARS: Final = 600


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how often the labelled case is first, and among the first three."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.symptoms", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    report = measure()
    print(json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(report))
    return 0


def measure() -> dict[str, Any]:
    """Ask all sixty, with meaning and by words alone."""
    seeds = ROOT / "seeds"
    pack = load_pack(seeds / "medical_education", library_folder=seeds / "library")
    foreign = [*pack.cases, *_pages(pack.cases[0]), *_modes(pack, same_kind=False)][:CASES]
    hard = [*pack.cases, *_modes(pack, same_kind=True), *_pages(pack.cases[0])][:CASES]
    asked = yaml.safe_load(_SYMPTOMS.read_text(encoding="utf-8"))["symptoms"]
    return {
        "benchmark": "symptoms",
        "cases": [len(foreign), len(hard)],
        "of_the_pack": len(pack.cases),
        "meaning": _asked(pack, foreign, asked, DEFAULT),
        "words": _asked(pack, foreign, asked, NONE),
        "hard": _asked(pack, hard, asked, DEFAULT),
        **provenance(ROOT, 0),
    }


def _asked(
    pack: DomainPack, cases: Sequence[PastCase], asked: Sequence[Mapping[str, str]], embedder: str
) -> dict[str, Any]:
    meaning = open_meaning(embedder)
    modes = {mode.id: mode.name for mode in pack.library.modes}
    search = KnowledgeSearch(pack.sops, cases, modes=modes, meaning=meaning)
    meaning.bring(search.texts)
    labels = {case.id: case.fault_mode_id.rsplit(":", 1)[-1] for case in pack.cases}
    told: dict[str, Any] = {}
    seconds: list[float] = []
    missed = []
    for lang in ("zh", "en"):
        places = []
        for one in asked:
            place, took = _place(search, one[lang], lang, one["mode"], labels)
            places.append(place)
            seconds.append(took)
            if place > 3:
                missed.append(one[lang])
        told[lang] = _shares(places)
    both = [told[lang] for lang in ("zh", "en")]
    told["all"] = {key: round(float(np.mean([one[key] for one in both])), 4) for key in both[0]}
    return {**told, "p95_ms": round(1000 * float(np.percentile(seconds, 95)), 2), "missed": missed}


def _place(
    search: KnowledgeSearch, text: str, lang: Lang, mode: str, modes: Mapping[str, str]
) -> tuple[int, float]:
    """Give the place of the first case that is labelled with the mode, and the CPU seconds."""
    began = time.process_time()
    found = search.find(_ANYBODY, text, Wish(limit=10, lang=lang, kinds=("case",)))
    took = time.process_time() - began
    ids = [one.document.id for one in found.ranked]
    return next((at for at, one in enumerate(ids, 1) if modes.get(one) == mode), 99), took


def _shares(places: Sequence[int]) -> dict[str, float]:
    return {f"hit_{k}": round(float(np.mean([at <= k for at in places])), 4) for k in (1, 3, 10)}


def _modes(pack: DomainPack, *, same_kind: bool) -> Iterator[PastCase]:
    """Tell the faults that no case is labelled with as cases, those of the cases' kinds or not."""
    labelled = {case.fault_mode_id for case in pack.cases}
    kinds = {mode.kind for mode in pack.library.modes if mode.id in labelled}
    for number, mode in enumerate(pack.library.modes):
        if mode.id not in labelled and (same_kind or mode.kind not in kinds):
            told = mode.first_steps or mode.name
            yield _case(pack.cases[0], f"mode-{number}", mode.name, told)


def _pages(model: PastCase) -> Iterator[PastCase]:
    english = {line["id"]: line for line in read_lines(SHARED / "x_tidbop_zh2en" / "corpus.jsonl")}
    for number, line in enumerate(read_lines(SHARED / "x_tidbop_en2zh" / "corpus.jsonl")):
        other = english.get(line["id"])
        if other is not None:
            title = Text(zh=line["title"], en=other["title"])
            text = Text(zh=line["text"][:_TOLD_CHARS], en=other["text"][:_TOLD_CHARS])
            yield _case(model, f"page-{number}", title, text)


def _case(model: PastCase, name: str, title: Text, told: Text) -> PastCase:
    over = {
        "id": f"medical_education:filled-{name}",
        "title": title,
        "symptoms": title,
        "cause": title,
        "fix": told,
        "alertnames": (),
        "sop_ids": (),
        "fault_mode_id": "lib:none.of-the-asked",
    }
    return model.model_copy(update=over)


def table(report: Mapping[str, Any]) -> str:
    """Draw the shares as text."""
    rows = [f"{report['cases'][0]} cases, {report['of_the_pack']} of them of the pack"]
    for name in ("meaning", "words", "hard"):
        one = report[name]
        shares = "  ".join(
            f"{lang} hit@1 {one[lang]['hit_1']:.2f} hit@3 {one[lang]['hit_3']:.2f}"
            for lang in ("zh", "en", "all")
        )
        rows.append(f"{name:8} {shares}  p95 {one['p95_ms']:.1f} ms of one core")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
