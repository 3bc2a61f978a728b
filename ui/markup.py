"""HTML that cannot forget to escape: plain text is escaped, only `Html` passes as it is.

Texts of alerts come from outside. Characters that nobody can see, or that turn the direction of
the line, are shown by their code point, so that no name can pose as another.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from graph.words import visible as visible

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&^=])")
_NAME: Final = re.compile(r"^[a-z][a-z0-9-]*$")


class Html(str):
    """Markup that is safe to send: made by `element` and `join`, or a constant of ours."""

    __slots__ = ()


def escape(text: str) -> Html:
    """Turn plain text into safe markup; `Html` is returned unchanged."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(visible(text), quote=True))


def join(parts: Iterable[str], separator: str = "") -> Html:
    """Join parts, escaping those that are plain text; the separator too."""
    return Html(escape(separator).join(escape(part) for part in parts))


def element(tag: str, *children: str, cls: str = "", style: str = "", **attributes: str) -> Html:
    """Build one element; children that are plain text are escaped.

    `style` and the names of attributes must be ours; `_` in a name stands for `-`.

    >>> element("b", "<i>", cls="x")
    '<b class="x">&lt;i&gt;</b>'
    """
    named = {"class": cls, "style": style} | {
        name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()
    }
    if not all(_NAME.match(name) for name in (tag, *named)):
        raise ValueError(f"not a name of HTML among {(tag, *named)!r}; use letters, digits and '-'")
    opened = "".join(f' {name}="{escape(value)}"' for name, value in named.items() if value)
    return Html(f"<{tag}{opened}>{join(children)}</{tag}>")


def div(cls: str, *children: str, style: str = "", **attributes: str) -> Html:
    """Build a `div` of a class; the most used element has the shortest word."""
    return element("div", *children, cls=cls, style=style, **attributes)


def span(cls: str, *children: str, style: str = "", **attributes: str) -> Html:
    """Build a `span` of a class."""
    return element("span", *children, cls=cls, style=style, **attributes)


def label(text: str) -> str:
    """Make a text safe as the label of a Streamlit button, which reads Markdown and :shortcodes:.

    A word joiner after each colon keeps directives and emoji names from forming.
    """
    return _MARKDOWN.sub(r"\\\1", visible(text)).replace(":", ":\u2060")
