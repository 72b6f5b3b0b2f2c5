"""What every Starter must keep, and what wakes an execution: run against the fake and Lambda."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError

from lastgood.aws.executions import (
    CallbackWaker,
    DurableStarter,
    DurableSweeps,
    execution_name,
    portion_name,
)
from lastgood.domain.alarm import Incident, incident_id
from lastgood.domain.drills import Closing, Drill
from lastgood.domain.hooks import LetIn
from lastgood.domain.sweep import Portion, Tally
from lastgood.ports import Starter, StartError, Sweeps
from sandbox.aws.account import REGION, function_arn
from sandbox.aws.lambda_service import DurableConfig, Function, LambdaSandbox
from sandbox.aws.runtime import Code
from tests.support.builders import RDS, at, incident
from tests.support.fakes import FakeStarter, FakeSweeps

SOURCE = Code.source_tree(Path(__file__).parents[2])
RECOVER = "lastgood-recover"
APPROVE = "approve"
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Engine:
    """A starter, and what it started: the payload of each execution by its name."""

    starter: Starter
    started: Callable[[], dict[str, Incident]]
    end: Callable[[str], object]


@pytest.fixture(scope="module")
def lambdas() -> Iterator[LambdaSandbox]:
    with LambdaSandbox({RECOVER: durable("wait_for_hours"), APPROVE: durable("ask")}) as sandbox:
        yield sandbox


def durable(name: str) -> Function:
    """A function in one process: starting more of them is most of what these tests take."""
    handler = f"tests.e2e.functions.durable.{name}"
    return Function(handler, SOURCE, durable=DurableConfig(), concurrency=1)


def engine_of(lambdas: LambdaSandbox) -> Engine:
    before = {execution.name for execution in lambdas.executions(RECOVER)}

    def started() -> dict[str, Incident]:
        names = [execution.name for execution in lambdas.executions(RECOVER)]
        assert len(names) == len(set(names))
        new = [name for name in names if name not in before]
        return {incident_of(name): payload(lambdas, name) for name in new}

    def end(incident: str) -> None:
        payload(lambdas, execution_name(incident, function_arn(RECOVER)))

    return Engine(DurableStarter(lambdas.client, function_arn(RECOVER)), started, end)


def incident_of(name: str) -> str:
    """The incident of an execution, whose name carries the function as well."""
    incident, _, _ = name.rpartition("-")
    assert name == execution_name(incident, function_arn(RECOVER))
    return incident


def payload(lambdas: LambdaSandbox, name: str) -> Incident:
    """What an execution was given: the function of the tests returns it when it ends."""
    _, _, given = lambdas.wait_for(name).value()
    return msgspec.convert(given, Incident)


@pytest.fixture(params=["fake", "lambda"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "fake":
        fake = FakeStarter()
        return Engine(fake, lambda: fake.started, lambda name: fake.alive.update({name: False}))
    return engine_of(request.getfixturevalue("lambdas"))


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def new_incident(numbers: Iterator[int]) -> Callable[[], Incident]:
    """Incidents that no other test has."""

    def make() -> Incident:
        changed_at = at("11:50:30.431") + timedelta(seconds=next(numbers))
        ordinary = incident(changed_at=changed_at)
        name = incident_id(ordinary.source, changed_at, ordinary.instance)
        return incident(id=name, changed_at=changed_at, onset_detail="the first of 3, at 11:45, é")

    return make


NewIncident = Callable[[], Incident]


def test_an_incident_is_an_execution_of_its_name_that_is_given_the_incident(
    engine: Engine, new_incident: NewIncident
) -> None:
    opened = new_incident()

    engine.starter.start(opened)

    assert engine.started() == {opened.id: opened}


@pytest.mark.parametrize(
    "order",
    [
        Drill(drill="20260217T115400000Z-0123456789abcdef", instance=RDS, due=at("11:54:00")),
        Closing(closes="20260217T115400000Z-0123456789abcdef", hour="2026021712"),
        LetIn(lets_in="20260217T115400000Z-0123456789abcdef", hour="2026021712"),
    ],
)
def test_a_drill_and_its_closing_are_given_what_they_are_about(
    lambdas: LambdaSandbox, order: Drill | Closing | LetIn
) -> None:
    starter = DurableStarter(lambdas.client, function_arn(RECOVER))
    name = execution_name(order.id, function_arn(RECOVER))

    starter.start(order)
    starter.start(order)

    _, _, given = lambdas.wait_for(name).value()
    assert msgspec.convert(given, type(order)) == order
    assert len(name) <= LONGEST_NAME


def test_an_incident_that_is_started_again_is_the_same_execution(
    engine: Engine, new_incident: NewIncident
) -> None:
    opened = new_incident()

    for _ in range(3):
        engine.starter.start(opened)

    assert engine.started() == {opened.id: opened}


def test_an_incident_that_is_started_by_many_at_once_is_one_execution(
    engine: Engine, new_incident: NewIncident
) -> None:
    opened = new_incident()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(engine.starter.start, [opened] * 8))

    assert engine.started() == {opened.id: opened}


def test_two_incidents_are_two_executions(engine: Engine, new_incident: NewIncident) -> None:
    first, second = new_incident(), new_incident()

    engine.starter.start(first)
    engine.starter.start(second)

    assert engine.started() == {first.id: first, second.id: second}


def test_what_was_started_under_this_name_with_another_payload_is_an_error_and_stays(
    engine: Engine, new_incident: NewIncident
) -> None:
    opened = new_incident()
    engine.starter.start(opened)

    with pytest.raises(StartError, match=f"{opened.id} is not started") as caught:
        engine.starter.start(msgspec.structs.replace(opened, onset_detail="told differently"))

    assert f"lastgood dismiss {opened.id}" in caught.value.hint
    assert engine.started() == {opened.id: opened}


def test_whether_an_execution_lives_is_known_while_the_engine_remembers_it(
    engine: Engine, new_incident: NewIncident
) -> None:
    opened = new_incident()
    unknown = engine.starter.is_alive(opened.id)

    engine.starter.start(opened)
    running = engine.starter.is_alive(opened.id)
    engine.end(opened.id)

    assert (unknown, running, engine.starter.is_alive(opened.id)) == (None, True, False)


def test_of_an_engine_that_cannot_be_asked_nothing_is_known(lambdas: LambdaSandbox) -> None:
    starter = DurableStarter(lambdas.client, "no such function!:live")

    assert starter.is_alive("20260217T115308431Z-0123456789abcdef") is None


def test_two_stacks_of_one_account_start_executions_of_two_names(
    lambdas: LambdaSandbox, new_incident: NewIncident
) -> None:
    opened = new_incident()

    for function in (RECOVER, APPROVE):
        DurableStarter(lambdas.client, function_arn(function)).start(opened)

    names = {execution_name(opened.id, function_arn(function)) for function in (RECOVER, APPROVE)}
    found = [execution.name for f in (RECOVER, APPROVE) for execution in lambdas.executions(f)]
    assert len(names) == 2
    assert names <= set(found)
    assert all(len(name) <= 64 for name in names)


@pytest.mark.parametrize("function", ["no-such-function:live", RECOVER])
def test_a_function_that_cannot_be_started_is_an_error_and_no_lost_alarm(
    lambdas: LambdaSandbox, new_incident: NewIncident, function: str
) -> None:
    starter = DurableStarter(lambdas.client, function)

    with pytest.raises(ClientError):
        starter.start(new_incident())


# The executions of a sweep


@pytest.fixture(params=["fake", "lambda"])
def sweeps(request: pytest.FixtureRequest) -> Sweeps:
    if request.param == "fake":
        return FakeSweeps()
    lambdas: LambdaSandbox = request.getfixturevalue("lambdas")
    return DurableSweeps(lambdas.client, function_arn(RECOVER))


def test_an_execution_of_a_sweep_is_started_once_under_its_name(
    sweeps: Sweeps, new_incident: NewIncident
) -> None:
    portion = Portion(sweep=new_incident().id, cloud="prod")

    assert sweeps.start(portion) == sweeps.start(portion)
    assert sweeps.start(msgspec.structs.replace(portion, number=2)) != sweeps.start(portion)


def test_an_execution_of_a_sweep_that_runs_with_another_payload_is_an_error(
    sweeps: Sweeps, new_incident: NewIncident
) -> None:
    portion = Portion(sweep=new_incident().id, cloud="prod", number=2)
    sweeps.start(portion)

    with pytest.raises(StartError, match="does not go on"):
        sweeps.start(msgspec.structs.replace(portion, tally=Tally(after="0")))


def test_the_executions_of_a_sweep_have_names_that_can_be_used_whatever_the_cloud_is_called() -> (
    None
):
    function = function_arn(RECOVER)
    clouds = ["prod", "Ünïcode and spaces", "a" * 200, "a" * 201]
    portions = [Portion(sweep="2026-02-17T11:00:00Z", cloud=cloud) for cloud in clouds]

    names = [portion_name(portion, function) for portion in portions]

    assert names[0].startswith("2026-02-17T110000Z-prod-1-")
    assert len(set(names)) == len(clouds)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", name) for name in names)


# Who waits for a person


@pytest.fixture
def callback(lambdas: LambdaSandbox, new_incident: NewIncident) -> tuple[str, str]:
    """An execution that waits, and what wakes it."""
    opened = new_incident()
    DurableStarter(lambdas.client, function_arn(APPROVE)).start(opened)
    name = execution_name(opened.id, function_arn(APPROVE))
    return name, lambdas.wait_for_callback(name)


def test_who_is_woken_goes_on(lambdas: LambdaSandbox, callback: tuple[str, str]) -> None:
    name, waiting = callback

    CallbackWaker(lambdas.client).wake(waiting)

    assert lambdas.wait_for(name).status == "SUCCEEDED"


def test_who_is_woken_twice_or_waits_no_more_is_left_alone(
    lambdas: LambdaSandbox, callback: tuple[str, str]
) -> None:
    name, waiting = callback
    waker = CallbackWaker(lambdas.client)

    waker.wake(waiting)
    waker.wake(waiting)
    ended = lambdas.wait_for(name)
    waker.wake(waiting)

    assert ended.status == "SUCCEEDED"
    assert lambdas.wait_for(name) == ended


def test_starting_again_and_again_needs_one_connection(
    lambdas: LambdaSandbox, new_incident: NewIncident, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="urllib3.connectionpool")
    client = boto3.client("lambda", endpoint_url=lambdas.url, region_name=REGION)
    starter = DurableStarter(client, function_arn(RECOVER))

    for _ in range(3):
        starter.start(new_incident())

    connections = [line for line in caplog.messages if line.startswith("Starting new HTTP")]
    assert len(connections) == 1
