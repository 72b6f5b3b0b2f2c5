"""One Huawei Cloud project, through the generated client: in either style.

Reads are tried again when that may help, and raise CloudError when it did not. The restore is sent
once and its outcome is one of three. Source: docs/facts/huawei.md "The two API pages".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import httpx

from huawei_pitr import Client
from huawei_pitr.api.geminidb import restore_redis_instance_in_place
from huawei_pitr.api.rds import list_rds_restore_windows
from huawei_pitr.models import AcceptedRestore, InPlaceRestore
from lastgood.domain.ranges import Points, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Accepted, Job, Outcome, Refused, Unknown
from lastgood.huawei import reads
from lastgood.huawei.asking import UNREADABLE, Conversation, Question, ask, ask_async
from lastgood.huawei.errors import read_fault
from lastgood.huawei.pace import Seconds
from lastgood.ports import CloudError

T = TypeVar("T")

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""No connection came about, or no tunnel through a proxy: not a byte of the request has left."""

JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class Connections(NamedTuple):
    """A project and the clients of its two services; how much time there is to ask them."""

    project: str
    geminidb: Client
    rds: Client
    left: Seconds

    def to(self, question: Question[Any]) -> Client:
        """The client of the service that a question is for."""
        return self.rds if question.operation is list_rds_restore_windows else self.geminidb


class HuaweiCloud:
    """The Cloud port. Every read may raise CloudError."""

    def __init__(self, connections: Connections) -> None:
        self._to = connections
        self._project = connections.project

    def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        """What RDS can restore; of the UTC days from `since` to `until` where both are given."""
        return self._hold(reads.windows(self._project, instance, since, until))

    def points(self, instance: str, since: datetime, until: datetime) -> Points:
        """The restorable points of a Redis instance, every page of them, verbatim."""
        return self._hold(reads.points(self._project, instance, since, until))

    def pitr_policy(self, instance: str) -> PitrPolicy:
        """Whether point-in-time recovery is on, how often a point is made, how long it is kept."""
        return self._hold(reads.pitr_policy(self._project, instance))

    def state(self, instance: str) -> InstanceState:
        """How an instance is; one that does not exist is a CloudError."""
        return self._hold(reads.state(self._project, instance))

    def job(self, job: str) -> Job | None:
        """One job; None while the service does not list it."""
        return self._hold(reads.job(self._project, job))

    def jobs(self, since: datetime, until: datetime) -> list[Job]:
        """Every job that began in an interval of at most 30 days."""
        return self._hold(reads.jobs(self._project, since, until))

    def _hold(self, conversation: Conversation[T]) -> T:
        """Put the questions one after another, until the conversation has come to its result."""
        try:
            question = next(conversation)
            while True:
                answer = ask(question, self._to.to(question), self._to.left)
                question = conversation.send(answer.model)
        except StopIteration as end:
            result: T = end.value
            return result

    # The write

    def restore(self, instance: str, restore_time: str) -> Outcome:
        """Ask for the restore in place, once; every later write to the instance is lost.

        Accepted only with a 202 and a job id that can be asked about. A 4xx, or a connection that
        never came about, is a refusal: nothing was restored. Everything else is unknown.
        """
        try:
            return self._send_restore(instance, InPlaceRestore(restore_time=restore_time))
        except CloudError as error:  # no credentials, so nothing to send it with
            return Refused("not-sent", error.message, "permission")
        except NOT_SENT as error:
            return Refused("not-sent", f"no connection was made ({type(error).__name__})")
        except httpx.HTTPStatusError as error:  # a status without a name, see `answers`
            strange = error.response
            return _refused_or_unknown(strange.status_code, strange.content, strange.headers)
        except httpx.HTTPError as error:
            return Unknown(f"no usable answer came ({type(error).__name__})")
        except UNREADABLE as error:
            return Unknown(f"the answer could not be read ({type(error).__name__})")

    def _send_restore(self, instance: str, body: InPlaceRestore) -> Outcome:
        answer = restore_redis_instance_in_place.sync_detailed(
            self._project, instance, client=self._to.geminidb, body=body
        )
        if isinstance(answer.parsed, AcceptedRestore):
            return _accepted(answer.parsed.job_id)
        return _refused_or_unknown(answer.status_code, answer.content, answer.headers)


def _accepted(job: object) -> Outcome:
    """Accepted as this job; the client does not check what it is."""
    if isinstance(job, str) and JOB_ID.fullmatch(job):
        return Accepted(job)
    return Unknown("the service accepted without a usable job id")


def _refused_or_unknown(status: int, content: bytes, headers: Mapping[str, str]) -> Outcome:
    fault = read_fault(status, content, headers)
    if fault.row.put == "unknown":
        return Unknown(f"the service answered {fault.text}")
    return Refused(fault.code, fault.text, fault.row.put)


class AsyncHuaweiCloud:
    """The AsyncCloud port. Every read may raise CloudError."""

    def __init__(self, connections: Connections) -> None:
        self._to = connections
        self._project = connections.project

    async def __aenter__(self) -> Self:
        await self._to.geminidb.get_async_httpx_client().__aenter__()
        await self._to.rds.get_async_httpx_client().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._to.geminidb.get_async_httpx_client().__aexit__(kind, error, trace)
        await self._to.rds.get_async_httpx_client().__aexit__(kind, error, trace)

    async def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        """What RDS can restore; of the UTC days from `since` to `until` where both are given."""
        return await self._hold(reads.windows(self._project, instance, since, until))

    async def points(self, instance: str, since: datetime, until: datetime) -> Points:
        """The restorable points of a Redis instance, every page of them, verbatim."""
        return await self._hold(reads.points(self._project, instance, since, until))

    async def pitr_policy(self, instance: str) -> PitrPolicy:
        """Whether point-in-time recovery is on, how often a point is made, how long it is kept."""
        return await self._hold(reads.pitr_policy(self._project, instance))

    async def state(self, instance: str) -> InstanceState:
        """How an instance is; one that does not exist is a CloudError."""
        return await self._hold(reads.state(self._project, instance))

    async def _hold(self, conversation: Conversation[T]) -> T:
        try:
            question = next(conversation)
            while True:
                answer = await ask_async(question, self._to.to(question), self._to.left)
                question = conversation.send(answer.model)
        except StopIteration as end:
            result: T = end.value
            return result
