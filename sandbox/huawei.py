"""Huawei Cloud on 127.0.0.1: GeminiDB and RDS over real HTTP, each at a base URL of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import parse_qsl

from werkzeug import Request

from sandbox import routes
from sandbox.clock import Clock
from sandbox.faults import Faults, Operation
from sandbox.front import Front
from sandbox.geminidb import GeminiDb
from sandbox.rds import DEFAULT_LAG, Rds, RdsInstance
from sandbox.records import Puts, RequestLog, RequestRecord, Service
from sandbox.redis_instance import DEFAULT_PITR, PitrPolicy, RedisInstance
from sandbox.wire import BEIJING, Answer, AnswerError, Call, gateway_error, no_such_api

__all__ = ["HuaweiSandbox"]

# The project of the examples in seed 000.
_PROJECT_ID = "619d3e78f61b4be68bc5aa0b59edcf7b"

Carry = Callable[[Call, datetime], Answer]


class HuaweiSandbox:
    """Both services, their instances, a clock, a script of faults and a record of requests.

    Use it as a context manager; instances may be added before or inside. `token` is what requests
    must bring in `X-Auth-Token` (made up if not given; set it to another one and the old one has
    expired). `zone` is the one in which GeminiDB prints its times.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        project_id: str = _PROJECT_ID,
        token: str | None = None,
        zone: timezone = BEIJING,
    ) -> None:
        self.clock = Clock() if clock is None else clock
        self.project_id = project_id
        self.token = secrets.token_hex(32) if token is None else token
        self.faults = Faults()
        self._zone = zone
        self._log = RequestLog()
        self._geminidb = GeminiDb(zone)
        self._rds = Rds()
        self._operations = self._list_operations()
        self._geminidb_front = Front(partial(self._answer, "geminidb"))
        self._rds_front = Front(partial(self._answer, "rds"))
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.clock.ticking())
        self._open.enter_context(self._geminidb_front)
        self._open.enter_context(self._rds_front)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def geminidb_url(self) -> str:
        """Base URL of GeminiDB."""
        return self._geminidb_front.base_url

    @property
    def rds_url(self) -> str:
        """Base URL of RDS."""
        return self._rds_front.base_url

    def add_redis(
        self,
        instance_id: str,
        name: str,
        *,
        pitr: PitrPolicy | None = DEFAULT_PITR,
        mode: str = "Cluster",
    ) -> RedisInstance:
        """Add a GeminiDB Redis instance, empty, whose first point is one interval away."""
        instance = RedisInstance(
            instance_id, name, self.clock, pitr=pitr, mode=mode, zone=self._zone
        )
        self._open.callback(instance.close)
        self._geminidb.instances[instance_id] = instance
        return instance

    def add_rds(
        self,
        instance_id: str,
        name: str,
        *,
        retention: timedelta = timedelta(days=7),
        lag: timedelta = DEFAULT_LAG,
        since: datetime | None = None,
    ) -> RdsInstance:
        """Add an RDS instance; see `RdsInstance` for what the arguments mean."""
        instance = RdsInstance(
            instance_id, name, self.clock, retention=retention, lag=lag, since=since
        )
        self._rds.instances[instance_id] = instance
        return instance

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request so far, in the order of arrival."""
        return self._log.all()

    def requests_to(self, operation: Operation) -> tuple[RequestRecord, ...]:
        """Every request so far for one operation."""
        return self._log.to(operation)

    @property
    def puts(self) -> Puts:
        """How many restore PUTs arrived, and how many of them started a restore."""
        puts = self.requests_to("restore")
        return Puts(len(puts), sum(put.acted for put in puts))

    def wait_for(
        self, operation: Operation, count: int = 1, *, at_most: float = 10.0
    ) -> tuple[RequestRecord, ...]:
        """Wait until so many requests for an operation have arrived, and give them.

        Raises TimeoutError when they have not after `at_most` real seconds.
        """
        if not self._log.wait_until(lambda: len(self.requests_to(operation)) >= count, at_most):
            came = len(self.requests_to(operation))
            raise TimeoutError(f"{came} of {count} requests to {operation} came in {at_most} s")
        return self.requests_to(operation)

    def wait_until(self, condition: Callable[[], bool], *, at_most: float = 10.0) -> None:
        """Wait until a condition on the requests holds, such as `lambda: cloud.puts.acted == 1`.

        Raises TimeoutError when it does not after `at_most` real seconds.
        """
        if not self._log.wait_until(condition, at_most):
            raise TimeoutError(f"the requests were still not as awaited after {at_most} s")

    def _list_operations(self) -> dict[Operation, Carry]:
        return {
            "restore": self._geminidb.restore,
            "storage": self._geminidb.storage,
            "policy": self._geminidb.policy,
            "points": self._geminidb.points,
            "jobs": self._geminidb.list_jobs,
            "instances": self._geminidb.list_instances,
            "windows": self._rds.windows,
        }

    def _answer(self, service: Service, request: Request) -> Answer:
        """Record the request and find its answer; what the script says comes in between."""
        target = request.environ["REQUEST_URI"]
        path, _, raw_query = target.partition("?")
        destination = routes.find(service, request.method, path)
        record = RequestRecord(
            service=service,
            operation=destination.operation if destination else "unknown",
            method=request.method,
            target=target,
            query=MappingProxyType(dict(parse_qsl(raw_query, keep_blank_values=True))),
            headers=MappingProxyType({name.lower(): value for name, value in request.headers}),
            body=request.get_data(),
            at=self.clock.now(),
        )
        number = self._log.arrived(record)
        if destination is None:
            answer = no_such_api().answer
        else:
            act = partial(self._act, number, record, destination)
            fault = self.faults.take(destination.operation)
            answer = fault.around(act) if fault else act()
        self._log.answered(number, answer.status)
        return answer

    def _act(self, number: int, record: RequestRecord, destination: routes.Destination) -> Answer:
        """Carry the operation out in a turn of its own, unless it is refused."""
        call = Call(destination.instance_id, record.query, record.body)
        try:
            with self.clock.turn() as now:
                self._check_caller(record, destination.project_id)
                answer = self._operations[destination.operation](call, now)
        except AnswerError as refused:
            return refused.answer
        self._log.acted(number)
        return answer

    def _check_caller(self, record: RequestRecord, project_id: str) -> None:
        token = record.headers.get("x-auth-token")
        if token is None:
            raise gateway_error(401, "APIGW.0301", "Incorrect IAM authentication information.")
        if token != self.token:
            raise gateway_error(401, "APIGW.0307", "The token must be updated.")
        if project_id != self.project_id:
            raise gateway_error(403, "APIGW.0302", "Access to this project is not permitted.")
