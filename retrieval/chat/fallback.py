"""Why a model did not help, in both languages; the answer is quoted all the same."""

from __future__ import annotations

from typing import Final

from graph.model.base import Text
from retrieval.chat.port import Silence
from retrieval.results import Fallback

FAULTY: Final = "faulty"
REFUSED: Final = "refused"
RESTING: Final = "resting"
CROWDED: Final = "crowded"
UNLISTED: Final = "unlisted"
_WHY: Final[dict[str, Text]] = {
    Silence.UNREACHABLE: Text(zh="连不上它的服务", en="its server cannot be reached"),
    Silence.TIMEOUT: Text(zh="它没有及时答复", en="it did not answer in time"),
    Silence.BUSY: Text(zh="它的服务说请求太多", en="its server has too many requests"),
    Silence.SERVER_ERROR: Text(zh="它的服务出错", en="its server failed"),
    Silence.DENIED: Text(zh="它的服务不接受密钥", en="its server does not accept the key"),
    Silence.REDIRECTED: Text(
        zh="它的服务让请求转到别处，没有跟过去",
        en="its server pointed elsewhere, which was not followed",
    ),
    Silence.TOO_LONG: Text(zh="它的答复太长", en="its answer was too long"),
    Silence.UNREADABLE: Text(zh="它的答复读不出来", en="its answer could not be read"),
    Silence.FORM_UNKNOWN: Text(
        zh="它的服务不认识这种请求，或没有这个模型",
        en="its server does not know such requests, or lacks the model",
    ),
    FAULTY: Text(
        zh="它的答复两次没有通过与 SOP 的核对",
        en="its answer failed the check against the SOPs twice",
    ),
    REFUSED: Text(zh="它没有挑出合适的步骤", en="it found no step that fits"),
    RESTING: Text(
        zh="它刚才没有答复，暂时不再问它，什么也没有发出",
        en="it failed a moment ago and is left alone for now; nothing was sent",
    ),
    UNLISTED: Text(
        zh="名单文件 redaction.json 读不出来，什么也没有发出",
        en="the list in redaction.json cannot be read; nothing was sent",
    ),
    CROWDED: Text(
        zh="同时提问的人太多，什么也没有发出", en="too many people ask at once; nothing was sent"
    ),
}


def fallback_of(code: str) -> Fallback:
    """Tell a cause by its code."""
    return Fallback(code=str(code), text=_WHY[code])
