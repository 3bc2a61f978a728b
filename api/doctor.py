"""The doctor: whether store, packs, engine, monitoring and set-up are well, in one report."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from api.accounts.sealing import APPROVING, gaps
from api.bootstrap import Assistant
from api.knowledge.model_check import check_model
from api.packs.loading import DEFAULT_PACK
from api.schemas.admin import CheckResult, DoctorReport
from graph.errors import StoreError
from graph.model.base import Text
from graph.model.moving import Epoch

_MOVED: Final = Text(
    zh="这个存储已迁出并封存，请使用重建后的那一个",
    en="This store moved out and is sealed; use the one that was rebuilt from it",
)
_NOBODY: Final = Text(
    zh="现在没有人能审批，请先添加管理员，再添加主管",
    en="Nobody can approve now; add admins first, then leads",
)
_HELD: Final = Text(
    zh="审批策略要求的每个角色都有人", en="every role that the policies demand is held"
)
_LOAD: Final = f".venv/bin/etiograph load {DEFAULT_PACK}"
_UNFINISHED: Final = Text(
    zh="重建没有完成，请再次执行 .venv/bin/etiograph rebuild EXPORT",
    en="A rebuild is not finished; repeat .venv/bin/etiograph rebuild EXPORT",
)


def examine(assistant: Assistant, *, serving: bool) -> DoctorReport:
    """Look at everything; reads the whole store file.

    Args:
        serving: whether this process is the server, so that its worker must run.
    """
    store = assistant.store.check()
    checks = [
        _store(store, assistant.store.epoch()),
        _packs(assistant),
        _jobs(assistant),
        _accounts(assistant),
    ]
    checks += [_approvers(assistant), _executors(assistant), _search(assistant, serving=serving)]
    checks += [check_model(assistant.settings)]
    checks += [_worker(assistant)] if serving else []
    return DoctorReport(
        ok=all(check.ok for check in checks),
        version=version("etiograph"),
        checks=tuple(checks),
        store=store,
    )


def _store(found: dict[str, object] | object, epoch: Epoch | None) -> CheckResult:
    integrity = str(found.get("integrity")) if isinstance(found, dict) else "?"
    ok = integrity == "ok"
    if ok and epoch is not None and (epoch.sealed_at is not None or not epoch.whole):
        return CheckResult(name="store", ok=False, text=_MOVED if epoch.whole else _UNFINISHED)
    zh, en = _server(found)
    return CheckResult(
        name="store",
        ok=ok,
        text=Text(
            zh=f"存储完好{zh}" if ok else f"存储受损{zh}：{integrity}",
            en=f"The store is intact{en}" if ok else f"The store is damaged{en}: {integrity}",
        ),
    )


def _server(found: dict[str, object] | object) -> tuple[str, str]:
    """Name the server that the store stands on, in both languages; nothing for a file."""
    if not isinstance(found, dict) or found.get("store") != "neo4j":
        return "", ""
    version, uri = found.get("server"), found.get("path")
    return f"（Neo4j {version}，{uri}）", f" (Neo4j {version}, {uri})"


def _packs(assistant: Assistant) -> CheckResult:
    headers = assistant.store.packs()
    kept = sorted(assistant.packs.kept)
    if kept:
        text = Text(
            zh=f"文件里的 {'、'.join(kept)} 比现有的要求低，没有载入："
            "请管理员载入一次，按提示申请授权",
            en=f"the files of {', '.join(kept)} demand less than what is stored and were not "
            "loaded; an admin loads it once and asks for the grant that the refusal names",
        )
        return CheckResult(name="packs", ok=False, text=text)
    names = "、".join(f"{h.id}（{h.components} 个组件）" for h in headers)
    english = ", ".join(f"{h.id} ({h.components} components)" for h in headers)
    return CheckResult(
        name="packs",
        ok=bool(headers),
        text=Text(
            zh=f"已载入：{names}" if headers else f"没有载入任何领域包，请启动服务器或执行 {_LOAD}",
            en=f"Loaded: {english}"
            if headers
            else f"No pack is loaded; start the server, or run {_LOAD}",
        ),
    )


def _jobs(assistant: Assistant) -> CheckResult:
    failed, waiting = assistant.store.jobs_failed(), assistant.store.jobs_open()
    error = failed[-1].error[:200] if failed else ""
    return CheckResult(
        name="jobs",
        ok=not failed,
        text=Text(
            zh=f"等待 {waiting} 项，失败 {len(failed)} 项" + (f"：{error}" if error else ""),
            en=f"{waiting} waiting, {len(failed)} failed" + (f": {error}" if error else ""),
        ),
    )


def _worker(assistant: Assistant) -> CheckResult:
    ok = assistant.worker.healthy and assistant.hands.healthy
    return CheckResult(
        name="worker",
        ok=ok,
        text=Text(
            zh="诊断引擎正常" if ok else "诊断引擎没有运行，请查看日志并重启",
            en="The engine runs" if ok else "The engine does not run; read the log and restart",
        ),
    )


def _accounts(assistant: Assistant) -> CheckResult:
    users = assistant.store.users()
    demo = sum(user.demo for user in users)
    sealed = assistant.accounts.sealed()
    return CheckResult(
        name="accounts",
        ok=bool(users),
        text=Text(
            zh=f"账号 {len(users)} 个，其中演示 {demo} 个；{'已封存' if sealed else '未封存'}"
            if users
            else "还没有账号，请执行 .venv/bin/etiograph user add NAME --role admin --role viewer",
            en=f"{len(users)} accounts, {demo} of them demo; set-up is "
            + ("sealed" if sealed else "not sealed")
            if users
            else "No account yet; run .venv/bin/etiograph user add NAME --role admin --role viewer",
        ),
    )


def _approvers(assistant: Assistant) -> CheckResult:
    """Say who can approve now; a sealed set-up in which nobody can, or with gaps, is a fault.

    Before the seal a house without leads is only new: it is said, and nothing is wrong.
    """
    approving = [user for user in assistant.store.users() if APPROVING & set(user.roles)]
    if not approving:
        return CheckResult(name="approvers", ok=not assistant.accounts.sealed(), text=_NOBODY)
    demo = sum(user.demo for user in approving)
    sealed = assistant.accounts.sealed()
    lacking = gaps(assistant.store) if sealed else ()
    can = Text(
        zh=f"现在能审批的账号 {len(approving)} 个，其中演示 {demo} 个",
        en=f"Accounts that can approve now: {len(approving)}, {demo} of them demo",
    )
    said = [can, *lacking] if lacking or not sealed else [can, _HELD]
    text = Text(zh="；".join(t.zh for t in said), en="; ".join(t.en for t in said))
    return CheckResult(name="approvers", ok=not lacking, text=text)


def _executors(assistant: Assistant) -> CheckResult:
    try:
        names = sorted(assistant.runners)
    except StoreError as error:
        text = Text(zh=f"执行器配置有误：{error}", en=f"The executors are faulty: {error}")
        return CheckResult(name="executors", ok=False, text=text)
    text = Text(zh=f"执行器：{'、'.join(names)}", en=f"Executors: {', '.join(names)}")
    return CheckResult(name="executors", ok=True, text=text)


def _search(assistant: Assistant, *, serving: bool) -> CheckResult:
    """Say whether meaning is searched beside words, and whose indexes find.

    An encoder that is lacking is a fault.
    """
    state = assistant.knowledge.meaning.state if serving else assistant.knowledge.open()
    making = state.stage == "building" and state.total
    zh = f"（{state.done} / {state.total} 段）" if making else ""
    en = f" ({state.done} of {state.total})" if making else ""
    if (arms := assistant.knowledge.arms) is not None:
        zh, en = f"{zh}；{arms.state.zh}", f"{en}; {arms.state.en}"
    return CheckResult(
        name="search",
        ok=state.stage != "failed",
        text=Text(zh=f"检索：{state.text.zh}{zh}", en=f"Search: {state.text.en}{en}"),
    )
