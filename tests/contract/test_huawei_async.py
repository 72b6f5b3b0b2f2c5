"""The async client: the same values and the same errors as the sync one, many at a time."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import timedelta
from queue import Queue
from threading import Event
from typing import Any, NamedTuple, TypeVar

import pytest
import stamina

from lastgood.huawei import pace
from lastgood.huawei.auth import Authentication, TokenProof
from lastgood.huawei.cloud import AsyncHuaweiCloud, HuaweiCloud
from lastgood.huawei.connect import connect, connect_async
from lastgood.huawei.pace import Budget, Lane
from lastgood.ports import AsyncCloud, Cloud, CloudError
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation
from tests.support.connected import (
    CANARY,
    NOW,
    RDS,
    REDIS,
    START,
    Wire,
    body,
    entry,
    known,
    told,
)

T = TypeVar("T")

NOBODY = "0123456789abcdef0123456789abcdefin12"
DAY = timedelta(days=1)
HTML = "<html><h1>Bad Gateway</h1></html>"


class Read(NamedTuple):
    """One of the reads of a verification, in both styles."""

    operation: Operation
    sync: Callable[[Cloud], Any]
    asynchronous: Callable[[AsyncCloud], Awaitable[Any]]


READS = {
    "windows": Read("windows", lambda c: c.windows(RDS), lambda c: c.windows(RDS)),
    "windows of some days": Read(
        "windows", lambda c: c.windows(RDS, START, NOW), lambda c: c.windows(RDS, START, NOW)
    ),
    "windows of a month": Read(
        "windows",
        lambda c: c.windows(RDS, NOW - 30 * DAY, NOW),
        lambda c: c.windows(RDS, NOW - 30 * DAY, NOW),
    ),
    "points": Read(
        "points", lambda c: c.points(REDIS, START, NOW), lambda c: c.points(REDIS, START, NOW)
    ),
    "policy": Read("policy", lambda c: c.pitr_policy(REDIS), lambda c: c.pitr_policy(REDIS)),
    "state": Read("instances", lambda c: c.state(REDIS), lambda c: c.state(REDIS)),
    "state of nobody": Read("instances", lambda c: c.state(NOBODY), lambda c: c.state(NOBODY)),
    "points of nobody": Read(
        "points", lambda c: c.points(NOBODY, START, NOW), lambda c: c.points(NOBODY, START, NOW)
    ),
}
each_read = pytest.mark.parametrize("read", READS.values(), ids=READS)


def refusal(status: int, code: str) -> Answer:
    return body(status, json.dumps({"error_code": code, "error_msg": "No.", "request_id": "4711"}))


FAULTS = {
    "nothing": None,
    "dropped before acting": Fault.drop_before(),
    "dropped after acting": Fault.drop_after(),
    "500": Fault.error_after(),
    "502 in HTML": Fault.answer_before(body(502, HTML, "text/html")),
    "503 of nothing": Fault.answer_before(Answer(503)),
    "520, which has no name": Fault.answer_before(body(520, HTML)),
    "408": Fault.answer_before(Answer(408)),
    "429": Fault.throttle(),
    "429 with Retry-After": Fault.throttle(retry_after=0),
    "busy": Fault.answer_before(refusal(403, "DBS.200011")),
    "400": Fault.answer_before(refusal(400, "DBS.200001")),
    "401": Fault.answer_before(refusal(401, "APIGW.0301")),
    "401 of an expired token": Fault.answer_before(refusal(401, "APIGW.0307")),
    "403": Fault.answer_before(refusal(403, "DBS.280032")),
    "404": Fault.answer_before(refusal(404, "APIGW.0101")),
    "302": Fault.answer_before(Answer(302, b"", {"Location": "/x"})),
    "302 to no URL": Fault.answer_before(Answer(302, b"", {"Location": "http://[/"})),
    "204": Fault.answer_before(Answer(204)),
    "another shape": Fault.garbage(),
    "no JSON": Fault.garbage(HTML.encode()),
    "null": Fault.answer_before(body(200, "null")),
    "half a document": Fault.answer_before(body(200, '{"jobs": [{"id": "20f7')),
    "packed": Fault.answer_before(Answer(200, b"{}", {"Content-Encoding": "gzip"})),
    "too large": Fault.answer_before(body(200, " " * (4 * 1024 * 1024 + 1))),
}
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


def open_async(
    wire: Wire, budget: Budget | None = None, auth: Authentication | None = None
) -> AsyncHuaweiCloud:
    cloud = entry(wire.sandbox.geminidb_url, wire.sandbox.rds_url)
    return connect_async(cloud, auth or known(), budget or Budget(per_second=1000))


def in_a_loop(make: Callable[[], AsyncHuaweiCloud], use: Callable[[AsyncCloud], Awaitable[T]]) -> T:
    async def used() -> T:
        async with make() as cloud:
            return await use(cloud)

    return asyncio.run(used())


def outcome_of(call: Callable[[], object]) -> object:
    """What a call gives, or all that there is to an error, to be compared."""
    try:
        return call()
    except CloudError as error:
        message = re.sub(r"request \w+", "request", told(error))  # each has an id of its own
        return (type(error), message, error.hint, error.trouble, error.retry_after)


def asked(wire: Wire, since: int) -> list[tuple[str, str]]:
    return [(request.method, request.target) for request in wire.requests[since:]]


# The same as the sync client


@each_read
@each_fault
def test_both_styles_ask_the_same_and_come_to_the_same(
    wire: Wire, read: Read, fault: Fault | None
) -> None:
    if fault:
        wire.sandbox.faults.always(read.operation, fault)

    one = outcome_of(lambda: read.sync(wire.cloud))
    so_far = len(wire.requests)
    other = outcome_of(lambda: in_a_loop(lambda: open_async(wire), read.asynchronous))

    assert one == other
    assert asked(wire, 0)[:so_far] == asked(wire, so_far)


@each_read
def test_both_styles_succeed_when_what_was_wrong_has_passed(wire: Wire, read: Read) -> None:
    wire.sandbox.faults.add(read.operation, Fault.drop_after(), times=3)
    one = outcome_of(lambda: read.sync(wire.cloud))
    wire.sandbox.faults.add(read.operation, Fault.drop_after(), times=3)
    other = outcome_of(lambda: in_a_loop(lambda: open_async(wire), read.asynchronous))

    assert one == other


def test_both_styles_send_the_same_headers(wire: Wire) -> None:
    wire.cloud.state(REDIS)
    in_a_loop(lambda: open_async(wire), lambda cloud: cloud.state(REDIS))

    one, other = (dict(request.headers) for request in wire.requests)
    assert one == other
    assert one["x-auth-token"] == CANARY


def test_a_client_serves_one_loop_after_another(wire: Wire) -> None:
    auth, budget = known(), Budget(1000)
    states = {
        str(in_a_loop(lambda: open_async(wire, budget, auth), lambda cloud: cloud.state(REDIS)))
        for _ in range(3)
    }

    assert len(states) == 1


# Many at a time


def test_many_reads_are_under_way_at_once(wire: Wire) -> None:
    released = Event()
    wire.sandbox.faults.always("instances", Fault.hold(released))
    earlier = len(wire.sandbox.requests_to("instances"))

    async def look(cloud: AsyncCloud) -> list[Any]:
        await cloud.pitr_policy(REDIS)  # shows that the credentials are good
        looks = [asyncio.create_task(cloud.state(REDIS)) for _ in range(10)]
        await asyncio.to_thread(wire.sandbox.wait_for, "instances", earlier + 10)
        released.set()
        return list(await asyncio.gather(*looks))

    found = in_a_loop(lambda: open_async(wire), look)

    assert len(found) == 10


def test_one_that_fails_leaves_the_others_alone(wire: Wire) -> None:
    async def look(cloud: AsyncCloud) -> list[object]:
        looks = [cloud.state(REDIS if number % 2 else NOBODY) for number in range(10)]
        return list(await asyncio.gather(*looks, return_exceptions=True))

    found = in_a_loop(lambda: open_async(wire), look)

    assert [isinstance(each, CloudError) for each in found] == [True, False] * 5


class Gate(Budget):
    """A budget that lets nobody go while it is shut, and tells who came."""

    def __init__(self, per_second: int) -> None:
        super().__init__(per_second)
        self.open = Event()
        self.open.set()
        self.entered: Queue[Lane] = Queue()
        self.granted: list[tuple[Lane, float]] = []
        self._lanes: dict[object, Lane] = {}

    def enter(self, lane: Lane) -> object:
        turn = super().enter(lane)
        self._lanes[turn] = lane
        self.entered.put(lane)
        return turn

    def delay(self, turn: object) -> float:
        if not self.open.is_set():
            return 0.005
        seconds = super().delay(turn)
        if seconds == 0:
            self.granted.append((self._lanes[turn], time.monotonic()))
        return seconds

    async def until(self, lane: Lane, count: int) -> None:
        """Wait until so many more have queued up in a lane."""
        while count:
            count -= await asyncio.to_thread(self.entered.get) == lane


@pytest.fixture
def short_seconds(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(pace, "SECOND", 0.1)
    return 0.1


def test_both_styles_together_keep_one_budget(wire: Wire, short_seconds: float) -> None:
    auth, budget = known(), Gate(per_second=5)
    cloud = connect(entry(wire.sandbox.geminidb_url, wire.sandbox.rds_url), auth, budget)

    async def both(other: AsyncCloud) -> None:
        looks = (other.state(REDIS) for _ in range(10))
        reads = (asyncio.to_thread(cloud.state, REDIS) for _ in range(10))
        await asyncio.gather(*looks, *reads)

    began = time.monotonic()
    in_a_loop(lambda: open_async(wire, budget, auth), both)

    assert len(budget.granted) == len(wire.requests) == 20
    assert max(at for _, at in budget.granted) - began >= 3 * short_seconds


def test_a_recovery_goes_ahead_of_the_verifications_that_wait(wire: Wire) -> None:
    auth, budget = known(), Gate(per_second=1000)
    cloud = connect(entry(wire.sandbox.geminidb_url, wire.sandbox.rds_url), auth, budget)

    async def both(other: AsyncCloud) -> None:
        await other.state(REDIS)
        budget.open.clear()
        looks = [asyncio.create_task(other.state(REDIS)) for _ in range(6)]
        await budget.until("verification", 7)
        recovery = asyncio.create_task(asyncio.to_thread(cloud.pitr_policy, REDIS))
        await budget.until("recovery", 1)
        budget.open.set()
        await asyncio.gather(recovery, *looks)

    in_a_loop(lambda: open_async(wire, budget, auth), both)

    lanes = [lane for lane, _ in budget.granted]
    assert lanes == ["verification", "recovery", *["verification"] * 6]


def test_what_one_style_is_told_the_other_heeds(wire: Wire) -> None:
    auth, budget = known(), Budget(per_second=1000)
    place = entry(wire.sandbox.geminidb_url, wire.sandbox.rds_url)
    wire.sandbox.faults.always("instances", Fault.throttle(retry_after=7))

    with pytest.raises(CloudError) as caught:
        in_a_loop(lambda: connect_async(place, auth, budget, lambda: 1.0), lambda c: c.state(REDIS))

    assert (caught.value.trouble, caught.value.retry_after) == ("throttled", 7)
    assert 5 < budget.delay(budget.enter("recovery")) <= 7


# Cancelled


def test_a_task_that_is_cancelled_while_it_waits_sends_nothing_and_leaves_the_queue(
    wire: Wire,
) -> None:
    budget = Gate(per_second=1000)

    async def give_up(cloud: AsyncCloud) -> None:
        await cloud.pitr_policy(REDIS)
        budget.open.clear()
        waiting = [asyncio.create_task(cloud.state(REDIS)) for _ in range(5)]
        await budget.until("verification", 6)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        budget.open.set()
        await cloud.pitr_policy(REDIS)

    in_a_loop(lambda: open_async(wire, budget), give_up)

    assert [request.operation for request in wire.requests] == ["policy", "policy"]


def test_a_task_that_is_cancelled_under_way_lets_another_try_the_credentials(wire: Wire) -> None:
    released = Event()
    wire.sandbox.faults.add("instances", Fault.hold(released))
    earlier = len(wire.sandbox.requests_to("instances"))

    async def give_up(cloud: AsyncCloud) -> Any:
        first = asyncio.create_task(cloud.state(REDIS))
        await asyncio.to_thread(wire.sandbox.wait_for, "instances", earlier + 1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        return await cloud.state(REDIS)

    found = in_a_loop(lambda: open_async(wire), give_up)
    released.set()

    assert found.status == "normal"


def test_a_loop_that_ends_early_leaves_nothing_behind(wire: Wire) -> None:
    auth, budget = Authentication(TokenProof(CANARY)), Budget(per_second=1000)
    released = Event()
    wire.sandbox.faults.add("instances", Fault.hold(released))
    earlier = len(wire.sandbox.requests_to("instances"))

    async def end_early() -> None:
        async with open_async(wire, budget, auth) as cloud:
            looking: Coroutine[Any, Any, Any] = cloud.state(REDIS)
            task = asyncio.create_task(looking)
            await asyncio.to_thread(wire.sandbox.wait_for, "instances", earlier + 1)
            del task

    asyncio.run(end_early())
    released.set()

    cloud: HuaweiCloud = connect(
        entry(wire.sandbox.geminidb_url, wire.sandbox.rds_url), auth, budget
    )
    assert cloud.state(REDIS).status == "normal"
