"""What lastgood and the generated clients send is what the official SDK sends for the same."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

import huawei_rds
from huawei_rds.api.rds import (
    delete_rds_instance,
    list_rds_backups,
    list_rds_flavors,
    list_rds_instances,
    list_rds_recycled_instances,
    list_rds_tasks,
    restore_rds_to_new_instance,
    show_rds_job,
    show_rds_quotas,
)
from huawei_rds.models import RestoreToNewInstance
from lastgood.domain.confirming import Series
from lastgood.domain.copies import Order, Shape
from lastgood.domain.policy import CloudEntry, Endpoints
from lastgood.huawei.backups import HuaweiBackups, connect_backups
from lastgood.huawei.clients import authenticate, client_of, connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.cloud_eye import HuaweiCloudEye, connect_cloud_eye
from lastgood.huawei.credentials import AccessKey, Credentials, Password
from lastgood.huawei.rate_limit import RateLimit
from sandbox.huawei.access.signatures import Authorization, canonical_request
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.backups import CopyScript as CopyOfRedis
from sandbox.huawei.geminidb.backups import DeletionScript as DeletionOfRedis
from sandbox.huawei.rds.tasks import DeletionScript
from sandbox.huawei.wire.faults import Operation
from sandbox.huawei.wire.records import RequestRecord
from tests.interop.conftest import (
    COPY,
    DATA,
    METRIC,
    OF_REDIS,
    PERMANENT,
    POINTS,
    RDS,
    REDIS,
    RULE,
    TAGS,
    TEMPORARY,
    UNDONE,
)
from tests.interop.official import Key, Official, Operations, Send
from tests.support.connected import http_clients

# The SDK signs with it on Python 3.12 and later, where it is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

SINCE, UNTIL = (datetime(2026, 2, 17, hour, tzinfo=UTC) for hour in (10, 11))
PERIOD = {"start_time": "2026-02-17T18:00:00+0800", "end_time": "2026-02-17T19:00:00+0800"}
JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"

SERIES = Series(
    namespace="SYS.NoSQL",
    name="redis_db_keys",
    dimensions=(("redis_cluster_id", REDIS),),
    period=60,
    statistic="average",
)

Ask = Callable[[HuaweiCloud], Any]

READS: dict[str, tuple[Ask, Send]] = {
    "points": (
        lambda cloud: cloud.points(REDIS, SINCE, UNTIL),
        lambda official: official.points(REDIS, offset=0, limit=100, **PERIOD),
    ),
    "policy": (
        lambda cloud: cloud.pitr_policy(REDIS),
        lambda official: official.policy(REDIS),
    ),
    "instances": (
        lambda cloud: cloud.state(REDIS),
        lambda official: official.instances(id=REDIS, limit=100),
    ),
    "windows": (
        lambda cloud: cloud.windows(RDS),
        lambda official: official.windows(RDS),
    ),
    "windows of a day": (
        lambda cloud: cloud.windows(RDS, SINCE, UNTIL),
        lambda official: official.windows(RDS, date="2026-02-17"),
    ),
    "one job": (
        lambda cloud: cloud.job(JOB),
        lambda official: official.jobs(id=JOB),
    ),
    "jobs": (
        lambda cloud: cloud.jobs(SINCE, UNTIL),
        lambda official: official.jobs(offset=0, limit=50, **PERIOD),
    ),
}


@dataclass(frozen=True)
class Sent:
    """What a request means, and how it is signed."""

    method: str
    path: str
    canonical_query: str
    body: Any
    key: str | None
    security_token: str | None
    signed: frozenset[str]

    @classmethod
    def of(cls, request: RequestRecord) -> Sent:
        authorization = Authorization.read(request.headers.get("authorization", ""))
        canonical = canonical_request(request.method, request.target, {}, (), b"")
        must = {"host", "x-sdk-date", "x-security-token", "x-project-id"}
        return cls(
            method=request.method,
            path=request.path,
            canonical_query=canonical.split("\n")[2],
            body=json.loads(request.body) if request.body else None,
            key=authorization.access_key if authorization else None,
            security_token=request.headers.get("x-security-token"),
            signed=frozenset(must & set(authorization.signed_headers) if authorization else ()),
        )


def entry(sandbox: HuaweiSandbox) -> CloudEntry:
    """The sandbox as a cloud of the policy."""
    return CloudEntry(
        region="ap-southeast-1",
        project_id=sandbox.project_id,
        credentials="env:LASTGOOD_PROD",
        endpoints=Endpoints(
            geminidb=sandbox.geminidb_url,
            rds=sandbox.rds_url,
            iam=sandbox.iam_url,
            ces=sandbox.ces_url,
        ),
    )


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with http_clients():
        yield


def ask(sandbox: HuaweiSandbox, credentials: Credentials, question: Ask) -> Any:
    """Ask as lastgood does."""
    auth = authenticate(entry(sandbox), credentials)
    return question(connect(entry(sandbox), auth, RateLimit(per_second=1000)))


def credentials_of(key: Key) -> AccessKey:
    return AccessKey(key.access_key, key.secret_key, key.security_token or "")


def sent_by(sandbox: HuaweiSandbox, asking: Callable[[], object]) -> Sent:
    """The one request that asking takes, which must succeed."""
    earlier = len(sandbox.requests)
    asking()
    (request,) = sandbox.requests[earlier:]
    assert request.acted
    return Sent.of(request)


KEYS = pytest.mark.parametrize("key", [PERMANENT, TEMPORARY], ids=["permanent", "temporary"])


@KEYS
@pytest.mark.parametrize("name", READS)
def test_a_read_is_that_of_the_sdk(
    name: str, key: Key, sdk: Official, cloud: HuaweiSandbox
) -> None:
    question, send = READS[name]
    credentials = credentials_of(key)
    with Operations.connected(sdk, cloud, key) as official:
        theirs = sent_by(cloud, lambda: send(official))

    ours = sent_by(cloud, lambda: ask(cloud, credentials, question))

    assert ours == theirs


EYES: dict[str, tuple[Callable[[HuaweiCloudEye], Any], Send]] = {
    "alarm records": (
        lambda eye: eye.records(RULE),
        lambda official: official.alarm_records(alarm_id=[RULE], offset=0, limit=100),
    ),
    "metric data": (
        lambda eye: eye.datapoints(SERIES, SINCE, UNTIL),
        lambda official: official.metric_data(**DATA),
    ),
    "metric data at a glance": (
        lambda eye: eye.glance(SERIES, SINCE, UNTIL),
        lambda official: official.metric_data(**DATA),
    ),
}


@KEYS
@pytest.mark.parametrize("name", EYES)
def test_what_cloud_eye_is_asked_is_what_the_sdk_asks(
    name: str, key: Key, sdk: Official, cloud: HuaweiSandbox
) -> None:
    question, send = EYES[name]
    cloud.cloud_eye.measure(METRIC, OF_REDIS, {SINCE: 1.0})
    with Operations.connected(sdk, cloud, key) as official:
        theirs = sent_by(cloud, lambda: send(official))

    auth = authenticate(entry(cloud), credentials_of(key))
    eye = connect_cloud_eye(entry(cloud), auth, RateLimit(per_second=1000))
    ours = sent_by(cloud, lambda: question(eye))

    assert ours == theirs


@KEYS
def test_the_restore_is_that_of_the_sdk(key: Key, sdk: Official, cloud: HuaweiSandbox) -> None:
    with Operations.connected(sdk, cloud, key) as official:
        theirs = sent_by(cloud, lambda: official.restore(REDIS, POINTS[0]))
    cloud.clock.advance(timedelta(minutes=5))

    ours = sent_by(
        cloud, lambda: ask(cloud, credentials_of(key), lambda it: it.restore(REDIS, POINTS[0]))
    )

    assert ours == theirs
    assert (ours.method, ours.body) == ("PUT", {"restore_time": POINTS[0]})
    assert {"host", "x-sdk-date"} <= ours.signed


Made = tuple[str, str]
"""A copy and the job that makes it, by their ids."""

COPIES: dict[
    str, tuple[Callable[[huawei_rds.Client, str, Made], Any], Callable[[Operations, Made], Any]]
] = {
    "restore": (
        lambda client, project, _: restore_rds_to_new_instance.sync_detailed(
            project, client=client, body=RestoreToNewInstance.from_dict(COPY)
        ),
        lambda official, _: official.rds_restore(COPY),
    ),
    "delete": (
        lambda client, project, made: delete_rds_instance.sync_detailed(
            project, made[0], client=client
        ),
        lambda official, made: official.rds_delete(made[0]),
    ),
    "instances by name": (
        lambda client, project, _: list_rds_instances.sync_detailed(
            project, client=client, name=COPY["name"], offset=0, limit=100
        ),
        lambda official, _: official.rds_instances(name=COPY["name"], offset=0, limit=100),
    ),
    "instances by id and tag": (
        lambda client, project, made: list_rds_instances.sync_detailed(
            project, client=client, id=made[0], tags="lastgood=drill,of=orders-db"
        ),
        lambda official, made: official.rds_instances(
            id=made[0], tags="lastgood=drill,of=orders-db"
        ),
    ),
    "tasks": (
        lambda client, project, made: list_rds_tasks.sync_detailed(
            project,
            client=client,
            instance_id=made[0],
            start_time="1771328980000",
            end_time="1771332580000",
            offset=0,
            limit=50,
        ),
        lambda official, made: official.rds_tasks(
            instance_id=made[0],
            start_time="1771328980000",
            end_time="1771332580000",
            offset=0,
            limit=50,
        ),
    ),
    "job": (
        lambda client, project, made: show_rds_job.sync_detailed(
            project, client=client, id=made[1]
        ),
        lambda official, made: official.rds_job(made[1]),
    ),
    "quotas": (
        lambda client, project, _: show_rds_quotas.sync_detailed(project, client=client),
        lambda official, _: official.rds_quotas(),
    ),
    "flavors": (
        lambda client, project, _: list_rds_flavors.sync_detailed(
            project, "MySQL", client=client, version_name="8.0", spec_code="rds.mysql.n1.large.4"
        ),
        lambda official, _: official.rds_flavors(
            "MySQL", version_name="8.0", spec_code="rds.mysql.n1.large.4"
        ),
    ),
    "backups": (
        lambda client, project, _: list_rds_backups.sync_detailed(
            project, client=client, instance_id=RDS, backup_type="auto", offset=0, limit=100
        ),
        lambda official, _: official.rds_backups(RDS, backup_type="auto", offset=0, limit=100),
    ),
    "recycle bin": (
        lambda client, project, _: list_rds_recycled_instances.sync_detailed(
            project, client=client, offset=0, limit=50
        ),
        lambda official, _: official.rds_recycled(offset=0, limit=50),
    ),
}


@KEYS
@pytest.mark.parametrize("name", COPIES)
def test_what_rds_is_asked_is_what_the_sdk_asks(
    name: str, key: Key, sdk: Official, cloud: HuaweiSandbox
) -> None:
    ask_rds, send = COPIES[name]
    cloud.rds.unique_names = False
    # One that is tried twice.
    cloud.rds.deletions = DeletionScript(lasts=timedelta(0), fail_reason="Not today.")
    with Operations.connected(sdk, cloud, key) as official:
        answer = official.rds_restore(COPY)
        made = answer.instance.id, answer.job_id
        cloud.clock.advance(timedelta(minutes=20))
        theirs = sent_by(cloud, lambda: send(official, made))
    auth = authenticate(entry(cloud), credentials_of(key))
    pitr, _ = client_of(cloud.rds_url, auth, RateLimit(per_second=1000), lambda: math.inf)
    client = huawei_rds.Client(base_url=cloud.rds_url).set_httpx_client(pitr.get_httpx_client())

    ours = sent_by(cloud, lambda: ask_rds(client, cloud.project_id, made))

    assert ours == theirs
    assert ours.method in {"GET", "POST", "DELETE"}


def test_every_operation_of_rds_is_compared(cloud: HuaweiSandbox, sdk: Official) -> None:
    cloud.rds.unique_names = False
    with Operations.connected(sdk, cloud, PERMANENT) as official:
        answer = official.rds_restore(COPY)
        cloud.clock.advance(timedelta(minutes=20))
        for _, send in COPIES.values():
            send(official, (answer.instance.id, answer.job_id))

    sent = {request.operation for request in cloud.requests}
    assert sent == {each for each in get_args(Operation) if each.startswith("rds-")}


UNDO_NAME, MARK = "lastgood-2f6c1d", "lastgood-ledger 0123456789ab"

BACKUPS: dict[str, tuple[Callable[[HuaweiBackups, str], Any], Callable[[Operations, str], Any]]] = {
    "back up": (
        lambda backups, _: backups.back_up(REDIS, UNDO_NAME, MARK),
        lambda official, _: official.back_up(REDIS, name=UNDO_NAME, description=MARK),
    ),
    "backups": (
        lambda backups, _: backups.backups(REDIS),
        lambda official, _: official.backups(
            instance_id=REDIS, backup_type="Manual", offset=0, limit=100
        ),
    ),
    "delete a backup": (
        lambda backups, backup: backups.delete_backup(backup),
        lambda official, backup: official.delete_backup(backup),
    ),
    "restore to new": (
        lambda backups, backup: backups.restore_to_new(ordered(backup), UNDONE["password"]),
        lambda official, backup: official.restore_to_new(
            UNDONE | {"restore_info": {"backup_id": backup}}
        ),
    ),
    "instances by name": (
        lambda backups, _: backups.named("nobody"),
        lambda official, _: official.instances(
            name="nobody", datastore_type="redis", offset=0, limit=100
        ),
    ),
    "tag": (
        lambda backups, _: backups.tag(REDIS, TAGS),
        lambda official, _: official.tag(REDIS, TAGS),
    ),
    "delete": (
        lambda backups, _: backups.delete(REDIS),
        lambda official, _: official.delete(REDIS),
    ),
}


def ordered(backup: str) -> Order:
    """The order of that instance."""
    (nodes,) = UNDONE["flavor"]
    shape = Shape(
        engine="Redis",
        flavor=nodes["spec_code"],
        volume_type=nodes["storage"],
        volume_gb=int(nodes["size"]),
        zones=(UNDONE["availability_zone"],),
        vpc_id=UNDONE["vpc_id"],
        subnet_id=UNDONE["subnet_id"],
        security_group_id=UNDONE["security_group_id"],
        port=int(UNDONE["port"]),
        enterprise_project_id=UNDONE["enterprise_project_id"],
        backup_hour=UNDONE["backup_strategy"]["start_time"],
        keep_days=UNDONE["backup_strategy"]["keep_days"],
        mode=UNDONE["mode"],
        product_type=UNDONE["product_type"],
        version=UNDONE["datastore"]["version"],
        nodes=int(nodes["num"]),
    )
    return Order(
        name=UNDONE["name"], source=REDIS, restore_time="", shape=shape, tags={}, backup=backup
    )


def rested(cloud: HuaweiSandbox) -> str:
    """A backup that is complete; nothing runs, and a deletion can be tried twice."""
    cloud.geminidb.deletions = DeletionOfRedis(lasts=timedelta(0), fail_reason="Not today.")
    cloud.geminidb.copies = CopyOfRedis(builds=timedelta(0))
    with cloud.clock.turn() as now:
        backup, _ = cloud.geminidb.instances[REDIS].back_up("lastgood-other", MARK, now)
        cloud.geminidb.backups.append(backup)
    cloud.clock.advance(timedelta(minutes=3))
    return backup.id


@KEYS
@pytest.mark.parametrize("name", BACKUPS)
def test_what_is_asked_about_backups_is_what_the_sdk_asks(
    name: str, key: Key, sdk: Official, cloud: HuaweiSandbox
) -> None:
    question, send = BACKUPS[name]
    backup = rested(cloud)
    with Operations.connected(sdk, cloud, key) as official:
        theirs = sent_by(cloud, lambda: send(official, backup))
    cloud.clock.advance(timedelta(minutes=3))
    auth = authenticate(entry(cloud), credentials_of(key))
    backups = connect_backups(entry(cloud), auth, RateLimit(per_second=1000))

    ours = sent_by(cloud, lambda: question(backups, backup))

    assert ours == theirs
    assert {"host", "x-sdk-date"} <= ours.signed


@KEYS
def test_an_instance_is_read_with_its_tags_as_the_sdk_reads_both(
    key: Key, sdk: Official, cloud: HuaweiSandbox
) -> None:
    with Operations.connected(sdk, cloud, key) as official:
        official.instances(id=REDIS, datastore_type="redis", offset=0, limit=100)
        official.tags(REDIS)
    auth = authenticate(entry(cloud), credentials_of(key))

    connect_backups(entry(cloud), auth, RateLimit(per_second=1000)).database(REDIS)

    sent = [Sent.of(request) for request in cloud.requests]
    assert sent[2:] == sent[:2]


def test_the_login_is_that_of_the_sdk(sdk: Official, cloud: HuaweiSandbox) -> None:
    domain, user, password = "example-domain", "lastgood", "canary-password"
    with Operations.connected(sdk, cloud, PERMANENT) as official:
        official.token(domain, user, password, cloud.project_id)

    ask(cloud, Password(domain, user, password), lambda it: it.pitr_policy(REDIS))

    theirs, ours = map(Sent.of, cloud.requests_to("token"))
    # The SDK has to have a key and signs this as everything; IAM asks for nothing but the password.
    assert ours.key is None
    assert unsigned(ours) == unsigned(theirs)
    (read,) = cloud.requests_to("policy")
    assert read.acted


@pytest.mark.parametrize("name", READS)
def test_a_read_with_a_token_is_that_of_the_sdk_but_for_the_signature(
    name: str, sdk: Official, cloud: HuaweiSandbox
) -> None:
    question, send = READS[name]
    with Operations.connected(sdk, cloud, PERMANENT) as official:
        theirs = sent_by(cloud, lambda: send(official))

    ask(cloud, Password("example-domain", "lastgood", "canary-password"), question)

    ours = Sent.of(cloud.requests[-1])
    assert unsigned(ours) == unsigned(theirs)
    assert ours.key is None
    assert "x-auth-token" in cloud.requests[-1].headers


def unsigned(sent: Sent) -> tuple[object, ...]:
    """All but the signature."""
    return sent.method, sent.path, sent.canonical_query, sent.body
