"""A policy that AppConfig is about to deploy: a broken one raises, and is not deployed."""

from __future__ import annotations

import base64
from typing import Any

from lastgood.domain.errors import PolicyError
from lastgood.domain.policy_lines import faults_of
from lastgood.policy_source import decode


def handler(event: dict[str, Any], context: object) -> None:
    """Raise with everything that is wrong in it; AppConfig shows that, and keeps the old one."""
    del context
    faults = faults_of(decode(base64.b64decode(event["content"])))
    if faults:
        message = "\n".join(f"line {line}: {message}; {hint}" for line, message, hint in faults)
        raise PolicyError(message, "correct the policy, and deploy it again")
