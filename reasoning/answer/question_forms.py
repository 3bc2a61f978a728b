"""The forms of questions about an incident, in Chinese and English (see `questions`)."""

from __future__ import annotations

from typing import Final

_IT: Final = r"(?:这个|这次|该|本|此)?(?:事件|故障|问题|告警|事故)?"
_NOW: Final = r"(?:现在|目前|当前|到底|究竟)?"
_WHY: Final = r"(?:为什么|为何|为啥)"
_WHAT: Final = r"(?:什么|哪里|哪儿|啥|哪)"
_HIT: Final = r"(?:影响|波及|伤害|打击)(?:到|了)*"
_WHOM: Final = r"(?:人|用户|区域|地区|医院|业务|步骤|学员)"
_END: Final = r"(?:的问题|的故障|坏了)?"
_EN_IT: Final = r"(?:it|this|that|this incident|the incident|the problem|the outage)"
_IS: Final = r"(?: is|'s|s| are)?"

STATUS: Final = (
    rf"{_NOW}{_IT}{_NOW}(?:是|的)?(?:什么|啥)?(?:情况|状态|状况|进展|结论)"
    r"(?:怎么样|如何|是什么|是啥)?了?",
    rf"{_NOW}{_IT}(?:怎么样|怎么回事)了?",
    rf"{_NOW}(?:出了|发生了){_WHAT}(?:事|问题|故障)?",
    rf"{_NOW}是?(?:{_WHAT}|哪个组件|谁)(?:坏|挂|出问题|出故障)了?",
    rf"{_NOW}{_IT}的?(?:原因|根因)(?:是|在)?{_WHAT}?",
    rf"{_NOW}{_IT}有(?:了)?结论了?|{_NOW}(?:出|发生)了?{_WHAT}(?:事|问题|故障)了?",
    rf"{_IT}的?(?:原因|根因|问题)(?:找到|查清|查到|确定|定位)(?:到)?了?"
    rf"|(?:找到|查清|查到|确定|定位)(?:到)?(?:原因|根因|问题)了?",
    rf"(?:总结|概括|概述|汇总|说明)一下{_IT}|(?:简单|大概)?(?:说|讲|介绍)一下{_IT}(?:的)?(?:情况|状态)",
    r"有?(?:多大|多少)把握|把握有?多大|有多确定|(?:你)?确定",
    rf"(?:what{_IS} )?(?:the )?(?:current )?status(?: of {_EN_IT})?",
    rf"what{_IS} (?:going on|wrong|broken|up)|what (?:happened|broke|failed)",
    rf"what{_IS} the (?:root )?cause(?: of {_EN_IT})?|what caused {_EN_IT}",
    r"how (?:sure|certain|confident) (?:are we|are you|is it)|are (?:you|we) (?:sure|certain)",
    r"(?:any |status )?updates?|what went wrong|do (?:we|you) know the (?:root )?cause",
    rf"(?:please )?(?:give me a summary|summari[sz]e|sum up)(?: of)?(?: {_EN_IT})?",
)
WHY_NOT: Final = (
    rf"(?:{_WHY}|怎么)就?(?:不是|不会是|不怀疑|排除了?)(?P<a>.+?){_END}",
    rf"(?:会不会|是不是|有没有可能|难道不)是?(?P<b>.+?){_END}",
    r"why (?:not|isn't it|is it not|can't it be|can it not be|did you rule out) (?:the )?(?P<c>.+)",
    r"(?:could|can|might) it be (?:the )?(?P<d>.+)|what about (?:the )?(?P<e>.+)",
    r"isn't it (?:the )?(?P<f>.+)|is it (?:really |maybe )?(?:the )?(?P<g>.+)",
    r"(?:did|have) you rule[d]? out (?:the )?(?P<h>.+)|is (?:the )?(?P<i>.+) (?:ok|fine|ruled out)",
    r"(?P<j>.+?)(?:有没有问题|没有?问题|没事|排除了)|(?:已经)?排除(?P<k>.+?)了",
)
WHY: Final = (
    rf"{_WHY}会?(?:是|认为是|觉得是|怀疑是?|说是)(?P<a>.+?)?{_END}|{_WHY}",
    rf"(?:依据|证据|理由)(?:是|有)?(?:{_WHAT}|哪些)|(?:凭什么|{_WHY})(?:会?(?:这么|这样)(?:说|判断|认为))?",
    r"(?:是)?(?:怎么|如何)(?:判断|看出来?|知道|得出)(?:是(?P<c>.+?))?的?(?:结论)?",
    rf"why (?:is it|do you (?:think|say) {_EN_IT} is|do you suspect|suspect) (?:the )?(?P<b>.+)",
    rf"why(?: {_EN_IT})?|what{_IS} the (?:evidence|reason)|(?:on|by) what evidence",
    r"(?:why do|what makes) you (?:think|say) (?:so|that)|how do you know",
    rf"why (?!not |{_EN_IT}|is |do |did |does |are |was |can)(?:the )?(?P<d>.+)",
)
SINCE_WHEN: Final = (
    rf"{_IT}是?从?(?:什么时候|何时|几点)(?:开始|起|发生|出现)?(?:的|了)?",
    rf"{_IT}(?:已经)?(?:持续|开始|发生|坏了?)?了?(?:多久|多长时间)了?",
    rf"{_IT}(?:的)?(?:开始|发生)的?时间|{_IT}是?(?:什么时候|何时|几点)(?:出|发生)的?(?:问题|故障|事)?的?",
    rf"since when|when(?: did {_EN_IT} (?:start|begin|happen))?",
    rf"how long(?: has {_EN_IT} (?:been going on|lasted))?",
)
NEXT: Final = (
    rf"{_NOW}(?:下一步|接下来|然后)(?:该|要|应该|先)*(?:做|查|看|检查|怎么)?(?:{_WHAT}|办)?",
    rf"{_NOW}(?:我们|我)?(?:该|要|应该)先?(?:查|看|检查|做|干){_WHAT}|先(?:查|看|检查|做){_WHAT}",
    rf"next(?: check| step)?|what{_IS} next|what now",
    r"what (?:should|do|can) (?:i|we) (?:check|do|look at) next",
    r"what to (?:check|do|look at)(?: first| next)?|next (?:steps|checks)",
    r"what do (?:we|i) do(?: now)?",
    r"(?:what|where) (?:should|do|can) (?:i|we) (?:check|do|look|look at|start)(?: first| now)?",
)
WHO: Final = (
    rf"{_NOW}{_IT}都?{_HIT}(?:谁|哪些{_WHOM}|多少{_WHOM}|{_WHAT}|范围(?:有多大)?|面(?:有多大)?)了?",
    rf"{_NOW}(?:谁|哪些{_WHOM}|多少{_WHOM})(?:受到|受|被)了?影响了?",
    rf"{_IT}的?影响(?:范围|面)?有?(?:多大|是什么)?|{_IT}会?影响(?:到)?(?:考试|学分|学习|上课|直播)",
    rf"who{_IS} (?:hit|affected|impacted|hurt)(?: by {_EN_IT})?",
    rf"whom? does {_EN_IT} (?:hit|hurt|affect)|how bad is it",
    rf"impact|(?:what{_IS} the )?blast radius",
    rf"(?:which|what) (?:regions?|steps?|users?|people|services?|hospitals?){_IS} (?:hit|affected)",
    rf"does {_EN_IT} (?:hit|hurt|affect) (?:the )?(?:exams?|credits?|study|students?|learners?)",
    rf"what{_IS} (?:affected|hit|the impact)(?: of {_EN_IT})?",
    r"how many (?:people|users)(?: are (?:hit|affected))?",
)
