"""What several contract tests share: one wire for each file, as good as new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.connected import Wire, wired


@pytest.fixture(scope="module")
def shared() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.fixture
def wire(shared: Wire) -> Wire:
    return shared.afresh()
