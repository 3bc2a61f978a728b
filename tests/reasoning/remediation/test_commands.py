"""Which commands of an SOP belong to an action, what stands in their place, who must agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.access import Role
from graph.model.base import Text
from graph.model.diagnosis import SimilarCase
from graph.model.knowledge import SopSectionName, SopStep
from graph.words import FOLDED
from reasoning.remediation.commands import (
    CHANGING,
    action_of,
    actions_in,
    fold,
    fold_case,
    fold_similar,
    fold_sop,
    foreseen,
    has_uncovered,
    is_uncovered,
)
from reasoning.remediation.policy import APPROVING
from tests.reasoning.remediation.catalogue import acting_pack
from tests.reasoning.remediation.room import SWITCH, diagnosis
from tests.retrieval.library import named, pack
from tests.small_pack import after

REMEDIATION = SopSectionName.REMEDIATION
QUIET = after(-30 * 86400)  # a month before the exam week
# Changes that no action stands for: nobody requests them here, and everybody must agree.
UNCOVERED_COMMANDS = {
    "ALTER TABLE credit_record ADD INDEX idx_person_year (person_id, year), "
    "ALGORITHM=INPLACE, LOCK=NONE;",
    "ALTER TABLE credit_record DROP INDEX idx_person_year;",
    "ANALYZE TABLE credit_record;",
    "PURGE BINARY LOGS BEFORE NOW() - INTERVAL 3 DAY;",
    "START REPLICA;",
    "amtool silence add --duration=30m alertname=~NOISE",
    "amtool silence expire ID",
    "batchctl pause --group non-exam",
    "batchctl pause --job JOB",
    "batchctl reschedule --job JOB --after 00:00",
    "batchctl resume --group non-exam",
    "cdnctl cache ttl --path /course/ --hours 24",
    "cdnctl cert deploy --node NODE --cert CERT_ID",
    "dbctl rebuild --db DB --replica NODE",
    "featurectl set FEATURE=off",
    "ipmitool -H BMC -U ops chassis power cycle",
    "jcmd 1 GC.heap_dump /tmp/heap.hprof",
    "journalctl --vacuum-size=2G",
    "kubectl -n NAMESPACE rollout pause deploy/SERVICE",
    "kubectl -n NAMESPACE set resources deploy/SERVICE --limits=memory=2Gi",
    "kubectl -n NAMESPACE set resources deploy/SERVICE --limits=memory=3Gi",
    "lbctl pool disable --member GATEWAY_NODE",
    "lbctl pool enable --member GATEWAY_NODE --weight 10",
    "logrotate -f /etc/logrotate.conf",
    "mqctl dead-letter --topic TOPIC --offset OFFSET",
    "originctl scale --to 6",
    "redis-cli -h CACHE CONFIG SET maxmemory 26gb",
    "redis-cli -h SENTINEL -p 26379 SENTINEL failover MASTER",
    "searchctl reindex --index courses",
    "transctl pause --type vod --node NODE",
    "transctl resume --type vod --node NODE",
    "volctl grow --volume VOLUME --percent 50",
}
_WORD = st.sampled_from(["cdnctl", "region", "switch", "sudo", "--to", "BACKUP", "kubectl", "-n"])


@pytest.mark.parametrize(
    ("command", "action"),
    [
        ("cdnctl region switch --region R --to B", "cdn-switch-over"),
        ("sudo CDNCTL region switch --region R", "cdn-switch-over"),
        ("date; cdnctl region switch --region R | tee log", "cdn-switch-over"),
        ("kubectl -n exam rollout restart deploy/api", "restart"),
        ("kubectl -n exam rollout restart deploy/CONSUMER", "consumer-restart"),
        ("cdnctl change list --node NODE --since 60m", None),
        ("cdnctl region", None),
        ("", None),
    ],
)
def test_a_command_belongs_to_the_action_that_names_it_most_closely(
    command: str, action: str | None
) -> None:
    """Wherever its words stand in the command, and whatever stands round them."""
    found = action_of(command, pack().actions)
    assert (found.id if found else None) == (named(action) if action else None)


@given(before=st.lists(_WORD, max_size=4), rest=st.lists(_WORD, max_size=4))
def test_nothing_put_round_a_command_hides_it(before: list[str], rest: list[str]) -> None:
    """A gated command stays folded in any company, and a fold leaves no trace of it."""
    whole = " ".join([*before, "cdnctl region switch", *rest])
    assert (
        fold(f"先 `{whole}`；再看", pack().actions, "zh", section=REMEDIATION)
        == f"先 {FOLDED.zh}；再看"
    )


def test_every_command_of_the_catalogue_stands_in_an_sop() -> None:
    """A pattern that folds nothing would be a slip of the pen."""
    spoken = [
        command
        for sop in pack().sops
        for section in sop.sections
        for step in section.steps
        for command in step.text.zh.split("`")[1::2]
    ]
    for action in pack().actions:
        for pattern in action.commands:
            alone = action.model_copy(update={"commands": (pattern,)})
            assert any(action_of(command, [alone]) for command in spoken), pattern


def test_both_languages_of_every_step_fold_alike() -> None:
    """What one language hides the other does not show, and looking is never folded."""
    for sop in pack().sops:
        for section in sop.sections:
            for step in section.steps:
                found = actions_in(step, pack().actions)
                assert section.name.value in ("remediation", "rollback") or not found
                for half in (step.text.zh, step.text.en):
                    alone = SopStep(number=1, text=Text(zh=half, en=half))
                    assert actions_in(alone, pack().actions) == found, (sop.id, step.number)
                    assert has_uncovered(alone, pack().actions, section.name) == has_uncovered(
                        step, pack().actions, section.name
                    ), (sop.id, step.number)


def test_every_command_that_changes_something_has_an_action_or_demands_everybody() -> None:
    """Of remediations and rollbacks two commands read; what no action stands for is listed here."""
    uncovered, reading = set(), set()
    for sop in pack().sops:
        for section in sop.sections:
            for step in section.steps:
                for command in step.text.zh.split("`")[1::2]:
                    if is_uncovered(command, pack().actions, section.name):
                        uncovered.add(command)
                    elif section.name in CHANGING and action_of(command, pack().actions) is None:
                        reading.add(command)
    assert reading == {"credctl sync retry --status", "credctl recover export --date DATE"}
    assert uncovered == UNCOVERED_COMMANDS


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        ("dbctl show lag --db DB", False),
        ("kubectl -n exam get pods", False),
        ("kubectl -n logs delete ns exam", True),
        ("kubectl -n exam get pods; rm -rf /data", True),
        ("kubectl -n exam get pods $(rm -rf /data)", True),
        ("credctl sync wipe", True),
        ("HighErrorRate", False),
        ("kubectl rollout status deploy/api", False),
        ("mysql -e 'SHOW STATUS'", True),  # in doubt it changes
        ("rm -rf logs", True),
        ("DROP TABLE history;", True),
        ("mysql -e 'DROP TABLE status '", True),
        ("sudo rm list", True),
        ("helm uninstall history", True),
        ("systemctl stop db --status", True),
        ("kubectl get pods > /etc/hosts", True),
        ("kubectl get pods 2>/dev/null", False),
        ("reboot", True),
        ("FLUSHALL;", True),
    ],
)
def test_only_what_plainly_reads_stays_readable(command: str, changes: bool) -> None:
    """A namespace or a second command with a reading name hides no change."""
    assert is_uncovered(command, (), REMEDIATION) == changes
    assert not is_uncovered(command, (), SopSectionName.DIAGNOSIS)


@pytest.mark.parametrize(
    "step",
    [
        "run ``edgetool wipe all`` now",
        "run `` edgetool wipe `hostname` all `` now",
        "first:\n```\nX=`edgetool wipe all`\n```",
        "first:\n````\nedgetool wipe all\n```\ndate\n````",
        "a ` stands alone, then `edgetool wipe all`",
        "then `edgetool wipe all` and a ` stands alone",
        "open ```edgetool wipe all`",
    ],
)
def test_marks_of_any_number_fold_what_stands_between_them(step: str) -> None:
    """As Markdown reads them; where a mark stands alone, whatever it may open is folded."""
    folded = fold(step, (), "en", section=REMEDIATION)
    assert "edgetool" not in folded and FOLDED.en in folded
    assert has_uncovered(SopStep(number=1, text=Text(zh=step, en=step)), (), REMEDIATION)
    assert fold(folded, (), "en", section=REMEDIATION) == folded


@pytest.mark.parametrize(
    ("step", "left"),
    [
        ("切走：cdnctl region switch --to bgp，再看", "切走：「命令已收起」，再看"),
        ("先看日志，再 rm -rf /var/cache，再看", "先看日志，再 「命令已收起」，再看"),
        ("看 kubectl -n exam get pods，不变", "看 kubectl -n exam get pods，不变"),
        ("执行 KILL BLOCKING_PID；通知值班", "执行 「命令已收起」；通知值班"),
        ("重启 mysql 主库前通知值班", "重启 mysql 主库前通知值班"),
    ],
)
def test_a_command_that_nobody_marked_folds_as_well(step: str, left: str) -> None:
    """Word, HTML and typed cases often hold commands as plain text; the demand stands beside."""
    actions = pack().actions
    assert fold(step, actions, "zh", section=REMEDIATION) == left
    told = SopStep(number=1, text=Text(zh=step, en=step))
    gated = bool(actions_in(told, actions)) or has_uncovered(told, actions, REMEDIATION)
    assert gated == (FOLDED.zh in left)


def test_an_action_of_ones_own_folds_where_its_words_stand_bare() -> None:
    """No list of programs knows it; its words in the catalogue do, one word alone does not."""
    action = pack().actions[0].model_copy(update={"commands": ("edgetool * wipe", "edgetool")})
    step = "then edgetool east wipe --all, and ask edgetool again"
    assert fold(step, [action], "en", section=SopSectionName.DIAGNOSIS) == (
        f"then {FOLDED.en}, and ask edgetool again"
    )


def test_a_folded_sop_folds_no_further() -> None:
    """What was put in the place of commands belongs to no action."""
    for sop in pack().sops:
        folded = fold_sop(sop, pack().actions)
        assert fold_sop(folded, pack().actions) == folded


def test_a_past_case_folds_as_an_sop_does() -> None:
    """A fix as a remediation, what else was typed as symptoms; one without commands is the same."""
    actions, case = pack().actions, pack().cases[0]
    raw = "cdnctl region switch --to bgp"
    assert fold_case(case, actions) is case

    told = Text(zh=f"`{raw}` 和 `edgetool wipe all`", en=f"`{raw}` and `edgetool wipe all`")
    typed = case.model_copy(update={"title": told, "symptoms": told, "cause": told, "fix": told})
    folded = fold_case(typed, actions)

    assert folded.fix == Text(zh=f"{FOLDED.zh} 和 {FOLDED.zh}", en=f"{FOLDED.en} and {FOLDED.en}")
    for seen in (folded.title, folded.symptoms, folded.cause):
        assert seen == Text(
            zh=f"{FOLDED.zh} 和 `edgetool wipe all`", en=f"{FOLDED.en} and `edgetool wipe all`"
        )
    assert fold_case(folded, actions) is folded


def test_what_a_diagnosis_tells_of_a_case_folds_as_the_case_does() -> None:
    """One that was made of a folded case is the very value."""
    actions, case = pack().actions, pack().cases[0]
    told = Text(zh="`cdnctl region switch` 后恢复", en="Fixed by `cdnctl region switch`")
    raw = SimilarCase(
        case_id=case.id,
        score=0.5,
        cause=told,
        fix=told,
        outcome=case.outcome,
        minutes_to_repair=5,
    )
    folded = fold_similar(raw, actions)

    typed = fold_case(case.model_copy(update={"cause": told, "fix": told}), actions)
    assert (folded.cause, folded.fix) == (typed.cause, typed.fix)
    assert FOLDED.zh in folded.fix.zh and FOLDED.en in folded.cause.en
    assert fold_similar(folded, actions) is folded


def test_without_a_target_the_rules_that_speak_of_the_action_say_who_must_agree() -> None:
    """On a quiet day the operations lead; while exams are degraded the academic lead as well."""
    acting = acting_pack()
    template = next(a for a in acting.actions if a.id == SWITCH)

    quiet = foreseen(template, acting, None, at=QUIET)
    assert quiet.roles == (Role.OPS_LEAD,) and not quiet.settled
    busy = foreseen(template, acting, diagnosis(now=after(60)), at=after(60))
    assert Role.ACADEMIC_LEAD in busy.roles


def test_where_no_rule_speaks_of_an_action_everybody_must_agree() -> None:
    """A gap in the policy never lowers what is shown."""
    acting = acting_pack().model_copy(update={"policies": ()})
    assert foreseen(acting.actions[0], acting, None, at=QUIET).roles == APPROVING
