"""The alarm function as it is when its snapshot is taken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sandbox.aws.account import ACCOUNT_SETTINGS, RECOVER_FUNCTION, function_arn

ROOT = Path(__file__).parents[2]

TAKE_A_SNAPSHOT = """
import sys

def refuse(event, _):
    if event in {"socket.connect", "socket.getaddrinfo"}:
        raise AssertionError(event)

sys.addaudithook(refuse)
import handlers.alarm
before = "botocore.session" in sys.modules
from snapshot_restore_py import get_before_snapshot
while (hooks := get_before_snapshot()):
    act, arguments, named = hooks.pop()
    act(*arguments, **named)
from lastgood.wiring import wiring
print(before, "botocore.session" in sys.modules, {"ledger", "starter"} <= vars(wiring()).keys())
"""


def test_it_holds_the_clients_that_an_alarm_needs_and_nobody_was_asked_for_anything() -> None:
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated")]),
        "LASTGOOD_TABLE": "lastgood",
        "LASTGOOD_RECOVER_FUNCTION": function_arn(RECOVER_FUNCTION),
    }

    taken = subprocess.run(  # noqa: S603 # our own interpreter, no shell
        [sys.executable, "-c", TAKE_A_SNAPSHOT],
        env=ACCOUNT_SETTINGS | settings,
        check=True,
        capture_output=True,
        text=True,
    )

    assert taken.stdout.split() == ["False", "True", "True"]
