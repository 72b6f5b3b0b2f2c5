"""docs/reference/refusals.md against the codes that a recovery may end with."""

from __future__ import annotations

from typing import get_args

from lastgood.domain.plan import RefusalCode
from tests.docs.pages import codes, rows, text_of

BY_PEOPLE = {"rejected", "expired"}


def test_the_page_explains_every_code_and_no_other() -> None:
    explained = [codes(row[0])[0] for row in rows(text_of("docs/reference/refusals.md"))]

    assert sorted(explained) == sorted({*get_args(RefusalCode), *BY_PEOPLE})
