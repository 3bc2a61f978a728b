"""Show result files on a screen: `python -m benchmarks.shown benchmarks/results/*.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import (
    causal_report,
    itbench,
    latency,
    metric_evidence,
    petshop,
    retrieval,
    search_arms,
    search_speed,
    support,
    symptoms,
)
from benchmarks.chat import __main__ as chat
from benchmarks.storms import evaluation_table
from benchmarks.storms import report as storms


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each file under its name; 0, or 2 with one line on stderr for one that is no result."""
    for name in sys.argv[1:] if arguments is None else arguments:
        path = Path(name)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            text = shown(told)
        except (OSError, ValueError, KeyError, TypeError) as error:
            sys.stderr.write(f"{path}: no result of a benchmark ({error!r}); run make bench\n")
            return 2
        about = [f"{key} {told[key]}" for key in ("commit", "seed", "machine") if told.get(key)]
        print(f"== {path.stem}: {', '.join(about)}\n{text}\n")
    return 0


def shown(told: dict[str, Any]) -> str:
    """Draw one result by the table of its own benchmark.

    Raises: KeyError or TypeError if it is of none.
    """
    if told.get("benchmark") in ("latency", "pages", "graph", "stores", "engine_speed"):
        return latency.table(told)
    if told.get("benchmark") == "chat":
        return chat.table(told)
    if told.get("benchmark") == "search_arms":
        return search_arms.table(told["sets"])
    public = {
        "storms.evaluate": evaluation_table.table,
        "petshop": petshop.table,
        "itbench": itbench.table,
        "metric_evidence": metric_evidence.table,
        "symptoms": symptoms.table,
        "support": support.table,
        "search_speed": search_speed.table,
    }
    if told.get("benchmark") in public:
        return public[told["benchmark"]](told)
    if told.get("benchmark") == "storms":
        parts = [storms.table(told[name]) for name in ("scenarios", "seeds") if name in told]
        return "\n\n".join(parts)
    if "sets" in told or "ndcg_10" in told:
        return retrieval.table(told.get("sets", [told]))
    return causal_report.table(told)


if __name__ == "__main__":
    sys.exit(main())
