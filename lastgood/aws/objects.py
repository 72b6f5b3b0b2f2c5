"""The policy kept in an object of S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.aws.unread import unread
from lastgood.ports import Text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

NOT_MODIFIED = 304


def read_object(client: S3Client, where: str, tag: str | None) -> Iterator[Text]:
    """What the object `s3://bucket/key` holds, and then what it held before in a versioned bucket.

    What still has this ETag comes without its body. A version is called by the id that the bucket
    gives it, else by its ETag.

    Raises:
        PolicyError: it cannot be read.
    """
    bucket, _, key = where.removeprefix("s3://").partition("/")
    try:
        yield _read(client, {"Bucket": bucket, "Key": key}, tag)
    except (ClientError, BotoCoreError) as error:
        hint = f"put the policy to {where}, and allow s3:GetObject on it"
        raise unread(where, error, hint) from error
    with suppress(ClientError, BotoCoreError):  # none are kept, or they are kept from us
        listed = client.list_object_versions(Bucket=bucket, Prefix=key)
        for version in listed.get("Versions", ()):
            if version["Key"] == key and not version["IsLatest"]:
                yield _read(
                    client, {"Bucket": bucket, "Key": key, "VersionId": version["VersionId"]}, tag
                )


def _read(client: S3Client, wanted: GetObjectRequestTypeDef, tag: str | None) -> Text:
    if tag:
        wanted["IfNoneMatch"] = tag
    try:
        found = client.get_object(**wanted)
    except ClientError as error:
        if tag and _status(error) == NOT_MODIFIED:
            return Text(b"", tag, tag)
        raise
    etag = found["ETag"]
    return Text(found["Body"].read(), found.get("VersionId") or etag.strip('"'), etag)


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]
