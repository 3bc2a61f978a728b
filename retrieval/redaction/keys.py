"""What opens a door: tokens, keys, passwords, by known shapes, by their label, and by disorder."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from retrieval.redaction.spans import Span, TakenKind, spans_of

_KNOWN: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}|\bLTAI[A-Za-z0-9]{10,}|\bAKID[A-Za-z0-9]{10,}"
    r"|\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w\-]{12,}"
    r"|\b(?:sk|pk|rk)[-_](?:[a-z]+[-_]){0,3}[A-Za-z0-9_\-]{12,}|\bxox[abposr]-[\w\-]{10,}"
    r"|\bxapp-[\w\-]{10,}"
    r"|\bAIza[\w\-]{20,}|\bya29\.[\w\-]+|\bhf_[A-Za-z0-9]{16,}|\bnpm_[A-Za-z0-9]{16,}"
    r"|\bpypi-[\w\-]{16,}"
    r"|\bSG\.[\w\-]{10,}\.[\w\-]{10,}|\bdop_v1_[a-f0-9]{16,}|\bhv[sbr]\.[\w\-]{16,}|\bEAAC[\w]{16,}"
    r"|\beyJ[\w\-]{8,}(?:\.[\w\-]*){0,2}|\bssh-(?:rsa|ed25519)\s+[A-Za-z0-9+/=]{20,}"
    r"|\bAGE-SECRET-KEY-[A-Z0-9]+|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
    re.S,
)
_IN_URL: Final = re.compile(r"(?<=://)[^\s/@:]{0,80}:[^\s/@]{1,200}(?=@)")
_AUTHORIZATION: Final = re.compile(
    r"\b(?:bearer|basic|apikey|token)\s+(?P<value>[\w\-.~+/=]{8,})", re.I
)
# A header's credentials need no figure to be told from a word: `Basic dXNlcjpwYXNz`.
_HEADER: Final = re.compile(
    r"\bauthorization[\"']?\s*[:=]\s*[\"']?(?:[a-z]+\s+)?(?P<value>[\w\-.~+/=]{8,})", re.I
)
_LABEL: Final = (
    r"(?:密码|密碼|口令|密钥|密鑰|秘钥|私钥|令牌|验证码|动态码|授权码|凭证|访问码|通行码"
    r"|(?<![A-Za-z])(?:password|passwd|passphrase|pwd|pass|secret|token|api[_\- ]?key"
    r"|access[_\- ]?key"
    r"|private[_\- ]?key|secret[_\- ]?key|auth[_\- ]?key|credential|client[_\- ]?secret"
    r"|session[_\- ]?id"
    r"|cookie|otp|pin))(?:[_\- ]?(?:id|key))?"
)
_LABELLED: Final = re.compile(
    rf"{_LABEL}[\"']?\s*(?:[:：=]+>?"
    rf"|--?)\s*[\"'`「“]?(?P<value>(?:(?![\"'`,;<>\[\]])[!-~]){{4,200}})",
    re.I,
)
# `password is wrong` tells no password: without a sign between, it must look like one.
_SAID: Final = re.compile(
    rf"{_LABEL}\s*(?:是|为|改成了?|改为了?|设为|设成了?|叫|\bis\b|\bwas\b|\bto\b|\s)\s*[\"'`「“]?"
    r"(?P<value>[!-~]{4,200}?)(?=[\s\"'`，。；、」”]|[.,;:!?]*(?:\s|$|[\u4e00-\u9fff]))",
    re.I,
)
# In Chinese a password that is only letters, where the sentence ends behind it: 密码是 hunter。
_TOLD: Final = re.compile(
    r"(?:密码|口令)\s*(?:是|为|改成了?|改为了?|设为|设成了?|叫)\s*[\"'`「“]?"
    r"(?!(?:wrong|expired|empty|null|none|blank|invalid|incorrect|required|optional|unknown|missing"
    r"|default|admin|root|true|false|utf|ascii|base64|bcrypt|scrypt|argon2|sha|hash|hashed|plain"
    r"|encrypted|correct|valid|okay)\b)"
    r"(?P<value>[A-Za-z][!-~]{3,199}?)(?=[\"'`」”]?\s*(?:[,.;!?，。；、！？\n]|$))",
    re.I,
)
# In Chinese nothing need stand between: 密码hunter2.
_ADJOINED: Final = re.compile(
    r"(?:密码|口令|密钥|秘钥|私钥|令牌)(?P<value>[A-Za-z0-9][!-~]{3,199}?)"
    r"(?=[\s\"'`，。；、」”]|[.,;]?(?:\s|$)|[\u4e00-\u9fff])"
)
_OPTION: Final = re.compile(
    r"(?:^|\s)(?:-p\s?(?=\S*\d)(?=\S*[A-Za-z])|--password[= ]|--token[= ]|-u\s*[\w.\-]+:)"
    r"(?P<value>[!-~]{4,200})"
)
_VARIABLE: Final = re.compile(
    r"\b[A-Z_]{0,30}(?:PASSWORD|PASSWD|PWD|TOKEN|SECRET"
    r"|KEY)[A-Z_]{0,30}\s?=\s?[\"']?(?P<value>[^\s\"';&|]{3,200})"
)
_CODE: Final = re.compile(
    r"(?:验证码|动态码|授权码|校验码|取件码|\b(?:otp|pin|passcode"
    r"|verification\s+code)\b)\s*(?:[:：=]|是|为|\bis\b)?\s*"
    r"(?P<value>\d{4,8})(?!\d)"
    r"|(?:密码|口令|暗号)\s*(?:[:：=]|是|为)\s*(?P<han>[\u4e00-\u9fff]{1,8}\d{2,})",
    re.I,
)
_WORDS: Final = re.compile(r"[A-Za-z0-9_+/=\-.~]{10,}")
_PIECES: Final = re.compile(r"[A-Za-z0-9+/=]{10,}")
_HUMPS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[+/=]+")
_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{12,}")
_MADE: Final = re.compile(r"\d.*[A-Za-z]|[A-Za-z].*\d|[^\w]")
_CONSONANTS: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}", re.I)


def find_keys(text: str) -> Iterator[Span]:
    """Yield everything that looks like a secret."""
    yield from spans_of(_KNOWN, text, TakenKind.SECRET)
    yield from spans_of(_IN_URL, text, TakenKind.SECRET)
    for pattern in (_AUTHORIZATION, _SAID, _ADJOINED, _OPTION):
        for span in spans_of(pattern, text, TakenKind.SECRET, group="value"):
            if _MADE.search(text[span.start : span.end]):
                yield span
    for pattern, group in (
        (_HEADER, "value"),
        (_LABELLED, "value"),
        (_TOLD, "value"),
        (_VARIABLE, "value"),
        (_CODE, "value"),
        (_CODE, "han"),
    ):
        yield from spans_of(pattern, text, TakenKind.SECRET, group=group)
    for word in _WORDS.finditer(text):
        for piece in _PIECES.finditer(word[0]):
            if is_disordered(piece[0]):
                labelled = word[0].rfind(
                    "=", 0, piece.start() + 1 + piece[0].rstrip("=").rfind("=")
                )
                yield Span(word.start() + labelled + 1, word.end(), TakenKind.SECRET)
                break


def is_disordered(piece: str) -> bool:
    """Tell a random string from a word, a camelCase name or a hash of a pod.

    Its parts at humps and figures are short, it spreads over many characters, or no mouth could
    say it. Source: thresholds set on names of alerts, metrics and pods on one side and on drawn
    strings of 12 to 64 characters on the other.

    >>> [is_disordered(w) for w in ("ExamDbConnectionPoolExhausted", "9fK2mQ7xVt4LbZ0s")]
    [False, True]
    """
    if _HEX.fullmatch(piece):
        return len(piece) >= 16 and any(c.isdigit() for c in piece) and not piece.isdigit()
    parts = _HUMPS.findall(piece)
    mean = len(piece) / max(len(parts), 1)
    digits = sum(c.isdigit() for c in piece)
    if digits >= 2 and len(piece) >= 14 and mean < 3.5 and _bits(piece) >= 3.0:
        return True
    mixed = piece != piece.lower() and piece != piece.upper()
    if mixed and digits >= 3 and mean < 1.8:
        return True
    if len(piece) >= 16 and mean < 2.6 and _bits(piece) >= 3.2:
        return True
    return len(piece) >= 16 and digits < len(piece) / 2 and bool(_CONSONANTS.search(piece))


def _bits(text: str) -> float:
    """Give the Shannon entropy of a string's characters, in bits a character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)
