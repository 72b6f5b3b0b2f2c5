"""What every Store must keep: run against the fakes and against DynamoDB (moto's server)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from lastgood.aws.dynamodb import AT_A_TIME, PATIENCE, DynamoStore
from lastgood.ports import Key, RacedError, Record, Store
from sandbox.aws.account import TABLE, AwsSandbox
from tests.simulation.schedule import Schedule
from tests.simulation.store import SimulatedStore
from tests.support.fakes import FakeStore
from tests.support.smn import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["fake", "simulated", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return FakeStore()
    if request.param == "simulated":
        return SimulatedStore(Schedule(1, NOW), lambda _: None)
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


def test_a_key_that_is_asked_for_twice_is_answered_twice(
    store: Store, key: Callable[[str], Key]
) -> None:
    store.commit([Record(key("a"), 0, b"one")])

    first, absent, again = store.read([key("a"), key("b"), key("a")])

    assert first == again == Record(key("a"), 1, b"one")
    assert absent == Record(key("b"), 0, b"")


def test_more_keys_than_one_request_holds_are_read_in_their_order(
    store: Store, key: Callable[[str], Key]
) -> None:
    keys = [key(f"{n}") for n in range(2 * AT_A_TIME + 1)]
    for written in (keys[0], keys[-1]):
        store.commit([Record(written, 0, b"written")])

    read = store.read(keys)

    assert [record.key for record in read] == keys
    assert [record.version for record in read] == [1, *[0] * (2 * AT_A_TIME - 1), 1]


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


def test_a_record_that_is_larger_than_an_item_is_an_error_and_writes_nothing(
    aws: AwsSandbox, key: Callable[[str], Key]
) -> None:
    store = DynamoStore(aws.client("dynamodb"), TABLE)

    with pytest.raises(ClientError, match="Item size"):
        store.commit([Record(key("a"), 0, b"small"), Record(key("b"), 0, b"x" * 400 * 1024)])

    assert [record.version for record in store.read([key("a"), key("b")])] == [0, 0]


# A table that is busy


class BusyTable:
    """A client of a table that answers no more than `most` keys at a time."""

    def __init__(self, client: DynamoDBClient, most: int) -> None:
        self._client = client
        self._most = most
        self.asked: list[int] = []

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - as DynamoDB writes it
        asked = RequestItems[TABLE]
        self.asked.append(len(asked["Keys"]))
        left = {"UnprocessedKeys": {TABLE: {**asked, "Keys": asked["Keys"][self._most :]}}}
        if not self._most:
            return {"Responses": {}} | left
        some: Any = {TABLE: {**asked, "Keys": asked["Keys"][: self._most]}}
        answer = self._client.batch_get_item(RequestItems=some)
        return {**answer, **left} if self._most < len(asked["Keys"]) else answer


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, which take no time."""
    made: list[float] = []
    monkeypatch.setattr("lastgood.aws.dynamodb.time.sleep", made.append)
    return made


def test_keys_that_a_busy_table_leaves_out_are_asked_for_again_after_a_pause(
    aws: AwsSandbox, key: Callable[[str], Key], pauses: list[float]
) -> None:
    keys = [key(name) for name in "abc"]
    table: Any = BusyTable(aws.client("dynamodb"), most=1)
    DynamoStore(aws.client("dynamodb"), TABLE).commit([Record(each, 0, b"") for each in keys])

    read = DynamoStore(table, TABLE).read(keys)

    assert read == [Record(each, 1, b"") for each in keys]
    assert table.asked == [3, 2, 1]
    assert pauses == [*PATIENCE[:2]]


def test_a_table_that_is_busy_for_too_long_is_an_error_and_no_empty_record(
    aws: AwsSandbox, key: Callable[[str], Key], pauses: list[float]
) -> None:
    table: Any = BusyTable(aws.client("dynamodb"), most=0)

    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        DynamoStore(table, TABLE).read([key("a")])

    assert pauses == [*PATIENCE]
