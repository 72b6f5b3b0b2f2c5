"""A handler with nothing beside it: the interpreter and the Runtime Interface Client."""

from __future__ import annotations


def handler(event: object, context: object) -> dict[str, str]:
    """Do nothing."""
    del event, context
    return {}
