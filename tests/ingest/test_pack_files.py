"""Reading YAML: values keep their lines, and what is dangerous or ambiguous is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InputError, TooLargeError
from ingest.pack_files import Shape
from ingest.yaml_source import BYTES_AT_MOST, parse_yaml, read_text, read_yaml


class Pool(Shape):
    """A shape for these tests."""

    name: str
    size: int
    share: float = 1.0
    tags: tuple[str, ...] = ()


def _message(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "p.yaml")
    return str(caught.value)


def test_scalars_follow_the_core_schema() -> None:
    """Times, dates and yes stay text; numbers, true and null do not."""
    source = parse_yaml(
        "a: 19:00\nb: 2025-03-11\nc: yes\nd: 1e3\ne: true\nf: ~\ng: '7'\nh: 7\n", "p"
    )

    assert source.root.plain() == {
        "a": "19:00", "b": "2025-03-11", "c": "yes", "d": 1000.0,
        "e": True, "f": None, "g": "7", "h": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "p.yaml:1: the file is empty"),
        ("# only a comment\n", "p.yaml:1: the file is empty"),
        ("- a\n", "p.yaml:1: the file must be a mapping"),
        ("a: 1\nb: [1\n", "p.yaml:3: broken YAML"),
        ("a: 1\nb: 2\na: 3\n", "p.yaml:3: a: key twice, first on line 1"),
        ("a: 1\n---\nb: 2\n", "more than one document"),
        ("a: !!python/object:os.system x\n", "p.yaml:1: a: tags are not allowed"),
        ("a: !thing {b: 1}\n", "p.yaml:1: a: tags are not allowed"),
        ("a: 1\nb: *none\n", "p.yaml:2: b: unknown anchor 'none'"),
        ("{[1]: 2}\n", "a key must be a plain word"),
        ("~: 2\n", "a key must be a plain word"),
        ("a: \t\x01\n", "broken YAML"),
        ("a: " + "[" * 60 + "]" * 60, "more than 40 levels deep"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, said: str) -> None:
    """Broken, empty, repeated, tagged or too deep: the error names the line."""
    assert said in _message(text)


def test_anchors_work_but_a_bomb_does_not_go_off() -> None:
    """An anchor expands; nine levels of nine are refused before they take memory."""
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert parse_yaml("a: &x {k: 1}\nb: *x\n", "p").root.plain() == {"a": {"k": 1}, "b": {"k": 1}}
    assert "more than 400000 values" in _message(bomb)


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path) -> None:
    """A GB18030 file is refused with the line of its first wrong byte."""
    path = tmp_path / "pack.yaml"
    path.write_bytes("a: 1\nb: 考试\n".encode("gb18030"))

    with pytest.raises(InputError, match=r"pack\.yaml:2: byte 0xbf is not UTF-8"):
        read_yaml(path)


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    """A file saved with a BOM reads as one without."""
    path = tmp_path / "pack.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert read_yaml(path).root.plain() == {"a": 1}


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """A sparse file of one gigabyte is refused by its size alone."""
    path = tmp_path / "pack.yaml"
    with path.open("wb") as file:
        file.truncate(1024**3)

    with pytest.raises(TooLargeError, match=str(BYTES_AT_MOST)):
        read_text(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error names the path that is not there."""
    with pytest.raises(InputError, match=r"topology\.yaml: cannot be read"):
        read_yaml(tmp_path / "topology.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nsize: 3\ncolour: red\n", "p.yaml:3: colour: Extra inputs are not permitted"),
        ("name: a\n", "p.yaml:1: size: Field required"),
        ("name: a\nsize: 5m\n", "p.yaml:2: size: Input should be a valid integer, is '5m'"),
        ("name: a\nsize: true\n", "p.yaml:2: size: Input should be a valid integer, is True"),
        ("name: a\nsize: 1\nshare: 80%\n", "p.yaml:3: share: Input should be a valid number"),
        ("name: a\nsize: 1\ntags:\n  - x\n  - 7\n", "p.yaml:5: tags[1]: Input should be a valid"),
    ],
)
def test_a_wrong_value_is_named_by_line_and_key(text: str, said: str) -> None:
    """A shape is closed and strict: no unknown key, no unit in a number, no word for a count."""
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "p.yaml").parse(Pool)

    assert said in str(caught.value)


def test_every_wrong_value_of_a_file_is_reported() -> None:
    """Two mistakes come back together, in file order."""
    with pytest.raises(InputError) as caught:
        parse_yaml("name: 1\nsize: x\n", "p.yaml").parse(Pool)

    assert [item.pointer for item in caught.value.errors] == ["p.yaml:1: name", "p.yaml:2: size"]
    assert str(caught.value).endswith("(and 1 more)")
