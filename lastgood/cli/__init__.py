"""The command line: one file per verb, an extra of the package."""

from __future__ import annotations

import sys
from collections.abc import Sequence

MISSING = """\
error: the command line is an extra of lastgood that is not installed
Try: uv sync --extra cli, or pip install 'lastgood[cli]'"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `lastgood` with these arguments, by default the process's own; its exit code."""
    try:
        from lastgood.cli.app import run  # noqa: PLC0415 - what it needs may not be installed
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in {"rich", "typer"}:
            raise
        sys.stderr.write(f"{MISSING}\n")
        return 1
    return run(sys.argv[1:] if argv is None else argv)
