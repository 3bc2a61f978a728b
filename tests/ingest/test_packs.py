"""A pack loads whole or not at all, and the order of what is written changes nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from graph.errors import InputError
from graph.model.digest import library_digest, topology_revision
from graph.model.topology import Basis, RelationType
from ingest.pack_checks import find_cycle
from ingest.pack_files import TopologyFile
from ingest.pack_schema import FILES, pack_schema
from ingest.packs import ambiguous_aliases, expand_to_json, load_pack
from ingest.yaml_source import parse_yaml, read_yaml
from tests.ingest.pack_room import LIBRARY, ROOT, SEEDED, changed, howto_files, write_pack

ORDERED: Final = frozenset({"steps", "after"})


def _shuffled(value: JsonValue, dice: random.Random, *, key: str = "") -> JsonValue:
    """Shuffle mappings and lists at every depth, but not what stands in an order of its own."""
    if isinstance(value, dict):
        keys = dice.sample(sorted(value), len(value))
        return {name: _shuffled(value[name], dice, key=name) for name in keys}
    if isinstance(value, list):
        items = [_shuffled(item, dice) for item in value]
        return items if key in ORDERED else dice.sample(items, len(items))
    return value


def _shuffle_pack(files: dict[str, str], dice: random.Random) -> dict[str, str]:
    return {
        name: yaml.safe_dump(
            _shuffled(parse_yaml(text, name).root.plain(), dice),
            allow_unicode=True,
            sort_keys=False,
        )
        if name.endswith(".yaml")
        else text
        for name, text in files.items()
    }


def test_the_pack_of_the_howto_loads(tmp_path: Path) -> None:
    """What the how-to prints is a whole pack."""
    pack = load_pack(write_pack(tmp_path, howto_files()), library_folder=LIBRARY)

    assert pack.id == "tiny"
    assert len(pack.components) == 16
    assert [step.id for step in pack.flows[0].steps] == ["tiny:enter", "tiny:submit"]
    assert pack.cases[0].fault_mode_id == "lib:database.pool-exhausted"
    mode = next(m for m in pack.library.modes if m.id == "lib:database.pool-exhausted")
    assert mode.sop_ids == ("tiny:db-01",)
    assert pack.calendar.windows[1].from_time is None


@settings(max_examples=25)
@given(dice=st.randoms(use_true_random=False))
def test_shuffled_files_make_an_equal_pack(
    tmp_path_factory: pytest.TempPathFactory, dice: random.Random
) -> None:
    """Mappings and lists in any order expand to the same pack, digest for digest."""
    folder = tmp_path_factory.mktemp("packs")
    plain = load_pack(write_pack(folder / "a", howto_files()), library_folder=LIBRARY)
    files = _shuffle_pack(howto_files(), dice)

    shuffled = load_pack(write_pack(folder / "b", files), library_folder=LIBRARY)

    assert shuffled == plain
    assert topology_revision(shuffled) == topology_revision(plain)


def test_the_seeded_topology_shuffled_is_the_same(tmp_path: Path) -> None:
    """The whole platform, rewritten upside down, has the same revision and library digest."""
    read = {path.name: path.read_text(encoding="utf-8") for path in SEEDED.glob("*.yaml")}
    read |= {f"sops/{p.name}": p.read_text(encoding="utf-8") for p in SEEDED.glob("sops/*.md")}
    library = {
        path.relative_to(LIBRARY).as_posix(): path.read_text(encoding="utf-8")
        for path in LIBRARY.rglob("*.yaml")
    }
    dice = random.Random(7)

    shuffled = load_pack(
        write_pack(tmp_path / "pack", _shuffle_pack(read, dice)),
        library_folder=write_pack(tmp_path / "library", _shuffle_pack(library, dice)),
    )

    plain = load_pack(SEEDED, library_folder=LIBRARY)
    assert topology_revision(shuffled) == topology_revision(plain)
    assert library_digest(shuffled) == library_digest(plain)
    assert shuffled == plain


BREACHES: Final = [
    ("topology.yaml", "depends_on: {exam-db: 0.8}", "depends_on: {exam-bd: 0.8}",
     "topology.yaml:14: services[0].depends_on.exam-bd: no component 'exam-bd'"),
    ("topology.yaml", 'to: "cdn-{n}"', 'to: "pop-{n}"',
     "relations[1].to: no component 'pop-1'"),
    ("topology.yaml", "{id: exam-db, kind", "{id: node-3, kind",
     "topology.yaml:10: components[2].id: duplicate id 'node-3', first on line 9"),
    ("topology.yaml", "  - {from: exam-db, type: RUNS_ON",
     "  - {from: exam-api, type: DEPENDS_ON, to: exam-db, strength: 0.5}\n"
     "  - {from: exam-db, type: RUNS_ON",
     "duplicate relation exam-api DEPENDS_ON exam-db, first on line 14"),
    ("topology.yaml", "kind: cdn_node", "kind: cdn_mode", "unknown kind 'cdn_mode'"),
    ("topology.yaml", "strength: 0.9}", "strength: 90}",
     "relations[0].strength: Input should be less than or equal to 1, is 90"),
    ("topology.yaml", "strength: 0.9}", 'strength: "0.9"}', "relations[0].strength: Input should"),
    ("topology.yaml", "strength: 0.9}", "strength: .nan}", "relations[0].strength: Input should"),
    ("topology.yaml", "type: RUNS_ON", "type: STANDS_ON", "relations[0].type: Input should be"),
    ("topology.yaml", "min_healthy: 2", "min_healthy: 4",
     "services[0].min_healthy: must lie in 1..3 (the pods), is 4"),
    ("topology.yaml", "min_healthy: 2", "min_helthy: 2", "min_helthy: Extra inputs"),
    ("topology.yaml", "id: exam-db, kind", "id: Exam DB, kind", "id 'Exam DB' must be of a-z"),
    ("topology.yaml", "affects_exam: true", "affects_exam: yes",
     "components[2].attributes.affects_exam: must be true or false, is 'yes'"),
    ("topology.yaml", "attributes: {affects_exam: true}", "attributes: {min_healthy: 1}",
     "attributes.min_healthy: must be a whole number in 1..0"),
    ("topology.yaml", "[考试库]", "[Node-1]", "alias 'Node-1' of 'exam-db' is the id of another"),
    ("topology.yaml", '"node-{n:03}.example"', '"node-{m}.example"', "unknown axis 'm'"),
    ("topology.yaml", '"node-{n:03}.example"', '"node-{n.id}.example"', "has no field 'id'"),
    ("topology.yaml", '"node-{n:03}.example"', '"node-{N}"', "stray brace"),
    ("topology.yaml", '"client-{region.id}", kind', '"client-{region}", kind', "name a field"),
    ("topology.yaml", "for: {region: regions}", "for: {region: regoins}", "unknown list 'regoins'"),
    ("topology.yaml", "n: region.cdn", "n: region.zh", "field 'zh' of the axis is not a list"),
    ("topology.yaml", "n: region.cdn", "n: line.cdn", "axes n wait for each other or for no axis"),
    ("topology.yaml", "for: {n: 1..4}", "for: {n: 1..999999999}", "at most 100000 numbers"),
    ("topology.yaml", "for: {n: 1..4}", "for: {n: 4..1}", "range 4..1 must rise"),
    ("topology.yaml", "pods: 2,", "pods: 2, pool: spare,", "unknown pool 'spare'"),
    ("topology.yaml", "{from: exam-db, type: RUNS_ON", "{from: node-1, type: RUNS_ON",
     "'node-1' is related to itself"),
    ("topology.yaml", "  - {from: exam-db, type: RUNS_ON",
     "  - {from: node-1, type: RUNS_ON, to: node-2, strength: 1}\n"
     "  - {from: node-2, type: RUNS_ON, to: node-1, strength: 1}\n"
     "  - {from: exam-db, type: RUNS_ON",
     "topology.yaml:17: relations[0].from: cycle of RUNS_ON: node-1 -> node-2 -> node-1"),
    ("topology.yaml", "  - {from: exam-db, type: RUNS_ON",
     "  - {from: exam-system, type: PART_OF, to: exam-web-0, strength: 1}\n"
     "  - {from: exam-db, type: RUNS_ON",
     "cycle of PART_OF: exam-system -> exam-web-0 -> exam-web -> exam-system"),
    ("topology.yaml", "  - {from: exam-db, type: RUNS_ON",
     "  - {from: exam-web, type: PRECEDES, to: exam-db, strength: 1}\n"
     "  - {from: exam-db, type: PRECEDES, to: exam-web, strength: 1}\n"
     "  - {from: exam-db, type: RUNS_ON",
     "cycle of PRECEDES: exam-db -> exam-web -> exam-db"),
    ("flows.yaml", "exam-web: 0.8", "exam-wed: 0.8",
     "flows.yaml:5: flows[0].steps[0].uses.exam-wed: no component 'exam-wed'"),
    ("flows.yaml", "id: submit", "id: enter", "duplicate 'step enter', first on line 5"),
    ("flows.yaml", "affects_exam: true,", "affects_exam: true, after: [leave],",
     "steps[0].after: unknown step 'leave'"),
    ("flows.yaml", "uses: {exam-web", 'uses: {"exam-*": 0.1, "*-db": 0.2, exam-web',
     "'exam-db' is already matched by 'exam-*'"),
    ("pack.yaml", "Asia/Shanghai", "Asia/Nowhere", "calendar.timezone: unknown timezone"),
    ("pack.yaml", "Asia/Shanghai", "../../etc/passwd", "calendar.timezone: unknown timezone"),
    ("pack.yaml", "to_time: 23:00, ", "", "from_time and to_time come together"),
    ("pack.yaml", "to_time: 23:00", "to_time: 18:00", "must come after from_time"),
    ("pack.yaml", "last_day: 2025-03-15, ", "", "first_day and last_day come together"),
    ("pack.yaml", "last_day: 2025-03-15", "last_day: 2025-03-01", "lies before first_day"),
    ("pack.yaml", "id: exam-week", "id: evening", "duplicate id 'evening'"),
    ("pack.yaml", "load_factor: 8", "load_factor: 8x", "windows[0].load_factor: Input should"),
    ("pack.yaml", "region: r1", "region: r9", "no component has the attribute region: r9"),
    ("pack.yaml", "primary: 0.4", "primary: 0.5", "tier_shares: must sum to 1, sum to 1.1"),
    ("pack.yaml", "id: tiny\n", "id: tiny\nsettings: {watching_after_s: -5}\n",
     "settings.watching_after_s: Input should be greater than or equal to 0"),
    ("pack.yaml", "schema: pack/v1", "schema: pack/v2", "pack.yaml:1: schema: Input should be"),
    ("pack.yaml", "id: tiny", "id: ti:ny", "pack.yaml:2: id: String should match"),
    ("topology.yaml", "pods_need: [exam-db]", 'pods_need: ["database:exam-db"]',
     "services[0].pods_need[0]: String should match"),
    ("topology.yaml", "system: exam-system, pods: 3", "system: exam-db-2, pods: 3",
     "services[0].system: no component 'exam-db-2'"),
    ("topology.yaml", 'to: "host:node-*"', 'to: "database:node-*"',
     "no component 'database:node-*'"),
    ("topology.yaml", "{from: exam-db, type: RUNS_ON", '{from: "host:exam-db", type: RUNS_ON',
     "no component 'host:exam-db'"),
    ("incidents.yaml", "component_id: exam-db", "component_id: exam-x", "no component 'exam-x'"),
    ("incidents.yaml", "pool-exhausted", "pool-empty", "unknown 'database.pool-empty'"),
    ("incidents.yaml", "database.pool-exhausted", "host.down",
     "'host.down' is no fault of 'exam-db' (database)"),
    ("incidents.yaml", "[DbConnection", "[PgConnection", "cases[0].alertnames: unknown 'PgConn"),
    ("incidents.yaml", "[db-01]", "[db-02]", "cases[0].sop_ids: unknown 'db-02'"),
    ("incidents.yaml", "minutes_to_detect: 6", "minutes_to_detect: -6", "than or equal to 0"),
    ("incidents.yaml", "20:10:00+08:00", "20:10:00", "an instant needs an offset"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), BREACHES, ids=lambda item: str(item)[:40])
def test_a_breach_names_file_line_and_key(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    """Each kind of mistake is refused, and the message leads to it."""
    folder = write_pack(tmp_path, changed(name, old, new))

    with pytest.raises(InputError) as caught:
        load_pack(folder, library_folder=LIBRARY)

    assert said in str(caught.value)
    assert f"{name}:" in str(caught.value)


def test_a_cycle_of_steps_is_named(tmp_path: Path) -> None:
    """Two steps that come after each other cannot be walked."""
    files = changed("flows.yaml", "id: enter,", "id: enter, after: [submit],")
    files["flows.yaml"] = files["flows.yaml"].replace("id: submit,", "id: submit, after: [enter],")

    with pytest.raises(InputError, match=r"flows\.yaml:\d+: flows\[0\]\.steps: cycle of PRECEDES"):
        load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)


def test_steps_may_say_what_they_come_after(tmp_path: Path) -> None:
    """`after` decides the walking order, whatever stands first in the file."""
    files = changed("flows.yaml", "id: enter,", "id: enter, after: [submit],")

    pack = load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)

    assert [step.id for step in pack.flows[0].steps] == ["tiny:submit", "tiny:enter"]


def test_cycles_of_calls_are_accepted(tmp_path: Path) -> None:
    """Two services may call each other."""
    files = changed("topology.yaml", "min_healthy: 2,", "min_healthy: 2, calls: {exam-web: 0.1},")

    pack = load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)

    calls = {(r.source, r.target) for r in pack.relations if r.type is RelationType.CALLS}
    assert {("tiny:exam-api", "tiny:exam-web"), ("tiny:exam-web", "tiny:exam-api")} <= calls


def test_a_shared_alias_loads_and_is_reported(tmp_path: Path) -> None:
    """Two components may share an alias; the doctor can say which alerts will be set aside."""
    files = changed("topology.yaml", '"node-{n:03}.example"', '"Node-X"')

    pack = load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)

    assert ambiguous_aliases(pack) == {"node-x": tuple(f"tiny:node-{n}" for n in range(1, 5))}


def test_a_pack_without_cases_and_sops_loads(tmp_path: Path) -> None:
    """Only pack.yaml, topology.yaml and flows.yaml are needed."""
    needed = {"pack.yaml", "topology.yaml", "flows.yaml"}
    files = {name: text for name, text in howto_files().items() if name in needed}

    pack = load_pack(write_pack(tmp_path, files), library_folder=LIBRARY)

    assert (pack.sops, pack.cases) == ((), ())


def test_find_cycle_is_quiet_on_a_long_chain() -> None:
    """A chain of 20,000 has no cycle and does not exhaust the stack."""
    assert find_cycle({str(n): [str(n + 1)] for n in range(20_000)}) == ()


def test_the_seeded_pack_has_the_size_of_the_source() -> None:
    """30+ systems, 200 hosts, 1,800 containers, 24+ CDN nodes, 12 regions, four lines."""
    pack = load_pack(SEEDED, library_folder=LIBRARY)
    counted = {kind.id: 0 for kind in pack.library.kinds}
    for component in pack.components:
        counted[component.kind] += 1

    assert counted["system"] >= 30
    assert (counted["host"], counted["container"], counted["transcoder"]) == (200, 1800, 8)
    assert counted["cdn_node"] >= 24
    assert (counted["region"], counted["client_group"]) == (12, 48)
    assert len(pack.relations) >= 8000
    assert len(pack.sops) >= 20 and len(pack.cases) >= 40
    assert all(r.discovered_from != "pack" for r in pack.relations if r.basis is Basis.STATED)
    assert ambiguous_aliases(pack) == {}


def test_cdn_7_serves_regions_1_to_5_and_its_neighbours_overlap() -> None:
    """The failure of cdn-7 reaches five regions; cdn-6 and cdn-8 share some and have others."""
    pack = load_pack(SEEDED, library_folder=LIBRARY)
    regions = {
        c.id: c.attributes.get("region") for c in pack.components if c.kind == "client_group"
    }

    def served(node: str) -> set[object]:
        return {
            regions[r.source]
            for r in pack.relations
            if r.target == f"medical_education:{node}" and r.source in regions and r.strength > 0.2
        }

    assert served("cdn-7") == {"r1", "r2", "r3", "r4", "r5"}
    for neighbour in ("cdn-6", "cdn-8"):
        assert served(neighbour) & served("cdn-7")
        assert served(neighbour) - served("cdn-7")


def test_the_main_flow_has_the_five_steps_of_the_boards() -> None:
    """Register, enrol, study, exam, credit, in this order."""
    pack = load_pack(SEEDED, library_folder=LIBRARY)

    learning = next(flow for flow in pack.flows if flow.id == "medical_education:learning")

    assert [step.name.en for step in learning.steps] == [
        "Register", "Enrol", "Study", "Exam", "Credit",
    ]  # fmt: skip


def test_the_expansion_has_the_published_keys(tmp_path: Path) -> None:
    """`load --expand --json` prints components, relations, flows and alert types."""
    printed = expand_to_json(load_pack(write_pack(tmp_path, howto_files()), library_folder=LIBRARY))

    first = {key: value[0] for key, value in json.loads(json.dumps(printed)).items()}
    assert set(first["components"]) == {"id", "kind", "name", "aliases", "site", "attributes"}
    assert set(first["relations"]) == {
        "source", "type", "target", "strength", "confidence", "basis", "discovered_from",
    }  # fmt: skip
    assert set(first["flows"]) == {"id", "steps"}
    assert set(first["flows"]["steps"][0]) == {"id", "components"}
    assert set(first["alert_types"]) == {"alertname", "kinds", "direction"}


def test_the_published_schema_is_the_one_that_is_read() -> None:
    """pack.v1.json equals what the shapes say; write it anew from `pack_schema()`."""
    path = ROOT / "api" / "json_schemas" / "pack.v1.json"

    assert json.loads(path.read_text(encoding="utf-8")) == pack_schema()


def test_the_seeds_fit_the_published_schema() -> None:
    """The YAML files of the seeds validate against the schema."""
    seeds = {name: SEEDED / name for name in FILES if "/" not in name}
    common = [name for name in FILES if name.startswith("library/") and "/families/" not in name]
    seeds |= {name: SEEDED.parent / name for name in common}

    document = {name: read_yaml(path).root.plain() for name, path in seeds.items()}

    jsonschema.validate(document, pack_schema())
    for path in sorted((LIBRARY / "families").glob("*.yaml")):
        family = {"library/families/NAME.yaml": read_yaml(path).root.plain()}
        jsonschema.validate(family, pack_schema())


def test_the_topology_file_stays_compact() -> None:
    """2,400 components and 8,000 relations come from a few thousand values."""
    source = read_yaml(SEEDED / "topology.yaml")

    assert source.parse(TopologyFile).services
    assert source.root.size < 4000
