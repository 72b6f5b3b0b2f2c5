from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood.dialects import read
from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Ignored, Message, Unreadable, incident_id
from lastgood.domain.onset import Onset, find_onset
from tests.docs.pages import rows, section
from tests.support.builders import OTHER_REDIS, RDS, REDIS

EVENTS = Path(__file__).parents[2] / "events"
FILES = sorted(path.name for path in EVENTS.glob("*.json"))

KEYS_DROPPED = ("ALARM", "orders-cache-keys-dropped", REDIS)
DAMAGED = ("ALARM", "orders-cache-damaged", "")
EVICTING = ("ALARM", "orders-cache-eviction-ratio", f"{REDIS} evicted / (evicted + written)")
UNUSUAL = ("ALARM", "orders-cache-keys-unusual", f"ANOMALY_DETECTION_BAND(m1, 3) {REDIS}")
QUERY = (
    'SELECT MIN(RedisKeys) FROM SCHEMA("HuaweiCloud/GeminiDB", instance_id) GROUP BY instance_id'
    " ORDER BY MIN() ASC"
)
QUERY_OF_ONE = QUERY.partition("GROUP")[0] + "WHERE instance_id = "
ONE_OF_MANY = ("ALARM", "redis-keys-by-instance", f"{QUERY} {REDIS}")
OF_PROMQL = ("ALARM", "redis-keys-by-instance", f"redis_db_keys < 1000 {REDIS}")
TABLE_EMPTY = ("ALARM", "open-orders-table-empty", RDS)
PROMETHEUS = ("ALARM", "OrdersCacheKeysDropped", "10.3.0.17:9121 page redis")
PROMETHEUS_DB = ("ALARM", "OpenOrdersTableEmpty", f"{RDS} mysqld orders-db-exporter:9104 page")

# What comes out of each file: (state, name, mentions), or the kind and a few words.
EXPECTED: dict[str, list[tuple[str, ...]]] = {
    "direct-alarm.json": [KEYS_DROPPED],
    "direct-composite.json": [DAMAGED],
    "direct-contributor.json": [ONE_OF_MANY],
    "eventbridge-alarm.json": [KEYS_DROPPED],
    "eventbridge-anomaly-detection.json": [UNUSUAL],
    "eventbridge-composite-suppressed.json": [DAMAGED],
    "eventbridge-composite.json": [DAMAGED],
    "eventbridge-configuration-change.json": [("Ignored", "edited")],
    "eventbridge-contributor.json": [ONE_OF_MANY],
    "eventbridge-in-sns.json": [KEYS_DROPPED],
    "eventbridge-in-sqs.json": [KEYS_DROPPED],
    "eventbridge-insufficient-data.json": [("INSUFFICIENT_DATA", *KEYS_DROPPED[1:])],
    "eventbridge-long-run.json": [KEYS_DROPPED],
    "eventbridge-metric-math.json": [EVICTING],
    "eventbridge-metrics-insights.json": [("ALARM", "redis-keys-by-instance", QUERY)],
    "eventbridge-missing-breaching.json": [KEYS_DROPPED],
    "eventbridge-missing-values.json": [KEYS_DROPPED],
    "eventbridge-muted.json": [KEYS_DROPPED],
    "eventbridge-newest-datapoint-only.json": [KEYS_DROPPED],
    "eventbridge-no-datapoints.json": [KEYS_DROPPED],
    "eventbridge-ok.json": [("OK", *KEYS_DROPPED[1:])],
    "eventbridge-other-account.json": [KEYS_DROPPED],
    "eventbridge-other-source.json": [("Unreadable", "'aws.rds'")],
    "eventbridge-rds.json": [TABLE_EMPTY],
    "eventbridge-reason-not-understood.json": [KEYS_DROPPED],
    "eventbridge-scheduled.json": [("Ignored", "schedule")],
    "eventbridge-two-instances.json": [
        ("ALARM", "orders-drift", f"ABS(cached - stored) {RDS} {REDIS}")
    ],
    "eventbridge-unknown-alarm.json": [("ALARM", "billing-api-cpu-high", "billing-api")],
    "eventbridge-unordered-datapoints.json": [KEYS_DROPPED],
    "malformed-action-without-state.json": [("Unreadable", "missing required field `state`")],
    "malformed-contributor-without-id.json": [("Unreadable", "no contributor")],
    "malformed-dimensions.json": [("Unreadable", "dimensions")],
    "malformed-empty-object.json": [("Unreadable", "an empty object")],
    "malformed-list.json": [("Unreadable", "a list")],
    "malformed-missing-alarm-name.json": [("Unreadable", "`alarmName`")],
    "malformed-missing-arn.json": [("Unreadable", "$.resources")],
    "malformed-null.json": [("Unreadable", "null")],
    "malformed-other-arn.json": [("Unreadable", "arn:aws:rds")],
    "malformed-reason-data.json": [KEYS_DROPPED],
    "malformed-record-from-kinesis.json": [("Unreadable", "'kinesis'")],
    "malformed-records-empty.json": [("Unreadable", "an empty list")],
    "malformed-records-not-a-list.json": [("Unreadable", "Records is an object")],
    "malformed-sns-without-arn.json": [("Unreadable", "`AlarmArn`")],
    "malformed-state.json": [("Unreadable", "'PANIC'")],
    "malformed-text.json": [("Unreadable", "a text")],
    "malformed-timestamp-without-offset.json": [("Unreadable", "'2026-02-17T11:53:08.431'")],
    "malformed-timestamp.json": [("Unreadable", "'17 February 2026, 11:53'")],
    "malformed-unknown-detail-type.json": [("Unreadable", "'CloudWatch Alarm Forecast'")],
    "sns-alarm.json": [KEYS_DROPPED],
    "sns-anomaly-detection.json": [UNUSUAL],
    "sns-composite.json": [DAMAGED],
    "sns-contributor.json": [ONE_OF_MANY],
    "sns-in-dead-letter-queue.json": [KEYS_DROPPED],
    "sns-in-sqs-raw.json": [KEYS_DROPPED],
    "sns-in-sqs.json": [KEYS_DROPPED],
    "sns-long-run.json": [KEYS_DROPPED],
    "sns-metric-math.json": [EVICTING],
    "sns-missing-breaching.json": [KEYS_DROPPED],
    "sns-other-message.json": [("Unreadable", "not JSON")],
    "sns-several-records.json": [KEYS_DROPPED, TABLE_EMPTY],
    "sns-subscription-confirmation.json": [("Ignored", "SubscriptionConfirmation")],
    "sqs-batch-one-broken.json": [
        KEYS_DROPPED,
        ("Unreadable", "not JSON"),
        TABLE_EMPTY,
    ],
    "eventbridge-composite-of-6x300.json": [("ALARM", "orders-cache-any", "")],
    "eventbridge-contributor-of-another.json": [
        ("ALARM", "orders-cache-keys-by-instance", f"{QUERY} {OTHER_REDIS}")
    ],
    "eventbridge-filled-gaps.json": [(*KEYS_DROPPED[:2], f"FILL(m1, REPEAT) {REDIS}")],
    "eventbridge-flapping-first.json": [("ALARM", "orders-cache-keys", REDIS)],
    "eventbridge-flapping-second.json": [("ALARM", "orders-cache-keys", REDIS)],
    "eventbridge-gap-before-run.json": [KEYS_DROPPED],
    "eventbridge-high-resolution.json": [KEYS_DROPPED],
    "eventbridge-id-against-name.json": [("ALARM", "orders-cache-keys-dropped", RDS)],
    "eventbridge-id-beside-underscores.json": [
        ("ALARM", "redis-keys-dropped", f"redis_{REDIS}_node_1")
    ],
    "eventbridge-insufficient-data-before.json": [KEYS_DROPPED],
    "eventbridge-just-created.json": [("ALARM", "just-created", REDIS)],
    "eventbridge-missing-8x900.json": [("ALARM", "heartbeat", REDIS)],
    "eventbridge-multi-series.json": [
        (
            "ALARM",
            "orders-cache-keys-of-any-node",
            'SELECT MIN(RedisKeys) FROM SCHEMA("HuaweiCloud/GeminiDB", node_id) GROUP BY node_id',
        )
    ],
    "eventbridge-ok-for-a-minute.json": [KEYS_DROPPED],
    "eventbridge-own-metric.json": [
        ("ALARM", "orders-cache-recoverability-lag", "orders-cache verify")
    ],
    "sns-just-configured.json": [KEYS_DROPPED],
    "cloudevents-other-type.json": [
        ("Ignored", "a CloudEvent of type 'com.example.build.finished'")
    ],
    "cloudevents-data-as-text.json": [
        ("ALARM", "asked for by deploy 1897: migration 42 emptied the cache", "")
    ],
    "cloudevents-request.json": [
        ("ALARM", "asked for by deploy 1897: migration 42 emptied the cache", "")
    ],
    "cloudeye-bare.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-ended-by-hand.json": [("OK_MANUAL", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-event-with-value.json": [("ALARM", "orders-cache-faulty", REDIS)],
    "cloudeye-event.json": [("ALARM", "orders-cache-faulty", REDIS)],
    "cloudeye-functiongraph.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-in-sqs.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-newest-value-only.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-no-data.json": [("INSUFFICIENT_DATA", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-node.json": [
        ("ALARM", "a-node-lost-its-keys", "5f1c0ab6d3e84f6fa9b7c2d1e0f3a4b5no12")
    ],
    "cloudeye-one-broken.json": [
        ("Unreadable", "the message of SMN is not JSON"),
        ("ALARM", "orders-cache-keys-dropped", REDIS),
    ],
    "cloudeye-raw-values.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-recovered.json": [("OK", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-repeated.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-smn.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "cloudeye-v1.json": [("ALARM", "orders-cache-keys-dropped", REDIS)],
    "datadog-no-data.json": [
        ("NO_DATA", "orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "datadog-recovered.json": [
        ("OK", "orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "datadog-renotify.json": [
        ("ALARM", "orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "datadog-evaluation-delay.json": [
        ("ALARM", "orders-cache-keys dropped", "15m 5m monitor prod redis-orders-1")
    ],
    "datadog-fetched-metric.json": [
        ("ALARM", "orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "datadog-without-metric.json": [
        ("ALARM", "orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "datadog-triggered.json": [
        ("ALARM", "orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "datadog-without-window.json": [("ALARM", "orders-cache-keys dropped", "prod redis-orders-1")],
    "eventbridge-cloudevent.json": [
        ("ALARM", "asked for by deploy 1897: migration 42 emptied the cache", "")
    ],
    "eventbridge-log-alarm.json": [("ALARM", "orders-cache-keys-dropped", "")],
    "eventbridge-promql-own-metric.json": [
        ("ALARM", "redis-keys-by-instance", f'{{"lastgood"}} > 60 {REDIS}')
    ],
    "eventbridge-promql.json": [OF_PROMQL],
    "eventbridge-request.json": [
        ("ALARM", "asked for by deploy 1897: migration 42 emptied the cache", "")
    ],
    "eventbridge-tagged.json": [("ALARM", "keys-dropped", "redis-orders-1")],
    "grafana-alert.json": [("ALARM", "Orders cache lost keys", "orders")],
    "grafana-error.json": [("Error", "DatasourceError", "Orders cache lost keys P1 orders")],
    "grafana-no-data-as-alerting.json": [("NoData", "Orders cache lost keys", "orders")],
    "grafana-no-data.json": [("NoData", "DatasourceNoData", "A Orders cache lost keys P1 orders")],
    "grafana-resolved.json": [("OK", "Orders cache lost keys", "orders")],
    "grafana-rule-paused.json": [("Paused", "Orders cache lost keys", "orders")],
    "grafana-without-delays.json": [("ALARM", "Orders cache lost keys", "orders")],
    "malformed-cloudevents-time.json": [
        ("Unreadable", "the time of the CloudEvent is '17 February 2026'")
    ],
    "malformed-cloudevents-batch.json": [("Unreadable", "found a batch of CloudEvents")],
    "malformed-cloudevents-binary-mode.json": [("Unreadable", "the data of a request without")],
    "malformed-cloudevents-version.json": [("Unreadable", "the specversion is '0.3'")],
    "malformed-cloudevents-without-time.json": [("Unreadable", "the time of the request is null")],
    "malformed-cloudeye-status.json": [("Unreadable", "alarm_status is 'alert'")],
    "malformed-cloudeye-time.json": [
        ("Unreadable", "time is no number of milliseconds between 2000 and 2100")
    ],
    "malformed-cloudeye-v1-time.json": [
        ("Unreadable", "AlarmTime is '02 17, 2026 19:53:08 GMT+08:00'")
    ],
    "malformed-datadog-date.json": [("Unreadable", "the date is '$DATE'")],
    "malformed-functiongraph-empty.json": [("Unreadable", "record is an empty list")],
    "malformed-pagerduty-created-at.json": [
        ("Unreadable", "erDuty is broken: Object missing required field `created_at`")
    ],
    "malformed-request-before-in-future.json": [
        ("Unreadable", "ore is '2026-02-17T12:48:00Z', later than the request itself")
    ],
    "malformed-request-from-aws.json": [
        ("Unreadable", "found an event 'Recovery Requested' from 'aws.rds'")
    ],
    "malformed-request-without-instance.json": [
        ("Unreadable", " request is broken: Object missing required field `instance`")
    ],
    "malformed-smn-other-message.json": [("Unreadable", "the message of SMN is another one")],
    "pagerduty-acknowledged.json": [("Ignored", "an event 'incident.acknowledged' of PagerDuty")],
    "pagerduty-ping.json": [("Ignored", "an event 'pagey.ping' of PagerDuty")],
    "pagerduty-merged.json": [
        ("MERGED", "orders-cache-keys dropped to 12", "Orders cache PF9KMXH orders-cache/keys")
    ],
    "pagerduty-reopened.json": [
        ("ALARM", "orders-cache-keys dropped to 12", "Orders cache PF9KMXH orders-cache/keys")
    ],
    "pagerduty-resolved.json": [
        ("OK", "orders-cache-keys dropped to 12", "Orders cache PF9KMXH orders-cache/keys")
    ],
    "pagerduty-service.json": [
        ("ALARM", "the cache is empty", "Orders cache PF9KMXH orders-cache/keys")
    ],
    "pagerduty-triggered.json": [
        ("ALARM", "orders-cache-keys dropped to 12", "Orders cache PF9KMXH orders-cache/keys")
    ],
    "request-unknown-instance.json": [
        ("ALARM", "asked for by deploy 1897: migration 42 emptied the cache", "")
    ],
    "smn-subscription-confirmation.json": [("Ignored", "an SMN 'SubscriptionConfirmation'")],
    "alertmanager-absent.json": [("ALARM", "OrdersCacheKeysAbsent", PROMETHEUS[2])],
    "alertmanager-alert.json": [PROMETHEUS],
    "alertmanager-group.json": [PROMETHEUS, PROMETHEUS_DB],
    "alertmanager-in-sqs.json": [PROMETHEUS],
    "alertmanager-known-as.json": [PROMETHEUS],
    "alertmanager-one-broken.json": [
        ("Unreadable", "missing required field `startsAt`"),
        PROMETHEUS,
    ],
    "alertmanager-range.json": [PROMETHEUS],
    "alertmanager-repeated.json": [PROMETHEUS_DB, PROMETHEUS],
    "alertmanager-resolved.json": [("OK", *PROMETHEUS[1:])],
    "alertmanager-truncated.json": [PROMETHEUS, ("Unreadable", "3 alerts were cut off")],
    "alertmanager-two-names.json": [PROMETHEUS],
    "alertmanager-watchdog.json": [("ALARM", "Watchdog", "none")],
    "alertmanager-without-delays.json": [PROMETHEUS],
    "malformed-alertmanager-empty.json": [("Unreadable", "group of alerts is empty")],
    "malformed-alertmanager-version.json": [("Unreadable", "an object with 'receiver'")],
    "malformed-two-senders.json": [("Unreadable", "may be of cloudwatch or alertmanager")],
    "malformed-wrong-road.json": [("Unreadable", "on the road 'pagerduty'")],
    "sns-missing-3x60.json": [("ALARM", "healthy-hosts", REDIS)],
    "datadog-test.json": [
        ("TEST", "[TEST] [Triggered] orders-cache-keys dropped", "5m monitor prod redis-orders-1")
    ],
    "eventbridge-contributor-from-nowhere.json": [ONE_OF_MANY],
    "eventbridge-made-up-values.json": [
        (*KEYS_DROPPED[:2], f"MAX([keys, TIME_SERIES(0)]) {REDIS}")
    ],
    "eventbridge-ok-without-data-before.json": [KEYS_DROPPED],
    "eventbridge-ok-without-data.json": [("NO_DATA", *KEYS_DROPPED[1:])],
    "eventbridge-promql-pending-an-hour.json": [OF_PROMQL],
    "eventbridge-sparse.json": [KEYS_DROPPED],
    "grafana-test.json": [("Test", "TestAlert", "Grafana orders")],
    "sns-missing-not-breaching.json": [KEYS_DROPPED],
    "sns-ok-without-data.json": [("NO_DATA", *KEYS_DROPPED[1:])],
    "eventbridge-good-value-too-late.json": [KEYS_DROPPED],
    "eventbridge-hourly-check.json": [KEYS_DROPPED],
    "eventbridge-masked-values.json": [
        ("ALARM", "orders-cache-eviction-ratio", f"IF(written > 50, evicted / written, 0) {REDIS}")
    ],
    "eventbridge-ok-by-hand-before.json": [KEYS_DROPPED],
    "eventbridge-ok-by-hand.json": [("OK_MANUAL", *KEYS_DROPPED[1:])],
    "eventbridge-one-sample-a-period.json": [KEYS_DROPPED],
    "eventbridge-query-against-name.json": [(*KEYS_DROPPED[:2], f"{QUERY_OF_ONE}'{RDS}'")],
    "eventbridge-query-of-one-instance.json": [
        ("ALARM", "keys-of-one-instance", f"{QUERY_OF_ONE}'{REDIS}'")
    ],
    "eventbridge-threshold-edited.json": [KEYS_DROPPED],
    "sns-silence-passes-for-good.json": [KEYS_DROPPED],
    "sns-sparse.json": [KEYS_DROPPED],
}

ROUTES = [
    row[0].strip("`")
    for row in rows(section("events/README.md", "## One transition, by every route"))
]
TWINS = [
    ("eventbridge-alarm.json", "sns-alarm.json", "direct-alarm.json"),
    ("eventbridge-composite.json", "sns-composite.json"),
    ("eventbridge-sparse.json", "sns-sparse.json"),
    ("eventbridge-anomaly-detection.json", "sns-anomaly-detection.json"),
    ("eventbridge-contributor.json", "sns-contributor.json", "direct-contributor.json"),
]


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def messages(name: str) -> list[Message]:
    return read(load(name))


def alarm(name: str) -> Alarm:
    (message,) = messages(name)
    assert isinstance(message.content, Alarm)
    return message.content


def onset(found: Alarm) -> Onset:
    return find_onset(found, lookback=timedelta(minutes=15))


def describe(message: Message) -> tuple[str, ...]:
    content = message.content
    if not isinstance(content, Alarm):
        return (type(content).__name__, content.reason)
    return (content.state, content.name, " ".join((*content.mentions, *content.singled_out)))


@pytest.mark.parametrize("name", FILES)
def test_every_event_of_the_corpus_becomes_what_the_table_says(name: str) -> None:
    described = [describe(message) for message in messages(name)]

    assert len(described) == len(EXPECTED[name])
    for found, expected in zip(described, EXPECTED[name], strict=True):
        if expected[0] in {"Ignored", "Unreadable"}:
            assert found[0] == expected[0]
            assert expected[1] in found[1]
        else:
            assert found == expected


def test_the_table_names_no_event_that_is_not_there() -> None:
    assert set(EXPECTED) == set(FILES)


@pytest.mark.parametrize("name", ROUTES)
def test_one_transition_is_the_same_incident_by_every_route(name: str) -> None:
    first, found = alarm("eventbridge-alarm.json"), alarm(name)

    assert (
        found.source == "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-dropped"
    )
    assert times.print_rfc3339(found.changed_at) == "2026-02-17T11:53:08.431000Z"
    assert incident_id(found.source, found.changed_at, REDIS) == incident_id(
        first.source, first.changed_at, REDIS
    )


@pytest.mark.parametrize("names", TWINS, ids=lambda names: names[0])
def test_all_routes_agree_on_identity_mentions_and_onset(names: tuple[str, ...]) -> None:
    first, *others = [alarm(name) for name in names]

    for other in others:
        assert other.source == first.source
        assert other.name == first.name
        assert other.state == first.state
        assert other.changed_at == first.changed_at
        assert other.mentions == first.mentions
        assert onset(other) == onset(first)


def test_by_sns_since_when_there_was_no_data_is_not_told_and_the_earlier_onset_wins() -> None:
    since, silent = alarm("eventbridge-metric-math.json"), alarm("sns-metric-math.json")

    assert silent.source == since.source
    assert silent.changed_at == since.changed_at
    assert (since.previous_state, silent.previous_state) == ("INSUFFICIENT_DATA",) * 2
    assert (silent.previous_since, onset(since).at < onset(silent).at) == (None, True)


def test_a_contributor_is_an_identity_of_its_own() -> None:
    whole, contributor = alarm("eventbridge-metrics-insights.json"), alarm("sns-contributor.json")

    assert contributor.changed_at == whole.changed_at
    assert contributor.name == whole.name
    assert contributor.source == f"{whole.source}#6d442278dba546f6"


def test_an_sqs_record_is_given_back_by_its_message_id() -> None:
    receipts = [message.receipt for message in messages("sqs-batch-one-broken.json")]

    assert receipts == [
        record["messageId"] for record in load("sqs-batch-one-broken.json")["Records"]
    ]


def test_what_the_outer_queue_delivered_is_given_back_to_the_outer_queue() -> None:
    inner = {"messageId": "inner", "body": json.dumps(load("eventbridge-alarm.json"))}
    outer = {"messageId": "outer", "body": json.dumps({"Records": [inner, {"odd": 1}]})}

    found = read({"Records": [outer]})

    assert [message.receipt for message in found] == ["outer", "outer"]
    assert [type(message.content) for message in found] == [Alarm, Unreadable]


@pytest.mark.parametrize("name", ["eventbridge-alarm.json", "sns-alarm.json", "direct-alarm.json"])
def test_a_bare_event_has_no_receipt(name: str) -> None:
    assert messages(name)[0].receipt is None


def test_an_alarm_that_nobody_shall_act_on_names_who_said_so() -> None:
    mute_rule = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:cache-maintenance"

    contents = {name: [message.content for message in messages(name)] for name in FILES}

    assert {
        name: alarm.suppressed_by
        for name, found in contents.items()
        for alarm in found
        if isinstance(alarm, Alarm) and alarm.suppressed_by
    } == {
        "eventbridge-composite-suppressed.json": "WaitPeriod",
        "eventbridge-muted.json": mute_rule,
    }


def test_the_end_of_a_suppression_is_a_transition_of_its_own() -> None:
    suppressed, released = (
        alarm("eventbridge-composite-suppressed.json"),
        alarm("direct-composite.json"),
    )

    assert released.source == suppressed.source
    assert released.changed_at > suppressed.changed_at
    assert onset(released).at <= onset(suppressed).at


def test_a_composite_went_bad_when_its_first_child_did() -> None:
    triggered_at = alarm("eventbridge-composite.json").evidence.triggered_at

    assert triggered_at == alarm("eventbridge-alarm.json").changed_at


def test_the_children_and_the_rule_of_a_composite_name_no_instance() -> None:
    event = load("eventbridge-composite.json")
    event["detail"]["configuration"]["alarmRule"] = f'ALARM("{REDIS}")'

    (message,) = read(event)

    assert isinstance(message.content, Alarm)
    assert message.content.mentions == ()


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_confirmation_is_ignored_and_its_token_stays_unsaid(kind: str) -> None:
    body = {"Type": kind, "TopicArn": "arn", "Token": "s3cret", "SubscribeURL": "https://s3cret"}

    (message,) = read({"Records": [{"messageId": "1", "body": json.dumps(body)}]})

    assert isinstance(message.content, Ignored)
    assert "s3cret" not in message.content.reason


def test_a_message_of_another_kind_is_told_by_its_keys_and_not_by_what_it_holds() -> None:
    (message,) = read({"user": "root", "password": "s3cret", "a": 1, "b": 2, "c": 3})

    assert isinstance(message.content, Unreadable)
    assert message.content.reason.startswith("found an object with 'user', 'password', 'a', 'b', …")
    assert "s3cret" not in message.content.reason
