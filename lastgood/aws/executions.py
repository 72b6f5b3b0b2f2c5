"""The Starter, Sweeps and Waker ports on Lambda: durable executions, named by what they are for."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.domain import canonical
from lastgood.domain.alarm import Incident
from lastgood.domain.drills import Closing, Drill
from lastgood.domain.hooks import LetIn
from lastgood.domain.sweep import Portion, Started
from lastgood.domain.undo import Expiry
from lastgood.ports import StartError, WakeError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


LIVING = frozenset({"RUNNING", "PAUSING", "PAUSED"})


def execution_name(incident: str, function: str) -> str:
    """The name of the execution of an incident: at most 64 characters, one for each function.

    The function is in it, because names may have to be unique in the whole account
    (docs/facts/aws.md).
    """
    return f"{incident}-{hashlib.sha256(function.encode()).hexdigest()[:8]}"


class DurableStarter:
    """Starts the recover function by its qualified ARN.

    The name and the canonical payload make a second start of an incident the same execution while
    the first is retained; after that the ledger still knows it.
    """

    def __init__(self, client: LambdaClient, function: str) -> None:
        self._client = client
        self._function = function

    def start(self, order: Incident | Drill | Closing | Expiry | LetIn) -> None:
        """Start a recovery, a drill, or what finishes one, unless it was started before.

        Raises:
            StartError: an execution of this name was started with something else.
        """
        name = execution_name(order.id, self._function)
        try:
            answer = self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                DurableExecutionName=name,
                Payload=canonical.encode(order),
            )
            answer["Payload"].read()  # it is empty; unread, its connection could not be used again
        except self._client.exceptions.DurableExecutionAlreadyStartedException:
            message = f"{order.id} is not started: {name} runs with another payload"
            hint = f"read the execution {name} of this account"
            if isinstance(order, Incident):
                hint += (
                    f"; then run lastgood recover, and lastgood dismiss {order.id} --reason TEXT"
                )
            raise StartError(message, hint) from None

    def is_alive(self, incident: str) -> bool | None:
        """Whether the execution of an incident still runs; None where that cannot be found out."""
        function, _, qualifier = self._function.rpartition(":")
        try:
            found = self._client.list_durable_executions_by_function(
                FunctionName=function,
                Qualifier=qualifier,
                DurableExecutionName=execution_name(incident, self._function),
            )["DurableExecutions"]
        except (BotoCoreError, ClientError):
            return None
        return any(one["Status"] in LIVING for one in found) if found else None


def portion_name(portion: Portion, function: str) -> str:
    """The name of an execution of a sweep: what a person looks for, and a hash of it all."""
    of = (portion.sweep, portion.cloud, portion.number, function)
    words = (portion.sweep[:24], portion.cloud[:20], str(portion.number), canonical.digest(of)[:8])
    return "-".join(re.sub(r"[^a-zA-Z0-9-_]", "", word) for word in words)


class DurableSweeps:
    """Starts the verify function, by the qualified ARN under which it runs itself."""

    def __init__(self, client: LambdaClient, function: str) -> None:
        self._client = client
        self._function = function

    def start(self, portion: Portion) -> Started:
        """Start an execution of a sweep, unless it was started before.

        Raises:
            StartError: an execution of this name was started with something else.
        """
        name = portion_name(portion, self._function)
        try:
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                DurableExecutionName=name,
                Payload=canonical.encode(portion),
            )
        except self._client.exceptions.DurableExecutionAlreadyStartedException:
            message = f"the sweep does not go on: {name} runs with another payload"
            raise StartError(message, f"read the execution {name} of this account") from None
        return Started(name)


class CallbackWaker:
    """Completes the callback that an execution waits for."""

    def __init__(self, client: LambdaClient) -> None:
        self._client = client

    def wake(self, callback: str) -> None:
        """Wake an execution; one that no longer waits is left alone.

        Raises:
            WakeError: Lambda refused it, or did not answer.
        """
        client = self._client
        waits_no_more = (
            client.exceptions.CallbackTimeoutException,
            client.exceptions.ResourceNotFoundException,
        )
        try:
            with suppress(*waits_no_more):
                client.send_durable_execution_callback_success(CallbackId=callback, Result=b"{}")
        except (BotoCoreError, ClientError) as error:
            message = f"it is recorded, but the execution that waits was not woken: {error}"
            raise WakeError(message, "run the same command again") from error
