"""The real command line, run in this process; its output is checked for secrets every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lastgood.cli import main
from lastgood.wiring import Wiring
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from tests.support.builders import OTHER_RDS, OTHER_REDIS, RDS, endpoints, policy_text

TOKEN = "canary-0c9d1e2f3a4b5c6d7e8f"

MORE_INSTANCES = f"""
[[instance]]
id = "{OTHER_REDIS}"
name = "off-cache"
cloud = "prod"
service = "geminidb-redis"
objective = {{ max_lag = "40m" }}

[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prod"
service = "rds"
objective = {{ max_lag = "10m", min_coverage = "6d" }}

[[instance]]
id = "{OTHER_RDS}"
name = "late-db"
cloud = "prod"
service = "rds"
objective = {{ max_lag = "10m" }}
"""
REDIS_KEYS = """
alarms = ["orders-cache-*"]
companions = ["orders-db"]
objective = { max_lag = "40m", min_coverage = "1h", max_gap = "30m" }
"""


class Ran(NamedTuple):
    """How a run ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What a script reads: one line of JSON on stdout, and nothing else."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The sentence of the error, in two lines on stderr, after what was said of new tries."""
        *tries, message, hint = self.err.splitlines()
        assert not tries or "trying again in" in " ".join(tries)
        assert self.out == ""
        assert hint.startswith("Try: ")
        return message.removeprefix("error: ")


class CommandLine:
    """A shell with a token and a policy in its environment, and nothing of AWS."""

    def __init__(
        self,
        directory: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.directory = directory
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in ("LASTGOOD_TABLE", "LASTGOOD_DEBUG", "FORCE_COLOR", "AWS_REGION"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("LASTGOOD_PROD_TOKEN", TOKEN)
        monkeypatch.setenv("LASTGOOD_ENDPOINTS", "127.0.0.1")
        dead = endpoints("http://127.0.0.1:9", "http://127.0.0.1:9")
        self.set_policy(policy_text(MORE_INSTANCES, redis=REDIS_KEYS, cloud=dead))

    def set_policy(self, text: str) -> None:
        """Name a policy of this text in the environment."""
        path = self.directory / "lastgood.toml"
        path.write_text(text, encoding="utf-8")
        self._monkeypatch.setenv("LASTGOOD_POLICY", str(path))

    def set_clock(self, clock: Clock) -> None:
        """Let the command line live in the time of the sandbox."""
        self._monkeypatch.setattr(Wiring, "now", lambda _: clock.now())

    def run(self, *argv: str) -> Ran:
        """Run `lastgood` with these arguments."""
        code = main(argv)
        printed = self._capsys.readouterr()
        assert TOKEN not in printed.out + printed.err
        return Ran(code, printed.out, printed.err)


def policy_for(cloud: HuaweiSandbox) -> str:
    """The policy for this cloud."""
    return policy_text(
        MORE_INSTANCES,
        redis=REDIS_KEYS,
        cloud=endpoints(cloud.geminidb_url, cloud.rds_url),
        project=cloud.project_id,
    )


def confirming(cloud: HuaweiSandbox) -> str:
    """The same, with the cache's alarms confirmed by this cloud's Cloud Eye."""
    eye = f'ces = "{cloud.ces_url}" }}'
    asked = policy_for(cloud).replace(" }", f", {eye}", 1)
    return asked.replace('mode = "auto"', 'mode = "auto"\nconfirm = "cloud-eye"')
