"""The recording's files: each is a JSON list with one record a line.

What was JSON text (the body of a record, the result of a step) is stored as JSON, so that it can be
read and compared; `text` gives back the same bytes, which `lay_open` checks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
POLICY = HERE / "policy.toml"

TEXTS = frozenset({"InputPayload", "Result"})
"""What is JSON text in the operations of the engine."""


class Recording(NamedTuple):
    """The records of the ledger, the durable executions with their operations, and the events."""

    ledger: list[dict[str, Any]]
    checkpoints: list[dict[str, Any]]
    events: list[dict[str, Any]]


def load() -> Recording:
    return Recording(*(json.loads(_file(HERE, name).read_text("utf-8")) for name in _NAMES))


def save(recording: Recording, folder: Path) -> None:
    for name, records in zip(_NAMES, recording, strict=True):
        lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        _file(folder, name).write_text(f"[\n{lines}\n]\n", "utf-8")


def lay_open(canonical_json: str) -> Any:
    """Read canonical JSON, sure that `text` gives it back."""
    value = json.loads(canonical_json)
    assert text(value) == canonical_json, canonical_json
    return value


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def covers(today: Any, recorded: Any) -> bool:
    """Whether all that was recorded is there today with the same values; fields may be added."""
    if isinstance(recorded, dict):
        return isinstance(today, dict) and all(
            name in today and covers(today[name], value) for name, value in recorded.items()
        )
    if isinstance(recorded, list):
        return (
            isinstance(today, list)
            and len(today) == len(recorded)
            and all(map(covers, today, recorded))
        )
    return bool(today == recorded)


_NAMES = Recording._fields


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
