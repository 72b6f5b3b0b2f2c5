"""The limits of a durable execution, run into, and what becomes of a recovery then.

`docs/reference/limits.md` names these tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lastgood.aws.durable import LARGEST
from lastgood.workflows.operator import approve
from sandbox.aws.account import RECOVER_FUNCTION, AwsSandbox, function_arn
from sandbox.aws.durable_limits import MEBIBYTE
from sandbox.aws.lambda_service import (
    DurableConfig,
    ExecutionResult,
    Function,
    LambdaSandbox,
    Limits,
)
from sandbox.aws.runtime import Code
from sandbox.stage import Stage
from tests.support.incidents import PATIENCE, Incidents, execution_of, policy_with, tell_of_the_dead
from tests.template.run import at_the_command_line

WRITE = "write"
STOPPED: dict[int, set[str | None]] = {
    0: {None},
    1: {"claimed"},
    3: {"firing", "accepted"},
    5: {"accepted", "restored"},
    9: {"validated", "settled"},
}
"""How a recovery may stand whose execution was let reach so many operations; it has ten."""
UNSAVED = 'cloud = "prod"\nmode = "auto"\nundo_point = "off"'
INSTANCES = {f"stopped-after-{n}": UNSAVED for n in STOPPED}
COMPANIONS = [f"companion-{n}-{'x' * 40}" for n in range(4)]


@pytest.fixture(scope="module")
def lambdas() -> Iterator[LambdaSandbox]:
    with AwsSandbox() as aws:
        code = Code.source_tree(Path(__file__).parents[2])
        handler = "tests.e2e.functions.durable.write"
        write = Function(handler, code, aws.environment(), durable=DurableConfig())
        with LambdaSandbox({WRITE: write}) as sandbox:
            yield sandbox


def write(lambdas: LambdaSandbox, times: int, size: int) -> tuple[ExecutionResult, int]:
    """Let an execution write so many results of this size; its end, and how many it tried to."""
    name, before = f"{times}-times-{size}", len(lambdas.invocations(WRITE))
    lambdas.client.invoke(
        FunctionName=function_arn(WRITE),
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps({"times": times, "bytes": size}),
    )
    ended = lambdas.wait_for(name, PATIENCE)
    lambdas.wait_until_idle(WRITE)
    (only,) = lambdas.invocations(WRITE)[before:]  # what failed is not tried again
    return ended, only.result.log.count("ran write")


def test_a_result_of_one_megabyte_is_kept_and_one_byte_more_fails_the_execution(
    lambdas: LambdaSandbox,
) -> None:
    (fits, _), (too_large, _) = (write(lambdas, 1, size) for size in (MEBIBYTE, MEBIBYTE + 1))

    assert fits.status == "SUCCEEDED"
    assert too_large.status == "FAILED"
    assert too_large.error
    assert f"less than or equal to {MEBIBYTE} bytes" in too_large.error["ErrorMessage"]


def test_a_hundred_megabytes_in_all_are_kept_and_more_fails_the_execution(
    lambdas: LambdaSandbox,
) -> None:
    ended, tried = write(lambdas, 105, MEBIBYTE)

    assert (ended.status, tried) == ("FAILED", 101)
    assert ended.error == {"ErrorMessage": "The execution has more than 104857600 bytes written."}


def test_an_operation_too_many_is_not_run(lambdas: LambdaSandbox) -> None:
    lambdas.limit(Limits(operations=30))
    ended, tried = write(lambdas, 31, 10)
    lambdas.limit(Limits())

    assert (ended.status, tried) == ("FAILED", 30)
    assert ended.error == {"ErrorMessage": "The execution has more than 30 operations."}


# A recovery whose execution may write no more


@pytest.fixture(scope="module")
def incidents() -> Iterator[Incidents]:
    with Stage(policy=policy_with(INSTANCES)) as stage:
        yield Incidents(stage, INSTANCES)


@pytest.mark.parametrize("operations", STOPPED)
def test_a_recovery_that_may_write_no_more_fails_is_told_and_never_asks_twice(
    incidents: Incidents, operations: int
) -> None:
    stage, stopped = incidents.stage, incidents[f"stopped-after-{operations}"]
    stage.functions.limit(Limits(operations=operations))
    incident = stopped.open()
    ended = stage.functions.wait_for(execution_of(incident), PATIENCE)
    stage.functions.wait_until_idle(RECOVER_FUNCTION)
    stage.functions.limit(Limits())

    assert ended.status == "FAILED"
    assert ended.error == {"ErrorMessage": f"The execution has more than {operations} operations."}
    found = incidents.ledger.recovery(incident)
    state = found.state if found else None
    assert state in STOPPED[operations]
    asked = len(stopped.puts)
    assert asked == (operations >= 3)
    tell_of_the_dead(stage, incident, ended.status)
    (told,) = [text for _, text in stage.notices() if stopped.instance.id in text]
    assert "The execution of this recovery is FAILED" in told or state == "settled"

    # Delivered once more when nobody knows the execution but the ledger
    stage.functions.forget(execution_of(incident))
    assert stopped.open() == incident
    again = stage.functions.wait_for(execution_of(incident), PATIENCE)

    assert again.status == "SUCCEEDED"
    assert len(stopped.puts) == max(asked, operations == 0)


class ShortStage(Stage):
    """A stage whose executions last two seconds."""

    def _functions(self) -> dict[str, Function]:
        functions = super()._functions()
        short = replace(functions[RECOVER_FUNCTION], durable=DurableConfig(execution_timeout=2))
        return functions | {RECOVER_FUNCTION: short}


def test_a_recovery_whose_time_is_over_is_told_with_what_it_takes_to_go_on() -> None:
    with ShortStage(policy=policy_with({"slow": 'cloud = "prod"'})) as stage:
        incidents = Incidents(stage, ["slow"])
        incident = incidents["slow"].open()
        ended = stage.functions.wait_for(execution_of(incident), PATIENCE)
        stage.functions.wait_until_idle(RECOVER_FUNCTION)
        tell_of_the_dead(stage, incident, ended.status)
        (told,) = [text for _, text in stage.aws.notices()]

        assert ended.status == "TIMED_OUT"
        assert "TIMED_OUT. It stood at: " in told
        assert f"lastgood recover --instance {incidents['slow'].instance.id} --before" in told
        assert incidents["slow"].puts == []


# How far a recovery stays below


def test_a_recovery_with_the_largest_input_stays_far_below_every_limit() -> None:
    others = {f"{n:05}-{'x' * 58}": 'cloud = "prod"' for n in range(10_000)}
    named = ", ".join(f'"{name}"' for name in COMPANIONS)
    own = f'cloud = "prod"\ncompanions = [{named}]'
    instances = others | dict.fromkeys(COMPANIONS, 'cloud = "prod"') | {"large": own}
    with Stage(policy=policy_with(instances)) as stage:
        incidents = Incidents(stage, ["large", *COMPANIONS])
        event = json.loads(incidents["large"].event())
        event["detail"]["alarmName"] = "large-" + "x" * 249  # as long as AWS allows
        event["detail"]["state"]["reason"] = "x" * 1023
        (outcome,) = stage.deliver(json.dumps(event).encode()).value()["outcomes"]
        execution = execution_of(outcome["incident"])
        stage.functions.wait_for_callback(execution, PATIENCE)
        plan = incidents.ledger.known(outcome["incident"]).plan
        assert plan
        with at_the_command_line(stage) as wiring:
            approve(outcome["incident"], plan.hash, "x" * 1_000, wiring)
        recovery = incidents["large"].end(outcome["incident"])
        written = stage.functions.written(execution)

    assert recovery["state"] == "settled"
    assert len(plan.gates) == 1 + len(COMPANIONS)
    assert len(written.operations) < Limits().operations / 100
    assert written.largest < LARGEST / 20
    assert written.written < Limits().written / 1_000
