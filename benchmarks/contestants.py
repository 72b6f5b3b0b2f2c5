"""Who is measured: lastgood from its bundles, the peer and the empty handlers from plain installs.

The plain installs are what `pip install --target` gives, made once in `build/`. `sam build` unpacks
wheels and compiles nothing, and Lambda's code directory cannot be written, so the peer compiles all
that it imports at every cold start; it is measured like that, and once more as if somebody had
compiled it beforehand. The empty handlers are compiled, as our bundles are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sandbox.aws.runtime import Code

Job = Literal["alarm", "recover", "verify"]
JOBS: tuple[Job, ...] = ("alarm", "recover", "verify")

LASTGOOD = "lastgood"
PEER = "the usual way"
PEER_COMPILED = "the usual way, compiled"
LIBRARIES = "empty, with boto3 and httpx"
NOTHING = "empty"

AS_BUILT: Sequence[str] = ()
COMPILED: Sequence[str] = ("--compile-bytecode",)

READ_ONLY = {"PYTHONDONTWRITEBYTECODE": "1"}
"""Lambda's code directory keeps nothing that an invocation compiles."""

_HERE = Path(__file__).parent
_KEPT = _HERE.parent / "build" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A handler that does a job, or does nothing in its place."""

    name: str
    job: Job
    handler: str
    code: Code
    durable: bool
    settings: Mapping[str, str] = field(default_factory=dict)


def contestants(job: Job, bundles: Mapping[Job, Path]) -> list[Contestant]:
    """All five of one job, lastgood first; the order in which each round runs them."""
    ours, empty = _bundle(bundles[job]), _bundle(installed("empty", COMPILED))
    usual, durable = f"peer.{job}.handler", job == "recover"
    as_built, compiled = (_bundle(installed("peer", how)) for how in (AS_BUILT, COMPILED))
    return [
        Contestant(LASTGOOD, job, f"handlers.{job}.handler", ours, job != "alarm"),
        Contestant(PEER, job, usual, as_built, durable, READ_ONLY),
        Contestant(PEER_COMPILED, job, usual, compiled, durable),
        Contestant(LIBRARIES, job, "empty.libraries.handler", empty, durable=False),
        Contestant(NOTHING, job, "empty.nothing.handler", empty, durable=False),
    ]


def _bundle(root: Path) -> Code:
    return Code.bundle(root.resolve())


def installed(package: str, how: Sequence[str]) -> Path:
    """A package of this folder with its requirements, installed the plain way.

    Raises RuntimeError when uv is nowhere, and CalledProcessError when it fails.
    """
    sources = sorted((_HERE / package).glob("*.*"))
    content = b"".join(source.read_bytes() for source in sources)
    key = hashlib.sha256(content + f"{sys.version} {how}".encode()).hexdigest()[:16]
    kept = _KEPT / f"{package}-{key}"
    if not kept.exists():
        scratch = kept.with_name(f"making-{os.getpid()}-{kept.name}")
        _install(_HERE / package / "requirements.txt", scratch, how)
        shutil.copytree(_HERE / package, scratch / package, ignore=_CACHES)
        scratch.rename(kept)
    return kept


_CACHES = shutil.ignore_patterns("__pycache__")


def _install(requirements: Path, target: Path, how: Sequence[str]) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=_HERE.parent / ".uv" / "bin")
    if uv is None:
        raise RuntimeError("uv is neither on the PATH nor in .uv/bin; `make test` puts it there")
    where = ("--python", sys.executable, "--target", str(target))
    command = (uv, "pip", "install", "--quiet", *how, *where)
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run([*command, "--requirements", requirements], check=True, env=environment)  # noqa: S603 - our own arguments
