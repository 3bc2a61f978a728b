"""Words about the language model of the SOP assistant: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

MODEL_LABELS: Final[dict[str, tuple[str, str]]] = {
    "chat.model.chose": (
        "语言模型\u00a0{model} 挑选了步骤，每步都是 SOP 原文。",
        "The language model {model} chose the steps; each is the SOP's own text.",
    ),
    "chat.model.failed": (
        "语言模型\u00a0{model} 没有帮上：{why}。下面按检索直接引用。",
        "The language model {model} did not help: {why}. The steps are quoted as found.",
    ),
    "chat.model.taken": ("发出前去掉了：{kinds}。", "Taken out before sending: {kinds}."),
    "chat.model.taken.none": (
        "发出的内容里没有要去掉的。",
        "Nothing had to be taken out of what was sent.",
    ),
    "chat.model.foot": (
        "语言模型\u00a0{model} 会挑选步骤，只显示 SOP 原文。问题和 SOP"
        " 步骤先去掉姓名、号码、密钥和内部地址"
        "再发给它；告警、案例和诊断不发。",
        "The language model {model} chooses steps; only the SOP's own text is shown. Names,"
        " numbers, "
        "keys and internal addresses are taken out before question and steps go to it; alerts, "
        "cases and diagnoses do not.",
    ),
    "chat.withheld.one": (
        "{n} 步没有引用：其中有看不见的字符，或写给语言模型的话。请让人检查这份 SOP。",
        "{n} step is not quoted: it holds characters that nobody sees, or speaks to a language "
        "model. Have somebody check this SOP.",
    ),
    "chat.withheld": (
        "{n} 步没有引用：其中有看不见的字符，或写给语言模型的话。请让人检查这份 SOP。",
        "{n} steps are not quoted: they hold characters that nobody sees, or speak to a language "
        "model. Have somebody check this SOP.",
    ),
    "taken.secret": ("密钥或密码 {n}", "{n} keys or passwords"),
    "taken.secret.one": ("密钥或密码 {n}", "{n} key or password"),
    "taken.id_number": ("证件号 {n}", "{n} identity numbers"),
    "taken.id_number.one": ("证件号 {n}", "{n} identity number"),
    "taken.email": ("邮箱 {n}", "{n} e-mail addresses"),
    "taken.email.one": ("邮箱 {n}", "{n} e-mail address"),
    "taken.record_number": ("病历号 {n}", "{n} record numbers"),
    "taken.record_number.one": ("病历号 {n}", "{n} record number"),
    "taken.phone": ("电话 {n}", "{n} phone numbers"),
    "taken.phone.one": ("电话 {n}", "{n} phone number"),
    "taken.address": ("地址 {n}", "{n} addresses"),
    "taken.address.one": ("地址 {n}", "{n} address"),
    "taken.name": ("姓名 {n}", "{n} names"),
    "taken.name.one": ("姓名 {n}", "{n} name"),
    "taken.number": ("长数字 {n}", "{n} long numbers"),
    "taken.number.one": ("长数字 {n}", "{n} long number"),
}
