"""Where something is: machines of the house, mailboxes, and where people live."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Final

from retrieval.redaction.spans import Span, TakenKind, spans_of

# Names that no public resolver knows; a house adds its own.
INTERNAL: Final = (
    "local",
    "internal",
    "intranet",
    "intra",
    "lan",
    "corp",
    "private",
    "localdomain",
    "home.arpa",
    "svc",
)
_MAIL: Final = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[A-Za-z0-9\-]+(?:\s?(?:\.|\(dot\)"
    r"|\[dot\])\s?[A-Za-z0-9\-]+)*"
    r"(?:\.|\(dot\)|\[dot\])\s?[A-Za-z]{2,}",
    re.I,
)
_IPV4: Final = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?::\d{1,5})?(?!\.?\d)")
_IPV6: Final = re.compile(
    r"(?<![0-9A-Za-z:.])\[?[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:/\d{1,3})?\]?(?![0-9A-Za-z:])"
)
_VERSION: Final = re.compile(r"(?:\bv|version\s*|版本\s*|release\s*)$", re.I)
_MAC: Final = re.compile(
    r"(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{2}[:\-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z:])"
)
_MAC_DOTTED: Final = re.compile(
    r"(?<![0-9A-Za-z.])(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![0-9A-Za-z.])"
)
_MAIL_SPOKEN: Final = re.compile(
    r"\b[A-Za-z0-9._%+\-]{1,64}\s+at\s+[A-Za-z0-9\-]{1,40}(?:\s+dot\s+[A-Za-z0-9\-]{2,20}){1,3}\b",
    re.I,
)
_SHARE: Final = re.compile(r"\\\\[\w.\-]+\\[\w.\-$\\]+")
_HOST: Final = re.compile(
    r"(?<![a-z0-9_.\-])(?:[a-z][a-z0-9+\-]{1,20}://)?(?:[a-z0-9_][a-z0-9_\-]{0,62}\.){1,8}[a-z]{2,20}(?![a-z0-9\-])(?::\d{1,5})?(?:/[^\s\"'`,;，。；、<>）)]*)?",
    re.I,
)
_STREET: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,9}?(?:省"
    r"|自治区))?(?:[\u4e00-\u9fff]{2,7}?市)?(?:[\u4e00-\u9fff]{1,7}?[区县镇乡])?"
    r"[\u4e00-\u9fff]{1,8}?(?<![线链电网通回多双单支分思一])(?:路|街|大道|巷|弄|胡同"
    r"|村)(?:[东西南北中]?[一二三四五六七八九十\d]{0,2}段)?\s?\d{1,5}\s?(?:号|弄)(?:院|楼)?"
    r"(?:\s?[\dA-Za-z]{1,5}\s?(?:号楼|栋|幢|座|单元|层|楼|室|号))*"
    r"|[\u4e00-\u9fff]{2,8}(?:小区|花园|公寓|家园|新村)\s?[\dA-Za-z]{1,5}\s?(?:号楼|栋|幢|座|单元"
    r"|楼|号)"
    r"(?:\s?[\dA-Za-z]{1,5}\s?(?:单元|层|楼|室|号))*"
)
_LEAD: Final = re.compile(r".*(?:住在|家住|住址|位于|地址[是为]?|搬到|送到|说|在)")
_STREET_EN: Final = re.compile(
    r"(?<![\w.])\d{1,5}[A-Z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][a-z]+\s+){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl)\b\.?"
    r"(?:,?\s+(?:Apt|Unit|Suite|Room|#)\.?\s*\w+)?"
)


def find_addresses(text: str, internal: Iterable[str]) -> Iterator[Span]:
    """Yield addresses; a host counts where its name ends like one of `internal`."""
    for pattern in (_MAIL, _MAIL_SPOKEN):
        yield from spans_of(pattern, text, TakenKind.EMAIL)
    yield from _machines(text)
    yield from _hosts(text, tuple(suffix.lstrip("*.").lower() for suffix in internal))
    for pattern in (_MAC, _MAC_DOTTED, _SHARE, _STREET_EN):
        yield from spans_of(pattern, text, TakenKind.ADDRESS)
    for span in spans_of(_STREET, text, TakenKind.ADDRESS):
        lead = _LEAD.match(text, span.start, span.end)
        yield Span(lead.end() if lead else span.start, span.end, TakenKind.ADDRESS)


def _machines(text: str) -> Iterator[Span]:
    """Yield every address of a machine but its own (127.0.0.1, 0.0.0.0) and none of a version."""
    for span in spans_of(_IPV4, text, TakenKind.ADDRESS):
        address = _address(re.split(r"[/:]", text[span.start : span.end])[0])
        if address and not _is_nowhere(address) and not _VERSION.search(text[: span.start]):
            yield span
    for span in spans_of(_IPV6, text, TakenKind.ADDRESS):
        found = text[span.start : span.end].strip("[]").split("/")[0]
        address = _address(found) if sum(c.isalnum() for c in found) >= 3 else None
        if address and not _is_nowhere(address):
            yield span


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_nowhere(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_loopback or address.is_unspecified


def _hosts(text: str, internal: tuple[str, ...]) -> Iterator[Span]:
    for span in spans_of(_HOST, text, TakenKind.ADDRESS):
        rest = text[span.start : span.end].split("://")[-1]
        host = re.split(r"[:/]", rest)[0].lower()
        if any(host == suffix or host.endswith("." + suffix) for suffix in internal):
            yield span
