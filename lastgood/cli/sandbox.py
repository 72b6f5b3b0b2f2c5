"""`lastgood sandbox`: both clouds and the functions, kept running to be played with."""

from __future__ import annotations

import shlex
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from lastgood.cli import exits, extras, screen

if TYPE_CHECKING:
    from sandbox.stage import Stage

PREFIX = "LASTGOOD_SANDBOX"


def sandbox() -> int:
    """Keep the sandbox running, to be used from elsewhere."""
    stage_type, story_type = extras.sandbox()
    talk = screen.talk()
    with ExitStack() as opened:
        with talk.status("starting two clouds, three functions and the durable engine"):
            stage = opened.enter_context(stage_type())
            story_type(stage).write()
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="lastgood-"))
        policy = Path(folder) / "lastgood.toml"
        policy.write_text(stage.policy_text(f"env:{PREFIX}"), encoding="utf-8")
        for name, value in _environment(stage, policy).items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        talk.print(
            "paste these lines into another terminal and try `lastgood windows orders-cache`"
        )
        talk.print(f"the data is in {stage.cache.url}; nearly all of it was just deleted")
        talk.print("Ctrl-C ends it")
        _wait_for_the_end()
        talk.print("ending")
    return exits.YES


def _wait_for_the_end() -> None:
    """Wait for Ctrl-C or SIGTERM; also where a shell started this with Ctrl-C ignored."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


def _environment(stage: Stage, policy: Path) -> dict[str, str]:
    """Settings for the command line; the key opens the sandbox and nothing else."""
    aws = stage.aws.environment() | stage.functions.environment()
    key = {f"{PREFIX}_{name.upper()}": value for name, value in stage.key.items()}
    return aws | {"LASTGOOD_POLICY": str(policy)} | key
