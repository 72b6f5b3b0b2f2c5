from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from lastgood.domain.errors import PolicyError
from lastgood.policy_source import MAX_AGE, CachedPolicy, read_file
from lastgood.wiring import UTC_CLOCK
from tests.support.builders import EXAMPLE, at

OTHER = EXAMPLE.replace('"orders-cache"', '"renamed-cache"')
BROKEN = EXAMPLE.replace("version = 1", "version = 2")


class Parameter:
    """A text that may change, and how often it was read; a clock."""

    def __init__(self, text: str = EXAMPLE) -> None:
        self.text: str | PolicyError = text
        self.reads = 0
        self.time = at("12:00:00")

    def read(self) -> str:
        self.reads += 1
        if isinstance(self.text, PolicyError):
            raise self.text
        return self.text

    def cached(self) -> CachedPolicy:
        return CachedPolicy(self.read, lambda: self.time)


@pytest.fixture
def parameter() -> Parameter:
    return Parameter()


def test_nothing_is_read_before_the_policy_is_asked_for(parameter: Parameter) -> None:
    parameter.cached()

    assert parameter.reads == 0


def test_within_a_minute_a_policy_is_read_once(parameter: Parameter) -> None:
    policy = parameter.cached()

    first = policy()
    parameter.text = OTHER
    parameter.time += MAX_AGE - timedelta(milliseconds=1)

    assert policy() is first
    assert parameter.reads == 1


def test_after_a_minute_the_changed_policy_holds(parameter: Parameter) -> None:
    policy = parameter.cached()
    policy()

    parameter.text = OTHER
    parameter.time += MAX_AGE

    assert policy().find("renamed-cache")
    assert parameter.reads == 2


def test_a_minute_is_counted_from_the_last_reading(parameter: Parameter) -> None:
    policy = parameter.cached()

    for _ in range(4):
        policy()
        parameter.time += MAX_AGE / 2

    assert parameter.reads == 2


def test_a_broken_policy_is_an_error_and_not_the_old_copy(parameter: Parameter) -> None:
    policy = parameter.cached()
    policy()
    parameter.text = BROKEN
    parameter.time += MAX_AGE

    for _ in range(2):
        with pytest.raises(PolicyError, match="version"):
            policy()


def test_a_policy_that_can_no_longer_be_read_is_an_error_and_not_the_old_copy(
    parameter: Parameter,
) -> None:
    policy = parameter.cached()
    policy()
    parameter.text = PolicyError("it is gone", "put it back")
    parameter.time += MAX_AGE

    with pytest.raises(PolicyError, match="it is gone"):
        policy()


def test_a_broken_policy_that_was_corrected_holds_at_once(parameter: Parameter) -> None:
    policy = parameter.cached()
    parameter.text = BROKEN
    with pytest.raises(PolicyError):
        policy()

    parameter.text = EXAMPLE

    assert policy().find("orders-cache")


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "lastgood.toml"
    path.write_text("# größer\n" + EXAMPLE, encoding="utf-8")

    assert CachedPolicy(lambda: read_file(str(path)), UTC_CLOCK)().find("orders-cache")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "none.toml")

    with pytest.raises(PolicyError) as caught:
        read_file(path)

    assert caught.value.message == f"the policy {path} cannot be read: No such file or directory"
    assert "--policy" in caught.value.hint
    assert "LASTGOOD_POLICY" in caught.value.hint


def test_a_directory_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="Is a directory"):
        read_file(str(tmp_path))


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lastgood.toml"
    path.write_bytes(b"version = 1 # gr\xf6\xdfer")

    with pytest.raises(PolicyError, match="not UTF-8"):
        read_file(str(path))
