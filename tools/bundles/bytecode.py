"""Bytecode beside the sources, so that a cold start compiles nothing."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

# Where Lambda puts a bundle; without it, tracebacks would name directories of the builder.
_TASK_ROOT = "/var/task"
_ASK = "import sys; print(*sys.version_info[:2], sys.implementation.name, sep='.')"


def interpreter(version: str) -> str | None:
    """The path of a CPython of this version ("3.13") on this machine; None if there is none."""
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for python in (sys.executable, f"python{version}", *map(str, of_pyenv)):
        # A shim of pyenv is there also where the version is not.
        with suppress(OSError, subprocess.CalledProcessError):
            told = subprocess.check_output([python, "-I", "-c", _ASK], stderr=subprocess.DEVNULL)  # noqa: S603 - our own script
            if told.decode().strip() == f"{version}.cpython":
                return python
    return None


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
