"""Who calls: what STS says of the credentials, which needs no permission and cannot be made up."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

LIMITS = {"connect_timeout": 3, "read_timeout": 5, "retries": {"total_max_attempts": 2}}
"""Short: whoever stops a recovery must not wait for a name."""


def caller(client: Any) -> str | None:
    """The account and the name, as in `111122223333:assumed-role/Operators/ada`.

    None where STS cannot be reached or knows nobody: to act matters more than to be named.
    """
    try:
        arn: str = client.get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError):
        return None
    _, _, _, _, account, name = arn.split(":", 5)
    return f"{account}:{name}"
