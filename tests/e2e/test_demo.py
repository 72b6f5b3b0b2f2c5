"""What `make demo` shows: both stories, each on less than a screen, in half a minute."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

DEMO = "import sys; from lastgood.cli import main; sys.exit(main(['demo']))"
SCREEN = 24


@pytest.fixture(scope="module")
def shown() -> str:
    began = time.monotonic()
    ran = subprocess.run(  # noqa: S603 -- our own interpreter and script
        [sys.executable, "-c", DEMO],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert time.monotonic() - began < 60  # half a minute where nothing else runs
    return ran.stdout


def test_the_cache_is_restored_in_place_and_the_database_by_copy(shown: str) -> None:
    told = " ".join(shown.split())

    assert "restored 1920 orders, exactly as they were then" in told
    assert "rows 1920, exactly as they were then; the database lacks 18" in told
    assert "delete by lastgood copies delete: it is gone, and its password" in told
    assert told.count("request PUT ") == told.count("request POST ") == 1


def test_it_fits_two_screens_of_80_columns(shown: str) -> None:
    lines = shown.splitlines()

    assert max(len(line.rstrip()) for line in lines) <= 80
    assert len(lines) <= 2 * SCREEN
