"""The Flow port on AWS Lambda durable functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aws_durable_execution_sdk_python import StepError, WaitForConditionError
from aws_durable_execution_sdk_python.config import Duration, StepConfig, StepSemantics
from aws_durable_execution_sdk_python.retries import RetryPresets
from aws_durable_execution_sdk_python.serdes import SerDes, SerDesContext
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitForConditionDecision,
)

from lastgood.domain import canonical
from lastgood.domain.decision import Plan, Refusal
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Finding
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Job, Refused, Unknown
from lastgood.ports import InterruptedStepError, Pace, StepFailedError
from lastgood.verification import Roster

if TYPE_CHECKING:
    from aws_durable_execution_sdk_python import DurableContext

T = TypeVar("T")

KEPT: dict[str, type[msgspec.Struct]] = {
    kind.__name__: kind
    for kind in (
        *(Plan, Refusal, Recovery),
        *(Accepted, Refused, Unknown, Job, InstanceState),
        *(Roster, Finding),
    )
}
"""Every kind of result that a step may have. Checkpoints outlive a deployment: never rename one."""


class DurableFlow:
    """One durable execution, as the workflows see it."""

    def __init__(self, context: DurableContext) -> None:
        self._context = context

    def step(self, name: str, action: Callable[[], T]) -> T:
        """Run an action, again after a failure or a crash, and checkpoint its result.

        Raises:
            StepFailedError: it failed each time.
        """
        config = StepConfig(serdes=_Checkpoint())
        try:
            return self._context.step(lambda _: action(), name, config)
        except StepError as error:
            raise StepFailedError(error.message or name) from error

    def once(self, name: str, action: Callable[[], T]) -> T:
        """Run an action at most once: its start is checkpointed before it runs.

        Raises:
            InterruptedStepError: it was cut off, or raised.
        """
        config = StepConfig(
            serdes=_Checkpoint(),
            step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY,
            retry_strategy=RetryPresets.none(),
        )
        try:
            return self._context.step(lambda _: action(), name, config)
        except StepError as error:
            raise InterruptedStepError(error.message or name) from error

    def poll(self, name: str, look: Callable[[], T], done: Callable[[T], bool], pace: Pace) -> T:
        """Look until done or out of looks; the function sleeps, unbilled, in between.

        Raises:
            StepFailedError: a look raised.
        """

        def strategy(seen: T, looks: int) -> WaitForConditionDecision:
            if done(seen) or looks >= pace.looks:
                return WaitForConditionDecision.stop_polling()
            return WaitForConditionDecision.continue_waiting(_wait(pace, looks))

        # The state before the first look is None, which no look ever returns.
        config: WaitForConditionConfig[Any] = WaitForConditionConfig(
            wait_strategy=strategy, initial_state=None, serdes=_Checkpoint()
        )
        try:
            seen: T = self._context.wait_for_condition(lambda *_: look(), config, name)
        except WaitForConditionError as error:
            raise StepFailedError(error.message or name) from error
        return seen


def _wait(pace: Pace, looks: int) -> Duration:
    """The wait after so many looks, in whole seconds."""
    grown = pace.first * min(pace.growth ** (looks - 1), pace.longest / pace.first)
    return Duration.from_seconds(math.ceil(grown / timedelta(seconds=1)))


class _Checkpoint(SerDes[Any]):
    """Step results as canonical JSON, with the name of their kind."""

    def serialize(self, value: Any, serdes_context: SerDesContext) -> str:
        del serdes_context
        if value is None:
            return "null"
        if type(value) is not KEPT.get(type(value).__name__):
            raise TypeError(f"a step returned {type(value).__name__}, which is not in KEPT")
        return canonical.encode({"kind": type(value).__name__, "value": value}).decode()

    def deserialize(self, data: str, serdes_context: SerDesContext) -> Any:
        del serdes_context
        kept = msgspec.json.decode(data, type=_Kept | None)
        return canonical.decode(kept.value, KEPT[kept.kind]) if kept else None


class _Kept(msgspec.Struct):
    kind: str
    value: msgspec.Raw
