"""What the Makefile calls to make bundles, pack them and check them.

    python -m tools.bundles fill FUNCTION DIRECTORY ARCHITECTURE
    python -m tools.bundles pack DIRECTORY INTO ARCHITECTURE
    python -m tools.bundles validate DIRECTORY

`pack` makes what is released from the directory that `sam build` filled; `validate` compares the
SBOMs with the schema of CycloneDX. The architecture is arm64 or x86_64.
"""

from __future__ import annotations

import shutil
import sys
from hashlib import sha256
from pathlib import Path

from tools.bundles.archive import pack
from tools.bundles.contents import BUNDLES, BundleError
from tools.bundles.fill import fill
from tools.bundles.inventory import LICENCES, SBOM


def main() -> int:
    """Do what the command line says."""
    try:
        match sys.argv[1:]:
            case ["fill", function, directory, architecture]:
                fill(BUNDLES[function], Path(directory), architecture)
            case ["pack", built, into, architecture]:
                _pack(Path(built), Path(into), architecture)
            case ["validate", directory]:
                _validate(Path(directory))
            case _:
                sys.stderr.write(__doc__ or "")
                return 2
    except BundleError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _pack(folder: Path, into: Path, architecture: str) -> None:
    into.mkdir(parents=True, exist_ok=True)
    template = (folder / "template.yaml").read_text(encoding="utf-8")
    for bundle in BUNDLES.values():
        built, archive = folder / bundle.logical_id, into / f"{bundle.name}.zip"
        pack(built, archive)
        for name in (SBOM, LICENCES):
            shutil.copyfile(built / name, into / f"{bundle.name}.{name}")
        template = template.replace(f"CodeUri: {built.name}\n", f"CodeUri: {archive.name}\n")
        unpacked = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
        sizes = f"{archive.stat().st_size / 1e6:5.2f} MB, unpacked {unpacked / 1e6:5.2f} MB"
        digest = sha256(archive.read_bytes()).hexdigest()
        sys.stdout.write(f"{archive}  {sizes}  sha256 {digest}\n")
    # What sam uploads for this template are the very files that were released.
    template = template.replace("Default: arm64\n", f"Default: {architecture}\n")
    (into / "template.yaml").write_text(template, encoding="utf-8")


def _validate(directory: Path) -> None:
    # Slow to import, and needed by no build.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415 - as said
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415 - the same

    for bundle in BUNDLES.values():
        file = directory / f"{bundle.name}.{SBOM}"
        text = file.read_text(encoding="utf-8")
        if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
            raise BundleError(f"{file} is not CycloneDX 1.6: {error}")
        sys.stdout.write(f"{file} is valid\n")


if __name__ == "__main__":
    sys.exit(main())
