"""Words of the SOP assistant: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

CHAT_LABELS: Final[dict[str, tuple[str, str]]] = {
    "page.chat": ("SOP 助手", "SOP assistant"),
    "chat.placeholder": (
        "问一个处理办法，中文或英文都行",
        "Ask how something is handled, in Chinese or English",
    ),
    "chat.empty": ("问一个处理办法", "Ask how something is handled"),
    "chat.empty.how": (
        "答复只引用 SOP 原文，逐步注明出处；没有匹配的 SOP 就直说，不编步骤。",
        "Answers only quote SOPs, each step with its place; where none fits, that is said.",
    ),
    "chat.diagnosis": ("来自这个事件的诊断", "From the diagnosis of this incident"),
    "chat.diagnosis.note": (
        "数字与诊断页一致，没有改写",
        "the figures are those of the diagnosis page",
    ),
    "chat.diagnosis.place": ("诊断第 {n} 版", "Diagnosis, revision {n}"),
    "chat.diagnosis.evidence": ("{n} 条证据：{ids}", "evidence ({n}): {ids}"),
    "chat.diagnosis.evidence.more": ("{n} 条证据，如 {ids}", "evidence ({n}), such as {ids}"),
    "chat.about.asks": (
        "可以直接问：现在什么情况、为什么、为什么不是某个组件、从什么时候开始、下一步查什么、影响谁。",
        "Ask it directly: what is going on, why, why not a component, since when, what next, "
        "who is hit.",
    ),
    "chat.strong": ("有匹配的 SOP", "An SOP matches"),
    "chat.possible": ("可能匹配的 SOP", "An SOP may match"),
    "chat.none": ("没有匹配的 SOP", "No SOP matches"),
    "chat.quoted": ("以下都是 SOP 原文，没有改写", "all quoted from the SOP, nothing reworded"),
    "chat.quoted.possible": (
        "先看是不是这个问题；以下都是 SOP 原文",
        "check first that it is this problem; all quoted from the SOP",
    ),
    "chat.refused": (
        "不编步骤。下面是最接近的标题，请自己判断是否合用：",
        "No steps are made up. These titles come nearest; judge yourself whether one fits:",
    ),
    "chat.refused.bare": (
        "不编步骤，也没有接近的标题。换个说法，或写出告警名、组件名再问。",
        "No steps are made up, and no title comes near. Ask in other words, or name the alert or "
        "component.",
    ),
    "gated.title": (
        "命令已收起：属于受控处置「{name}」",
        "Command folded: part of the gated action: {name}",
    ),
    "gated.uncovered": (
        "命令已收起：会改动生产，目录里没有对应的处置",
        "Command folded: it changes production, and no action of the catalogue stands for it",
    ),
    "gated.none": (
        "这里没有可申请的处置，请先取得他们同意。",
        "There is nothing to request here; get their agreement first.",
    ),
    "gated.need": ("须{roles} {n} 人同意", "Must agree, {n} people: {roles}"),
    "gated.need.one": ("须{roles}同意", "Must agree: {roles}"),
    "gated.why": ("，因为：{rules}", ". Why: {rules}"),
    "gated.more": ("。选定目标后可能还要更多人。", ". The target may demand more people."),
    "gated.end": ("。", "."),
    "gated.request": ("去申请", "Request it"),
    "gated.elsewhere": ("诊断没有提出它，去看诊断", "Not proposed; see the diagnosis"),
    "gated.alone": (
        "打开右侧「关于此事件」再问一次，就可以去申请。",
        'Turn on "About this incident" at the right and ask again to request it.',
    ),
    "gated.show": ("显示原文，会被记录", "Show the text; this is recorded"),
    "gated.shown": ("原文已显示，已记入审计", "Text shown; this stands in the audit log"),
    "gated.failed": ("原文没有显示：{why}", "The text was not shown: {why}"),
    "audit.command_revealed": ("查看了收起的命令", "read a folded command"),
    "time.revealed": ("{name}\u00a0查看了命令原文", "{name} read a folded command"),
    "chat.call": ("现在找谁：", "Whom to call now: "),
    "chat.call.owner": ("事件负责人\u00a0{name}", "{name}, who owns the incident"),
    "chat.call.of": ("{name}，{role}：{who}", "{name}, {role}: {who}"),
    "chat.call.owner.of": ("负责人", "owner"),
    "chat.call.on_call.of": ("值班", "on call"),
    "chat.call.vendor.of": ("厂商", "vendor"),
    "chat.call.carrier.of": ("运营商", "carrier"),
    "chat.match": ("匹配度 {score}", "match {score}"),
    "chat.about": ("关于此事件", "About this incident"),
    "chat.about.choose": ("事件", "Incident"),
    "chat.about.none": (
        "现在没有未关闭事件，提问不带事件。",
        "There is no open incident; questions stand alone.",
    ),
    "chat.about.off": (
        "打开后，与事件诊断相符的 SOP 会排得靠前一些，问题记入事件的时间线。",
        "When on, SOPs that fit the diagnosis rank a little higher, and the question is noted in "
        "the incident's timeline.",
    ),
    "chat.about.cause": ("{name}，把握 {p}，{status}", "{name}, confidence {p}, {status}"),
    "chat.sources": ("第 {turn} 问的依据", "Sources of question {turn}"),
    "chat.revision": ("{day} 版", "edition of {day}"),
    "chat.version": ("第 {n} 版", "version {n}"),
    "chat.arms": ("命中：", "Found by: "),
    "chat.arm.lexical": ("字面", "words"),
    "chat.arm.dense": ("语义", "meaning"),
    "chat.arm.graph": ("图谱", "graph"),
    "chat.near": ("标题相近", "title comes near"),
    "chat.passage": ("原文 {place}", "Text of {place}"),
    "chat.foot": ("没有用语言模型。", "No language model was used."),
    "chat.foot.noted": (
        "问题会记入此事件的时间线。",
        "Questions are noted in this incident's timeline.",
    ),
    "chat.foot.kept": (
        "问答保留到服务重启为止。",
        "Questions and answers are kept until the server restarts.",
    ),
    "chat.lost": (
        "之前的问答没有保留下来，从这里重新开始。",
        "The earlier questions were not kept; this starts anew.",
    ),
    "chat.role": (
        "提问需要运维值班或主管的角色。",
        "Asking needs the role of an operator or a lead.",
    ),
    "chat.read": (
        "看 SOP 需要只读、运维值班或主管的角色。",
        "Reading SOPs needs the role of a viewer, an operator or a lead.",
    ),
    "chat.failed": ("这一问没有得到答复：{why}", "This question got no answer: {why}"),
    "chat.unreadable": (
        "读不出文字。请用中文或英文提问，最多 2000 字。",
        "it cannot be read. Ask in Chinese or English, at most 2,000 characters.",
    ),
    "chat.long": (
        "太长了，最多 2000 字。请只写现象和组件，再问一次。",
        "it is too long: at most 2,000 characters. Ask again with what is seen and where.",
    ),
    "chat.choosing": (
        "语言模型正在挑选步骤，先看原文引用。",
        "A language model is choosing steps; meanwhile the quoted ones.",
    ),
    "chat.retry": ("重试", "Try again"),
    "time.asked": ("{name}\u00a0提问", "{name} asked"),
    "chat.new": ("新的问答", "New talk"),
}
