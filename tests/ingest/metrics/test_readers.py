"""Series from files and from Prometheus, and what is said about faulty ones."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InputError, MalformedError
from ingest.metrics.panel import Quantity, SeriesName, align
from ingest.metrics.readers import read_csv, read_prometheus


def test_csv_is_read_in_base_units_with_gaps() -> None:
    """Milliseconds become seconds, percent a share, an empty cell stays unknown."""
    panel = read_csv(
        "time,web|latency|ms,web|errors|percent\n0,100,1\n60,,2\n180,300,3\n", name="a"
    )

    rows = dict(zip(panel.names, panel.values, strict=True))
    slow = rows[SeriesName("web", Quantity.LATENCY, "ms")]
    assert panel.times.tolist()[:2] == [0.0, panel.step_s]
    assert slow[0] == pytest.approx(0.1)
    assert np.isnan(slow[1])
    assert rows[SeriesName("web", Quantity.ERRORS, "percent")][0] == pytest.approx(0.01)


def test_instants_may_be_written_out() -> None:
    """RFC 3339 instants count like seconds."""
    text = "time,web|traffic|count\n1970-01-01T00:00:00Z,1\n1970-01-01T08:01:00+08:00,2\n"

    assert read_csv(text, name="a").times.tolist() == [0.0, 60.0]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("when,web|latency|ms\n0,1\n", "a:1"),
        ("time,web-latency\n0,1\n", "a:1"),
        ("time,web|speed|ms\n0,1\n60,1\n", "unknown quantity"),
        ("time,web|latency|hours\n0,1\n60,1\n", "unknown unit"),
        ("time,web|latency|ms\n0,1,2\n", "a:2"),
        ("time,web|latency|ms\n0,fast\n", "a:2"),
        ("time,web|latency|ms\nnoon,1\n", "a:2: time"),
        ("time,web|latency|ms\n0,1\n", "two are the least"),
        ("time,web|latency|ms\n0,1\n0,2\n60,1\n", "same time"),
        ("time,web|latency|ms,web|latency|s\n0,1,1\n60,1,1\n", "two series"),
    ],
)
def test_faulty_csv_is_named(text: str, where: str) -> None:
    """The place, or what is wrong there, stands in the message."""
    with pytest.raises(InputError, match=where):
        read_csv(text, name="a")


def test_prometheus_answers_become_series() -> None:
    """Each series by the label that names its component; NaN and infinities are gaps later."""
    answer = {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {"metric": {"service": "web"}, "values": [[0, "1.5"], [60, "NaN"], [120, "+Inf"]]},
                {"metric": {"other": "x"}, "values": [[0, "1"]]},
            ],
        },
    }

    ((component, times, values),) = read_prometheus(answer, label="service")
    panel = align([SeriesName(component, Quantity.LATENCY, "s")], [(times, values)], step_s=60.0)

    assert component == "web"
    assert panel.values[0, 0] == 1.5
    assert np.isnan(panel.values[0, 1:]).all()


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "error", "error": "bad query"},
        {"status": "success", "data": {"resultType": "vector", "result": []}},
        [],
        {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [{"metric": {"service": "w"}, "values": [[0, "fast"]]}],
            },
        },
    ],
)
def test_other_prometheus_answers_are_refused(answer: object) -> None:
    """An error, another type or broken values are said to be that."""
    with pytest.raises(MalformedError):
        read_prometheus(answer, label="service")


def test_a_panel_too_long_is_refused() -> None:
    """Two samples a decade apart at one second do not fill the memory."""
    name = SeriesName("web", Quantity.LATENCY, "s")
    samples = [(np.array([0.0, 3e8]), np.array([1.0, 1.0]))]

    with pytest.raises(InputError, match="at most"):
        align([name], samples, step_s=1.0)
