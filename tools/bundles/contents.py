"""What each function carries that its imports do not tell; all else follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

LAMBDA_PYTHON = "3.13"

OUR_PACKAGES = {
    "handlers": ROOT,
    "lastgood": ROOT,
    "huawei_pitr": ROOT / "generated",
    "huawei_rds": ROOT / "generated",
}
"""Our own packages, and the directory each lies in."""


class BundleError(Exception):
    """A bundle cannot be made as asked; the message says why, and what to try."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One function: its handler is `handlers.<name>.handler`.

    `unreached` are modules of ours (or packages) that the wiring imports behind a branch which the
    function never takes. Name one only where it brings a lot: that it is not taken, nothing but a
    run can show. The same holds for `unused`, distributions that the lock says are needed and the
    function does not import.
    """

    name: str
    unreached: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """What it needs beside KEPT_ONLY, as paths of packages."""

    @property
    def handler(self) -> str:
        """The module of the handler."""
        return f"handlers.{self.name}"

    @property
    def logical_id(self) -> str:
        """The name of the function in the template, and so the folder that `sam build` fills."""
        return f"{self.name.capitalize()}Function"


ASYNC_ONLY = ("anyio",)
"""What httpx needs for asynchronous clients; there are none."""

EVENT_HANDLER = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/middleware_factory",
    "aws_lambda_powertools/utilities/data_classes",
    "aws_lambda_powertools/utilities/typing",
)
"""What Powertools routes requests with."""

VAULT = "lastgood.aws.vault"
"""Keeps the passwords of copies, which only a recovery orders."""

BUNDLES = {
    bundle.name: bundle
    for bundle in (
        # The wiring imports these where it is asked for a cloud, and these two ask for none.
        Bundle("alarm", unreached=("lastgood.huawei", "lastgood.aws.secrets", VAULT)),
        Bundle("notify", unreached=("lastgood.huawei", "lastgood.aws.secrets", VAULT)),
        Bundle("policy"),
        Bundle("recover", unused=ASYNC_ONLY),
        Bundle("verify", unused=ASYNC_ONLY, unreached=(VAULT,)),
        Bundle("webhook", kept=EVENT_HANDLER),
    )
}

PART_OF_THE_RUNTIME = frozenset({"snapshot_restore_py"})
"""Packages that Lambda's own Python brings along."""

KEPT_ONLY = {
    # The rest is for APIs, queues and parameters; it is most of the distribution.
    "aws_lambda_powertools": "exceptions logging metrics shared tracing utilities warnings",
    "aws_lambda_powertools/utilities": "jmespath_utils",
}
"""Of these packages, only these subpackages stay; modules that lie beside them do too."""

NEVER_READ = (
    "*.dist-info",  # nobody asks for versions or entry points; SBOM and licences are kept apart
    "bin",
    ".lock",  # uv's own
    "**/__pycache__",  # made anew, alike on every machine
    "**/*.pyi",
    "**/py.typed",
    "**/tests",
    "boto3/data",  # for boto3.resource, which nobody here uses
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
)
"""What distributions bring along and no function reads at run time, as globs."""
