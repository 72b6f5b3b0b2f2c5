"""Writes docs/reference/events: the JSON Schema of the detail of every event that goes out."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from lastgood.domain.announcements import RecoverabilityEvent, RecoveryEvent, SweepEvent

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
        **msgspec.json.schema(DETAILS[name]),
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    for name in DETAILS:
        (FOLDER / f"{name}.json").write_text(schema(name), encoding="utf-8")
