"""Measure search on a folder of corpus, queries and judgements: `python -m benchmarks.retrieval`.

A folder holds `corpus.jsonl` {id, title, text}, `queries.jsonl` {id, text, kind?}, `qrels.tsv`
(query, document, 1; a header line), and perhaps `queries_oos.jsonl` {id, text} that no document
answers. The baseline, in the same process: BM25 of the same formula on words split at spaces.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import provenance
from retrieval.documents import plain_document
from retrieval.glossary import Glossary, load_glossary
from retrieval.index import KnowledgeIndex, ask
from retrieval.lexical import LexicalIndex, token_weights
from retrieval.support import POSSIBLE_FROM, confidence_of
from retrieval.tokens import TOKENIZER_VERSION, Lang, detect_language

DEPTH = 10
SEED = 0
RESAMPLES = 500
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "retrieval"


@dataclass(frozen=True)
class Query:
    """A question of the set, with the ids that answer it (none: out of scope)."""

    id: str
    text: str
    kind: str
    truth: frozenset[str]


@dataclass(frozen=True)
class Run:
    """What a system gave for one query: ids best first, P(answered), and the seconds it took."""

    ranked: tuple[str, ...]
    confidence: float
    seconds: float


Ranker = Callable[[str], tuple[tuple[str, ...], float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one folder, or every shared one when none is named; print JSON or a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder; all shared ones when left out")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    folders = [given.data] if given.data else sorted(SHARED.glob("*/"))
    folders = [folder for folder in folders if (folder / "corpus.jsonl").is_file()]
    if given.data and not folders:
        print(f"{given.data}/corpus.jsonl: not there; name a folder like k8s_en", file=sys.stderr)
        return 2
    measured = [measure(folder) for folder in folders]
    report = measured[0] if given.data else {"sets": measured, **_provenance()}
    print(json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(measured))
    return 0


def measure(folder: Path) -> dict[str, Any]:
    """Run the product and the baseline over a folder; every number is in [0, 1] but counts."""
    corpus = _lines(folder / "corpus.jsonl")
    queries, strangers = _queries(folder), _strangers(folder)
    began = time.perf_counter()
    product = _product(corpus, load_glossary())
    build_s = time.perf_counter() - began
    runs = {query.id: _timed(product, query) for query in (*queries, *strangers)}
    base = _baseline(corpus)
    base_runs = {query.id: _timed(base, query) for query in (*queries, *strangers)}
    return {
        "data": folder.name,
        "counts": {
            "documents": len(corpus),
            "queries": len(queries),
            "out_of_scope": len(strangers),
        },
        **_figures(queries, strangers, runs),
        "build_seconds": round(build_s, 3),
        "baselines": {"bm25_whitespace": _figures(queries, strangers, base_runs)},
        "cases": [_case(query, runs[query.id]) for query in queries],
        **_provenance(),
    }


def _product(corpus: Sequence[Mapping[str, Any]], glossary: Glossary) -> Ranker:
    lang = _corpus_language(corpus)
    index = KnowledgeIndex(plain_document(d["id"], d["title"], d["text"], lang) for d in corpus)

    def rank(text: str) -> tuple[tuple[str, ...], float]:
        asked = detect_language(text)
        found = index.rank(ask(text, asked, glossary), limit=DEPTH, keep=lambda document: True)
        best = found[0] if found else None
        return tuple(hit.document.id for hit in found), confidence_of(best, asked, text)

    return rank


def _baseline(corpus: Sequence[Mapping[str, Any]]) -> Ranker:
    ids = sorted(document["id"] for document in corpus)
    texts = {d["id"]: f"{d['title']} {d['text']}".lower().split() for d in corpus}
    index = LexicalIndex([texts[document_id] for document_id in ids])

    def rank(text: str) -> tuple[tuple[str, ...], float]:
        scores = index.scores(token_weights(text.lower().split()))
        order = np.argsort(-scores, kind="stable")[:DEPTH]
        best = float(scores[order[0]]) if len(order) else 0.0
        return tuple(ids[at] for at in order if scores[at] > 0), best / (1.0 + best)

    return rank


def _corpus_language(corpus: Sequence[Mapping[str, Any]]) -> Lang:
    chinese = sum(detect_language(f"{d['title']} {d['text']}") == "zh" for d in corpus)
    return "zh" if 2 * chinese > len(corpus) else "en"


def _timed(rank: Ranker, query: Query) -> Run:
    began = time.perf_counter()
    ranked, confidence = rank(query.text)
    return Run(ranked, confidence, time.perf_counter() - began)


def _figures(
    queries: Sequence[Query], strangers: Sequence[Query], runs: Mapping[str, Run]
) -> dict[str, Any]:
    kinds = sorted({query.kind for query in queries})
    cells = {kind: [query for query in queries if query.kind == kind] for kind in kinds}
    seconds = [runs[query.id].seconds for query in queries]
    return {
        **_quality(queries, runs),
        "cells": {kind: _quality(asked, runs) for kind, asked in cells.items()},
        "abstention": _abstention(queries, strangers, runs) if strangers else None,
        "latency_ms": {
            f"p{share}": round(1000 * float(np.percentile(seconds, share)), 3) for share in (50, 95)
        },
    }


def _quality(queries: Sequence[Query], runs: Mapping[str, Run]) -> dict[str, float]:
    gains = np.array([_ndcg(runs[query.id].ranked, query.truth) for query in queries])
    low, high = _interval(gains)
    found = [_share(runs[query.id].ranked, query.truth) for query in queries]
    first = [
        runs[query.id].ranked[:1] and runs[query.id].ranked[0] in query.truth for query in queries
    ]
    return {
        "n": len(queries),
        "ndcg_10": round(float(gains.mean()), 4),
        "ndcg_10_low": low,
        "ndcg_10_high": high,
        "recall_10": round(float(np.mean(found)), 4),
        "hit_1": round(float(np.mean([bool(hit) for hit in first])), 4),
    }


def _ndcg(ranked: Sequence[str], truth: frozenset[str]) -> float:
    """nDCG@10 with binary gains.  Source: Jaervelin & Kekaelaeinen 2002."""
    gained = sum(1 / math.log2(at + 2) for at, found in enumerate(ranked[:DEPTH]) if found in truth)
    return gained / sum(1 / math.log2(at + 2) for at in range(min(DEPTH, len(truth))))


def _share(ranked: Sequence[str], truth: frozenset[str]) -> float:
    return len(truth & set(ranked[:DEPTH])) / len(truth)


def _interval(gains: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    """Bootstrap the 95% interval of a mean."""
    draws = np.random.default_rng(SEED).integers(0, len(gains), size=(RESAMPLES, len(gains)))
    low, high = np.percentile(gains[draws].mean(axis=1), [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)


def _abstention(
    queries: Sequence[Query], strangers: Sequence[Query], runs: Mapping[str, Run]
) -> dict[str, float]:
    inside = np.array([runs[query.id].confidence for query in queries])
    outside = np.array([runs[query.id].confidence for query in strangers])
    above = (inside[:, None] > outside).mean() + 0.5 * (inside[:, None] == outside).mean()
    return {
        "auroc": round(float(above), 4),
        "in_scope_answered": round(float((inside >= POSSIBLE_FROM).mean()), 4),
        "out_of_scope_refused": round(float((outside < POSSIBLE_FROM).mean()), 4),
    }


def _case(query: Query, run: Run) -> dict[str, Any]:
    return {
        "case": query.id,
        "truth": sorted(query.truth),
        "ranked": list(run.ranked),
        "seconds": round(run.seconds, 6),
    }


def _queries(folder: Path) -> list[Query]:
    truth: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query_id, document_id, _ = line.split("\t")
        truth.setdefault(query_id, set()).add(document_id)
    return [
        Query(asked["id"], asked["text"], asked.get("kind", ""), frozenset(truth[asked["id"]]))
        for asked in _lines(folder / "queries.jsonl")
        if asked["id"] in truth
    ]


def _strangers(folder: Path) -> list[Query]:
    path = folder / "queries_oos.jsonl"
    asked: Iterable[Mapping[str, Any]] = _lines(path) if path.is_file() else ()
    return [Query(f"oos:{q['id']}", q["text"], "oos", frozenset()) for q in asked]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _provenance() -> dict[str, object]:
    return provenance(ROOT, SEED) | {"tokenizer": TOKENIZER_VERSION}


def table(measured: Sequence[Mapping[str, Any]]) -> str:
    """Draw the sets as text for a terminal."""
    rows = [f"{'set':16} {'nDCG@10':>8} {'base':>6} {'recall':>7} {'AUROC':>6} {'p95 ms':>7}"]
    for one in measured:
        base = one["baselines"]["bm25_whitespace"]["ndcg_10"]
        area = one["abstention"]["auroc"] if one["abstention"] else float("nan")
        rows.append(
            f"{one['data']:16} {one['ndcg_10']:8.4f} {base:6.3f} {one['recall_10']:7.3f}"
            f" {area:6.3f} {one['latency_ms']['p95']:7.2f}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
