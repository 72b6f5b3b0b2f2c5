"""The metrics as the code emits them, the reference lists them, and the dashboard shows them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, get_args

import msgspec
import pytest

from lastgood.aws.metrics import EmfMetrics
from lastgood.domain.alarm import OWN_NAMESPACE
from lastgood.domain.decide import decide
from lastgood.domain.drills import Report, Result
from lastgood.domain.events import RECOVERY_KINDS
from lastgood.domain.lifecycle import MOVES, Recovery, State
from lastgood.domain.objective import Finding
from lastgood.domain.plan import Plan
from lastgood.domain.reading import History, Readings
from tests.support.builders import NOW, RDS, REDIS, TARGET, incident, redis, redis_reading
from tests.template.stack import template

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
ENDS: list[State] = [state for state in RECOVERY_KINDS if state not in MOVES]
SENT = timedelta(seconds=2)
TOOK = timedelta(minutes=5)
FINDING = Finding(
    instance=REDIS,
    verdict="ok",
    measured_at=NOW,
    lag_seconds=300,
    coverage_seconds=3600,
    longest_gap_seconds=600,
)


PROVED = Report(
    drill="drill-1", instance=RDS, at=NOW, result="proved", rto_seconds=600, rpo_seconds=300
)


class Metric(NamedTuple):
    name: str
    unit: str
    dimensions: frozenset[str]


def recovery(state: State) -> Recovery:
    """One that was carried out, whatever came of it."""
    plan = decide(incident(), Readings(redis_reading()), redis(), History(), NOW)
    assert isinstance(plan, Plan)
    return Recovery(
        incident=incident().id,
        instance=REDIS,
        state=state,
        changed_at=NOW + TOOK,
        plan=plan,
        sent_at=NOW + SENT,
    )


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(line: dict[str, Any]) -> set[Metric]:
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared["Namespace"] == OWN_NAMESPACE
    (dimensions,) = declared["Dimensions"]
    return {Metric(m["Name"], m["Unit"], frozenset(dimensions)) for m in declared["Metrics"]}


def documented() -> set[Metric]:
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (.+?) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE
    )
    # A dimension may be followed by the one value that it has: `service` = `verify`.
    return {
        Metric(name, unit, frozenset(re.findall(r"(?<!= )`(\w+)`", dimensions)))
        for name, unit, dimensions in rows
    }


def test_what_is_emitted_is_what_the_reference_lists(capsys: pytest.CaptureFixture[str]) -> None:
    EmfMetrics("all").emit("orders-cache", FINDING)
    EmfMetrics().emit_sweep({"ok": 1})
    EmfMetrics().emit_overdue(1)
    EmfMetrics().emit_heartbeat()
    EmfMetrics().emit_policy_kept("it is broken")
    for state in ENDS:
        EmfMetrics().emit_recovery(incident(), recovery(state))

    EmfMetrics().emit_drill(PROVED)

    assert set().union(*map(metrics, printed(capsys))) == documented()


def test_a_length_that_is_not_known_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    EmfMetrics().emit("orders-cache", Finding(instance=REDIS, verdict="unknown", measured_at=NOW))

    (line,) = printed(capsys)

    assert {metric.name for metric in metrics(line)} == {"Recoverable"}
    assert line["Recoverable"] == [0]


def test_a_line_is_written_at_once_because_other_threads_log_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    monkeypatch.setattr("sys.stdout", SimpleNamespace(write=written.append))

    EmfMetrics("all").emit("orders-cache", FINDING)
    EmfMetrics().emit_sweep({"ok": 1})

    assert all(json.loads(line) and line.endswith("\n") for line in written)


@pytest.mark.parametrize("state", ENDS)
def test_every_end_of_a_recovery_is_counted_under_its_own_name(
    capsys: pytest.CaptureFixture[str], state: State
) -> None:
    EmfMetrics().emit_recovery(incident(), recovery(state))

    (line,) = printed(capsys)

    assert (line["service"], line["outcome"], line["Recoveries"]) == ("recover", state, [1])
    assert f"`{state}`" in REFERENCE.read_text(encoding="utf-8")


def test_a_recovery_tells_how_long_it_took_from_the_alarm_on_and_what_it_cost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    EmfMetrics().emit_recovery(incident(), recovery("settled"))

    (line,) = printed(capsys)

    assert line["TimeToRecover"] == [(NOW + TOOK - incident().changed_at).total_seconds()]
    assert line["WritesLost"] == [(NOW + SENT - TARGET).total_seconds()]


def test_a_recovery_that_did_not_bring_the_data_back_has_no_time_to_recover(
    capsys: pytest.CaptureFixture[str],
) -> None:
    EmfMetrics().emit_recovery(incident(), recovery("failed"))
    never_sent = msgspec.structs.replace(recovery("refused"), plan=None, sent_at=None)
    EmfMetrics().emit_recovery(incident(), never_sent)

    lines = printed(capsys)

    assert [{metric.name for metric in metrics(line)} for line in lines] == [{"Recoveries"}] * 2


def test_that_no_copy_is_overdue_is_told_too_so_that_the_alarm_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    EmfMetrics().emit_overdue(0)

    (line,) = printed(capsys)

    assert line["OverdueCopies"] == [0]


def test_the_dashboard_shows_every_metric_and_no_other_of_ours() -> None:
    body = template()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]

    shown = {name for widget in widgets for name in ours(widget["properties"]["metrics"])}

    assert shown == {metric.name for metric in documented()}


def ours(rows: list[list[Any]]) -> list[str]:
    """The metrics of our namespace in a widget, where a dot repeats what stands above."""
    names, namespace = [], ""
    for row in rows:
        match row:
            case [{"expression": expression}]:
                names += re.findall(r'\{lastgood,.*MetricName="(\w+)"', expression)
            case [".", name, *_]:
                names += [name] if namespace == OWN_NAMESPACE else []
            case [str(namespace), name, *_]:
                names += [name] if namespace == OWN_NAMESPACE else []
    return names


def test_a_search_of_the_dashboard_names_the_dimensions_of_its_metric() -> None:
    body = template()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    dimensions = {metric.name: metric.dimensions for metric in documented()}

    searches = re.findall(r'\{lastgood,([\w,]+)\} MetricName=\\"(\w+)\\"', body)

    assert searches
    assert {name: frozenset(found.split(",")) for found, name in searches} == {
        name: dimensions[name] for _, name in searches
    }


@pytest.mark.parametrize("result", get_args(Result))
def test_every_end_of_a_drill_is_counted_and_only_a_proof_is_measured(
    capsys: pytest.CaptureFixture[str], result: Result
) -> None:
    EmfMetrics().emit_drill(msgspec.structs.replace(PROVED, result=result))

    (line,) = printed(capsys)

    assert (line["service"], line["result"], line["Drills"]) == ("recover", result, [1])
    assert (line["correlation_id"], line["instance_id"]) == ("drill-1", RDS)
    measured = {"DrillRto": [600], "DrillRpo": [300]} if result == "proved" else {}
    assert {name: line[name] for name in ("DrillRto", "DrillRpo") if name in line} == measured
