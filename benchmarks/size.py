"""What is uploaded and unpacked: each bundle, and the peer as `sam build` leaves it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.contestants import AS_BUILT, PEER, Job, installed
from benchmarks.table import Table

AIM = 8
"""MB that a zipped bundle may have."""

_MB = 1_000_000


def measure(bundles: Mapping[Job, Path]) -> dict[str, tuple[int, int]]:
    """Bytes of each, unpacked and zipped; one archive holds all functions of the peer."""
    places = {str(job): _files(bundle) for job, bundle in bundles.items()}
    places[PEER] = _files(installed("peer", AS_BUILT))
    return {
        name: (sum(file.stat().st_size for file in files.values()), _zipped(files))
        for name, files in places.items()
    }


def _files(root: Path, within: str = "") -> dict[str, Path]:
    """Every file by its name in the archive; a bundle of the tests is made of links."""
    found: dict[str, Path] = {}
    for entry in root.iterdir():
        name = f"{within}{entry.name}"
        found |= _files(entry, f"{name}/") if entry.is_dir() else {name: entry}
    return found


def _zipped(files: Mapping[str, Path]) -> int:
    with tempfile.TemporaryFile() as scratch:
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in files.items():
                archive.write(file, name)
        return scratch.tell()


def table(measured: Mapping[str, tuple[int, int]]) -> Table:
    """MB."""
    rows = [
        (name, f"{unpacked / _MB:.1f}", f"{zipped / _MB:.1f}")
        for name, (unpacked, zipped) in measured.items()
    ]
    remark = (
        f"MB of 1,000,000 bytes. Aim: at most {AIM} zipped, each. The usual way has one archive "
        "for all of its functions, its dependencies as they are installed, not compiled."
    )
    return Table("Size", remark, ("bundle", "unpacked", "zipped"), rows)
