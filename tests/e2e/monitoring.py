"""A monitoring of our own: a metric that can be turned, a real Prometheus, a real Alertmanager."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import yaml

from benchmarks.served import ROOT, free_port, status_of, wait_until

_UP_WITHIN_S: Final = 30.0


class Metric:
    """One gauge of one component on an HTTP endpoint; set `value` to turn it."""

    def __init__(self, name: str, service: str) -> None:
        """Start healthy, at 0."""
        self.name: Final = name
        self.service: Final = service
        self.value = 0.0

    def text(self) -> str:
        """Write the gauge in Prometheus text form."""
        return f'# TYPE {self.name} gauge\n{self.name}{{service="{self.service}"}} {self.value}\n'


@contextmanager
def exposed(metric: Metric) -> Iterator[int]:
    """Serve the metric on a free port of 127.0.0.1 while the context lasts; gives the port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = metric.text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def monitored(
    programs: dict[str, str], metric: Metric, *, webhook: str, token: str, folder: Path
) -> Iterator[None]:
    """Let Prometheus watch the metric and Alertmanager post to `webhook` while the context lasts.

    The alert is CdnOriginFetchErrors, critical, above 0.5; Watchdog always fires. Everything
    happens within a second or two and stays on 127.0.0.1.
    """
    with ExitStack() as stack:
        exporter = stack.enter_context(exposed(metric))
        alertmanager, prometheus = free_port(), free_port()
        receiver = _write(folder / "alertmanager.yml", _alertmanager(webhook, token))
        command = [programs["prometheus-alertmanager"], f"--config.file={receiver}"]
        command += [f"--storage.path={folder / 'alertmanager'}", "--cluster.listen-address="]
        stack.enter_context(_running(command, alertmanager, folder))
        _write(folder / "rules.yml", _rules(metric))
        scraper = _write(folder / "prometheus.yml", _prometheus(exporter, alertmanager))
        command = [programs["prometheus"], f"--config.file={scraper}"]
        command += [f"--storage.tsdb.path={folder / 'prometheus'}"]
        command += ["--rules.alert.resend-delay=1s"]
        stack.enter_context(_running(command, prometheus, folder))
        yield


@contextmanager
def _running(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """Run a peer until the context ends; it is ready when the context begins."""
    said = folder / f"{Path(command[0]).name}.log"
    with (
        said.open("wb") as log,
        subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):

        def check_alive() -> None:
            assert process.poll() is None, said.read_text(encoding="utf-8")[-3000:]

        try:
            wait_until(
                lambda: status_of(f"http://127.0.0.1:{port}/-/ready") == 200,
                what=f"{command[0]} to be ready",
                timeout_s=_UP_WITHIN_S,
                alive=check_alive,
            )
            yield
        finally:
            process.kill()


def _alertmanager(webhook: str, token: str) -> dict[str, object]:
    bearer = {"authorization": {"type": "Bearer", "credentials": token}}
    hook = {"url": webhook, "send_resolved": True, "http_config": bearer}
    times = {"group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h"}
    return {
        "route": {"receiver": "etiograph", "group_by": ["alertname"], **times},
        "receivers": [{"name": "etiograph", "webhook_configs": [hook]}],
    }


def _prometheus(exporter: int, alertmanager: int) -> dict[str, object]:
    def targets(port: int) -> list[dict[str, list[str]]]:
        return [{"targets": [f"127.0.0.1:{port}"]}]

    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "cdn", "static_configs": targets(exporter)}],
        "alerting": {"alertmanagers": [{"static_configs": targets(alertmanager)}]},
    }


def _rules(metric: Metric) -> dict[str, object]:
    failing = {
        "alert": "CdnOriginFetchErrors",
        "expr": f"{metric.name} > 0.5",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "{{ $labels.service }} cannot fetch from the origin"},
    }
    alive = {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}
    return {"groups": [{"name": "cdn", "rules": [failing, alive]}]}


def _write(path: Path, config: dict[str, object]) -> Path:
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path
