"""AWS clients that several threads share."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from lastgood.aws.clients import Clients

THREADS = 8


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
