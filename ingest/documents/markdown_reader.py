"""Markdown -> blocks, by markdown-it; front matter is left to the caller, HTML is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.documents.blocks import Block, BlockKind, Collected, Reading, Refusal, marked, unmarked

if TYPE_CHECKING:
    from markdown_it.token import Token

LINE_CHARS_AT_MOST: Final = 20_000  # beyond, no person reads it as a line


def read_markdown(text: str, *, first_line: int = 1) -> Reading:
    """Read Markdown; places are lines, counted from `first_line`.

    Raises: Refusal `long_line`.
    """
    from markdown_it import MarkdownIt

    for number, line in enumerate(text.split("\n"), first_line):
        if len(line) > LINE_CHARS_AT_MOST:
            raise Refusal("long_line", number, str(len(line)))
    parser = MarkdownIt("commonmark").enable("table")
    # A link that may not pass is to be told of, not to be left as letters.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    reader = _Walk(first_line)
    for token in parser.parse(text):
        reader.take(token)
    return Reading("line", blocks=tuple(reader.out.blocks), notes=tuple(reader.out.notes))


class _Walk:
    """Takes the tokens in their order, and keeps of which lists they are a part."""

    def __init__(self, first_line: int) -> None:
        self.out: Final = Collected()
        self._first: Final = first_line
        self._lists: Final[list[str]] = []
        self._item_begun = False
        self._heading = 0

    def take(self, token: Token) -> None:
        place = self._first + (token.map[0] if token.map else 0)
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            self._lists.append(token.type)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            self._lists.pop()
        elif token.type == "list_item_open":
            self._item_begun = True
        elif token.type == "heading_open":
            self._heading = int(token.tag[1:])
        elif token.type == "inline":
            self._inline(token, place)
        elif token.type in {"fence", "code_block"}:
            self._add(BlockKind.CODE, token.content.rstrip("\n"), place)
        elif token.type == "html_block":
            self._html(token.content, place)

    def _html(self, content: str, place: int) -> None:
        self.out.note("html_left_out", place, content)

    def _inline(self, token: Token, place: int) -> None:
        spans, links, text = list[str](), list[str](), list[str]()
        coded = any(child.type == "code_inline" for child in token.children or ())
        for child in token.children or ():
            if child.type == "code_inline":
                spans.append(child.content)
                text.append(marked(child.content))
            elif child.type in {"softbreak", "hardbreak"}:
                text.append("\n")
            elif child.type == "html_inline":
                self._html(child.content, place)
            elif child.type == "image":
                self.out.note("image_left_out", place, child.content)
            elif child.type == "link_open":
                links.append(str(child.attrGet("href") or ""))
            else:
                text.append(unmarked(child.content) if coded else child.content)
        kind = self._kind()
        level = self._heading or max(len(self._lists), 1)
        self.out.add(Block(kind, "".join(text), place, level, tuple(spans), tuple(links)))
        self._heading = 0
        self._item_begun = False

    def _kind(self) -> BlockKind:
        if self._heading:
            return BlockKind.HEADING
        if self._item_begun:
            # A step is an item of the outermost list; a numbered one below it belongs to the step.
            outer = self._lists == ["ordered_list_open"]
            return BlockKind.ITEM if outer else BlockKind.BULLET
        return BlockKind.BULLET if self._lists else BlockKind.TEXT

    def _add(self, kind: BlockKind, text: str, place: int) -> None:
        self._item_begun = False
        self.out.add(Block(kind, text, place, max(len(self._lists), 1), (text,)))
