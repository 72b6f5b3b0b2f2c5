"""The day that is recorded: the workflows run it on the durable SDK's own runner.

Only the ports are fakes, and the clock stands still until it is moved: every run gives the same.
`python -m tests.recorded.story FOLDER` writes the recording of today's code there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from aws_durable_execution_sdk_python_testing.stores.memory import InMemoryExecutionStore

from lastgood.aws.durable import DurableFlow
from lastgood.domain import canonical
from lastgood.domain.alarm import Incident
from lastgood.domain.errors import EventError
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Job, Outcome, Refused, Unknown
from lastgood.domain.sweep import Portion
from lastgood.ports import CloudError
from lastgood.workflows.dispatch import dispatch
from lastgood.workflows.operator import approve, dismiss, reject
from lastgood.workflows.recovery import recover
from lastgood.workflows.sweeping import sweep
from tests.recorded.recording import POLICY, TEXTS, Recording, lay_open, save
from tests.simulation.scene import CARTS, NOON, ORDERS, ORDERS_DB, STOCK, Route, delivery
from tests.support.fakes import FakeCloud, FakeWorld, service_times

SESSIONS = "00112233445566778899aabbccddeeffin12"
BUSY = Refused("DBS.200011", "403 DBS.200011: Another operation runs.", "busy")

Person = Callable[[str], object]
"""Answers a proposal; given the incident."""


def at(clock_time: str) -> datetime:
    return datetime.fromisoformat(f"2026-02-17T{clock_time}").replace(tzinfo=UTC)


class StoryCloud(FakeCloud):
    """Requests and looks move the clock; after `BUSY` the instance is busy for two looks."""

    def __init__(self, world: FakeWorld) -> None:
        super().__init__(world.now)
        self._moves = world.now.pass_
        self._busy = 0

    def restore(self, instance: str, restore_time: str) -> Outcome:
        self._moves(timedelta(seconds=2))
        outcome = super().restore(instance, restore_time)
        self._busy = 2 if outcome == BUSY else 0
        return outcome

    def job(self, job: str) -> Job | None:
        self._moves(timedelta(seconds=40))
        return super().job(job)

    def state(self, instance: str) -> InstanceState:
        if self._busy:
            self._busy -= 1
            self._moves(timedelta(seconds=15))
            return InstanceState("normal", ("BACKUP",), "Cluster")
        return super().state(instance)


class Day:
    """The world of the story, and what happens in it."""

    def __init__(self) -> None:
        self.world = FakeWorld(parse_policy(POLICY.read_text("utf-8")))
        self.cloud = self.world.cloud = StoryCloud(self.world)
        self.executions: list[dict[str, Any]] = []
        hours = [f"{hour:02}:{minute}:20" for hour in range(9, 15) for minute in ("00", 20, 40)]
        for cache in (ORDERS, CARTS, STOCK, SESSIONS):
            self.cloud.add_points(cache, *service_times(*hours))
        # The margin ends at 11:47:00: the last point before it is the target, one on it is not.
        self.cloud.add_points(ORDERS, *service_times("11:46:40", "11:47:00"))
        self.cloud.add_window(ORDERS_DB, at("06:00:00"), at("11:00:00.500"))

    def set_clock(self, clock_time: str) -> None:
        self.world.now.time = at(clock_time)

    def alarm(self, route: Route, instance: str, name: str, minutes: int = 0) -> str:
        """Deliver an event whose alarm went off so many minutes after 11:53; its incident."""
        event = delivery(route, instance, name, NOON, minutes).event
        (outcome,) = dispatch(event, self.world).outcomes
        return outcome.incident or ""

    def recover(self, incident: str, *people: Person) -> None:
        """Run the execution that was started for an incident; the people answer in turn."""

        def program(event: Any, context: DurableContext) -> Any:
            return recover(msgspec.convert(event, Incident), DurableFlow(context), self.world)

        payload = canonical.encode(self.world.starter.started[incident]).decode()
        self._run("recover", incident, program, payload, [partial(p, incident) for p in people])

    def sweep(self, name: str) -> None:
        def program(event: Any, context: DurableContext) -> Any:
            return sweep(msgspec.convert(event, Portion), DurableFlow(context), self.world)

        portion = canonical.encode(Portion(sweep=name, cloud="prod")).decode()
        self._run("verify", name, program, portion, [])

    def _run(
        self,
        function: str,
        name: str,
        program: Callable[[Any, DurableContext], Any],
        payload: str,
        answers: list[Callable[[], object]],
    ) -> None:
        @durable_execution
        def handler(event: Any, context: DurableContext) -> Any:
            return msgspec.to_builtins(program(event, context))

        store = InMemoryExecutionStore()
        with DurableFunctionTestRunner(handler, poll_interval=0.02, store=store) as runner:
            arn = runner.run_async(input=payload, execution_name=name)
            for number, answer in enumerate(answers, start=1):
                callback = runner.wait_for_callback(arn, f"proposal {number} create callback id")
                while self._callback(name) != callback:
                    time.sleep(0.02)  # it is known to the engine first, and then to the ledger
                answer()
                runner.send_callback_success(self.world.waker.woken[-1], b"{}")
            result = runner.wait_for_result(arn)
        assert result.error is None, result.error
        operations = [_plain(operation.to_json_dict()) for operation in store.load(arn).operations]
        self.executions.append({"function": function, "name": name, "operations": operations})

    def _callback(self, incident: str) -> str | None:
        recovery = self.world.ledger.recovery(incident)
        plan = recovery.plan if recovery else None
        return self.world.ledger.callback(incident, plan.hash) if plan else None

    def recording(self) -> Recording:
        ledger = [
            {
                "partition": record.key.partition,
                "sort": record.key.sort,
                "version": record.version,
                "body": lay_open(record.body.decode()),
            }
            for record in sorted(self.world.store.records.values())
        ]
        events = [
            {"kind": kind, "detail": lay_open(canonical.encode(detail).decode())}
            for kind, detail in self.world.publisher.published
        ]
        return Recording(ledger, self.executions, events)


def _plain(operation: Any) -> dict[str, Any]:
    """An operation without its times, which differ from run to run, its JSON texts laid open."""
    return {
        key: _laid_open(value) if isinstance(value, dict) else value
        for key, value in operation.items()
        if not key.endswith("Timestamp") and key != "WaitDetails"  # which is nothing but a time
    }


def _laid_open(details: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in details.items() if value is not None}
    kept |= {key: lay_open(value) for key, value in kept.items() if key in TEXTS}
    if "Error" in kept:
        kept["Error"] = {k: v for k, v in kept["Error"].items() if k != "StackTrace"}
    return kept


def tell() -> Recording:  # noqa: PLR0915 - one day from morning to evening
    """A day with sweeps, alarms of every end, and a halt."""
    day = Day()
    world, cloud = day.world, day.cloud

    day.set_clock("11:30:00")
    day.sweep("sweep-1130")  # the windows of orders-db end too early
    cloud.add_window(ORDERS_DB, at("11:00:00.500"), at("11:52:00"))
    day.set_clock("11:50:00")
    day.sweep("sweep-1150")

    day.set_clock("11:54:00")
    settling = day.alarm("eventbridge-alarm", ORDERS, "orders-cache-keys-dropped")
    assert day.alarm("sns-alarm", ORDERS, "orders-cache-keys-dropped") == settling
    day.recover(settling)

    day.set_clock("12:04:00")
    declined = day.alarm("eventbridge-alarm", CARTS, "carts-cache-keys-dropped", 10)
    day.recover(declined, lambda incident: reject(incident, "a known import", "grace", world))
    dismiss(declined, "a known import", "grace", world)  # or a later plan would go back before it

    day.set_clock("12:31:30")
    day.alarm("eventbridge-ok", ORDERS, "orders-cache-keys-dropped")

    day.set_clock("12:34:00")
    worsening = day.alarm("eventbridge-alarm", CARTS, "carts-cache-keys-dropped", 40)

    def approve_it(clock_time: str, incident: str) -> None:
        recovery = world.ledger.recovery(incident)
        assert recovery is not None
        assert recovery.plan is not None
        day.set_clock(clock_time)
        approve(incident, recovery.plan.hash, "ada", world)

    def lose_a_point(incident: str) -> None:
        cloud.instances[CARTS].points.remove(*service_times("12:20:20"))
        approve_it("12:36:00", incident)

    cloud.outcomes = [BUSY]
    day.recover(worsening, lose_a_point, partial(approve_it, "12:39:00"))

    day.set_clock("13:04:00")
    day.recover(day.alarm("direct-alarm", SESSIONS, "sessions-cache-keys-dropped", 70))

    day.set_clock("13:24:00")
    cloud.failing["points"] = [CloudError("no answer from the service", "wait")] * 6
    day.recover(day.alarm("eventbridge-alarm", SESSIONS, "sessions-cache-keys-dropped", 90))

    day.set_clock("13:40:00")
    world.halt("ada", "a migration")
    day.set_clock("13:44:00")
    halted = day.alarm("eventbridge-alarm", STOCK, "stock-cache-keys-dropped", 110)
    day.recover(halted)
    dismiss(halted, "the migration", "grace", world)
    day.set_clock("13:50:00")
    world.ledger.resume("ada", world.now())

    day.set_clock("14:04:00")
    lost = day.alarm("eventbridge-alarm", STOCK, "stock-cache-keys-dropped", 130)
    cloud.outcomes = [Unknown("the answer was lost")]
    cloud.appearing = [
        Job(id="job-found", status="Completed", instance=STOCK, started_at=at("14:04:01"))
    ]
    day.recover(lost)

    day.set_clock("14:30:00")
    day.alarm("eventbridge-alarm", "99999999999999999999999999999999in12", "of-another-team")
    with suppress(EventError):
        day.alarm("malformed-text", ORDERS, "whatever")
    return day.recording()


if __name__ == "__main__":
    save(tell(), Path(sys.argv[1]))
