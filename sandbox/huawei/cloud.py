"""Huawei Cloud on 127.0.0.1: its services over real HTTP, each at its own base URL."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Self
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.http import http_date

from sandbox.clock import Clock
from sandbox.huawei.access.callers import Caller
from sandbox.huawei.access.gateway import Gateway
from sandbox.huawei.access.iam import Iam, Project
from sandbox.huawei.access.tokens import Tokens
from sandbox.huawei.cloud_eye import CloudEye
from sandbox.huawei.geminidb.redis_instance import DEFAULT_PITR, PitrPolicy, RedisInstance
from sandbox.huawei.geminidb.service import GeminiDb
from sandbox.huawei.geminidb.shape import DEFAULT_SHAPE as DEFAULT_REDIS
from sandbox.huawei.geminidb.shape import Shape as RedisShape
from sandbox.huawei.rds.instance import DEFAULT_LAG, DEFAULT_SHAPE, RdsInstance
from sandbox.huawei.rds.service import Rds
from sandbox.huawei.rds.shape import Shape
from sandbox.huawei.wire import routes
from sandbox.huawei.wire.answers import Answer, AnswerError, Call, gateway_error, no_such_api
from sandbox.huawei.wire.faults import Faults, Operation
from sandbox.huawei.wire.records import Puts, RequestLog, RequestRecord, Service
from sandbox.huawei.wire.server import Server

__all__ = ["HuaweiSandbox"]

# The id is that of docs/facts/huawei.md "The two API pages"; a project is named by its region.
_PROJECT = Project("619d3e78f61b4be68bc5aa0b59edcf7b", "ap-southeast-1")

Handler = Callable[[Call, datetime], Answer]


class HuaweiSandbox:
    """The services, their instances, a clock, scripted faults and a record of requests.

    Use it as a context manager; instances, keys and users may be added before or inside. `token`
    is valid until it is set to another value; a random one is made when none is given.

    `wall` is the clock of the gateway and of IAM: for signatures, tokens, lockouts and the header
    `Date`. It runs in real time, because clients sign in real time, whatever the time of the
    instances is. Move it, or set another clock, to simulate clock skew.
    """

    def __init__(self, clock: Clock | None = None, *, token: str | None = None) -> None:
        self.clock = Clock() if clock is None else clock
        self.wall = Clock()
        self.project_id = _PROJECT.id
        self.faults = Faults()
        self._tokens = Tokens()
        self._token = ""
        self.token = secrets.token_hex(32) if token is None else token
        self._log = RequestLog()
        self.geminidb = GeminiDb(self.clock)
        self.rds = Rds(self.clock)
        self.cloud_eye = CloudEye()
        self._gateway = Gateway(self._tokens, self._wall_now)
        self._iam = Iam(_PROJECT, self._tokens, self._wall_now)
        self._handle = self._handlers()
        self._geminidb_server = Server(partial(self._answer, "geminidb"))
        self._rds_server = Server(partial(self._answer, "rds"))
        self._iam_server = Server(partial(self._answer, "iam"))
        self._ces_server = Server(partial(self._answer, "ces"))
        self._open = ExitStack()
        self._open.callback(self.geminidb.close)

    def __enter__(self) -> Self:
        self._open.enter_context(self.clock.ticking())
        self._open.enter_context(self._geminidb_server)
        self._open.enter_context(self._rds_server)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def geminidb_url(self) -> str:
        """Base URL of GeminiDB."""
        return self._geminidb_server.base_url

    @property
    def rds_url(self) -> str:
        """Base URL of RDS."""
        return self._rds_server.base_url

    @property
    def iam_url(self) -> str:
        """Base URL of IAM; the first access starts the server, which few tests need."""
        return self._started(self._iam_server)

    @property
    def ces_url(self) -> str:
        """Base URL of Cloud Eye; the first access starts the server."""
        return self._started(self._ces_server)

    def _started(self, server: Server) -> str:
        if not server.is_running():
            self._open.enter_context(server)
        return server.base_url

    @property
    def token(self) -> str:
        """A token that is accepted until this is set to another value."""
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._tokens.remove(self._token)
        self._token = token
        self.add_token(token)

    def add_token(self, token: str, *, actions: Collection[str] | None = None) -> None:
        """Accept a token; see `Caller` for `actions`. Adding it again replaces its actions."""
        self._tokens.add(token, Caller("token", actions))

    def add_access_key(
        self,
        access_key: str,
        secret_key: str,
        security_token: str | None = None,
        *,
        actions: Collection[str] | None = None,
    ) -> None:
        """Accept requests signed with this key; with a security token it is a temporary key."""
        self._gateway.add_access_key(access_key, secret_key, security_token, actions)

    def add_user(
        self, domain: str, name: str, password: str, *, actions: Collection[str] | None = None
    ) -> None:
        """Add a user who can get tokens for the project from IAM."""
        self._iam.add_user(domain, name, password, actions)

    def revoke_tokens(self) -> None:
        """Revoke every token except `token`."""
        self._tokens.keep_only(self._token)

    @property
    def locked_keys(self) -> frozenset[str]:
        """The access keys that are locked now because of too many bad signatures."""
        return self._gateway.locked_keys

    def bad_signatures(self, access_key: str) -> int:
        """How many signed requests were rejected for a key that exists and was not locked."""
        return self._gateway.lockouts.total[access_key]

    def add_redis(
        self,
        instance_id: str,
        name: str,
        *,
        pitr: PitrPolicy | None = DEFAULT_PITR,
        shape: RedisShape = DEFAULT_REDIS,
    ) -> RedisInstance:
        """Add an empty GeminiDB Redis instance; its first point is made after one interval."""
        instance = RedisInstance(instance_id, name, self.clock, pitr=pitr, shape=shape)
        self._open.callback(instance.close)
        self.geminidb.instances[instance_id] = instance
        return instance

    def add_rds(  # noqa: PLR0913  those of RdsInstance
        self,
        instance_id: str,
        name: str,
        *,
        retention: timedelta = timedelta(days=7),
        lag: timedelta = DEFAULT_LAG,
        since: datetime | None = None,
        shape: Shape = DEFAULT_SHAPE,
    ) -> RdsInstance:
        """Add an RDS instance; `RdsInstance` describes the arguments."""
        instance = RdsInstance(
            instance_id, name, self.clock, retention=retention, lag=lag, since=since, shape=shape
        )
        self.rds.instances[instance_id] = instance
        return instance

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """All requests so far, in the order of arrival."""
        return self._log.all()

    def requests_to(self, operation: Operation) -> tuple[RequestRecord, ...]:
        """All requests so far for one operation."""
        return self._log.to(operation)

    @property
    def puts(self) -> Puts:
        """How many restore PUTs arrived, and how many of them started a restore."""
        puts = self.requests_to("restore")
        return Puts(len(puts), sum(put.acted for put in puts))

    def wait_for(
        self, operation: Operation, count: int = 1, *, at_most: float = 10.0
    ) -> tuple[RequestRecord, ...]:
        """Wait until `count` requests for an operation have arrived, and return them.

        Raises TimeoutError when they have not arrived after `at_most` real seconds.
        """
        if not self._log.wait_until(lambda: len(self.requests_to(operation)) >= count, at_most):
            arrived = len(self.requests_to(operation))
            raise TimeoutError(
                f"{arrived} of {count} requests for {operation} arrived within {at_most} s"
            )
        return self.requests_to(operation)

    def wait_until(self, condition: Callable[[], bool], *, at_most: float = 10.0) -> None:
        """Wait until a condition on the requests holds, such as `lambda: cloud.puts.acted == 1`.

        Raises TimeoutError when it does not hold after `at_most` real seconds.
        """
        if not self._log.wait_until(condition, at_most):
            raise TimeoutError(f"the condition on the requests did not hold within {at_most} s")

    def _handlers(self) -> dict[Operation, Handler]:
        return {
            "restore": self.geminidb.restore,
            "storage": self.geminidb.storage,
            "policy": self.geminidb.policy,
            "points": self.geminidb.points,
            "jobs": self.geminidb.list_jobs,
            "instances": self.geminidb.list_instances,
            "back-up": self.geminidb.back_up,
            "backups": self.geminidb.list_backups,
            "delete-backup": self.geminidb.delete_backup,
            "restore-to-new": self.geminidb.restore_to_new,
            "delete": self.geminidb.delete,
            "tags": self.geminidb.list_tags,
            "tag": self.geminidb.tag,
            "windows": self.rds.windows,
            "rds-restore": self.rds.restore,
            "rds-instances": self.rds.list_instances,
            "rds-tasks": self.rds.list_tasks,
            "rds-job": self.rds.show_job,
            "rds-delete": self.rds.delete,
            "rds-quotas": self.rds.quotas,
            "rds-flavors": self.rds.list_flavors,
            "rds-backups": self.rds.list_backups,
            "rds-recycled": self.rds.list_recycled,
            "alarm-records": self.cloud_eye.list_records,
            "metric-data": self.cloud_eye.show_data,
            "token": self._iam.token,
        }

    def _wall_now(self) -> datetime:
        return self.wall.now()

    def _answer(self, service: Service, request: Request) -> Answer:
        """Record the request and answer it, applying the fault scripted for it, if any."""
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
        """Carry the operation out under the clock's lock, unless it is rejected."""
        call = Call(
            destination.instance_id,
            record.query,
            record.headers,
            record.body,
            destination.engine,
            destination.backup_id,
        )
        try:
            with self.clock.turn() as now:
                self._check_caller(record, destination)
                answer = self._handle[destination.operation](call, now)
            self._log.acted(number)
        except AnswerError as rejected:
            answer = rejected.answer
        return answer.and_also({"X-Request-Id": uuid.uuid4().hex})

    def _check_caller(self, record: RequestRecord, destination: routes.Destination) -> None:
        """Authenticate and authorize, except at IAM, which takes a password in the body."""
        if destination.operation == "token":
            return
        caller = self._gateway.identify(record)
        if destination.project_id != self.project_id:
            raise gateway_error(403, "APIGW.0302", "Access to this project is not permitted.")
        caller.check(destination.operation)
