"""Filling a directory with what a function is deployed as."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.bundles.bytecode import compile_all, interpreter
from tools.bundles.calls import calls_of
from tools.bundles.contents import BUNDLES, LAMBDA_PYTHON, OUR_PACKAGES, Bundle
from tools.bundles.imports import trace_imports
from tools.bundles.install import install, trim
from tools.bundles.inventory import write_inventory
from tools.bundles.lock import needed_by


def fill(bundle: Bundle, directory: Path, architecture: str | None = None) -> None:
    """Fill an empty directory with a function; the same commit gives the same files.

    It is for Lambda on this architecture, or for this machine and interpreter. Where no interpreter
    of that version is at hand, there is no bytecode.

    Raises BundleError when it cannot be made, and CalledProcessError when uv fails.
    """
    imports = trace_imports(bundle.handler, bundle.unreached)
    install(needed_by(imports.others, bundle.unused), directory, architecture)
    write_inventory(bundle.name, directory)
    trim(directory, calls_of(imports), bundle.kept)
    for name, source in imports.ours.items():
        target = directory / source.relative_to(OUR_PACKAGES[name.partition(".")[0]])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    version = LAMBDA_PYTHON if architecture else "{}.{}".format(*sys.version_info)
    if python := interpreter(version):
        compile_all(directory, python)
    else:
        sys.stderr.write(f"no CPython {version} here, so {bundle.name} has no bytecode\n")


def build_bundles(into: Path) -> Path:
    """Fill an empty directory with each function, by its short name, for this machine; return it.

    What runs here is what `make build` would deploy, but for the platform.
    """
    for bundle in BUNDLES.values():
        (into / bundle.name).mkdir()
        fill(bundle, into / bundle.name)
    return into
