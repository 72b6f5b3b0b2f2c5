"""Draws docs/demo.svg: what `lastgood demo` shows on a terminal of 80 columns."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parent.parent / "docs" / "demo.svg"


def main() -> None:
    """Run the demo, and write its screen as a picture."""
    command = [str(Path(sys.executable).with_name("lastgood")), "demo"]
    colours = {**os.environ, "FORCE_COLOR": "1", "TTY_INTERACTIVE": "0", "COLUMNS": "80"}
    shown = subprocess.run(command, env=colours, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown.stdout))
    PICTURE.write_text(console.export_svg(title="make demo"), encoding="utf-8")


if __name__ == "__main__":
    main()
