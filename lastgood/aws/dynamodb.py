"""The Store port on a DynamoDB table with the string keys `pk` and `sk`.

Every write is a transaction in which each record is checked to have the version that was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lastgood.ports import Key, RacedError, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RACED = {"ConditionalCheckFailed", "TransactionConflict"}


class DynamoStore:
    """Records as items: `version` is a number, `body` the bytes."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, keys: Sequence[Key]) -> list[Record]:
        """Read each key, strongly consistent."""
        return [self._read(key) for key in keys]

    def _read(self, key: Key) -> Record:
        found = self._client.get_item(
            TableName=self._table, Key=_attributes(key), ConsistentRead=True
        )
        return _record(found["Item"]) if "Item" in found else Record(key, 0, b"")

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
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
        )
        for page in pages:
            yield from map(_record, page["Items"])


def _attributes(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def _record(item: Any) -> Record:
    key = Key(item["pk"]["S"], item["sk"]["S"])
    return Record(key, int(item["version"]["N"]), bytes(item["body"]["B"]))
