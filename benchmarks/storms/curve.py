"""Draw a reliability curve as SVG, by hand: no plotting library is needed to look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_SIDE, _EDGE = 320, 48


def reliability_curve(bins: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """Draw observed over stated shares, a dot per bin with its 95% interval, and the diagonal.

    The area of a dot grows with the cases in its bin.
    """
    most = max((row["cases"] for row in bins), default=1)
    body = [
        _line((0.0, 0.0), (1.0, 1.0), "#999", dashed=True),
        *(part for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0) for part in _tick(tick)),
        *(part for row in bins for part in _dot(row, most)),
    ]
    size = _SIDE + 2 * _EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
            f'width="{size}" height="{size}" font-family="sans-serif" font-size="13">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{size}" height="{size}" fill="#fff"/>',
            f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" '
            'stroke="#333"/>',
            *body,
            _text(size / 2, size - 10, "stated posterior of the first hypothesis"),
            f'<g transform="rotate(-90 14 {size / 2})">'
            f"{_text(14, size / 2, 'share that was right')}</g>",
            _text(size / 2, 26, title),
            "</svg>",
            "",
        ]
    )


def _place(x: float, y: float) -> tuple[float, float]:
    return round(_EDGE + x * _SIDE, 1), round(_EDGE + (1.0 - y) * _SIDE, 1)


def _line(
    start: tuple[float, float], end: tuple[float, float], colour: str, *, dashed: bool = False
) -> str:
    (x1, y1), (x2, y2) = _place(*start), _place(*end)
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"{dash}/>'


def _tick(at: float) -> tuple[str, str]:
    (x, below), (left, y) = _place(at, 0.0), _place(0.0, at)
    return _text(x, below + 16, f"{at:.1f}"), _text(left - 18, y + 4, f"{at:.1f}")


def _dot(row: Mapping[str, Any], most: int) -> tuple[str, str]:
    low, high = row["interval"]
    x, y = _place(row["stated"], row["share"])
    radius = round(3.0 + 7.0 * (row["cases"] / most) ** 0.5, 1)
    whisker = _line((row["stated"], low), (row["stated"], high), "#1f5fa8")
    told = f"{row['hits']} of {row['cases']}"
    return whisker, (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#1f5fa8" fill-opacity="0.7">'
        f"<title>{told}</title></circle>"
    )


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="#222">{escape(words)}</text>'
