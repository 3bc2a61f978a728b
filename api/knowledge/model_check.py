"""The doctor's line about the language model: which, where, whether it answers."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from api.guides import REDACTION_FILE, read_redaction
from api.schemas.admin import CheckResult
from api.settings import Settings
from graph.errors import InputError, StoreError
from graph.model.base import Text

_WITHIN_S: Final = 3.0
_NONE: Final = Text(
    zh="语言模型：没有设置，问答只引用 SOP，什么也不会发出",
    en="Language model: none is set; answers only quote SOPs, and nothing is sent anywhere",
)


# Behind whatever line says that the endpoint answers.
_UNENCRYPTED: Final = Text(
    zh="；注意：地址是 http，问题、SOP 步骤和密钥不加密地经过网络，请改用 https",
    en="; beware: the address is http, so questions, SOP steps and the key cross the network "
    "unencrypted, use https",
)
_START: Final = {
    "zh": "注意：语言模型 {url} 是 http，问题、SOP 步骤和密钥不加密地经过网络，请改用 https",
    "en": "beware: the language model at {url} is http: questions, SOP steps and the key cross "
    "the network unencrypted; use https",
}


def crosses_openly(url: str) -> bool:
    """Tell whether what is sent to an address leaves this machine unencrypted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def start_warning(settings: Settings) -> str | None:
    """Say at the start that a language model is spoken to openly; None where it is not."""
    url = settings.llm_base_url
    if url is None or settings.llm_model is None or not crosses_openly(url):
        return None
    return _START[settings.lang].format(url=url)


def check_model(settings: Settings) -> CheckResult:
    """Ask the endpoint for its models; nothing of the house is sent."""
    url, model = settings.llm_base_url, settings.llm_model
    if url is None or model is None:
        return _told(_NONE, ok=True)
    try:
        read_redaction(settings.home / REDACTION_FILE)
    except StoreError as error:
        zh = f"语言模型 {model}：名单读不出来，什么也不会发出：{error}"
        return _told(
            Text(zh=zh, en=f"Language model {model}: nothing is sent, for {error}"), ok=False
        )
    return _asked(settings, url, model)


def _asked(settings: Settings, url: str, model: str) -> CheckResult:
    from retrieval.chat.endpoint import models_at
    from retrieval.chat.port import SilentModelError

    try:
        found = models_at(url, settings.secret_of_llm(), within_s=_WITHIN_S)
    except (SilentModelError, InputError) as error:  # the latter: no key in its file any more
        text = Text(
            zh=f"语言模型 {model}：{url} 没有应答（{error}），问答改为只引用 SOP",
            en=f"Language model {model}: {url} does not answer ({error}); answers only quote SOPs",
        )
        return _told(text, ok=False)
    if found and model not in found:
        text = Text(
            zh=f"语言模型：{url} 应答，但没有列出 {model}",
            en=f"Language model: {url} answers, and does not list {model}",
        )
        return _told(text, ok=False)
    openly = crosses_openly(url)
    text = Text(
        zh=f"语言模型 {model}：{url} 应答；问题和 SOP 步骤去掉个人信息后发给它"
        f"{_UNENCRYPTED.zh if openly else ''}",
        en=f"Language model {model}: {url} answers; questions and SOP steps go there, "
        f"personal data taken out{_UNENCRYPTED.en if openly else ''}",
    )
    return _told(text, ok=True)


def _told(text: Text, *, ok: bool) -> CheckResult:
    return CheckResult(name="language_model", ok=ok, text=text)
