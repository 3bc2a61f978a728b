"""Where metrics are asked for, and what: HOME/metrics.json.

    {"url": "http://127.0.0.1:9090", "bearer_file": "/etc/etiograph/prometheus.token",
     "queries": [{"quantity": "latency", "unit": "s", "label": "service",
                  "query": "avg by (service) (rate(request_seconds_sum[1m]))"}]}

Each query gives one series per component, named by the label: an id or an alias of the graph.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationError, field_validator

from graph.errors import StoreError
from graph.model.base import Model
from ingest.metrics.panel import UNITS, Quantity

METRICS_FILE: Final = "metrics.json"
Words = Annotated[str, StringConstraints(min_length=1)]


class SeriesQuery(Model):
    """One PromQL query, what its values measure, and the label that names the component."""

    quantity: Quantity
    unit: str
    label: Words
    query: Words

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(f"must be one of {', '.join(UNITS)}")
        return unit


class MetricsProfile(Model):
    """A Prometheus and what to ask it; `timeout_s` seconds for one query."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
    bearer_file: Path | None = None
    timeout_s: float = Field(default=10.0, gt=0.0, le=60.0)
    queries: tuple[SeriesQuery, ...] = Field(min_length=1, max_length=50)

    def bearer(self) -> str | None:
        """Read the token that is sent along; None where none is set.

        Raises: StoreError for a file that cannot be read.
        """
        if self.bearer_file is None:
            return None
        try:
            return self.bearer_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            path = str(self.bearer_file)
            raise StoreError(
                f"bearer_file {path!r} cannot be read; write the token there"
            ) from error


def read_profile(path: Path) -> MetricsProfile | None:
    """Read the file; None where there is none.

    Raises: StoreError naming file and place where it is faulty.
    """
    try:
        return MetricsProfile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        fault = error.errors(include_context=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise StoreError(f"{path}: {place}: {fault['msg']}; correct it") from error
