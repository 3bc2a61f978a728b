"""A real Prometheus over series that were written before it started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.served import free_port, status_of, wait_until

_UP_WITHIN_S = 30.0


@contextmanager
def prometheus_of(
    program: str,
    series: Mapping[tuple[str, str], NDArray[np.float64]],
    *,
    start: float,
    folder: Path,
) -> Iterator[str]:
    """Serve (metric, service) series of one sample a minute from `start`; gives its address.

    NaN is a sample that was never taken.
    """
    promtool = shutil.which("promtool") or str(Path(program).with_name("promtool"))
    text = folder / "series.txt"
    text.write_text(_openmetrics(series, start), encoding="utf-8")
    made = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "tsdb")]
    subprocess.run(made, check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("scrape_configs: []\n", encoding="utf-8")
    port = free_port()
    command = [program, f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={folder / 'tsdb'}", "--storage.tsdb.retention.time=100y"]
    command += [f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(
                lambda: status_of(f"{url}/-/ready") == 200,
                what="Prometheus",
                timeout_s=_UP_WITHIN_S,
            )
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _openmetrics(series: Mapping[tuple[str, str], NDArray[np.float64]], start: float) -> str:
    lines = []
    for metric in sorted({metric for metric, _ in series}):
        lines.append(f"# TYPE {metric} gauge")
        for (named, service), values in sorted(series.items()):
            if named == metric:
                lines += [
                    f'{metric}{{service="{service}"}} {value:.6g} {start + 60 * minute:.0f}'
                    for minute, value in enumerate(values)
                    if not np.isnan(value)
                ]
    return "\n".join([*lines, "# EOF", ""])
