"""What whoever publishes an SOP sees of its commands."""

from __future__ import annotations

from graph.model.document import CommandChange, DocumentCommand
from graph.model.knowledge import SopSectionName
from ui.widgets import upkeep_rows


def test_each_line_of_a_command_stands_by_itself() -> None:
    """Joined, what destroys would read as a remark behind the sign of a remark."""
    command = DocumentCommand(
        section=SopSectionName.REMEDIATION, step=2, text="date # then look\nrm -rf /srv"
    )
    drawn = upkeep_rows.changes([CommandChange(change="added", command=command)], "zh")
    assert '<code class="eg-code">date # then look</code>' in drawn
    assert '<code class="eg-code">rm -rf /srv</code>' in drawn
    assert drawn.count("加上") == 2
