"""The Notifier port on an SNS topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.ports import NotifyError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class TopicNotifier:
    """Publishes each notice, a link below it; whoever subscribed by email sees the subject."""

    def __init__(self, client: SNSClient, topic: str, link: str = "") -> None:
        self._client = client
        self._topic = topic
        self._link = link

    def notify(self, subject: str, text: str) -> None:
        """Send one notice.

        Raises:
            NotifyError: the topic did not take it, or may not have.
        """
        message = f"{text}\n{self._link}".rstrip()
        try:
            self._client.publish(TopicArn=self._topic, Subject=subject, Message=message)
        except (BotoCoreError, ClientError) as error:
            hint = "check the topic, and the policy of its key: docs/how-to/be-told.md"
            raise NotifyError(f"{self._topic}: {error}", hint) from error
