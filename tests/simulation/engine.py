"""A durable engine in memory: the Flow, Starter and Waker ports with the semantics of the SDK's.

An execution is a list of kept results. Each invocation runs the workflow from the top; whatever
was kept is not done again. An invocation that is given up holds an outdated token from then on: it
may go on with what it was about, and ends at the next checkpoint that it tries to make.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from lastgood.domain.alarm import Incident
from lastgood.domain.drills import Closing, Drill
from lastgood.domain.hooks import LetIn
from lastgood.domain.lifecycle import MOVES
from lastgood.domain.undo import Expiry
from lastgood.ports import InterruptedStepError, Pace, StepFailedError, WakeError
from tests.simulation.schedule import MINUTE, SECOND, Boundary, Schedule

if TYPE_CHECKING:
    from tests.simulation.invariants import Watch

T = TypeVar("T")

LIFETIME = 300 * SECOND
"""The timeout of the recover function in template.yaml: nothing that it began lives longer."""

PATIENT, USUAL = 60, 6
"""How often the engine tries a step, and an attempt."""

WARM_LOOKS = 8
"""After so many looks a poll goes on in the same invocation: replaying is cheap, not free."""

_CHECKPOINT = ("switch", "switch", "kill", "leave", "delay")
CHECKPOINT = Boundary("before a checkpoint", _CHECKPOINT)
CHECKPOINT_DONE = Boundary("after a checkpoint", _CHECKPOINT)


class NoAnswerError(Exception):
    """The service of the functions gave no answer; what was asked may have been done."""


_CALL = ("switch", "switch", "kill", "leave", "delay", "fail")
START = Boundary("before a start", _CALL, 2, lambda: NoAnswerError("no answer from the service"))
START_DONE = Boundary("after a start, its answer lost", _CALL, 2, START.error)
WAKE = Boundary("before a wake-up call", _CALL, 2, lambda: WakeError("not woken", "try again"))
WAKE_DONE = Boundary("after a wake-up call, its answer lost", _CALL, 1, WAKE.error)

WAKES = ("lost", "late", "of somebody else")
"""What may become of a wake-up call."""


class SuspendedError(BaseException):
    """The invocation ends here, the execution goes on later: in so many milliseconds, or woken."""

    def __init__(self, wait: int | None) -> None:
        super().__init__(wait)
        self.wait = wait


class FencedError(BaseException):
    """A checkpoint was turned down: another invocation has taken over."""


class Callback:
    """What an execution waits for; `done` when it was completed or has timed out."""

    __slots__ = ("announced", "done", "execution")

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self.announced = False
        self.done = False


Asked = Incident | Drill | Closing | Expiry | LetIn
"""What an execution is started with."""


class Execution:
    """One durable execution, named by what it was asked for."""

    __slots__ = (
        "asked",
        "begun",
        "callbacks",
        "dead",
        "ended",
        "failed",
        "invocations",
        "kept",
        "looks",
        "order",
        "serial",
        "sleeping_on",
        "token",
        "tries",
    )

    def __init__(self, asked: Asked, serial: int) -> None:
        self.asked = asked
        self.serial = serial
        self.kept: dict[str, Any] = {}
        self.failed: dict[str, str] = {}
        self.order: list[str] = []
        self.begun: set[str] = set()
        self.tries: dict[str, int] = {}
        self.looks: dict[str, int] = {}
        self.callbacks: dict[str, Callback] = {}
        self.sleeping_on: Callback | None = None
        self.token = 0
        self.invocations = 0
        self.ended = False
        self.dead = False

    @property
    def alive(self) -> bool:
        """Whether it may still do something."""
        return not (self.ended or self.dead)


class Engine:
    """Starts executions by name, invokes them, and wakes them."""

    def __init__(self, schedule: Schedule, watch: Watch) -> None:
        self.executions: dict[str, list[Execution]] = {}
        self.program: Callable[[Asked, SimulatedFlow], object] | None = None
        self.forgetful = False
        self.fates: tuple[str, ...] = ()
        self.skew = 0
        self.down_until = 0
        self.died: set[str] = set()
        self._schedule = schedule
        self._watch = watch
        self._callbacks: dict[str, Callback] = {}
        self._started = 0

    # The Starter and Waker ports

    def start(self, order: Asked) -> None:
        self._schedule.point(START)
        if self._schedule.clock < self.down_until:
            raise NoAnswerError("the service of the functions is away")
        known = self.executions.setdefault(order.id, [])
        if known and known[0].asked != order:
            self._watch.violated(f"{order.id} was started with two payloads")
        if not known or self.forgetful:
            self._started += 1
            execution = Execution(order, self._started)
            known.append(execution)
            if isinstance(order, Drill):
                self._watch.begins(order.id)
            late = self._schedule.chance(0.1)
            self._invoke_in(execution, 0, 10 * MINUTE if late else SECOND)
        self._schedule.point(START_DONE)

    def is_alive(self, incident: str) -> bool | None:
        self._schedule.point(WAKE)
        known = self.executions.get(incident)
        if not known or self._schedule.choose("engine", ("tells nothing",), 0.1):
            return None
        return any(execution.alive for execution in known)

    def wake(self, callback: str) -> None:
        self._schedule.point(WAKE)
        found = self._callbacks.get(callback)
        match self._schedule.choose("wake-up", self.fates, 0.4):
            case None if found is not None:
                self._complete(found)
            case "late" if found is not None:
                self._schedule.after(MINUTE, 20 * MINUTE, lambda: self._complete(found))
            case "of somebody else":
                for other in list(self._callbacks.values()):
                    self._complete(other)
        self._schedule.point(WAKE_DONE)

    def _complete(self, callback: Callback) -> None:
        execution = callback.execution
        if callback.done or not execution.alive:
            return
        callback.done = True
        if execution.sleeping_on is callback:
            execution.sleeping_on = None
            self._invoke_in(execution, 0, SECOND)

    # What may happen to executions

    def forget_ended(self) -> list[Asked]:
        """Let the retention of every ended execution run out; what they were started with."""
        ended = [
            name
            for name, known in self.executions.items()
            if not any(execution.alive for execution in known)
        ]
        return [self.executions.pop(name)[0].asked for name in ended]

    def kill(self, incident: str) -> None:
        """Let every execution of an incident die; a process of one may go on for a while."""
        for execution in self.executions.get(incident, ()):
            if execution.alive:
                execution.token += 1
                execution.dead = True
                self.died.add(incident)

    def is_carried_on(self, incident: str) -> bool:
        """Whether anything will still be done about an incident."""
        return any(execution.alive for execution in self.executions.get(incident, ()))

    @property
    def dead(self) -> list[str]:
        """The incidents whose executions have died, and that nothing carries on."""
        return sorted(name for name in self.died if not self.is_carried_on(name))

    # Invocations

    def _invoke_in(self, execution: Execution, shortest: int, longest: int) -> None:
        """Invoke it after a while; whichever invocation there was has an outdated token by then."""
        execution.token += 1
        token = execution.token
        self._schedule.after(shortest, longest, lambda: self._invoke(execution, token))

    def _invoke(self, execution: Execution, token: int) -> None:
        if token != execution.token or not execution.alive:
            return
        execution.invocations += 1
        flow = SimulatedFlow(self, execution, token, self._schedule, self._watch)
        name = f"recover#{execution.invocations} {execution.asked.id[-4:]}"
        process = self._schedule.spawn(name, lambda: self._run(execution, flow), LIFETIME)
        process.incident = execution.asked if isinstance(execution.asked, Incident) else None
        process.killed = lambda: self._replace(execution, token)
        process.left = lambda: self._replace(execution, token)

    def _replace(self, execution: Execution, token: int) -> bool:
        """Invoke it anew, if this was its latest invocation."""
        if token != execution.token or not execution.alive:
            return False
        self._invoke_in(execution, 0, 30 * SECOND)
        return True

    def _run(self, execution: Execution, flow: SimulatedFlow) -> None:
        if self.program is None:
            raise AssertionError("the engine was given nothing to run")
        try:
            ended = self.program(execution.asked, flow)
            flow.checkpoint()
        except SuspendedError as pause:
            if pause.wait is not None:
                self._invoke_in(execution, pause.wait, pause.wait)
            return
        except FencedError:
            self._schedule.say("is fenced off")
            return
        except Exception as error:  # noqa: BLE001 - whatever the workflow lets pass ends it, as in the SDK
            self._watch.violated(f"the execution of {execution.asked.id} failed: {error!r}")
            return
        execution.ended = True
        self._schedule.say(f"ended: {ended}")
        name = execution.asked.id
        if not (self._has_ended(execution.asked) or self.is_carried_on(name) or name in self.died):
            state = self._watch.state(name)
            self._watch.violated(f"{name} is {state}, and its last execution has ended")
        if self._watch.leaves_behind(name) and not self.is_carried_on(name):
            self._watch.violated(f"{name} has ended, and its writers are still stopped")

    def _has_ended(self, asked: Asked) -> bool:
        match asked:
            case Incident():
                state = self._watch.state(asked.id)
                return state is not None and state not in MOVES
            case Drill():
                return self._watch.is_over(asked)
        return True

    # For the flow

    def open_callback(self, execution: Execution, name: str, timeout: timedelta) -> Callback:
        """Make a callback that completes itself after the timeout."""
        callback = execution.callbacks[name] = Callback(execution)
        self._callbacks[self.callback_id(execution, name)] = callback
        length = max(int(timeout.total_seconds() * 1000), SECOND)
        if self._schedule.choose("wake-up", self.fates and ("too early",), 0.2):
            length = self._schedule.between(SECOND, length)
        shortest, longest = max(length - self.skew, SECOND), length + self.skew
        self._schedule.after(shortest, longest, lambda: self._complete(callback))
        return callback

    def callback_id(self, execution: Execution, name: str) -> str:
        """What wakes this execution from this wait."""
        return f"{execution.asked.id}/{execution.serial}/{name}"


class SimulatedFlow:
    """The Flow port within one invocation."""

    def __init__(
        self, engine: Engine, execution: Execution, token: int, schedule: Schedule, watch: Watch
    ) -> None:
        self._engine = engine
        self._execution = execution
        self._token = token
        self._schedule = schedule
        self._watch = watch
        self._position = 0

    def step(self, name: str, action: Callable[[], T]) -> T:
        return self._tried(name, action, PATIENT)

    def attempt(self, name: str, action: Callable[[], T]) -> T:
        return self._tried(name, action, USUAL)

    def _tried(self, name: str, action: Callable[[], T], limit: int) -> T:
        execution = self._execution
        if self._replayed(name):
            if name in execution.failed:
                raise StepFailedError(execution.failed[name])
            kept: T = execution.kept[name]
            return kept
        try:
            value = action()
        except Exception as error:
            self._schedule.say(f"{name}: {error!r}")
            tries = execution.tries.get(name, 0) + 1
            self.checkpoint()
            execution.tries[name] = tries
            if tries < limit:
                longest = min(SECOND * 2**tries, 5 * MINUTE)
                raise SuspendedError(self._schedule.between(SECOND, longest)) from None
            self._fail(name, error)
            raise StepFailedError(str(error)) from error
        return self._keep(name, value)

    def once(self, name: str, action: Callable[[], T]) -> T:
        execution = self._execution
        if self._replayed(name):
            if name in execution.failed:
                raise InterruptedStepError(execution.failed[name])
            kept: T = execution.kept[name]
            return kept
        if name in execution.begun:
            self.checkpoint()
            error = InterruptedStepError(f"{name} was interrupted")
            self._fail(name, error)
            raise error
        self.checkpoint()
        execution.begun.add(name)
        self._schedule.point(CHECKPOINT_DONE)
        self._schedule.firing += 1
        try:
            value = action()
        except Exception as error:
            self._schedule.say(f"{name}: {error!r}")
            self.checkpoint()
            self._fail(name, error)
            raise InterruptedStepError(str(error)) from error
        finally:
            self._schedule.firing -= 1
        return self._keep(name, value)

    def poll(self, name: str, look: Callable[[], T], done: Callable[[T], bool], pace: Pace) -> T:
        execution = self._execution
        if self._replayed(name):
            kept: T = execution.kept[name]
            return kept
        looks = execution.looks.get(name, 0)
        while True:
            seen = look()
            looks += 1
            if done(seen) or looks >= pace.looks:
                return self._keep(name, seen)
            self.checkpoint()
            execution.looks[name] = looks
            wait = min(pace.first * pace.growth ** min(looks - 1, 99), pace.longest)
            length = int(wait.total_seconds() * 1000)
            if looks < WARM_LOOKS:
                raise SuspendedError(length)
            self._schedule.current.deadline += length
            self._schedule.sleep(length)

    def pause(self, name: str, length: timedelta) -> None:
        if self._replayed(name):
            return
        if name not in self._execution.looks:
            self.checkpoint()
            self._execution.looks[name] = 1
            raise SuspendedError(int(length.total_seconds() * 1000))
        self._keep(name, None)

    def wait_for_a_person(
        self, name: str, announce: Callable[[str], None], timeout: timedelta
    ) -> None:
        execution = self._execution
        if self._replayed(name):
            return
        callback = execution.callbacks.get(name)
        if callback is None:
            self.checkpoint()
            callback = self._engine.open_callback(execution, name, timeout)
            self._schedule.point(CHECKPOINT_DONE)
        callback_id = self._engine.callback_id(execution, name)
        if not callback.announced:
            try:
                announce(callback_id)
            except Exception as error:  # noqa: BLE001 - as in a step
                self._schedule.say(f"{name}: {error!r}")
                self.checkpoint()
                raise SuspendedError(self._schedule.between(SECOND, MINUTE)) from None
            self.checkpoint()
            callback.announced = True
        if not callback.done:
            execution.sleeping_on = callback
            raise SuspendedError(None)
        self._keep(name, None)

    # Checkpoints

    def checkpoint(self) -> None:
        """Ask the engine to keep something.

        Raises:
            FencedError: another invocation has taken over.
        """
        self._schedule.point(CHECKPOINT)
        self._fence()

    def _fence(self) -> None:
        if self._token != self._execution.token:
            raise FencedError

    def _keep(self, name: str, value: T) -> T:
        self.checkpoint()
        self._execution.kept[name] = value
        self._execution.order.append(name)
        self._position += 1
        self._schedule.say(f"keeps {name}")
        self._schedule.point(CHECKPOINT_DONE)
        return value

    def _fail(self, name: str, error: Exception) -> None:
        self._execution.failed[name] = str(error)
        self._execution.order.append(name)
        self._position += 1

    def _replayed(self, name: str) -> bool:
        """Whether this was kept; a workflow must do again what it did, in the same order."""
        order, position = self._execution.order, self._position
        if position == len(order):
            return False
        if order[position] != name:
            self._watch.violated(f"not deterministic: {name!r}, and {order[position]!r} before")
        self._position += 1
        return True
