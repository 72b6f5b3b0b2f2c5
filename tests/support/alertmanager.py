"""The genuine Alertmanager, of Debian's package, as a process with one webhook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import pytest

PROGRAM = shutil.which("prometheus-alertmanager")
MISSING = (
    "NOT TESTED: Alertmanager is not installed, so no genuine sender has sent anything. Try:"
    " apt-get install prometheus-alertmanager"
)
_CONFIG = """\
route:
  receiver: lastgood
  group_by: [cluster]
  group_wait: 300ms
  group_interval: 1s
  repeat_interval: {repeat}
receivers:
  - name: lastgood
    webhook_configs:
      - url: {url}
        http_config: {{ authorization: {{ credentials: {secret} }} }}
"""
_LISTENS = re.compile(r'"Listening on" address=(\S+)')


def find_program() -> str:
    """Where it is; skips the test where it is not, and fails it in CI."""
    if PROGRAM is None and os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    if PROGRAM is None:
        pytest.skip(MISSING)
    return PROGRAM


class Alertmanager:
    """Sends to a URL with a secret, from a folder of its own, while entered."""

    def __init__(
        self, program: str, folder: Path, url: str, secret: str, repeat: str = "1h"
    ) -> None:
        config = folder / "alertmanager.yml"
        told = _CONFIG.format(url=url, secret=secret, repeat=repeat)
        config.write_text(told, encoding="utf-8")
        self._log = folder / "log"
        self._command = [
            program,
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0",
            "--cluster.listen-address=",
        ]

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stderr=log, stdout=log)  # noqa: S603 - ours
        deadline = time.monotonic() + 30
        while not (found := _LISTENS.search(self.log())):
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        self._url = f"http://{found[1]}/api/v2/alerts"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(encoding="utf-8")

    def tell(self, *alerts: dict[str, Any]) -> None:
        """Tell it of alerts, as Prometheus does."""
        headers = {"Content-Type": "application/json"}
        urlopen(Request(self._url, json.dumps(alerts).encode(), headers)).close()  # noqa: S310 - loopback
