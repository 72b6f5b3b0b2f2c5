"""The Lambda bundle for the running interpreter: our code, and the locked runtime dependencies.

`sam build` makes the same by the Makefile, for the processor and the Python of Lambda.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("handlers", "lastgood", "generated/huawei_pitr")

_KEPT = ROOT / "build" / "dependencies"
_EXPORT = ("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project")
_INSTALL = ("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--compile-bytecode")


def build_bundle(into: Path) -> Path:
    """Fill an empty directory with what a function is deployed as, and return it.

    Raises RuntimeError when uv is nowhere, and CalledProcessError when it fails.
    """
    for source in CODE:
        copy = into / Path(source).name
        shutil.copytree(ROOT / source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for entry in _dependencies().iterdir():
        (into / entry.name).symlink_to(entry)
    return into


def _dependencies() -> Path:
    """The directory of all locked runtime dependencies, made once a lock file and interpreter."""
    kept = _KEPT / _key()
    if kept.exists():
        return kept
    _KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_KEPT, prefix="making-") as scratch:
        made = _install(Path(scratch))
        try:
            made.rename(kept)
        except OSError:
            # Another test run was faster; only its result may stand under this name.
            if not kept.exists():
                raise
    return kept


def _key() -> str:
    interpreter = f"{sys.implementation.cache_tag} {sys.platform} {platform.machine()}"
    return hashlib.sha256((ROOT / "uv.lock").read_bytes() + interpreter.encode()).hexdigest()[:16]


def _install(scratch: Path) -> Path:
    requirements, target = scratch / "requirements.txt", scratch / "dependencies"
    _uv(*_EXPORT, "--project", str(ROOT), "--output-file", str(requirements))
    python = ("--python", sys.executable)
    _uv(*_INSTALL, *python, "--target", str(target), "--requirements", str(requirements))
    return target


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv" / "bin")
    if uv is None:
        raise RuntimeError("uv is neither on the PATH nor in .uv/bin; `make test` puts it there")
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run([uv, *arguments], check=True, env=environment)  # noqa: S603 -- our own arguments
