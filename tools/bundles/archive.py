"""Zip files that depend on nothing but names and contents."""

from __future__ import annotations

import zipfile
from pathlib import Path

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_REGULAR_FILE = 0o100644


def pack(directory: Path, archive: Path) -> None:
    """Write all files of a directory into a zip file: sorted, and without times or owners."""
    files = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*")}
    with zipfile.ZipFile(archive, "w") as target:
        for name in sorted(name for name, path in files.items() if path.is_file()):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, files[name].read_bytes(), compresslevel=9)
