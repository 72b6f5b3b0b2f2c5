"""What is in a bundle, told by what was installed: its distributions, files and licences."""

from __future__ import annotations

import json
import tomllib
import uuid
from dataclasses import dataclass
from importlib.metadata import Distribution as Installed
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

from tools.bundles.contents import ROOT, BundleError
from tools.bundles.lock import Wheel, locked, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["LICENCES", "SBOM", "Component", "installed_in", "licences", "sbom"]

SBOM = "sbom.cdx.json"
LICENCES = "THIRD_PARTY_LICENSES.txt"
"""The names of the two files in a bundle."""

_CLASSIFIER = "License :: OSI Approved :: "
_RULE = "=" * 80


@dataclass(frozen=True, slots=True)
class Component:
    """A distribution in a bundle, the wheel it came from, and what its authors say of copying it.

    `licence` is an SPDX expression where they give one, and else as many names as they give.
    """

    name: str
    version: str
    wheel: Wheel
    licence: str | tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The name by which vulnerability databases know it."""
        return f"pkg:pypi/{self.name}@{self.version}"


def installed_in(directory: Path) -> list[Component]:
    """Every distribution installed there, by name.

    Raises:
        BundleError: one is not what the lock says.
    """
    found = (_component(installed) for installed in distributions(path=[str(directory)]))
    return sorted(found, key=lambda component: component.name)


def _component(installed: Installed) -> Component:
    name = normalised(installed.name)
    return Component(
        name,
        installed.version,
        _wheel(name, installed),
        _licence(installed),
        tuple(_texts(installed)),
    )


def _wheel(name: str, installed: Installed) -> Wheel:
    """The file of the lock that this was made from, by the tags that a wheel has inside."""
    entry, lines = locked()[name], (installed.read_text("WHEEL") or "").splitlines()
    tags = {line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")}
    fitting = [wheel for wheel in entry.wheels if not tags.isdisjoint(wheel.tags)]
    if entry.version != installed.version or len(fitting) != 1:
        raise BundleError(
            f"{name} {installed.version} ({', '.join(sorted(tags))}) is no wheel of uv.lock\n"
            "Try: run `uv lock`, and build again"
        )
    return fitting[0]


def _licence(installed: Installed) -> str | tuple[str, ...]:
    """What METADATA says: an expression, or in older ones a word that is one, or classifiers."""
    if expressions := installed.metadata.get_all("License-Expression"):
        return str(expressions[0])
    stated = [word for text in installed.metadata.get_all("License") or () for word in text.split()]
    if len(stated) == 1:
        return str(stated[0])
    classifiers = installed.metadata.get_all("Classifier") or ()
    return tuple(
        classifier.removeprefix(_CLASSIFIER)
        for classifier in classifiers
        if classifier.startswith(_CLASSIFIER)
    )


def _texts(installed: Installed) -> Iterator[str]:
    """The licences and notices that came along, in the order of their paths."""
    paths = sorted(
        path
        for path in installed.files or ()
        if ".dist-info/" in str(path) and path.name.upper().startswith(("LICEN", "NOTICE", "COPY"))
    )
    return (path.read_text(encoding="utf-8").strip() for path in paths)


def licences(components: Sequence[Component]) -> str:
    """The text of LICENCES: what licences ask to be handed on with the copies."""
    ours = (ROOT / "LICENSE").read_text(encoding="utf-8").strip()
    sections = [f"lastgood {_version()}: Apache-2.0\n\n{ours}"]
    for component in components:
        told = component.licence
        heading = told if isinstance(told, str) else ", ".join(told)
        texts = "\n\n".join(component.texts)
        sections.append(f"{component.name} {component.version}: {heading}\n\n{texts}".rstrip())
    return f"\n\n{_RULE}\n".join(sections) + "\n"


def sbom(function: str, components: Sequence[Component]) -> str:
    """The text of SBOM: a CycloneDX 1.6 document, the same for the same components."""
    root = {
        "type": "application",
        "bom-ref": f"lastgood-{function}",
        "name": f"lastgood-{function}",
        "version": _version(),
        "licenses": [{"expression": "Apache-2.0"}],
    }
    entries = [_entry(component) for component in components]
    identity = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([root, entries]))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{identity}",
        "version": 1,
        "metadata": {"component": root},
        "components": entries,
        "dependencies": [*_edges(root["bom-ref"], components)],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry(component: Component) -> dict[str, Any]:
    told = component.licence
    hashes = [{"alg": "SHA-256", "content": component.wheel.sha256}]
    return {
        "type": "library",
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "hashes": hashes,
        "licenses": [{"expression": told}]
        if isinstance(told, str)
        else [{"license": {"name": name}} for name in told],
        "purl": component.purl,
        "externalReferences": [
            {"type": "distribution", "url": component.wheel.url, "hashes": hashes}
        ],
    }


def _edges(root: Any, components: Iterable[Component]) -> Iterator[dict[str, Any]]:
    """Who needs whom. What nobody else needs, our code imports."""
    refs = {component.name: component.purl for component in components}
    needs = {name: [n for n in locked()[name].needs if n in refs] for name in refs}
    needed = {name for names in needs.values() for name in names}
    yield {"ref": root, "dependsOn": [refs[name] for name in refs if name not in needed]}
    for name, names in needs.items():
        yield {"ref": refs[name], "dependsOn": [refs[needed] for needed in names]}


def _version() -> str:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version: str = document["project"]["version"]
    return version
