"""Bytecode beside the sources, so that a cold start compiles nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compile_all", "interpreter"]

# Where Lambda puts a bundle; without it, tracebacks would name directories of the builder.
_TASK_ROOT = "/var/task"
_ASK = "import sys; print(*sys.version_info[:2], sys.implementation.name, sep='.')"


def interpreter(version: str) -> str | None:
    """The path of a CPython of this version ("3.13") on this machine; None if there is none."""
    return next((python for python in _candidates(version) if _is(python, version)), None)


def compile_all(directory: Path, python: str) -> None:
    """Compile every module in place; the same sources give the same bytes.

    The files are not checked against their sources when they are loaded: a bundle is never edited,
    and neither the times nor the contents of its files need to be looked at.
    """
    paths = ("-s", str(directory), "-p", _TASK_ROOT)
    command = [python, "-I", "-m", "compileall", "-q", "-f", *paths]
    subprocess.run(  # noqa: S603 -- an interpreter that we found, and our own arguments
        [*command, "--invalidation-mode", "unchecked-hash", str(directory)], check=True
    )


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    of_pyenv = Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")
    return chain((sys.executable,), (on_path,) if on_path else (), map(str, sorted(of_pyenv)))


def _is(python: str, version: str) -> bool:
    """Whether this one runs (a pyenv shim may not) and is a CPython of this version."""
    asked = subprocess.run(  # noqa: S603 -- an interpreter that we found, and our own script
        [python, "-I", "-c", _ASK], check=False, capture_output=True, text=True
    )
    return asked.stdout.strip() == f"{version}.cpython"
