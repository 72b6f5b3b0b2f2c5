"""`lastgood demo` and `lastgood sandbox`: the sandbox has them, and the wheel has no sandbox."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from lastgood.cli.failures import UsageError


def demo() -> int:
    """Run the whole story in the sandbox; needs no account."""
    return _found("sandbox.demo")()


def sandbox() -> int:
    """Keep the sandbox running, for use from another terminal."""
    return _found("sandbox.shell")()


def _found(module: str) -> Callable[[], int]:
    """What runs a verb of the sandbox.

    Raises:
        UsageError: the sandbox is not there.
    """
    try:
        return cast("Callable[[], int]", import_module(module).run)
    except ImportError as error:
        hint = "run `make demo` in a clone of the repository; it installs what it needs"
        raise UsageError(f"the sandbox is not installed: {error.name} is missing", hint) from error
