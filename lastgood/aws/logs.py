"""Structured logs, one JSON object per line, without payloads and secrets.

Every line about an incident has its id as `correlation_id`, whether it comes from this code, from
the durable SDK, or from a library that logs a retry in the middle of a step.
"""

from __future__ import annotations

import logging
import os
from functools import cache

from aws_lambda_powertools import Logger

from lastgood.domain.errors import LastgoodError

STEPS = "aws_durable_execution_sdk_python.operation.step"
"""The logger of the durable SDK for steps that raised, whether or not they are retried."""


@cache
def logger() -> Logger:
    """The logger of this process, made on first use: its level comes from the environment."""
    made = Logger(service="lastgood")
    if level := os.environ.get("POWERTOOLS_LOG_LEVEL"):
        # Powertools prefers Lambda's own level. Where some invocations are sampled at DEBUG, that
        # level is DEBUG, to let their lines pass, and then every line would be logged.
        made.initial_log_level = level.upper()
        made.refresh_sample_rate_calculation()
    logging.getLogger(STEPS).addFilter(_replace_traceback)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_correlate)
    return made


def limit_library_logs() -> None:
    """Keep every logger but our own above DEBUG, where libraries log headers and bodies.

    Those hold tokens and whole payloads. Call it before the first call of the durable SDK.
    """
    root = logging.getLogger()
    root.setLevel(max(root.level, logging.INFO))
    # At each cold start it logs where it found credentials, which is about no incident.
    logging.getLogger("botocore").setLevel(logging.WARNING)


def correlated_logger(correlation_id: str | None) -> Logger:
    """The logger, its lines marked with this id of an incident or a sweep until the next call."""
    logger().set_correlation_id(correlation_id)
    return logger()


def begin_invocation() -> None:
    """Reset the correlation id of the previous invocation, and sample this one for DEBUG or not."""
    log = correlated_logger(None)
    if log.sampling_rate:  # else it would set the level anew, for which every logger is looked at
        log.refresh_sample_rate_calculation()


def _correlate(record: logging.LogRecord) -> bool:
    """Add the correlation id to a line of another logger; ours adds its own."""
    record.correlation_id = logger().get_correlation_id()
    return True


def _replace_traceback(record: logging.LogRecord) -> bool:
    """Replace the traceback of an expected failure by its sentence, which says more."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, LastgoodError):
        record.msg = f"{record.getMessage()}: {error.message}. Try: {error.hint}"
        record.args = record.exc_info = None
    return True
