"""The distributions that a function needs, from the lock, as files in a directory."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from tools.bundles.contents import KEPT_ONLY, LAMBDA_PYTHON, NEVER_READ, ROOT, BundleError
from tools.bundles.models import cut_models

# What botocore reads whatever the service.
_EVERY_SERVICE = {
    *("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"),
}

# What tells uv of the processor and the Python of Lambda.
_LAMBDA = ("--python-platform", "{machine}-manylinux_2_28", "--python-version", LAMBDA_PYTHON)
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


def install(names: Collection[str], into: Path, architecture: str | None) -> None:
    """Install these distributions, and no other, by the hashes of the lock.

    `architecture` is Lambda's name of its processor, None for this machine and interpreter.

    Raises BundleError when uv is nowhere, and CalledProcessError when it fails.
    """
    export = ("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate")
    every = run_uv(*export, "--no-header", "--project", str(ROOT))
    wanted = [
        block for block in re.split(r"\n(?=\S)", every) if re.split(r"[=\[ ;]", block)[0] in names
    ]
    machine = _MACHINES.get(architecture or "")
    options = (option.format(machine=machine) for option in _LAMBDA) if machine else ()
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text("\n".join(wanted), encoding="utf-8")
        run_uv(
            *("pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--python", sys.executable, *options),
            # Links would lead into uv's cache, and what follows changes the files.
            *("--link-mode", "copy", "--target", str(into), "--requirements", str(requirements)),
        )


def trim(installed: Path, calls: Mapping[str, Collection[str]], also: Collection[str] = ()) -> None:
    """Remove what no function reads, and what botocore knows of other services and operations.

    `also` are packages that are kept beside those of KEPT_ONLY.
    """
    for pattern in NEVER_READ:
        for path in sorted(installed.glob(pattern)):
            _remove(path)
    if (data := installed / "botocore" / "data").is_dir():
        _keep_only(data, {*calls, *_EVERY_SERVICE})
        cut_models(data, calls)
    for package, kept in KEPT_ONLY.items():
        modules = (file.name for file in (installed / package).glob("*.py"))
        beside = (Path(each).name for each in also if Path(each).parent == Path(package))
        _keep_only(installed / package, {*kept.split(), *modules, *beside})


def _keep_only(directory: Path, names: Collection[str]) -> None:
    if not directory.is_dir():
        return
    present = {path.name for path in directory.iterdir()}
    if missing := sorted(set(names) - present):
        raise BundleError(
            f"{directory.name} has no {', '.join(missing)}\nTry: correct tools/bundles/contents.py"
        )
    for name in present - set(names):
        _remove(directory / name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def run_uv(*arguments: str) -> str:
    """Run uv, and return what it prints.

    Raises BundleError when uv is nowhere, and CalledProcessError when it fails.
    """
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv" / "bin")
    if uv is None:
        raise BundleError("uv is neither on the PATH nor in .uv/bin\nTry: make build")
    command = [uv, "--no-python-downloads", *arguments]
    return subprocess.check_output(command, text=True)  # noqa: S603 - our own arguments
