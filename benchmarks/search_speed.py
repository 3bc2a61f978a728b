"""How fast search is at 100,000 chunks, half Chinese: `python -m benchmarks.search_speed`.

Chunks are lines of the shared corpora, shuffled anew into chunks of about 600 characters. Words,
letters, FAISS and the encoder of questions are the product's. The encoder of chunks is measured on
`--encode` of them in two processes and the rate is told; the rest get the vectors of those, turned
a little, so that as many are searched. CPU of one core is told beside wall-clock time.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.machine import provenance
from benchmarks.retrieval import ROOT, SHARED, read_lines
from retrieval.corpus import CorpusDocument, CorpusSearch
from retrieval.embedding import Floats, content_id, normed
from retrieval.index.vector_shelf import VectorShelf
from retrieval.meaning import Meaning
from retrieval.multilingual import MultilingualEncoder

CHARS: Final = 600
SEED: Final = 0
_TURN: Final = 0.02


class Turned:
    """An `Embedder` that encodes questions, and gives chunks the known vectors, turned."""

    def __init__(self, encoder: MultilingualEncoder, known: Floats) -> None:
        """Know the vectors of some chunks."""
        self._encoder, self._known = encoder, known
        self.asking = False
        self.fingerprint, self.dimension = "turned/1", encoder.dimension

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode a question; of a chunk, turn the vector that its content draws."""
        if self.asking:
            return self._encoder.encode(texts)
        drawn = np.random.default_rng([content_id(text) for text in texts])
        rows = self._known[drawn.integers(0, len(self._known), len(texts))]
        turned = rows + _TURN * drawn.normal(size=rows.shape)
        return normed(turned.astype(np.float32))

    def unread(self, text: str) -> float:
        """Ask the encoder."""
        return self._encoder.unread(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print rates and times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_speed", description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--encode", type=int, default=4_000, help="chunks that are encoded")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args(arguments)
    report = measure(given.chunks, given.encode, given.queries)
    if given.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        print("\n".join(f"{key}: {value}" for key, value in report.items()))
    return 0


def measure(chunks: int, encoded: int, queries: int) -> dict[str, Any]:
    """Encode some, index all, ask, add one."""
    documents = list(_documents(chunks))
    encoder = MultilingualEncoder()
    rate, known = _encoding_rate(documents[:encoded], encoder)
    model = Turned(encoder, known)
    with tempfile.TemporaryDirectory() as folder:
        meaning = Meaning(model, Path(folder) / "index")
        began = time.perf_counter()
        search = CorpusSearch(documents, meaning=meaning)
        search.find("warm")
        words_s = time.perf_counter() - began
        began = time.perf_counter()
        meaning.bring(search.texts)
        vectors_s = time.perf_counter() - began
        model.asking = True
        search.find("warm up")
        asked = _asked(search, queries)
        model.asking = False
        added = _added(encoder, Path(folder) / "one", known)
    return {
        "benchmark": "search_speed",
        "chunks": chunks,
        "encoded_chunks": len(known),
        "encoded_per_second_two_processes": round(rate, 1),
        "words_and_letters_s": round(words_s, 1),
        "vectors_filed_s": round(vectors_s, 1),
        "whole_build_minutes_at_that_rate": round((chunks / rate + words_s + vectors_s) / 60, 1),
        **asked,
        "one_document_indexed_ms": added,
        **provenance(ROOT, SEED),
    }


def _documents(chunks: int) -> Iterator[CorpusDocument]:
    """Give documents of one chunk, every second one Chinese."""
    drawn = random.Random(SEED)
    pools = [_pool(("tidb_zh", "x_tidbop_en2zh")), _pool(("k8s_en", "x_tidbop_zh2en"))]
    for number in range(chunks):
        pool, text = pools[number % 2], ""
        while len(text) < CHARS:
            text += drawn.choice(pool) + "\n"
        yield CorpusDocument(id=f"d{number}", title=drawn.choice(pool)[:40], text=text[:CHARS])


def _pool(names: Sequence[str]) -> list[str]:
    lines = (line for name in names for line in read_lines(SHARED / name / "corpus.jsonl"))
    return [row for line in lines for row in line["text"].splitlines() if len(row) > 10]


def _encoding_rate(
    documents: Sequence[CorpusDocument], encoder: MultilingualEncoder
) -> tuple[float, Floats]:
    texts = [f"{one.title}\n{one.text}" for one in documents]
    began = time.perf_counter()
    index = VectorShelf(encoder, workers=2).bring(texts)
    rate = len(index) / (time.perf_counter() - began)
    return rate, index.rows(sorted(index.ids))


def _asked(search: CorpusSearch, queries: int) -> Mapping[str, Any]:
    lines = [*read_lines(SHARED / "k8s_en" / "queries.jsonl")]
    lines += read_lines(SHARED / "tidb_zh" / "queries.jsonl")
    random.Random(SEED).shuffle(lines)
    wall, cpu = [], []
    for line in lines[:queries]:
        began, worked = time.perf_counter(), time.process_time()
        search.find(line["text"])
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    return {"query_wall_ms": _spread(wall), "query_cpu_ms": _spread(cpu)}


def _added(encoder: MultilingualEncoder, folder: Path, known: Floats) -> dict[str, float]:
    """Add a document of seven passages to a shelf that is there, on disk."""
    shelf = VectorShelf(encoder, folder)
    shelf.bring([f"passage {number} of what is there" for number in range(64)])
    times = []
    for number in range(10):
        began = time.perf_counter()
        shelf.add(
            [f"步骤 {number}.{step}：查看连接池并重启应用 {'，' * step}" for step in range(7)]
        )
        times.append(time.perf_counter() - began)
    return _spread(times)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    told = np.percentile(seconds, [50, 95])
    return {name: round(1000 * float(at), 2) for name, at in zip(("p50", "p95"), told, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
