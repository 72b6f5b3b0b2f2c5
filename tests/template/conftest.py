from __future__ import annotations

import pytest

from tests.template.run import Run, watched_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of everything, shared by all who look at what it left behind."""
    return watched_run(tmp_path_factory.mktemp("watch"))
