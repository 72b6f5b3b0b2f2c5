"""Errors: what could not be done, in one line, and what to do about it."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import typer

from lastgood.cli import screen
from lastgood.domain.errors import LastgoodError


class UsageError(LastgoodError):
    """The command line itself is wrong."""

    code = "usage"


class AwsError(LastgoodError):
    """AWS was needed and could not be used."""

    code = "aws"


class SystemRefusedError(LastgoodError):
    """The operating system refused something, such as to write to a full disk."""

    code = "system"


class BugError(LastgoodError):
    """A mistake in lastgood."""

    code = "bug"


def print_for_people(failure: LastgoodError) -> None:
    """Print two lines on stderr, neither of them wrapped."""
    console = screen.stderr()
    console.print(screen.labelled("error:", "bold red", failure.message), soft_wrap=True)
    console.print(screen.labelled("Try:", "bold", failure.hint), soft_wrap=True)


def print_for_scripts(failure: LastgoodError) -> None:
    """Print one JSON object on stdout."""
    message, hint = screen.clean(failure.message), screen.clean(failure.hint)
    screen.print_json({"error": {"code": failure.code, "message": message, "hint": hint}})


def from_usage(mistake: typer.TyperException) -> UsageError:
    """Word a complaint of the command-line parser as every other error is worded."""
    # Only some of the parser's exceptions know the command; their type is not public.
    context: Any = getattr(mistake, "ctx", None)
    command = context.command_path if context else "lastgood"
    message = mistake.format_message().rstrip(".")
    return UsageError(message[:1].lower() + message[1:], f"{command} --help")


def from_aws(error: Exception) -> AwsError | None:
    """Word an error of the AWS SDK that no adapter has worded; None for any other error."""
    # A run that needed no AWS has not imported its SDK, and it is slow to import.
    sdk: Any = sys.modules.get("botocore.exceptions")
    if sdk is None or not isinstance(error, (sdk.BotoCoreError, sdk.ClientError)):
        return None
    return AwsError(f"AWS: {error}", "check AWS_REGION, the AWS credentials and LASTGOOD_TABLE")


def from_system(error: OSError) -> SystemRefusedError:
    """Word an error of the operating system."""
    what = error.strerror or type(error).__name__
    where = f" ({error.filename})" if error.filename else ""
    hint = "remove this cause, then run the command again"
    return SystemRefusedError(f"the system refused: {what}{where}", hint)


def from_bug(error: Exception) -> BugError:
    """Name a bug by its kind and place: its own text may hold anything, even a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    message = f"this is a bug in lastgood: {type(error).__name__} in {where}"
    return BugError(message, "set LASTGOOD_DEBUG=1 to see the traceback, and report it")
