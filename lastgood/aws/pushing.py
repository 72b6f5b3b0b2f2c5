"""Putting a policy where the functions read it; nothing but the command line imports this."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Required, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.domain.canonical import digest_of_bytes
from lastgood.domain.errors import PolicyError
from lastgood.ports import Text

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.literals import ParameterTypeType
    from mypy_boto3_ssm.type_defs import ParameterStringFilterTypeDef


class _Kind(TypedDict, total=False):
    """How a parameter is kept."""

    Type: Required[ParameterTypeType]
    KeyId: str


PARAMETER_HOLDS = 8192
"""Bytes of an advanced parameter; a standard one holds half of it (docs/facts/aws.md)."""

AT_ONCE = "AppConfig.AllAtOnce"
"""The strategy by which a configuration is deployed: a policy in parts would be two policies."""

MEANWHILE = "see what is there with lastgood policy diff"


def push(client: Callable[[Any], Any], where: str, body: bytes, over: Text | None) -> str:
    """Put a policy to `where`, a place on AWS, over what was read there; returns its version.

    Raises:
        PolicyError: it is too large for the place, somebody else put one meanwhile, or AWS refuses.
    """
    scheme, _, place = where.partition(":")
    try:
        match scheme:
            case "ssm":
                return _parameter(client("ssm"), place, body, over)
            case "s3":
                return _object(client("s3"), place.removeprefix("//"), body, over)
            case _:
                return _configuration(client("appconfig"), place, body)
    except (ClientError, BotoCoreError) as error:
        why = error.response["Error"] if isinstance(error, ClientError) else {}
        told = " ".join(f"{why.get('Code', '')} {why.get('Message', '') or error}".split())
        hint = "allow what docs/reference/permissions.md says of `policy push`"
        raise PolicyError(f"the policy cannot be put to {where}: {told}", hint) from error


def _parameter(client: SSMClient, name: str, body: bytes, over: Text | None) -> str:
    if len(body) > PARAMETER_HOLDS:
        message = f"the policy has {len(body):,} bytes, and a parameter holds {PARAMETER_HOLDS:,}"
        raise PolicyError(message, "put it to s3://bucket/key: docs/how-to/policy-sources.md")
    kind: _Kind = _kind_of(client, name) if over else {"Type": "String"}
    put = client.put_parameter(
        Name=name,
        Value=body.decode(),
        Tier="Intelligent-Tiering",
        Overwrite=over is not None,
        **kind,
    )
    version = put["Version"]
    if over is not None and version != int(over.version) + 1:
        message = f"somebody put version {version - 1} meanwhile; yours took its place"
        raise PolicyError(message, MEANWHILE)
    return str(version)


def _kind_of(client: SSMClient, name: str) -> _Kind:
    """A parameter that is encrypted stays so, under the same key."""
    only: ParameterStringFilterTypeDef = {"Key": "Name", "Option": "Equals", "Values": [name]}
    (found,) = client.describe_parameters(ParameterFilters=[only])["Parameters"]
    kind: _Kind = {"Type": found["Type"]}
    if "KeyId" in found:
        kind["KeyId"] = found["KeyId"]
    return kind


def _object(client: S3Client, place: str, body: bytes, over: Text | None) -> str:
    bucket, _, key = place.partition("/")
    wanted: PutObjectRequestTypeDef = {"Bucket": bucket, "Key": key, "Body": body}
    wanted["ContentType"] = "application/toml"
    wanted |= {"IfMatch": over.tag} if over else {"IfNoneMatch": "*"}
    try:
        put = client.put_object(**wanted)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            message = "somebody else put a policy there meanwhile; yours was not put"
            raise PolicyError(message, MEANWHILE) from error
        raise
    return put.get("VersionId") or put["ETag"].strip('"')


def _configuration(client: AppConfigClient, place: str, body: bytes) -> str:
    """A new version, deployed at once; its validators are asked before that."""
    application, environment, profile = place.split("/")
    made = client.create_hosted_configuration_version(
        ApplicationId=application,
        ConfigurationProfileId=profile,
        Content=body,
        ContentType="application/toml",
    )
    client.start_deployment(
        ApplicationId=application,
        EnvironmentId=environment,
        DeploymentStrategyId=AT_ONCE,
        ConfigurationProfileId=profile,
        ConfigurationVersion=str(made["VersionNumber"]),
    )
    return digest_of_bytes(body)
