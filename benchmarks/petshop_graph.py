"""PetShop's call graph as a pack: of what kind each node is, and what may be added to the graph.

A node's name ends in what tracing says it is (`_AWS::ECS::Fargate`, `_remote`, `_client`); the
kinds follow from that alone. The enriched graph adds relations by four rules of names, none of
which looks at a metric or at an incident.
"""

from __future__ import annotations

import re
from typing import Final

from ingest.call_graph import CallGraph, make_graph

# The first rule that a name fits decides; `service` is the rest.
KINDS: Final = (
    (r"_client$", "client_group"),
    (r"\.elb\.amazonaws\.com_remote$", "load_balancer"),
    (r"Database::SQL$|^PGSQL Query_remote$|DynamoDB", "database"),
    (r"SQS::Queue$|SimpleNotificationService", "queue"),
    (r"ApiGateway|^execute-api\.", "gateway"),
    (r"^S3_", "object_storage"),
    (r"SystemsManagement|^SSM_|^Evidently_", "config_center"),
    (r"^STS_|^169\.254\.170\.2_", "identity"),
    (r"_remote$", "external_api"),
)


def kinds_of(graph: CallGraph) -> dict[str, str]:
    """Name each node's kind of the library.

    >>> kinds_of(make_graph(["PetSite", "x.elb.amazonaws.com_remote"], []))
    {'PetSite': 'service', 'x.elb.amazonaws.com_remote': 'load_balancer'}
    """
    return {name: _kind(name) for name in graph.names}


def _kind(name: str) -> str:
    return next((kind for pattern, kind in KINDS if re.search(pattern, name)), "service")


def enriched(graph: CallGraph) -> CallGraph:
    """Add what names say: an address stands on what answers there.

    1. A load balancer's address `servi-STUB.REGION.elb...` on the one ECS service whose name
       holds STUB.
    2. An `execute-api` address on the one API gateway stage.
    3. `PGSQL Query_remote` on the one SQL database.
    4. The Step Functions API on the one state machine.

    A rule that fits no or several nodes, or that would close a circle, adds nothing.
    """
    added = list(graph.calls)
    for name in graph.names:
        answering = _answering(graph, name)
        if len(answering) == 1 and not _reaches(added, answering[0], name):
            added.append((name, answering[0]))
    return make_graph(graph.names, added)


def _answering(graph: CallGraph, name: str) -> list[str]:
    balancer = re.match(r"^[A-Za-z]+-([a-z]+)\..*\.elb\.amazonaws\.com_remote$", name)
    if balancer:
        stub = balancer[1]
        return [n for n in graph.names if "AWS::ECS::" in n and stub in n.lower()]
    for pattern, answers in (
        (r"^execute-api\.", r"ApiGateway::Stage$"),
        (r"^PGSQL Query_remote$", r"Database::SQL$"),
        (r"^StepFunctions_", r"StepFunctions::StateMachine$"),
    ):
        if re.search(pattern, name):
            return [n for n in graph.names if n != name and re.search(answers, n)]
    return []


def _reaches(calls: list[tuple[str, str]], start: str, goal: str) -> bool:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        further = {callee for caller, callee in calls if caller == here} - seen
        seen |= further
        todo += further
    return False
