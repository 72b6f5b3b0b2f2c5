"""The functions as they were when the records were made, to be run beside those of today."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.aws.runtime import Code


@contextmanager
def earlier_functions() -> Iterator[Code]:
    """Their code, with the packages that are installed today, while entered."""
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(Path(__file__).with_name("functions.tar.xz")) as archive:
            archive.extractall(unpacked, filter="data")
        yield Code.source_tree(Path(unpacked), Path(unpacked, "generated"))
