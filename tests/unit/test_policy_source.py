from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from lastgood.domain.canonical import digest_of_bytes
from lastgood.domain.errors import PolicyError
from lastgood.policy_source import LOOK_BACK, MAX_AGE, CachedPolicy, decode, read_file
from lastgood.ports import Text
from tests.support.builders import EXAMPLE, at

OTHER = EXAMPLE.replace('"orders-cache"', '"renamed-cache"')
BROKEN = EXAMPLE.replace("version = 1", "version = 2")


class Parameter:
    """A text that may change, and how often it was read; a clock."""

    def __init__(self, text: str = EXAMPLE) -> None:
        self.text: str | PolicyError = text
        self.before: list[str] = []
        self.reads = 0
        self.told: list[str] = []
        self.time = at("12:00:00")

    def read(self, tag: str | None) -> Iterator[Text]:
        self.reads += 1
        if isinstance(self.text, PolicyError):
            raise self.text
        for text in (self.text, *self.before):
            body = text.encode()
            same = digest_of_bytes(body) == tag
            yield Text(b"" if same else body, f"version {len(body)}", digest_of_bytes(body))

    def cached(self) -> CachedPolicy:
        return CachedPolicy("here", self.read, lambda: self.time, self.told.append)


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


def test_a_broken_policy_does_not_take_the_place_of_a_good_one_and_a_person_is_told(
    parameter: Parameter,
) -> None:
    policy = parameter.cached()
    good = policy()
    parameter.text = BROKEN

    for times in (1, 2):
        parameter.time += MAX_AGE
        assert policy() is good
        assert len(parameter.told) == times
    assert parameter.told[0].startswith(
        f"the policy here@version {len(BROKEN)} is not used, but here@version {len(EXAMPLE)}: "
    )
    parameter.text = OTHER
    parameter.time += MAX_AGE
    assert policy().find("renamed-cache")
    assert len(parameter.told) == 2


def test_a_new_process_finds_the_last_good_one_among_those_that_were_there_before(
    parameter: Parameter,
) -> None:
    parameter.text, parameter.before = BROKEN, [BROKEN + "#", OTHER, EXAMPLE]
    policy = parameter.cached()

    assert policy().find("renamed-cache")
    assert len(parameter.told) == 1

    parameter.time += MAX_AGE
    kept = policy()
    parameter.time += MAX_AGE
    assert policy() is kept
    assert len(parameter.told) == 3


def test_a_process_goes_on_to_a_better_one_than_its_own_that_was_there_in_between(
    parameter: Parameter,
) -> None:
    policy = parameter.cached()
    policy()
    parameter.text, parameter.before = BROKEN, [OTHER, EXAMPLE]
    parameter.time += MAX_AGE

    assert policy().find("renamed-cache")


def test_it_is_looked_back_only_so_far(parameter: Parameter) -> None:
    parameter.text = BROKEN
    parameter.before = [BROKEN + "#" * n for n in range(1, 1 + LOOK_BACK)] + [EXAMPLE]

    with pytest.raises(PolicyError, match="version"):
        parameter.cached()()


def test_a_broken_policy_is_an_error_where_no_good_one_was_read(parameter: Parameter) -> None:
    parameter.text = BROKEN
    policy = parameter.cached()

    for _ in range(2):
        with pytest.raises(PolicyError, match="version"):
            policy()
    assert parameter.told == []


def test_a_policy_says_where_it_was_read_and_which_version_it_is(parameter: Parameter) -> None:
    assert parameter.cached()().source_version == f"here@version {len(EXAMPLE.encode())}"


def test_a_policy_that_has_not_changed_is_not_parsed_again(parameter: Parameter) -> None:
    policy = parameter.cached()
    first = policy()
    parameter.time += MAX_AGE

    assert policy() is first
    assert parameter.reads == 2


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

    text = read_file(str(path))

    assert decode(text.body) == "# größer\n" + EXAMPLE
    assert text.version == text.tag == f"sha256:{sha256(path.read_bytes()).hexdigest()}"


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
        decode(read_file(str(path)).body)
