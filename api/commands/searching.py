"""`etiograph search`: a corpus of lines, or the store, by the code that serves the screens."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.commands.terminal import say, say_json, warn
from graph.errors import InputError
from graph.words import visible

if TYPE_CHECKING:
    from api.settings import Settings
    from retrieval.results import SearchResults
    from retrieval.searching.corpus import CorpusQuery
    from retrieval.searching.meaning import State

    Seeker = Callable[[str], SearchResults]

_WORKERS: Final = 2
_SUPPORT: Final = {
    "zh": {"strong": "依据充分", "possible": "可能有依据", "none": "没有依据"},
    "en": {"strong": "strong support", "possible": "possible support", "none": "no support"},
}


def describe(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the parser."""
    search = commands.add_parser("search", help="search SOPs and past cases, or a corpus of lines")
    search.add_argument("query", nargs="?", metavar="QUERY")
    search.add_argument("--corpus", type=Path, metavar="CORPUS.jsonl", help="instead of the store")
    search.add_argument(
        "--queries", type=Path, metavar="Q.jsonl", help="many, one {id, text} a line"
    )
    search.add_argument("--out", type=Path, metavar="RUN.jsonl", help="where their answers go")
    search.add_argument("--json", action="store_true", help="search/v1")


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print what is found for a query, or write a line for each of many.

    Raises: InputError for a faulty file, or a query that says nothing.
    """
    many = chosen.queries is not None
    if many == (chosen.query is not None) or many != (chosen.out is not None):
        raise InputError("search: give a QUERY, or --queries Q.jsonl with --out RUN.jsonl")
    if many:
        _check_place(chosen.out, [chosen.queries, chosen.corpus])
    with _seeker(settings, chosen.corpus) as seek:
        if many:
            return _answer_all(seek, chosen.queries, chosen.out, as_json=chosen.json)
        found = seek(chosen.query)
    if chosen.json:
        say_json(found.model_dump(mode="json", by_alias=True))
    else:
        for line in _lines(found, settings.lang):
            say(visible(line))  # a corpus may hold what moves a terminal
    return 0


def _check_place(out: Path, read: Sequence[Path | None]) -> None:
    """Refuse, before minutes of work, a place that cannot be written or that is read from."""
    if out.is_dir() or not out.parent.is_dir():
        raise InputError(f"--out {out}: give a file in a folder that is there")
    if any(path is not None and path.resolve() == out.resolve() for path in read):
        raise InputError(f"--out {out}: is read from; give another file, or it would be lost")


@contextmanager
def _seeker(settings: Settings, corpus: Path | None) -> Iterator[Seeker]:
    if corpus is not None:
        yield _corpus_seeker(settings, corpus)
        return
    from api.chores import LOCAL, LocalChores, RemoteChores, chores
    from retrieval.results import SearchResults

    with chores(settings) as desk:
        if isinstance(desk, RemoteChores):  # a server brings its own index
            client = desk.client
            yield lambda query: SearchResults.model_validate(client.search_knowledge(query))
        elif isinstance(desk, LocalChores):
            _tell(desk.assistant.knowledge.bring(_progress))
            search = desk.assistant.knowledge.search()
            yield lambda query: search.search(LOCAL, query)


def _corpus_seeker(settings: Settings, path: Path) -> Seeker:
    from retrieval.searching.corpus import CorpusSearch, read_documents
    from retrieval.searching.embedders import open_meaning

    meaning = open_meaning(settings.embedder, workers=_WORKERS)
    search = CorpusSearch(read_documents(path), meaning=meaning)
    _tell(meaning.bring(search.texts, _progress))
    return search.search


def _tell(state: State) -> None:
    if state.stage == "failed":
        warn(state.text.en)


def _progress(done: int, total: int) -> None:
    warn(f"indexing: {done} of {total} passages")


def _answer_all(seek: Seeker, queries: Path, out: Path, *, as_json: bool) -> int:
    from retrieval.searching.corpus import read_queries

    asked = read_queries(queries)
    seek("warm")  # what is built at the first question is no query's latency
    beside = out.with_name(f"{out.name}.part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            for query in asked:
                file.write(json.dumps(_answered(seek, query), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    if as_json:
        say_json({"queries": len(asked), "out": str(out)})
    return 0


def _answered(seek: Seeker, query: CorpusQuery) -> dict[str, object]:
    """Answer one of many; one that says nothing has an honest none."""
    began = time.perf_counter()
    try:
        found = seek(query.text)
    except InputError:
        return _run_line(query.id, None, began)
    return _run_line(query.id, found, began)


def _run_line(query_id: str, found: SearchResults | None, began: float) -> dict[str, object]:
    hits = found.results if found else ()
    return {
        "qid": query_id,
        "ranked": [hit.id for hit in hits],
        "scores": [hit.score for hit in hits],
        "support": found.support if found else "none",
        "confidence": found.confidence if found else 0.0,
        "latency_ms": round(1000 * (time.perf_counter() - began), 3),
    }


def _lines(found: SearchResults, lang: str) -> Iterator[str]:
    yield f"{_SUPPORT[lang][found.support]} {found.confidence:.2f}"
    if found.note is not None:
        yield found.note.zh if lang == "zh" else found.note.en
    for number, hit in enumerate(found.results, 1):
        title, why = (hit.title.zh, hit.why.zh) if lang == "zh" else (hit.title.en, hit.why.en)
        yield f"{number:2} {hit.score:.3f} {title}  [{hit.id}]"
        yield f"   {why}"
