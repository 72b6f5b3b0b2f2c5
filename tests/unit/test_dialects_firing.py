"""Alerts of Alertmanager and Grafana: what identifies a firing, and since when it was bad."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood.dialects import read
from lastgood.domain.alarm import Alarm, Unreadable, incident_id
from lastgood.domain.onset import Onset, find_onset
from tests.support.builders import REDIS, at

EVENTS = Path(__file__).parents[2] / "events"
DELAYS = {
    "lastgood_for": "2m",
    "lastgood_evaluation_interval": "30s",
    "lastgood_scrape_interval": "15s",
}


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def alarms(event: Any) -> list[Alarm]:
    return [m.content for m in read(event) if isinstance(m.content, Alarm)]


def ids(name: str) -> set[str]:
    return {incident_id(a.source, a.changed_at, REDIS) for a in alarms(load(name))}


def alert(**changes: Any) -> dict[str, Any]:
    """The alert of the corpus with some of its fields changed."""
    return {**load("alertmanager-alert.json")["alerts"][0], **changes}


def read_one(**changes: Any) -> Alarm:
    (found,) = alarms({"version": "4", "alerts": [alert(**changes)]})
    return found


def refused(**changes: Any) -> str:
    (message,) = read({"version": "4", "alerts": [alert(**changes)]})
    assert isinstance(message.content, Unreadable)
    return message.content.reason


def onset(found: Alarm) -> Onset:
    return find_onset(found, timedelta(minutes=15))


# --- what identifies a firing


def test_a_firing_that_is_sent_again_in_another_group_is_the_same_incident() -> None:
    assert ids("alertmanager-repeated.json") == ids("alertmanager-group.json")


def test_a_firing_is_the_same_incident_whatever_its_annotations_or_its_sender_say() -> None:
    group = load("alertmanager-alert.json") | {"externalURL": "http://another-member:9093"}
    group["alerts"][0] |= {"annotations": {"summary": "reworded"}, "fingerprint": "0"}

    (found,), (first,) = alarms(group), alarms(load("alertmanager-alert.json"))

    assert (found.source, found.changed_at) == (first.source, first.changed_at)


def test_an_alert_that_fires_again_is_another_incident_of_the_same_alarm() -> None:
    first, again = read_one(), read_one(startsAt="2026-02-17T12:30:00Z")

    assert again.source == first.source
    assert again.changed_at > first.changed_at


def test_alerts_with_other_labels_are_other_alarms() -> None:
    other = read_one(labels=alert()["labels"] | {"instance": "10.3.0.18:9121"})

    assert other.source != read_one().source


def test_the_end_of_a_firing_is_an_ok_of_the_same_alarm_at_the_time_it_ended() -> None:
    ended = read_one(status="resolved", endsAt="2026-02-17T12:20:38Z")

    assert (ended.state, ended.changed_at) == ("OK", at("12:20:38"))
    assert ended.source == read_one().source


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "suppressed"}, "'suppressed', expected firing or resolved"),
        ({"status": "resolved"}, "endsAt is '0001-01-01T00:00:00Z'"),
        ({"startsAt": "2026-02-17T11:53:08"}, "startsAt is '2026-02-17T11:53:08'"),
        ({"startsAt": 5}, "startsAt is a number"),
        ({"labels": {"job": "redis"}}, "the label alertname is broken"),
        ({"labels": {"alertname": 1}}, "labels"),
        ({"labels": []}, "labels"),
    ],
)
def test_an_alert_without_what_identifies_its_firing_is_left_to_a_person(
    changes: dict[str, Any], reason: str
) -> None:
    assert reason in refused(**changes)


def test_one_alert_that_cannot_be_read_does_not_take_the_others_with_it() -> None:
    found = read(load("alertmanager-one-broken.json"))

    assert [type(message.content) for message in found] == [Unreadable, Alarm]


def test_a_label_on_several_lines_names_no_instance_and_harms_nothing() -> None:
    found = read_one(labels={"alertname": "A", "note": f"two\nlines {REDIS}", "odd": "\ud800"})

    assert found.mentions == ()


# --- since when


def test_the_onset_lies_before_the_firing_by_everything_that_delayed_it() -> None:
    found = onset(read_one(startsAt="2026-02-17T11:53:08Z"))

    assert (found.at, found.strength) == (at("11:50:23"), "evaluation-start")


@pytest.mark.parametrize("missing", DELAYS)
def test_without_one_of_the_delays_the_onset_is_a_guess_by_the_lookback(missing: str) -> None:
    told = {name: text for name, text in DELAYS.items() if name != missing}

    found = onset(read_one(annotations=told, startsAt="2026-02-17T11:53:08Z"))

    assert (found.at, found.strength) == (at("11:38:08"), "guess")


def test_a_guess_is_never_later_than_what_is_told() -> None:
    found = onset(read_one(annotations={"lastgood_for": "1h"}, startsAt="2026-02-17T11:53:08Z"))

    assert (found.at, found.strength) == (at("10:53:08"), "guess")


@pytest.mark.parametrize("text", ["an hour", "", "5", "-5m", "9w", "1h 30m", None, 300])
def test_a_delay_that_is_no_length_counts_as_not_told(text: object) -> None:
    annotations = DELAYS | {"lastgood_range": text}

    assert onset(read_one(annotations=annotations)).strength == "guess"


def test_lengths_are_written_as_prometheus_writes_them() -> None:
    annotations = DELAYS | {"lastgood_for": "1h30m", "lastgood_scrape_interval": "500ms"}

    found = onset(read_one(annotations=annotations, startsAt="2026-02-17T11:53:08.500Z"))

    assert found.at == at("10:22:38")


@pytest.mark.parametrize("zero", ["0s", "0"])
def test_a_for_of_zero_is_told_as_well(zero: str) -> None:
    annotations = dict.fromkeys(DELAYS, zero)

    found = onset(read_one(annotations=annotations, startsAt="2026-02-17T11:53:08Z"))

    assert (found.at, found.strength) == (at("11:53:08"), "evaluation-start")


# --- what it fired on


GRAPH = "http://prometheus.orders.example:9090/graph?g0.tab=1&g0.expr="


@pytest.mark.parametrize(
    "expression",
    [
        "absent(redis_db_keys)",
        "absent%28redis_db_keys%29",
        "absent%2528redis_db_keys%2529",
        "absent+%28redis_db_keys%29",
        "up+%3D%3D+0+or+absent_over_time%28redis_db_keys%5B10m%5D%29",
        "%28redis_db_keys+or+vector%280%29%29+%3C+1000",
        "%28sum%28redis_db_keys%29%0Aor+on%28%29+vector%280%29%29+%3C+1000",
    ],
)
def test_an_alert_that_may_fire_on_a_silence_is_never_acted_on_without_a_person(
    expression: str,
) -> None:
    assert "a silence" in (onset(read_one(generatorURL=GRAPH + expression)).caution or "")


@pytest.mark.parametrize(
    "url",
    [
        GRAPH + "redis_db_keys+%3C+1000",
        GRAPH + "job%3Aredis_absent%3Acount%28x%29+%3E+0",
        GRAPH + "requests_absent%28",
        GRAPH + "redis_db_keys+%3C+on%28%29+vector%281000%29",
        "",
        None,
        5,
    ],
)
def test_an_alert_that_fires_on_values_needs_no_caution(url: object) -> None:
    assert onset(read_one(generatorURL=url)).caution is None


def test_a_long_hostile_expression_is_read_at_once() -> None:
    assert read_one(generatorURL=GRAPH + "or " * 300_000).caution is None


# --- what is null


def test_annotations_of_null_are_none_and_cost_no_alert() -> None:
    assert onset(read_one(annotations=None)).strength == "guess"


def test_a_group_of_which_null_were_cut_off_is_whole() -> None:
    event = load("alertmanager-alert.json") | {"truncatedAlerts": None}

    assert [type(message.content) for message in read(event)] == [Alarm]


# --- which instance


@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_the_instance_is_named_by_a_label_or_an_annotation_for_lastgood(where: str) -> None:
    plain: dict[str, Any] = {"labels": {"alertname": "A"}, "annotations": {}}
    plain[where]["lastgood_instance"] = "orders-cache"

    found = read_one(**plain)

    assert found.named == ("orders-cache",)
    assert found.mentions == ()


def test_both_of_them_count_so_that_a_difference_shows() -> None:
    found = read_one(
        labels={"alertname": "A", "lastgood_instance": "orders-cache"},
        annotations={"lastgood_instance": "orders-db"},
    )

    assert found.named == ("orders-cache", "orders-db")
