"""The ways of the attack table that come through texts and through other people's browsers."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote

import httpx2

from tests.e2e.attack_season import API, Answer, Season
from tests.payloads import alert, payload
from tests.small_pack import after

_HOSTILE: Final = (
    "$(touch /tmp/{0})",
    "`{0}`",
    "cdn-a; curl {0}",
    'x", "operation": "{0}',
    "small:cdn-a\r\nX-Evil: {0}",
    "../../{0}",
    "{{receiver}} {0}",
    "\u202e{0}",
)
_SCRIPTS: Final = (
    "<script>alert('{0}')</script>",
    "\"><img src=x onerror=alert('{0}')>",
    "</style><script src=//evil/{0}></script>",
    "javascript:alert('{0}')",
    "<svg/onload=alert('{0}')>",
    "\u202e{0}\u2066<iframe>",
    "&lt;script&gt;{0}",
    "{{{{{0}}}}}<meta http-equiv=refresh content=0>",
)
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# All that a page of the phone is made of.
_OURS: Final = frozenset({
    "html", "head", "meta", "title", "style", "body", "main", "header", "span", "h1", "h2",
    "small", "p", "section", "ul", "li", "div", "a", "form", "input", "label", "button",
    "footer", "code", "pre",
})  # fmt: skip


class _Tags(HTMLParser):
    """Reads a page as a browser does; `foreign`: a tag, handler or link that is not ours."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign = False

    @classmethod
    def of(cls, page: str) -> _Tags:
        """Read a page."""
        found = cls()
        found.feed(page)
        found.foreign = found.foreign or bool(_TURNING & set(page))
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge one tag."""
        hooked = any(name.startswith("on") for name, _ in attrs)
        links = [value or "" for name, value in attrs if name in ("href", "action", "src")]
        away = any(not link.startswith("/a/") for link in links)
        self.foreign = self.foreign or tag not in _OURS or hooked or away


def csrf(season: Season) -> None:
    """Another site lets a browser write: without proof, with another's, from its own origin."""
    victim = season.watch(season.ask(), "requested", 0)
    approved = season.watch(season.approve(season.ask()), "approved", 2)
    lead, operator = season.people["ops"], season.people["operator"]
    others = season.people["academic"].csrf
    for number in range(season.rounds):
        person = (operator, lead)[number % 2]
        kind = number // 2 % 4
        proof = ("", others, "x", person.csrf)[kind]
        origin = {"Origin": "https://evil.example"} if kind == 3 else {}
        headers = {"X-CSRF": proof} | origin
        answer = (
            person.send("POST", _path(victim, "approvals"), _yes(victim), **headers)
            if person is lead
            else person.send("POST", _path(approved, "execution"), **headers)
        )
        season.note("csrf", "api", answer)
        season.note("csrf", "page", _foreign_form(season, victim, number))


def _foreign_form(season: Season, asked: Answer, number: int) -> httpx2.Response:
    lead = season.people["ops"]
    proof = ("", season.people["academic"].csrf, lead.csrf)[number % 3]
    fields = {**_yes(asked), "role": "ops_lead", "csrf": proof}
    headers = {"Origin": "https://evil.example"} if number % 3 == 2 else {}
    return lead.http.post(f"/a/{asked['remediation_id']}", data=fields, headers=headers)


def label_injection(season: Season) -> None:
    """Labels, ids, parameters and fields carry commands and header lines towards the executor."""
    victim = season.watch(season.ask(), "requested", 0)
    operator, lead = season.people["operator"], season.people["ops"]
    with season.bearer(season.home.tokens["source"]) as source:
        for number in range(season.rounds):
            mark = f"mark{season.chance.randrange(10**12):012d}"
            text = _HOSTILE[number % len(_HOSTILE)].format(mark)
            _post_alert(source, number, component=text, instance=text)
            answer = operator.send(
                "POST", f"/incidents/{season.home.incident}/remediations", _order(text, number)
            )
            season.note("label_injection", "api", answer, reached=season.receiver.heard(mark))
            field = ("role", "decision", "digest", "csrf")[number % 4]
            answer = lead.form(victim, **{field: text})
            seen = lead.http.get(f"/a/{quote(text, safe='')}", params={"lang": text})
            split = "x-evil" in answer.headers or "x-evil" in seen.headers
            season.note(
                "label_injection", "page", answer, reached=split or season.receiver.heard(mark)
            )


def script_in_annotation(season: Season) -> None:
    """Annotations, labels and reasons carry script; whoever reads them must see plain text."""
    lead = season.people["ops"]
    with season.bearer(season.home.tokens["source"]) as source:
        for number in range(season.rounds):
            mark = f"mark{season.chance.randrange(10**12):012d}"
            text = _SCRIPTS[number % len(_SCRIPTS)].format(mark)
            _post_alert(source, number, summary=text, component=f"client-r1-{text}")
            asked = season.ask(reason=text)
            is_page = _is_page(season, asked)
            season.count("script_in_annotation", "api", "plain json", succeeded=is_page)
            pages = [
                lead.http.get(f"/a/{asked['remediation_id']}{part}").text
                for part in ("", "/details", "/confirm?decision=reject")
            ]
            assert mark in pages[1], "the page of details shows the reason"
            runs = any(_Tags.of(page).foreign for page in pages)
            season.count("script_in_annotation", "page", "plain text", succeeded=runs)


def _is_page(season: Season, asked: Answer) -> bool:
    """Tell whether any reading call gives what a browser might run."""
    incident = season.home.incident
    for path in (
        f"/remediations/{asked['remediation_id']}",
        f"/incidents/{incident}/timeline",
        f"/incidents/{incident}/briefing",
        "/alerts?quarantined=true",
    ):
        answer = season.people["operator"].send("GET", path)
        kind = answer.headers["content-type"].partition(";")[0]
        safe = answer.headers.get("x-content-type-options") == "nosniff"
        if kind != "application/json" or not safe:
            return True
    return False


def _order(text: str, number: int) -> dict[str, object]:
    """Put a text where an id of the graph, of the catalogue or a choice belongs."""
    order: dict[str, object] = {
        "action_id": "small:switch",
        "target_ids": ["small:cdn-a"],
        "parameters": {"receiver": "small:cdn-b"},
        "reason": text,
    }
    changes: tuple[dict[str, object], ...] = (
        {"action_id": text},
        {"target_ids": [text]},
        {"parameters": {"receiver": text}},
        {"parameters": {"receiver": "small:cdn-b", "share": text}},
        {"parameters": {"receiver": "small:cdn-b", text: 50}},
    )
    return order | changes[number % len(changes)]


def _post_alert(
    source: httpx2.Client, number: int, *, component: str, summary: str = "x", instance: str = ""
) -> None:
    made = alert(
        "PlaybackFailureHigh",
        at=after(90),
        fingerprint=f"hostile-{number}",
        component=component,
        instance=instance,
    )
    body = json.loads(payload(made | {"annotations": {"summary": summary}}))
    headers = {"X-Received-At": after(150).isoformat()}
    answer = source.post(f"{API}/alerts/alertmanager", json=body, headers=headers)
    assert answer.status_code in (202, 422), answer.text


def _yes(asked: Answer) -> dict[str, str]:
    return {"digest": asked["digest"], "decision": "approve"}


def _path(asked: Answer, what: str) -> str:
    return f"/remediations/{asked['remediation_id']}/{what}"
