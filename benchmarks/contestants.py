"""Who is measured: lastgood from its bundles, the peer and the empty handlers from plain installs.

The plain installs are what `pip install --target` gives, made once in `build/`. `sam build` unpacks
wheels and compiles nothing, and Lambda's code directory cannot be written, so the peer compiles all
that it imports at every cold start; it is measured like that, and once more compiled beforehand.
The empty handlers are compiled, as our bundles are. The floor lies in the bundle of the recover
function, so that it has the same libraries.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.functions import DurableConfig
from sandbox.aws.runtime import Code
from tools.bundles.bytecode import compile_all
from tools.bundles.install import run_uv

JOBS = ("alarm", "recover", "verify")

LASTGOOD = "lastgood"
PEER = "the usual way"
PEER_COMPILED = "the usual way, compiled"
LIBRARIES = "empty, with boto3 and httpx"
NOTHING = "empty"

FLOOR = "its libraries, each service called once"
"""The least that a cold recovery can cost."""

RECOVERING = (LASTGOOD, PEER, PEER_COMPILED)
DURABLE = {"recover": (*RECOVERING, FLOOR), "verify": (LASTGOOD,)}
"""Whose handlers are durable; a sweep of the peer is one invocation."""

COMPILED = "--compile-bytecode"

_HERE = Path(__file__).parent
_KEPT = _HERE.parent / "build" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A handler that does a job, or does nothing in its place."""

    name: str
    job: str
    handler: str
    code: Code
    durable: DurableConfig | None = None

    @property
    def restores(self) -> bool:
        """Whether it does a recovery."""
        return self.job == "recover" and self.name in RECOVERING

    @property
    def function(self) -> str:
        """The name under which it is deployed."""
        return f"{self.job}-{self.name}".replace(", ", "-").replace(" ", "-")


def contestants(bundles: Path, scratch: Path) -> list[Contestant]:
    """All of each job, lastgood first; the order in which each round runs them."""
    empty = installed("empty", COMPILED)
    ways = {
        LASTGOOD: ("handlers.{job}.handler", bundles),
        PEER: ("peer.{job}.handler", installed("peer")),
        PEER_COMPILED: ("peer.{job}.handler", installed("peer", COMPILED)),
        LIBRARIES: ("empty.libraries.handler", empty),
        NOTHING: ("empty.nothing.handler", empty),
    }
    found = []
    for job in JOBS:
        also = {FLOOR: ("floor.handler", _floor(bundles, scratch))} if job == "recover" else {}
        for name, (handler, root) in (ways | also).items():
            code = Code.bundle(root / job if name == LASTGOOD else root)
            durable = DurableConfig() if name in DURABLE.get(job, ()) else None
            found.append(Contestant(name, job, handler.format(job=job), code, durable))
    return found


def _floor(bundles: Path, scratch: Path) -> Path:
    """A copy of the bundle of the recover function that holds the floor's handler as well."""
    copy = shutil.copytree(bundles / "recover", scratch / "floor")
    shutil.copy(_HERE / "floor.py", copy)
    compile_all(copy, sys.executable)
    return copy


def installed(package: str, *options: str) -> Path:
    """A package of this folder with its requirements, installed by uv with these options.

    Raises BundleError when uv is nowhere, and CalledProcessError when it fails.
    """
    sources = sorted((_HERE / package).glob("*.*"))
    content = b"".join(source.read_bytes() for source in sources)
    key = hashlib.sha256(content + f"{sys.version} {options}".encode()).hexdigest()[:16]
    kept = _KEPT / f"{package}-{key}"
    if not kept.exists():
        scratch = kept.with_name(f"making-{os.getpid()}-{kept.name}")
        target = ("--python", sys.executable, "--target", str(scratch))
        requirements = ("--requirements", str(_HERE / package / "requirements.txt"))
        run_uv("pip", "install", "--quiet", *options, *target, *requirements)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_HERE / package, scratch / package, ignore=ignored)
        scratch.rename(kept)
    return kept
