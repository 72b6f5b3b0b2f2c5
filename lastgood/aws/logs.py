"""Structured logs, one JSON object a line; what is logged never holds a payload or a secret.

Every line about an incident carries its id as `correlation_id`, whoever wrote it: this code, the
durable SDK, or a library that tells of a retry in the middle of a step.
"""

from __future__ import annotations

import logging
import os
from functools import cache

from aws_lambda_powertools import Logger

from lastgood.domain.errors import LastgoodError

STEPS = "aws_durable_execution_sdk_python.operation.step"
"""Where the durable SDK tells of a step that raised, whether or not it is tried again."""


@cache
def logger() -> Logger:
    """The logger of this process, made on first use: its level comes from the environment."""
    made = Logger(service="lastgood")
    if level := os.environ.get("POWERTOOLS_LOG_LEVEL"):
        # Powertools lets Lambda's own level win. Where some lines are sampled at DEBUG that one is
        # DEBUG, to let them pass, and then every line would be.
        made.initial_log_level = level.upper()
        made.refresh_sample_rate_calculation()
    logging.getLogger(STEPS).addFilter(_tell_in_a_sentence)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_mark)
    return made


def hush_libraries() -> None:
    """Keep everybody but our own logger above DEBUG, where they log headers and bodies.

    With those go tokens and whole payloads. It has to come before the durable SDK's own first call.
    """
    root = logging.getLogger()
    root.setLevel(max(root.level, logging.INFO))
    # Each cold start it says where it found credentials, which is about no incident.
    logging.getLogger("botocore").setLevel(logging.WARNING)


def logger_about(subject: str | None) -> Logger:
    """The logger, every line marked with an incident or a sweep until the next call."""
    logger().set_correlation_id(subject)
    return logger()


def begin_invocation() -> None:
    """Forget whom the last invocation of this process was about, and draw whether to log more."""
    logger_about(None).refresh_sample_rate_calculation()


def _mark(record: logging.LogRecord) -> bool:
    """Mark a line that did not come through our logger, which marks its own."""
    record.correlation_id = logger().get_correlation_id()
    return True


def _tell_in_a_sentence(record: logging.LogRecord) -> bool:
    """Put the sentence of an expected failure in place of a traceback, which says less."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, LastgoodError):
        record.msg = f"{record.getMessage()}: {error.message}. Try: {error.hint}"
        record.args = record.exc_info = None
    return True
