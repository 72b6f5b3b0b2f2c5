"""What the functions logged at their most talkative: whom it is about, and what it never holds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.incidents import execution_of
from tests.template.run import CANARY, NAMES, ROOT, Run


def lines_by_incident(run: Run) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every line of the recover function, with the incident that its invocation was about."""
    incidents = [*(recovery["incident"] for recovery in run.recoveries), run.drill]
    for invocation in run.invocations["recover"]:
        event = invocation.event.decode()
        (about,) = {id_ for id_ in incidents if re.search(rf"\b(id|drill)\W+{id_}", event)}
        for line in invocation.result.log.splitlines():
            if line:
                yield about, json.loads(line)


def test_the_durable_execution_is_named_by_the_incident(run: Run) -> None:
    names = [*(recovery["incident"] for recovery in run.recoveries), run.drill]

    assert run.executions == [execution_of(name) for name in names]


def test_every_line_of_a_recovery_carries_the_incident_whoever_wrote_it(run: Run) -> None:
    lines = list(lines_by_incident(run))

    wrong = [line for about, line in lines if line.get("correlation_id") != about]

    assert wrong == []
    # Among them a library in the middle of a step, and the metrics.
    assert "stamina" in {line.get("logger") for _, line in lines}
    assert [line["Recoveries"] for _, line in lines if "Recoveries" in line] == [[1.0]] * 4
    assert [line["Drills"] for _, line in lines if "Drills" in line] == [[1.0]]


def test_a_recovery_that_was_replayed_logs_each_of_its_own_lines_once(run: Run) -> None:
    own = [
        (about, line["message"])
        for about, line in lines_by_incident(run)
        if line.get("service") == "lastgood" and "_aws" not in line
    ]

    assert len(run.invocations["recover"]) > len(run.recoveries)
    for recovery in run.recoveries:
        assert own.count((recovery["incident"], "ended")) == 1


def test_the_alarm_function_says_which_incident_it_started(run: Run) -> None:
    lines = [json.loads(line) for line in run.log("alarm").splitlines() if line]

    started = [line["correlation_id"] for line in lines if line.get("message") == "started"]

    # One came in twice, and one was left behind by whoever took it in.
    asked = [one for one in run.recoveries if not (one.get("plan") or {}).get("way")]
    assert started == [recovery["incident"] for recovery in asked[:-1]]


def test_a_line_of_the_next_invocation_is_not_about_the_incident_of_the_last(run: Run) -> None:
    *_, unreadable = run.invocations["alarm"]

    assert unreadable.result.error
    for recovery in run.recoveries:
        assert recovery["incident"] not in unreadable.result.log


@pytest.mark.parametrize("name", NAMES)
def test_no_event_is_logged_whole(run: Run, name: str) -> None:
    assert run.log(name)
    assert CANARY not in run.log(name)


@pytest.mark.parametrize("name", NAMES)
def test_no_library_logs_what_goes_over_the_wire(run: Run, name: str) -> None:
    log = run.log(name)

    assert run.token not in log
    assert "authorization" not in log.lower()
    assert "x-auth-token" not in log.lower()


def test_what_is_sampled_tells_more_of_the_incident(run: Run) -> None:
    asked = [line for _, line in lines_by_incident(run) if line.get("message") == "asked"]

    assert {line["level"] for line in asked} == {"DEBUG"}
    asked_for = {*(recovery["incident"] for recovery in run.recoveries), run.drill}
    assert {line["correlation_id"] for line in asked} == asked_for


SAY_SOMETHING = """
from lastgood.aws.logs import begin_invocation, logger
begin_invocation()
logger().debug("detail")
logger().info("gist")
"""


@pytest.mark.parametrize(("rate", "said"), [("0", ["gist"]), ("1", ["detail", "gist"])])
def test_where_some_invocations_are_sampled_the_others_stay_at_their_level(
    rate: str, said: list[str]
) -> None:
    settings = {"POWERTOOLS_LOG_LEVEL": "INFO", "POWERTOOLS_LOGGER_SAMPLE_RATE": rate}

    spoken = subprocess.run(  # noqa: S603 # our own interpreter, no shell
        [sys.executable, "-c", SAY_SOMETHING],
        env={"PYTHONPATH": str(ROOT), "AWS_LAMBDA_LOG_LEVEL": "DEBUG", **settings},
        check=True,
        capture_output=True,
        text=True,
    )

    messages = [json.loads(line)["message"] for line in spoken.stdout.splitlines()]
    assert [message for message in messages if message in {"detail", "gist"}] == said
