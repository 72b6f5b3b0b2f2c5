"""What could not be done: why, in one line, and what to try."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from lastgood.cli import screen
from lastgood.domain.errors import LastgoodError


class UsageError(LastgoodError):
    """The command line itself is wrong."""

    code = "usage"


class AwsError(LastgoodError):
    """AWS was needed and could not be used."""

    code = "aws"


class SystemRefusedError(LastgoodError):
    """The operating system would not do something, such as write to a full disk."""

    code = "system"


class BugError(LastgoodError):
    """A mistake in lastgood."""

    code = "bug"


def tell_people(failure: LastgoodError) -> None:
    """Print two lines on stderr, each unbroken however long it is."""
    talk = screen.talk()
    for word, style, sentence in (
        ("error:", "bold red", failure.message),
        ("Try:", "bold", failure.hint),
    ):
        talk.print(Text.assemble((word, style), f" {screen.clean(sentence)}"), soft_wrap=True)


def tell_scripts(failure: LastgoodError) -> None:
    """Print one JSON object on stdout."""
    message, hint = screen.clean(failure.message), screen.clean(failure.hint)
    screen.emit({"error": {"code": failure.code, "message": message, "hint": hint}})


def from_usage(mistake: typer.TyperException) -> UsageError:
    """Word what the parser objects to the way every other error is worded."""
    # Only some of the parser's exceptions know the command; their type is not public.
    context: Any = getattr(mistake, "ctx", None)
    command = context.command_path if context else "lastgood"
    message = mistake.format_message().rstrip(".")
    return UsageError(message[:1].lower() + message[1:], f"{command} --help")


def from_aws(error: Exception) -> AwsError | None:
    """Word an error of the AWS SDK that no adapter has worded; None where it is none."""
    # A run that needed no AWS has not imported its SDK, and it is slow to import.
    sdk: Any = sys.modules.get("botocore.exceptions")
    if sdk is None or not isinstance(error, (sdk.BotoCoreError, sdk.ClientError)):
        return None
    return AwsError(
        f"AWS: {error}", "check AWS_DEFAULT_REGION, the AWS credentials and LASTGOOD_TABLE"
    )


def from_system(error: OSError) -> SystemRefusedError:
    """Word what the operating system says."""
    what = error.strerror or type(error).__name__
    where = f" ({error.filename})" if error.filename else ""
    hint = "see to what it names, then run the command again"
    return SystemRefusedError(f"the system refused: {what}{where}", hint)


def from_bug(error: Exception) -> BugError:
    """Name a bug by its kind and place: its own text may hold anything, even a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    message = f"this is a bug in lastgood: {type(error).__name__} in {where}"
    return BugError(message, "set LASTGOOD_DEBUG=1 to see the traceback, and report it")
