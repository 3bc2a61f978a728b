"""Write a part of docs/evaluation.md out of result files: `python -m benchmarks.evaluation`.

Reads `benchmarks/results/{metric_evidence,petshop,itbench}.json` (those that are there) and writes
every figure with its n and interval, the rivals of the same run, seeds and commit. Of the sets
whose cases state a posterior it draws the reliability curve beside the result file (`NAME.svg`).
Nothing between its two marks is written by hand, and nothing outside them is touched.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import looked_at, public_curves

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results"
PAGE: Final = ROOT / "docs" / "evaluation.md"
# Where the page finds the pictures that are drawn beside the result files.
PICTURES: Final = "../benchmarks/results/"
Told = Mapping[str, Any]
# (top-1, top-3, normal windows said calm) that were asked for.
PETSHOP_MUST: Final = (0.72, 0.92, 0.90)
ITBENCH_MUST: Final = (0.75, 0.85)
SECONDS_MUST: Final = 0.1

BEGIN: Final = "<!-- from here to the end mark: python -m benchmarks.evaluation -->"
END: Final = "<!-- end of what python -m benchmarks.evaluation writes -->"
HEAD: Final = """## Incidents that nobody here invented, and planted series

This part is written by `python -m benchmarks.evaluation` out of `benchmarks/results/`; each file
there names seed, commit, versions and machine and holds every case. Shares stand with their n and
95% interval (Wilson); hits under tied scores count in expectation. One configuration of library,
builder and engine serves all sets.

To repeat it, in a clean clone:

1. `make setup`; then `.venv/bin/python -m ...` for each command below.
2. PetShop is the folder `low_traffic` of amazon-science/petshop-root-cause-analysis (`graph.csv`,
   `noissue/`, `train/`, `test/`); ITBench a folder with the demo's `architecture.json`
   (itbench-hub/ITBench-SRE-Agent) and `scenario_N/groundtruth_v1.yaml` (itbench-hub/ITBench, the
   even N). Name each with `--data DIR`, or lay them at `../shared/data/petshop/low_traffic` and
   `../shared/data/itbench`.
3. `python -m benchmarks.NAME --data DIR --json > benchmarks/results/NAME.json`, NAME = `petshop`,
   `itbench`; `python -m benchmarks.metric_evidence --json` needs no data, and runs Prophet beside
   where the extra is installed (`pip install -e '.[prophet]'`).
4. `python -m benchmarks.evaluation` writes this part and the pictures. Figures are the same on
   every machine; seconds are not.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 2 where there is no result to write of."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation")
    parser.add_argument("--results", type=Path, default=RESULTS, help="a folder of result files")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    given = parser.parse_args(arguments)
    found = {
        name: json.loads(path.read_text(encoding="utf-8"))
        for name in SECTIONS
        if (path := given.results / f"{name}.json").is_file()
    }
    parts = [write(found[name]) for name, write in SECTIONS.items() if name in found]
    if not parts:
        print(f"{given.results}: holds no result; run make bench", file=sys.stderr)
        return 2
    for name in found.keys() & public_curves.DRAWN.keys():
        public_curves.draw(name, found[name], given.results)
    before = given.page.read_text(encoding="utf-8") if given.page.is_file() else "# Evaluation\n"
    written = "\n".join([BEGIN, "", HEAD, *parts, END, ""])
    given.page.write_text(put_between(before, written), encoding="utf-8")
    return 0


def put_between(page: str, written: str) -> str:
    """Put a part in the place of the one between its marks, or at the end of the page."""
    head, begin, rest = page.partition(BEGIN)
    if not begin:
        return f"{page.rstrip()}\n\n{written}"
    return f"{head}{written}{rest.partition(END)[2].lstrip()}"


def petshop(told: Told) -> str:
    """Write the PetShop section."""
    cells, counts = told["cells"], told["counts"]
    pooled = cells["as_given"]["pooled"]
    calm = told["normal_windows"]["no_incident"]["pooled"]
    seconds = told["seconds"]
    verdicts = [
        _verdict("top-1, as-given graph", pooled["top1"]["share"], PETSHOP_MUST[0]),
        _verdict("top-3, as-given graph", pooled["top3"]["share"], PETSHOP_MUST[1]),
        _verdict("normal windows said calm", calm["share"], PETSHOP_MUST[2]),
        _under("seconds an incident, median", seconds["median"], SECONDS_MUST),
        _under("seconds an incident, worst", seconds["max"], SECONDS_MUST),
    ]
    rows = [
        _row(f"{method}, {name}", cell)
        for method in cells
        for name, cell in cells[method].items()
        if name == "pooled" or method in ("as_given", "enriched", "ranked_correlation")
    ]
    tests = [
        f"| {name} | {t['better']} | {t['worse']} | {t['equal']} | {t['p']:.3f} |"
        for name, t in told["paired_with_ranked_correlation"].items()
    ]
    said, found = told["said_incident"], told["found_and_said"]
    return f"""### PetShop, low traffic

`python -m benchmarks.petshop --data DIR --json`. {counts["incidents"]} incidents, {counts["nodes"]}
nodes. Rows used: the onset is the first row at or after the target's timestamp; that row and the
next are compared with the rows before. The root is known to be one node, so nodes are ranked by
P(born there | born in one component); `any_number` allows several faults and an outside cause.
Incident history is off. *As given* is the call graph of the set, *enriched* adds four rules of
names (`benchmarks/petshop_graph.py`). {_about(told)}

{_lines(verdicts)}

| ranking, cell | n | top-1 | top-3 |
|---|---|---|---|
{_lines(rows)}

Paired with ranked correlation (sign flips of the differences, two-sided):

| ranking | better | worse | equal | p |
|---|---|---|---|---|
{_lines(tests)}

- Said "incident" in {_share(said)}; first and said in {_share(found)}.
- Normal windows (second half of the calm rows, each target named as bad): said no incident in
  {_share(calm)}.
- Missed by the as-given ranking: {_missed(told, "as_given")}.

{_lines(public_curves.lines("petshop", told, PICTURES + "petshop.svg"))}

Looked at: {looked_at.PETSHOP}
"""


def itbench(told: Told) -> str:
    """Write the ITBench section."""
    cells = told["cells"]
    counts = told["counts"]
    pooled = cells["product"]["pooled"]
    verdicts = [
        _verdict("top-1", pooled["top1"]["share"], ITBENCH_MUST[0]),
        _verdict("top-3", pooled["top3"]["share"], ITBENCH_MUST[1]),
        _under("seconds an incident, worst", told["seconds"]["max"], SECONDS_MUST),
    ]
    rows = [_row(f"{m}, {name}", cell) for m in cells for name, cell in cells[m].items()]
    tests = [
        f"| {rival}, {name} | {t['better']} | {t['worse']} | {t['equal']} | {t['p']:.3f} |"
        for rival, both in told["paired"].items()
        for name, t in both.items()
    ]
    other = [c["case"] for c in told["cases"] if [c["truth_connected"]] != c["truth"]]
    silent = [c["case"] for c in told["cases"] if not c["root_alerted"]]
    return f"""### ITBench, SRE scenarios

`python -m benchmarks.itbench --data DIR --json`. {counts["qualify"]} of {counts["scenarios"]}
scenarios qualify ({_names(told["qualifying"])}; not: {_names(told["not_qualifying"])}). Read are
`id` and `group_id` of alerts, and `id`, `kind`, `name`, `filter` of groups; frontend-proxy ->
frontend was added to the call graph; `product_enriched` answers on the graph with the relations
that the demo's documentation publishes (`benchmarks/itbench_graph.py`). The truth is the first
component of the architecture at or downstream of the root group; `connected_truth` asks that it
has a relation there (other in {_names(other)}: flagd has none). {_about(told)}

{_lines(verdicts)}

| ranking, cell | n | top-1 | top-3 |
|---|---|---|---|
{_lines(rows)}

Paired with the rivals:

| rival | better | worse | equal | p |
|---|---|---|---|---|
{_lines(tests)}

- In {len(silent)} of {counts["qualify"]} no alert is about the root ({_names(silent)}): little that
  may be read tells it from its siblings.
- Missed: {_missed(told, "product")}.

{_lines(public_curves.lines("itbench", told, PICTURES + "itbench.svg"))}

Looked at: {looked_at.ITBENCH}
"""


def metric_evidence(told: Told) -> str:
    """Write the section on series."""
    counts = told["counts"]
    rows = [
        f"| {name} | {c['recall']['share']:.3f} {_span(c['recall'])} | "
        f"{c['false_episodes']['per_series_week']:.4f} ({c['false_episodes']['count']}) | "
        f"{c['onset_error_s']['median']} / {c['onset_error_s']['p90']} | "
        f"{c['seconds_a_week']['cpu']} / {c['seconds_a_week']['wall']} |"
        for name, c in told["cells"].items()
    ]
    stated = [f"| {r['stated']} | {r['measured']} |" for r in told["stated_false_alarms"]]
    return f"""### Episodes in planted series

`python -m benchmarks.metric_evidence --json`. {counts["weeks"]} weeks of {counts["series"]} series
by minutes, {counts["episodes"]} planted episodes. Onset errors: median / p90, seconds; the last
column: seconds for a week, CPU / wall. {_about(told)}

| method | recall | false a series and week (count) | onset error | seconds |
|---|---|---|---|---|
{_lines(rows)}

Not run: {_names(told["not_run"]) or "nothing"}.

Stated false-alarm rates at {told["stated_false_alarms"][0]["n"]} calm onsets of the last two days:

| stated | measured |
|---|---|
{_lines(stated)}

Looked at: {looked_at.METRIC_EVIDENCE}
"""


SECTIONS: Final[Mapping[str, Callable[[Told], str]]] = {
    "petshop": petshop,
    "itbench": itbench,
    "metric_evidence": metric_evidence,
}


def _row(name: str, cell: Told) -> str:
    one, three = cell["top1"], cell["top3"]
    return (
        f"| {name} | {cell['n']} | {one['share']:.3f} {_span(one)} | "
        f"{three['share']:.3f} {_span(three)} |"
    )


def _span(cell: Told) -> str:
    low, high = cell["interval"]
    return f"[{low:.2f}, {high:.2f}]"


def _share(cell: Told) -> str:
    return f"{cell['count']:g} of {cell['n']} ({cell['share']:.3f} {_span(cell)})"


def _verdict(name: str, found: float, must: float) -> str:
    kept = "reached" if found >= must else f"missed by {must - found:.3f}"
    return f"- {name}: {found:.3f}, asked {must:.2f}: **{kept}**"


def _under(name: str, found: float, must: float) -> str:
    kept = "reached" if found <= must else f"missed by {found - must:.3f}"
    return f"- {name}: {found:.3f}, asked {must:.1f}: **{kept}**"


def _missed(told: Told, method: str) -> str:
    lost = [c for c in told["cases"] if c["hits"][method][0] < 1.0]
    places = [f"`{c['case']}` (top-3 {c['hits'][method][1]:.2g})" for c in lost]
    return ", ".join(places) or "none"


def _about(told: Told) -> str:
    commit = str(told.get("commit") or "unknown")
    return f"Seed {told['seed']}, commit `{commit[:12]}{'+' if commit.endswith('+') else ''}`."


def _lines(rows: Sequence[str]) -> str:
    return "\n".join(rows)


def _names(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


if __name__ == "__main__":
    sys.exit(main())
