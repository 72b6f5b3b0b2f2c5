"""`python -m tools.bundles`: what the Makefile calls to make, pack and compare bundles."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tools.bundles.archive import pack
from tools.bundles.bytecode import interpreter
from tools.bundles.contents import BUNDLES, BundleError
from tools.bundles.fill import fill
from tools.bundles.install import Platform
from tools.bundles.inventory import LICENCES, SBOM


def main() -> int:
    """Do what the command line says; an error is a sentence and a way on."""
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except BundleError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bundles", description=__doc__)
    verbs = parser.add_subparsers(required=True)

    filling = verbs.add_parser("fill", help="fill a directory with one function")
    filling.add_argument("function", choices=BUNDLES)
    filling.add_argument("directory", type=Path)
    filling.set_defaults(run=_fill)

    packing = verbs.add_parser("pack", help="make of what `sam build` made what is released")
    packing.add_argument("built", type=Path, help="the folder that `sam build` filled")
    packing.add_argument("into", type=Path)
    packing.set_defaults(run=_pack)

    comparing = verbs.add_parser("compare", help="build again, and fail when the zip files differ")
    comparing.add_argument("with_", type=Path, metavar="with", help="the folder of the zip files")
    comparing.set_defaults(run=_compare)

    for building in (filling, packing, comparing):
        building.add_argument("--for", dest="architecture", choices=("arm64", "x86_64"))
        building.set_defaults(architecture="arm64")
    return parser


def _fill(arguments: argparse.Namespace) -> None:
    platform = Platform.of_lambda(arguments.architecture)
    if interpreter(platform.python) is None:
        sys.stderr.write(f"no CPython {platform.python} here, so the bundle has no bytecode\n")
    fill(BUNDLES[arguments.function], arguments.directory, platform)


def _pack(arguments: argparse.Namespace) -> None:
    arguments.into.mkdir(parents=True, exist_ok=True)
    template = (arguments.built / "template.yaml").read_text(encoding="utf-8")
    for bundle in BUNDLES.values():
        built, archive = arguments.built / bundle.logical_id, arguments.into / bundle.archive
        pack(built, archive)
        for name in (SBOM, LICENCES):
            shutil.copyfile(built / name, arguments.into / f"{bundle.name}.{name}")
        template = template.replace(f"CodeUri: {built.name}\n", f"CodeUri: {bundle.archive}\n")
        unpacked = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
        sizes = f"{archive.stat().st_size / 1e6:5.2f} MB, unpacked {unpacked / 1e6:5.2f} MB"
        sys.stdout.write(f"{archive}  {sizes}  sha256 {_digest(archive)}\n")
    # What sam uploads for this template are the very files that were released.
    template = template.replace("Default: arm64\n", f"Default: {arguments.architecture}\n")
    (arguments.into / "template.yaml").write_text(template, encoding="utf-8")


def _compare(arguments: argparse.Namespace) -> None:
    platform = Platform.of_lambda(arguments.architecture)
    for bundle in BUNDLES.values():
        before = arguments.with_ / bundle.archive
        with tempfile.TemporaryDirectory() as scratch:
            again, directory = Path(scratch, "again.zip"), Path(scratch, "bundle")
            directory.mkdir()
            fill(bundle, directory, platform)
            pack(directory, again)
            if _digest(again) != _digest(before):
                raise BundleError(
                    f"{before} is not what these sources make\nTry: make build, and compare again"
                )
        sys.stdout.write(f"{before} is what these sources make, byte for byte\n")


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
