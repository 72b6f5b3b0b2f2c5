"""What is in a bundle, according to what was installed: an SBOM, and the licences."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.metadata import Distribution as Installed
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from cyclonedx import model
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name

from tools.bundles.contents import ROOT, BundleError
from tools.bundles.lock import locked, needs, tags

SBOM = "sbom.cdx.json"
LICENCES = "THIRD_PARTY_LICENSES.txt"
"""The names of the two files in a bundle."""

_CLASSIFIER = "License :: OSI Approved :: "
_RULE = f"\n\n{'=' * 80}\n"


def write_inventory(function: str, directory: Path) -> None:
    """Write both files about everything installed there; the same content gives the same files.

    Raises:
        BundleError: a distribution is not what the lock says.
    """
    found = ((canonicalize_name(d.name), d) for d in distributions(path=[str(directory)]))
    installed: dict[str, Installed] = dict(sorted(found))
    (directory / SBOM).write_text(_sbom(function, installed), encoding="utf-8")
    ours = _section(f"lastgood {_version()}", ["Apache-2.0"], [ROOT / "LICENSE"])
    theirs = (_section(f"{n} {d.version}", _licences(d), _texts(d)) for n, d in installed.items())
    (directory / LICENCES).write_text(_RULE.join((ours, *theirs)) + "\n", encoding="utf-8")


def _sbom(function: str, installed: Mapping[str, Installed]) -> str:
    """A CycloneDX 1.6 document."""
    components = {name: _component(name, each) for name, each in installed.items()}
    name = f"lastgood-{function}"
    root = Component(type=ComponentType.APPLICATION, name=name, bom_ref=name, version=_version())
    root.licenses.add(LicenseFactory().make_from_string("Apache-2.0"))
    content = [name, _version(), *(str(c.hashes) for c in components.values())]
    serial, metadata = uuid5(NAMESPACE_OID, " ".join(content)), BomMetaData(component=root)
    bom = Bom(components=components.values(), metadata=metadata, serial_number=serial)
    bom.metadata.timestamp = None  # type: ignore[assignment] # else it is that of the build
    # What no other needs, our code imports.
    direct = components.keys() - {need for name in components for need in needs(name)}
    bom.register_dependency(root, [components[name] for name in direct])
    for name, component in components.items():
        needed = [components[need] for need in needs(name) if need in components]
        bom.register_dependency(component, needed)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(name: str, installed: Installed) -> Component:
    wheel = _wheel(name, installed)
    purl = PackageURL("pypi", name=name, version=installed.version)
    digest = wheel["hash"].removeprefix("sha256:")
    hashes = [model.HashType(alg=model.HashAlgorithm.SHA_256, content=digest)]
    kind, url = model.ExternalReferenceType.DISTRIBUTION, model.XsUri(wheel["url"])
    return Component(
        name=name,
        version=installed.version,
        bom_ref=str(purl),
        purl=purl,
        hashes=hashes,
        licenses=map(LicenseFactory().make_from_string, _licences(installed)),
        external_references=[model.ExternalReference(type=kind, url=url, hashes=hashes)],
    )


def _wheel(name: str, installed: Installed) -> Mapping[str, Any]:
    """The file of the lock that this was made from, by the tags that a wheel has inside."""
    lines = (installed.read_text("WHEEL") or "").splitlines()
    inside = [parse_tag(line.removeprefix("Tag: ")) for line in lines if line.startswith("Tag: ")]
    entry = locked()[name]
    wheels: list[Mapping[str, Any]] = entry.get("wheels", [])
    fitting = [wheel for wheel in wheels if any(tags(wheel) & each for each in inside)]
    if entry["version"] != installed.version or len(fitting) != 1:
        raise BundleError(
            f"{name} {installed.version} is no wheel of uv.lock\nTry: uv lock, then make build"
        )
    return fitting[0]


def _licences(installed: Installed) -> list[str]:
    """What METADATA says: an expression, or in older ones a word that is one, or classifiers."""
    metadata = installed.metadata
    words = [text for text in metadata.get_all("License", []) if len(text.split()) == 1]
    classifiers = metadata.get_all("Classifier", [])
    named = [c.removeprefix(_CLASSIFIER) for c in classifiers if c.startswith(_CLASSIFIER)]
    return metadata.get_all("License-Expression", []) or words or named


def _texts(installed: Installed) -> list[Path]:
    """The licences and notices that came along, in the order of their paths."""
    names = ("LICEN", "NOTICE", "COPY")
    found = (f for f in installed.files or () if f.name.upper().startswith(names))
    return [Path(str(file.locate())) for file in sorted(found) if ".dist-info/" in str(file)]


def _section(name: str, licences: list[str], texts: list[Path]) -> str:
    parts = (text.read_text(encoding="utf-8").strip() for text in texts)
    return "\n\n".join((f"{name}: {', '.join(licences)}", *parts))


def _version() -> str:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(document["project"]["version"])
