"""The fortnightly report: accuracy, recall, satisfaction, calibration; Markdown from figures alone.

Source 000, 5.1: models are evaluated every two weeks by accuracy, recall and satisfaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from api.incidents.calibration import Calibrations, modes_of
from api.incidents.fortnight_words import WORDS
from api.incidents.postmortem import plain
from api.schemas.calibration import FortnightFigures, FortnightReport, ModeView, Opinions
from api.schemas.feedback import Feedback, Outcome
from graph.errors import Detail, InputError
from graph.model.access import Principal
from graph.model.calibration import Judged
from graph.model.incident import LedgerEntry
from graph.ports import Store
from reasoning.calibration.figures import figures_of
from reasoning.calibration.judging import EXTERNAL, NO_FAULT

Lang = Literal["zh", "en"]
DAYS: Final = 14
_FIRST_DAY: Final = date(2000, 1, 1)  # before it nothing is stored; the calendar's ends are far
_FIRST_THREE: Final = 3
Words = Sequence[tuple[LedgerEntry, Judged]]


def report_fortnight(
    kept: Calibrations,
    store: Store,
    principal: Principal,
    *,
    asked: tuple[Lang, date | None],
    now: datetime,
) -> FortnightReport:
    """Report on the fourteen days that end with a day of the first pack's timezone.

    `asked`: the language of the page, and the last day; None: today.

    Raises: InputError for a day to come, or from before there was anything to report.
    """
    lang, until = asked
    zone = ZoneInfo(_zone(store))
    last = _last_day(until, now.astimezone(zone).date())
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    judged, _ = kept.judged(store, principal)
    words = kept.words(store, principal)
    halves = [_figures(judged, words, ends - timedelta(days=DAYS * back)) for back in (0, 1)]
    inside = [case for case in judged if halves[0].begins <= case.at < halves[0].ends]
    modes = modes_of(store, inside)
    page = _Page(lang, last, halves[0], halves[1], modes)
    return FortnightReport(
        lang=lang,
        until=last,
        now=halves[0],
        before=halves[1],
        modes=modes,
        markdown="\n".join(page.lines()) + "\n",
    )


def _last_day(until: date | None, today: date) -> date:
    if until is None or _FIRST_DAY <= until <= today:
        return until or today
    fault = f"{until} must lie between {_FIRST_DAY} and today, {today}"
    error = InputError(f"until: {fault}", [Detail("/query/until", fault)])
    raise error.told(zh=f"报告的最后一天只能在 {_FIRST_DAY} 到今天（{today}）之间。", code="until")


def _zone(store: Store) -> str:
    headers = store.packs()
    return store.pack(headers[0].id).calendar.timezone if headers else "UTC"


def _figures(judged: Sequence[Judged], words: Words, ends: datetime) -> FortnightFigures:
    begins = ends - timedelta(days=DAYS)
    cases = [case for case in judged if begins <= case.at < ends]
    faults = [case for case in cases if case.mode not in (EXTERNAL, NO_FAULT)]
    calm = [case for case in cases if case.mode == NO_FAULT]
    said = [(line, case) for line, case in words if begins <= line.at < ends]
    return FortnightFigures(
        begins=begins,
        ends=ends,
        figures=figures_of(cases),
        faults=len(faults),
        found=sum(c.place is not None and c.place <= _FIRST_THREE for c in faults),
        calm=len(calm),
        accused=sum(not c.right and not c.abstained for c in calm),
        opinions=_opinions(said),
    )


def _opinions(said: Words) -> Opinions:
    """Count first words as the page's three answers: right, not quite, wrong."""
    right = sum(case.right for _, case in said)
    near = sum(not case.right and _names_a_cause(line) for line, case in said)
    return Opinions(right=right, near=near, wrong=len(said) - right - near)


def _names_a_cause(line: LedgerEntry) -> bool:
    fields = {k: v for k, v in line.detail.items() if k in Feedback.model_fields}
    return Feedback.model_validate(fields).cause is Outcome.MODELLED


@dataclass(frozen=True)
class _Page:
    lang: Lang
    last: date
    now: FortnightFigures
    before: FortnightFigures
    modes: tuple[ModeView, ...]

    def lines(self) -> Iterator[str]:
        """Yield the lines of the page."""
        first = self.last - timedelta(days=DAYS - 1)
        yield f"# {self._word('title')}"
        yield ""
        yield self._word("period", first=first.isoformat(), last=self.last.isoformat())
        parts = (("figures", self._figures), ("reliability", self._bins), ("modes", self._modes))
        for name, part in parts:
            yield from ("", f"## {self._word(name)}", "")
            yield from part()
        yield from ("", f"## {self._word('method')}", "")
        yield from (f"- {self._word(f'method.{number}')}" for number in (1, 2, 3))

    def _figures(self) -> Iterator[str]:
        yield self._row(self._word("what"), self._word("now"), self._word("before"))
        yield "|---|---|---|"
        for name in _COUNTED:
            told = (_COUNTED[name](half) for half in (self.now, self.before))
            yield self._row(self._word(name), *told)

    def _bins(self) -> Iterator[str]:
        bins = self.now.figures.bins
        if not bins:
            yield self._word("none")
            return
        yield self._row(*(self._word(n) for n in ("said", "times", "right", "share", "interval")))
        yield "|---|---|---|---|---|"
        for one in bins:
            low = round(one.begins * 100)
            said = self._word("bin", low=str(low), high=str(low + 10))
            interval = f"{one.low:.0%}–{one.high:.0%}"
            share = f"{one.right / one.cases:.0%}"
            yield self._row(said, str(one.cases), str(one.right), share, interval)

    def _modes(self) -> Iterator[str]:
        if not self.modes:
            yield self._word("none")
            return
        yield self._row(*(self._word(n) for n in ("mode", "times", "first", "three")))
        yield "|---|---|---|---|"
        for mode in self.modes:
            name = plain(mode.name.zh if self.lang == "zh" else mode.name.en)
            held = mode.figures
            counts = (str(held.cases), str(held.first), str(held.first_three))
            yield self._row(name, *counts)

    def _row(self, *cells: str) -> str:
        return f"| {' | '.join(cells)} |"

    def _word(self, key: str, **fields: str) -> str:
        return WORDS[key][0 if self.lang == "zh" else 1].format(**fields)


def _share(part: int, whole: int) -> str:
    return f"{part} / {whole} = {part / whole:.0%}" if whole else "—"


def _score(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _asked(half: FortnightFigures) -> int:
    return half.opinions.right + half.opinions.near + half.opinions.wrong


_COUNTED: Final = {
    "cases": lambda half: str(half.figures.cases),
    "first": lambda half: _share(half.figures.first, half.figures.cases),
    "three": lambda half: _share(half.figures.first_three, half.figures.cases),
    "recall": lambda half: _share(half.found, half.faults),
    "accused": lambda half: _share(half.accused, half.calm),
    "abstained": lambda half: _share(half.figures.abstained, half.figures.cases),
    "committed": lambda half: _share(half.figures.committed_right, half.figures.committed),
    "opinion": lambda half: _share(half.opinions.right, _asked(half)),
    "near": lambda half: _share(half.opinions.near, _asked(half)),
    "wrong": lambda half: _share(half.opinions.wrong, _asked(half)),
    "brier": lambda half: _score(half.figures.brier),
    "error": lambda half: _score(half.figures.error),
}
