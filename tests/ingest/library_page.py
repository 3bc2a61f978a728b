"""docs/library.md, written from the library: `python -m tests.ingest.library_page`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.model.library import ComponentKind, FaultLibrary, FaultMode
from ingest.library_files import PREFIX, read_library
from tests.ingest.pack_room import LIBRARY, ROOT

PAGE: Final = ROOT / "docs" / "library.md"
_HEAD: Final = """# The fault library

How each kind of component fails, what one then sees, and what to look at. Every pack uses it; how
it is written stands in [howto-pack.md](howto-pack.md#the-fault-library), what it was reviewed
against in [library-sources.md](library-sources.md). This page is written by
`.venv/bin/python -m tests.ingest.library_page`; a test keeps it equal to the library.

{kinds} kinds of component, {modes} fault modes, {checks} checks, {alerts} alert types.

- *Rate*: P(born in the look-back of an incident) of one component; all are assumed. In the families
  it is the number of times a year that one component has it, divided by 300 (a year of some 300
  incidents); `source` of the mode says the number of times.
- *Signs*: the alerts of the component itself, P(active given this fault, where the rule is loaded)
  and seconds until they speak. Errors, latency and missing traffic follow from being degraded and
  are not repeated.
- *mutes*: nothing is left running that could alert of itself. *by change*: it comes in with one.
"""


def page() -> str:
    """Write the whole page; kinds and modes in id order."""
    library = read_library(LIBRARY)
    head = _HEAD.format(
        kinds=len(library.kinds),
        modes=len(library.modes),
        checks=len(library.checks),
        alerts=len(library.alert_types),
    )
    return head + "".join(line + "\n" for kind in library.kinds for line in _kind(kind, library))


def _kind(kind: ComponentKind, library: FaultLibrary) -> Iterator[str]:
    modes = [mode for mode in library.modes if mode.kind == kind.id]
    yield f"\n## {kind.id} {kind.name.zh}\n"
    if not modes:
        yield f"{kind.name.en}. Fails only through what it depends on."
        return
    yield f"{kind.name.en}.\n"
    yield "| mode | 中文 | English | rate | signs | checks |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(mode) for mode in modes)


def _row(mode: FaultMode) -> str:
    name = mode.id.removeprefix(f"{PREFIX}{mode.kind}.")
    marks = [
        word for word, is_so in (("mutes", mode.mutes), ("by change", mode.by_change)) if is_so
    ]
    said = [f"{s.alertname} {s.detection:g}, {s.delay_s} s" for s in mode.signatures]
    checks = ", ".join(check.removeprefix(PREFIX) for check in mode.check_ids)
    signs = "; ".join([*said, *marks]) or "of being degraded only"
    english = mode.name.en.replace("|", "/")
    return f"| `{name}` | {mode.name.zh} | {english} | {mode.base_rate:g} | {signs} | {checks} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
