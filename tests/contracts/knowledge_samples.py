"""SOP versions and cases as the contract suites of the stores write them."""

from __future__ import annotations

from graph.model.base import Text
from graph.model.document import DocumentCommand, SopVersion, SopWish, UnansweredQuestion
from graph.model.knowledge import PastCase, Sop, SopSection, SopSectionName, SopStep
from tests.contracts import samples
from tests.contracts.samples import T0

WORDS = Text(zh="重启\u202e <b>连接池</b>", en="restart `x`")


def sop(sop_id: str = "medical:redis") -> Sop:
    """Make an SOP of one step."""
    section = SopSection(name=SopSectionName.REMEDIATION, steps=(SopStep(number=1, text=WORDS),))
    return Sop(id=sop_id, title=WORDS, revision="1", sections=(section,))


def sop_version(
    revision: int = 1, *, sop_id: str = "medical:redis", **changes: object
) -> SopVersion:
    """Make a draft."""
    made = SopVersion(
        id=f"{sop_id}:{revision}",
        sop_id=sop_id,
        revision=revision,
        sop=sop(sop_id),
        file_name="连接池.docx",
        file_sha256="f" * 64,
        content_sha256=f"{revision}" * 64,
        commands=(DocumentCommand(section=SopSectionName.REMEDIATION, step=1, text="x"),),
        drafted_by="王医生",
        drafted_at=T0,
    )
    return made.model_copy(update=changes)


def past_case(name: str) -> PastCase:
    """Make a past case that was taken in, with markup in its words."""
    return samples.past_case(
        id=f"medical:{name}",
        title=WORDS,
        component_id="medical:db",
        fault_mode_id="lib:db.pool",
        symptoms=WORDS,
        cause=WORDS,
        fix=WORDS,
        minutes_to_detect=1.0,
        minutes_to_repair=20.0,
        source="import",
    )


def question(text: str, **changes: object) -> UnansweredQuestion:
    """Make a question that was asked on two days."""
    made = UnansweredQuestion(
        id=f"q-{len(text):016x}",
        text=text,
        lang="zh",
        days={"2025-03-01": 1, "2025-03-02": 3},
        first_at=T0,
        last_at=T0,
        wishes=(SopWish(by="王医生", at=T0, note="<b>常问</b>"),),
    )
    return made.model_copy(update=changes)
