"""Where the front matter of a Markdown file ends."""

from __future__ import annotations

from ingest.documents.blocks import Refusal

_LINES_AT_MOST = 400


def cut(text: str) -> tuple[str, str, int]:
    """Give front matter ("" for none), the rest, and the line on which the rest begins.

    Raises: Refusal `front_open` where it is begun and never ended.
    """
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return "", text, 1
    for at, line in enumerate(lines[1:_LINES_AT_MOST], 1):
        if line.strip() in {"---", "..."}:
            return "\n".join(lines[1:at]) or "\n", "\n".join(lines[at + 1 :]), at + 2
    raise Refusal("front_open", 1)
