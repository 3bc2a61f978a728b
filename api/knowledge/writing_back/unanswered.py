"""Questions that no SOP answered: counted by their words, listed, and ended by an SOP or a reason.

People, numbers, keys and internal addresses are taken out before anything is stored; where the
list of what to take out cannot be read, nothing is. Two questions are the same when they differ
only in case, spaces, punctuation and words of courtesy. A full list takes a new question all the
same: what is settled and what was asked least give way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from api.bootstrap import Assistant
from api.guides import redactor_of
from api.incidents.postmortem import plain
from api.schemas.unanswered import QuestionEnding, SopWished, UnansweredReport, UnansweredView
from graph.errors import InputError, NotFoundError, StoreError
from graph.model.access import Principal
from graph.model.document import QuestionStatus, SopWish, UnansweredQuestion
from graph.ports import Store, Transaction

DAYS: Final = 14
MOST: Final = 5_000  # of different questions
_ROOM: Final = 50  # that give way at once where there are so many
_CHARS_KEPT: Final = 500  # of a question: who writes an SOP reads what it begins with
_DAYS_KEPT: Final = 400
_WISHES_KEPT: Final = 50
_COURTESY: Final = re.compile(r"请问|谢谢|麻烦|[呢吗啊吧呀]|\b(?:please|thanks?|hi|hello)\b")
_BETWEEN: Final = re.compile(r"[\W_]+")
_FIRST_DAY: Final = date(2000, 1, 1)


def count_unanswered(assistant: Assistant, text: str, *, lang: str, at: datetime) -> str | None:
    """Count a question that got no answer; its id, or None where it was not kept."""
    try:
        clean = redactor_of(assistant.store, assistant.settings.home).redact([text]).texts[0]
    except StoreError:  # the doctor says what is wrong with the file
        return None
    key = key_of(clean)
    if key is None:
        return None

    def work(tx: Transaction) -> str | None:
        known = tx.unanswered_question(key)
        if known is None and tx.unanswered_count() >= MOST:
            _make_room(tx)
        fresh = UnansweredQuestion.model_validate(
            {
                "id": key,
                "text": clean[:_CHARS_KEPT],
                "lang": lang,
                "days": {},
                "first_at": at,
                "last_at": at,
            }
        )
        tx.put_unanswered_question(_asked_again(known or fresh, at))
        return key

    return assistant.store.write(work)


def _make_room(tx: Transaction) -> None:
    """Forget what is settled first, then what was asked least and longest ago; wishes stay last."""
    for found in sorted(tx.unanswered_questions(), key=_worth)[:_ROOM]:
        tx.drop_unanswered_question(found.id)


def _worth(found: UnansweredQuestion) -> tuple[int, int, datetime, str]:
    """Order questions by how much they are missed; one that is not ours would be asked again."""
    ranks = {QuestionStatus.ANSWERED: 0, QuestionStatus.OPEN: 1, QuestionStatus.DISMISSED: 2}
    rank = 3 if found.status is QuestionStatus.OPEN and found.wishes else ranks[found.status]
    return rank, sum(found.days.values()), found.last_at, found.id


def key_of(text: str) -> str | None:
    """Give the id of a question from its words; None where it has none.

    >>> key_of("请问 Printer 怎么换墨？") == key_of("printer怎么换墨呢")
    True
    """
    words = _BETWEEN.sub("", _COURTESY.sub(" ", text.casefold()))
    return f"q-{hashlib.sha256(words.encode()).hexdigest()[:16]}" if words else None


def list_unanswered(
    store: Store, *, status: QuestionStatus | None, since: date | None
) -> tuple[UnansweredView, ...]:
    """List questions, most often asked first, then the latest, then by id.

    `since`: count from this UTC day on, and leave out what was not asked since.
    """
    found = (view_of(one, since=since) for one in store.unanswered_questions())
    kept = [
        view for view in found if view.times and (status is None or view.found.status is status)
    ]
    kept.sort(key=lambda view: view.found.id)
    kept.sort(key=lambda view: view.found.last_at, reverse=True)
    kept.sort(key=lambda view: view.times, reverse=True)
    return tuple(kept)


def view_of(
    found: UnansweredQuestion, *, since: date | None = None, until: date | None = None
) -> UnansweredView:
    """Show a question with how often it was asked between two days, both included."""
    first, last = (since or date.min).isoformat(), (until or date.max).isoformat()
    times = sum(number for day, number in found.days.items() if first <= day <= last)
    return UnansweredView(found=found, times=times, total=sum(found.days.values()))


def wish_sop(
    assistant: Assistant, principal: Principal, question_id: str, *, wanted: SopWished, at: datetime
) -> UnansweredView:
    """Write down that somebody wants an SOP for a question; of each person the newest wish counts.

    Raises: NotFoundError; StoreError where what to take out of the note cannot be read.
    """
    redactor = redactor_of(assistant.store, assistant.settings.home)
    wish = SopWish(by=principal.name, at=at, note=redactor.redact([wanted.note]).texts[0])

    def work(tx: Transaction) -> UnansweredView:
        found = _found(tx, question_id)
        others = [one for one in found.wishes if one.by != principal.name]
        wished = found.model_copy(update={"wishes": (*others, wish)[-_WISHES_KEPT:]})
        tx.put_unanswered_question(wished)
        return view_of(wished)

    return assistant.store.write(work)


def end_question(
    assistant: Assistant,
    principal: Principal,
    question_id: str,
    *,
    wanted: QuestionEnding,
    at: datetime,
) -> UnansweredView:
    """End a question: an SOP answers it now, or none is needed; the audit log says who did.

    Raises: NotFoundError for question or SOP; InputError where the SOP or the reason is missing.
    """
    from reasoning.remediation.book import not_before_last

    _check_ending(assistant, principal, wanted)
    ended = {
        "status": wanted.status,
        "sop_id": wanted.sop_id,
        "ended_by": principal.name,
        "ended_at": at,
        "ended_why": wanted.reason,
    }

    def work(tx: Transaction) -> UnansweredView:
        found = _found(tx, question_id).model_copy(update=ended)
        tx.put_unanswered_question(found)
        tx.add_audit(
            at=not_before_last(tx, at),
            actor=principal.name,
            kind="question_ended",
            subject=question_id,
            detail={"status": wanted.status.value, "sop_id": wanted.sop_id},
        )
        return view_of(found)

    return assistant.store.write(work)


def report_unanswered(
    store: Store, *, lang: str, until: date | None, now: datetime
) -> UnansweredReport:
    """Report on the fourteen UTC days that end with a day (None: today): all that was asked then.

    Raises: InputError for a day to come.
    """
    today = now.astimezone(UTC).date()
    last = until or today
    if not _FIRST_DAY <= last <= today:
        fault = f"until: {until} must lie between {_FIRST_DAY} and today, {today}"
        raise InputError(fault).told(
            zh=f"最后一天只能在 {_FIRST_DAY} 到今天（{today}）之间。", code="until"
        )
    first = last - timedelta(days=DAYS - 1)
    views = [view_of(one, since=first, until=last) for one in store.unanswered_questions()]
    items = sorted((one for one in views if one.times), key=lambda v: (-v.times, v.found.id))
    page = "\n".join(_lines(items, lang, first=first, last=last)) + "\n"
    full = len(views) >= MOST - _ROOM
    told = {"lang": lang, "until": last, "items": tuple(items), "markdown": page, "full": full}
    return UnansweredReport.model_validate(told)


def _lines(items: Sequence[UnansweredView], lang: str, *, first: date, last: date) -> list[str]:
    title, head, none, states = _WORDS["zh" if lang == "zh" else "en"]
    lines = [title.format(first=first, last=last), ""]
    if not items:
        return [*lines, none]
    rows = [
        f"| {one.times} | {one.total} | {plain(one.found.text)} | {len(one.found.wishes)} "
        f"| {states[one.found.status]} |"
        for one in items
    ]
    return [*lines, head, "| ---: | ---: | --- | ---: | --- |", *rows]


_WORDS: Final[dict[str, tuple[str, str, str, dict[QuestionStatus, str]]]] = {
    "zh": (
        "# 没有 SOP 可答的提问（{first} 到 {last}）",
        "| 两周内 | 累计 | 提问 | 要 SOP 的人数 | 状态 |",
        "这两周里没有这样的提问。",
        {
            QuestionStatus.OPEN: "待写",
            QuestionStatus.ANSWERED: "已有 SOP",
            QuestionStatus.DISMISSED: "不写",
        },
    ),
    "en": (
        "# Questions that no SOP answered ({first} to {last})",
        "| in the fortnight | ever | question | people who want an SOP | state |",
        "There was no such question in these two weeks.",
        {
            QuestionStatus.OPEN: "to be written",
            QuestionStatus.ANSWERED: "answered by an SOP",
            QuestionStatus.DISMISSED: "not needed",
        },
    ),
}


def _asked_again(found: UnansweredQuestion, at: datetime) -> UnansweredQuestion:
    day = at.astimezone(UTC).date().isoformat()
    days = dict(sorted({**found.days, day: found.days.get(day, 0) + 1}.items())[-_DAYS_KEPT:])
    again = found.status is QuestionStatus.ANSWERED  # the SOP that was named does not answer it
    status = QuestionStatus.OPEN if again else found.status
    last = max(found.last_at, at)
    return found.model_copy(update={"days": days, "last_at": last, "status": status})


def _check_ending(assistant: Assistant, principal: Principal, wanted: QuestionEnding) -> None:
    if wanted.status is QuestionStatus.ANSWERED:
        if wanted.sop_id is None:
            raise InputError("sop_id: name the SOP that answers it").told(
                zh="请写明由哪份 SOP 回答。", code="question_ending"
            )
        assistant.knowledge.search().sop(principal, wanted.sop_id)
    elif not wanted.reason.strip():
        raise InputError("reason: say why no SOP is needed").told(
            zh="请写明为什么不用写 SOP。", code="question_ending"
        )


def _found(tx: Transaction, question_id: str) -> UnansweredQuestion:
    found = tx.unanswered_question(question_id)
    if found is None:
        raise NotFoundError(
            f"no unanswered question {question_id!r}; GET /unanswered-questions lists them"
        )
    return found
