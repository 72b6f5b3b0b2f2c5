"""The Starter port: one durable execution an incident, named by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lastgood.domain import canonical
from lastgood.domain.alarm import Incident

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class DurableStarter:
    """Starts the recover function by its qualified ARN.

    The name and the canonical payload make a second start of one incident the same execution for
    as long as the first is retained; after that the ledger still knows it.
    """

    def __init__(self, client: LambdaClient, function: str) -> None:
        self._client = client
        self._function = function

    def start(self, incident: Incident) -> Literal["started", "duplicate"]:
        """Start the recovery of an incident; a duplicate only where the engine says so."""
        try:
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                DurableExecutionName=incident.id,
                Payload=canonical.encode(incident),
            )
        except self._client.exceptions.DurableExecutionAlreadyStartedException:
            return "duplicate"
        return "started"
