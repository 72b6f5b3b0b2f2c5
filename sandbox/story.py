"""The demo's story on a stage: data, damage, one alarm by many routes, one restore, the data back.

And of the database, which has the same orders, a copy that has the lost rows.

Each chapter returns the facts that the demo shows. `mishaps` collects every expectation that was
not met; the demo fails when there is one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from lastgood.aws.executions import execution_name
from lastgood.domain.objective import Finding
from sandbox import corpus
from sandbox.aws.account import RECOVER_FUNCTION, function_arn
from sandbox.huawei.wire.records import RequestRecord
from sandbox.stage import CACHE, DATABASE, Stage

ROUTES = ("eventbridge-alarm", "sns-alarm", "direct-alarm", "sns-alarm")
"""The same transition by every route, one of them twice."""

DAMAGE_BEFORE_ALARM = timedelta(minutes=4)
"""In the corpus the first bad datapoint starts 4m08s before the transition."""

ALARM_AGE = timedelta(seconds=30)
ORDERS_A_ROUND = 120
ROUND = timedelta(minutes=10)
TABLE = "orders"
AT_THE_COMMAND_LINE = "import sys; from lastgood.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class Data:
    """The data before the damage, the points made of it, and the number of orders destroyed."""

    orders: int
    points: list[str]
    destroyed: int
    destroyed_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One event, and the result of the alarm function for it."""

    route: str
    result: str
    incident: str | None


@dataclass(frozen=True)
class Restored:
    """The end of the recovery, and what was lost."""

    recovery: dict[str, Any]
    puts: tuple[RequestRecord, ...]
    orders: int
    lost_orders: int

    @property
    def took(self) -> timedelta:
        """The time from the request to the end of the recovery."""
        return self._moment("changed_at") - self._moment("sent_at")

    @property
    def lost(self) -> timedelta:
        """The time from the target to the request; writes in between are lost."""
        return self._moment("sent_at") - datetime.fromisoformat(self.recovery["plan"]["target"])

    def _moment(self, name: str) -> datetime:
        return datetime.fromisoformat(self.recovery[name])


@dataclass(frozen=True)
class Undone:
    """What was kept of what the restore overwrote, and the instance that was made of it."""

    backup: dict[str, Any]
    made: str
    keys: int
    lacking: int


@dataclass(frozen=True)
class Copied:
    """A copy: what was told of it, how many rows it has, and how many of them its source lacks."""

    plan: dict[str, Any]
    posts: tuple[RequestRecord, ...]
    told: dict[str, Any]
    rows: int
    lacking: int


@dataclass
class Story:
    """The chapters: write, alarm, progress, restored, undone, copied, deleted, sweep."""

    stage: Stage
    mishaps: list[str] = field(default_factory=list)
    _copies: dict[datetime, dict[str, str]] = field(default_factory=dict)

    def write(self) -> Data:
        """Write orders for hours of sandbox time, then delete nearly all of them, in both."""
        alarm_at = datetime.now(UTC) - ALARM_AGE
        damage_at = alarm_at - DAMAGE_BEFORE_ALARM
        with self._client() as client:
            while self.stage.clock.now() + ROUND < damage_at:
                self._take_orders(client)
                self.stage.clock.advance(ROUND)
            self.stage.clock.advance_to(damage_at - ROUND / 5)
            self._take_orders(client)
            self.stage.clock.advance_to(damage_at)
            orders = self._orders(client)
            self._before_damage = len(orders)
            doomed = random.Random(7).sample(sorted(orders), k=len(orders) * 97 // 100)  # noqa: S311 - a story
            client.delete(*doomed)
            client.set("order:late", "taken after the damage")
        self._overwritten = _dump(self.stage.cache.url)
        for order in doomed:
            self.stage.database.remove(TABLE, order)
        self.stage.clock.catch_up()
        self._alarm_at = alarm_at
        return Data(len(orders), self.stage.cache.points, len(doomed), damage_at)

    def _take_orders(self, client: redis.Redis) -> None:
        """Write a round of orders, and keep a copy of the data from now on."""
        number = client.incrby("orders:last", ORDERS_A_ROUND)
        for order in range(number - ORDERS_A_ROUND, number):
            client.set(f"order:{order}", f"{order % 7 + 1} pieces")
            self.stage.database.put(TABLE, f"order:{order}", {"pieces": order % 7 + 1})
        self._copies[self.stage.clock.now()] = self._orders(client)

    def alarm(self) -> list[Delivery]:
        """Deliver the same transition by all routes at once, shuffled."""
        routes = list(ROUTES)
        random.Random(11).shuffle(routes)  # noqa: S311 - a story, not a secret
        events = [corpus.event(route, self._alarm_at) for route in routes]
        with ThreadPoolExecutor(len(events)) as pool:
            answers = [answer.value() for answer in pool.map(self.stage.deliver, events)]
        outcomes = [answer["outcomes"][0] for answer in answers]
        deliveries = [
            Delivery(route.removesuffix("-alarm"), outcome["result"], outcome["incident"])
            for route, outcome in zip(routes, outcomes, strict=True)
        ]
        executions = self.stage.functions.executions(RECOVER_FUNCTION)
        self._expect(len(executions) == 1, f"{len(executions)} executions for one incident")
        self._expect(
            [d.result for d in deliveries].count("started") == 1,
            "not exactly one delivery started the recovery",
        )
        self._execution = executions[0].name
        return deliveries

    def progress(self) -> Iterator[int]:
        """Yield the progress of the restore in percent until it has ended."""
        while not self.stage.huawei.puts.acted:
            yield 0
        began = self.stage.huawei.requests_to("restore")[0].at
        while self.stage.cache.actions:
            done = (self.stage.clock.now() - began) / self.stage.cache.restores.lasts
            yield min(int(100 * done), 99)
        yield 100

    def restored(self) -> Restored:
        """Wait for the end of the recovery, and compare the data with that at the target."""
        ended = self.stage.functions.wait_for(self._execution, 60)
        recovery: dict[str, Any] = (
            ended.value() if ended.payload else {"state": ended.status, "plan": None}
        )
        self._expect(recovery["state"] == "settled", f"the recovery ended as {recovery['state']}")
        puts = self.stage.huawei.requests_to("restore")
        self._expect(len(puts) == 1, f"{len(puts)} restore requests were sent")
        with self._client() as client:
            orders = self._orders(client)
        target = datetime.fromisoformat(recovery["plan"]["target"]) if recovery["plan"] else None
        self._expect(orders == self._as_of(target), "the data differs from that at the target")
        return Restored(recovery, puts, len(orders), self._before_damage - len(orders))

    def undone(self, restored: Restored) -> Undone | None:
        """Have an instance made of what was overwritten, and compare it byte for byte.

        None where there is none to compare; that is a mishap.
        """
        said = self._command("undo", restored.recovery["incident"], "--yes", "--json")
        made = self.stage.huawei.geminidb.made
        if not said or len(made) != 1:
            self.mishaps.append(f"{len(made)} instances were made of what was overwritten")
            return None
        keys = _dump(made[0].url)
        lacking = keys.keys() - _dump(self.stage.cache.url).keys()
        self._expect(keys == self._overwritten, "what was kept differs from what was overwritten")
        way = json.loads(said)
        return Undone(way["backup"], way["copy"]["name"], len(keys), len(lacking))

    def copied(self) -> Copied | None:
        """Deliver an alarm about the database twice, and compare the copy that is made of it.

        None where there is none to compare; that is a mishap.
        """
        source, cloud = self.stage.database, self.stage.huawei
        before = source.tables
        renamed = {CACHE: DATABASE, "orders-cache": source.name}
        event = corpus.event("eventbridge-alarm", self._alarm_at, renamed)
        answers = [self.stage.deliver(event).value()["outcomes"][0] for _ in range(2)]
        execution = execution_name(answers[0]["incident"], function_arn(RECOVER_FUNCTION))
        ended = self.stage.functions.wait_for(execution, 60)
        posts = cloud.requests_to("rds-restore")
        self._expect(answers[1]["result"] == "duplicate", "the second delivery was no duplicate")
        self._expect(len(posts) == 1, f"{len(posts)} copies were asked for")
        self._expect(source.tables == before, "the database was changed")
        if ended.status != "SUCCEEDED" or len(cloud.rds.made) != 1:
            self.mishaps.append(f"no copy is ready: {ended.error or ended.value()}")
            return None
        plan = ended.value()["plan"]
        told = {event["detail-type"]: event["detail"] for event in self.stage.aws.events()}
        rows = cloud.rds.made[0].tables
        then = source.tables_at(datetime.fromisoformat(plan["target"]))
        self._expect(rows == then, "the rows of the copy differ from those at the target")
        lacking = rows[TABLE].keys() - before[TABLE].keys()
        return Copied(plan, posts, told["Copy Ready"], len(rows[TABLE]), len(lacking))

    def deleted(self, name: str) -> str:
        """Delete the copy from the command line; what that says."""
        said = self._command("copies", "delete", name, "--yes")
        left = set(self.stage.huawei.rds.instances)
        self._expect(left == {DATABASE}, "the database is not the only instance that is left")
        return said

    def _command(self, *words: str) -> str:
        """Run a command as an operator does; what it says."""
        plain = {"FORCE_COLOR": ""}  # what is said is a part of a line here, whoever reads that
        clouds = self.stage.aws.environment() | self.stage.functions.environment()
        ran = subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-c", AT_THE_COMMAND_LINE, *words],
            env=os.environ | clouds | plain,
            capture_output=True,
            text=True,
            check=False,
        )
        self._expect(ran.returncode == 0, ran.stderr)
        return ran.stdout.strip()

    def sweep(self) -> tuple[Finding, ...]:
        """Verify all instances; exactly one must miss its objective."""
        ended = self.stage.sweep()
        found = tuple(self.stage.findings().values())
        missing = [finding.instance for finding in found if finding.verdict != "ok"]
        self._expect(
            ended.value()["counts"] == {"ok": 2, "degraded": 1},
            "not all three instances were measured",
        )
        self._expect(len(missing) == 1, f"{len(missing)} instances miss their objective, not one")
        self._expect(CACHE not in missing, "the restored instance misses its objective")
        return found

    def _as_of(self, target: datetime | None) -> dict[str, str] | None:
        earlier = [at for at in self._copies if target is not None and at <= target]
        return self._copies[max(earlier)] if earlier else None

    def _orders(self, client: redis.Redis) -> dict[str, str]:
        names = sorted(map(str, client.scan_iter("order:*", count=1000)))
        return {name: str(order) for name, order in zip(names, client.mget(names), strict=True)}

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.stage.cache.url, decode_responses=True)

    def _expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self.mishaps.append(otherwise)


def _dump(url: str) -> dict[bytes, bytes]:
    """Every key with its value, as Redis serialises it."""
    with redis.Redis.from_url(url) as client:
        return {key: client.dump(key) for key in client.scan_iter("*", count=1000)}
