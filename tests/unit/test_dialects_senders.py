"""Cloud Eye, Grafana, PagerDuty, Datadog and pipelines: what each may bring about, and what not."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood.dialects import read
from lastgood.domain.alarm import Alarm, Ignored, Unreadable
from lastgood.domain.onset import Onset, find_onset
from tests.support.builders import REDIS, at

EVENTS = Path(__file__).parents[2] / "events"


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def alarm(event: Any) -> Alarm:
    (found,) = [m.content for m in read(event) if isinstance(m.content, Alarm)]
    return found


def reason(event: Any) -> str:
    (message,) = read(event)
    assert isinstance(message.content, Unreadable | Ignored)
    return message.content.reason


def onset(event: Any) -> Onset:
    return find_onset(alarm(event), timedelta(minutes=15))


def same_incident(*names: str) -> bool:
    return len({(alarm(load(n)).source, alarm(load(n)).changed_at) for n in names}) == 1


# --- Cloud Eye


def cloud_eye(**changes: Any) -> dict[str, Any]:
    return {**load("cloudeye-bare.json"), **changes}


def test_an_alarm_of_cloud_eye_is_the_same_incident_by_every_road() -> None:
    assert same_incident(
        "cloudeye-smn.json",
        "cloudeye-functiongraph.json",
        "cloudeye-bare.json",
        "cloudeye-in-sqs.json",
    )


def test_the_longest_name_of_a_metric_is_kept_whole_because_its_source_is_asked_by_it() -> None:
    longest = "redis_" + "x" * 90

    assert alarm(cloud_eye(metric_name=longest)).metric == f"SYS.NoSQL/{longest}"


def test_one_rule_on_two_resources_is_two_alarms() -> None:
    first, other = alarm(cloud_eye()), alarm(cloud_eye(dimension="redis_cluster_id:other"))

    assert first.source != other.source


def test_every_part_of_a_dimension_may_name_the_instance() -> None:
    found = alarm(cloud_eye(dimension=f"redis_cluster_id:{REDIS},redis_node_id:n:1"))

    assert found.mentions == (REDIS, "n:1")


@pytest.mark.parametrize(
    ("changes", "strength"),
    [
        ({}, "evaluation-start"),
        ({"count": None}, "guess"),
        ({"period": 1, "count": 3, "alarmValue": [{"time": 1771329060000, "value": 1}]}, "guess"),
        ({"alarmValue": [{"time": "11:49", "value": 1}, {"time": 1, "value": 2}, 5]}, "guess"),
        ({"alarmValue": [{"time": 1771329060000, "value": "12 keys"}]}, "guess"),
        ({"alarmValue": "12"}, "guess"),
    ],
)
def test_a_message_of_cloud_eye_is_never_a_measurement(
    changes: dict[str, Any], strength: str
) -> None:
    assert onset(cloud_eye(**changes)).strength == strength


def test_where_raw_values_are_not_all_listed_the_onset_is_no_later_than_a_guess() -> None:
    values = [{"time": 1771329060000, "value": 1}]  # 11:51

    assert onset(cloud_eye(period=1, count=3, alarmValue=values)).at == at("11:36")


@pytest.mark.parametrize(
    "changes",
    [
        {"period": 0},
        {"period": 0.0, "count": 1},
        {"period": 300, "type": "EVENT.SYS"},
        {"type": "event.custom"},
    ],
)
def test_the_values_of_an_event_measure_nothing(changes: dict[str, Any]) -> None:
    found = onset(cloud_eye(**changes))

    assert (found.basis, found.strength) == ("state-change", "guess")


@pytest.mark.parametrize("period", [None, "60", "0", -60, 2.5])
def test_values_of_a_period_that_cannot_be_read_are_a_guess(period: object) -> None:
    found = onset(cloud_eye(period=period))

    assert (found.at, found.strength) == (at("11:34:00"), "guess")


def test_a_type_of_another_kind_makes_no_event() -> None:
    assert onset(cloud_eye(type="ALL_INSTANCE")) == onset(cloud_eye())
    assert onset(cloud_eye(type=5)) == onset(cloud_eye())


def test_a_repetition_of_cloud_eye_is_never_acted_on_without_a_person() -> None:
    assert "repeats" in (onset(load("cloudeye-repeated.json")).caution or "")
    assert onset(load("cloudeye-smn.json")).caution is None


def test_a_repetition_by_the_template_is_known_as_well() -> None:
    event = load("cloudeye-v1.json")
    body = json.loads(event["message"])
    body["data"] |= {"IsCycleTrigger": True, "IsAlarm": False}

    found = alarm(event | {"message": json.dumps(body)})

    assert (found.state, "repeats" in (found.caution or "")) == ("OK", True)


@pytest.mark.parametrize("yes", [True, "true", "True", "true ", 1, "1", "yes", 2, ["x"]])
def test_a_repetition_is_known_in_whichever_way_the_template_writes_yes(yes: object) -> None:
    assert "repeats" in (onset(cloud_eye(template_variable={"IsCycleTrigger": yes})).caution or "")


@pytest.mark.parametrize(
    "variables",
    [
        None,
        "",
        [],
        {},
        *({"IsCycleTrigger": no} for no in (None, False, 0, "", " ", "0", "false", "False ")),
    ],
)
def test_variables_that_say_nothing_of_a_repetition_cost_no_alarm(variables: object) -> None:
    assert onset(cloud_eye(template_variable=variables)).caution is None


@pytest.mark.parametrize("message", [None, 5, "prose", "[1]", "[" * 100_000, '{"a": 1}'])
def test_a_notification_of_smn_that_holds_no_alarm_is_left_to_a_person(message: object) -> None:
    told = reason(load("cloudeye-smn.json") | {"message": message})

    assert "the message of SMN" in told


@pytest.mark.parametrize("record", [5, {}, [], [{"smn": {}}], [5]])
def test_a_record_that_smn_did_not_write_is_left_to_a_person(record: object) -> None:
    assert isinstance(read({"record": record})[0].content, Unreadable)


# --- Grafana


def test_the_end_of_a_state_that_was_none_is_no_recovery() -> None:
    assert alarm(load("grafana-rule-paused.json")).state == "Paused"


@pytest.mark.parametrize("reason", ["!", -1, False, {"Paused": True}])
def test_a_state_reason_that_cannot_be_read_is_one_all_the_same(reason: object) -> None:
    event = load("grafana-alert.json")
    event["alerts"][0]["annotations"]["grafana_state_reason"] = reason

    assert alarm(event).state == "Unknown"


def test_an_empty_state_reason_is_none() -> None:
    event = load("grafana-alert.json")
    event["alerts"][0]["annotations"]["grafana_state_reason"] = ""

    assert alarm(event).state == "ALARM"


def test_an_alert_of_grafana_is_not_that_of_an_alertmanager_with_the_same_labels() -> None:
    event = load("grafana-alert.json")

    assert alarm(event).source != alarm(event | {"version": "4"}).source


# --- PagerDuty


def test_every_delivery_of_an_incident_of_pagerduty_is_one_incident() -> None:
    again = load("pagerduty-triggered.json")
    again["event"] |= {"id": "another", "occurred_at": "2026-02-17T12:00:00Z"}

    first = alarm(load("pagerduty-triggered.json"))

    assert (alarm(again).source, alarm(again).changed_at) == (first.source, first.changed_at)


def test_what_pagerduty_tells_is_never_acted_on_without_a_person() -> None:
    found = onset(load("pagerduty-triggered.json"))

    assert (found.strength, found.caution is None) == ("guess", False)


def test_a_reopened_incident_is_another_one_that_was_bad_since_the_first_began() -> None:
    first, again = load("pagerduty-triggered.json"), load("pagerduty-reopened.json")

    assert alarm(again).changed_at > alarm(first).changed_at
    assert onset(again).at == onset(first).at


def test_an_incident_that_was_merged_into_another_one_is_no_way_back() -> None:
    assert alarm(load("pagerduty-merged.json")).state == "MERGED"
    assert alarm(load("pagerduty-resolved.json")).state == "OK"


@pytest.mark.parametrize("why", ["", {}, {"type": "another"}, "merge_resolve_reason", 5])
def test_an_incident_that_was_resolved_for_an_unknown_reason_is_no_way_back(why: object) -> None:
    event = load("pagerduty-resolved.json")
    event["event"]["data"]["resolve_reason"] = why

    assert alarm(event).state == "RESOLVED_OTHERWISE"


def test_a_title_of_several_lines_becomes_one_and_an_empty_one_is_refused() -> None:
    event = load("pagerduty-triggered.json")
    event["event"]["data"] |= {"title": " keys\nare\u2028gone ", "service": None}
    found = alarm(event)
    event["event"]["data"]["title"] = "\n"

    assert (found.name, found.mentions) == ("keys are gone", ("orders-cache/keys",))
    assert "title" in reason(event)


# --- Datadog


def test_without_its_window_an_alert_of_datadog_is_a_guess() -> None:
    assert onset(load("datadog-triggered.json")).strength == "evaluation-start"
    assert onset(load("datadog-without-window.json")).strength == "guess"
    assert datadog("lastgood_window:0s").strength == "guess"


@pytest.mark.parametrize(
    ("windows", "began"),
    [
        (["5m"], "11:38:08.431"),
        (["5m", "1h"], "10:43:08.431"),
        (["5m", "ten"], "11:38:08.431"),
    ],
)
def test_the_longest_window_and_ten_minutes_of_lateness_come_off_an_alert_of_datadog(
    windows: list[str], began: str
) -> None:
    tags = ",".join(f"lastgood_window:{window}" for window in windows)

    assert onset(load("datadog-triggered.json") | {"tags": tags}).at == at(began)


def datadog(tags: str = "lastgood_window:5m", **changes: Any) -> Onset:
    return onset(load("datadog-triggered.json") | {"tags": tags} | changes)


@pytest.mark.parametrize(
    ("delays", "began"),
    [
        (["15m"], "11:23:08.431"),
        (["15m", "1h"], "10:38:08.431"),
        (["15m", "900"], "11:23:08.431"),
        (["0s"], "11:38:08.431"),
        (["0"], "11:38:08.431"),
    ],
)
def test_the_longest_evaluation_delay_comes_off_an_alert_of_datadog_as_well(
    delays: list[str], began: str
) -> None:
    tags = ["lastgood_window:5m", *(f"lastgood_evaluation_delay:{each}" for each in delays)]
    found = datadog(",".join(tags), metric="aws.rds.cpuutilization")

    assert (found.at, found.strength) == (at(began), "evaluation-start")


@pytest.mark.parametrize("delay", ["900", "", "15 min", "-15m", "30d"])
def test_an_evaluation_delay_that_is_no_length_is_one_that_is_not_told(delay: str) -> None:
    found = datadog(f"lastgood_window:5m,lastgood_evaluation_delay:{delay}")

    assert (found.at, found.strength) == (at("11:23:08.431"), "guess")


@pytest.mark.parametrize(
    "watched",
    [
        {"metric": "aws.rds.cpuutilization"},
        {"metric": "gcp.redis.keys"},
        {"metric": "Azure.cache.keys"},
        {"metric": "redis.keys", "query": "avg(last_5m):sum:aws.elasticache.curr_items{*} < 9"},
        {"metric": None, "query": None},
        {"metric": ""},
        {"metric": "$ALERT_METRIC"},
        {"metric": 5},
    ],
)
def test_where_datadog_may_come_late_by_a_delay_that_is_not_told_15_minutes_come_off_a_guess(
    watched: dict[str, Any],
) -> None:
    found = datadog(**watched)

    assert (found.at, found.strength) == (at("11:23:08.431"), "guess")
    assert datadog("", **watched).at == at("11:28:08.431")


@pytest.mark.parametrize("metric", ["redis.keys", "my.aws.keys", "awesome.keys", "oci"])
def test_a_metric_that_datadog_does_not_fetch_has_no_delay_that_nobody_told(metric: str) -> None:
    found = datadog(metric=metric)

    assert (found.at, found.strength) == (at("11:38:08.431"), "evaluation-start")


def test_an_alert_of_datadog_without_quotes_is_the_same_incident() -> None:
    event = load("datadog-triggered.json")
    numbers = {"date": int(event["date"]), "monitor": int(event["monitor"])}

    first, again = alarm(event), alarm(event | numbers)

    assert (again.source, again.changed_at) == (first.source, first.changed_at)


def test_null_in_an_alert_of_datadog_is_what_was_left_out() -> None:
    event = load("datadog-triggered.json")
    bare = {key: text for key, text in event.items() if key not in {"scope", "tags"}}

    assert alarm(event | {"scope": None, "tags": None}) == alarm(bare)


def test_a_test_of_a_monitor_or_of_a_contact_point_never_acts() -> None:
    assert alarm(load("datadog-test.json")).state == "TEST"
    assert alarm(load("datadog-test.json") | {"title": "keys [TEST]"}).state == "ALARM"
    assert alarm(load("grafana-test.json")).state == "Test"


def test_a_repetition_of_datadog_is_never_acted_on_without_a_person() -> None:
    assert "repeats" in (onset(load("datadog-renotify.json")).caution or "")


def test_the_tag_for_lastgood_names_the_instance_and_no_other_value_does() -> None:
    found = alarm(load("datadog-triggered.json"))

    assert found.named == ("orders-cache",)
    assert "orders-cache" not in found.mentions


@pytest.mark.parametrize(
    "date", ["", "-5", "\u0661", "9" * 40, "1771329188", 1771329188, -5, 10**40]
)
def test_a_date_of_datadog_that_is_no_milliseconds_is_left_to_a_person(date: object) -> None:
    assert "the date is" in reason(load("datadog-triggered.json") | {"date": date})


def test_a_transition_that_datadog_does_not_have_is_left_to_a_person() -> None:
    event = load("datadog-triggered.json") | {"transition": "$ALERT_TRANSITION"}

    assert "'$ALERT_TRANSITION'" in reason(event)


# --- requests of a pipeline


def test_a_cloudevent_is_the_same_request_inside_of_another_event() -> None:
    assert same_incident("cloudevents-request.json", "eventbridge-cloudevent.json")


def test_a_request_names_its_moment_and_is_no_measurement() -> None:
    found = onset(load("eventbridge-request.json"))

    assert (found.at, found.basis) == (at("11:48:00"), "given")
    assert found.strength == "evaluation-start"


def test_another_request_of_the_same_pipeline_is_another_incident() -> None:
    first = load("cloudevents-request.json")

    assert alarm(first).source != alarm(first | {"id": "another"}).source


@pytest.mark.parametrize(
    "change",
    [
        {"time": "2026-02-17T11:54:00.123456789Z"},
        {"time": "2026-02-17T12:54:00+01:00"},
        {"time": "2026-02-17t06:54:00-05:00"},
        {"source": "/deploy"},
        {"subject": None, "dataschema": None, "data_base64": None},
        {"comexampleextension": 5},
    ],
)
def test_a_cloudevent_may_be_written_in_every_way_that_is_allowed(change: dict[str, Any]) -> None:
    assert onset(load("cloudevents-request.json") | change).at == at("11:48:00")


@pytest.mark.parametrize(
    "change",
    [
        {"time": "2026-02-17T11:54Z"},
        {"time": "2026-02-17T11:54:00"},
        {"time": "2026-02-17T11:54:00X"},
        {"time": "2026-02-17T11:54:00+05"},
        {"time": "2026-02-17T11:54:00+25:00"},
        {"time": 1771329240},
        {"id": ""},
        {"id": 5},
        {"source": ""},
        {"type": ""},
        {"specversion": ""},
        {"data_base64": "e30="},
    ],
)
def test_a_cloudevent_that_breaks_the_specification_is_left_to_a_person(
    change: dict[str, Any],
) -> None:
    told = reason(load("cloudevents-request.json") | change)

    assert next(iter(change)) in told


def test_the_data_of_a_cloudevent_may_be_a_text_that_holds_json() -> None:
    assert same_incident("cloudevents-request.json", "cloudevents-data-as-text.json")


def as_text(data: object, kind: object = None) -> dict[str, Any]:
    return {**load("cloudevents-request.json"), "datacontenttype": kind, "data": data}


@pytest.mark.parametrize(
    "kind", [None, "application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"]
)
def test_a_text_is_read_where_the_cloudevent_calls_it_json_or_leaves_that_open(
    kind: object,
) -> None:
    data = json.dumps(load("cloudevents-request.json")["data"])

    assert onset(as_text(data, kind)).at == at("11:48:00")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json5", "", 5])
def test_a_text_that_the_cloudevent_calls_something_else_is_left_to_a_person(kind: object) -> None:
    data = json.dumps(load("cloudevents-request.json")["data"])

    assert "the request is broken" in reason(as_text(data, kind))


@pytest.mark.parametrize("data", ["{", "", "[" * 100_000])
def test_a_text_that_is_not_json_is_left_to_a_person(data: str) -> None:
    assert "a text that is not JSON" in reason(as_text(data))


@pytest.mark.parametrize("text", ["null", "[]", '"x"', "5"])
def test_a_text_that_holds_no_request_is_left_to_a_person(text: str) -> None:
    assert "the request is broken" in reason(as_text(text))


@pytest.mark.parametrize("mode", ["batch", "binary-mode"])
@pytest.mark.parametrize("road", [None, "events"])
def test_a_cloudevent_in_another_mode_is_refused_with_what_to_send(
    mode: str, road: str | None
) -> None:
    event = load(f"malformed-cloudevents-{mode}.json")
    attributes = {"road": {"stringValue": road}} if road else {}
    record = {"messageId": "1", "body": json.dumps(event), "messageAttributes": attributes}

    told = reason({"Records": [record]})

    assert "expected one CloudEvent in structured mode. Try: send each event by itself" in told
    assert told.endswith("cloudevents+json")


@pytest.mark.parametrize("event", [[], [5, {}], {"instance": "orders-cache"}])
def test_what_is_no_cloudevent_in_any_mode_is_not_called_one(event: object) -> None:
    assert "CloudEvent" not in reason(event)


# --- CloudWatch


def test_an_alarm_tag_names_the_instance() -> None:
    assert alarm(load("eventbridge-tagged.json")).named == ("orders-cache",)
    assert alarm(load("eventbridge-metric-math.json")).named == ()


def test_an_alarm_on_a_promql_query_or_on_logs_is_a_guess() -> None:
    assert onset(load("eventbridge-promql.json")).strength == "guess"
    assert onset(load("eventbridge-log-alarm.json")).strength == "guess"
