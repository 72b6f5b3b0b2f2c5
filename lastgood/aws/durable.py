"""The Flow port on AWS Lambda durable functions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aws_durable_execution_sdk_python import (
    CallbackExternalError,
    CallbackTimeoutError,
    SerDesError,
    StepError,
)
from aws_durable_execution_sdk_python.config import (
    Duration,
    StepConfig,
    StepSemantics,
    WaitForCallbackConfig,
)
from aws_durable_execution_sdk_python.retries import (
    RetryPresets,
    RetryStrategyConfig,
    create_retry_strategy,
)
from aws_durable_execution_sdk_python.serdes import SerDes, SerDesContext
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitForConditionDecision,
)

from lastgood.domain import canonical, times
from lastgood.domain.copies import Orphans
from lastgood.domain.drills import Drawn, Report
from lastgood.domain.effect import Judged, Waiting
from lastgood.domain.hooks import Hooks, Wait
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Measured, Roster
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Deletion, Job, Refused, Sighting, Unknown, Validation
from lastgood.domain.sweep import Clouds, Started, Tally
from lastgood.domain.undo import UndoPoint
from lastgood.ports import TRIES, InterruptedStepError, Pace, StepFailedError

if TYPE_CHECKING:
    from aws_durable_execution_sdk_python import DurableContext

T = TypeVar("T")

KEPT: dict[str, type[msgspec.Struct]] = {
    kind.__name__: kind
    for kind in (
        *(Plan, Refusal, Recovery),
        *(Accepted, Refused, Unknown, Job, InstanceState, Sighting, Validation),
        *(Roster, Measured),  # of sweeps until 0.2
        *(Clouds, Started, Tally),
        *(Drawn, Report, Deletion, Orphans, UndoPoint),
        *(Waiting, Judged, Hooks, Wait),
    )
}
"""Every type that a step may return. Checkpoints outlive a deployment: never rename one."""


LARGEST = 256 * 1024
"""Bytes that a step may return. A larger result is an error at once: the service takes a megabyte,
but over three quarters of one the SDK waits for ever (docs/facts/aws.md "Seen while building")."""


class DurableFlow:
    """One durable execution, as the workflows see it."""

    def __init__(self, context: DurableContext) -> None:
        self._context = context

    def step(self, name: str, action: Callable[[], T]) -> T:
        """Retry an action for hours until it succeeds, and checkpoint its result."""
        config = StepConfig(serdes=_Checkpoint(), retry_strategy=FOR_HOURS)
        return self._context.step(lambda _: action(), name, config)

    def attempt(self, name: str, action: Callable[[], T]) -> T:
        """Retry an action a few times, and checkpoint its result.

        Raises:
            StepFailedError: it failed each time.
        """
        config = StepConfig(serdes=_Checkpoint(), retry_strategy=A_FEW_TIMES)
        return self._step(name, action, config, StepFailedError)

    def once(self, name: str, action: Callable[[], T]) -> T:
        """Run an action at most once: its start is checkpointed before it runs.

        Raises:
            InterruptedStepError: it was interrupted, or raised.
        """
        config = StepConfig(
            serdes=_Checkpoint(),
            step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY,
            retry_strategy=RetryPresets.none(),
        )
        return self._step(name, action, config, InterruptedStepError)

    def _step(
        self, name: str, action: Callable[[], T], config: StepConfig, failed: type[Exception]
    ) -> T:
        try:
            return self._context.step(lambda _: action(), name, config)
        except (StepError, SerDesError) as error:  # the latter where the result is too large
            raise failed(str(error) or name) from error

    def poll(self, name: str, look: Callable[[], T], done: Callable[[T], bool], pace: Pace) -> T:
        """Look until done, at most `pace.looks` times; sleep, unbilled, in between."""

        def strategy(seen: T, looks: int) -> WaitForConditionDecision:
            if done(seen) or looks >= pace.looks:
                return WaitForConditionDecision.stop_polling()
            return WaitForConditionDecision.continue_waiting(_seconds(pace.wait(looks)))

        # The state before the first look is None, which no look returns.
        config: WaitForConditionConfig[Any] = WaitForConditionConfig(
            wait_strategy=strategy, initial_state=None, serdes=_Checkpoint()
        )
        seen: T = self._context.wait_for_condition(lambda *_: look(), config, name)
        return seen

    def pause(self, name: str, length: timedelta) -> None:
        """Sleep, unbilled."""
        self._context.wait(_seconds(length), name)

    def wait_for_a_person(
        self, name: str, announce: Callable[[str], None], timeout: timedelta
    ) -> None:
        """Sleep until the callback is completed, or times out."""
        config = WaitForCallbackConfig(timeout=_seconds(timeout), retry_strategy=FOR_HOURS)
        with suppress(CallbackTimeoutError, CallbackExternalError):
            self._context.wait_for_callback(lambda callback, _: announce(callback), name, config)


FOR_HOURS = create_retry_strategy(
    RetryStrategyConfig(
        max_attempts=60,
        initial_delay=Duration.from_seconds(1),
        max_delay=Duration.from_minutes(5),
        backoff_rate=2,
    )
)
"""About five hours: a restore that has begun is not abandoned because a table is throttled."""


def _seconds(length: timedelta) -> Duration:
    """A duration in whole seconds, at least one, as the engine requires."""
    return Duration.from_seconds(max(times.whole_seconds(length), 1))


A_FEW_TIMES = create_retry_strategy(
    RetryStrategyConfig(
        max_attempts=TRIES.looks,
        initial_delay=_seconds(TRIES.first),
        max_delay=_seconds(TRIES.longest),
        backoff_rate=TRIES.growth,
    )
)


class _Checkpoint(SerDes[Any]):
    """Step results as canonical JSON, with the name of their type."""

    def serialize(self, value: Any, serdes_context: SerDesContext) -> str:
        del serdes_context
        if value is None:
            return "null"
        if type(value) is not KEPT.get(type(value).__name__):
            raise TypeError(f"a step returned {type(value).__name__}, which is not in KEPT")
        kept = canonical.encode({"kind": type(value).__name__, "value": value})
        if len(kept) > LARGEST:
            kind = type(value).__name__
            raise ValueError(f"a step returned {len(kept)} bytes of {kind}, more than {LARGEST}")
        return kept.decode()

    def deserialize(self, data: str, serdes_context: SerDesContext) -> Any:
        del serdes_context
        kept = msgspec.json.decode(data, type=_Kept | None)
        return canonical.decode(kept.value, KEPT[kept.kind]) if kept else None


class _Kept(msgspec.Struct):
    kind: str
    value: msgspec.Raw
