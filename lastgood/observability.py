"""Structured logs, one JSON object a line; what is logged never holds a payload or a secret."""

from __future__ import annotations

import logging
from functools import cache

from aws_lambda_powertools import Logger

from lastgood.domain.errors import LastgoodError

STEPS = "aws_durable_execution_sdk_python.operation.step"
"""Where the durable SDK tells of a step that raised, whether or not it is tried again."""


@cache
def logger() -> Logger:
    """The logger of this process, made on first use: its level comes from the environment."""
    logging.getLogger(STEPS).addFilter(_tell_in_a_sentence)
    return Logger(service="lastgood")


def logger_about(subject: str) -> Logger:
    """The logger, every line of it marked with an incident or a sweep until the next call."""
    logger().set_correlation_id(subject)
    return logger()


def _tell_in_a_sentence(record: logging.LogRecord) -> bool:
    """Put the sentence of an expected failure in place of a traceback, which says less."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, LastgoodError):
        record.msg = f"{record.getMessage()}: {error.message}. Try: {error.hint}"
        record.args = record.exc_info = None
    return True
