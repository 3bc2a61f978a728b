"""Measure search on a folder of corpus, queries and judgements: `python -m benchmarks.retrieval`.

A folder holds `corpus.jsonl` {id, title, text}, `queries.jsonl` {id, text, kind?}, `qrels.tsv`
(query, document, 1; a header line), and perhaps `queries_oos.jsonl` {id, text} that no document
answers. The baselines, in the same process: BM25 of the same formula on words split at spaces,
and LangChain's EnsembleRetriever where its packages are (`benchmarks.retrieval_rivals`). Where
questions are titles of sections, all is measured again with titles taken off the documents, and
off both sides. One fixed configuration for every set.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import provenance
from retrieval.index.lexical import LexicalIndex
from retrieval.ranking.support import POSSIBLE_FROM
from retrieval.searching.corpus import CorpusDocument, CorpusSearch
from retrieval.searching.embedders import DEFAULT, open_embedder
from retrieval.searching.meaning import Meaning
from retrieval.words.tokens import TOKENIZER_VERSION, token_weights

DEPTH = 10
_HEADING = re.compile(r"[:：]")
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
    """What a system gave for one query: ids best first, P(answered), seconds and CPU seconds."""

    ranked: tuple[str, ...]
    confidence: float
    seconds: float
    cpu_seconds: float


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


def measure(folder: Path, embedder: str = DEFAULT) -> dict[str, Any]:
    """Run the product and the baseline over a folder; every number is in [0, 1] but counts."""
    corpus = read_lines(folder / "corpus.jsonl")
    queries, strangers = read_queries(folder), _strangers(folder)
    began = time.perf_counter()
    product = _product(corpus, embedder)
    build_s = time.perf_counter() - began
    runs = {query.id: _timed(product, query) for query in (*queries, *strangers)}
    base = _baseline(corpus)
    base_runs = {query.id: _timed(base, query) for query in (*queries, *strangers)}
    rivals, why_none = _rivals(corpus, queries)
    return {
        "data": folder.name,
        "counts": {
            "documents": len(corpus),
            "queries": len(queries),
            "out_of_scope": len(strangers),
        },
        **_figures(queries, strangers, runs),
        "build_seconds": round(build_s, 3),
        "baselines": {"bm25_whitespace": _figures(queries, strangers, base_runs), **rivals},
        "baselines_left_out": why_none,
        "without_titles": _untitled(corpus, queries, embedder),
        "cases": [_case(query, runs[query.id]) for query in queries],
        **_provenance(),
    }


def _product(corpus: Sequence[Mapping[str, Any]], embedder: str) -> Ranker:
    meaning = Meaning(open_embedder(embedder))
    search = CorpusSearch([CorpusDocument.model_validate(line) for line in corpus], meaning=meaning)
    meaning.bring(search.texts)

    def rank(text: str) -> tuple[tuple[str, ...], float]:
        found = search.find(text, limit=DEPTH)
        return tuple(hit.document.id for hit in found.ranked), found.confidence

    return rank


def _rivals(
    corpus: Sequence[Mapping[str, Any]], queries: Sequence[Query]
) -> tuple[dict[str, Any], str | None]:
    """Run the rivals; without their packages none, and why."""
    try:
        from benchmarks.retrieval_rivals import ensembles

        ranks = ensembles(corpus)
    except ImportError as error:
        return {}, f"a package of theirs is not installed: {error.name or error}"
    told = {}
    for name, rank in ranks.items():
        runs = {query.id: Run(rank(query.text), 0.0, 0.0, 0.0) for query in queries}
        told[name] = _quality(queries, runs)
    return told, None


def _untitled(
    corpus: Sequence[Mapping[str, Any]], queries: Sequence[Query], embedder: str
) -> dict[str, Any] | None:
    """Measure without titles where questions are titles: of documents alone, and of both sides."""
    if {query.kind for query in queries} != {"section"}:
        return None
    bare = [{**line, "title": ""} for line in corpus]
    product = _product(bare, embedder)
    shorter = [replace(query, text=_HEADING.split(query.text, 1)[-1].strip()) for query in queries]
    return {
        name: _quality(asked, {query.id: _timed(product, query) for query in asked})["ndcg_10"]
        for name, asked in (("documents", queries), ("both", shorter))
    }


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


def _timed(rank: Ranker, query: Query) -> Run:
    began, worked = time.perf_counter(), time.process_time()
    ranked, confidence = rank(query.text)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return Run(ranked, confidence, seconds, cpu)


def _figures(
    queries: Sequence[Query], strangers: Sequence[Query], runs: Mapping[str, Run]
) -> dict[str, Any]:
    kinds = sorted({query.kind for query in queries})
    cells = {kind: [query for query in queries if query.kind == kind] for kind in kinds}
    told = [runs[query.id] for query in queries]
    return {
        **_quality(queries, runs),
        "cells": {kind: _quality(asked, runs) for kind, asked in cells.items()},
        "abstention": _abstention(queries, strangers, runs) if strangers else None,
        "latency_ms": _spread([run.seconds for run in told]),
        "cpu_ms": _spread([run.cpu_seconds for run in told]),
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    return {
        f"p{share}": round(1000 * float(np.percentile(seconds, share)), 3) for share in (50, 95)
    }


def _quality(queries: Sequence[Query], runs: Mapping[str, Run]) -> dict[str, float]:
    gains = np.array([gain(runs[query.id].ranked, query.truth) for query in queries])
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


def gain(ranked: Sequence[str], truth: frozenset[str]) -> float:
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


def read_queries(folder: Path) -> list[Query]:
    """Read the questions of a set that were judged."""
    truth: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query_id, document_id, _ = line.split("\t")
        truth.setdefault(query_id, set()).add(document_id)
    return [
        Query(asked["id"], asked["text"], asked.get("kind", ""), frozenset(truth[asked["id"]]))
        for asked in read_lines(folder / "queries.jsonl")
        if asked["id"] in truth
    ]


def _strangers(folder: Path) -> list[Query]:
    path = folder / "queries_oos.jsonl"
    asked: Iterable[Mapping[str, Any]] = read_lines(path) if path.is_file() else ()
    return [Query(f"oos:{q['id']}", q["text"], "oos", frozenset()) for q in asked]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a file of JSON objects."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _provenance() -> dict[str, object]:
    return provenance(ROOT, SEED) | {"tokenizer": TOKENIZER_VERSION}


def table(measured: Sequence[Mapping[str, Any]]) -> str:
    """Draw the sets as text for a terminal."""
    rows = [
        "set               nDCG@10   BM25  stock  parts  recall  AUROC       untitled p95 CPU ms"
    ]
    for one in measured:
        base = {name: told["ndcg_10"] for name, told in one["baselines"].items()}
        area = one["abstention"]["auroc"] if one["abstention"] else float("nan")
        bare = one.get("without_titles") or {}
        rows.append(
            f"{one['data']:16} {one['ndcg_10']:8.4f} {base['bm25_whitespace']:6.3f}"
            f" {base.get('ensemble_stock', float('nan')):6.3f}"
            f" {base.get('ensemble_our_parts', float('nan')):6.3f} {one['recall_10']:7.3f}"
            f" {area:6.3f} {' / '.join(f'{told:.3f}' for told in bare.values()):>14}"
            f" {one['cpu_ms']['p95']:10.2f}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
