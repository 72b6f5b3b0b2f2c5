"""docs/reference/performance.md, made of the tables and of what the machine says of itself."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Table

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "performance.md"

_INTRODUCTION = """\
# Performance

What lastgood costs in time, space and money. Made by `python -m benchmarks --write`; compare the
figures with each other, not with those of another machine.

Every function runs in a process of AWS's own Runtime Interface Client, from its bundle alone,
against the sandbox: moto and both Huawei services over plain HTTP on the same machine, so what TLS
and distance cost is not in the figures, for nobody. *The usual way* is `benchmarks/peer/`: the same
three jobs with the official Huawei Cloud SDK, boto3 and Powertools, without a ledger, a fence or a
reconciliation. It is built as `sam build` does without being told more: the wheels unpacked and not
compiled, for Lambda to compile at every cold start because it cannot keep the result. *Compiled*
is the same with that done beforehand. The contestants take turns.

Machine: {machine}.

Again: `python -m benchmarks` measures all of it, `python -m benchmarks cold size` only those parts,
`--bundles DIRECTORY` takes bundles that were made before, `--write` writes this page.
"""


def write(tables: Sequence[Table]) -> None:
    """Write the page."""
    parts = [_INTRODUCTION.format(machine=machine()).strip(), *(t.markdown() for t in tables)]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def machine() -> str:
    """Cores, kernel and interpreter, and nothing that names the machine."""
    version = platform.release().partition("-")[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()} {version}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )
