"""The sandbox from a terminal: both clouds and the functions, kept running to be tried out."""

from __future__ import annotations

import shlex
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from lastgood.cli import exits, screen
from sandbox.stage import WITH_COPIES, Stage
from sandbox.story import Story

PREFIX = "LASTGOOD_SANDBOX"


def run() -> int:
    """Keep the sandbox running, for use from another terminal."""
    talk = screen.stderr()
    with ExitStack() as opened:
        with talk.status("starting two clouds, four functions and the durable engine"):
            stage = opened.enter_context(Stage(policy=WITH_COPIES))
            Story(stage).write()
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="lastgood-"))
        policy = Path(folder) / "lastgood.toml"
        policy.write_text(stage.policy_text(f"env:{PREFIX}"), encoding="utf-8")
        # The key is valid in the sandbox and nowhere else.
        key = {f"{PREFIX}_{name.upper()}": value for name, value in stage.key.items()}
        environment = stage.aws.environment() | stage.functions.environment() | key
        for name, value in {**environment, "LASTGOOD_POLICY": str(policy)}.items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        talk.print(
            "paste these lines into another terminal and try `lastgood windows orders-cache`"
        )
        talk.print(f"the data is in {stage.cache.url}; nearly all of it was just deleted")
        talk.print("press Ctrl-C to stop it")
        _wait_for_signal()
        talk.print("stopping")
    return exits.YES


def _wait_for_signal() -> None:
    """Wait for Ctrl-C or SIGTERM; also where a shell started this with Ctrl-C ignored."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
