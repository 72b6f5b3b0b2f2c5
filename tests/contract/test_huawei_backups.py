"""HuaweiBackups over HTTP: what travels, what odd answers mean, and that a write travels once.

A backup or a restore that travels twice is made, and billed, twice; and no name tells them apart.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
import redis
import stamina

from lastgood.domain.copies import Order
from lastgood.domain.restore import Accepted, Deletion, Outcome, RefusalKind, Refused, Unknown
from lastgood.huawei.auth import Authentication, TokenProof
from lastgood.huawei.backups import HuaweiBackups, connect_backups
from lastgood.huawei.errors import BACKUPS_BUSY
from lastgood.huawei.rate_limit import RateLimit
from lastgood.huawei.retrying import MOST_PAGES
from lastgood.ports import CloudError
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.backups import BackupScript, CopyScript, DeletionScript
from sandbox.huawei.geminidb.redis_instance import RedisInstance
from sandbox.huawei.geminidb.shape import DEFAULT_SHAPE
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation
from sandbox.huawei.wire.records import RequestRecord
from tests.contract.test_backups import MARK, NAME, PASSWORD, TAGS, order_of
from tests.support.builders import REDIS
from tests.support.connected import (
    CANARY,
    Wire,
    body,
    changed,
    entry,
    http_clients,
    known,
    reach_backups,
    told,
)

BACKUP = "5b0ae36cb8a746b68685a8fb588d8a15br12"
COPY = "b11f0a5d4c8e4a0f9d2b6c7e8f901234in12"
JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
HTML = "<html><h1>Bad Gateway</h1></html>"
DEEP = "[" * 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """A project of one Redis instance, what connects to it, and what this test has sent."""

    wire: Wire
    backups: HuaweiBackups

    @property
    def sandbox(self) -> HuaweiSandbox:
        return self.wire.sandbox

    @property
    def source(self) -> RedisInstance:
        return self.wire.redis

    @property
    def writes(self) -> list[RequestRecord]:
        return [request for request in self.wire.requests if request.method != "GET"]

    def back_up(self) -> Outcome:
        return self.backups.back_up(REDIS, NAME, MARK)

    def complete(self) -> str:
        """A backup that can be restored."""
        outcome = self.back_up()
        assert isinstance(outcome, Accepted)
        assert outcome.copy
        self.sandbox.clock.advance(timedelta(minutes=2))
        return outcome.copy

    def restore(self, order: Order) -> Outcome:
        return self.backups.restore_to_new(order, PASSWORD)

    def copies(self) -> list[RedisInstance]:
        instances = self.sandbox.geminidb.instances.values()
        return [each for each in instances if each.made_from]

    def list(self, rows: list[dict[str, Any]], key: str = "instances") -> None:
        """Make this the answer to the next question for instances, or for another list."""
        answer = Answer.json(200, {key: rows, "total_count": len(rows)})
        operations: dict[str, Operation] = {
            "instances": "instances",
            "backups": "backups",
            "tags": "tags",
        }
        self.sandbox.faults.add(operations[key], Fault.answer_before(answer))


@pytest.fixture
def line(shared: Wire) -> Line:
    wire = shared.afresh()
    service = wire.sandbox.geminidb
    service.instances, service.backups = {REDIS: wire.redis}, []
    service.copies, service.deletions, service.quota = CopyScript(), DeletionScript(), 50
    wire.redis.actions, wire.redis.backups, wire.redis.tags = (), BackupScript(), {}
    wire.redis.shape, wire.redis.deleting = DEFAULT_SHAPE, False
    return Line(wire, reach_backups(wire.sandbox))


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


# What travels


def test_the_backup_is_the_documented_one(line: Line) -> None:
    assert isinstance(line.back_up(), Accepted)

    (post,) = line.wire.requests
    assert (post.method, post.service) == ("POST", "geminidb")
    assert post.target == f"/v3/{line.sandbox.project_id}/instances/{REDIS}/backups"
    assert json.loads(post.body) == {"name": NAME, "description": MARK}


def test_the_restore_is_the_documented_one_with_all_that_the_source_tells(line: Line) -> None:
    backup = line.complete()
    found = line.backups.database(REDIS)
    assert found
    assert found.shape
    order = msgspec.structs.replace(order_of(backup), shape=found.shape)

    outcome = line.restore(order)

    post = line.writes[-1]
    assert isinstance(outcome, Accepted)
    assert (post.method, post.target) == ("POST", f"/v3/{line.sandbox.project_id}/instances")
    assert json.loads(post.body) == {
        "name": NAME,
        "datastore": {"type": "redis", "version": "6.2", "storage_engine": "rocksDB"},
        "region": "ap-southeast-1",
        "availability_zone": "ap-southeast-1a",
        "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce",
        "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
        "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
        "password": PASSWORD,
        "mode": "Cluster",
        "flavor": [
            {
                "num": "3",
                "storage": "ULTRAHIGH",
                "size": "16",
                "spec_code": "geminidb.redis.large.4",
            }
        ],
        "port": str(line.source.port),
        "enterprise_project_id": "0",
        "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
        "charge_info": {"charge_mode": "postPaid"},
        "restore_info": {"backup_id": backup},
    }


def test_what_the_source_does_not_tell_is_left_out_and_a_key_of_its_disk_too(line: Line) -> None:
    order = order_of(line.complete())
    bare = msgspec.structs.replace(
        order.shape,
        port=None,
        security_group_id="",
        enterprise_project_id="",
        backup_hour="",
        disk_encryption_id="2ef8b5a0-3c1f-4f63-9f5d-7d9b8e4a1c60",
    )

    assert isinstance(line.restore(msgspec.structs.replace(order, shape=bare)), Accepted)
    left_out = {"port", "security_group_id", "enterprise_project_id", "backup_strategy"}
    left_out |= {"disk_encryption_id", "product_type"}
    assert not left_out & json.loads(line.writes[-1].body).keys()


def test_a_cloud_native_cluster_keeps_its_mode_and_its_product(line: Line) -> None:
    line.source.mode = "CloudNativeCluster"
    line.source.shape = replace(DEFAULT_SHAPE, product_type="Capacity", zones=("a", "b", "c"))
    backup = line.complete()
    found = line.backups.database(REDIS)
    line.source.mode = "Cluster"
    assert found
    assert found.shape

    outcome = line.restore(msgspec.structs.replace(order_of(backup), shape=found.shape))

    sent = json.loads(line.writes[-1].body)
    assert isinstance(outcome, Accepted)
    assert (sent["mode"], sent["product_type"]) == ("CloudNativeCluster", "Capacity")
    assert sent["availability_zone"] == "a,b,c"


def test_the_lists_are_asked_for_as_documented(line: Line) -> None:
    line.backups.backups(REDIS)
    line.backups.database(REDIS)
    line.backups.named(NAME)

    project = line.sandbox.project_id
    assert [request.target for request in line.wire.requests] == [
        f"/v4/{project}/backups?instance_id={REDIS}&backup_type=Manual&offset=0&limit=100",
        f"/v3/{project}/instances?id={REDIS}&datastore_type=redis&offset=0&limit=100",
        f"/v3/{project}/instances/{REDIS}/tags",
        f"/v3/{project}/instances?name={NAME}&datastore_type=redis&offset=0&limit=100",
    ]


def test_the_tags_travel_in_one_request_and_again_do_no_harm(line: Line) -> None:
    line.backups.tag(REDIS, TAGS)
    line.backups.tag(REDIS, TAGS)

    first, second = line.wire.requests
    assert first.body == second.body
    assert first.target == f"/v3/{line.sandbox.project_id}/instances/{REDIS}/tags/action"
    assert json.loads(first.body) == {
        "action": "create",
        "tags": [{"key": key, "value": value} for key, value in TAGS.items()],
    }
    assert line.source.tags == TAGS


BAD_IDS = ["", "*", "*in12", f"*{REDIS}", f"{REDIS} ", f"{REDIS}/../x", "dsfae23fsfdsae3435in01"]


@pytest.mark.parametrize("asked", [*BAD_IDS, f"{REDIS}\n"])
def test_what_would_match_others_is_never_asked_for(line: Line, asked: str) -> None:
    for read in (line.backups.database, line.backups.backups):
        with pytest.raises(CloudError) as caught:
            read(asked)
        told(caught.value)
    with pytest.raises(CloudError):
        line.backups.tag(asked, TAGS)

    assert line.backups.delete(asked).fate == "refused"
    assert isinstance(line.backups.back_up(asked, NAME, MARK), Refused)
    assert not line.wire.requests


@pytest.mark.parametrize("name", ["", "*", "abc", "4711", f"{NAME}\n", "a" * 65, "orders.cache"])
def test_a_name_that_cannot_be_one_is_never_asked_for(line: Line, name: str) -> None:
    with pytest.raises(CloudError):
        line.backups.named(name)

    assert isinstance(line.backups.back_up(REDIS, name, MARK), Refused)
    assert not line.wire.requests


@pytest.mark.parametrize("mark", ["", "a\nb", "a=b", "<", "it's", "x" * 257])
def test_a_mark_that_the_service_would_not_take_is_not_sent(line: Line, mark: str) -> None:
    outcome = line.backups.back_up(REDIS, NAME, mark)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("not-sent", "permanent")
    assert not line.wire.requests


@pytest.mark.parametrize(
    "change",
    [
        {"source": f"{REDIS}/../x"},
        {"name": "*"},
        {"backup": None},
        {"backup": ""},
        {"backup": "../instances"},
        {"backup": f"{BACKUP}\n"},
    ],
    ids=str,
)
def test_an_order_that_cannot_stand_in_a_request_is_not_sent(
    line: Line, change: dict[str, Any]
) -> None:
    outcome = line.restore(msgspec.structs.replace(order_of(BACKUP), **change))

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("not-sent", "permanent")
    assert not line.wire.requests


@pytest.mark.parametrize("backup", ["", "*", "x", "../instances", f"{BACKUP}/x", f"{BACKUP}\n"])
def test_no_deletion_of_a_backup_leaves_its_place(line: Line, backup: str) -> None:
    assert line.backups.delete_backup(backup).fate == "refused"
    assert not line.wire.requests


@pytest.mark.parametrize(
    "tags", [{"a b": "c"}, {"": "c"}, {"k" * 37: ""}, {"a": "b" * 44}], ids=str
)
def test_tags_that_the_service_would_not_take_are_not_sent(
    line: Line, tags: dict[str, str]
) -> None:
    with pytest.raises(CloudError):
        line.backups.tag(REDIS, tags)

    assert not line.wire.requests


# The data


def everything(port: int) -> dict[tuple[int, bytes], tuple[bytes, Any, int]]:
    """Every key of every database: its type, its value and the moment of its expiry."""
    found = {}
    for number in range(16):
        with redis.Redis(port=port, db=number) as client:
            for key in client.scan_iter():
                found[number, key] = (
                    client.type(key),
                    _value(client, key),
                    client.pexpiretime(key),
                )
    return found


def _value(client: redis.Redis, key: bytes) -> Any:
    match client.type(key):
        case b"string":
            return client.get(key)
        case b"hash":
            return client.hgetall(key)
        case b"list":
            return client.lrange(key, 0, -1)
        case b"set":
            return client.smembers(key)
        case b"zset":
            return client.zrange(key, 0, -1, withscores=True)
    return client.xrange(key)


def write_one_of_each(port: int) -> None:
    with redis.Redis(port=port) as client, redis.Redis(port=port, db=5) as fifth:
        client.flushall()
        client.set("text", "plain")
        client.set(b"\x00\xff", bytes(range(256)))
        client.set("empty", "")
        client.set("session", "s", px=5_000_000)
        client.hset("hash", mapping={"a": "1", "b": ""})
        client.rpush("list", "x", "y", "x")
        client.sadd("set", "p", "q")
        client.zadd("zset", {"low": -1.5, "high": 2.5})
        client.xadd("stream", {"field": "value"}, id="1-1")
        client.expire("hash", 7200)
        fifth.set("text", "elsewhere")


def test_the_new_instance_has_byte_for_byte_what_the_source_had_when_the_backup_began(
    line: Line,
) -> None:
    write_one_of_each(line.source.port)
    assert isinstance(line.back_up(), Accepted)
    before = everything(line.source.port)
    with redis.Redis(port=line.source.port) as client:
        client.set("text", "written while the backup is made")
        client.delete("list")
        line.sandbox.clock.advance(timedelta(minutes=2))
        client.flushall()
    (backup,) = line.backups.backups(REDIS)

    assert isinstance(line.restore(order_of(backup.id)), Accepted)
    (copy,) = line.copies()
    early = everything(copy.port)
    line.sandbox.clock.advance(timedelta(minutes=10))

    found = line.backups.named(NAME)[0]
    assert found.port == copy.port != line.source.port
    assert len(before) == 10
    assert early == {}
    # Keys expire at a moment of the sandbox, which has moved; Redis has the machine's own time.
    moved = round(timedelta(minutes=12) / timedelta(milliseconds=1))
    after = everything(copy.port)
    assert after.keys() == before.keys()
    for key, (kind, value, expiry) in before.items():
        assert after[key][:2] == (kind, value)
        assert abs(after[key][2] - (expiry - moved if expiry > 0 else expiry)) <= 1
    with redis.Redis(port=copy.port) as client:
        client.set("text", "new")
    assert everything(line.source.port) == {}


def test_a_restore_in_place_is_refused_as_busy_while_a_backup_is_made(line: Line) -> None:
    point = line.source.points[-1]
    line.back_up()

    early = line.wire.cloud.restore(REDIS, point)
    line.sandbox.clock.advance(timedelta(minutes=2))
    late = line.wire.cloud.restore(REDIS, point)

    assert isinstance(early, Refused)
    assert (early.kind, early.passes) == ("busy", True)
    assert isinstance(late, Accepted)


def test_a_restore_in_place_does_not_touch_the_backup_of_what_it_overwrites(line: Line) -> None:
    write_one_of_each(line.source.port)
    backup = line.complete()
    with redis.Redis(port=line.source.port) as client:
        client.flushall()

    assert isinstance(line.restore(order_of(backup)), Accepted)
    line.sandbox.clock.advance(timedelta(minutes=10))

    assert len(everything(line.copies()[0].port)) == 10


def test_a_new_instance_has_the_password_of_its_order(line: Line) -> None:
    line.restore(order_of(line.complete()))

    assert line.copies()[0].password == PASSWORD


# How a write may end


class Case(NamedTuple):
    """`acts` tells whether the service does it all the same."""

    says: str
    fault: Fault
    acts: bool


def before(says: str, answer: Answer) -> Case:
    return Case(says, Fault.answer_before(answer), acts=False)


def after(says: str, document: object, status: int = 202) -> Case:
    return Case(says, Fault.answer_after(body(status, json.dumps(document))), acts=True)


LOST = [
    Case("dropped before acting", Fault.drop_before(), acts=False),
    Case("dropped after acting", Fault.drop_after(), acts=True),
    Case("500 that was carried out", Fault.error_after(), acts=True),
    before("502 in HTML", body(502, HTML, "text/html")),
    before("503 of nothing", Answer(503)),
    before("500 nested", body(500, DEEP)),
    before("500 of a quota", Answer.json(500, {"error_code": "DBS.200165", "error_msg": "No."})),
    before("520, which has no name", body(520, HTML, "text/html")),
    before("499, which has no name", Answer(499)),
    before("408", Answer(408)),
    before("429 of a proxy", Answer(429)),
    before("302", Answer(302, b"", {"Location": "/elsewhere"})),
    Case("202 of nothing", Fault.empty_202(), acts=True),
]
UNUSABLE = [
    Case("202 in HTML", Fault.answer_after(body(202, HTML, "text/html")), acts=True),
    Case("202 nested", Fault.answer_after(body(202, DEEP)), acts=True),
    after("202 of null", None),
    after("202 of an empty object", {}),
    before("204", Answer(204)),
]
NO_BACKUP = [
    after("without a backup", {"job_id": JOB}),
    after("a backup of null", {"job_id": JOB, "backup_id": None}),
    after("a backup of a number", {"job_id": JOB, "backup_id": 4711}),
    after("a backup of no length", {"job_id": JOB, "backup_id": ""}),
    after("a backup that leaves its place", {"job_id": JOB, "backup_id": "../instances"}),
    after("a backup with a newline", {"job_id": JOB, "backup_id": f"{BACKUP}\n"}),
    after("the instance", {"job_id": JOB, "backup_id": REDIS}),
    after("200 without a backup", {"job_id": JOB}, 200),
]
NO_COPY = [
    before("200 with both", Answer.json(200, {"job_id": JOB, "id": COPY})),
    after("without an instance", {"job_id": JOB}),
    after("an id of null", {"job_id": JOB, "id": None}),
    after("an id of a number", {"job_id": JOB, "id": 4711}),
    after("an id of another form", {"job_id": JOB, "id": "*"}),
    after("an id of another engine", {"job_id": JOB, "id": f"{COPY[:-2]}06"}),
    after("an id with a newline", {"job_id": JOB, "id": f"{COPY}\n"}),
    after("the id of the source", {"job_id": JOB, "id": REDIS}),
    after("without a job", {"id": COPY}),
    after("a job of null", {"job_id": None, "id": COPY}),
    after("an order", {"order_id": "CS4711", "id": COPY}),
]


@pytest.mark.parametrize("case", [*LOST, *UNUSABLE, *NO_BACKUP], ids=lambda case: case.says)
def test_what_leaves_a_backup_open_is_unknown_and_is_not_sent_again(line: Line, case: Case) -> None:
    line.sandbox.faults.add("back-up", case.fault)

    outcome = line.back_up()

    assert isinstance(outcome, Unknown)
    assert len(line.wire.requests) == 1
    found = [(each.name, each.mark) for each in line.backups.backups(REDIS)]
    assert found == [(NAME, MARK)] * case.acts
    assert "\n" not in outcome.why
    assert len(outcome.why) < 500


@pytest.mark.parametrize("case", [*LOST, *UNUSABLE, *NO_COPY], ids=lambda case: case.says)
def test_what_leaves_a_restore_open_is_unknown_and_is_not_sent_again(
    line: Line, case: Case
) -> None:
    order = order_of(line.complete())
    sent = len(line.writes)
    line.sandbox.faults.add("restore-to-new", case.fault)

    outcome = line.restore(order)

    assert isinstance(outcome, Unknown)
    assert len(line.writes) == sent + 1
    assert len(line.backups.named(NAME)) == case.acts
    assert "\n" not in outcome.why
    assert len(outcome.why) < 500


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("job", [JOB, None, "", 7], ids=str)
def test_a_backup_is_accepted_by_either_status_and_whatever_its_job(
    line: Line, status: int, job: object
) -> None:
    answer = Answer.json(status, {"job_id": job, "backup_id": BACKUP})
    line.sandbox.faults.add("back-up", Fault.answer_before(answer))

    assert line.back_up() == Accepted(JOB if job == JOB else None, BACKUP)


def test_a_backup_whose_id_is_a_uuid_is_one(line: Line) -> None:
    answer = Answer.json(202, {"job_id": JOB, "backup_id": JOB})
    line.sandbox.faults.add("back-up", Fault.answer_before(answer))

    assert line.back_up() == Accepted(JOB, JOB)


def test_the_answer_to_a_restore_need_not_have_more_than_its_two_ids(line: Line) -> None:
    order = order_of(line.complete())

    def keep(document: dict[str, Any]) -> None:
        for key in document.keys() - {"id", "job_id"}:
            del document[key]

    line.sandbox.faults.add("restore-to-new", changed(keep))

    outcome = line.restore(order)

    assert isinstance(outcome, Accepted)
    assert outcome.copy == line.copies()[0].id


REFUSALS: list[tuple[int, str, RefusalKind]] = [
    *((status, code, "busy") for code in BACKUPS_BUSY.split() for status in (400, 403)),
    (400, "DBS.200001", "permanent"),
    (400, "DBS.301024", "permanent"),
    (400, "DBS.201214", "permanent"),
    (404, "DBS.200002", "permanent"),
    (413, "DBS.200046", "permanent"),
    (401, "APIGW.0301", "permission"),
    (403, "DBS.280032", "permission"),
    (429, "APIGW.0308", "throttled"),
    (429, "DBS.280443", "throttled"),
]

WRITES: dict[Operation, Callable[[HuaweiBackups], Outcome]] = {
    "back-up": lambda backups: backups.back_up(REDIS, NAME, MARK),
    "restore-to-new": lambda backups: backups.restore_to_new(order_of(BACKUP), PASSWORD),
}
DELETIONS: dict[Operation, Callable[[HuaweiBackups], Deletion]] = {
    "delete-backup": lambda backups: backups.delete_backup(BACKUP),
    "delete": lambda backups: backups.delete(REDIS),
}


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_a_write_that_is_turned_down_is_refused_with_its_code_and_its_kind(
    line: Line, operation: Operation, status: int, code: str, kind: RefusalKind
) -> None:
    line.sandbox.faults.add(operation, Fault.refuse(status, code, "It cannot be done."))

    outcome = WRITES[operation](line.backups)

    assert outcome == Refused(code, f"{status} {code}: It cannot be done.", kind)
    assert len(line.wire.requests) == 1


@pytest.mark.parametrize("operation", DELETIONS)
@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_a_deletion_that_is_turned_down_is_busy_where_that_passes(
    line: Line, operation: Operation, status: int, code: str, kind: RefusalKind
) -> None:
    line.sandbox.faults.add(operation, Fault.refuse(status, code, "It cannot be done."))

    fate: Any = "busy" if kind in {"busy", "throttled"} else "refused"
    sentence = f"{status} {code}: It cannot be done."
    assert DELETIONS[operation](line.backups) == Deletion(fate, sentence)
    assert len(line.wire.requests) == 1


@pytest.mark.parametrize("operation", DELETIONS)
@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("document", [{"job_id": JOB}, {"job_id": None}, {}], ids=str)
def test_a_deletion_is_taken_whatever_its_job(
    line: Line, operation: Operation, status: int, document: dict[str, Any]
) -> None:
    line.sandbox.faults.add(operation, Fault.answer_before(Answer.json(status, document)))

    assert DELETIONS[operation](line.backups) == Deletion("taken")


@pytest.mark.parametrize("case", LOST, ids=lambda case: case.says)
def test_a_deletion_of_a_backup_whose_answer_does_not_say_is_unknown_and_is_not_sent_again(
    line: Line, case: Case
) -> None:
    backup = line.complete()
    sent = len(line.writes)
    line.sandbox.faults.add("delete-backup", case.fault)

    deletion = line.backups.delete_backup(backup)

    assert deletion.fate == "unknown"
    assert len(line.writes) == sent + 1
    line.sandbox.clock.advance(timedelta(minutes=1))
    assert len(line.backups.backups(REDIS)) == (not case.acts)


@pytest.mark.parametrize("case", LOST, ids=lambda case: case.says)
def test_a_deletion_of_an_instance_whose_answer_does_not_say_is_unknown(
    line: Line, case: Case
) -> None:
    outcome = line.restore(order_of(line.complete()))
    assert isinstance(outcome, Accepted)
    assert outcome.copy
    line.sandbox.clock.advance(timedelta(minutes=10))
    sent = len(line.writes)
    line.sandbox.faults.add("delete", case.fault)

    deletion = line.backups.delete(outcome.copy)

    assert deletion.fate == "unknown"
    assert len(line.writes) == sent + 1
    line.sandbox.clock.advance(timedelta(minutes=1))
    assert (line.backups.database(outcome.copy) is None) == case.acts


TAGGING = [
    (Fault.drop_after(), "transient"),
    (Fault.error_after(), "transient"),
    (Fault.refuse(403, "DBS.200011"), "busy"),
    (Fault.refuse(403, "DBS.280032"), "permission"),
    (Fault.throttle(), "throttled"),
    (Fault.refuse(400, "DBS.200001"), "permanent"),
]


@pytest.mark.parametrize(("fault", "trouble"), TAGGING, ids=str)
def test_tags_that_may_not_be_there_are_an_error_and_not_sent_again_here(
    line: Line, fault: Fault, trouble: str
) -> None:
    line.sandbox.faults.add("tag", fault)

    with pytest.raises(CloudError) as caught:
        line.backups.tag(REDIS, TAGS)

    told(caught.value)
    assert caught.value.trouble == trouble
    assert len(line.wire.requests) == 1


@pytest.mark.parametrize("answer", [Answer(200), Answer(204), Answer.json(200, {})], ids=str)
def test_tags_are_given_by_any_2xx(line: Line, answer: Answer) -> None:
    line.sandbox.faults.add("tag", Fault.answer_before(answer))

    line.backups.tag(REDIS, TAGS)


def dead() -> HuaweiBackups:
    cloud = entry("http://127.0.0.1:1", "http://127.0.0.1:1")
    return connect_backups(cloud, known(), RateLimit(1000))


def test_without_a_connection_nothing_was_sent() -> None:
    with http_clients():
        backups = dead()
        outcomes = [write(backups) for write in WRITES.values()]
        deletions = [delete(backups) for delete in DELETIONS.values()]
        with pytest.raises(CloudError) as caught:
            backups.tag(REDIS, TAGS)

    assert [isinstance(each, Refused) and each.kind for each in outcomes] == ["unsent"] * 2
    assert [each.fate for each in deletions] == ["busy"] * 2
    assert caught.value.trouble == "unreachable"


def test_with_credentials_that_were_rejected_nothing_more_is_sent(line: Line) -> None:
    wrong = Authentication(TokenProof("MIIF-another-token"))
    cloud = entry(line.sandbox.geminidb_url, line.sandbox.rds_url)
    backups = connect_backups(cloud, wrong, RateLimit(1000))

    outcomes = [write(backups) for write in WRITES.values()]

    assert [isinstance(each, Refused) and each.kind for each in outcomes] == ["permission"] * 2
    assert backups.delete(COPY).fate == "refused"
    assert len(line.writes) == 1


# Reads of what is odd


def row(**change: Any) -> dict[str, Any]:
    """A row of an instance, changed."""
    node = {"spec_code": "geminidb.redis.large.4", "availability_zone": "zone-a"}
    return {
        "id": COPY,
        "name": NAME,
        "status": "normal",
        "mode": "Cluster",
        "port": "6379",
        "availability_zone": "zone-a",
        "datastore": {"type": "redis", "version": "6.2"},
        "vpc_id": "vpc",
        "subnet_id": "subnet",
        "groups": [
            {
                "volume": {"size": "16"},
                "nodes": [node | {"private_ip": "192.168.0.53"}, node | {"private_ip": ""}],
            }
        ],
    } | change


def read(line: Line, *rows: dict[str, Any]) -> Any:
    line.list([*rows])
    line.list([], "tags")
    return line.backups.database(COPY)


def test_the_address_of_a_load_balancer_stands_for_those_of_the_nodes(line: Line) -> None:
    plain = read(line, row())
    balanced = read(line, row(lb_ip_address="192.168.0.174", lb_port="6380"))
    without_port = read(line, row(lb_ip_address="192.168.0.174", lb_port=""))

    assert (plain.addresses, plain.port) == (("192.168.0.53",), 6379)
    assert (balanced.addresses, balanced.port) == (("192.168.0.174",), 6380)
    assert (without_port.addresses, without_port.port) == (("192.168.0.174",), 6379)
    assert balanced.shape.port == 6379


def test_an_instance_without_zones_has_those_of_its_nodes(line: Line) -> None:
    nodes = [{"spec_code": "x", "availability_zone": zone} for zone in ("b", "a", "b")]
    found = read(
        line,
        row(availability_zone=None, groups=[{"volume": {"size": 16}, "nodes": nodes}]),
    )

    assert (found.shape.zones, found.shape.nodes) == (("a", "b"), 3)


NEEDED = ("mode", "datastore", "vpc_id", "subnet_id", "groups")


@pytest.mark.parametrize("key", NEEDED)
@pytest.mark.parametrize("value", [None, "missing"], ids=str)
def test_an_instance_has_no_shape_while_a_part_is_missing(
    line: Line, key: str, value: object
) -> None:
    found = read(line, {k: v for k, v in (row() | {key: value}).items() if v != "missing"})

    assert (found.status, found.shape) == ("normal", None)


@pytest.mark.parametrize(
    "change",
    [
        {"datastore": {"type": "redis"}},
        {"datastore": {"type": "cassandra", "version": "3.11"}},
        {"availability_zone": "a,,b"},
        {"groups": []},
        {"groups": [{"volume": None, "nodes": [{"spec_code": "x"}]}]},
        {"groups": [{"volume": {"size": "16"}, "nodes": []}]},
        {"groups": [{"volume": {"size": "16"}, "nodes": [{"spec_code": "x"}, {}]}]},
        {"groups": [{"volume": {"size": "16"}, "nodes": [{"spec_code": c} for c in "xy"]}]},
    ],
    ids=str,
)
def test_an_instance_has_no_shape_while_a_part_of_a_part_is_missing(
    line: Line, change: dict[str, Any]
) -> None:
    assert read(line, row(**change)).shape is None


def test_an_instance_of_which_nothing_but_the_id_is_told_is_there(line: Line) -> None:
    for each in ({"id": COPY}, dict.fromkeys(row()) | {"id": COPY}):
        found = read(line, each)

        assert (found.id, found.name, found.status) == (COPY, "", "not told")
        assert (found.tags, found.addresses, found.port, found.shape) == ({}, (), None, None)


def test_tags_may_come_without_a_value(line: Line) -> None:
    line.list([row()])
    line.list([{"key": "a", "value": None}, {"key": "b", "value": "c"}, {"key": "d"}], "tags")

    found = line.backups.database(COPY)

    assert found
    assert found.tags == {"a": "", "b": "c", "d": ""}


@pytest.mark.parametrize(
    "change", [{"port": "many"}, {"name": 7}, {"groups": [7]}, {"datastore": []}], ids=str
)
def test_a_row_that_cannot_be_read_is_an_error(line: Line, change: dict[str, Any]) -> None:
    line.list([row(**change)])

    with pytest.raises(CloudError) as caught:
        line.backups.database(COPY)

    assert COPY in told(caught.value)


def test_a_row_that_was_not_asked_for_is_left_alone_however_odd(line: Line) -> None:
    other = row(id=REDIS, name=f"{NAME}-2", port="many")
    line.list([other])
    line.list([other])

    assert line.backups.database(COPY) is None
    assert line.backups.named(NAME) == []


def backup_row(**change: Any) -> dict[str, Any]:
    """A row of a backup, changed."""
    return {
        "id": BACKUP,
        "name": NAME,
        "description": MARK,
        "instance_id": REDIS,
        "type": "Manual",
        "status": "COMPLETED",
        "size": 2097152.0,
        "begin_time": "2026-02-17T19:55:02+0800",
        "end_time": "2026-02-17T19:57:10+0800",
    } | change


@pytest.mark.parametrize(
    ("size", "gb"),
    [(2097152.0, 2.0), ("1048576", 1.0), (0, None), (None, None), ("", None), (-1, None)],
)
def test_the_size_of_a_backup_comes_in_kb(line: Line, size: object, gb: float | None) -> None:
    line.list([backup_row(size=size)], "backups")

    (found,) = line.backups.backups(REDIS)

    assert found.size_gb == gb


def test_a_backup_of_which_little_is_told_is_there_and_not_complete(line: Line) -> None:
    for nothing in ({"id": BACKUP}, dict.fromkeys(backup_row()) | {"id": BACKUP}):
        line.list([nothing], "backups")

        (found,) = line.backups.backups(REDIS)

        assert (found.id, found.name, found.status) == (BACKUP, "", "not told")
        assert (found.is_complete, found.has_failed, found.mark) == (False, False, "")
        assert (found.began, found.ended, found.size_gb) == (None, None, None)


def test_only_manual_backups_of_the_instance_count_as_such(line: Line) -> None:
    changes: list[dict[str, Any]] = [{}, {"instance_id": None}, {"type": None}]
    changes += [{"type": "Auto"}, {"instance_id": COPY}]
    rows = [backup_row(id=f"{n}{BACKUP[1:]}", **change) for n, change in enumerate(changes)]
    line.list(rows, "backups")

    assert [found.id[0] for found in line.backups.backups(REDIS)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"id": "../x"}, {"name": 7}, {"size": "much"}], ids=str
)
def test_a_backup_that_cannot_be_read_is_an_error(line: Line, change: dict[str, Any]) -> None:
    line.list([backup_row(**change)], "backups")

    with pytest.raises(CloudError) as caught:
        line.backups.backups(REDIS)

    told(caught.value)


def test_every_page_of_backups_is_read(line: Line) -> None:
    rows = [backup_row(id=f"{n:032x}br12") for n in range(250)]

    def answer(_: object) -> Answer:
        asked = line.wire.requests[-1].query
        start, end = int(asked["offset"]), int(asked["offset"]) + int(asked["limit"])
        return Answer.json(200, {"backups": rows[start:end], "total_count": len(rows)})

    line.sandbox.faults.always("backups", Fault("pages", answer))

    assert len(line.backups.backups(REDIS)) == 250
    assert [request.query["offset"] for request in line.wire.requests] == ["0", "100", "200"]


def test_a_list_without_end_is_an_error(line: Line) -> None:
    answer = Answer.json(200, {"backups": [backup_row()], "total_count": -1})
    line.sandbox.faults.always("backups", Fault.answer_before(answer))

    with pytest.raises(CloudError, match="without end"):
        line.backups.backups(REDIS)

    assert len(line.wire.requests) == MOST_PAGES


def test_lists_that_lag_show_what_is_new_later(line: Line) -> None:
    line.source.backups = BackupScript(unlisted_for=timedelta(seconds=30))
    line.sandbox.geminidb.copies = CopyScript(unlisted_for=timedelta(seconds=30))
    line.back_up()
    early = line.backups.backups(REDIS)
    line.sandbox.clock.advance(timedelta(minutes=2))
    (backup,) = line.backups.backups(REDIS)
    line.restore(order_of(backup.id))
    unlisted = line.backups.named(NAME)
    line.sandbox.clock.advance(timedelta(seconds=30))

    assert (early, unlisted) == ([], [])
    assert len(line.backups.named(NAME)) == 1


def test_an_instance_that_goes_while_it_is_read_is_an_error(line: Line) -> None:
    line.sandbox.faults.add("tags", Fault.refuse(404, "DBS.200002"))

    with pytest.raises(CloudError) as caught:
        line.backups.database(REDIS)

    assert REDIS in told(caught.value)


READS: dict[Operation, Callable[[HuaweiBackups], object]] = {
    "instances": lambda backups: backups.named("orders-cache"),
    "backups": lambda backups: backups.backups(REDIS),
    "tags": lambda backups: backups.database(REDIS),
}
each_read = pytest.mark.parametrize("operation", READS)


@each_read
@pytest.mark.parametrize(
    "fault",
    [
        Fault.drop_after(),
        Fault.throttle(),
        Fault.refuse(403, "DBS.200011"),
        Fault.refuse(500, "DBS.280005"),
    ],
    ids=lambda fault: fault.name,
)
def test_a_read_is_tried_again_where_that_may_help(
    line: Line, operation: Operation, fault: Fault
) -> None:
    expected = READS[operation](line.backups)
    asked = len(line.wire.requests)
    line.sandbox.faults.add(operation, fault, times=3)

    assert READS[operation](line.backups) == expected
    assert len(line.wire.requests) == 2 * asked + 3


@each_read
@pytest.mark.parametrize(
    "answer",
    [
        Answer.json(404, {"error_code": "DBS.200002", "error_msg": "No."}),
        body(200, HTML, "text/html"),
        body(200, "null"),
        body(200, "[]"),
        body(200, "{}"),
        body(200, '{"instances": {}, "backups": 7, "tags": {}, "total_count": null}'),
        body(200, '{"instances": [7], "backups": [null], "tags": [null]}'),
        Answer(204),
        Answer(302, b"", {"Location": "/x"}),
    ],
    ids=str,
)
def test_no_answer_makes_a_read_raise_anything_but_a_cloud_error(
    line: Line, operation: Operation, answer: Answer
) -> None:
    line.sandbox.faults.always(operation, Fault.answer_before(answer))

    with pytest.raises(CloudError) as caught:
        READS[operation](line.backups)

    told(caught.value)


# The password


def everything_in(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


ECHOES = [
    Answer.json(400, {"error_code": "DBS.200052", "error_msg": f"{PASSWORD} is too weak."}),
    Answer.json(400, {"error_code": PASSWORD, "error_msg": "No.", "request_id": PASSWORD}),
    Answer.json(500, {"error_code": "DBS.111205", "error_msg": f"password={PASSWORD}"}),
    body(520, json.dumps({"error_code": "X", "error_msg": PASSWORD})),
    Answer.json(202, {"job_id": PASSWORD, "id": PASSWORD}),
]


@pytest.mark.parametrize("answer", [None, *ECHOES], ids=str)
def test_the_password_is_in_no_outcome_and_no_log_even_where_the_service_repeats_it(
    line: Line, caplog: pytest.LogCaptureFixture, answer: Answer | None
) -> None:
    order = order_of(line.complete())
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    if answer:
        line.sandbox.faults.add("restore-to-new", Fault.answer_before(answer))

    outcome = line.restore(order)

    assert PASSWORD in line.writes[-1].body.decode()
    assert PASSWORD not in repr(outcome)
    logged = everything_in(caplog)
    assert "HTTP Request: POST" in logged
    assert PASSWORD not in logged
    assert CANARY not in logged
    assert PASSWORD not in repr((line.backups, vars(line.backups), line.wire.clients))
