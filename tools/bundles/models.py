"""botocore's knowledge of AWS, cut to the operations that a function calls.

A client reads its service's whole model when it is made, and the list of all endpoints before; that
is JSON of a megabyte and more, for a handful of operations.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tools.bundles.contents import BundleError

PROSE = frozenset({"documentation", "documentationUrl"})
"""Keys of a model that only people read."""


def cut_models(data: Path, calls: Mapping[str, Collection[str]]) -> None:
    """Keep only these operations of each service in a copy of botocore's `data` directory.

    Of the versions of a service, botocore takes the newest, so that one stays.

    Raises:
        BundleError: a service lacks one of its operations.
    """
    for service, names in calls.items():
        *older, newest = sorted((data / service).iterdir())
        for version in older:
            shutil.rmtree(version)
        packed = newest / "service-2.json.gz"
        model = json.loads(gzip.decompress(packed.read_bytes()), object_hook=_without_prose)
        if missing := sorted(set(names) - model["operations"].keys()):
            raise BundleError(
                f"botocore's {service} has no {', '.join(missing)}\n"
                "Try: lock a version of botocore that has it"
            )
        for parameter in model.get("clientContextParams", {}).values():
            parameter["documentation"] = ""  # the only prose that botocore asks for (S3 has such)
        model["operations"] = {name: model["operations"][name] for name in names}
        model["shapes"] = _reached(model)
        packed.unlink()
        _write(newest / "service-2.json", model)
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {n: of for n, of in partition["services"].items() if n in calls}
    _write(data / "endpoints.json", endpoints)


def _without_prose(part: dict[str, Any]) -> dict[str, Any]:
    # A member of a shape may have such a name; it is no text.
    return {k: inner for k, inner in part.items() if not (k in PROSE and isinstance(inner, str))}


def _reached(model: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes that the operations refer to, and those that these refer to in turn."""
    reached: dict[str, Any] = {}
    pending = _references(model["operations"])
    while pending:
        name = pending.pop()
        if name not in reached:
            reached[name] = model["shapes"][name]
            pending |= _references(reached[name])
    return dict(sorted(reached.items()))


def _references(part: Any) -> set[str]:
    return set(re.findall(r'"shape": "(\w+)"', json.dumps(part)))


def _write(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
