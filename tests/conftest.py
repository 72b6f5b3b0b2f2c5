"""What holds for every test."""

from __future__ import annotations

import fcntl
import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import settings

from tools.bundles.fill import build_bundles

# Every server of a test is on this machine; a proxy of the person's must not come in between.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")


def pytest_collection_finish() -> None:
    """Let the garbage collector look no more at what stays: thousands of tests, and modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def models_of_aws() -> Iterator[None]:
    """Read each model of a service once: every session of botocore would read it anew."""
    read = cache(JSONFileLoader().load_file)
    with patch.object(JSONFileLoader, "load_file", lambda _, path: read(path)):
        yield


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what each function is deployed as, by its short name.

    It is built once, for all workers of pytest-xdist.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    done = shared / "bundles.done"
    with (shared / "bundles.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            built = build_bundles(tmp_path_factory.mktemp("bundles"))
            done.write_text(str(built), encoding="utf-8")
    return Path(done.read_text(encoding="utf-8"))


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Switch threads so often that what they share without a lock comes apart."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)
