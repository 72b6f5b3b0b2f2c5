"""The distributions that a function needs, from the lock, as files in a directory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.bundles.contents import KEPT_ONLY, NEVER_READ, ROOT, BundleError
from tools.bundles.models import cut_models

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Platform", "install", "trim"]

# What botocore reads whatever the service.
_EVERY_SERVICE = {
    *("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"),
}
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True, slots=True)
class Platform:
    """For which Python ("3.13") the bundle is, and what tells uv of its machine."""

    python: str
    options: tuple[str, ...]

    @classmethod
    def of_lambda(cls, architecture: str) -> Platform:
        """The python3.13 runtime on arm64 or x86_64."""
        machine = f"{_MACHINES[architecture]}-manylinux_2_28"
        return cls("3.13", ("--python-platform", machine, "--python-version", "3.13"))

    @classmethod
    def here(cls) -> Platform:
        """This machine and the running interpreter."""
        return cls("{}.{}".format(*sys.version_info), ())


def install(names: Collection[str], into: Path, platform: Platform) -> None:
    """Install these distributions, and no other, by the hashes of the lock.

    Raises BundleError when uv is nowhere, and CalledProcessError when it fails.
    """
    export = ("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate")
    every = _uv(*export, "--no-header", "--project", str(ROOT))
    wanted = [block for block in re.split(r"\n(?=\S)", every) if _name(block) in names]
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text("\n".join(wanted), encoding="utf-8")
        _uv(
            *("pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--python", sys.executable, *platform.options),
            # Links would lead into uv's cache, and what follows changes the files.
            *("--link-mode", "copy", "--target", str(into), "--requirements", str(requirements)),
        )


def trim(installed: Path, calls: Mapping[str, Collection[str]]) -> None:
    """Remove what no function reads, and what botocore knows of other services and operations."""
    for pattern in NEVER_READ:
        for path in sorted(installed.glob(pattern)):
            _remove(path)
    if (data := installed / "botocore" / "data").is_dir():
        _keep_only(data, {*calls, *_EVERY_SERVICE})
        cut_models(data, calls)
    for package, kept in KEPT_ONLY.items():
        modules = (file.name for file in (installed / package).glob("*.py"))
        _keep_only(installed / package, {*kept, *modules})


def _keep_only(directory: Path, names: Collection[str]) -> None:
    if not directory.is_dir():
        return
    present = {path.name for path in directory.iterdir()}
    if missing := sorted(set(names) - present):
        raise BundleError(
            f"{directory.name} has no {', '.join(missing)}\nTry: mend tools/bundles/contents.py"
        )
    for name in present - set(names):
        _remove(directory / name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _name(requirement: str) -> str:
    return re.split(r"[=\[ ;]", requirement, maxsplit=1)[0]


def _uv(*arguments: str) -> str:
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv" / "bin")
    if uv is None:
        raise BundleError("uv is neither on the PATH nor in .uv/bin\nTry: make build")
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    return subprocess.run(  # noqa: S603 -- our own arguments
        [uv, *arguments], check=True, env=environment, stdout=subprocess.PIPE, text=True
    ).stdout
