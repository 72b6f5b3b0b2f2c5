"""A hook as a user may write it: it answers with the words that its plan was warned with."""

from __future__ import annotations

import json
from typing import Any


def handler(event: dict[str, Any], _: object) -> Any:
    """Answer; nothing to say is a failure."""
    (words,) = event["plan"]["warnings"]
    return event if words == "the event" else json.loads(words)
