"""What every Store must keep: run against the fake and against DynamoDB (moto's server)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from lastgood.aws.dynamodb import DynamoStore
from lastgood.ports import Key, RacedError, Record, Store
from sandbox.aws.account import TABLE, AwsSandbox
from tests.support.fakes import FakeStore

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return FakeStore()
    aws: AwsSandbox = request.getfixturevalue("aws")
    return DynamoStore(aws.client("dynamodb"), TABLE)


@pytest.fixture
def key() -> Callable[[str], Key]:
    """Keys in partitions that no other test has."""
    test = uuid4().hex
    return lambda name: Key(f"{name}#{test}", "record")


def test_a_record_that_was_never_written_has_version_zero_and_no_body(
    store: Store, key: Callable[[str], Key]
) -> None:
    assert store.read([key("a"), key("b")]) == [
        Record(key("a"), 0, b""),
        Record(key("b"), 0, b""),
    ]


def test_what_was_committed_is_read_back_with_the_next_version(
    store: Store, key: Callable[[str], Key]
) -> None:
    store.commit([Record(key("a"), 0, b"one")])
    store.commit([Record(key("a"), 1, b"two\x00\xff")])

    assert store.read([key("a")]) == [Record(key("a"), 2, b"two\x00\xff")]


def test_a_record_that_somebody_else_made_is_a_race(
    store: Store, key: Callable[[str], Key]
) -> None:
    store.commit([Record(key("a"), 0, b"theirs")])

    with pytest.raises(RacedError):
        store.commit([Record(key("a"), 0, b"ours")])

    assert store.read([key("a")])[0].body == b"theirs"


def test_a_record_that_somebody_else_changed_is_a_race(
    store: Store, key: Callable[[str], Key]
) -> None:
    store.commit([Record(key("a"), 0, b"one")])
    store.commit([Record(key("a"), 1, b"theirs")])

    with pytest.raises(RacedError):
        store.commit([Record(key("a"), 1, b"ours")])

    assert store.read([key("a")])[0].body == b"theirs"


def test_one_race_among_many_records_writes_none_of_them(
    store: Store, key: Callable[[str], Key]
) -> None:
    store.commit([Record(key("b"), 0, b"theirs")])

    with pytest.raises(RacedError):
        store.commit([Record(key("a"), 0, b"ours"), Record(key("b"), 0, b"ours")])

    assert store.read([key("a")]) == [Record(key("a"), 0, b"")]


def test_a_partition_is_scanned_in_the_order_of_its_sort_keys(
    store: Store, key: Callable[[str], Key]
) -> None:
    partition = key("a").partition
    for n in (3, 1, 2):
        store.commit([Record(Key(partition, f"{n:012d}"), 0, str(n).encode())])

    assert [record.body for record in store.scan(partition)] == [b"1", b"2", b"3"]


def test_a_partition_longer_than_a_page_is_scanned_whole(
    store: Store, key: Callable[[str], Key]
) -> None:
    partition, large = key("a").partition, b"x" * 300_000
    for n in range(5):
        store.commit([Record(Key(partition, f"{n:012d}"), 0, large)])

    assert len(list(store.scan(partition))) == 5


def test_of_many_who_commit_the_same_version_one_succeeds(
    store: Store, key: Callable[[str], Key]
) -> None:
    def try_to_write(n: int) -> bool:
        try:
            store.commit([Record(key("a"), 0, str(n).encode()), Record(key(f"own{n}"), 0, b"")])
        except RacedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        succeeded = list(pool.map(try_to_write, range(16)))

    assert succeeded.count(True) == 1
