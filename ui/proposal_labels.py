"""Words of the tab on proposed relations: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

PROPOSAL_LABELS: Final[dict[str, tuple[str, str]]] = {
    "graph.tab.proposed": ("推断的关系", "Proposed"),
    "proposed.title": ("推断的关系 {n} 条，图里可能缺", "{n} relations that the graph may lack"),
    "proposed.title.one": ("推断的关系 {n} 条，图里可能缺", "{n} relation that the graph may lack"),
    "proposed.how": (
        "兄弟组件都依赖、它自己却没有写的。每次诊断都按存在的可能计入，所以值得有人看一眼。",
        "Siblings stand on it and this one is not known to. Every diagnosis takes them in with the "
        "chance that they exist, so somebody should have a look.",
    ),
    "proposed.none": ("没有推断的关系", "Nothing is proposed"),
    "proposed.none.how": (
        "兄弟组件依赖的，每个组件都写了。",
        "What siblings stand on is written for each of them.",
    ),
    "proposed.relation": ("关系", "Relation"),
    "proposed.why": ("凭什么", "Why"),
    "proposed.sure": ("存在的可能", "Chance that it exists"),
    "proposed.strength": ("影响强度", "Strength"),
    "proposed.used": ("这次诊断", "This diagnosis"),
    "proposed.used.yes": ("用到了", "used it"),
    "proposed.used.no": ("没用到", "did not use it"),
    "proposed.used.unknown": ("说不准，等新一版", "not known until the next revision"),
    "proposed.line": ("{source} {kind} {target}", "{source} {kind} {target}"),
    "proposed.kind.DEPENDS_ON": ("依赖", "depends on"),
    "proposed.kind.CALLS": ("调用", "calls"),
    "proposed.kind.ROUTES_TO": ("转发到", "routes to"),
    "proposed.kind.USES": ("使用", "uses"),
    "proposed.by.replicas": (
        "同组其余 {of} 个副本里 {having} 个有：{names}",
        "{having} of the {of} other replicas of its group have it: {names}",
    ),
    "proposed.by.alike": (
        "与它相似的 {of} 个组件里 {having} 个有：{names}",
        "{having} of {of} components like it have it: {names}",
    ),
    "proposed.by.kind": (
        "同类其余 {of} 个组件里 {having} 个有：{names}",
        "{having} of the {of} others of its kind have it: {names}",
    ),
    "proposed.names.more": ("{names} 等", "{names} and others"),
    "proposed.more": ("另有 {n} 条，可能性更小", "{n} more, less likely"),
    "proposed.decide": ("看过了，怎么定", "Somebody has looked: settle it"),
    "proposed.decide.how": (
        "把下面一行写进领域包的 {file} 再载入：载入要有领域包的权限，并记入审计。",
        "Write one of these lines into {file} of the pack and load it: the load takes the "
        "role for packs and is a line of the audit log.",
    ),
    "proposed.choose": ("哪一条", "Which one"),
    "proposed.accept": ("有这条关系", "It exists"),
    "proposed.refuse": ("没有，以后不再提", "It does not, never propose it again"),
}
