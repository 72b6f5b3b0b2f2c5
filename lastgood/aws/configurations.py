"""The policy deployed by AppConfig."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.aws.unread import unread
from lastgood.domain.canonical import digest_of_bytes
from lastgood.ports import Text

if TYPE_CHECKING:
    from mypy_boto3_appconfigdata import AppConfigDataClient


def read_configuration(client: AppConfigDataClient, where: str) -> Iterator[Text]:
    """What is deployed of `appconfig:application/environment/profile`, each a name or an id.

    A session of its own for each reading: a token serves once, and may be lost with its answer.
    AppConfig tells no number of what it deploys, only a label, if it was given one; and nothing of
    what it deployed before, because it checks a policy before it deploys it (handlers/policy.py).

    Raises:
        PolicyError: it cannot be read.
    """
    application, environment, profile = where.removeprefix("appconfig:").split("/")
    try:
        session = client.start_configuration_session(
            ApplicationIdentifier=application,
            EnvironmentIdentifier=environment,
            ConfigurationProfileIdentifier=profile,
        )
        token = session["InitialConfigurationToken"]
        found = client.get_latest_configuration(ConfigurationToken=token)
        body = found["Configuration"].read()
    except (ClientError, BotoCoreError) as error:
        hint = (
            f"deploy the policy to {where}, and allow appconfig:StartConfigurationSession and"
            " appconfig:GetLatestConfiguration on it"
        )
        raise unread(where, error, hint) from error
    yield Text(body, found.get("VersionLabel") or digest_of_bytes(body), digest_of_bytes(body))
