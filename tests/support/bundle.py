"""The bundles of the functions as `make build` makes them, for the running interpreter."""

from __future__ import annotations

import hashlib
import platform
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.aws.runtime import Code
from sandbox.stage import ALARM_FUNCTION, POLICY, VERIFY_FUNCTION, Stage
from tools.bundles.bytecode import compile_all
from tools.bundles.contents import BUNDLES, ROOT, Bundle
from tools.bundles.fill import fill_with_distributions, fill_with_ours
from tools.bundles.imports import trace_imports
from tools.bundles.install import Platform

if TYPE_CHECKING:
    from string import Template

    from sandbox.aws.functions import Function

_KEPT = ROOT / "build" / "dependencies"
_DEPLOYED = {ALARM_FUNCTION: "alarm", RECOVER_FUNCTION: "recover", VERIFY_FUNCTION: "verify"}


def build_bundles(into: Path) -> Path:
    """Fill an empty directory with one bundle for each function, by its short name; return it.

    Raises BundleError when one cannot be made, and CalledProcessError when uv fails.
    """
    for bundle in BUNDLES.values():
        build_bundle(bundle, into / bundle.name)
    return into


def build_bundle(bundle: Bundle, into: Path) -> None:
    """Make this directory, and fill it with what the function is deployed as."""
    into.mkdir()
    fill_with_ours(bundle, into)
    for entry in _dependencies(bundle).iterdir():
        (into / entry.name).symlink_to(entry)


class BundledStage(Stage):
    """A stage whose functions run from their bundles, each seeing its own and nothing else."""

    def __init__(self, bundles: Path, policy: Template = POLICY) -> None:
        super().__init__(policy=policy)
        self._bundles = bundles

    def _functions(self) -> dict[str, Function]:
        return {
            name: replace(function, code=Code.bundle(self._bundles / _DEPLOYED[name]))
            for name, function in super()._functions().items()
        }


def _dependencies(bundle: Bundle) -> Path:
    """The directory of all that did not come from us, made once."""
    kept = _KEPT / f"{bundle.name}-{_key(bundle)}"
    if kept.exists():
        return kept
    _KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_KEPT, prefix="making-") as scratch:
        made = Path(scratch, "made")
        made.mkdir()
        fill_with_distributions(bundle, made, Platform.here())
        compile_all(made, sys.executable)
        try:
            made.rename(kept)
        except OSError:
            # Another test run was faster; only its result may stand under this name.
            if not kept.exists():
                raise
    return kept


def _key(bundle: Bundle) -> str:
    """Names what the dependencies are made of: the lock, what is asked for, how, and for whom."""
    how = sorted((ROOT / "tools" / "bundles").glob("*.py"))
    told = (
        sorted(trace_imports(bundle.handler, bundle.unreached).others),
        sys.implementation.cache_tag,
        sys.platform,
        platform.machine(),
    )
    hashed = hashlib.sha256(repr(told).encode())
    for source in (ROOT / "uv.lock", *how):
        hashed.update(source.read_bytes())
    return hashed.hexdigest()[:16]
