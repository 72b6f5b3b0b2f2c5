"""AWS clients that several threads share."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from lastgood.aws.clients import Clients

THREADS = 8


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Switch threads so often that what they share without a lock comes apart."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_threads")
def test_threads_that_fail_at_once_catch_the_same_class() -> None:
    clients = Clients({"AWS_REGION": "eu-west-1"})

    for _ in range(10):
        client, together = clients("lambda"), Barrier(THREADS)

        def caught(_: int, client: Any = client, together: Barrier = together) -> type:
            together.wait()
            return client.exceptions.ResourceNotFoundException  # type: ignore[no-any-return]

        with ThreadPoolExecutor(THREADS) as pool:
            assert len(set(pool.map(caught, range(THREADS)))) == 1
