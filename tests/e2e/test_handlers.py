"""Every handler run by AWS's own Runtime Interface Client from the bundle, against the sandbox."""

from __future__ import annotations

import json
import os
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from lastgood.domain import journal
from lastgood.wiring import Wiring
from lastgood.workflows.operator import approve
from sandbox.aws.account import POLICY_PARAMETER, RECOVER_FUNCTION, TABLE
from sandbox.huawei.wire.faults import Fault
from sandbox.stage import ALARM_FUNCTION, Stage
from tests.support.bundle import BundledStage
from tests.support.incidents import PATIENCE, Incident, Incidents, execution_of, policy_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.huawei.wire.records import RequestRecord

AUTO = 'cloud = "prod"\nmode = "auto"'
UNANSWERED = {
    "dropped": Fault.drop_after(),
    "without-a-job": Fault.empty_202(),
    "timed-out": Fault.error_after(),
}
INSTANCES = {
    "proposing": 'cloud = "prod"',
    "approved": 'cloud = "prod"',
    "asked": 'cloud = "prod"\nmode = "auto"',
    "observing": 'cloud = "prod"\nmode = "observe"',
    "outlasting": 'cloud = "prod"\nmode = "observe"',
    "staying-red": 'cloud = "prod"\nmode = "auto"\nsettle_within = "2s"',
    "dead": 'cloud = "dead"\nmode = "auto"',
    "swapped": 'cloud = "swapped"\nmode = "auto"',
} | dict.fromkeys(
    [
        *UNANSWERED,
        *("busy", "batched", "misled", "undecided", "failing", "unlisted"),
        *("killed-before", "killed-within", "killed-for-good"),
    ],
    AUTO,
)


@pytest.fixture(scope="module")
def incidents(bundles: Path) -> Iterator[Incidents]:
    with BundledStage(bundles, policy_with(INSTANCES)) as stage:
        incidents = Incidents(stage, INSTANCES)
        # These two take long and do little, so the others go on meanwhile.
        incidents["dead"].open()
        open_with_a_hidden_job(incidents["unlisted"])
        yield incidents


@pytest.fixture
def stage(incidents: Incidents) -> Stage:
    return incidents.stage


@pytest.fixture(scope="module")
def outcomes(incidents: Incidents) -> list[dict[str, Any]]:
    """What came of one transition, by three routes, one of them twice, all at the same time."""
    cache = incidents["orders-cache"]
    routes = ["eventbridge-alarm", "sns-alarm", "direct-alarm", "eventbridge-alarm"]
    random.shuffle(routes)
    with ThreadPoolExecutor(len(routes)) as pool:
        results = list(pool.map(incidents.stage.deliver, map(cache.event, routes)))
    assert not any(result.error for result in results)
    return [outcome for result in results for outcome in result.value()["outcomes"]]


@pytest.fixture(scope="module")
def recovery(incidents: Incidents, outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    return incidents["orders-cache"].end(outcomes[0]["incident"])


@contextmanager
def broken_policy(stage: Stage, function: str) -> Iterator[None]:
    """A function that finds a policy it cannot read, and no earlier one."""
    stage.aws.client("ssm").delete_parameter(Name=POLICY_PARAMETER)
    stage.set_policy("version = 2")
    stage.functions.kill(function)
    yield
    stage.set_policy(stage.policy_text())
    stage.functions.kill(function)


class TestARecovery:
    def test_one_transition_by_every_route_is_one_incident_and_one_execution(
        self, stage: Stage, outcomes: list[dict[str, Any]]
    ) -> None:
        (incident,) = {outcome["incident"] for outcome in outcomes}
        executions = [execution.name for execution in stage.functions.executions(RECOVER_FUNCTION)]

        assert sorted(outcome["result"] for outcome in outcomes) == ["duplicate"] * 3 + ["started"]
        assert executions.count(execution_of(incident)) == 1

    def test_it_brings_the_data_back(self, incidents: Incidents, recovery: dict[str, Any]) -> None:
        assert recovery["state"] == "settled"
        assert incidents["orders-cache"].value == b"good"

    def test_one_whose_alarm_stays_red_ends_as_something_for_a_person(
        self, incidents: Incidents
    ) -> None:
        red = incidents["staying-red"]

        found = red.recover()

        assert (found["state"], found["effect"]) == ("settled", "none")
        assert red.value == b"good"
        assert len(red.puts) == 1
        kind, told = red.told[-1]
        assert (kind, told["effect"]) == ("Recovery Completed", "none")
        assert f"lastgood undo {found['incident']}" in told["hint"]

    def test_it_sends_one_put_exactly_as_documented(
        self, incidents: Incidents, stage: Stage, recovery: dict[str, Any]
    ) -> None:
        cache = incidents["orders-cache"]
        of_the_transport = {"host", "accept", "accept-encoding", "connection", "user-agent"}

        (put,) = cache.puts

        path = f"/v3/{stage.huawei.project_id}/redis/instances/{cache.instance.id}/pitr"
        assert (put.service, put.method, put.target) == ("geminidb", "PUT", path)
        assert json.loads(put.body) == {"restore_time": recovery["plan"]["restore_time"]}
        assert recovery["plan"]["restore_time"] in cache.instance.points
        assert {name: put.headers[name] for name in put.headers.keys() - of_the_transport} == {
            "authorization": put.headers["authorization"],
            "x-sdk-date": put.headers["x-sdk-date"],
            "x-project-id": stage.huawei.project_id,
            "content-type": "application/json",
            "content-length": str(len(put.body)),
        }

    def test_the_bus_has_its_start_and_its_end(
        self, incidents: Incidents, recovery: dict[str, Any]
    ) -> None:
        told = incidents["orders-cache"].told

        assert [kind for kind, _ in told] == ["Recovery Started", "Recovery Completed"]
        assert {detail["incident"] for _, detail in told} == {recovery["incident"]}
        assert {detail["job"] for _, detail in told} == {recovery["job"]}

    def test_the_journal_has_every_step_of_it(
        self, incidents: Incidents, recovery: dict[str, Any]
    ) -> None:
        entries = incidents.ledger.entries(recovery["instance"])

        assert [entry.kind for entry in entries] == [
            "alarm",
            "decided",
            "claimed",
            "undo-point-ordered",
            "undo-point-ready",
            "firing",
            "accepted",
            "restored",
            "validated",
            "settled",
        ]

    def test_a_job_that_fails_is_a_recovery_that_failed(self, incidents: Incidents) -> None:
        failing = incidents["failing"]
        failing.instance.restores = replace(failing.instance.restores, fail_reason="no space left")

        recovery = failing.recover()

        assert recovery["state"] == "failed"
        assert "no space left" in recovery["reason"]
        assert failing.kinds == ["Recovery Started", "Recovery Failed"]


class TestWhatIsNotCarriedOut:
    def test_a_proposal_is_published_and_waits_for_a_person(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        proposing = incidents["proposing"]

        stage.functions.wait_for_callback(execution_of(proposing.open()), PATIENCE)

        assert proposing.kinds == ["Recovery Proposed"]
        assert proposing.puts == []

    def test_a_request_of_a_pipeline_is_a_proposal_even_in_mode_auto(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        asked = incidents["asked"]

        incident = asked.open("eventbridge-request")
        stage.functions.wait_for_callback(execution_of(incident), PATIENCE)

        assert asked.kinds == ["Recovery Proposed"]
        assert "given as" in asked.told[0][1]["onset_detail"]
        assert asked.puts == []

    def test_a_proposal_that_a_person_agrees_to_is_carried_out(
        self, incidents: Incidents, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proposing = incidents["approved"]
        incident = proposing.open()
        stage.functions.wait_for_callback(execution_of(incident), PATIENCE)
        for name, value in (stage.aws.environment() | stage.functions.environment()).items():
            monkeypatch.setenv(name, value)
        _, proposal = proposing.told[0]

        approve(incident, proposal["plan_hash"], "somebody", Wiring(os.environ))

        assert proposing.end(incident)["state"] == "settled"
        assert proposing.value == b"good"
        assert only_put(proposing).acted

    @pytest.mark.parametrize(
        ("name", "actions", "code"),
        [("observing", (), "observing"), ("busy", ("BACKUP",), "instance-busy")],
    )
    def test_a_refusal_is_published_with_its_code(
        self, incidents: Incidents, name: str, actions: tuple[str, ...], code: str
    ) -> None:
        refused = incidents[name]
        refused.instance.actions = actions

        recovery = refused.recover()

        ((kind, detail),) = refused.told
        assert recovery["state"] == "refused"
        assert (kind, detail["code"]) == ("Recovery Refused", code)
        assert refused.puts == []


class TestAnAlarmIsNeverLost:
    def test_a_malformed_event_is_a_dead_letter_whole_and_in_the_journal(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        event = incidents["orders-cache"].event("malformed-state")

        result = stage.deliver(event)

        assert result.value()["errorType"] == "EventError"
        assert stage.aws.dead_letters()[-1].encode() == event
        *_, entry = incidents.ledger.entries("unreadable")
        assert "PANIC" in entry.detail["reason"]

    def test_of_a_batch_only_the_broken_record_goes_back_to_the_queue(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        batch = incidents["batched"].event("sqs-batch-one-broken")
        broken = json.loads(batch)["Records"][1]["messageId"]

        answer = stage.functions.invoke(ALARM_FUNCTION, batch).value()

        assert answer["batchItemFailures"] == [{"itemIdentifier": broken}]
        assert [o["result"] for o in answer["outcomes"]] == ["started", "unreadable", "started"]
        assert incidents["batched"].end(answer["outcomes"][0]["incident"])["state"] == "settled"

    def test_under_a_broken_policy_it_is_a_dead_letter_that_can_be_sent_again(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        misled = incidents["misled"]

        with broken_policy(stage, ALARM_FUNCTION):
            result = stage.deliver(misled.event())
        letter = stage.aws.dead_letters()[-1].encode()

        assert result.value()["errorType"] == "PolicyFaultError"
        assert letter == misled.event()
        assert misled.recover()["state"] == "settled"

    def test_under_a_policy_that_broke_the_last_good_one_holds_and_it_is_told(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        stage.set_policy("version = 2")
        stage.functions.kill(ALARM_FUNCTION)

        result = stage.deliver(incidents["outlasting"].event())
        stage.set_policy(stage.policy_text())

        assert result.value()["outcomes"][0]["result"] == "started"
        assert '"BrokenPolicies":[1.0]' in result.log.replace(" ", "")


class TestWhenNobodyKnowsWhatBecameOfThePut:
    @pytest.mark.parametrize("name", UNANSWERED)
    def test_its_job_is_found_by_reading_and_nothing_is_sent_again(
        self, incidents: Incidents, stage: Stage, name: str
    ) -> None:
        unanswered = incidents[name]
        stage.huawei.faults.add("restore", UNANSWERED[name])

        recovery = unanswered.recover()

        assert recovery["state"] == "settled"
        assert recovery["job"] in recovery["reason"]
        assert unanswered.value == b"good"
        assert only_put(unanswered).acted

    def test_a_job_that_is_not_listed_is_handed_to_a_person_and_not_sent_again_on_redelivery(
        self, incidents: Incidents
    ) -> None:
        unlisted = incidents["unlisted"]

        states = [unlisted.recover()["state"], unlisted.recover_again()["state"]]

        assert states == ["handed-over", "handed-over"]
        assert set(unlisted.kinds) == {"Recovery Unknown"}
        assert only_put(unlisted).acted


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("name", ["swapped", "dead"])
    def test_a_cloud_that_cannot_be_asked_is_a_failure_that_is_told(
        self, incidents: Incidents, name: str
    ) -> None:
        unreachable = incidents[name]

        recovery = unreachable.recover()

        assert recovery["state"] == "failed"
        assert "restorable points" in recovery["reason"]
        assert unreachable.kinds == ["Recovery Failed"]
        assert unreachable.puts == []

    def test_a_policy_that_broke_after_the_alarm_is_a_failure_that_is_told(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        undecided = incidents["undecided"]

        with broken_policy(stage, RECOVER_FUNCTION):
            recovery = undecided.recover()

        assert recovery["state"] == "failed"
        assert "version" in recovery["reason"]
        assert undecided.kinds == ["Recovery Failed"]
        assert undecided.puts == []


class TestACrash:
    def test_before_the_put_it_costs_an_attempt_and_no_second_put(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        killed, released = incidents["killed-before"], Event()
        # The first read is for the decision, the second right before the PUT.
        stage.huawei.faults.add("policy", Fault.hold(released, at_most=PATIENCE), skip=1)
        read = len(stage.huawei.requests_to("policy")) + 2

        incident = killed.open()
        stage.huawei.wait_for("policy", read, at_most=PATIENCE)
        stage.functions.kill(RECOVER_FUNCTION)
        released.set()
        recovery = killed.end(incident)

        assert recovery["state"] == "settled"
        assert only_put(killed).acted

    def test_while_the_put_is_on_its_way_its_job_is_found_by_reading(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        killed, released = incidents["killed-within"], Event()

        incident = kill_while_the_put_is_held(killed, stage, released)
        released.set()
        recovery = killed.end(incident)

        assert recovery["state"] == "settled"
        assert "cut off" in recovery["reason"]
        assert only_put(killed).acted

    def test_while_the_put_is_on_its_way_for_long_it_is_handed_to_a_person(
        self, incidents: Incidents, stage: Stage
    ) -> None:
        killed, released = incidents["killed-for-good"], Event()

        incident = kill_while_the_put_is_held(killed, stage, released)
        recovery = killed.end(incident)
        released.set()

        assert recovery["state"] == "handed-over"
        assert killed.kinds == ["Recovery Unknown"]
        stage.huawei.wait_until(lambda: only_put(killed).acted, at_most=PATIENCE)
        assert killed.recover_again()["state"] == "handed-over"
        assert len(killed.puts) == 1


def only_put(incident: Incident) -> RequestRecord:
    (put,) = incident.puts
    return put


def open_with_a_hidden_job(incident: Incident) -> None:
    """The service accepts without a job id, and does not list the job either."""
    cloud, instance = incident.stage.huawei, incident.instance
    instance.restores = replace(instance.restores, hidden_for=timedelta(days=1))
    cloud.faults.add("restore", Fault.empty_202())
    incident.open()
    cloud.wait_for("restore", at_most=PATIENCE)


def kill_while_the_put_is_held(incident: Incident, stage: Stage, released: Event) -> str:
    stage.huawei.faults.add("restore", Fault.hold(released, at_most=PATIENCE))
    put = len(stage.huawei.requests_to("restore")) + 1
    opened = incident.open()
    stage.huawei.wait_for("restore", put, at_most=PATIENCE)
    stage.functions.kill(RECOVER_FUNCTION)
    return opened


class TestAPersonIsTold:
    @pytest.fixture
    def notices(self, incidents: Incidents) -> dict[str, str]:
        """The texts that reached the operators' topic, by their subjects."""
        return dict(incidents.stage.notices())

    @pytest.mark.parametrize(
        "subject",
        [
            *("proposing: approve a restore?", "approved: approve a restore?"),
            *("orders-cache is restored", "approved is restored"),
            *("failing: its recovery failed", "dead: its recovery failed"),
            *("unlisted: its recovery needs you", "killed-for-good: its recovery needs you"),
        ],
    )
    def test_what_needs_a_person_reaches_the_topic(
        self, notices: dict[str, str], subject: str
    ) -> None:
        assert f"lastgood: {subject}" in notices

    def test_what_is_only_observed_wakes_nobody(self, notices: dict[str, str]) -> None:
        assert [subject for subject in notices if "observing" in subject] == []

    def test_the_text_of_a_proposal_names_its_incident_and_its_plan(
        self, incidents: Incidents, notices: dict[str, str]
    ) -> None:
        text = notices["lastgood: proposing: approve a restore?"]
        _, proposal = incidents["proposing"].told[0]

        short = proposal["plan_hash"][:8]
        assert f"\nlastgood approve {proposal['incident']} --plan {short}\n" in text
        assert f"\nlastgood reject {proposal['incident']} --reason " in text
        assert proposal["summary"] in text
        assert proposal["answer_by"][:19] in text


class TestAfterAllOfThis:
    def test_a_redelivery_after_the_engine_has_forgotten_sends_no_second_put(
        self, incidents: Incidents, recovery: dict[str, Any]
    ) -> None:
        cache = incidents["orders-cache"]

        again = cache.recover_again()

        assert again == recovery
        assert len(cache.puts) == 1

    def test_no_instance_was_sent_more_than_one_put(self, incidents: Incidents) -> None:
        assert {len(incidents[name].puts) for name in INSTANCES} <= {0, 1}

    def test_every_journal_is_whole(
        self, incidents: Incidents, stage: Stage, recovery: dict[str, Any]
    ) -> None:
        ledger, keys = incidents.ledger, [item["pk"]["S"] for item in items(stage)]
        chains = [key.removeprefix("chain#") for key in keys if key.startswith("chain#")]

        broken = {
            chain: journal.first_broken(ledger.entries(chain), ledger.end(chain))
            for chain in chains
        }

        assert recovery["instance"] in chains
        assert {chain: why for chain, why in broken.items() if why} == {}

    def test_every_line_of_every_log_is_json_and_tells_expected_failures_in_a_sentence(
        self, stage: Stage
    ) -> None:
        logs = [stage.functions.log(function) for function in (ALARM_FUNCTION, RECOVER_FUNCTION)]
        lines = [json.loads(line) for log in logs for line in log.splitlines() if line]

        traced = {line["errorType"] for line in lines if "stackTrace" in line}

        # What must be raised to be a dead letter, or an execution that failed.
        assert traced <= {"EventError", "PolicyFaultError", "UnsettledError"}

    def test_the_secret_key_is_in_no_log_event_record_or_checkpoint(self, stage: Stage) -> None:
        functions = stage.functions
        executions = [execution.name for execution in functions.executions(RECOVER_FUNCTION)]

        written = [
            functions.log(ALARM_FUNCTION),
            functions.log(RECOVER_FUNCTION),
            repr(stage.aws.events()),
            repr(stage.aws.dead_letters()),
            repr(items(stage)),
            *(repr(functions.history(execution)) for execution in executions),
        ]

        assert all(written)
        assert not any(stage.key["secret_key"] in text for text in written)


def items(stage: Stage) -> list[dict[str, Any]]:
    pages = stage.aws.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    return [item for page in pages for item in page["Items"]]
