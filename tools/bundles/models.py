"""botocore's knowledge of AWS, cut to the operations that a function calls.

A client reads its service's whole model when it is made, and the list of all endpoints before; that
is JSON of a megabyte and more, for a handful of operations.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.bundles.contents import BundleError

__all__ = ["cut_models"]

PROSE = frozenset({"documentation", "documentationUrl"})
"""Keys of a model that only people read."""


def cut_models(data: Path, operations: Mapping[str, Collection[str]]) -> None:
    """Keep only these operations of each service in a copy of botocore's `data` directory.

    Older versions of a model that lack them are removed.

    Raises:
        BundleError: no version of a service has all of its operations.
    """
    for service, names in operations.items():
        cut = [_cut_version(version, names) for version in (data / service).iterdir()]
        if not any(cut):
            raise BundleError(
                f"botocore's {service} has no version with {', '.join(sorted(names))}\n"
                "Try: mend `calls` in tools/bundles/contents.py"
            )
    _cut_endpoints(data / "endpoints.json", operations)


def _cut_version(version: Path, names: Collection[str]) -> bool:
    """Cut one version of a model; False where it was removed because it lacks some of them."""
    packed = version / "service-2.json.gz"
    model = json.loads(gzip.decompress(packed.read_bytes())) if packed.exists() else None
    if model is None or set(names) - set(model["operations"]):
        shutil.rmtree(version)
        return False
    model["operations"] = {name: _without_prose(model["operations"][name]) for name in names}
    needed = _reachable(model["operations"], model["shapes"])
    model["shapes"] = {name: _without_prose(model["shapes"][name]) for name in sorted(needed)}
    packed.unlink()
    _write(version / "service-2.json", model)
    return True


def _reachable(operations: Any, shapes: Mapping[str, Any]) -> set[str]:
    reached: set[str] = set()
    waiting = list(_references(operations))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _references(shapes[name])
    return reached


def _references(part: Any) -> Iterator[str]:
    """The names of the shapes that a part of a model refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        part = part.values()
    elif not isinstance(part, list):
        return
    for inner in part:
        yield from _references(inner)


def _without_prose(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            key: _without_prose(inner)
            for key, inner in part.items()
            if not (key in PROSE and isinstance(inner, str))  # a member may have such a name
        }
    return [_without_prose(inner) for inner in part] if isinstance(part, list) else part


def _cut_endpoints(file: Path, services: Collection[str]) -> None:
    endpoints = json.loads(file.read_bytes())
    for partition in endpoints["partitions"]:
        kept = {name: of for name, of in partition["services"].items() if name in services}
        partition["services"] = kept
    _write(file, endpoints)


def _write(file: Path, document: Any) -> None:
    file.unlink(missing_ok=True)  # it may be a link into a cache
    file.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
