"""Measuring instances: whether each could be restored, if it had to be now."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from threading import Lock, Thread

from lastgood.domain.errors import LastgoodError
from lastgood.domain.objective import Finding, assess, unmeasured
from lastgood.domain.policy import Instance
from lastgood.ports import Cloud
from lastgood.workflows.reading import read_one
from lastgood.workflows.world import World

THREADS = 10
"""For each cloud."""
REQUESTS = 23
"""That an instance takes at most: its state, its policy, and its points in pages."""
READ_TAKES = 40.0
"""Seconds that a read may take with all its attempts, and recording what came of it."""

_Task = tuple[Instance, Future[Finding]]


class OutOfTimeError(Exception):
    """An instance was not measured because the time of the invocation was over.

    `finding` is what its failed read would have been with more time; None if none was begun.
    """

    def __init__(self, finding: Finding | None = None) -> None:
        super().__init__()
        self.finding = finding


def measure(
    instances: Sequence[Instance], world: World, told: Callable[[Finding], object]
) -> tuple[Finding, ...]:
    """Measure instances, several at a time; `told` is called with each finding as it is made.

    Returns the findings in the order of the instances. One that cannot be read is a finding too,
    never an exception.

    Raises:
        OutOfTimeError: the time of the invocation is over; a command line has no end.
    """
    with measuring(instances, world) as futures:
        for done in as_completed(futures):
            told(done.result())
        return tuple(future.result() for future in futures)


@contextmanager
def measuring(instances: Sequence[Instance], world: World) -> Iterator[list[Future[Finding]]]:
    """Begin to measure instances, several at a time, in their order; begin no more at the end.

    None is begun without the time for its worst case. Where that is over, the future raises
    OutOfTimeError.
    """
    tasks: dict[str, deque[_Task]] = defaultdict(deque)
    futures: list[Future[Finding]] = [Future() for _ in instances]
    for instance, future in zip(instances, futures, strict=True):
        tasks[instance.cloud].append((instance, future))
    try:
        for name, of_cloud in tasks.items():
            _begin(name, of_cloud, world)
        yield futures
    finally:
        for of_cloud in tasks.values():
            of_cloud.clear()


def _begin(name: str, tasks: deque[_Task], world: World) -> None:
    try:
        cloud = world.clouds(name)
    except LastgoodError as error:  # which is no reason not to measure those of another
        for instance, future in tasks:
            future.set_result(unmeasured(instance, error.message, world.now()))
        return
    threads = min(THREADS, len(tasks))
    crew = _Crew(threads, world.policy().cloud[name].requests_per_second, world)
    for _ in range(threads):
        # Not an executor: it would wait for its threads when a person interrupts.
        Thread(target=_work, args=(tasks, cloud, crew, world), daemon=True).start()


class _Crew:
    """Lets go one thread after another as the time for what all of them may have begun runs out."""

    def __init__(self, threads: int, rate: int, world: World) -> None:
        self._threads = threads
        self._rate = rate
        self._world = world
        self._lock = Lock()

    def lets_go(self) -> int | None:
        """How many stay, if the thread that asks must not begin another instance."""
        with self._lock:
            worst = READ_TAKES + (self._threads - 1) * REQUESTS / self._rate
            if self._world.time_left() >= worst:
                return None
            self._threads -= 1
            return self._threads


def _work(tasks: deque[_Task], cloud: Cloud, crew: _Crew, world: World) -> None:
    """Measure until there is nothing left to begin, or no time."""
    while (staying := crew.lets_go()) is None:
        try:
            instance, future = tasks.popleft()
        except IndexError:
            return
        try:
            future.set_result(_measured(instance, cloud, world))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it again
            future.set_exception(error)
    if not staying:
        for _, future in tasks:
            future.set_exception(OutOfTimeError())


def _measured(instance: Instance, cloud: Cloud, world: World) -> Finding:
    try:
        reading = read_one(instance, lambda _: cloud, world.now())
    except LastgoodError as error:
        finding = unmeasured(instance, error.message, world.now())
        if world.time_left() < READ_TAKES:
            raise OutOfTimeError(finding) from error
        return finding
    return assess(instance, reading, world.now())
