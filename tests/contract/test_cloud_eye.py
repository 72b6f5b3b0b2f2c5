"""What every CloudEye must keep: run against the fake and against the service over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest

from huawei_pitr.models.show_cloud_eye_metric_data_filter import ShowCloudEyeMetricDataFilter
from huawei_pitr.models.show_cloud_eye_metric_data_period import ShowCloudEyeMetricDataPeriod
from lastgood.domain import canonical
from lastgood.domain.alarm import Datapoint
from lastgood.domain.confirming import PERIODS, RAW, STATISTICS, AlarmRecord, Series, why_unmeasured
from lastgood.huawei.cloud_eye import GLANCE, MOST_PAGES, HuaweiCloudEye
from lastgood.ports import CloudError, CloudEye
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.wire.answers import print_record_time
from sandbox.huawei.wire.faults import Fault
from tests.support.builders import REDIS, at
from tests.support.connected import (
    CANARY,
    body,
    changed,
    http_clients,
    reach_cloud_eye,
    told,
)
from tests.support.fakes import FakeCloudEye

RULE, OTHER = "al1770000000000000orders", "al1770000000000000others"
METRIC = "SYS.NoSQL/redis_db_keys"
NODE = "0f2b7e6c5d4a4b3c9e8f7a6b5c4d3e2fno12"
DIMENSIONS = {"redis_cluster_id": REDIS, "redis_node_id": NODE}
VALUES = {at("11:46:00"): 1204.0, at("11:47:00"): 1200.0, at("11:48:00"): 12.0}
SERIES = Series(
    namespace="SYS.NoSQL",
    name="redis_db_keys",
    dimensions=tuple(DIMENSIONS.items()),
    period=RAW,
    statistic="average",
)
RECORD = AlarmRecord(
    status="alarm",
    series=SERIES,
    operator="<",
    threshold=1000,
    count=1,
    began_at=at("11:53:08"),
    last_at=at("11:53:08"),
    datapoints=(Datapoint(at("11:48:00"), 12.0),),
)
BACK = at("12:31:08")
ENDED = {"status": "ok", "alarm_recovery_time": print_record_time(BACK)}
CONDITION = {
    "period": 1,
    "filter": "average",
    "comparison_operator": "<",
    "value": 1000,
    "count": 1,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A Cloud Eye with one alarm, and what more happens there."""

    eye: CloudEye
    end_the_alarm: Callable[[], None]
    add_records: Callable[[int], None]


def fake_place() -> Place:
    eye = FakeCloudEye()
    eye.kept[RULE] = [RECORD]
    eye.measured[SERIES] = [Datapoint(moment, value) for moment, value in VALUES.items()]
    ended = msgspec.structs.replace(RECORD, status="ok", recovered_at=BACK)
    return Place(
        eye,
        end_the_alarm=lambda: eye.kept.update({RULE: [ended]}),
        add_records=lambda more: eye.kept[RULE].extend([RECORD] * more),
    )


def fill(sandbox: HuaweiSandbox) -> dict[str, Any]:
    sandbox.cloud_eye.measure(METRIC, DIMENSIONS, VALUES)
    listed = {at("11:48:00"): 12.0}
    return sandbox.cloud_eye.add_record(
        RULE, METRIC, DIMENSIONS, at("11:53:08"), CONDITION, values=listed
    )


@pytest.fixture
def sandbox() -> Iterator[HuaweiSandbox]:
    with http_clients(), HuaweiSandbox(Clock.frozen(at("11:54:00")), token=CANARY) as made:
        yield made


@pytest.fixture(params=["fake", "huawei"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        return fake_place()
    sandbox = request.getfixturevalue("sandbox")
    record = fill(sandbox)

    def add(more: int) -> None:
        for _ in range(more):
            fill(sandbox)

    return Place(
        reach_cloud_eye(sandbox),
        end_the_alarm=lambda: record.update(
            status="ok", alarm_recovery_time=print_record_time(BACK)
        ),
        add_records=add,
    )


def test_a_record_says_what_it_is_about_when_it_began_and_by_which_values(place: Place) -> None:
    assert list(place.eye.records(RULE)) == [RECORD]


def test_a_rule_that_never_went_off_or_does_not_exist_has_no_records(place: Place) -> None:
    assert list(place.eye.records(OTHER)) == []


def test_an_alarm_that_is_over_is_told_so_and_since_when(place: Place) -> None:
    place.end_the_alarm()

    (found,) = place.eye.records(RULE)
    assert (found.status, found.recovered_at) == ("ok", BACK)


def test_every_record_is_told_however_many_there_are(place: Place) -> None:
    place.add_records(249)

    assert len(place.eye.records(RULE)) == 250


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("11:47:00", "11:48:00", ["11:47:00", "11:48:00"]),
        ("11:47:00.400", "11:47:59.600", ["11:47:00", "11:48:00"]),
        ("11:49:00", "11:53:08.431", []),
    ],
)
def test_datapoints_are_those_of_at_least_the_interval(
    place: Place, since: str, until: str, expected: list[str]
) -> None:
    found = place.eye.datapoints(SERIES, at(since), at(until))

    assert sorted(point.at for point in found) == [at(clock) for clock in expected]
    assert {point.at: point.value for point in found}.items() <= VALUES.items()


def test_a_glance_sees_what_is_measured(place: Place) -> None:
    since, until = at("11:47:00.400"), at("11:47:59.600")

    assert list(place.eye.glance(SERIES, since, until)) == list(
        place.eye.datapoints(SERIES, since, until)
    )


@pytest.mark.parametrize(
    "other",
    [
        {"name": "redis_memory"},
        {"namespace": "SYS.RDS"},
        {"dimensions": (("redis_cluster_id", REDIS),)},
        {"dimensions": (("redis_cluster_id", REDIS), ("redis_node_id", "another"))},
    ],
)
def test_another_series_has_other_datapoints(place: Place, other: Mapping[str, Any]) -> None:
    series = msgspec.structs.replace(SERIES, **other)

    assert list(place.eye.datapoints(series, at("11:00:00"), at("12:00:00"))) == []


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda eye: eye.records(RULE), list[AlarmRecord]),
        (lambda eye: eye.datapoints(SERIES, at("11:00:00"), at("12:00:00")), list[Datapoint]),
    ],
    ids=["records", "datapoints"],
)
def test_what_is_read_can_be_written_down_and_read_again(
    place: Place, read: Callable[[CloudEye], Any], kind: Any
) -> None:
    found = read(place.eye)

    assert canonical.decode(canonical.encode(found), kind) == list(found)


# What only the wire can show


@pytest.fixture
def eye(sandbox: HuaweiSandbox) -> HuaweiCloudEye:
    fill(sandbox)
    return reach_cloud_eye(sandbox)


def test_what_travels_is_the_documented_path_and_query(
    eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    eye.records(RULE)
    eye.datapoints(SERIES, at("11:00:00.500"), at("11:53:08.431"))

    records, data = sandbox.requests
    project = sandbox.project_id
    assert records.target == f"/v2/{project}/alarm-histories?alarm_id={RULE}&offset=0&limit=100"
    assert data.target == (
        f"/V1.0/{project}/metric-data?namespace=SYS.NoSQL&metric_name=redis_db_keys"
        f"&dim.0=redis_cluster_id%2C{REDIS}&dim.1=redis_node_id%2C{NODE}"
        "&from=1771326000000&to=1771329189000&period=1&filter=average"
    )
    assert {request.headers["x-auth-token"] for request in sandbox.requests} == {CANARY}
    assert eye.skew() is not None


def test_a_period_is_aggregated_to_its_start(eye: HuaweiCloudEye) -> None:
    series = msgspec.structs.replace(SERIES, period=300, statistic="min")

    found = eye.datapoints(series, at("11:47:30"), at("11:53:08"))

    assert found == [Datapoint(at("11:45:00"), 12.0)]


def test_every_period_and_statistic_that_is_asked_for_is_one_of_the_contract() -> None:
    assert set(PERIODS) == set(get_args(ShowCloudEyeMetricDataPeriod))
    assert set(STATISTICS) == set(get_args(ShowCloudEyeMetricDataFilter))


def test_a_datapoint_without_the_value_that_was_asked_for_has_none(
    eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    sandbox.faults.always("metric-data", changed(lambda it: it["datapoints"][0].pop("average")))

    found = eye.datapoints(SERIES, at("11:00:00"), at("12:00:00"))

    assert [point.value for point in found].count(None) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault.drop_before(), Fault.throttle(retry_after=1), Fault.refuse(403, "APIGW.0302")],
    ids=["away", "throttled", "forbidden"],
)
def test_a_glance_is_sent_once_whatever_comes_of_it(
    fault: Fault, eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    sandbox.faults.always("metric-data", fault)

    with pytest.raises(CloudError):
        eye.glance(SERIES, at("11:00:00"), at("12:00:00"))

    assert len(sandbox.requests_to("metric-data")) == 1


def test_a_glance_does_not_wait_for_a_slow_answer(
    eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    sandbox.faults.always("metric-data", Fault.delay(GLANCE + 1))
    began = time.monotonic()

    with pytest.raises(CloudError) as caught:
        eye.glance(SERIES, at("11:00:00"), at("12:00:00"))

    assert caught.value.trouble == "unreachable"
    assert time.monotonic() - began < GLANCE + 1


def test_an_event_is_a_record_without_a_period(eye: HuaweiCloudEye, sandbox: HuaweiSandbox) -> None:
    def make_event(document: dict[str, Any]) -> None:
        (row,) = document["alarm_histories"]
        del row["condition"], row["data_points"], row["first_alarm_time"], row["last_alarm_time"]

    sandbox.faults.always("alarm-records", changed(make_event))

    (found,) = eye.records(RULE)

    assert (found.series.period, found.datapoints) == (0, ())
    assert (found.began_at, found.last_at) == (at("11:53:08"), at("11:53:08"))


def test_a_condition_without_its_threshold_is_one_by_which_nothing_is_measured(
    eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["alarm_histories"][0]["condition"].pop("value")

    sandbox.faults.always("alarm-records", changed(spoil))

    (found,) = eye.records(RULE)

    assert why_unmeasured(found) == "its condition '' compares with no threshold"


ODD: dict[str, Callable[[dict[str, Any]], object]] = {
    "no status": lambda row: row.pop("status"),
    "no metric": lambda row: row.pop("metric"),
    "no beginning": lambda row: row.pop("begin_time"),
    "a time without a zone": lambda row: row.update(begin_time="2026-02-17T19:53:08"),
    "a dimension that is a number": lambda row: row["metric"]["dimensions"][0].update(value=7),
    "a period of half a second": lambda row: row["condition"].update(period=0.5),
    "a threshold that is no number": lambda row: row["condition"].update(value=float("nan")),
    "a value that is a text": lambda row: row["data_points"][0].update(value="12"),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_a_record_that_cannot_be_read_is_an_error_and_never_left_out(
    change: Callable[[dict[str, Any]], object], eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    def spoil(document: dict[str, Any]) -> None:
        change(document["alarm_histories"][0])

    sandbox.faults.always("alarm-records", changed(spoil))

    with pytest.raises(CloudError) as caught:
        eye.records(RULE)

    assert RULE in told(caught.value)


@pytest.mark.parametrize("value", ["12", float("inf"), True, [1]])
def test_a_value_that_is_no_number_is_an_error(
    value: Any, eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    spoil = changed(lambda document: document["datapoints"][0].update(average=value))
    sandbox.faults.always("metric-data", spoil)

    with pytest.raises(CloudError) as caught:
        eye.datapoints(SERIES, at("11:00:00"), at("12:00:00"))

    assert METRIC in told(caught.value)


def test_records_of_another_rule_are_left_out(eye: HuaweiCloudEye, sandbox: HuaweiSandbox) -> None:
    def swap(document: dict[str, Any]) -> None:
        for row in document["alarm_histories"]:
            row["alarm_id"] = OTHER

    sandbox.faults.always("alarm-records", changed(swap))

    assert eye.records(RULE) == []


def test_a_list_without_end_is_an_error_after_a_bounded_number_of_pages(
    eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    row = {"alarm_id": RULE, "status": "ok"}
    endless = body(200, json.dumps({"alarm_histories": [row] * 100, "count": 10**9}))
    sandbox.faults.always("alarm-records", Fault.answer_before(endless))

    with pytest.raises(CloudError) as caught:
        eye.records(RULE)

    assert "without end" in told(caught.value)
    assert len(sandbox.requests) == MOST_PAGES


@pytest.mark.parametrize("operation", ["alarm-records", "metric-data"])
def test_a_missing_permission_and_a_service_that_is_away_are_told_apart(
    operation: Any, eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    def ask() -> object:
        if operation == "alarm-records":
            return eye.records(RULE)
        return eye.datapoints(SERIES, at("11:00:00"), at("12:00:00"))

    troubles = []
    for fault in (Fault.refuse(403, "APIGW.0302"), Fault.drop_before()):
        sandbox.faults.always(operation, fault)
        with pytest.raises(CloudError) as caught:
            ask()
        troubles.append(caught.value.trouble)

    assert troubles == ["permission", "unreachable"]


def test_moments_far_apart_are_asked_for_in_whole_seconds(
    eye: HuaweiCloudEye, sandbox: HuaweiSandbox
) -> None:
    since: datetime = at("11:00:00") - timedelta(microseconds=1)

    eye.datapoints(SERIES, since, at("11:00:00"))

    assert sandbox.requests[-1].query["from"] == "1771325999000"
