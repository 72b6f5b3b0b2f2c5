"""Where output goes: data on stdout, talk on stderr; nothing in it steers the terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

from lastgood.domain import canonical


def out() -> Console:
    """The console for data: colours only on a terminal, and none where NO_COLOR is set."""
    return Console(markup=False, emoji=False, highlight=False)


def talk() -> Console:
    """The console for progress and hints."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False)


def emit(value: object) -> None:
    """Print a value as one line of JSON, in UTF-8 whatever the terminal speaks."""
    sys.stdout.buffer.write(canonical.encode(value) + b"\n")
    sys.stdout.flush()


def clean(words: str) -> str:
    """Make what a file or a service says one line of printable characters."""
    return "".join(c if c.isprintable() else " " for c in words)


def text(words: str, style: str = "") -> Text:
    """Words as the consoles print them, cleaned."""
    return Text(clean(words), style=style)
