"""The glossary of operations."""

from __future__ import annotations

from retrieval.words.glossary import GLOSSARY_FILE, Glossary, load_glossary
from retrieval.words.tokens import Unit

GLOSSARY = Glossary([(["连接池"], ["connection pool"]), (["连接"], ["connection", "link"])])


def test_the_longest_term_wins() -> None:
    """A term inside a longer one does not speak."""
    assert GLOSSARY.translate("连接池", "zh").terms == (("connection", "pool"),)
    assert GLOSSARY.translate("connection pool", "en").terms == (("连接", "接池"),)


def test_synonyms_all_translate() -> None:
    """Every synonym of the other side is looked for."""
    assert GLOSSARY.translate("连接", "zh").terms == (("connection", "link"),)


def test_what_has_no_translation_is_kept_as_missing() -> None:
    """Unknown words remain, so that coverage can fall."""
    assert GLOSSARY.translate("link zebra", "en").rest == (Unit(("zebra",)),)
    assert GLOSSARY.translate("连接斑马", "zh").rest == (Unit(("斑马",)), Unit(("斑马",)))


def test_the_shipped_glossary_is_of_use() -> None:
    """It holds at least 250 terms and knows the words of the story."""
    glossary = load_glossary(GLOSSARY_FILE)
    assert len(GLOSSARY_FILE.read_text(encoding="utf-8").splitlines()) > 250
    assert {"origin", "fetch"} <= {
        t for term in glossary.translate("回源", "zh").terms for t in term
    }
