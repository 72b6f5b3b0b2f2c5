"""The Starter and Waker ports on Lambda: one durable execution per incident, named by its id."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lastgood.domain import canonical
from lastgood.domain.alarm import Incident

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class DurableStarter:
    """Starts the recover function by its qualified ARN.

    The name and the canonical payload make a second start of an incident the same execution while
    the first is retained; after that the ledger still knows it.
    """

    def __init__(self, client: LambdaClient, function: str) -> None:
        self._client = client
        self._function = function

    def start(self, incident: Incident) -> None:
        """Start the recovery of an incident, unless it was started before."""
        with suppress(self._client.exceptions.DurableExecutionAlreadyStartedException):
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                DurableExecutionName=incident.id,
                Payload=canonical.encode(incident),
            )


class CallbackWaker:
    """Completes the callback that an execution waits for."""

    def __init__(self, client: LambdaClient) -> None:
        self._client = client

    def wake(self, callback: str) -> None:
        """Wake an execution; one that no longer waits is left alone."""
        with suppress(
            self._client.exceptions.CallbackTimeoutException,
            self._client.exceptions.ResourceNotFoundException,
        ):
            self._client.send_durable_execution_callback_success(CallbackId=callback, Result=b"{}")
