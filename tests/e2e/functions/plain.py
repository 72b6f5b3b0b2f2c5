"""Plain handlers for the tests of the sandbox; they need nothing but the standard library."""

from __future__ import annotations

import importlib.util
import os
import signal
import time
from pathlib import Path
from typing import Any


def echo(event: Any, context: Any) -> dict[str, Any]:
    print("echoed", event)  # what a function prints is its log
    return {"event": event, "arn": context.invoked_function_arn, "process": os.getpid()}


def settings(event: list[str], _: Any) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in event}


def imports(event: list[str], _: Any) -> dict[str, bool]:
    return {name: importlib.util.find_spec(name) is not None for name in event}


def fail(event: Any, _: Any) -> None:
    raise ValueError(f"cannot do {event}")


def die(_: Any, __: Any) -> None:
    print("about to die")  # as above
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(event: str, _: Any) -> int:
    """Die on the first event, where the named file is not yet there; then live."""
    marker = Path(event)
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def hang(event: str, _: Any) -> None:
    """Open the named pipe, which tells its reader that the invocation is under way, and hang."""
    with Path(event).open("w"):
        time.sleep(600)
