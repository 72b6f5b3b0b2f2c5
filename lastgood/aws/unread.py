"""How it is worded that AWS did not let the policy be read."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.domain.errors import NoPolicyError, PolicyError

NOTHING_THERE = ("ParameterNotFound", "NoSuchKey", "ResourceNotFoundException")
"""As SSM, S3 and AppConfig say it; AppConfig as well where nothing was deployed yet."""


def unread(where: str, error: ClientError | BotoCoreError, hint: str) -> PolicyError:
    """An error on one line; of what a service answered its code only."""
    why = error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)
    kind = NoPolicyError if why in NOTHING_THERE else PolicyError
    return kind(f"the policy {where} cannot be read: {' '.join(why.split())}", hint)
