"""Text that a reader does not see, or that speaks to a language model instead of to people.

Documents are screened by it when they are taken in, and steps again before a model may read them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Control, soft hyphen, zero-width, bidi, variation selectors, private use, tags, surrogates.
# Tab and newline stay.
HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010fffd]"
)
TEMPLATE_TOKENS: Final = re.compile(
    r"<\|[^|<>\n]{1,60}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>"
    r"|</?(?:system|assistant|user|human|tool_call|function_call|think)>"
    r"|^\s*#{2,4}\s*(?:system|instruction|assistant)s?\s*:?\s*$",
    re.I | re.M,
)
FOR_MACHINES: Final = re.compile(
    r"(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|all|any"
    r"|your|the)"
    r"\s+(?:\w+\s+){0,2}(?:instruction|prompt|rule|direction|guideline|message|context)s?"
    r"|you\s+are\s+(?:now\s+)?(?:an?\s+)?(?:\w+\s+)?(?:ai|language\s+model|llm|chatbot|assistant)\b"
    r"|system\s+prompt\b|developer\s+(?:prompt|message)\b"
    r"|(?:reply|respond|answer|output|say)\s+(?:only\s+)?with\s+(?:exactly|only|the\s+(?:following"
    r"|words?|text|phrase)\b)"
    r"|(?:as|dear)\s+an?\s+(?:ai|llm|language\s+model|assistant)\b"
    r"|(?:ai|llm|assistant|model)s?\s*(?:must|should|shall|[:：])\s*(?:always|now|output|reply|tell"
    r"|say|answer)"
    r"|(?:忽略|无视|忘记|忘掉|抛开|不要理会|不必理会|不要管)[^。；\n]{0,12}"
    r"(?:指令|指示|提示(?!信息|框|符|音)|人设|安全限制)"
    r"|(?:忽略|无视|忘记|忘掉|抛开|不要理会|不必理会|不要管)[^。；\n]{0,4}"
    r"(?:之前|以上|前面|上面|上述|先前|此前)[^。；\n]{0,8}(?:规则|要求|说明|内容|对话|设定|限制)"
    r"|(?:你现在是|你是一个|你是一名|扮演)[^。；\n]{0,12}(?:助手|模型|机器人|AI|人工智能)"
    r"|(?:系统|开发者)(?:提示词|提示语|指令|消息)"
    r"|(?:AI|人工智能|大模型|语言模型|智能助手|助手)[^。；\n]{0,6}(?:必须|应当|请|务必"
    r"|只需)[^。；\n]{0,6}(?:回答|输出|回复|告诉|执行)",
    re.I,
)
_COMMENT: Final = re.compile(r"<!--|<!\[CDATA\[|<\?\w")
# In a step that people follow there is no reason for any of these.
_ALSO_FOR_MACHINES: Final = re.compile(
    r"\b(?:new|updated|real|hidden|secret|begin|end|system)\s+instructions?\b|^\W*instructions?\s*:"
    r"|\b(?:jailbreak|prompt\s+injection|do\s+anything\s+now|developer\s+mode"
    r"|act\s+as\s+(?:an?\s+)?\w+)\b"
    r"|^\W{0,3}(?:system|assistant|developer|ai)\W{0,2}\s*[:\]】]"
    r"|\b(?:note|message|attention|notice)\b[^.;\n]{0,12}\b(?:ai|llms?|models?|assistants?"
    r"|chat\s?bots?)\b"
    r"|\b(?:language\s+model|llm|chat\s?bot|chatgpt)s?\b[^.;\n]{0,24}\b(?:must|should|please|say"
    r"|tell|obey|follow"
    r"|output|recommend|answer|repeat|write)\b"
    r"|\b(?:if|when)\s+you\s+are\s+(?:an?\s+)?(?:ai|llm|language|model|assistant|chat)"
    r"|\b(?:ai|assistant|model)\b[^.;\n]{0,24}\b(?:reader|operator|answer|reply|output"
    r"|instructions?)\b"
    r"|\b(?:tell|convince|instruct|order)\s+the\s+(?:reader|operator|human|asker)\b"
    r"|\b(?:ignore|disregard|forget|override|do\s+not\s+follow|don't\s+follow"
    r"|skip)\b[^.;\n]{0,30}\b(?:said|told|sources?"
    r"|rules?|instructions?|sop|other\s+steps|steps\s+above|above|approvals?|everything)\b"
    r"|\b(?:cite|citation|quote)\s+(?:it\s+)?(?:as\s+)?S[1-9]\b|\bS[1-9]\b[^.;\n]{0,12}\b(?:cite"
    r"|quote)"
    r"|\bin\s+(?:your|the|every)\s+(?:answer|reply|response|output)\b|\binstead\s+of\s+answering\b"
    r"|\byour\s+(?:only\s+|new\s+|next\s+|final\s+)?(?:answer|task|role|reply|response|output"
    r"|identity|purpose)\b"
    r"|\b(?:correct|right|only|final)\s+answer\s+is\b|\b(?:answer|respond|reply)\s+(?:every|all|any"
    r"|each)\b"
    r"|\b(?:respond|reply|answer)\s+(?:only\s+)?(?:with\s+)?[\"“'‘「]"
    r"|\bwhen\s+(?:you\s+(?:are\s+)?)?(?:asked|summari[sz]ing|answering|responding|quoting"
    r"|reading\s+this)\b"
    r"|\b(?:whatever|no\s+matter|regardless\s+of)\b[^.;\n]{0,16}\b(?:question|asked|asks|says?)\b"
    r"|\bfrom\s+now\s+on\b|\bpretend\b|\bstop\s+being\b|\broleplay\b|\byou\s+must\s+(?:answer|say"
    r"|output|include|reply)\b"
    r"|\b(?:print|reveal|output|show|leak)\b[^.;\n]{0,20}\b(?:api\s+key|secrets|system\s+prompt"
    r"|raw\s+command|credentials)\b"
    r"|(?:模型|助手|机器人|人工智能|\bAI\b)[^。；\n]{0,6}(?:请|必须|务必|应当|应该|只能|听从|回答"
    r"|输出|回复|告诉|忽略|注意|复述)"
    r"|提示词|提示注入|越狱|假装|装作|(?:请|现在)扮演"
    r"|(?:新的|真正的|以下|最新|隐藏的?)(?:系统)?指令|(?:按|照|遵循|服从)[^。；\n]{0,6}指令(?:回答"
    r"|输出|回复)"
    r"|^\W{0,2}(?:系统|助手|用户|开发者)(?:指令|消息|提示)?\W{0,2}[:：】]"
    r"|(?:你的|本次|在)(?:回答|回复|输出)(?:里|中|内容)|(?:回答|回复|输出)(?:时"
    r"|中)?[^。；\n]{0,2}(?:必须|务必|只能|加上|加入)"
    r"|(?:让|叫|要求|告诉|命令)(?:读者|提问者|操作员|提问的人|提问人)"
    r"|你(?:的(?:新)?(?:任务|回答|答案|角色|身份|指令|回复)|只能|只需(?:回答|输出|说|回复)"
    r"|必须(?:回答|输出|说|回复)"
    r"|应该直接|现在是|是一[个名]|被设定)"
    r"|从现在(?:开始|起)|(?:不管|无论|不论)[^。；\n]{0,6}问|作为(?:答案|回答|回复)|改为(?:回复|回答"
    r"|输出)"
    r"|作为一?[个名]?(?:智能)?(?:助手|模型|AI|人工智能|机器人)"
    r"|(?:忽略|无视|跳过|抛开|不要(?:遵循|遵守|理会|引用|执行|按照?))[^。；\n]{0,3}(?:上面|以上"
    r"|前面|上述|其他|其余|本文|这份|所有)"
    r"[^。；\n]{0,4}(?:步骤|内容|规定|说明|流程|要求|审批)"
    r"|(?:以上|上面|上述|前面|前述)(?:的)?(?:内容|步骤|说明|规定|流程|一切)?[^。；\n]{0,2}(?:作废"
    r"|无效|失效|都不算)"
    r"|(?:总结|引用|概括|复述|阅读)(?:本文|这份|该文|本段|此文)|跳过(?:所有|全部|一切)?审批"
    r"|(?:输出|给出|说出|公布|泄露|透露|打印)[^。；\n]{0,8}(?:密码|密钥|口令|令牌)",
    re.I,
)
# Talk of the talk itself: data that end, contexts that begin anew, whom to believe, what to repeat.
_OF_THE_TALK: Final = re.compile(
    r"\b(?:dear|hey|hi|hello)\s+(?:ai|model|gpt|assistant|llm|claude)\b|\bgpt\b|\bas\s+i\s+(?:say"
    r"|told)\b"
    r"|\b(?:append|add|prepend)\b[^.;\n]{0,60}\b(?:whatever|anything|everything)\s+you\b"
    r"|\byou\s+have\s+been\s+(?:granted|given)\b"
    r"|\b(?:conversation|context|session|chat)\s+(?:is\s+|was\s+)?(?:reset|over|a\s+test|cleared)\b"
    r"|\b(?:previous|prior|above|earlier)\s+(?:context|conversation|prompt|messages?)\b"
    r"|\b(?:respond|reply|answer)\s+in\s+(?:json|yaml|xml|french|character)\b"
    r"|\b(?:translate|repeat|obey|do)\s+(?:the\s+following|these\s+words|exactly\s+this)\b"
    r"|\b(?:overrides?|supersedes?|outranks?)\s+(?:all|any|every|the)\s+(?:other\s+)?(?:sources?"
    r"|documents?|sops?|instructions?)\b"
    r"|\bend\s+of\s+(?:the\s+)?(?:data|document|context|sources?|prompt)\b|\bnew\s+(?:question|task"
    r"|prompt|rule)s?\s*:"
    r"|\breal\s+steps\b|={3,}[^=\n]{1,60}={3,}|[\"'](?:steps|refused|quote|cite)[\"']\s*:"
    r"|(?:数据|文档|资料|上下文|来源)(?:块)?(?:到此|至此|已)?结束|新的?(?:问题|任务|规则)\s*[:：]"
    r"|请输出|扮演"
    r"|优先于(?:其他|其它|所有|一切)|其[他它]来源|(?:按|照|听)我(?:说|讲|的)|(?:对话|会话|上下文"
    r"|聊天)(?:重置|重新开始|清空)"
    r"|不要告诉(?:用户|读者|运维|他们|任何人)|只(?:能)?(?:说|回复|回答|输出)|拒绝回答|原样(?:输出"
    r"|复述|返回|重复)"
    r"|已批准(?:一切|所有|全部)|各位\s*AI",
    re.I,
)
# What no procedure says outside code marks, and what none says at all.
_DESTRUCTIVE: Final = re.compile(
    r"\brm\s+-\w*[rf]|\bmkfs\b|\bdd\s+if=|\bdrop\s+(?:table|database|schema)\b|\b(?:shutdown|halt"
    r"|poweroff)\s+-"
    r"|\bkubectl\s+delete\b|\bformat\s+c:|\bchmod\s+(?:-R\s+)?0?777\b|:\(\)\s*\{",
    re.I,
)
_PIPED: Final = re.compile(
    r"\b(?:curl|wget|iwr)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\|\s*(?:sudo\s+)?(?:ba)?sh\s*$",
    re.I,
)
_CODE: Final = re.compile(r"`[^`]*`")


def without_hidden(text: str) -> str:
    """Give the text without characters that nobody sees and without tokens of models.

    Taking one token out may join the halves of another: it goes on until none is left.
    """
    clean = HIDDEN.sub("", text)
    while TEMPLATE_TOKENS.search(clean):
        clean = TEMPLATE_TOKENS.sub("", clean)
    return clean


def is_plain(text: str) -> bool:
    """Tell whether a step hides nothing and says nothing to a language model.

    Letters are folded (NFKC) before they are read, so that wide ones do not help. It is strict on
    purpose: an honest step that sounds like an order to a machine is withheld, and counted. So is
    one that destroys outside code marks, or pipes the net into a shell.
    """
    folded = unicodedata.normalize("NFKC", text)
    if HIDDEN.search(text.replace("\ufe0f", "")) or _COMMENT.search(folded):
        return False
    if _PIPED.search(folded) or _DESTRUCTIVE.search(_CODE.sub(" ", folded)):
        return False
    return not any(found.search(folded) for found in _SPEAKING)


_SPEAKING: Final = (TEMPLATE_TOKENS, FOR_MACHINES, _ALSO_FOR_MACHINES, _OF_THE_TALK)
