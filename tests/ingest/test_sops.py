"""SOPs are read step by step, and their two languages must agree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph.errors import InputError
from graph.model.knowledge import SopSectionName
from ingest.packs import load_pack
from ingest.sops import read_sops
from tests.ingest.pack_room import LIBRARY, SEEDED, changed, howto_files, write_pack

ZH, EN = "sops/db-01.zh.md", "sops/db-01.en.md"


def test_steps_pair_up_across_the_languages(tmp_path: Path) -> None:
    """Section by section, step by step, with both texts."""
    folder = write_pack(tmp_path, howto_files())

    sop = read_sops(folder / "sops", pack_id="tiny")[0].sop

    assert sop.id == "tiny:db-01"
    assert [section.name for section in sop.sections] == list(SopSectionName)
    steps = sop.sections[3].steps
    assert [(s.number, s.text.zh, s.text.en) for s in steps] == [
        (1, "清理空闲会话。", "Clear idle sessions."),
        (2, "提高连接池上限。", "Raise the pool limit."),
    ]
    assert sop.fault_mode_ids == ("lib:database.pool-exhausted",)
    assert sop.component_ids == ("tiny:exam-db",)


def test_lines_below_a_step_belong_to_it(tmp_path: Path) -> None:
    """A code fence below a step is part of the step, even where it looks like a heading."""
    files = changed(
        EN, "1. Read connections and waiters.\n",
        "1. Read connections and waiters.\n\n   ```\n   # no heading\n   1. no step\n   ```\n",
    )  # fmt: skip
    folder = write_pack(tmp_path, files)

    sop = read_sops(folder / "sops", pack_id="tiny")[0].sop

    assert sop.sections[2].steps[0].text.en == (
        "Read connections and waiters.\n```\n# no heading\n1. no step\n```"
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (EN, "2. Raise the pool limit.\n", "", "en.md:23: Remediation: 1 steps here, 2 in"),
        (ZH, "2. 提高", "3. 提高", "zh.md:24: step 3 should be 2"),
        (ZH, "## 范围", "## 影响", "zh.md:13: 影响: expected `## 范围` here"),
        (EN, "## Escalation\n\n1. Call the operations lead.\n", "", "Escalation: missing"),
        (EN, "1. Call the operations lead.\n", "", "Escalation: has no step"),
        (EN, "## Symptoms\n", "", "a step before the first heading"),
        (EN, "## Symptoms\n", "Read this first.\n", "text outside a step"),
        (EN, "1. Call the operations lead.\n", "1. Call.\n\n## More\n", "expected no further"),
        (EN, "risk: medium", "risk: high", "en.md:5: risk: differs from"),
        (EN, "risk: medium", "risk: huge", "en.md:5: risk: Input should be 'low'"),
        (EN, "risk: medium", "danger: 1\nrisk: medium", "en.md:5: danger: Extra inputs"),
        (EN, "---\nid: db-01", "id: db-01", "en.md:1: front matter must begin"),
        (EN, "---\n\n## Symptoms", "\n## Symptoms", "en.md:1: front matter never ends"),
        (ZH, "[database]", "[databse]", "zh.md:4: applies_to.kinds: unknown 'databse'"),
        (ZH, "[database.pool-", "[database.pol-", "applies_to.fault_modes: unknown 'database.pol-"),
        (ZH, "[DbConnection", "[PgConnection", "applies_to.alerts: unknown 'PgConnection"),
        (ZH, "[exam-db]", "[exam-bd]", "applies_to.components: unknown 'exam-bd'"),
    ],
)
def test_a_faulty_sop_is_named_by_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    """Wrong headings, numbers, references or twins are refused where they stand."""
    files = changed(name, old, new)
    if name == ZH and old.startswith("["):  # both languages must name the same wrong thing
        files[EN] = files[EN].replace(old, new, 1)

    with pytest.raises(InputError) as caught:
        load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)

    assert said in str(caught.value)


def test_a_missing_twin_is_named(tmp_path: Path) -> None:
    """An SOP in one language only is refused."""
    files = {name: text for name, text in howto_files().items() if name != EN}

    with pytest.raises(InputError, match=r"db-01\.en\.md: missing"):
        load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)


@pytest.mark.parametrize("name", ["sops/db-02.md", "sops/db-02.fr.md"])
def test_a_file_of_no_known_language_is_named(tmp_path: Path, name: str) -> None:
    """The name of the file says the language."""
    files = {**howto_files(), name: "x"}

    with pytest.raises(InputError, match=r"named ID\.zh\.md or ID\.en\.md"):
        load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)


def test_the_file_is_named_after_the_id(tmp_path: Path) -> None:
    """An id that is not the file's name is refused."""
    files = howto_files()
    for name in (ZH, EN):
        files[name] = files[name].replace("id: db-01", "id: db-02")

    with pytest.raises(InputError, match=r"db-01\.zh\.md:2: id: must be the name of the file"):
        load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)


def test_the_seeded_sops_cover_the_headline() -> None:
    """Twenty and more, and the origin-link fault of a CDN node has one."""
    pack = load_pack(SEEDED, library_folder=LIBRARY)
    mode = next(m for m in pack.library.modes if m.id == "lib:cdn_node.origin-link-down")

    assert len(pack.sops) >= 20
    assert mode.sop_ids


def test_a_pipe_in_a_pack_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """What is no plain file is named; reading it would never end."""
    folder = write_pack(tmp_path / "pack", howto_files())
    (folder / "flows.yaml").unlink()
    os.mkfifo(folder / "flows.yaml")
    with pytest.raises(InputError, match=r"flows\.yaml: is no plain file"):
        load_pack(folder, library_folder=LIBRARY)
