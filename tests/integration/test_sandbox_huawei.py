from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import redis

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation

ID = "e73893ef73754465a8bd2e0857bbf13ein12"
RDS_ID = "dsfae23fsfdsae3435in01"
START = datetime(2022, 6, 1, 10, 30, 20, tzinfo=UTC)
POINT = "2022-06-01T18:50:20+0800"
PITR = f"/redis/instances/{ID}/pitr"


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as http:
        yield http


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    """One Redis with three points, and one RDS instance."""
    with HuaweiSandbox(Clock.frozen(START)) as cloud:
        cloud.add_redis(ID, "orders-cache")
        cloud.add_rds(RDS_ID, "orders-db")
        cloud.clock.advance(timedelta(hours=1))
        yield cloud


def url(cloud: HuaweiSandbox, path: str) -> str:
    return f"{cloud.geminidb_url}/v3/{cloud.project_id}{path}"


def get(http: httpx.Client, cloud: HuaweiSandbox, path: str) -> httpx.Response:
    return http.get(url(cloud, path), headers={"X-Auth-Token": cloud.token})


def put(http: httpx.Client, cloud: HuaweiSandbox, patience: float = 10.0) -> httpx.Response:
    return http.put(
        url(cloud, PITR),
        json={"restore_time": POINT},
        headers={"X-Auth-Token": cloud.token},
        timeout=httpx.Timeout(10.0, read=patience),
    )


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error_code"]


# Authentication and routing


def test_the_services_have_two_base_urls_on_this_machine_only(cloud: HuaweiSandbox) -> None:
    hosts = [httpx.URL(base).host for base in (cloud.geminidb_url, cloud.rds_url)]

    assert hosts == ["127.0.0.1", "127.0.0.1"]
    assert cloud.geminidb_url != cloud.rds_url


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "APIGW.0301"), ({"X-Auth-Token": "another"}, "APIGW.0307")],
)
def test_the_gateway_rejects_a_wrong_token(
    http: httpx.Client, cloud: HuaweiSandbox, headers: dict[str, str], code: str
) -> None:
    response = http.get(url(cloud, "/instances"), headers=headers)

    assert error(response) == (401, code)
    assert response.json()["request_id"]


def test_a_token_that_was_replaced_has_expired(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    old = {"X-Auth-Token": cloud.token}

    cloud.token = "a new one"

    assert error(http.get(url(cloud, "/instances"), headers=old)) == (401, "APIGW.0307")
    assert get(http, cloud, "/instances").status_code == 200


def test_a_put_without_the_right_token_does_not_act(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    http.put(url(cloud, PITR), json={"restore_time": POINT}, headers={"X-Auth-Token": "another"})

    assert cloud.puts == (1, 0)


def test_another_project_is_forbidden(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    foreign = f"{cloud.geminidb_url}/v3/0483b6b16e954cb88930a360d2c4e663/instances"

    response = http.get(foreign, headers={"X-Auth-Token": cloud.token})

    assert error(response) == (403, "APIGW.0302")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/instances/{RDS_ID}/restore-time"),
        ("POST", PITR),
        ("DELETE", "/instances"),
        ("GET", f"{PITR}/"),
        ("GET", "/nothing"),
    ],
)
def test_an_unknown_path_or_method_is_not_found_by_the_gateway(
    http: httpx.Client, cloud: HuaweiSandbox, method: str, path: str
) -> None:
    response = http.request(method, url(cloud, path), headers={"X-Auth-Token": cloud.token})

    assert error(response) == (404, "APIGW.0101")
    assert response.json()["request_id"]
    assert cloud.requests[-1].operation == "unknown"


def test_a_path_of_geminidb_is_unknown_to_rds(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    wrong_host = f"{cloud.rds_url}/v3/{cloud.project_id}{PITR}"

    response = http.put(
        wrong_host, json={"restore_time": POINT}, headers={"X-Auth-Token": cloud.token}
    )

    assert error(response) == (404, "APIGW.0101")
    assert cloud.puts == (0, 0)


# The record


def test_the_record_holds_a_put_as_it_was_sent(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    put(http, cloud)

    (record,) = cloud.requests_to("restore")
    assert (record.service, record.method) == ("geminidb", "PUT")
    assert record.path == f"/v3/{cloud.project_id}/redis/instances/{ID}/pitr"
    assert record.body == b'{"restore_time":"2022-06-01T18:50:20+0800"}'
    assert record.headers["x-auth-token"] == cloud.token
    assert (record.at, record.status, record.acted) == (START + timedelta(hours=1), 202, True)


def test_the_record_holds_a_query_both_as_sent_and_decoded(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    raw = "start_time=2022-06-01T18%3A50%3A20%2B0800&end_time=2022-06-02T00:00:00%2B0800"

    get(http, cloud, f"{PITR}/restorable-time-periods?{raw}")

    (record,) = cloud.requests_to("points")
    assert record.target == f"{record.path}?{raw}"
    assert record.query == {
        "start_time": "2022-06-01T18:50:20+0800",
        "end_time": "2022-06-02T00:00:00+0800",
    }


def test_the_record_of_a_request_never_prints_the_token(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    get(http, cloud, "/instances")

    assert cloud.token not in repr(cloud.requests)


def test_requests_to_both_services_are_in_one_record_in_order(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    windows = f"{cloud.rds_url}/v3/{cloud.project_id}/instances/{RDS_ID}/restore-time"

    get(http, cloud, "/jobs")
    http.get(windows, headers={"X-Auth-Token": cloud.token})

    assert [(r.service, r.operation) for r in cloud.requests] == [
        ("geminidb", "jobs"),
        ("rds", "windows"),
    ]


def test_waiting_for_requests_that_never_arrive_times_out(cloud: HuaweiSandbox) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 requests for restore arrived"):
        cloud.wait_for("restore", at_most=0.01)


# Faults


@pytest.mark.parametrize("operation", ["restore", "jobs"])
@pytest.mark.parametrize(
    ("fault", "acted"), [(Fault.drop_before(), False), (Fault.drop_after(), True)]
)
def test_a_dropped_connection_is_a_protocol_error_for_the_client(
    http: httpx.Client,
    cloud: HuaweiSandbox,
    operation: Operation,
    fault: Fault,
    acted: bool,  # noqa: FBT001  a column of the table above
) -> None:
    cloud.faults.add(operation, fault)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        put(http, cloud) if operation == "restore" else get(http, cloud, "/jobs")

    (record,) = cloud.requests_to(operation)
    assert (record.status, record.acted) == (None, acted)


def test_a_dropped_connection_prints_nothing(
    http: httpx.Client, cloud: HuaweiSandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    cloud.faults.add("restore", Fault.drop_after())

    with pytest.raises(httpx.RemoteProtocolError):
        put(http, cloud)
    get(http, cloud, "/jobs")

    assert capfd.readouterr() == ("", "")


def test_a_restore_whose_connection_dropped_still_runs(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.faults.add("restore", Fault.drop_after())

    with pytest.raises(httpx.RemoteProtocolError):
        put(http, cloud)

    (job,) = get(http, cloud, "/jobs").json()["jobs"]
    assert (job["status"], job["instance"]["id"]) == ("Running", ID)
    assert cloud.puts == (1, 1)


@pytest.mark.parametrize(
    ("fault", "answer", "acted"),
    [
        (
            Fault.error_after(500, "DBS.1", "m"),
            (500, '{"error_code": "DBS.1", "error_msg": "m"}'),
            1,
        ),
        (Fault.refuse(403, "DBS.1", "m"), (403, '{"error_code": "DBS.1", "error_msg": "m"}'), 0),
        (Fault.empty_202(), (202, ""), 1),
        (Fault.garbage(), (200, '{"unexpected": []}'), 1),
        (Fault.garbage(b"<html>hello</html>"), (200, "<html>hello</html>"), 1),
        (Fault.answer_before(Answer(503, b"<h1>down</h1>")), (503, "<h1>down</h1>"), 0),
        (Fault.answer_after(Answer(504)), (504, ""), 1),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_a_scripted_answer_replaces_the_real_one(
    http: httpx.Client,
    cloud: HuaweiSandbox,
    fault: Fault,
    answer: tuple[int, str],
    acted: int,
) -> None:
    cloud.faults.add("restore", fault)

    response = put(http, cloud)

    assert (response.status_code, response.text) == answer
    assert cloud.requests_to("restore")[0].status == response.status_code
    assert cloud.puts == (1, acted)


@pytest.mark.parametrize(("seconds", "header"), [(None, None), (7, "7")])
def test_a_throttled_request_is_rejected_by_the_gateway(
    http: httpx.Client, cloud: HuaweiSandbox, seconds: int | None, header: str | None
) -> None:
    cloud.faults.add("jobs", Fault.throttle(seconds))

    response = get(http, cloud, "/jobs")

    assert error(response) == (429, "APIGW.0308")
    assert response.headers.get("Retry-After") == header


def test_a_delayed_put_is_carried_out_after_the_client_timed_out(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    released = threading.Event()
    cloud.faults.add("restore", Fault.hold(released))

    with pytest.raises(httpx.ReadTimeout):
        put(http, cloud, patience=0.05)
    acted_before = cloud.puts.acted
    released.set()
    cloud.wait_until(lambda: cloud.puts.acted == 1)

    assert acted_before == 0


def test_a_late_answer_comes_after_the_act(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    cloud.faults.add("restore", Fault.delay_after(2))

    with pytest.raises(httpx.ReadTimeout):
        put(http, cloud, patience=0.05)

    cloud.wait_until(lambda: cloud.requests[-1].acted and cloud.requests[-1].status is None)


def test_a_delayed_request_still_succeeds(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    cloud.faults.add("restore", Fault.delay(0.02))

    assert put(http, cloud).status_code == 202


def test_a_held_request_does_not_block_others(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    released = threading.Event()
    cloud.faults.add("restore", Fault.hold(released))

    with ThreadPoolExecutor() as pool:
        held = pool.submit(put, http, cloud)
        (arrived,) = cloud.wait_for("restore")
        others = get(http, cloud, "/jobs").status_code
        released.set()

    assert (arrived.status, arrived.acted, others) == (None, False, 200)
    assert held.result().status_code == 202


def test_a_request_that_is_never_released_is_dropped(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.faults.add("jobs", Fault.hold(threading.Event(), at_most=0.01))

    with pytest.raises(httpx.RemoteProtocolError):
        get(http, cloud, "/jobs")


def test_faults_happen_as_often_and_in_the_order_in_which_they_were_added(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.faults.add("jobs", Fault.throttle(), skip=1, times=2)
    cloud.faults.add("jobs", Fault.error_after())

    seen = [get(http, cloud, "/jobs").status_code for _ in range(5)]

    assert seen == [200, 429, 429, 500, 200]


def test_a_fault_applies_only_to_its_own_operation(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.faults.add("jobs", Fault.throttle())

    assert get(http, cloud, "/instances").status_code == 200


def test_a_permanent_fault_lasts_until_it_is_cleared(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.faults.always("jobs", Fault.throttle())
    cloud.faults.add("jobs", Fault.error_after())
    seen = [get(http, cloud, "/jobs").status_code for _ in range(3)]

    cloud.faults.clear()

    assert seen == [500, 429, 429]
    assert get(http, cloud, "/jobs").status_code == 200


# End to end


def test_only_one_of_many_concurrent_puts_acts(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = [r.status_code for r in pool.map(lambda _: put(http, cloud), range(8))]

    assert sorted(statuses) == [202] + [403] * 7
    assert cloud.puts == (8, 1)


def test_a_restore_over_http_brings_destroyed_data_back(http: httpx.Client) -> None:
    clock = Clock.ago(timedelta(hours=2))
    with HuaweiSandbox(clock) as cloud:
        cache = cloud.add_redis(ID, "orders-cache", pitr=PitrPolicy(timedelta(minutes=5)))
        with redis.Redis.from_url(cache.url, decode_responses=True) as client:
            client.hset("order:1", mapping={"total": "12.50"})
            clock.catch_up()
            client.flushall()

            newest = cache.points[-1]
            cache.restores = RestoreScript(lasts=timedelta(milliseconds=50))
            http.put(
                url(cloud, PITR),
                json={"restore_time": newest},
                headers={"X-Auth-Token": cloud.token},
            ).raise_for_status()
            clock.wait_until(lambda: not cache.actions)

            assert client.hgetall("order:1") == {"total": "12.50"}


def test_a_closed_sandbox_gives_its_ports_back() -> None:
    with HuaweiSandbox() as cloud:
        cache = cloud.add_redis(ID, "cache")
        urls = [cloud.geminidb_url, cloud.rds_url, f"http://{cache.host}:{cache.port}"]

    for gone in urls:
        with pytest.raises(httpx.ConnectError):
            httpx.get(gone, timeout=1)
