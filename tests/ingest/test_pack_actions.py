"""The catalogue and the rules of approval are read strictly, and the seeded ones hold together."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from graph.errors import InputError
from graph.model.access import Role
from graph.model.actions import ActionCategory, OnNotBetter, ParameterKind, Risk
from graph.model.pack import DomainPack
from ingest.packs import expand_to_json, load_pack
from tests.ingest.pack_room import LIBRARY, SEEDED, changed, howto_files, write_pack

ACTIONS = "actions.yaml"
POLICIES = "policies.yaml"
_HAN = "\u3400-\u9fff"


@pytest.fixture(scope="module")
def seeded() -> DomainPack:
    """Load the seeded pack once."""
    return load_pack(SEEDED, library_folder=LIBRARY)


def _load(folder: Path, files: dict[str, str]) -> DomainPack:
    return load_pack(write_pack(folder, files), library_folder=LIBRARY)


def test_ids_are_namespaced_and_modes_loaded(tmp_path: Path) -> None:
    """An action is `pack:slug`, its modes are the library's; parameters keep their names."""
    pack = _load(tmp_path, howto_files())

    (action,) = pack.actions
    assert action.id == "tiny:cdn-switch-over"
    assert action.modes == ("lib:cdn_node.node-down", "lib:cdn_node.origin-link-down")
    assert [p.id for p in action.parameters] == ["receiver", "share"]
    assert [rule.id for rule in pack.policies] == ["tiny:cdn", "tiny:exam"]


def test_a_pack_needs_neither_file(tmp_path: Path) -> None:
    """Without them nothing can be asked for, and the rest loads as before."""
    full = _load(tmp_path / "full", howto_files())
    files = {k: v for k, v in howto_files().items() if k not in {ACTIONS, POLICIES}}

    bare = _load(tmp_path / "bare", files)

    assert (bare.actions, bare.policies) == ((), ())
    assert bare == full.model_copy(update={"actions": (), "policies": ()})


def test_the_printed_expansion_tells_of_the_graph_only(tmp_path: Path) -> None:
    """`load --expand` has no new keys."""
    assert set(expand_to_json(_load(tmp_path, howto_files()))) == {
        "components", "relations", "flows", "alert_types",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kinds: [cdn_node]\n", "kinds: [cdn_mode]\n", "actions[0].kinds: unknown kind 'cdn_mode'"),
        ("cdn_node.node-down]", "cdn_node.gone]", "modes[1]: unknown mode 'cdn_node.gone'"),
        ("cdn_node.node-down]", "host.down]", "'host.down' is a fault of 'host', which is not"),
        ("modes: [cdn_node.origin-link-down, cdn_node.node-down]", "modes: cdn_node.node-down",
         "actions[0].modes: Input should be"),
        ("category: cdn_switch", "category: cdn_dance", "actions[0].category: Input should be"),
        ("category: cdn_switch", "category: credit_data", "needs `touches_credit_data: true`"),
        ("risk: medium", "risk: none", "actions[0].risk: Input should be"),
        ("    undo: switch_back\n", "", "verification.on_not_better: roll_back needs `undo`"),
        ("category: cdn_switch", "category: database_failover", "never rolls back by itself"),
        ("minimum: 10, maximum: 100", "minimum: 101, maximum: 100", "above `maximum`: 101 > 100"),
        ("minimum: 10, maximum: 100, ", "minimum: 10, ", "`integer` needs `maximum`"),
        ("default: 100", "default: 101", "parameters[1].default: is no integer of its range"),
        ("default: 100", "default: half", "default: is no integer of its range, is 'half'"),
        ("default: 100", "default: 50.5", "default: is no integer of its range, is 50.5"),
        ("kind: component, kinds: [cdn_node]", "kind: component", "`component` needs `kinds`"),
        ("kind: component, kinds: [cdn_node]", "kind: component, kinds: [pop]", "unknown kind"),
        ("kind: component, kinds: [cdn_node]", "kind: choice, kinds: [cdn_node]",
         "parameters[0].id: `choice` needs `choices`"),
        ("kind: component, kinds: [cdn_node]", "kind: choice, choices: [a], kinds: [host]",
         "parameters[0].kinds: does not go with `choice`"),
        ("kinds: [cdn_node]}\n", "kinds: [cdn_node], default: cdn-1}\n", "is no component"),
        ("{id: share, name", "{id: receiver, name", "parameters[1].id: duplicate 'receiver'"),
        ("{id: share, name", "{id: users, name", "'users' is filled by itself; rename it"),
        ("{id: receiver-sound, kind", "{id: not-drained, kind", "duplicate 'not-drained'"),
        ("parameter: receiver, text", "parameter: share, text",
         "preconditions[1].parameter: `receiver_sound` needs the `parameter` that names a comp"),
        ("receiver_sound, parameter: receiver,", "receiver_sound,", "needs the `parameter` that"),
        ("field: state, value: drained,", "field: state,", "`state_is_not` needs `field` and `val"),
        ("value: drained,", 'value: "{where}",', "value: '{where}' names no parameter of this"),
        ("value: \"{receiver}\"", "value: \"{recipient}\"", "'{recipient}' names no parameter"),
        ("value: \"{receiver}\"", "value: \"by {receiver}\"", "'by {receiver}' names no parameter"),
        ("settle_s: 2,", "settle_s: 15,", "must lie before `deadline_s`: 15 >= 15"),
        ("deadline_s: 15", "deadline_s: -1", "deadline_s: Input should be greater than 0"),
        ("zh: \"{users} 名", "zh: \"{people} 名", "effects.zh: unknown placeholder {people}"),
        ("en: \"{users} learners", "en: \"learners", "effects.en: must name the same placeholders"),
        ("zh: 读回由谁服务", "zh: \"读回 {target}\"", "text.zh: unknown placeholder {target}"),
        ("几秒内回到 {target}", "几秒内回到 {target", "undo_text.zh: stray brace"),
        ("    if_nothing:", "    if_something:", "if_nothing: Field required"),
        ("expected_success: 0.9", "expected_success: 90", "less than or equal to 1, is 90"),
        ("minutes: 1\n", "minutes: 0\n", "minutes: Input should be greater than 0"),
        ("    source: assumed\n", "", "actions[0].source: Field required"),
    ],
)  # fmt: skip
def test_a_breach_of_the_catalogue_names_file_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Each kind of mistake is refused where it stands, before anything is loaded."""
    with pytest.raises(InputError) as caught:
        _load(tmp_path, changed(ACTIONS, old, new))

    assert said in str(caught.value)
    assert re.search(r"actions\.yaml:\d+: ", str(caught.value))


def test_an_action_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """The second entry is named, with the line of the first."""
    files = howto_files()
    entry = files[ACTIONS].partition("actions:\n")[2]

    with pytest.raises(InputError, match="duplicate 'cdn-switch-over', first on line 2"):
        _load(tmp_path, {**files, ACTIONS: files[ACTIONS] + entry})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: cdn\n", "id: exam\n", "duplicate 'exam', first on line"),
        ("roles: [ops_lead]", "roles: [operator]", "nobody can approve as 'operator'"),
        ("roles: [ops_lead]", "roles: [admin]", "nobody can approve as 'admin'"),
        ("roles: [ops_lead]", "roles: [boss]", "policies[1].roles[0]: Input should be"),
        ("roles: [ops_lead]", "roles: []", "policies[1].roles: a rule demands somebody"),
        ("roles: [ops_lead]", "roles: [ops_lead, ops_lead]", "names a role twice"),
        ("    roles: [ops_lead]\n", "", "policies[1].roles: Field required"),
        ("affects: [exam, credits]", "affects: [exam, lunch]", "affects[1]: must be one of"),
        ("    affects: [exam, credits]\n", "", "window_or_affects: needs both `windows` and"),
        ("windows: [exam_week]", "windows: [exam_month]", "windows[0]: Input should be"),
        ("categories: [cdn_switch]", "kinds: [pop]", "policies[1].kinds: unknown kind 'pop'"),
        ("    why: {zh: 改变学员由谁供课。, en: It changes who serves the learners.}\n", "",
         "policies[1].why: Field required"),
    ],
)  # fmt: skip
def test_a_breach_of_the_rules_names_file_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """A rule that nobody could fulfil, or that means nothing, never takes effect."""
    with pytest.raises(InputError) as caught:
        _load(tmp_path, changed(POLICIES, old, new))

    assert said in str(caught.value)
    assert re.search(r"policies\.yaml:\d+: ", str(caught.value))


def test_the_platform_has_a_catalogue_of_its_own(seeded: DomainPack) -> None:
    """Fifteen actions at least, over every category, each with its words in both languages."""
    assert len(seeded.actions) >= 15
    assert {action.category for action in seeded.actions} == set(ActionCategory)
    for action in seeded.actions:
        for text in (action.effects, action.if_nothing, action.undo_text):
            assert re.search(rf"[{_HAN}]", text.zh) and not re.search(rf"[{_HAN}]", text.en)


def test_something_can_be_done_about_every_fault(seeded: DomainPack) -> None:
    """A mode that no action names says its first steps; an action names modes of its kinds."""
    kinds = {mode.id: mode.kind for mode in seeded.library.modes}
    answered = {mode: a.kinds for a in seeded.actions for mode in a.modes}
    without = [m.id for m in seeded.library.modes if m.id not in answered and not m.first_steps]
    assert without == []
    assert all(kinds[mode] in found for mode, found in answered.items())


def test_no_high_risk_passes_with_one_lead(seeded: DomainPack) -> None:
    """No rule lets a high risk pass with one lead, whatever its category."""
    high = [a for a in seeded.actions if a.risk is Risk.HIGH]
    assert len(high) >= 5
    for action in high:
        roles = {
            role
            for rule in seeded.policies
            if (not rule.categories or action.category in rule.categories)
            and (not rule.risks or action.risk in rule.risks)
            and not (rule.affects or rule.windows or rule.touches_credit_data)
            for role in rule.roles
        }
        assert {Role.OPS_LEAD, Role.PLATFORM_OWNER} <= roles, action.id


def test_the_switch_over_checks_its_receiver_and_can_be_taken_back(seeded: DomainPack) -> None:
    """It reads back who serves, within 15 seconds, or rolls back."""
    action = next(a for a in seeded.actions if a.id == "medical_education:cdn-switch-over")

    assert (action.executor, action.operation, action.undo) == (
        "cdn-control", "switch_over", "switch_back",
    )  # fmt: skip
    assert [p.kind for p in action.parameters] == [ParameterKind.COMPONENT]
    assert {c.kind.value for c in action.preconditions} == {
        "state_is_not", "receiver_sound", "capacity_left",
    }  # fmt: skip
    assert (action.verification.field, action.verification.value) == ("serving_by", "{receiver}")
    assert (action.verification.settle_s, action.verification.deadline_s) == (2, 15)
    assert action.verification.on_not_better is OnNotBetter.ROLL_BACK


def test_no_failover_rolls_back_and_credit_data_ask_for_the_password(seeded: DomainPack) -> None:
    """The two rules that a wrong entry would break worst."""
    failovers = [a for a in seeded.actions if a.category is ActionCategory.DATABASE_FAILOVER]
    touching = [a for a in seeded.actions if a.touches_credit_data]

    assert [a.verification.on_not_better for a in failovers] == [OnNotBetter.ESCALATE]
    assert len(touching) == 3
    (rule,) = [r for r in seeded.policies if r.touches_credit_data]
    assert rule.password_again
    assert rule.roles == (Role.OPS_LEAD, Role.ACADEMIC_LEAD)


def test_every_action_meets_a_rule_that_names_it(seeded: DomainPack) -> None:
    """No entry falls to the highest demand for want of a rule, in whatever week."""
    for action in seeded.actions:
        assert any(
            (not rule.categories or action.category in rule.categories)
            and (not rule.risks or action.risk in rule.risks)
            and (not rule.touches_credit_data or action.touches_credit_data)
            and not rule.affects
            and not rule.windows
            for rule in seeded.policies
        ), action.id


def test_high_risk_takes_operations_and_owner(seeded: DomainPack) -> None:
    """As the platform demands of high risk: two people, one of them the owner."""
    (rule,) = [r for r in seeded.policies if r.risks == (Risk.HIGH,)]

    assert rule.roles == (Role.OPS_LEAD, Role.PLATFORM_OWNER)


def test_chinese_stands_apart_from_latin_and_ends_its_sentences(seeded: DomainPack) -> None:
    """A space between Han and Latin or figures, full-width punctuation."""
    for action in seeded.actions:
        for text in (action.name, action.effects, action.if_nothing, action.undo_text):
            assert not re.search(rf"[{_HAN}][A-Za-z0-9{{]|[A-Za-z0-9}}%][{_HAN}]", text.zh), text.zh
            assert not re.search(rf"[{_HAN}][,;:?!.]", text.zh), text.zh


_FILLED = {
    "users": "23,917",
    "regions": "Region 1–5",
    "steps": "Study, Watch, Watch on a weak network and 5 more",
    "target": "CDN node cdn-7",
    "receiver": "CDN node cdn-2",
}
_LINE = 51  # characters of a line beside its label, at 1440 pixels
_LINES = 9  # with the cards above and below it, up to the answers of the check at 900 pixels


def _filled(words: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: _FILLED.get(found[1], "50"), words)


def test_the_words_of_an_action_leave_the_answers_on_the_first_screen(seeded: DomainPack) -> None:
    """English needs most room; a receiver has a line of its own, so its words have one less."""
    long = {}
    for action in seeded.actions:
        words = (action.effects, action.if_nothing, action.undo_text)
        lines = sum(max(2, len(textwrap.wrap(_filled(text.en), _LINE))) for text in words)
        named = any(p.kind is ParameterKind.COMPONENT for p in action.parameters)
        if lines + named > _LINES:
            long[action.id] = lines + named
    assert long == {}
