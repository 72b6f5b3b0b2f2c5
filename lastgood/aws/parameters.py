"""The policy kept in an SSM parameter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.aws.unread import unread
from lastgood.domain.errors import PolicyError
from lastgood.ports import Text

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def read_parameter(client: SSMClient, name: str) -> Iterator[Text]:
    """What a parameter holds, and then what it held before; AWS keeps a hundred versions.

    Raises:
        PolicyError: it cannot be read.
    """
    newest = _read(client, name)
    yield newest
    with suppress(PolicyError):  # no longer kept, or kept from us
        for version in range(int(newest.version) - 1, 0, -1):
            yield _read(client, f"{name}:{version}")


def _read(client: SSMClient, name: str) -> Text:
    try:
        found = client.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except (ClientError, BotoCoreError) as error:
        hint = f"put the policy into the parameter {name}, and allow ssm:GetParameter on it"
        raise unread(f"ssm:{name}", error, hint) from error
    version = str(found["Version"])
    return Text(found["Value"].encode(), version, version)
