"""The real world for one command, with the policy that was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lastgood.cli import screen
from lastgood.wiring import Wiring

if TYPE_CHECKING:
    from rich.console import Console
    from stamina.instrumentation import RetryDetails

    from lastgood.workflows.world import World


@contextmanager
def opened(policy: str, talk: Console) -> Iterator[World]:
    """Give the World of this environment and policy, and say so when a read is retried.

    Left to itself the retrying library logs in a way that depends on what else is installed, and
    may even print on stdout.
    """
    from stamina import instrumentation  # noqa: PLC0415 - `lastgood --help` needs none of it

    def tell(details: RetryDetails) -> None:
        words = f"{details.caused_by}; trying again in {details.wait_for:.1f}s"
        talk.print(screen.text(words, "dim"))

    instrumentation.set_on_retry_hooks([tell])
    try:
        yield Wiring({**os.environ, "LASTGOOD_POLICY": policy})
    finally:
        instrumentation.set_on_retry_hooks(None)
