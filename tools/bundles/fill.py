"""Filling a directory with what a function is deployed as."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tools.bundles.bytecode import compile_all, interpreter
from tools.bundles.contents import OUR_PACKAGES, BundleError
from tools.bundles.imports import trace_imports
from tools.bundles.install import install, trim
from tools.bundles.inventory import LICENCES, SBOM, installed_in, licences, sbom
from tools.bundles.lock import needed_by

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bundles.contents import Bundle
    from tools.bundles.install import Platform

__all__ = ["EPOCH", "fill", "fill_with_distributions", "fill_with_ours"]

EPOCH = 315532800
"""The time of every file, in seconds: 1980-01-01, before which zip files know none."""


def fill(bundle: Bundle, directory: Path, platform: Platform) -> None:
    """Fill an empty directory with a function; the same commit gives the same files.

    Where no interpreter of the platform's version is at hand, there is no bytecode.
    """
    fill_with_distributions(bundle, directory, platform)
    fill_with_ours(bundle, directory)
    if python := interpreter(platform.python):
        compile_all(directory, python)
    _make_alike(directory)


def fill_with_distributions(bundle: Bundle, directory: Path, platform: Platform) -> None:
    """Install what the function imports and did not come from us, and write the inventory of it."""
    imports = trace_imports(bundle.handler, bundle.unreached)
    install(needed_by(imports.others, bundle.unused), directory, platform)
    components = installed_in(directory)
    trim(directory, bundle.calls)
    (directory / SBOM).write_text(sbom(bundle.name, components), encoding="utf-8")
    (directory / LICENCES).write_text(licences(components), encoding="utf-8")
    if lacking := sorted(name for name in imports.others if not _provides(directory, name)):
        raise BundleError(
            f"{bundle.name} imports {', '.join(lacking)}, which nothing installed provides\n"
            "Try: look at NEVER_READ and KEPT_ONLY in tools/bundles/contents.py"
        )


def fill_with_ours(bundle: Bundle, directory: Path) -> None:
    """Copy the modules of ours that the function imports, and no other."""
    for name, source in trace_imports(bundle.handler, bundle.unreached).ours.items():
        target = directory / source.relative_to(OUR_PACKAGES[name.partition(".")[0]])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _provides(directory: Path, package: str) -> bool:
    return any(directory.glob(f"{package}/__init__.py")) or any(directory.glob(f"{package}.*"))


def _make_alike(directory: Path) -> None:
    """Give every file and folder the same time and mode, whoever made it and when."""
    for path in sorted(directory.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))
