"""What uv.lock says of the distributions: versions, what they need, their files and hashes."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename

from tools.bundles.contents import ROOT, BundleError


@cache
def locked() -> Mapping[str, Mapping[str, Any]]:
    """Every entry of the lock, by the name of the distribution as indexes spell it."""
    document = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in document["package"]}


def needs(name: str) -> list[str]:
    """The names of what a distribution needs; markers are left to the installer."""
    return sorted({needed["name"] for needed in locked()[name].get("dependencies", ())})


def tags(wheel: Mapping[str, Any]) -> frozenset[Tag]:
    """Where a wheel of an entry can be installed."""
    return parse_wheel_filename(unquote(wheel["url"].rpartition("/")[2]))[3]


def needed_by(packages: Iterable[str], unused: Collection[str] = ()) -> frozenset[str]:
    """The distributions of these top-level packages, and all that those need in turn but `unused`.

    Raises:
        BundleError: a package belongs to no distribution of the lock.
    """
    found: set[str] = set()
    pending = [_distribution_of(package) for package in packages]
    while pending:
        name = pending.pop()
        if name not in found and name not in unused:
            found.add(name)
            pending += needs(name)
    return frozenset(found)


def _distribution_of(package: str) -> str:
    name = canonicalize_name(package)
    if name not in locked():
        raise BundleError(
            f"no distribution called {name} is locked, but a function imports {package}\n"
            "Try: add it to `dependencies` in pyproject.toml and run `uv lock`"
        )
    return name
