"""The Inbox port on an SQS queue: FIFO, each message a group of its own, so that none waits.

SQS drops a message whose id it took within the last five minutes (docs/why.md "A replay").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.ports import InboxError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class QueueInbox:
    """Sends each message with its road as an attribute; the body stays as it is."""

    def __init__(self, client: SQSClient, queue: str) -> None:
        self._client = client
        self._queue = queue

    def put(self, road: str, id_: str, body: str) -> None:
        """Keep a message.

        Raises:
            InboxError: the queue did not take it, or may not have.
        """
        try:
            self._client.send_message(
                QueueUrl=self._queue,
                MessageBody=body,
                MessageAttributes={"road": {"DataType": "String", "StringValue": road}},
                MessageGroupId=id_,
                MessageDeduplicationId=id_,
            )
        except (BotoCoreError, ClientError) as error:
            hint = "check the queue, and allow sqs:SendMessage on it"
            raise InboxError(f"{self._queue}: {error}", hint) from error
