"""What of a text a reader would not see, or a language model would obey: taken out, and told."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ingest.documents.blocks import Note

# Control, soft hyphen, zero-width, bidi, variation selectors, private use, tags, surrogates.
# Tab and newline stay.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010fffd]"
)
_TOKENS: Final = re.compile(
    r"<\|[^|<>\n]{1,60}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>"
    r"|</?(?:system|assistant|user|human|tool_call|function_call|think)>"
    r"|^\s*#{2,4}\s*(?:system|instruction|assistant)s?\s*:?\s*$",
    re.I | re.M,
)
_FOR_MACHINES: Final = re.compile(
    r"(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|all|any|your|the)"
    r"\s+(?:\w+\s+){0,2}(?:instruction|prompt|rule|direction|guideline|message|context)s?"
    r"|you\s+are\s+(?:now\s+)?(?:an?\s+)?(?:\w+\s+)?(?:ai|language\s+model|llm|chatbot|assistant)\b"
    r"|system\s+prompt\b|developer\s+(?:prompt|message)\b"
    r"|(?:reply|respond|answer|output|say)\s+(?:only\s+)?with\s+(?:exactly|only|the\s+(?:following|words?|text|phrase)\b)"
    r"|(?:as|dear)\s+an?\s+(?:ai|llm|language\s+model|assistant)\b"
    r"|(?:ai|llm|assistant|model)s?\s*(?:must|should|shall|[:：])\s*(?:always|now|output|reply|tell|say|answer)"
    r"|(?:忽略|无视|忘记|忘掉|抛开|不要理会|不必理会|不要管)[^。；\n]{0,12}"
    r"(?:指令|指示|提示(?!信息|框|符|音)|人设|安全限制)"
    r"|(?:忽略|无视|忘记|忘掉|抛开|不要理会|不必理会|不要管)[^。；\n]{0,4}"
    r"(?:之前|以上|前面|上面|上述|先前|此前)[^。；\n]{0,8}(?:规则|要求|说明|内容|对话|设定|限制)"
    r"|(?:你现在是|你是一个|你是一名|扮演)[^。；\n]{0,12}(?:助手|模型|机器人|AI|人工智能)"
    r"|(?:系统|开发者)(?:提示词|提示语|指令|消息)"
    r"|(?:AI|人工智能|大模型|语言模型|智能助手|助手)[^。；\n]{0,6}(?:必须|应当|请|务必|只需)[^。；\n]{0,6}(?:回答|输出|回复|告诉|执行)",
    re.I,
)


def screened(text: str, place: int) -> tuple[str, list[Note]]:
    """Give the text without what hides or commands a model, and notes of what was there.

    Characters are composed (NFC), not folded: what is shown stays what was written.
    """
    notes: list[Note] = []
    clean = unicodedata.normalize("NFC", text).replace("\u2028", "\n").replace("\u2029", "\n")
    if hidden := sorted(set(_HIDDEN.findall(clean))):
        names = ", ".join(f"U+{ord(character):04X}" for character in hidden[:5])
        notes.append(Note("hidden_characters", place, names))
        clean = _HIDDEN.sub("", clean)
    # Taking one token out may join the halves of another.
    while found := _TOKENS.findall(clean):
        notes.append(Note("template_tokens", place, " ".join(found[:3])[:120]))
        clean = _TOKENS.sub("", clean)
    if spoken := _FOR_MACHINES.search(unicodedata.normalize("NFKC", clean)):
        notes.append(Note("for_machines", place, spoken[0][:120]))
    return clean, notes
