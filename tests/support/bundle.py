"""A stage whose functions are deployed from their bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.aws.runtime import Code
from sandbox.stage import (
    ALARM_FUNCTION,
    NOTIFY_FUNCTION,
    POLICY,
    VERIFY_FUNCTION,
    WEBHOOK_FUNCTION,
    Stage,
)

if TYPE_CHECKING:
    from pathlib import Path
    from string import Template

_DEPLOYED = {
    ALARM_FUNCTION: "alarm",
    RECOVER_FUNCTION: "recover",
    VERIFY_FUNCTION: "verify",
    NOTIFY_FUNCTION: "notify",
    WEBHOOK_FUNCTION: "webhook",
}


class BundledStage(Stage):
    """Each function sees its own bundle and nothing else."""

    def __init__(self, bundles: Path, policy: Template = POLICY) -> None:
        codes = {name: Code.bundle(bundles / folder) for name, folder in _DEPLOYED.items()}
        super().__init__(codes=codes, policy=policy)
