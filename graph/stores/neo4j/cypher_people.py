"""Cypher of accounts, grants, the audit log and jobs, each under the name of its SQL."""

from __future__ import annotations

from typing import Final

from graph.stores import access_rows, audit_rows, grant_rows, job_rows, moving_rows
from graph.stores.neo4j.naming import of

_JOB: Final = (
    "n.id AS id, n.kind AS kind, n.key AS key, n.payload AS payload, n.state AS state, "
    "n.attempts AS attempts, n.created_at AS created_at, n.error AS error"
)

ACCESS: Final = of(
    access_rows,
    USER="MATCH (n:User {name: $name}) RETURN n.body AS body",
    USERS="MATCH (n:User) RETURN n.body AS body, n.name AS name",
    SOURCE="MATCH (n:Source {name: $name}) RETURN n.body AS body",
    SOURCES="MATCH (n:Source) RETURN n.body AS body, n.name AS name",
    TOKEN_BY_HASH="MATCH (n:Token {token_hash: $token_hash}) RETURN n.body AS body",
    TOKENS="MATCH (n:Token) RETURN n.body AS body, n.id AS id",
    SESSION="MATCH (n:Session {id_hash: $id_hash}) RETURN n.body AS body",
    SESSIONS_OF="""
        MATCH (n:Session {user: $user})
        RETURN n.body AS body, n.id_hash AS id_hash ORDER BY id_hash""",
    DELETE_SESSIONS_OF="""
        MATCH (n:Session {user: $user}) DETACH DELETE n RETURN count(*) AS touched""",
)

MOVING: Final = of(moving_rows, EPOCH="MATCH (n:Epoch) RETURN n.body AS body")

GRANTS: Final = of(
    grant_rows,
    GRANT="MATCH (n:Grant {id: $id}) RETURN n.body AS body",
    GRANTS="""
        MATCH (n:Grant)
        WHERE ($statuses IS NULL OR n.status IN $statuses)
          AND ($before IS NULL OR n.asked_at < $before
               OR (n.asked_at = $before AND n.id > $after_id))
        RETURN n.body AS body, n.asked_at AS asked_at, n.id AS id
        ORDER BY asked_at DESC, id LIMIT $limit""",
    VERSION="MATCH (n:Grant {id: $id}) RETURN n.version AS version",
    SEAL="MATCH (n:Seal) RETURN n.body AS body",
)

AUDIT: Final = of(
    audit_rows,
    HEAD="""
        MATCH (n:AuditEvent) WHERE n.seq > 0
        RETURN n.seq AS seq, n.hash AS hash ORDER BY seq DESC LIMIT 1""",
    NEWEST="""
        MATCH (n:AuditEvent) WHERE n.seq > 0 AND ($before IS NULL OR n.seq < $before)
        RETURN n.seq AS seq, n.body AS body ORDER BY seq DESC LIMIT $limit""",
    CHAIN="""
        MATCH (n:AuditEvent) WHERE n.seq > $after
        RETURN n.seq AS seq, n.body AS body ORDER BY seq LIMIT $limit""",
)

JOBS: Final = of(
    job_rows,
    OPEN="""
        MATCH (n:Job) WHERE n.state IN ['waiting', 'running'] AND ($kind IS NULL OR n.kind = $kind)
        RETURN count(n) AS open""",
    FAILED=f"MATCH (n:Job {{state: 'failed'}}) RETURN {_JOB} ORDER BY id",
    JOB=f"MATCH (n:Job {{id: $id}}) RETURN {_JOB}",
    WAITING="MATCH (n:Job {kind: $kind, key: $key, state: 'waiting'}) RETURN n.id AS id",
    REFRESH=f"""
        MATCH (n:Job {{kind: $kind, key: $key, state: 'waiting'}})
        CALL () {{ MATCH (job:Job) RETURN max(job.turn) + 1 AS turn }}
        SET n.payload = $payload, n.turn = turn, n.attempts = 0, n.not_before = $not_before,
          n.error = ''
        RETURN {_JOB}""",
    # A number is never given twice, also after the job that had it is gone.
    ADD=f"""
        MATCH (store:Etiograph {{id: 'store'}})
        OPTIONAL MATCH (job:Job)
        WITH store, coalesce(max(job.id), 0) AS stored, coalesce(max(job.turn), 0) + 1 AS turn
        SET store.last_job =
          CASE WHEN store.last_job > stored THEN store.last_job ELSE stored END + 1
        CREATE (n:Job {{id: store.last_job, kind: $kind, key: $key, state: 'waiting', attempts: 0,
          turn: turn, created_at: $at, payload: $payload, error: ''}})
        SET n.not_before = $not_before
        RETURN {_JOB}""",
    NEXT=f"""
        MATCH (n:Job {{state: 'waiting'}})
        WHERE (n.not_before IS NULL OR n.not_before <= $at) AND ($kind IS NULL OR n.kind = $kind)
          AND NOT EXISTS {{
            MATCH (other:Job {{state: 'running'}})
            WHERE other.kind = n.kind AND other.key = n.key
              AND ($done IS NULL OR other.id <> $done) }}
        WITH n ORDER BY n.created_at > $overdue,
          CASE WHEN n.created_at <= $overdue THEN n.created_at END, n.turn DESC LIMIT 1
        RETURN {_JOB}""",
    TAKE="""
        MATCH (n:Job {id: $id})
        SET n.state = 'running', n.attempts = n.attempts + 1, n.not_before = null
        RETURN count(n) AS touched""",
    FINISH="""
        MATCH (n:Job {id: $id}) SET n.state = $state, n.error = $error
        RETURN count(n) AS touched""",
    FORGET_DONE="""
        MATCH (done:Job {id: $id, state: 'done'})
        MATCH (n:Job {kind: done.kind, key: done.key})
        WHERE n.state IN ['done', 'failed'] AND n.id < $id
        DETACH DELETE n RETURN count(*) AS touched""",
    RETRY="""
        MATCH (n:Job {id: $id})
        SET n.state = 'waiting', n.error = $error, n.not_before = $not_before,
          n.attempts = n.attempts - $uncounted
        RETURN count(n) AS touched""",
    RUNNING=f"MATCH (n:Job {{state: 'running'}}) RETURN {_JOB} ORDER BY id",
)

# What REFRESH and ADD do for each of `$keys`, which differ.
ENQUEUE_ALL: Final = """
    MATCH (store:Etiograph {id: 'store'})
    OPTIONAL MATCH (job:Job)
    WITH store, coalesce(max(job.id), 0) AS stored, coalesce(max(job.turn), 0) AS turn
    SET store.last_job = CASE WHEN store.last_job > stored THEN store.last_job ELSE stored END
    WITH store, turn
    UNWIND range(0, size($keys) - 1) AS place
    OPTIONAL MATCH (n:Job {kind: $kind, key: $keys[place], state: 'waiting'})
    FOREACH (_ IN CASE WHEN n IS NULL THEN [1] ELSE [] END |
      SET store.last_job = store.last_job + 1
      CREATE (:Job {id: store.last_job, kind: $kind, key: $keys[place], state: 'waiting',
        attempts: 0, turn: turn + place + 1, created_at: $at, payload: $payloads[place],
        error: ''}))
    FOREACH (known IN CASE WHEN n IS NULL THEN [] ELSE [n] END |
      SET known.payload = $payloads[place], known.turn = turn + place + 1, known.attempts = 0,
        known.not_before = null, known.error = '')
    RETURN count(*) AS touched"""
