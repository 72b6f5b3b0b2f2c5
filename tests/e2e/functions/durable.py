"""Durable handlers for the tests of the sandbox; each prints which of its steps really ran."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, StepConfig, StepSemantics
from aws_durable_execution_sdk_python.exceptions import StepError
from aws_durable_execution_sdk_python.retries import RetryPresets

if TYPE_CHECKING:
    from collections.abc import Callable

ONCE = StepConfig(
    step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=RetryPresets.none()
)


def _says(name: str) -> Callable[[Any], str]:
    def step(_: Any) -> str:
        print("ran", name)  # what a function prints is its log
        return name

    return step


@durable_execution
def wait_for_hours(event: Any, context: DurableContext) -> list[Any]:
    before = context.step(_says("before"), name="before")
    context.wait(Duration.from_hours(5))
    return [before, context.step(_says("after"), name="after"), event]


@durable_execution
def die_in_the_second_step(event: str, context: DurableContext) -> str:
    def second(_: Any) -> str:
        _says("second")(_)
        if not Path(event).exists():
            Path(event).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    context.step(_says("first"), name="first")
    return context.step(second, name="second")


@durable_execution
def die_in_a_step_that_runs_once(_: Any, context: DurableContext) -> str | None:
    def fire(_: Any) -> None:
        _says("fire")(_)
        os.kill(os.getpid(), signal.SIGKILL)

    try:
        context.step(fire, name="fire", config=ONCE)
    except StepError as error:
        return error.error_type
    return "not interrupted"


@durable_execution
def ask(_: Any, context: DurableContext) -> Any:
    return context.wait_for_callback(lambda _id, _context: None, name="approval")


@durable_execution
def ask_nobody(_: Any, context: DurableContext) -> str:
    return context.step(_says("alone"), name="alone")


@durable_execution
def invoke_echo(event: Any, context: DurableContext) -> Any:
    return context.invoke("echo:live", event)


@durable_execution
def write(event: dict[str, int], context: DurableContext) -> int:
    """Write so many results of so many bytes, each with its quotes."""

    def write_one(_: Any) -> str:
        return _says("write")(_) and "x" * (event["bytes"] - 2)

    for number in range(event["times"]):
        context.step(write_one, name=f"write {number}", config=ONCE)
    return event["times"]
