"""HOME/metrics.json: what it may say, and how a faulty one is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api.bootstrap import build_in_memory
from api.series.asking import ask_series
from api.series.profile import MetricsProfile, SeriesQuery, read_profile
from api.series.wiring import series_reader
from api.settings import Settings
from graph.errors import InputError, StoreError
from ingest.metrics.panel import Quantity

QUERY = {"quantity": "latency", "unit": "ms", "label": "service", "query": "up"}


@contextmanager
def _peer(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """Answer every query alike; gives the address and the Authorization headers seen."""
    seen: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _profile(url: str, *, bearer_file: Path | None = None) -> MetricsProfile:
    query = SeriesQuery(quantity=Quantity.LATENCY, unit="ms", label="service", query="up")
    return MetricsProfile(url=url, queries=(query,), bearer_file=bearer_file)


def test_without_a_file_nothing_is_read(tmp_path: Path) -> None:
    """No metrics.json, no reader."""
    assistant = build_in_memory(Settings(home=tmp_path))

    assert read_profile(tmp_path / "metrics.json") is None
    assert series_reader(assistant) is None
    assistant.store.close()


def test_with_a_file_the_house_has_a_reader(tmp_path: Path) -> None:
    """What is configured is read from the server's start on, until it stops."""
    text = json.dumps({"url": "http://127.0.0.1:9", "queries": [QUERY]})
    (tmp_path / "metrics.json").write_text(text, encoding="utf-8")
    assistant = build_in_memory(Settings(home=tmp_path))

    reader = series_reader(assistant)

    assert reader is not None
    assert reader.read_due() == 0
    reader.start()
    reader.stop()
    assistant.store.close()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "metrics.json"),
        (json.dumps({"url": "ftp://x", "queries": [QUERY]}), "url"),
        (json.dumps({"url": "http://x", "queries": []}), "queries"),
        (json.dumps({"url": "http://x", "queries": [{**QUERY, "unit": "weeks"}]}), "unit"),
        (json.dumps({"url": "http://x", "queries": [{**QUERY, "quantity": "mood"}]}), "quantity"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, text: str, place: str) -> None:
    """File and place stand in the message."""
    (tmp_path / "metrics.json").write_text(text, encoding="utf-8")

    with pytest.raises(StoreError, match=place):
        read_profile(tmp_path / "metrics.json")


def test_the_token_is_sent_from_its_file(tmp_path: Path) -> None:
    """The bearer file is read for each asking, and a lost one is named."""
    token = tmp_path / "token"
    token.write_text("s3cret\n", encoding="utf-8")
    body = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'
    with _peer(200, body) as (url, seen):
        panel = ask_series(_profile(url, bearer_file=token), since=0.0, until=600.0)

    assert (panel.names, seen) == ((), ["Bearer s3cret"])
    with pytest.raises(StoreError, match="bearer_file"):
        _profile("http://x", bearer_file=tmp_path / "gone").bearer()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, b"no", StoreError),
        (200, b"<html>", InputError),
        (400, b'{"status":"error","error":"bad query"}', InputError),
    ],
)
def test_bad_answers_are_told_apart(status: int, body: bytes, error: type[Exception]) -> None:
    """A server that is down may be asked again; a query that is wrong is named."""
    with _peer(status, body) as (url, _), pytest.raises(error):
        ask_series(_profile(url), since=0.0, until=600.0)
