"""Fit when an answer is supported: `python -m benchmarks.support`; constants and how they carry.

For each of English, Chinese and across languages: a penalised logistic curve over what
`retrieval.ranking.support` looks at, with meaning and without. Sets weigh the same, in-scope
questions as much as those out of scope. Every figure of a set is of a curve that was fitted
without its corpus.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.machine import provenance
from benchmarks.retrieval import ROOT, SHARED, read_lines, read_queries
from ingest.packs import load_pack
from retrieval.documents import LANGS, sop_documents
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.ranking.support import CURVES, Curve, facts_of
from retrieval.searching.corpus import CorpusDocument, CorpusSearch
from retrieval.searching.embedders import DEFAULT, open_meaning
from retrieval.searching.finding import Found, Wish, find
from retrieval.words.glossary import load_glossary
from retrieval.words.tokens import Lang, detect_language

QUESTIONS: Final = ROOT / "tests" / "retrieval" / "questions.yaml"
_FACTS: Final = len(Curve._fields) - 1
PENALTY: Final = 1.0  # on the squared weights of facts that have deviation 1
_SHARE: Final = 300.0  # what all questions of a set weigh, so that the penalty is the same for all
_STEPS: Final = 50
_NAMED: Final = Curve._fields.index("named") - 1  # its place among the facts
# In the sets a name that no document mentions all but proves a foreign question; people also name
# places, days and colleagues. So it counts for at most a factor of 55 in the odds. Source: assumed;
# without the bound every AUROC of docs/retrieval.md is the same within .003.
NAMED_MOST: Final = 4.0
# What the issue asks for on a corpus not fitted to; printed beside the figure, never asserted.
GOALS: Final = {
    "auroc": {"en": 0.95, "zh": 0.92, "across": 0.95},
    "auroc_near": 0.70,
    "refused_at_95_answered": {"en": 0.75, "zh": 0.65, "across": 0.75},
}

Matrix = NDArray[np.float64]
Ask = Callable[[str], Found]


@dataclass(frozen=True)
class Set:
    """Questions to one corpus: answered there, of other systems, and of near ones."""

    corpus: str
    name: str
    inside: Matrix
    outside: Matrix
    near: Matrix


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the curves and how each carries to the corpus that it was not fitted on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.support", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    if not (SHARED / "k8s_en" / "corpus.jsonl").is_file():
        print(f"{SHARED}: the four sets are not there", file=sys.stderr)
        return 2
    told = measure()
    print(json.dumps(told, ensure_ascii=False, indent=1) if given.json else table(told))
    return 0


def measure() -> dict[str, Any]:
    """Fit the curves, and judge each on the corpus that it was not fitted on."""
    return {
        "benchmark": "support",
        "kinds": [_fitted(kind, list(sets)) for kind, sets in _sets().items()],
        "goals": GOALS,
        **provenance(ROOT, 0),
    }


def table(told: Mapping[str, Any]) -> str:
    """Draw the curves and how each carries, as text."""
    return "\n".join(_lines(told["kinds"]))


def _sets() -> dict[str, Iterator[Set]]:
    k8s, tidb = read_texts("k8s_en/queries"), read_texts("tidb_zh/queries")
    english, chinese = read_texts("x_tidbop_en2zh/queries"), read_texts("x_tidbop_zh2en/queries")
    no_k8s, apisix = read_texts("k8s_en/queries_oos"), read_texts("tidb_zh/queries_oos")
    pages = read_texts("k8s_en/queries_nopage")
    of_k8s, of_tidb = _corpus("k8s_en"), _corpus("tidb_zh")
    zh, en = _corpus("x_tidbop_en2zh"), _corpus("x_tidbop_zh2en")
    return {
        "en": iter(
            [
                _set("k8s", of_k8s, k8s, no_k8s, pages),
                _set("tidb-operator", en, english, no_k8s, k8s),
                _pack_set("en", None, [*k8s, *english]),
            ]
        ),
        "zh": iter(
            [
                _set("tidb", of_tidb, tidb, apisix, chinese),
                _set("tidb-operator", zh, chinese, apisix, tidb),
                _pack_set("zh", None, [*tidb, *chinese]),
            ]
        ),
        "across": iter(
            [
                _set("tidb-operator", zh, english, no_k8s, k8s),
                _set("tidb-operator", en, chinese, apisix, tidb),
                _pack_set("en", "zh", [*k8s, *english]),
                _pack_set("zh", "en", [*tidb, *chinese]),
            ]
        ),
    }


def read_texts(name: str) -> list[str]:
    """Read the texts of a shared file of questions; those without a judgement are left out."""
    folder, _, file = name.partition("/")
    if file == "queries":
        return [query.text for query in read_queries(SHARED / folder)]
    return [line["text"] for line in read_lines(SHARED / folder / f"{file}.jsonl")]


def _corpus(name: str) -> Ask:
    meaning = open_meaning(DEFAULT)
    lines = read_lines(SHARED / name / "corpus.jsonl")
    search = CorpusSearch([CorpusDocument.model_validate(line) for line in lines], meaning=meaning)
    meaning.bring(search.texts)
    return search.find


def _pack_set(asked: Lang, written: Lang | None, near: Sequence[str]) -> Set:
    """Ask the SOPs of the pack, or only their texts in one language, what was written for them."""
    told = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))["calibration"]
    inside = [one["question"] if isinstance(one, dict) else one for one in told[asked]]
    refused = [text for text in told["refused"] if detect_language(text) == asked]
    ask = _pack(LANGS if written is None else (written,))
    return _set("pack", ask, inside, refused, near, name=f"pack {asked}->{written or asked}")


def _pack(langs: Sequence[Lang]) -> Ask:
    seeds = ROOT / "seeds"
    pack = load_pack(seeds / "medical_education", library_folder=seeds / "library")
    documents = (one for sop in pack.sops for one in sop_documents(sop))
    index = KnowledgeIndex(one for one in documents if one.lang in langs)
    meaning, glossary = open_meaning(DEFAULT), load_glossary()
    meaning.bring(index.texts)
    return lambda text: find(
        text,
        [index],
        wish=Wish(kinds=("sop",)),
        keep=lambda document: True,
        glossary=glossary,
        meaning=meaning,
    )


def _set(
    corpus: str,
    ask: Ask,
    inside: Sequence[str],
    outside: Sequence[str],
    near: Sequence[str],
    *,
    name: str | None = None,
) -> Set:
    facts = [_facts(ask, texts) for texts in (inside, outside, near)]
    return Set(corpus, name or corpus, *facts)


def _facts(ask: Ask, texts: Sequence[str]) -> Matrix:
    rows = []
    for text in texts:
        found = ask(text)
        rows.append(facts_of(found.ranked[0]) if found.ranked else (0.0,) * _FACTS)
    return np.array(rows, dtype=np.float64)


def _fitted(kind: str, sets: Sequence[Set]) -> dict[str, Any]:
    curves = {}
    for name, facts in (("meaning", _FACTS), ("words", _FACTS - 1)):
        carried = []
        for one in sets:
            others = [other for other in sets if other.corpus != one.corpus]
            carried.append(_carried(one, _fit(others, facts), facts))
        curves[name] = {
            "curve": [round(float(value), 2) for value in _fit(sets, facts)],
            "in_use": list(CURVES[kind][name == "meaning"]),
            "left_out": carried,
        }
    return {"kind": kind, **curves}


def _fit(sets: Sequence[Set], facts: int) -> Matrix:
    """Fit intercept and weights; `named` weighs at most `NAMED_MOST`."""
    curve = _fit_rising(sets, list(range(facts)), np.zeros(facts))
    if curve[_NAMED + 1] <= NAMED_MOST:
        return curve
    given = np.zeros(facts)
    given[_NAMED] = NAMED_MOST
    return _fit_rising(sets, [fact for fact in range(facts) if fact != _NAMED], given)


def _fit_rising(sets: Sequence[Set], kept: list[int], given: Matrix) -> Matrix:
    """Fit beside the given weights; a fact that would speak against an answer is left out.

    More of a fact never lowers the confidence, or a longer match could lead to a refusal.
    """
    while True:
        curve = _newton(sets, kept, given)
        against = [fact for fact, weight in zip(kept, curve[1:], strict=True) if weight < 0.0]
        if not against:
            break
        kept = [fact for fact in kept if fact not in against]
    whole = np.concatenate([[0.0], given])
    whole[[0, *(fact + 1 for fact in kept)]] = curve
    return whole


def _newton(sets: Sequence[Set], kept: Sequence[int], given: Matrix) -> Matrix:
    """Fit by Newton's steps; the penalty spares the intercept."""
    parts = [(part, label) for one in sets for part, label in ((one.inside, 1), (one.outside, 0))]
    rows = np.vstack([part[:, list(kept)] for part, _ in parts])
    truth = np.concatenate([np.full(len(part), float(label)) for part, label in parts])
    shares = np.concatenate([np.full(len(part), _SHARE / len(part)) for part, _ in parts])
    told_already = np.concatenate([part[:, : len(given)] @ given for part, _ in parts])
    usual = float(told_already.mean())  # taken out, or the first step goes too far
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    scaled = np.column_stack([np.ones(len(rows)), (rows - mean) / spread])
    penalty = PENALTY * np.diag([0.0] + [1.0] * len(kept))
    weights = np.zeros(len(kept) + 1)
    for _ in range(_STEPS):
        told = 1.0 / (1.0 + np.exp(-scaled @ weights - (told_already - usual)))
        slope = scaled.T @ (shares * (truth - told)) - penalty @ weights
        bend = (scaled * (shares * told * (1.0 - told))[:, None]).T @ scaled + penalty
        weights = weights + np.linalg.solve(bend, slope)
    plain = weights[1:] / spread
    return np.array([weights[0] - float(plain @ mean) - usual, *plain])


def _carried(one: Set, curve: Matrix, facts: int) -> dict[str, Any]:
    inside, outside, near = (
        curve[0] + part[:, :facts] @ curve[1:] for part in (one.inside, one.outside, one.near)
    )
    bar = float(np.quantile(inside, 0.05))
    return {
        "set": one.name,
        "questions": [len(inside), len(outside), len(near)],
        "auroc": _auroc(inside, outside),
        "auroc_near": _auroc(inside, near),
        "refused_at_95_answered": round(float((outside < bar).mean()), 3),
        "answered_at_bar": round(float((inside >= 0.0).mean()), 3),
        "refused_at_bar": round(float((outside < 0.0).mean()), 3),
    }


def _auroc(inside: Matrix, outside: Matrix) -> float:
    above = (inside[:, None] > outside).mean() + 0.5 * (inside[:, None] == outside).mean()
    return round(float(above), 3)


def _lines(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for kind in told:
        for name in ("meaning", "words"):
            one = kind[name]
            yield f"{kind['kind']} with {name}: curve {one['curve']}, in use {one['in_use']}"
            for row in one["left_out"]:
                yield (
                    f"  without {row['set']:16} AUROC {row['auroc']:.3f}"
                    f" near {row['auroc_near']:.3f}"
                    f"  refused at 95% answered {row['refused_at_95_answered']:.2f}"
                    f"  at the bar: answered {row['answered_at_bar']:.2f}"
                    f" refused {row['refused_at_bar']:.2f}"
                )


if __name__ == "__main__":
    sys.exit(main())
