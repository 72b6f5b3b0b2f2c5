"""Writes docs/reference/events: the JSON Schema of the detail of every event, out or in."""

from __future__ import annotations

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from lastgood.dialects.requests import RecoveryRequest
from lastgood.domain.events import (
    CopyEvent,
    DrillEvent,
    RecoverabilityEvent,
    RecoveryEvent,
    SweepEvent,
    WritersEvent,
)

FOLDER = Path(__file__).parent.parent / "docs" / "reference" / "events"
DETAILS: dict[str, type[msgspec.Struct]] = {
    "recovery": RecoveryEvent,
    "recoverability": RecoverabilityEvent,
    "sweep": SweepEvent,
    "copy": CopyEvent,
    "drill": DrillEvent,
    "writers": WritersEvent,
    "recovery-requested": RecoveryRequest,
}


def schema(name: str) -> str:
    """The schema of one detail, as the text of its file."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    written = msgspec.json.encode(msgspec.json.schema(DETAILS[name]))
    return json.dumps(dialect | json.loads(written, object_hook=_cleaned), indent=2) + "\n"


def _cleaned(node: dict[str, Any]) -> dict[str, Any]:
    """Descriptions are docstrings, which not every Python indents alike."""
    return {k: cleandoc(v) if k == "description" else v for k, v in node.items()}


if __name__ == "__main__":
    for name in DETAILS:
        (FOLDER / f"{name}.json").write_text(schema(name), encoding="utf-8")
