"""What every Flow must keep: run against the fake and against the durable SDK's own runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

from lastgood.aws.durable import LARGEST, DurableFlow
from lastgood.domain import canonical
from lastgood.domain.notices import tell_dead_recovery
from lastgood.domain.restore import Accepted, Job, Unknown
from lastgood.ports import Flow, InterruptedStepError, Pace, StepFailedError
from lastgood.workflows.recovery import recover
from tests.support.fakes import FakeFlow
from tests.support.scenes import incident, world_at_1154

QUICK = Pace(timedelta(seconds=1), 2.0, timedelta(minutes=5), 5)

Program = Callable[[Flow], str]


class Engine(Protocol):
    """Runs a program as one durable execution; wakes it where it waits for a person."""

    def run(self, program: Program) -> str: ...

    def wake(self, callback: str) -> None: ...


class FakeEngine:
    def run(self, program: Program) -> str:
        return program(FakeFlow())

    def wake(self, callback: str) -> None:
        """The fake does not sleep."""


class SdkEngine:
    def run(self, program: Program) -> str:
        result = self.end(program)
        assert result.error is None, result.error
        answer: str = result.result
        return answer.strip('"')

    def end(self, program: Program) -> Any:
        @durable_execution
        def handler(_: Any, context: DurableContext) -> str:
            return program(DurableFlow(context))

        with DurableFunctionTestRunner(handler, skip_time=True) as self.runner:
            return self.runner.run(input="{}", execution_timeout=60)

    def wake(self, callback: str) -> None:
        self.runner.send_callback_success(callback, b"{}")


@pytest.fixture(params=[FakeEngine, SdkEngine])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


def test_a_step_gives_its_result_as_the_struct_that_it_was(engine: Engine) -> None:
    def program(flow: Flow) -> str:
        accepted = flow.step("accept", lambda: Accepted("job-1"))
        return f"{type(accepted).__name__} {accepted.job}"

    assert engine.run(program) == "Accepted job-1"


def test_a_step_without_a_result_gives_none(engine: Engine) -> None:
    def program(flow: Flow) -> str:
        return str(flow.step("tell", lambda: None))

    assert engine.run(program) == "None"


def test_a_finished_step_does_not_run_again_after_a_pause(engine: Engine) -> None:
    ran: list[str] = []
    looks: Iterator[str] = iter(["Running", "Running", "Completed"])

    def program(flow: Flow) -> str:
        flow.step("first", lambda: ran.append("first"))
        flow.poll("wait", lambda: Job(id="j", status=next(looks)), lambda job: job.ended, QUICK)
        flow.step("last", lambda: ran.append("last"))
        return "done"

    assert engine.run(program) == "done"
    assert ran == ["first", "last"]


def test_a_step_that_fails_is_tried_again(engine: Engine) -> None:
    tries: list[int] = []

    def shaky() -> Accepted:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("not yet")
        return Accepted("job-1")

    assert engine.run(lambda flow: str(flow.step("shaky", shaky).job)) == "job-1"
    assert len(tries) == 3


def test_an_attempt_that_always_fails_says_why(engine: Engine) -> None:
    def broken() -> Accepted:
        raise RuntimeError("no answer from the cloud")

    def program(flow: Flow) -> str:
        try:
            return str(flow.attempt("broken", broken).job)
        except StepFailedError as error:
            return f"failed: {error}"

    assert engine.run(program) == "failed: no answer from the cloud"


def test_a_step_that_may_run_once_is_not_tried_again_when_it_fails(engine: Engine) -> None:
    tries: list[int] = []

    def fire() -> Accepted:
        tries.append(1)
        raise RuntimeError("cut off")

    def program(flow: Flow) -> str:
        try:
            return str(flow.once("fire", fire).job)
        except InterruptedStepError:
            return str(flow.step("look", lambda: Accepted("looked it up")).job)

    assert engine.run(program) == "looked it up"
    assert len(tries) == 1


def test_a_poll_ends_with_the_last_sight_when_its_looks_are_used_up(engine: Engine) -> None:
    looked: list[int] = []

    def look() -> Job:
        looked.append(1)
        return Job(id="j", status=f"Running {len(looked)}")

    def program(flow: Flow) -> str:
        return flow.poll("wait", look, lambda job: job.ended, QUICK).status

    assert engine.run(program) == "Running 5"
    assert len(looked) == 5


def test_a_step_is_tried_for_longer_than_an_attempt(engine: Engine) -> None:
    tries: list[int] = []

    def shaky() -> Accepted:
        tries.append(1)
        if len(tries) < 12:
            raise RuntimeError("not yet")
        return Accepted("job-1")

    assert engine.run(lambda flow: str(flow.step("shaky", shaky).job)) == "job-1"


def test_who_waits_for_a_person_goes_on_when_woken(engine: Engine) -> None:
    announced: list[str] = []

    def announce(callback: str) -> None:
        announced.append(callback)
        engine.wake(callback)

    def program(flow: Flow) -> str:
        flow.wait_for_a_person("wait", announce, timedelta(minutes=10))
        return "awake"

    assert engine.run(program) == "awake"
    assert len(announced) == 1


def test_who_waits_for_a_person_goes_on_at_the_timeout(engine: Engine) -> None:
    def program(flow: Flow) -> str:
        flow.wait_for_a_person("wait", lambda _: None, timedelta(seconds=1))
        return "awake"

    assert engine.run(program) == "awake"


def test_who_was_woken_may_wait_again_and_is_woken_anew(engine: Engine) -> None:
    announced: list[str] = []

    def announce(callback: str) -> None:
        announced.append(callback)
        engine.wake(callback)

    def program(flow: Flow) -> str:
        for number in (1, 2, 3):
            flow.wait_for_a_person(f"wait {number}", announce, timedelta(minutes=10))
            flow.step(f"look {number}", lambda: None)
        return "awake"

    assert engine.run(program) == "awake"
    assert len(announced) == len(set(announced)) == 3


def test_a_wait_that_is_replayed_with_another_timeout_is_still_the_same_wait(
    engine: Engine,
) -> None:
    timeouts = iter(range(1, 100))
    announced: list[str] = []

    def program(flow: Flow) -> str:
        flow.wait_for_a_person("first", announced.append, timedelta(seconds=next(timeouts)))
        flow.wait_for_a_person("second", announced.append, timedelta(seconds=next(timeouts)))
        return "awake"

    assert engine.run(program) == "awake"
    assert len(announced) == 2


def test_a_pause_ends(engine: Engine) -> None:
    def program(flow: Flow) -> str:
        flow.pause("a while", timedelta(minutes=1))
        return "rested"

    assert engine.run(program) == "rested"


# What is larger than a checkpoint may be, which the fake has none of


def failed(program: Program) -> str:
    """Why the execution of a program failed."""
    result = SdkEngine().end(program)
    assert result.error
    return str(result.error.message)


def a_large_result(tries: list[int], size: int) -> Accepted:
    tries.append(size)
    around = len(canonical.encode({"kind": "Accepted", "value": Accepted("")}))
    return Accepted("x" * (size - around))


def test_the_largest_result_is_kept() -> None:
    tries: list[int] = []

    def program(flow: Flow) -> str:
        return str(len(str(flow.step("large", lambda: a_large_result(tries, LARGEST)).job)))

    assert int(SdkEngine().run(program)) < LARGEST
    assert tries == [LARGEST]


def test_a_larger_result_fails_the_execution_at_once_and_says_how_large_it_is() -> None:
    tries: list[int] = []

    def program(flow: Flow) -> str:
        return str(flow.step("large", lambda: a_large_result(tries, LARGEST + 1)).job)

    expected = f"a step returned {LARGEST + 1} bytes of Accepted, more than {LARGEST}"
    assert expected in failed(program)
    assert len(tries) == 1


def test_an_attempt_whose_result_is_too_large_has_failed_and_is_not_repeated() -> None:
    tries: list[int] = []

    def program(flow: Flow) -> str:
        with pytest.raises(StepFailedError, match="bytes of Accepted, more than"):
            flow.attempt("large", lambda: a_large_result(tries, LARGEST + 1))
        return "went on"

    assert SdkEngine().run(program) == "went on"
    assert len(tries) == 1


def test_what_may_run_once_and_has_too_large_a_result_counts_as_cut_off() -> None:
    tries: list[int] = []

    def program(flow: Flow) -> str:
        with pytest.raises(InterruptedStepError):
            flow.once("large", lambda: a_large_result(tries, LARGEST + 1))
        return "went on"

    assert SdkEngine().run(program) == "went on"
    assert len(tries) == 1


def test_a_recovery_that_sees_more_jobs_than_a_checkpoint_holds_fails_and_asks_once() -> None:
    world = world_at_1154()
    world.cloud.outcomes = [Unknown("no answer")]
    world.cloud.appearing = [
        Job(id=f"job-{n}", status="Running", started_at=world.now()) for n in range(5_000)
    ]

    error = failed(lambda flow: recover(incident(), flow, world).state)

    assert "bytes of Sighting, more than" in error
    found = world.ledger.known(incident().id)
    assert (found.state, len(world.cloud.restores)) == ("unknown", 1)
    told = tell_dead_recovery(incident(), found, "FAILED")
    assert told
    assert f"lastgood release {incident().id}" in told.text
