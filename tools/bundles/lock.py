"""What uv.lock says of the distributions: versions, what they need, their files and hashes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from tools.bundles.contents import ROOT, BundleError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["Distribution", "Wheel", "locked", "needed_by", "normalised"]

_WHEEL = re.compile(r".+?-.+?(-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file on the index, and its SHA-256 in hexadecimal."""

    url: str
    sha256: str

    @property
    def tags(self) -> frozenset[str]:
        """Where it can be installed, as its own WHEEL file says: "py3-none-any"."""
        parts = _WHEEL.fullmatch(unquote(urlparse(self.url).path.rpartition("/")[2]))
        if parts is None:
            raise BundleError(f"{self.url} is not the name of a wheel\nTry: make uv.lock anew")
        return frozenset(
            f"{python}-{abi}-{platform}"
            for python in parts["python"].split(".")
            for abi in parts["abi"].split(".")
            for platform in parts["platform"].split(".")
        )


@dataclass(frozen=True, slots=True)
class Distribution:
    """One entry of the lock: its name as indexes spell it, and the names of what it needs."""

    name: str
    version: str
    needs: tuple[str, ...]
    wheels: tuple[Wheel, ...]


@cache
def locked() -> Mapping[str, Distribution]:
    """Every distribution of the lock, by name."""
    document = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {
        entry["name"]: Distribution(
            entry["name"],
            entry["version"],
            tuple(sorted({needed["name"] for needed in entry.get("dependencies", ())})),
            tuple(
                Wheel(wheel["url"], wheel["hash"].removeprefix("sha256:"))
                for wheel in entry.get("wheels", ())
            ),
        )
        for entry in document["package"]
    }


def needed_by(packages: Iterable[str], unused: Collection[str] = ()) -> frozenset[str]:
    """The distributions of these top-level packages, and all that those need in turn but `unused`.

    Markers are not looked at: that is left to the installer.

    Raises:
        BundleError: a package is of no distribution among the dependencies of lastgood.
    """
    found: set[str] = set()
    pending = [_distribution_of(package) for package in packages]
    while pending:
        name = pending.pop()
        if name not in found and name not in unused:
            found.add(name)
            pending += locked()[name].needs
    return frozenset(found)


def normalised(name: str) -> str:
    """The name of a distribution as indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _distribution_of(package: str) -> str:
    name = normalised(package)
    if name not in locked():
        raise BundleError(
            f"no distribution called {name} is locked, but a function imports {package}\n"
            "Try: add it to `dependencies` in pyproject.toml and run `uv lock`"
        )
    return name
