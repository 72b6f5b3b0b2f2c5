"""Structured logs, one JSON object a line; what is logged never holds a payload or a secret."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """The logger of this process, made on first use: its level comes from the environment."""
    return Logger(service="lastgood")


def logger_about(subject: str) -> Logger:
    """The logger, every line of it marked with an incident or a sweep until the next call."""
    logger().set_correlation_id(subject)
    return logger()
