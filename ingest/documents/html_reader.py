"""HTML -> blocks, by lxml without network; what a reader of the page would not see is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.documents.blocks import Block, BlockKind, Collected, Reading, Refusal, marked

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]  # ships no types

_LEFT_OUT: Final = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "head",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "nav",
        "footer",
    ]
)
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0(?![.\d])"
    r"|(left|top|text-indent)\s*:\s*-\d{3,}",
    re.I,
)
_HEADING: Final = re.compile(r"h([1-6])$")
_BLOCKS: Final = frozenset(
    [
        "p",
        "li",
        "td",
        "th",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "div",
        "section",
        "article",
        "figcaption",
        "ul",
        "ol",
        "table",
        "tr",
        "tbody",
        "thead",
        "main",
        "body",
        "html",
        "dl",
        "header",
        "aside",
        "details",
        "summary",
        "figure",
        "hr",
    ]
)
_DEEPEST: Final = 200


def read_html(text: str) -> Reading:
    """Read a page; places are lines. Scripts, hidden elements and comments are left out and noted.

    Raises: Refusal `broken`, `too_deep`.
    """
    from lxml import etree, html  # type: ignore[import-untyped]  # ships no types

    # Decoded already: a page's own declaration of its encoding is not heard again.
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_pis=True, encoding="utf-8")
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Refusal("broken", seen=str(error)) from error
    title = root.findtext(".//title") or ""
    walk = _Walk()
    body = root.find("body")
    walk.enter(root if body is None else body, 0)
    walk.end()
    said = " ".join(title.split())
    return Reading("line", said, blocks=tuple(walk.out.blocks), notes=tuple(walk.out.notes))


class _Walk:
    """Goes down the tree; the text of one block is gathered until the next block begins."""

    def __init__(self) -> None:
        self.out: Final = Collected()
        self._lists: Final[list[str]] = []
        self._text: list[str] = []
        self._spans: list[str] = []
        self._links: list[str] = []
        self._kind = BlockKind.TEXT
        self._level = 1
        self._place = 1

    def enter(self, element: HtmlElement, depth: int) -> None:
        if depth > _DEEPEST:
            raise Refusal("too_deep", element.sourceline or 0)
        if not isinstance(element.tag, str):
            self.out.note("comment_left_out", element.sourceline or 0, (element.text or "").strip())
        elif element.tag in _LEFT_OUT:
            self._leave_out("script_left_out" if element.tag == "script" else "", element)
        elif _is_hidden(element):
            self._leave_out("hidden_left_out", element)
        else:
            self._take(element, depth)

    def _leave_out(self, code: str, element: HtmlElement) -> None:
        if code:
            self.out.note(code, element.sourceline or 0, " ".join(element.text_content().split()))

    def _take(self, element: HtmlElement, depth: int) -> None:
        tag = element.tag
        if tag == "pre":
            self._code(element)
        elif tag in {"code", "kbd", "samp"}:
            self._span(element)
        elif tag == "br":
            self._text.append("\n")
        else:
            self._open(element)
            self._children(element, depth)
            self._close(element)

    def _children(self, element: HtmlElement, depth: int) -> None:
        self._say(element.text)
        for child in element:
            self.enter(child, depth + 1)
            self._say(child.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._text.append(re.sub(r"\s+", " ", text))

    def _open(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in {"ol", "ul"}:
            self._lists.append(tag)
        if tag == "a" and element.get("href"):
            self._links.append(str(element.get("href")))
        if tag == "img":
            self.out.note("image_left_out", element.sourceline or 0, element.get("alt") or "")
        if tag not in _BLOCKS:
            return
        if not (tag == "p" and self._kind in {BlockKind.ITEM, BlockKind.BULLET} and not self._said):
            self.end()
        self._place = element.sourceline or self._place
        if heading := _HEADING.match(tag):
            self._kind, self._level = BlockKind.HEADING, int(heading[1])
        elif tag == "li":
            outer = self._lists == ["ol"]
            self._kind = BlockKind.ITEM if outer else BlockKind.BULLET
            self._level = max(len(self._lists), 1)
        elif self._lists and self._kind is not BlockKind.ITEM:
            self._kind = BlockKind.BULLET

    def _close(self, element: HtmlElement) -> None:
        if element.tag in _BLOCKS:
            self.end()
        if element.tag in {"ol", "ul"}:
            self._lists.pop()

    @property
    def _said(self) -> bool:
        return bool("".join(self._text).strip())

    def end(self) -> None:
        """Close the block that was begun."""
        text = "\n".join(line.strip() for line in "".join(self._text).split("\n")).strip()
        if text:
            spans, links = tuple(self._spans), tuple(self._links)
            self.out.add(Block(self._kind, text, self._place, self._level, spans, links))
            self._kind, self._level = BlockKind.TEXT, 1
        self._text, self._spans, self._links = [], [], []
        if not self._lists:
            self._kind, self._level = BlockKind.TEXT, 1

    def _code(self, element: HtmlElement) -> None:
        self.end()
        text = element.text_content().strip("\n")
        place = element.sourceline or self._place
        self.out.add(Block(BlockKind.CODE, text, place, max(len(self._lists), 1), (text,)))

    def _span(self, element: HtmlElement) -> None:
        text = " ".join(element.text_content().split())
        if text:
            self._spans.append(text)
            self._text.append(marked(text))


def _is_hidden(element: HtmlElement) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return _HIDDEN.search(element.get("style") or "") is not None
