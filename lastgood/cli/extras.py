"""The sandbox, an optional extra of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lastgood.cli.failures import UsageError

if TYPE_CHECKING:
    from sandbox.stage import Stage
    from sandbox.story import Story


def sandbox() -> tuple[type[Stage], type[Story]]:
    """Import the sandbox, which is slow.

    Raises:
        UsageError: it is not installed.
    """
    try:
        from sandbox.stage import Stage  # noqa: PLC0415 - see the docstring
        from sandbox.story import Story  # noqa: PLC0415 - the same
    except ImportError as error:
        hint = "run `make demo` in a clone of the repository; it installs what it needs"
        raise UsageError(f"the sandbox is not installed: {error.name} is missing", hint) from error
    return Stage, Story
