"""HuaweiRds over HTTP: what travels, what odd answers mean, and that a write travels once.

A restore to a new instance that travels twice makes, and bills, two of them.
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
import stamina

from lastgood.domain.copies import Order
from lastgood.domain.restore import Accepted, Deletion, Outcome, RefusalKind, Refused, Unknown
from lastgood.domain.times import parse_rfc3339
from lastgood.huawei.auth import Authentication, TokenProof
from lastgood.huawei.errors import RDS_BUSY
from lastgood.huawei.rate_limit import RateLimit
from lastgood.huawei.rds import HuaweiRds, connect_rds
from lastgood.huawei.retrying import MOST_PAGES
from lastgood.ports import CloudError
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.rds.instance import RdsInstance
from sandbox.huawei.rds.shape import ZONES, catalogue
from sandbox.huawei.rds.tasks import CopyScript
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation
from sandbox.huawei.wire.records import RequestRecord
from tests.contract.test_rds import NAME, ORDER, PASSWORD, TAGS
from tests.support.builders import RDS
from tests.support.connected import (
    CANARY,
    Wire,
    body,
    changed,
    entry,
    http_clients,
    known,
    reach_rds,
    told,
)

COPY = "b11f0a5d4c8e4a0f9d2b6c7e8f901234in01"
JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
HTML = "<html><h1>Bad Gateway</h1></html>"
DEEP = "[" * 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """A project of one instance, what connects to it, and what this test has sent."""

    wire: Wire
    rds: HuaweiRds

    @property
    def sandbox(self) -> HuaweiSandbox:
        return self.wire.sandbox

    @property
    def source(self) -> RdsInstance:
        return self.wire.database

    @property
    def writes(self) -> list[RequestRecord]:
        return [request for request in self.wire.requests if request.method != "GET"]

    def copies(self) -> list[RdsInstance]:
        return [each for each in self.sandbox.rds.instances.values() if each.copied_from]

    def restore(self, order: Order = ORDER) -> Outcome:
        return self.rds.restore_to_new(order, PASSWORD)

    def list(self, rows: list[dict[str, Any]]) -> None:
        """Make this the answer to the next question for instances."""
        answer = Answer.json(200, {"instances": rows, "total_count": len(rows)})
        self.sandbox.faults.add("rds-instances", Fault.answer_before(answer))


@pytest.fixture
def line(shared: Wire) -> Line:
    wire = shared.afresh()
    service = wire.sandbox.rds
    service.instances = {RDS: wire.database}
    service.quota, service.flavors = 50, catalogue()
    wire.database.copies, wire.database.least_gb = CopyScript(), 40
    return Line(wire, reach_rds(wire.sandbox))


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


# What travels


def test_the_restore_is_the_documented_one_with_all_that_the_source_tells(line: Line) -> None:
    line.restore()

    (post,) = line.wire.requests
    assert post.method == "POST"
    assert post.target == f"/v3/{line.sandbox.project_id}/instances"
    assert json.loads(post.body) == {
        "name": NAME,
        "restore_point": {
            "instance_id": RDS,
            "type": "timestamp",
            "restore_time": int(ORDER.restore_time),
        },
        "flavor_ref": "rds.mysql.n1.large.4",
        "volume": {"type": "CLOUDSSD", "size": 100},
        "region": "ap-southeast-1",
        "availability_zone": "ap-southeast-1a",
        "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce",
        "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
        "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
        "password": PASSWORD,
        "port": "3306",
        "time_zone": "UTC+08:00",
        "enterprise_project_id": "0",
        "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
        "charge_info": {"charge_mode": "postPaid"},
        "tags": [{"key": key, "value": value} for key, value in TAGS.items()],
    }


def test_a_copy_of_an_instance_with_a_standby_has_one_too(line: Line) -> None:
    line.source.shape = replace(
        line.source.shape, flavor="rds.mysql.n1.large.4.ha", zones=ZONES, replication="semisync"
    )
    found = line.rds.database(RDS)
    assert found
    assert found.shape

    outcome = line.restore(msgspec.structs.replace(ORDER, shape=found.shape))
    line.source.shape = replace(
        line.source.shape, flavor="rds.mysql.n1.large.4", zones=ZONES[:1], replication="async"
    )

    assert isinstance(outcome, Accepted)
    sent = json.loads(line.writes[0].body)
    assert sent["ha"] == {"mode": "Ha", "replication_mode": "semisync"}
    assert sent["availability_zone"] == ",".join(ZONES)
    (copy,) = line.copies()
    assert copy.shape.has_standby


def test_what_the_source_does_not_tell_is_left_out(line: Line) -> None:
    bare = msgspec.structs.replace(
        ORDER.shape, port=None, time_zone="", enterprise_project_id="", backup_hour=""
    )

    assert isinstance(line.restore(msgspec.structs.replace(ORDER, shape=bare)), Accepted)
    left_out = {"port", "time_zone", "enterprise_project_id", "backup_strategy", "ha"}
    assert not left_out & json.loads(line.writes[0].body).keys()


def test_the_copy_is_of_the_very_millisecond_and_has_the_password(line: Line) -> None:
    outcome = line.restore()

    (copy,) = line.copies()
    assert isinstance(outcome, Accepted)
    assert outcome.copy == copy.id
    assert copy.password == PASSWORD
    assert copy.restored_to
    assert round(copy.restored_to.timestamp() * 1000) == int(ORDER.restore_time)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "*orders"},
        {"source": f"{RDS}/../x"},
        {"source": ""},
        {"name": "*"},
        {"name": "4711"},
        {"name": f"{NAME}\n"},
        {"restore_time": "1771325699"},
        {"restore_time": "2026-02-17T10:40:00Z"},
        {"restore_time": "-1771325699000"},
    ],
    ids=str,
)
def test_an_order_that_cannot_stand_in_a_request_is_not_sent(
    line: Line, change: dict[str, str]
) -> None:
    outcome = line.restore(msgspec.structs.replace(ORDER, **change))

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("not-sent", "permanent")
    assert not line.wire.requests


@pytest.mark.parametrize("asked", ["", "*", "*in01", f"*{RDS}", f"{RDS} ", "a/b", "orders\n"])
def test_what_would_match_others_is_never_asked_for(line: Line, asked: str) -> None:
    reads: list[Callable[[str], object]] = [
        line.rds.database,
        line.rds.named,
        line.rds.backed_up,
        line.rds.recycled,
        line.rds.manual_backups,
        line.rds.job,
    ]
    for read in reads:
        with pytest.raises(CloudError) as caught:
            read(asked)
        told(caught.value)

    assert line.rds.delete(asked).fate == "refused"
    assert not line.wire.requests


# How a restore may end


class Case(NamedTuple):
    """`acts` tells whether the service makes an instance all the same."""

    says: str
    fault: Fault
    acts: bool


def before(says: str, answer: Answer) -> Case:
    return Case(says, Fault.answer_before(answer), acts=False)


def after(says: str, document: object) -> Case:
    return Case(says, Fault.answer_after(body(202, json.dumps(document))), acts=True)


LOST = [
    Case("dropped before acting", Fault.drop_before(), acts=False),
    Case("dropped after acting", Fault.drop_after(), acts=True),
    Case("500 that was carried out", Fault.error_after(), acts=True),
    before("502 in HTML", body(502, HTML, "text/html")),
    before("503 of nothing", Answer(503)),
    before("500 nested", body(500, DEEP)),
    before("500 not ready", Answer.json(500, {"error_code": "DBS.280036", "error_msg": "Wait."})),
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
    before("200 with both", Answer.json(200, {"job_id": JOB, "instance": {"id": COPY}})),
    after("202 of null", None),
    after("202 of a dry run", {}),
    after("without an instance", {"job_id": JOB}),
    after("an instance of null", {"job_id": JOB, "instance": None}),
    after("an instance without an id", {"job_id": JOB, "instance": {"name": NAME}}),
    after("an id of null", {"job_id": JOB, "instance": {"id": None}}),
    after("an id of a number", {"job_id": JOB, "instance": {"id": 4711}}),
    after("an id of another form", {"job_id": JOB, "instance": {"id": "*"}}),
    after("an id with a newline", {"job_id": JOB, "instance": {"id": f"{COPY}\n"}}),
    after("the id of the source", {"job_id": JOB, "instance": {"id": RDS}}),
    after("without a job", {"instance": {"id": COPY}}),
    after("a job of null", {"job_id": None, "instance": {"id": COPY}}),
    after("a job of no length", {"job_id": "", "instance": {"id": COPY}}),
    after("an order", {"order_id": "CS4711", "instance": {"id": COPY}}),
    before("the name exists", Answer.json(409, {"error_code": "DBS.200022", "error_msg": "No."})),
]


@pytest.mark.parametrize("case", [*LOST, *UNUSABLE], ids=lambda case: case.says)
def test_what_leaves_a_restore_open_is_unknown_and_is_not_sent_again(
    line: Line, case: Case
) -> None:
    line.sandbox.faults.add("rds-restore", case.fault)

    outcome = line.restore()

    assert isinstance(outcome, Unknown)
    assert len(line.wire.requests) == 1
    assert len(line.copies()) == case.acts
    assert "\n" not in outcome.why
    assert len(outcome.why) < 500


REFUSALS: list[tuple[int, str, RefusalKind]] = [
    *((status, code, "busy") for code in RDS_BUSY.split() for status in (400, 403, 409)),
    (400, "DBS.200001", "permanent"),
    (400, "DBS.201203", "permanent"),
    (400, "DBS.280450", "permanent"),
    (400, "DBS.200086", "permanent"),
    (400, "DBS.201014", "permanent"),
    (400, "DBS.200052", "permanent"),
    (404, "DBS.200002", "permanent"),
    (413, "DBS.200046", "permanent"),
    (401, "APIGW.0301", "permission"),
    (403, "DBS.280032", "permission"),
    (429, "APIGW.0308", "throttled"),
    (429, "DBS.280443", "throttled"),
]


@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_a_restore_that_is_turned_down_is_refused_with_its_code_and_its_kind(
    line: Line, status: int, code: str, kind: RefusalKind
) -> None:
    line.sandbox.faults.add("rds-restore", Fault.refuse(status, code, "It cannot be done."))

    assert line.restore() == Refused(code, f"{status} {code}: It cannot be done.", kind)
    assert len(line.wire.requests) == 1
    assert not line.copies()


def dead() -> HuaweiRds:
    return connect_rds(entry("http://127.0.0.1:1", "http://127.0.0.1:1"), known(), RateLimit(1000))


def test_without_a_connection_nothing_was_sent() -> None:
    with http_clients():
        outcome, deletion = dead().restore_to_new(ORDER, PASSWORD), dead().delete(COPY)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("not-sent", "unsent")
    assert deletion.fate == "busy"


def test_with_credentials_that_were_rejected_nothing_more_is_sent(line: Line) -> None:
    wrong = Authentication(TokenProof("MIIF-another-token"))
    cloud = entry(line.sandbox.geminidb_url, line.sandbox.rds_url)
    rds = connect_rds(cloud, wrong, RateLimit(1000))

    outcomes = [rds.restore_to_new(ORDER, PASSWORD) for _ in range(2)]

    assert [isinstance(each, Refused) and each.kind for each in outcomes] == ["permission"] * 2
    assert rds.delete(COPY).fate == "refused"
    assert len(line.writes) == 1


# How a deletion may end


def copied(line: Line) -> str:
    outcome = line.restore()
    assert isinstance(outcome, Accepted)
    assert outcome.copy
    line.sandbox.clock.advance(timedelta(hours=1))
    return outcome.copy


def test_a_deletion_is_the_documented_one(line: Line) -> None:
    copy = copied(line)

    assert line.rds.delete(copy) == Deletion("taken")

    request = line.writes[-1]
    assert request.method == "DELETE"
    assert request.target == f"/v3/{line.sandbox.project_id}/instances/{copy}"
    assert request.body == b""


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("document", [{"job_id": JOB}, {"job_id": None}, {}], ids=str)
def test_a_deletion_is_taken_whatever_its_job(
    line: Line, status: int, document: dict[str, Any]
) -> None:
    line.sandbox.faults.add("rds-delete", Fault.answer_before(Answer.json(status, document)))

    assert line.rds.delete(COPY) == Deletion("taken")


def test_a_deletion_is_taken_by_a_2xx_that_is_not_documented(line: Line) -> None:
    line.sandbox.faults.add("rds-delete", Fault.answer_before(Answer(204)))

    assert line.rds.delete(COPY) == Deletion("taken")


@pytest.mark.parametrize("case", LOST, ids=lambda case: case.says)
def test_a_deletion_whose_answer_does_not_say_is_unknown_and_is_not_sent_again(
    line: Line, case: Case
) -> None:
    copy = copied(line)
    sent = len(line.writes)
    line.sandbox.faults.add("rds-delete", case.fault)

    deletion = line.rds.delete(copy)

    assert deletion.fate == "unknown"
    assert len(line.writes) == sent + 1
    assert "\n" not in deletion.sentence
    line.sandbox.clock.advance(timedelta(hours=1))
    assert (line.rds.database(copy) is None) == case.acts


@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_a_deletion_that_is_turned_down_is_busy_where_that_passes(
    line: Line, status: int, code: str, kind: RefusalKind
) -> None:
    line.sandbox.faults.add("rds-delete", Fault.refuse(status, code, "It cannot be done."))

    fate: Any = "busy" if kind in {"busy", "throttled"} else "refused"
    assert line.rds.delete(COPY) == Deletion(fate, f"{status} {code}: It cannot be done.")
    assert len(line.wire.requests) == 1


# Reads of what is odd


def row(**change: Any) -> dict[str, Any]:
    """A row of an instance with a standby, changed."""
    return {
        "id": COPY,
        "name": NAME,
        "status": "ACTIVE",
        "type": "Ha",
        "port": 3306,
        "private_ips": ["192.168.0.10"],
        "datastore": {"type": "MySQL", "version": "8.0"},
        "ha": {"replication_mode": "async"},
        "flavor_ref": "rds.mysql.n1.large.4.ha",
        "volume": {"type": "CLOUDSSD", "size": 100},
        "vpc_id": "vpc",
        "subnet_id": "subnet",
        "security_group_id": "group",
        "nodes": [
            {"role": "slave", "availability_zone": "zone-b"},
            {"role": "readreplica", "availability_zone": "zone-c"},
            {"role": "master", "availability_zone": "zone-a"},
        ],
    } | change


def test_the_zone_of_the_primary_comes_first_and_replicas_are_not_copied(line: Line) -> None:
    line.list([row()])

    found = line.rds.database(COPY)

    assert found
    assert found.shape
    assert found.shape.zones == ("zone-a", "zone-b")
    assert (found.shape.replication, found.shape.keep_days) == ("async", 0)


NEEDED = ("datastore", "ha", "flavor_ref", "volume", "vpc_id", "subnet_id", "security_group_id")


@pytest.mark.parametrize("key", [*NEEDED, "nodes"])
@pytest.mark.parametrize("value", [None, "missing", {}, []], ids=str)
def test_an_instance_has_no_shape_while_a_part_is_missing(
    line: Line, key: str, value: object
) -> None:
    line.list([{k: v for k, v in (row() | {key: value}).items() if v != "missing"}])
    if value in ({}, []) and not isinstance(row()[key], type(value)):
        with pytest.raises(CloudError) as caught:
            line.rds.database(COPY)
        told(caught.value)
        return

    found = line.rds.database(COPY)

    assert found
    assert (found.status, found.shape) == ("ACTIVE", None)


@pytest.mark.parametrize(
    "change",
    [
        {"volume": {"type": "CLOUDSSD", "size": None}},
        {"volume": {"size": 100}},
        {"datastore": {"type": "", "version": None}},
        {"ha": {"replication_mode": ""}},
        {"nodes": [{"role": "master", "availability_zone": "zone-a"}]},
        {"nodes": [{"role": "master"}, {"role": "slave", "availability_zone": None}]},
        {"nodes": [{}, {"role": None}]},
    ],
    ids=str,
)
def test_an_instance_has_no_shape_while_a_part_of_a_part_is_missing(
    line: Line, change: dict[str, Any]
) -> None:
    line.list([row(**change)])

    found = line.rds.database(COPY)

    assert found
    assert found.shape is None


def test_an_instance_of_which_nothing_but_the_id_is_told_is_there(line: Line) -> None:
    nothing: dict[str, Any] = dict.fromkeys(row()) | {"id": COPY, "tags": None}
    for each in (nothing, {"id": COPY}, nothing | {"port": "", "status": "", "tags": []}):
        line.list([each])

        found = line.rds.database(COPY)

        assert found
        assert (found.id, found.name, found.status) == (COPY, "", "not told")
        assert (found.tags, found.addresses, found.port, found.shape) == ({}, (), None, None)


def test_numbers_may_come_as_text_and_tags_without_a_value(line: Line) -> None:
    line.list(
        [
            row(
                port="3307",
                volume={"type": "CLOUDSSD", "size": "40"},
                tags=[{"key": "a", "value": None}, {"key": "b", "value": "c"}],
            )
        ]
    )

    found = line.rds.database(COPY)

    assert found
    assert found.shape
    assert (found.port, found.shape.volume_gb) == (3307, 40)
    assert found.tags == {"a": "", "b": "c"}


@pytest.mark.parametrize(
    "change", [{"port": "many"}, {"private_ips": [7]}, {"name": 7}, {"tags": ["x"]}], ids=str
)
def test_a_row_that_cannot_be_read_is_an_error(line: Line, change: dict[str, Any]) -> None:
    line.list([row(**change)])

    with pytest.raises(CloudError) as caught:
        line.rds.database(COPY)

    assert COPY in told(caught.value)


def test_a_row_that_was_not_asked_for_is_left_alone_however_odd(line: Line) -> None:
    other = row(id=RDS, name=f"{NAME}-2", port="many")
    line.list([other])
    line.list([other])

    assert line.rds.database(COPY) is None
    assert line.rds.named(NAME) == []


def test_every_page_is_read(line: Line) -> None:
    rows = [row(id=f"{n:032x}in01", name=NAME if n % 50 == 0 else "other") for n in range(250)]

    def answer(_: object) -> Answer:
        asked = line.wire.requests[-1].query
        start, end = int(asked["offset"]), int(asked["offset"]) + int(asked["limit"])
        return Answer.json(200, {"instances": rows[start:end], "total_count": len(rows)})

    line.sandbox.faults.always("rds-instances", Fault("pages", answer))

    assert len(line.rds.named(NAME)) == 5
    assert [request.query["offset"] for request in line.wire.requests] == ["0", "100", "200"]


def test_a_list_without_end_is_an_error(line: Line) -> None:
    answer = Answer.json(200, {"instances": [row()], "total_count": -1})
    line.sandbox.faults.always("rds-instances", Fault.answer_before(answer))

    with pytest.raises(CloudError, match="without end"):
        line.rds.named(NAME)

    assert len(line.wire.requests) == MOST_PAGES


@pytest.mark.parametrize("tags", [None, [], ...])
def test_what_is_listed_for_a_tag_and_tells_none_is_listed_all_the_same(
    line: Line, tags: object
) -> None:
    row = {"id": COPY, "name": NAME, "created": ""} | ({} if tags is ... else {"tags": tags})
    document = {"instances": [row], "total_count": 1}
    line.sandbox.faults.add("rds-instances", Fault.answer_before(Answer.json(200, document)))

    (found,) = line.rds.tagged("lastgood-ledger", "0123456789")

    assert (found.id, found.tags, found.created) == (COPY, {}, None)
    assert line.wire.requests[0].query["tags"] == "lastgood-ledger=0123456789"


def test_a_list_that_lags_shows_the_copy_later(line: Line) -> None:
    line.source.copies = CopyScript(unlisted_for=timedelta(seconds=30))
    outcome = line.restore()
    assert isinstance(outcome, Accepted)
    assert outcome.copy

    early = line.rds.database(outcome.copy), line.rds.named(NAME)
    line.sandbox.clock.advance(timedelta(seconds=30))

    assert early == (None, [])
    assert line.rds.database(outcome.copy)
    assert [found.id for found in line.rds.named(NAME)] == [outcome.copy]


def test_a_job_is_none_until_it_is_visible(line: Line) -> None:
    outcome = line.restore()
    assert isinstance(outcome, Accepted)
    assert outcome.job

    early = line.rds.job(outcome.job)
    line.sandbox.clock.advance(timedelta(minutes=1))
    late = line.rds.job(outcome.job)

    assert early is None
    assert late
    assert (late.status, late.progress, late.ended) == ("Running", "10%", False)
    assert late.started_at


def test_a_job_that_failed_says_why(line: Line) -> None:
    line.source.copies = CopyScript(fail_reason="createVM failed.")
    outcome = line.restore()
    assert isinstance(outcome, Accepted)
    assert outcome.job
    assert outcome.copy
    line.sandbox.clock.advance(timedelta(minutes=10))

    job, copy = line.rds.job(outcome.job), line.rds.database(outcome.copy)

    assert job
    assert copy
    assert (job.status, job.fail_reason, copy.status) == ("Failed", "createVM failed.", "FAILED")


def test_another_job_than_the_one_that_was_asked_for_is_none(line: Line) -> None:
    answer = Answer.json(200, {"job": {"id": "another", "status": "Completed"}})
    line.sandbox.faults.add("rds-job", Fault.answer_before(answer))

    assert line.rds.job(JOB) is None


@pytest.mark.parametrize(
    ("states", "backed_up"),
    [
        ([], False),
        (["COMPLETED"], True),
        (["FAILED", "COMPLETED", "DELETING"], True),
        (["COMPLETED", "BUILDING"], False),
        (["FAILED"], False),
        ([None], False),
    ],
)
def test_an_instance_is_backed_up_by_a_complete_backup_and_none_that_is_made(
    line: Line, states: list[str | None], *, backed_up: bool
) -> None:
    rows = [{"instance_id": COPY, "status": status} for status in states]
    foreign = {"instance_id": RDS, "status": "COMPLETED"}
    document = {"backups": [*rows, foreign], "total_count": len(rows) + 1}
    line.sandbox.faults.add("rds-backups", Fault.answer_before(Answer.json(200, document)))

    assert line.rds.backed_up(COPY) == backed_up
    assert line.wire.requests[0].query["backup_type"] == "auto"


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ("2026-02-24T20:10:00+0800", "2026-02-24T12:10:00Z"),
        (1771935000000, "2026-02-24T12:10:00Z"),
        ("1771935000000", "2026-02-24T12:10:00Z"),
        ("", None),
        (None, None),
        (7, None),
        (True, None),
        ([], None),
        ("next week", None),
    ],
)
def test_until_when_the_recycle_bin_keeps_something_is_read_as_text_or_milliseconds(
    line: Line, told: object, until: str | None
) -> None:
    rows = [{"id": RDS}, {"id": COPY, "retained_until": told}, {"id": f"{COPY}x"}]
    answer = Answer.json(200, {"instances": rows, "total_count": 3})
    line.sandbox.faults.add("rds-recycled", Fault.answer_before(answer))

    assert line.rds.recycled(COPY) == [parse_rfc3339(until) if until else None]


def test_every_page_of_the_recycle_bin_is_read(line: Line) -> None:
    for number in range(51):
        page = Answer.json(200, {"instances": [{"id": COPY}] * 50, "total_count": 51})
        if number == 1:
            page = Answer.json(200, {"instances": [{"id": COPY}], "total_count": 51})
        if number < 2:
            line.sandbox.faults.add("rds-recycled", Fault.answer_before(page))

    assert len(line.rds.recycled(COPY)) == 51
    asked = [(one.query["offset"], one.query["limit"]) for one in line.wire.requests]
    assert asked == [("0", "50"), ("50", "50")]


def test_only_manual_backups_of_the_instance_count_as_such(line: Line) -> None:
    rows = [
        {"instance_id": COPY, "type": "manual"},
        {"type": "manual"},
        {"instance_id": COPY},
        {"instance_id": COPY, "type": "auto"},
        {"instance_id": RDS, "type": "manual"},
    ]
    answer = Answer.json(200, {"backups": rows, "total_count": len(rows)})
    line.sandbox.faults.add("rds-backups", Fault.answer_before(answer))

    assert line.rds.manual_backups(COPY) == 3
    assert line.wire.requests[0].query["backup_type"] == "manual"


READS: dict[Operation, Callable[[HuaweiRds], object]] = {
    "rds-instances": lambda rds: rds.database(RDS),
    "rds-backups": lambda rds: rds.backed_up(RDS),
    "rds-job": lambda rds: rds.job(JOB),
    "rds-recycled": lambda rds: rds.recycled(RDS),
}
each_read = pytest.mark.parametrize("operation", READS)


@each_read
@pytest.mark.parametrize(
    "fault",
    [
        Fault.drop_after(),
        Fault.throttle(),
        Fault.refuse(409, "DBS.200047"),
        Fault.refuse(500, "DBS.280036"),
    ],
    ids=lambda fault: fault.name,
)
def test_a_read_is_tried_again_where_that_may_help(
    line: Line, operation: Operation, fault: Fault
) -> None:
    expected = READS[operation](line.rds)
    line.sandbox.faults.add(operation, fault, times=3)

    assert READS[operation](line.rds) == expected
    assert len(line.wire.requests) == 5


@each_read
@pytest.mark.parametrize(
    "answer",
    [
        Answer.json(404, {"error_code": "DBS.200002", "error_msg": "No."}),
        body(200, HTML, "text/html"),
        body(200, "null"),
        body(200, "[]"),
        body(200, "{}"),
        body(200, '{"instances": {}, "backups": 7, "job": [], "total_count": null}'),
        body(200, '{"instances": [7], "backups": [null], "job": null}'),
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
        READS[operation](line.rds)

    told(caught.value)


# The password


def everything_in(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


ECHOES = [
    Answer.json(400, {"error_code": "DBS.200052", "error_msg": f"{PASSWORD} is too weak."}),
    Answer.json(400, {"error_code": PASSWORD, "error_msg": "No.", "request_id": PASSWORD}),
    Answer.json(500, {"error_code": "DBS.111205", "error_msg": f"password={PASSWORD}"}),
    Answer(404, b"", {"X-Request-Id": PASSWORD}),
    body(520, json.dumps({"error_code": "X", "error_msg": PASSWORD})),
    Answer.json(202, {"job_id": PASSWORD, "instance": {"id": PASSWORD}}),
]


@pytest.mark.parametrize("answer", [None, *ECHOES], ids=str)
def test_the_password_is_in_no_outcome_and_no_log_even_where_the_service_repeats_it(
    line: Line, caplog: pytest.LogCaptureFixture, answer: Answer | None
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    if answer:
        line.sandbox.faults.add("rds-restore", Fault.answer_before(answer))

    outcome = line.restore()

    assert PASSWORD in line.writes[0].body.decode()
    assert PASSWORD not in repr(outcome)
    logged = everything_in(caplog)
    assert "HTTP Request: POST" in logged
    assert PASSWORD not in logged
    assert CANARY not in logged
    assert PASSWORD not in repr((line.rds, vars(line.rds), line.wire.clients))


def test_the_answer_to_a_restore_need_not_have_more_than_its_two_ids(line: Line) -> None:
    def keep(document: dict[str, Any]) -> None:
        document["instance"] = {"id": document["instance"]["id"]}

    line.sandbox.faults.add("rds-restore", changed(keep))

    assert isinstance(line.restore(), Accepted)


# Before a copy is made


def test_a_trial_is_the_restore_itself_but_for_one_field(line: Line) -> None:
    assert line.rds.try_out(ORDER, PASSWORD) is None
    line.restore()

    trial, restore = (json.loads(write.body) for write in line.writes)
    assert trial.pop("dry_run") is True
    assert trial == restore


def test_a_trial_says_what_the_service_would_refuse(line: Line) -> None:
    line.sandbox.rds.quota = 1

    outcome = line.rds.try_out(ORDER, PASSWORD)

    assert isinstance(outcome, Refused)
    assert outcome.code == "DBS.200046"
    assert len(line.writes) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"job_id": JOB},
        {"instance": {"id": COPY, "name": NAME, "status": "BUILD"}},
        {"instance": {"id": COPY, "name": NAME, "status": "BUILD"}, "job_id": JOB},
    ],
)
def test_a_trial_that_tells_of_something_made_may_have_made_it(
    line: Line, answer: dict[str, Any]
) -> None:
    fault = Fault.answer_before(Answer.json(202, answer))
    line.sandbox.faults.add("rds-restore", fault)

    outcome = line.rds.try_out(ORDER, PASSWORD)

    assert outcome == Unknown("the service may have carried out what it was only to check")


def test_a_trial_without_an_answer_is_unknown_and_is_not_sent_again(line: Line) -> None:
    line.sandbox.faults.add("rds-restore", Fault.drop_after())

    assert isinstance(line.rds.try_out(ORDER, PASSWORD), Unknown)
    assert len(line.writes) == 1


def obstacle(line: Line, **changes: Any) -> str | None:
    shape = msgspec.structs.replace(ORDER.shape, **changes)
    return line.rds.obstacle(RDS, shape, line.sandbox.clock.now())


def test_a_quota_of_which_only_the_last_is_left_is_in_the_way(line: Line) -> None:
    line.sandbox.rds.quota = 3
    assert obstacle(line) is None
    line.sandbox.rds.quota = 2

    assert obstacle(line) == "the project has 1 RDS instances of the 2 it may have"


@pytest.mark.parametrize("status", ["sellout", "unsupported"])
def test_a_flavor_that_is_not_on_sale_in_a_zone_is_in_the_way(line: Line, status: str) -> None:
    flavor = line.sandbox.rds.flavors[ORDER.shape.flavor]
    flavor.zones[ZONES[0]] = status

    why = f"the flavor {ORDER.shape.flavor} is not on sale in {ZONES[0]}: {status}"
    assert obstacle(line) == why
    assert obstacle(line, zones=(ZONES[1],)) is None


def test_a_flavor_that_is_not_listed_is_in_the_way(line: Line) -> None:
    why = f"the flavor rds.none is not on sale in {ZONES[0]}: not listed"
    assert obstacle(line, flavor="rds.none") == why


def test_a_disk_that_is_smaller_than_the_backup_needs_is_in_the_way(line: Line) -> None:
    line.source.least_gb = 120

    assert obstacle(line) == "its backup needs a disk of 120 GB, and the copy's would have 100"
    assert obstacle(line, volume_gb=120) is None


def test_only_the_latest_backup_before_the_moment_counts(line: Line) -> None:
    def row(began: object, needs: object, status: str = "COMPLETED") -> dict[str, Any]:
        kind = "min_data_volume_capacity_for_restore"
        return {"id": "b", "instance_id": RDS, "status": status, "begin_time": began, kind: needs}

    rows = [
        *(row("2026-02-15T00:00:00+0800", 500), row("2026-02-16T00:00:00+0800", "60")),
        *(row("2026-02-16T09:00:00+0800", 95_000, each) for each in ("FAILED", "BUILDING")),
        *(row("2026-03-01T00:00:00+0800", 700), row("", 800), row(None, 900)),
    ]
    answer = Answer.json(200, {"backups": rows, "total_count": len(rows)})
    line.sandbox.faults.add("rds-backups", Fault.answer_before(answer))

    assert obstacle(line) is None


@pytest.mark.parametrize("quotas", [{"resources": []}, {"resources": [{"type": "instance"}]}])
def test_what_the_quotas_do_not_tell_is_not_in_the_way(line: Line, quotas: dict[str, Any]) -> None:
    fault = Fault.answer_before(Answer.json(200, {"quotas": quotas}))
    line.sandbox.faults.add("rds-quotas", fault)

    assert obstacle(line) is None
