"""The pages that show the policy against the structs that read it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import msgspec
import pytest

from lastgood.domain.policy import (
    CloudEntry,
    CopyRules,
    Endpoints,
    Fleet,
    Instance,
    Objective,
    Rules,
)
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.times import Duration
from tests.docs.pages import codes, rows, section, text_of

PAGE = "docs/reference/policy.md"
EXAMPLE = re.findall(r"```toml\n(.*?)```", text_of("README.md"), flags=re.DOTALL)[0]


def defaults(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Each key with its default as the page spells it."""
    return {field.name: spelt(field.default) for field in msgspec.structs.fields(kind)}


def spelt(default: Any) -> str:
    match default:
        case msgspec.NODEFAULT:
            return "required"
        case None | ():
            return "none"
        case bool():
            return f"`{str(default).lower()}`"
        case Duration() | str() | int():
            return f"`{default}`"
        case _:
            return "a table"


def documented(heading: str) -> dict[str, str]:
    return {codes(key)[0]: uniform(default) for key, default, _ in rows(section(PAGE, heading))}


def uniform(written: str) -> str:
    """A length in one of its spellings, 1d for 24h; anything else as it is."""
    length = re.fullmatch(r"`(\d+[smhd])`", written)
    return f"`{Duration.parse(length[1])}`" if length else written


@pytest.mark.parametrize(
    ("heading", "kind", "in_words"),
    [
        (
            "## `[cloud.NAME]`: one Huawei Cloud project in one region",
            CloudEntry,
            {"endpoints": "from the region"},
        ),
        ("## `[defaults]`, and the same keys in an `[[instance]]`", Rules, {}),
        ("## `[fleet]`", Fleet, {}),
        ("## `copy` of an `[[instance]]`", CopyRules, {}),
    ],
)
def test_the_page_has_every_key_with_its_default(
    heading: str, kind: type[msgspec.Struct], in_words: dict[str, str]
) -> None:
    assert documented(heading) == defaults(kind) | in_words


def test_the_page_has_every_key_of_an_instance_that_is_no_default() -> None:
    own = {k: v for k, v in defaults(Instance).items() if k not in defaults(Rules)}

    assert documented("## `[[instance]]`") == own | {
        "objective": "none",
    }


def test_the_page_names_every_endpoint_and_every_bound() -> None:
    for kind in (Endpoints, Objective):
        for field in msgspec.structs.fields(kind):
            assert re.search(rf"\b{field.name}\b", text_of(PAGE))


def test_the_policy_to_copy_is_valid() -> None:
    policy = parse_policy(EXAMPLE)

    assert policy.find("orders-cache") is not None


@pytest.mark.parametrize(("table", "kind"), [("defaults", Rules), ("fleet", Fleet)])
def test_the_policy_to_copy_shows_every_key_with_its_default(
    table: str, kind: type[msgspec.Struct]
) -> None:
    shown = tomllib.loads(EXAMPLE)[table]

    assert {key: uniform(f"`{value}`") for key, value in shown.items()} == defaults(kind)
