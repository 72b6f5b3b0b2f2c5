from __future__ import annotations

from tools.lines import code_lines

SOURCE = '''"""A docstring
of two lines."""

# A comment.
TEXT = """
a line of text

"""
"""What it is."""


def add(  # why
    a,
) -> None:
    """Another."""
    return a
'''


def test_neither_blanks_nor_comments_nor_docstrings_are_code() -> None:
    assert code_lines(SOURCE) == len(["TEXT", "a line", "", '"""', "def", "a,", ")", "return"])
