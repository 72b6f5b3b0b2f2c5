"""Huawei Cloud on 127.0.0.1: GeminiDB, RDS and IAM over real HTTP, each at its own base URL."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.http import http_date

from sandbox.clock import Clock
from sandbox.huawei.access.callers import Caller
from sandbox.huawei.access.gateway import Gateway
from sandbox.huawei.access.iam import Iam, Project
from sandbox.huawei.access.tokens import Tokens
from sandbox.huawei.geminidb.redis_instance import DEFAULT_PITR, PitrPolicy, RedisInstance
from sandbox.huawei.geminidb.service import GeminiDb
from sandbox.huawei.rds import DEFAULT_LAG, Rds, RdsInstance
from sandbox.huawei.wire import routes
from sandbox.huawei.wire.answers import (
    BEIJING,
    Answer,
    AnswerError,
    Call,
    gateway_error,
    no_such_api,
)
from sandbox.huawei.wire.faults import Faults, Operation
from sandbox.huawei.wire.records import Puts, RequestLog, RequestRecord, Service
from sandbox.huawei.wire.server import Front

__all__ = ["HuaweiSandbox"]

# The project of the examples in seed 000.
_PROJECT_ID = "619d3e78f61b4be68bc5aa0b59edcf7b"
_REGION = "ap-southeast-1"

Carry = Callable[[Call, datetime], Answer]


class HuaweiSandbox:
    """The services, their instances, a clock, a script of faults and a record of requests.

    Use it as a context manager; instances, keys and users may be added before or inside. `token`
    is one that lives until it is set to another one (made up if not given). `zone` is the one in
    which GeminiDB prints its times, `region` the name of the project.

    `wall` is the time that the gateway and IAM go by: of signatures, tokens, lockouts and `Date`.
    It is the real one, because clients sign in real time, whatever the time of the instances is.
    Move it, or set another clock, to skew it.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        project_id: str = _PROJECT_ID,
        region: str = _REGION,
        token: str | None = None,
        zone: timezone = BEIJING,
    ) -> None:
        self.clock = Clock() if clock is None else clock
        self.wall = Clock()
        self.project_id = project_id
        self.faults = Faults()
        self._tokens = Tokens()
        self._token = ""
        self.token = secrets.token_hex(32) if token is None else token
        self._zone = zone
        self._log = RequestLog()
        self._geminidb = GeminiDb(zone)
        self._rds = Rds()
        self._gateway = Gateway(self._tokens, self._wall_now)
        self._iam = Iam(Project(project_id, region), self._tokens, self._wall_now)
        self._operations = self._list_operations()
        self._geminidb_front = Front(partial(self._answer, "geminidb"))
        self._rds_front = Front(partial(self._answer, "rds"))
        self._iam_front = Front(partial(self._answer, "iam"))
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

    @property
    def iam_url(self) -> str:
        """Base URL of IAM, which opens when it is first asked for: few need it."""
        if not self._iam_front.is_running():
            self._open.enter_context(self._iam_front)
        return self._iam_front.base_url

    @property
    def token(self) -> str:
        """A token that is accepted until it is set to another one."""
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._tokens.remove(self._token)
        self._token = token
        self.add_token(token)

    def add_token(self, token: str, *, actions: Collection[str] | None = None) -> None:
        """Accept a token; see `Caller` for `actions`. One that is known gets other ones."""
        self._tokens.add(token, Caller("token", actions))

    def add_access_key(
        self,
        access_key: str,
        secret_key: str,
        security_token: str | None = None,
        *,
        actions: Collection[str] | None = None,
    ) -> None:
        """Accept what is signed with a key; one with a security token is a temporary one."""
        self._gateway.add_access_key(access_key, secret_key, security_token, actions)

    def add_user(
        self, domain: str, name: str, password: str, *, actions: Collection[str] | None = None
    ) -> None:
        """Let a user get tokens from IAM for the project."""
        self._iam.add_user(domain, name, password, actions)

    def revoke_tokens(self) -> None:
        """Accept no token any longer but `token`."""
        self._tokens.keep_only(self._token)

    @property
    def locked_keys(self) -> frozenset[str]:
        """The access keys that are locked now for too many bad signatures."""
        return self._gateway.locked_keys

    def bad_signatures(self, access_key: str) -> int:
        """How many signed requests were refused with a key that exists and was not locked."""
        return self._gateway.lockouts.total[access_key]

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
            "token": self._iam.token,
        }

    def _wall_now(self) -> datetime:
        return self.wall.now()

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
        return answer.and_also({"Date": http_date(self._wall_now())})

    def _act(self, number: int, record: RequestRecord, destination: routes.Destination) -> Answer:
        """Carry the operation out in a turn of its own, unless it is refused."""
        call = Call(destination.instance_id, record.query, record.headers, record.body)
        try:
            with self.clock.turn() as now:
                self._check_caller(record, destination)
                answer = self._operations[destination.operation](call, now)
            self._log.acted(number)
        except AnswerError as refused:
            answer = refused.answer
        return answer.and_also({"X-Request-Id": uuid.uuid4().hex})

    def _check_caller(self, record: RequestRecord, destination: routes.Destination) -> None:
        """Let pass who may do this; IAM asks for a password instead, in the body."""
        if destination.operation == "token":
            return
        caller = self._gateway.identify(record)
        if destination.project_id != self.project_id:
            raise gateway_error(403, "APIGW.0302", "Access to this project is not permitted.")
        caller.check(destination.operation)
