"""Text to tokens, for Chinese and English alike, without a dictionary.

`a.b-c_d` and `camelCase` stand whole and in parts; English words are stemmed lightly; runs of
Chinese, Japanese or Korean characters become overlapping pairs, a lonely character itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

TOKENIZER_VERSION = "1"
Lang = Literal["zh", "en"]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0002fa1f"
_RUN = re.compile(rf"[{_CJK}]+|[^\W{_CJK}]+(?:[.\-][^\W{_CJK}]+)*")
_CJK_FIRST = re.compile(rf"[{_CJK}]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_PART = re.compile(r"[._\-]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ASCII_WORD = re.compile(r"^[a-z]+$")
# Letters alone: hosts, versions, paths and ids tell one thing of many, not what is spoken of.
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_SENTENCE_ENDS = ".:!?;\u3002"  # after NFKC, which leaves the Chinese full stop
_TITLE_WORD = 4  # letters; shorter ones are not capital in a title

# Words that only ask; dropped from questions, never from documents.
_STOP_EN = re.compile(
    r"a|about|all|an|and|any|are|as|at|be|been|but|by|can|could|did|do|does|for|from|get"
    r"|give|had|has|have|how|i|if|in|into|is|it|its|me|my|need|not|of|on|or|our|please|shall"
    r"|should|so|some|tell|that|the|their|them|then|there|these|they|this|to|up|us|was|we"
    r"|were|what|when|where|which|who|whom|whose|why|will|with|would|you|your"
)
_STOP_ZH = re.compile(
    "怎么处理|如何处理|怎么解决|如何解决|怎么样|怎么办|怎么|怎样|如何|什么时候|什么样|为什么|什么|请问"
    "|哪些|哪里|哪条|哪个|是否|是不是|要不要|算不算|应该|应当|可以|需要|吗|呢|了|的|吧|我们|我|你|把|被|谁"
)


class Unit(NamedTuple):
    """A smallest piece of a question and the tokens of which any one covers it."""

    tokens: tuple[str, ...]


def normalise(text: str) -> str:
    """Fold to NFKC and drop control, bidi, zero-width, surrogate and private-use characters."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def detect_language(text: str) -> Lang:
    """Name the language to answer in: zh where Han stands for a fifth of the letters or more.

    A text with kana is Japanese and answered in English, as is one without any letter.
    """
    if _KANA.search(text):
        return "en"
    letters = sum(1 for char in text if char.isalpha())
    return "zh" if letters and len(_HAN.findall(text)) * 5 >= letters else "en"


def written_language(text: str) -> Lang:
    """Name the language that a document is written in: zh from a twentieth of Han on.

    Commands and names are Latin in either language and fill pages; Han letters stand in one.
    """
    letters = sum(1 for char in text if char.isalpha())
    return "zh" if letters and len(_HAN.findall(text)) * 20 >= letters else "en"


def stem(word: str) -> str:
    """Cut the plural and verb endings of an English word; other words stay as they are.

    >>> [stem(w) for w in ("nodes", "retries", "failing", "stopped", "class", "status")]
    ['node', 'retry', 'fail', 'stop', 'class', 'status']
    """
    if len(word) < 4 or not _ASCII_WORD.match(word):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _undouble(word[: -len(ending)])
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 and word[-2] not in "aeiou" else word


def _undouble(word: str) -> str:
    double = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if double else word


def tokenize(text: str) -> list[str]:
    """Give the tokens of a document in reading order, repeats kept."""
    return [token for run in _RUN.findall(normalise(text)) for token in _tokens_of(run)]


def question_tokens(text: str) -> list[str]:
    """Give the tokens of a question in reading order, without the words that only ask."""
    return [token for run in _question_runs(text) for token in _tokens_of(run)]


def token_weights(tokens: Iterable[str], weight: float = 1.0) -> dict[str, float]:
    """Count the tokens of a query: a repeated word weighs as often as it stands there."""
    return {token: count * weight for token, count in Counter(tokens).items()}


def question_units(text: str) -> list[Unit]:
    """Cut a question into the pieces whose coverage is measured; repeats kept.

    A Latin part is one unit. A CJK character is one, covered by either pair around it, so that
    pairs across a word boundary do not count as missing.
    """
    return [unit for run in _question_runs(text) for unit in _units_of(run)]


def question_names(text: str, lang: Lang) -> list[tuple[str, ...]]:
    """Give what a question calls by a Latin name, in reading order: its token, and its parts.

    A name is a word of letters alone with a capital in it. In English one that only begins a
    sentence is none, nor is one of a title, or of a question that is all in capitals.

    >>> question_names("Why did Proxmox evict the TiDB pod?", "en")
    [('proxmox',), ('tidb', 'ti', 'db')]
    """
    told = normalise(text)
    if lang == "en" and told.isupper():
        return []
    runs = (run for run in _RUN.finditer(told) if _LATIN_WORD.fullmatch(run[0]))
    words = [word for word in runs if not _in_path(told, word)]
    capital = [word for word in words if word[0].istitle()]
    if lang == "en":
        capital = _without_titles(told, words)
    names = [word for word in words if word in capital or not word[0][1:].islower()]
    return [tuple(_tokens_of(name[0])) for name in names]


def _without_titles(text: str, words: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Give the words with one capital that neither begin a sentence nor stand in a title."""
    within = [word for word in words if not _begins_sentence(text, word.start())]
    capital = [word for word in within if word[0].istitle()]
    long = [word for word in within if len(word[0]) >= _TITLE_WORD and word[0][1:].islower()]
    told = sum(word[0].istitle() for word in long)
    return [] if told > 1 and 2 * told > len(long) else capital


def _in_path(text: str, word: re.Match[str]) -> bool:
    return "/" in (text[max(word.start() - 1, 0) : word.start()], text[word.end() : word.end() + 1])


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return not before or before[-1] in _SENTENCE_ENDS


def _question_runs(text: str) -> Iterator[str]:
    for run in _RUN.findall(normalise(text)):
        if _is_cjk(run):
            pieces = _STOP_ZH.split(run)
            yield from (piece for piece in pieces if len(piece) > 1 or piece == run)
        elif not _STOP_EN.fullmatch(run.casefold()):
            yield run


def _is_cjk(run: str) -> bool:
    return _CJK_FIRST.match(run) is not None


def _tokens_of(run: str) -> list[str]:
    if _is_cjk(run):
        return _pairs(run)
    parts = _parts(run)
    return parts if len(parts) < 2 else [run.casefold(), *parts]


def _units_of(run: str) -> list[Unit]:
    if not _is_cjk(run):
        return [Unit((part,)) for part in _parts(run)]
    if len(run) == 1:
        return [Unit((run,))]
    pairs = _pairs(run)
    return [Unit(tuple(pairs[max(i - 1, 0) : i + 1])) for i in range(len(run))]


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def _parts(run: str) -> list[str]:
    pieces = (piece for part in _PART.split(run) for piece in _CAMEL.split(part))
    return [stem(piece.casefold()) for piece in pieces if piece]
