"""The sign-in page `/api/login`: server-rendered, without script, in Chinese or English."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from html import escape
from typing import Annotated, Final, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.calls.transport import DEVICE_COOKIE
from api.doorway.doors import assistant_of, raw_body
from api.routes.access import address_of, set_session_cookie
from graph.errors import EtiographError, RateLimitedError, UnauthenticatedError

Lang = Literal["zh", "en"]
router = APIRouter(include_in_schema=False)

# A random cookie, and in the form its digest: another site can neither read nor set the pair.
_FORM_COOKIE: Final = "etiograph_form"
_STYLE_PATH: Final = "page.css"
_APPROVAL: Final = re.compile(r"/a/[a-z0-9][a-z0-9_.:\-]{0,199}")

_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "lang": "zh-CN",
        "title": "登录 溯因 Etiograph",
        "heading": "溯因",
        "name": "用户名",
        "password": "密码",
        "enter": "登录",
        "wrong": "用户名或密码不对，请重试。",
        "often": "尝试次数太多，请 {wait_s} 秒后再试。",
        "stale": "页面放久了，请再提交一次。",
        "other": "English",
        "other_lang": "en",
    },
    "en": {
        "lang": "en",
        "title": "Sign in to Etiograph",
        "heading": "Etiograph",
        "name": "Name",
        "password": "Password",  # pragma: allowlist secret
        "enter": "Sign in",
        "wrong": "Name or password is wrong. Please try again.",
        "often": "Too many attempts. Please try again in {wait_s} seconds.",
        "stale": "The page had waited too long. Please submit again.",
        "other": "中文",
        "other_lang": "zh",
    },
}

STYLE: Final = """
:root { color-scheme: light dark; }
body { margin: 0; font: 15px/1.6 Inter, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; background: light-dark(#F4F6F8, #10151B); color: light-dark(#17202A, #E8EDF2); }
main { max-width: 960px; margin: 8vh auto 0; padding: 0 28px; }
main.narrow { max-width: 340px; }
h1 { font-size: 22px; }
h2 { font-size: 17px; margin-top: 28px; }
label { display: block; margin: 16px 0 4px; }
input { box-sizing: border-box; width: 100%; height: 36px; padding: 0 8px; font: inherit;
  color: inherit; background: light-dark(#FFFFFF, #171E26); border-radius: 8px;
  border: 1px solid light-dark(#758394, #6B7B8F); }
button { width: 100%; height: 46px; margin: 24px 0 16px; border: 0; border-radius: 8px;
  font: inherit; font-weight: 600; color: #FFFFFF; background: light-dark(#1F5FC4, #2C6BD6); }
input:focus, button:focus, a:focus { outline: 2px solid light-dark(#1B5ABF, #84B6FF);
  outline-offset: 2px; }
a { color: light-dark(#1B5ABF, #84B6FF); }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: 6px 12px 6px 0; vertical-align: top;
  border-top: 1px solid light-dark(#D3DAE2, #2E3A47); }
code { font: 13.5px/1.65 ui-monospace, "DejaVu Sans Mono", monospace; }
.problem { color: light-dark(#AE241D, #FF8078); }
"""


@router.get("/page.css")
def style() -> Response:
    """Give the one style sheet of the server-rendered pages."""
    return Response(STYLE, media_type="text/css")


@router.get("/login")
def form(request: Request, lang: str | None = None, next: str = "") -> HTMLResponse:
    """Show the form; `next` may be an approval page of this server and nothing else."""
    return _page(_lang(request, lang), status=200, target=_target(next))


@router.post("/login")
def submit(
    request: Request,
    body: Annotated[bytes, Depends(raw_body)],
    lang: str | None = None,
    next: str = "",
) -> Response:
    """Sign in and go to `/`, or back to the approval page that asked, in the form's language."""
    chosen, target = _lang(request, lang), _target(next)
    fields = _fields(body)
    cookie = request.cookies.get(_FORM_COOKIE, "")
    given = fields.get("csrf", "").encode()
    if not cookie or not hmac.compare_digest(_proof(cookie).encode(), given):
        return _page(chosen, status=403, fault="stale", target=target)
    accounts = assistant_of(request).accounts
    try:
        text, session = accounts.sign_in(
            fields.get("name", ""),
            fields.get("password", ""),
            address=address_of(request),
            device=request.cookies.get(DEVICE_COOKIE, ""),
        )
    except (UnauthenticatedError, RateLimitedError) as error:
        return _refusal(chosen, error, target)
    response = RedirectResponse(f"{target}?lang={chosen}" if lang else target, status_code=303)
    set_session_cookie(response, text, device=accounts.proof.device_of(session.user))
    response.delete_cookie(_FORM_COOKIE, path="/api/login")
    return response


def _refusal(lang: Lang, error: EtiographError, target: str) -> HTMLResponse:
    if isinstance(error, RateLimitedError):
        page = _page(lang, status=429, fault="often", wait_s=error.retry_after_s, target=target)
        page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    return _page(lang, status=401, fault="wrong", target=target)


def _target(asked: str) -> str:
    """Where to go after signing in: never to another server, never to a page that writes."""
    return asked if _APPROVAL.fullmatch(asked) else "/"


def _lang(request: Request, asked: str | None) -> Lang:
    if asked in ("zh", "en"):
        return "en" if asked == "en" else "zh"
    return assistant_of(request).settings.lang


def _fields(body: bytes) -> dict[str, str]:
    """Read a submitted form; what is not one has no fields."""
    try:
        read = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0][:1000] for name, values in read.items()}


def _proof(cookie: str) -> str:
    return hashlib.sha256(b"login form:" + cookie.encode()).hexdigest()


def _page(
    lang: Lang, *, status: int, fault: str | None = None, wait_s: int = 0, target: str = "/"
) -> HTMLResponse:
    words = _WORDS[lang]
    cookie = secrets.token_urlsafe(24)
    line = words[fault].format(wait_s=wait_s) if fault else ""
    problem = f'<p class="problem" role="alert">{escape(line)}</p>' if line else ""
    back = f"&amp;next={target}" if target != "/" else ""
    other = words["other_lang"]
    html = f"""<!DOCTYPE html>
<html lang="{words["lang"]}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["title"]}</title><link rel="stylesheet" href="{_STYLE_PATH}"></head>
<body><main class="narrow"><h1>{words["heading"]}</h1>{problem}
<form method="post" action="login?lang={lang}{back}">
<input type="hidden" name="csrf" value="{_proof(cookie)}">
<label for="name">{words["name"]}</label>
<input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">{words["password"]}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">{words["enter"]}</button></form>
<p><a href="login?lang={other}{back}" lang="{other}">{words["other"]}</a></p>
</main></body></html>
"""
    response = HTMLResponse(html, status_code=status)
    response.set_cookie(
        _FORM_COOKIE, cookie, max_age=3600, httponly=True, samesite="strict", path="/api/login"
    )
    return response
