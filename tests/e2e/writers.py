"""Hooks around a restore as a user may write them: they do what they are told, and say so."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], _: object) -> dict[str, str]:
    """Stop the writers, or let them in: again does no harm."""
    return {"verdict": "pass", "detail": event["idempotency_key"]}
