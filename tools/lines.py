"""Counts lines of code by package: no blank lines, comments or docstrings.

python -m tools.lines
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import Counter
from pathlib import Path

PACKAGES = ("lastgood", "handlers", "sandbox", "tools", "benchmarks", "tests")

_ROOT = Path(__file__).parents[1]
_NO_CODE = {"COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER"}


def code_lines(source: str) -> int:
    """How many lines hold code; a blank line within a string is part of it."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if tokenize.tok_name[token.type] not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(ast.Constant(str()), lineno=first, end_lineno=int(last)):
                lines -= set(range(first, last + 1))
    return len(lines)


def main() -> None:
    """Print them, as a tree of two levels."""
    counted: Counter[tuple[str, ...]] = Counter()
    for package in PACKAGES:
        for path in (_ROOT / package).rglob("*.py"):
            *folders, _ = path.relative_to(_ROOT).parts
            for name in {tuple(folders[:1]), tuple(folders[:2])}:
                counted[name] += code_lines(path.read_text(encoding="utf-8"))
    for name, count in sorted(
        counted.items(), key=lambda each: (PACKAGES.index(each[0][0]), each[0])
    ):
        sys.stdout.write(f"{'  ' * (len(name) - 1) + name[-1]:<16}{count:>7,}\n")


if __name__ == "__main__":
    main()
