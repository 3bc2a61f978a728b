"""Judges whether a probe's command only reads: an allow-list of programs and of their verbs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SHELL: Final = re.compile(r"[;&|<>`$\\]|\n")
_HOST: Final = r"\{component\}"
_URL: Final = r"https?://(\{component\}|localhost)(:\d+)?(/[\w./*?=-]*)?"
_SQL: Final = r'"(SELECT|SHOW) [^;]*"'
_WRITES: Final = re.compile(
    r"\b(pg_terminate_backend|pg_cancel_backend|pg_drop_\w+|setval|INTO|DELETE|UPDATE|INSERT|KILL"
    r"|stop|start|restart|reload|delete|apply|patch|scale|drain|cordon|set|purge|disarm|defrag"
    r"|compact|flush\w*|FLUSH\w*|kill|rm|reboot|shutdown|remount|write|put|post)\b"
)
# Words of the house's own tools: each names something to read. `purge list` reads a list of purges.
_HOUSE_VERBS: Final = re.compile(
    r"account|alarms|array|audit|backlog|balance|batches|bgp|capacity|capture|cert|certificates"
    r"|catalogue|clients|clock|cluster|config|config-diff|connections|consumers|cpu|credentials"
    r"|dead-letters|denies|df|diff|disk|errors|fetch|get|group|ha|history|inputs|interfaces|jobs"
    r"|keys|lag|lb|limit|line|list|load|lock-status|locks|log|mapping|nacks|nat|ping|plan|pools"
    r"|probe|purge|queue|rate|receipts|reconcile|rejects|replication|resources|retries|routes"
    r"|schedule|sessions|show|slow|stat|status|switch|sync|timeline|unmapped|uptime|version"
    r"|versions|vip|worklist"
)
_HOUSE: Final = re.compile(
    r"(cdn|cfg|credit|db|dir|drm|edge|fhir|fw|gtm|gw|his|hl7|id|ingest|mq|net|origin|oss|pack|pacs"
    r"|qoe|rx|sms|trans)ctl"
)
_KUBECTL: Final = r"(-n [\w-]+ )?(get|describe|logs|top|rollout history) [^;|]*"
_INSIDE: Final = (
    r"(cat /proc/[\w/]+|chronyc (sources|tracking)|crictl info|curl -s http://localhost:\d+/\w+"
    r"|df -[hi]( /[\w/]+)?|dmesg|du (--inodes|-xh) -d \d /\w+|edac-util -v|ethtool -S \w+|free -m"
    r"|git -C /[\w/]+ log --since \S+|iostat -x \d \d|ip -s link|journalctl (-k|-u [\w-]+) "
    r"--since -\d+min|k3s certificate check|kubeadm certs check-expiration|ls -lh /[\w/]+|mount"
    r"|nginx -t|nvidia-smi|ping -M do -s \d+ -c \d \w+|ps aux --sort=-pcpu|sar -n DEV \d \d"
    r"|smartctl -H -A /dev/\w+|ss -ti|sysctl [\w.-]+( [\w.]+)*|systemctl status [\w-]+"
    r"|tail -n \d+ /[\w/.]+|uptime)"
)
_PROGRAMS: Final[Mapping[str, str]] = {
    "ceph": r"(health detail|osd tree) --cluster \S+",
    "chronyc": rf"-h {_HOST} (sources|tracking)",
    "curl": rf"-(s|sI|sv|vI)( --max-time \d)? {_URL}",
    "deck": rf"gateway diff --headers host:{_HOST}",
    "dig": r"(\+short |@)\{component\}[\w .@+=-]*",
    "echoscu": rf"-v (-aec \w+|-pts \d) {_HOST} \d+",
    "etcdctl": rf"--endpoints={_HOST}:\d+ (alarm list|endpoint (health|status))[\w -]*",
    "ffprobe": rf"-v error -show_(streams|entries stream=\w+) rtmp://{_HOST}/[\w/]+",
    "ipmitool": rf"-H {_HOST} (chassis status|sel list|sdr type \w+)",
    "kafka-broker-api-versions.sh": rf"--bootstrap-server {_HOST}:\d+",
    "kafka-consumer-groups.sh": rf"--bootstrap-server {_HOST}:\d+ --describe --all-groups[\w -]*",
    "kafka-log-dirs.sh": rf"--bootstrap-server {_HOST}:\d+ --describe",
    "kafka-metadata-quorum.sh": rf"--bootstrap-server {_HOST}:\d+ describe --status",
    "kafka-topics.sh": rf"--bootstrap-server {_HOST}:\d+ --describe[\w -]*",
    "kubectl": _KUBECTL,
    "ldapsearch": rf"-x -H ldap://{_HOST} -s base( -b [\w=]+)?",
    "mc": rf"admin info {_HOST}",
    "mtr": rf"--report --report-cycles \d+ {_HOST}",
    "mysql": rf"-h {_HOST} (-P \d+ )?-e {_SQL}",
    "nc": rf"-zv {_HOST} \d+",
    "ntpdate": rf"-q {_HOST}",
    "openssl": r"(verify|ocsp) [\w ./:{}-]+",
    "patronictl": rf"list {_HOST}",
    "pd-ctl": rf"-u http://{_HOST}:\d+ (hot read|member leader show|region check \S+|store)",
    "ping": rf"-c \d+ {_HOST}",
    "promtool": r"query instant http://prometheus:9090 \w+",
    "psql": rf"-h {_HOST} (-p \d+ \w+ )?-c {_SQL}",
    "rabbitmq-diagnostics": rf"-n rabbit@{_HOST} (alarms|status)",
    "rabbitmqctl": rf"-n rabbit@{_HOST} (cluster_status|list_\w+[\w ]*)",
    "redis-cli": rf"-h {_HOST} (INFO( \w+)?|PING|ROLE|SLOWLOG GET \d+|--bigkeys)",
    "skopeo": rf"(inspect|list-tags) docker://{_HOST}/[\w:]+",
    "snmpget": rf"-v2c -c public {_HOST} [\w.]+",
    "ssh": rf"{_HOST} {_INSIDE}",
    "zkCli.sh": rf"-server {_HOST}:\d+ stat /",
    "zkServer.sh": rf"status {_HOST}",
}


def breaches(command: str) -> list[str]:
    """Name what keeps a command from being a read-only probe; empty where it only reads."""
    program, _, rest = command.partition(" ")
    if _HOUSE.fullmatch(program):
        return _house(rest)
    if program not in _PROGRAMS:
        return [f"{program} is not on the allow-list"]
    found = [] if re.fullmatch(_PROGRAMS[program], rest) else [f"{rest!r} is no known way to read"]
    if _SHELL.search(rest):
        found.append("holds shell syntax")
    return found + [f"may write: {word}" for word in _WRITES.findall(rest)]


def _house(rest: str) -> list[str]:
    """A house tool: verbs from the list before the component or the first option, `purge list`."""
    words = rest.split()
    verbs = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
    leading = words[: next((i for i, word in enumerate(words) if word[0] in "-{"), len(words))]
    found = [f"unknown verb {word!r}" for word in leading if not _HOUSE_VERBS.fullmatch(word)]
    if not leading:
        found.append("names no verb")
    if "purge" in verbs and "list" not in verbs:
        found.append("may write: purge")
    return found + (["holds shell syntax"] if _SHELL.search(rest) else [])
