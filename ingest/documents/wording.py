"""What a report says of a document, by code: how grave it is, what it is and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from graph.model.base import Text
from ingest.documents.blocks import Note
from ingest.sops import HEADINGS


class Gravity(StrEnum):
    """`error`: not taken in. `warning`: whoever publishes must have seen it. `notice`: to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Saying(NamedTuple):
    """One sentence in both languages; `{seen}` stands for what was found."""

    gravity: Gravity
    zh: str
    en: str


_E, _W, _N = Gravity.ERROR, Gravity.WARNING, Gravity.NOTICE

SAID: Final[Mapping[str, Saying]] = {
    # Not readable at all.
    "empty": Saying(_E, "文件是空的；请确认导出成功后再上传", "the file is empty; export it again"),
    "too_large": Saying(
        _E,
        "文件太大（{seen} 字节）；请拆成几份，或去掉图片",
        "the file is too large ({seen} bytes); split it, or take the pictures out",
    ),
    "unknown_format": Saying(
        _E,
        "不认识的文件类型「{seen}」；请用 .md、.docx、.pdf 或 .html",
        "unknown kind of file {seen!r}; use .md, .docx, .pdf or .html",
    ),
    "other_format": Saying(
        _E,
        "内容与扩展名不符（内容像 {seen}）；请改正扩展名或重新导出",
        "the content is not what the ending says (it looks like {seen}); rename or export again",
    ),
    "password_office": Saying(
        _E,
        "文件有密码，或是旧的 .doc 格式；请去掉密码，另存为 .docx",
        "the file has a password or is an old .doc; remove the password and save it as .docx",
    ),
    "password": Saying(
        _E,
        "PDF 有密码或使用限制；请去掉密码与限制后另存",
        "the PDF has a password or restrictions; save it without them",
    ),
    "no_text": Saying(
        _E,
        "PDF 共 {seen} 页，一个字也读不出来，应是扫描件；请先做文字识别（OCR）",
        "no text on any of {seen} pages: a scan; run text recognition (OCR) first",
    ),
    "broken": Saying(
        _E,
        "文件已损坏，读不了（{seen}）；请重新导出",
        "the file is broken ({seen}); export it again",
    ),
    "bomb": Saying(
        _E,
        "解压后大得离谱（{seen}），像压缩炸弹；请不要使用这个文件",
        "unpacked it is absurdly large ({seen}), like a zip bomb; do not use this file",
    ),
    "entities": Saying(
        _E,
        "文件里有 XML 实体声明，可能读取服务器文件；请用 Word 重新另存为 .docx",
        "it declares XML entities, which could read files; save it anew as .docx in Word",
    ),
    "revisions": Saying(
        _E,
        "还有未处理的修订（如「{seen}」）；请先接受或拒绝全部修订",
        "it has open tracked changes (such as {seen!r}); accept or reject them all first",
    ),
    "too_many_pages": Saying(
        _E, "共 {seen} 页，太长；请拆成几份", "{seen} pages are too many; split it"
    ),
    "too_deep": Saying(
        _E, "嵌套太深，读不了；请另存为简单的格式", "nested too deep; save it in a simpler form"
    ),
    "too_slow": Saying(
        _E,
        "超过 {seen} 还没读完，已停止；请拆小，或另存为 .md",
        "not read within {seen}, stopped; split it, or save it as .md",
    ),
    "too_big_inside": Saying(
        _E,
        "读它要超过 {seen} 内存，已停止；请拆小，或另存为 .md",
        "reading it takes more than {seen} of memory, stopped; split it, or save it as .md",
    ),
    "too_much": Saying(
        _E, "读出的内容超过 {seen} 字节；请拆小", "more than {seen} bytes of text; split it"
    ),
    "died": Saying(
        _E,
        "读取程序中断（{seen}）；请另存为 .md 或重新导出",
        "the reader ended early ({seen}); save it as .md or export it again",
    ),
    "binary": Saying(
        _E,
        "这不是文本文件；请改正扩展名，或另存为 UTF-8 文本",
        "this is no text file; correct its ending, or save it as UTF-8 text",
    ),
    "encoding": Saying(
        _E,
        "文字编码不对（{seen}）；请另存为 UTF-8",
        "wrong text encoding ({seen}); save it as UTF-8",
    ),
    "long_line": Saying(
        _E,
        "这一行有 {seen} 个字符；请分成步骤，一步一行",
        "this line has {seen} characters; break it into steps, one a line",
    ),
    "front_open": Saying(
        _E,
        "文件头以 --- 开始却没有结束；请在文件头后补一行 ---",
        "front matter begins with --- and never ends; close it with a line ---",
    ),
    "front_matter": Saying(
        _E,
        "文件头有误（{seen}）；请按文档 howto-sop 改正，或整段删去",
        "wrong front matter ({seen}); correct it as howto-sop says, or take it out whole",
    ),
    # Readable, but no SOP.
    "no_steps": Saying(
        _E,
        "没有读到任何步骤；请写出编号的步骤",
        "no step was found; write numbered steps",
    ),
    "long_step": Saying(
        _E,
        "这一步有 {seen} 个字符，没人读得完；请拆成几步",
        "this step has {seen} characters, which nobody reads; break it up",
    ),
    "many_steps": Saying(
        _E,
        "共 {seen} 步，太多；请按场景拆成几份文档",
        "{seen} steps are too many; make a document of each situation",
    ),
    "for_machines": Saying(
        _E,
        "这句话是写给语言模型的，不是给人的（「{seen}」）；请删去",
        "this speaks to a language model, not to people ({seen!r}); take it out",
    ),
    "bad_link": Saying(
        _E,
        "链接「{seen}」会执行代码或读取文件，不能放行；请改成 http 或 https",
        "link {seen!r} runs code or reads files and cannot pass; use http or https",
    ),
    "bad_reference": Saying(
        _E,
        "文件头里的 {seen} 不在这个领域包里；请改正编号",
        "{seen} of the front matter is not in the pack; correct the id",
    ),
    "id_taken": Saying(
        _E,
        "编号 {seen} 属于领域包自带的 SOP；请在文件头另取 id，或到领域包里修改",
        "id {seen} belongs to an SOP of the pack itself; give another id in the front matter, or "
        "change the pack",
    ),
    "id_twice": Saying(
        _E,
        "编号 {seen} 在这一批里出现了两次；请在文件头各取一个 id",
        "id {seen} comes twice in this batch; give each its own id in the front matter",
    ),
    "twins_differ": Saying(
        _E,
        "中英文步骤数不同（{seen}）；请逐步对齐",
        "the two languages have different numbers of steps ({seen}); write them step by step alike",
    ),
    # Taken in, but to be seen.
    "hidden_characters": Saying(
        _W,
        "去掉了看不见的字符（{seen}）；请核对这一处",
        "invisible characters were removed ({seen}); check this place",
    ),
    "template_tokens": Saying(
        _W,
        "去掉了语言模型的控制标记（{seen}）；请问清来历",
        "control tokens of language models were removed ({seen}); ask where they come from",
    ),
    "hidden_left_out": Saying(
        _W,
        "有读者看不见的文字，没有收（「{seen}」）；请核对",
        "text that a reader would not see was left out ({seen!r}); check it",
    ),
    "comment_left_out": Saying(
        _W, "注释没有收（「{seen}」）", "a comment was left out ({seen!r})"
    ),
    "html_left_out": Saying(
        _W,
        "HTML 没有收（「{seen}」）；请改写成 Markdown",
        "HTML was left out ({seen!r}); write it in Markdown",
    ),
    "script_left_out": Saying(_W, "脚本没有收（「{seen}」）", "a script was left out ({seen!r})"),
    "box_left_out": Saying(
        _W,
        "{seen} 个文本框里的文字没有收；请移到正文",
        "the text of {seen} text boxes was left out; move it into the body",
    ),
    "page_without_text": Saying(
        _W,
        "这一页没有文字，可能是图片；请确认没有步骤在里面",
        "this page has no text, perhaps a picture; make sure that no step is in it",
    ),
    "destructive": Saying(
        _W,
        "破坏性命令：{seen}；请写明前提与回滚",
        "a destructive command: {seen}; write what must hold before and how to undo it",
    ),
    "pipe_to_shell": Saying(
        _W,
        "下载后直接执行：{seen}；请改为先下载、核对、再执行",
        "fetches and runs at once: {seen}; fetch, check, then run",
    ),
    "new_url": Saying(
        _W, "以前没有出现过的网址：{seen}", "an address that was not there before: {seen}"
    ),
    "odd_letters": Saying(
        _W,
        "命令里有易混淆的字符：{seen}；请用半角重写",
        "odd characters in a command: {seen}; write it in plain ASCII",
    ),
    "bare_command": Saying(
        _W,
        "像命令却没有放进代码格式：{seen}；放进去才会被核对、可复制",
        "looks like a command but stands in no code marks: {seen}; mark it so that it is checked",
    ),
    "dead_link": Saying(
        _W,
        "链接「{seen}」在这里打不开；请写全网址",
        "link {seen!r} leads nowhere here; write the whole address",
    ),
    "no_sections": Saying(
        _W,
        "没有认出章节标题，全部归入「处置」；请用 现象、范围、诊断、处置、验证、回滚、升级",
        "no section heading was recognised, so all is Remediation; use Symptoms, Scope, Diagnosis, "
        "Remediation, Verification, Rollback, Escalation",
    ),
    "missing_section": Saying(
        _W,
        "缺少章节「{seen}」",
        "section {seen} is missing",
    ),
    # To know.
    "image_left_out": Saying(_N, "图片没有收（{seen}）", "a picture was left out ({seen})"),
    "read_as": Saying(
        _N,
        "按 {seen} 编码读取；建议另存为 UTF-8",
        "read as {seen}; better save it as UTF-8",
    ),
    "one_language": Saying(
        _N,
        "只有一种语言，另一种语言的读者看到的是原文",
        "in one language only: readers of the other see the original",
    ),
}  # fmt: skip

_SECTIONS: Final = {name.value: word for word, name in HEADINGS["zh"].items()}
_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "line": ("第 {n} 行", "line {n}"),
    "paragraph": ("第 {n} 段", "paragraph {n}"),
    "page": ("第 {n} 页", "page {n}"),
    "step": ("第 {n} 步", "step {n}"),
}


def gravity_of(note: Note) -> Gravity:
    """Tell how grave a note is."""
    return SAID[note.code].gravity if note.code in SAID else Gravity.ERROR


def say(note: Note, unit: str) -> Text:
    """Write the sentence of a note with its place, in both languages."""
    saying = SAID.get(note.code, SAID["died"])
    place_zh, place_en = _PLACES.get(unit, ("", "")) if note.place else ("", "")
    zh = _filled(saying.zh, _SECTIONS.get(note.seen, note.seen))
    en = _filled(saying.en, note.seen)
    return Text(
        zh=f"{place_zh.format(n=note.place)}：{zh}" if place_zh else zh,
        en=f"{place_en.format(n=note.place)}: {en}" if place_en else en,
    )


def _filled(sentence: str, seen: str) -> str:
    return sentence.replace("{seen!r}", repr(seen)).replace("{seen}", seen)
