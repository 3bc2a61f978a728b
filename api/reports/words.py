"""What codes are called on a terminal, in Chinese and English."""

from __future__ import annotations

from typing import Final

from graph.model.base import Text
from graph.model.knowledge import CaseOutcome, SopSectionName
from graph.model.signals import Lane

SECTIONS: Final = {
    SopSectionName.SYMPTOMS: Text(zh="症状", en="symptoms"),
    SopSectionName.SCOPE: Text(zh="范围", en="scope"),
    SopSectionName.DIAGNOSIS: Text(zh="诊断", en="diagnosis"),
    SopSectionName.REMEDIATION: Text(zh="处置", en="remediation"),
    SopSectionName.VERIFICATION: Text(zh="验证", en="verification"),
    SopSectionName.ROLLBACK: Text(zh="回退", en="rollback"),
    SopSectionName.ESCALATION: Text(zh="升级", en="escalation"),
}
OUTCOMES: Final = {
    CaseOutcome.WORKED: Text(zh="有效", en="worked"),
    CaseOutcome.PARTLY: Text(zh="部分有效", en="worked partly"),
    CaseOutcome.FAILED: Text(zh="无效", en="did not help"),
}
LANES: Final = {
    Lane.INCIDENT: Text(zh="归入事件", en="in an incident"),
    Lane.UNASSIGNED: Text(zh="等待归组", en="waiting"),
    Lane.NOISE: Text(zh="噪声", en="noise"),
    Lane.HEARTBEAT: Text(zh="心跳", en="heartbeats"),
    Lane.QUARANTINE: Text(zh="看不懂", en="not understood"),
}
RULES: Final = {
    "exam_or_credit_in_window": Text(
        zh="考试或学分，正在时段内", en="exam or credit, in its window"
    ),
    "exam_or_credit": Text(zh="考试或学分", en="exam or credit"),
    "study": Text(zh="学习", en="study"),
    "any_step": Text(zh="任一步骤", en="any step"),
    "none_degraded": Text(zh="没有步骤受损", en="no step degraded"),
}
