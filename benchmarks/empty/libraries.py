"""A handler that imports the two libraries that the work cannot do without, and does none."""

from __future__ import annotations

import boto3
import httpx

LIBRARIES = (boto3.client("lambda"), httpx.Client)


def handler(event: object, context: object) -> dict[str, str]:
    """Do nothing."""
    del event, context
    return {}
