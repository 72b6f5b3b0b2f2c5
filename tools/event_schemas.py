"""Writes docs/reference/events: the JSON Schema of the detail of every event that goes out."""

from __future__ import annotations

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from lastgood.domain.events import RecoverabilityEvent, RecoveryEvent, SweepEvent

FOLDER = Path(__file__).parent.parent / "docs" / "reference" / "events"
DETAILS = {
    "recovery": RecoveryEvent,
    "recoverability": RecoverabilityEvent,
    "sweep": SweepEvent,
}


def schema(name: str) -> str:
    """The schema of one detail, as the text of its file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_cleaned(msgspec.json.schema(DETAILS[name])),
    }
    return json.dumps(document, indent=2) + "\n"


def _cleaned(node: Any) -> Any:
    """The schema with its descriptions, which are docstrings, as every Python indents them."""
    if isinstance(node, dict):
        return {
            key: cleandoc(value) if key == "description" else _cleaned(value)
            for key, value in node.items()
        }
    return [_cleaned(item) for item in node] if isinstance(node, list) else node


if __name__ == "__main__":
    for name in DETAILS:
        (FOLDER / f"{name}.json").write_text(schema(name), encoding="utf-8")
