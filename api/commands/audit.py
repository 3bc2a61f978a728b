"""`etiograph audit-inference`: what was shown, recomputed by another engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue

from api.calls.network import NetworkView
from api.chores import examination
from api.commands.terminal import say, say_json, warn
from api.settings import Settings
from graph.errors import InputError

_METHODS: Final = {"exact": "精确", "core": "核心精确", "thinned": "有删减", "loopy": "近似"}
_KINDS: Final = {
    "fault": ("fault born", "故障"),
    "degraded": ("degraded", "受损"),
    "p_no_fault": ("P(no fault)", "「未发现故障」的概率"),
    "log_evidence": ("ln P(evidence)", "证据概率的对数"),
}

if TYPE_CHECKING:  # numpy takes its time
    from reasoning.public_form.core_network import CoreNetwork
    from reasoning.public_form.inference_audit import Audit
    from reasoning.public_form.pgmpy_model import Difference, Form


def audit_inference(
    settings: Settings,
    incident_id: str,
    *,
    bif: Path | None,
    xmlbif: Path | None,
    seconds: float,
    everything: bool,
    as_json: bool,
) -> int:
    """Recompute the newest diagnosis of an incident with pgmpy; 1 where it differs or time ran out.

    `bif` and `xmlbif` are files that the core is written to first. `everything`: also the
    probabilities that no page shows.
    """
    from reasoning.public_form.inference_audit import audit_network, network_behind

    with examination(settings) as desk:
        shown = desk.network(incident_id)
    network = network_behind(shown.problem, shown.active)
    _write(network, "bif", bif)
    _write(network, "xmlbif", xmlbif)
    if everything:
        warn(_patience(network, seconds, english=settings.lang == "en"))
    causes = [(cause.answers, cause.about, cause.posterior) for cause in shown.shown]
    audit = audit_network(
        network, causes, clock=time.monotonic, seconds=seconds, everything=everything
    )
    if as_json:
        say_json(_document(shown, audit))
    else:
        say("\n".join(_report(shown, audit, english=settings.lang == "en")))
    return 0 if audit.agrees else 1


def _write(network: CoreNetwork, form: Form, path: Path | None) -> None:
    if path is None:
        return
    from reasoning.public_form.pgmpy_model import written

    try:
        path.write_text(written(network, form), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"--{form}: {str(path)!r} cannot be written: {error.strerror}; name another file"
        ) from error


def _patience(network: CoreNetwork, seconds: float, *, english: bool) -> str:
    """Say how much is under way: where the engine takes milliseconds, pgmpy may take minutes."""
    many = len(network.variables)
    if english:
        return (
            f"recomputing a core of {many} variables with pgmpy; a storm takes minutes, at most "
            f"{seconds:g} s …"
        )
    return f"正在用 pgmpy 重算 {many} 个变量的核心网络，告警风暴要几分钟，最多 {seconds:g} 秒……"


def _document(shown: NetworkView, audit: Audit) -> dict[str, JsonValue]:
    from reasoning.public_form.pgmpy_model import pgmpy_version

    found, largest = audit.recomputed, audit.largest
    return {
        "incident_id": shown.incident_id,
        "revision": shown.revision,
        "method": audit.method,
        "exact": audit.method == "exact",
        "nodes": audit.nodes,
        "core_nodes": audit.core_nodes,
        "variables": audit.variables,
        "width": audit.width,
        "probabilities": found.wanted,
        "recomputed": len(found.marginals),
        "too_wide": found.too_wide,
        "causes": audit.causes,
        "calls": found.calls,
        "seconds": found.seconds,
        **{pair.kind: _pair(pair) for pair in audit.whole},
        "largest_difference": None if largest is None else largest.gap,
        "at": None
        if largest is None
        else {"kind": largest.kind, "id": largest.about, **_pair(largest)},
        "bound": audit.bound,
        "agrees": audit.agrees,
        "pgmpy": pgmpy_version(),
    }


def _pair(found: Difference) -> dict[str, JsonValue]:
    return {"shown": found.shown, "recomputed": found.recomputed}


def _report(shown: NetworkView, audit: Audit, *, english: bool) -> list[str]:
    lines = [_heading(shown, audit, english=english)]
    if audit.method == "thinned":
        lines.append(
            "the answer is thinned: this is the thinned core; how far that is from the whole is "
            "not told here"
            if english
            else "本次回答有删减：核对的是删减后的核心网络，与完整网络相差多少不在核对范围内"
        )
    lines.append(_effort(audit, english=english))
    if not audit.recomputed.complete:
        lines.append(_missing(audit, english=english))
    if audit.whole:
        lines.append(_whole(audit, english=english))
    lines.append(_largest(audit, english=english))
    return lines


def _heading(shown: NetworkView, audit: Audit, *, english: bool) -> str:
    if english:
        return (
            f"{shown.incident_id}, revision {shown.revision}: {audit.method}, core of "
            f"{audit.core_nodes} of {audit.nodes} nodes, {audit.variables} variables, "
            f"width {audit.width}"
        )
    return (
        f"{shown.incident_id} 第 {shown.revision} 版：{_METHODS[audit.method]}，核心网络 "
        f"{audit.core_nodes} / {audit.nodes} 个节点，{audit.variables} 个变量，宽度 {audit.width}"
    )


def _effort(audit: Audit, *, english: bool) -> str:
    from reasoning.public_form.pgmpy_model import pgmpy_version

    found = audit.recomputed
    many, tool = f"{len(found.marginals)} / {found.wanted}", f"pgmpy {pgmpy_version()}"
    if english:
        return (
            f"recomputed with {tool} (VariableElimination): {many} probabilities, among them "
            f"{audit.causes} shown causes, in {found.calls} calls, {found.seconds:.1f} s"
        )
    return (
        f"已用 {tool}（VariableElimination）重算：{many} 个概率，"
        f"其中 {audit.causes} 个是展示的原因，{found.calls} 次调用，{found.seconds:.1f} 秒"
    )


def _missing(audit: Audit, *, english: bool) -> str:
    found = audit.recomputed
    late = found.wanted - len(found.marginals) - found.too_wide
    if english:
        return (
            f"not recomputed: {found.too_wide} need tables too large for pgmpy, {late} did not fit "
            "into the time; --seconds gives more"
        )
    return (
        f"没有重算：{found.too_wide} 个需要的表对 pgmpy 太大，{late} 个超出了时间；"
        "可用 --seconds 加时间"
    )


def _whole(audit: Audit, *, english: bool) -> str:
    evidence, calm = (f"{d.shown:.12g} / {d.recomputed:.12g}" for d in audit.whole)
    if english:
        return f"shown / recomputed: ln P(evidence) {evidence}, P(no fault) {calm}"
    return f"展示 / 重算：证据概率的对数 {evidence}，「未发现故障」的概率 {calm}"


def _largest(audit: Audit, *, english: bool) -> str:
    largest = audit.largest
    if largest is None:
        return "nothing to compare" if english else "没有可比较的概率"
    gap, pair = f"{largest.gap:.1e}", f"{largest.shown:.6g} / {largest.recomputed:.6g}"
    what, bound = _KINDS[largest.kind][0 if english else 1], f"{audit.bound:g}"
    within = largest.gap <= audit.bound
    if english:
        verdict = "within" if within else "MORE THAN"
        where = f", {largest.about!r}" if largest.about else ""
        return (
            f"largest difference {gap}, {verdict} {bound}: {what}{where}, shown / recomputed {pair}"
        )
    verdict = "不超过" if within else "超过"
    where = f"「{largest.about}」" if largest.about else ""
    return f"最大差异 {gap}，{verdict} {bound}：{what}{where}，展示 / 重算 {pair}"
