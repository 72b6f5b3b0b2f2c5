"""The policy kept in an SSM parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.domain.errors import PolicyError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def read_parameter(client: SSMClient, name: str) -> str:
    """The text of a parameter.

    Raises:
        PolicyError: it cannot be read.
    """
    try:
        return client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except (ClientError, BotoCoreError) as error:
        why = error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)
        message = f"the policy ssm:{name} cannot be read: {' '.join(why.split())}"
        hint = f"put the policy into the parameter {name}, and allow ssm:GetParameter on it"
        raise PolicyError(message, hint) from error
