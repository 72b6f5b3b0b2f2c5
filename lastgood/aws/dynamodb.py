"""The Store port on a DynamoDB table with the string keys `pk` and `sk`.

Every write is a transaction in which each record is checked to have the version that was read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lastgood.ports import Key, RacedError, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

RACED = {"ConditionalCheckFailed", "TransactionConflict"}

AT_A_TIME = 100
"""Keys that one BatchGetItem takes."""

PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds to wait after each answer that left keys out because the table was busy."""


class DynamoStore:
    """Records as items: `version` is a number, `body` the bytes."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, keys: Sequence[Key]) -> list[Record]:
        """Read each key, strongly consistent; all of them are no snapshot.

        Raises:
            ClientError: the table did not give them, or left some out too often.
        """
        found: dict[Key, Record] = {}
        left = list(dict.fromkeys(keys))
        pauses = iter(PATIENCE)
        while left:
            asked, later = left[:AT_A_TIME], left[AT_A_TIME:]
            left_out = self._read_some(asked, found)
            if left_out:
                _wait(next(pauses, None))
            left = left_out + later
        return [found.get(key) or Record(key, 0, b"") for key in keys]

    def _read_some(self, keys: Sequence[Key], found: dict[Key, Record]) -> list[Key]:
        """Add what one request brings to what was found; the keys that it left out."""
        asked: Any = {"Keys": [_attributes(key) for key in keys], "ConsistentRead": True}
        answer = self._client.batch_get_item(RequestItems={self._table: asked})
        read = map(_record, answer["Responses"].get(self._table, ()))
        found.update((record.key, record) for record in read)
        left_out = answer["UnprocessedKeys"].get(self._table, {"Keys": ()})["Keys"]
        return [_key(attributes) for attributes in left_out]

    def commit(self, records: Sequence[Record]) -> None:
        """Write all records or none.

        Raises:
            RacedError: a record has a newer version, or another write to it is under way.
        """
        try:
            self._client.transact_write_items(TransactItems=[self._put(r) for r in records])
        except ClientError as error:
            response: Any = error.response
            reasons = {reason.get("Code") for reason in response.get("CancellationReasons", [])}
            if reasons & RACED and reasons <= RACED | {"None"}:
                raise RacedError(
                    f"{[r.key for r in records]}: {sorted(map(str, reasons))}"
                ) from error
            raise

    def _put(self, record: Record) -> Any:
        value = {"version": {"N": str(record.version + 1)}, "body": {"B": record.body}}
        put = {"TableName": self._table, "Item": _attributes(record.key) | value}
        if record.version == 0:
            return {"Put": put | {"ConditionExpression": "attribute_not_exists(pk)"}}
        unchanged = {
            "ConditionExpression": "#version = :read",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":read": {"N": str(record.version)}},
        }
        return {"Put": put | unchanged}

    def scan(self, partition: str) -> Iterator[Record]:
        """Read a partition in the order of its sort keys, strongly consistent."""
        asked: QueryInputTypeDef = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
        }
        # Not by botocore's paginator: the bundles leave out what that is described by.
        while True:
            page = self._client.query(**asked)
            yield from map(_record, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _wait(seconds: float | None) -> None:
    """Wait, unless it was waited often enough."""
    if seconds is None:
        code, message = "ProvisionedThroughputExceededException", "keys were left out too often"
        error: Any = {"Error": {"Code": code, "Message": message}}
        raise ClientError(error, operation_name="BatchGetItem")
    time.sleep(seconds)


def _attributes(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def _key(attributes: Any) -> Key:
    return Key(attributes["pk"]["S"], attributes["sk"]["S"])


def _record(item: Any) -> Record:
    return Record(_key(item), int(item["version"]["N"]), bytes(item["body"]["B"]))
