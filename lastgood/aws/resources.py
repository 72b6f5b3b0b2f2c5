"""Whether the AWS resources that the settings name exist and can be used; for the checkup only.

Clients are `Any` here: of what an adapter calls by the types of its client each bundle keeps the
description, and no function makes these calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from lastgood.domain.errors import LastgoodError
from lastgood.ports import Deployed, Setting

LEDGER = ("LASTGOOD_TABLE", "dynamodb:DescribeTable", "TableName")
BUS = ("LASTGOOD_BUS", "events:DescribeEventBus", "Name")
FUNCTION = ("LASTGOOD_RECOVER_FUNCTION", "lambda:GetFunctionConfiguration", "FunctionName")
"""A setting, the call that reads what it names, as IAM writes it, and the parameter of its name."""


class ResourceError(LastgoodError):
    """A resource on AWS that does not exist, cannot be read, or is not lastgood's."""

    code = "aws"


def settings(environment: Mapping[str, str], client: Callable[[str], Any]) -> Iterator[Setting]:
    """The settings that name resources; reading one raises ResourceError if it cannot be used."""
    for name, (setting, permission, parameter), without in (
        ("ledger", LEDGER, "without it cooldown, fence and caps are not checked"),
        ("bus", BUS, "without it no event is sent"),
        ("recover function", FUNCTION, "without it no recovery can be started from here"),
    ):
        value = environment.get(setting)
        read = partial(_read, client, setting, permission, {parameter: value}) if value else None
        yield Setting(name, read, f"set {setting}; {without}")


def _read(
    client: Callable[[str], Any], setting: str, permission: str, parameters: dict[str, str]
) -> Deployed:
    service, _, operation = permission.partition(":")
    what = f"{setting} names {', '.join(parameters.values())}"
    try:
        found = getattr(client(service), xform_name(operation))(**parameters)
    except ClientError as error:
        why, hint = error.response["Error"]["Code"], f"check {setting} and {permission}"
        raise ResourceError(f"{what}, which cannot be read: {why}", hint) from None
    except (BotoCoreError, ValueError) as error:  # ValueError: settings of the SDK are malformed
        why, hint = type(error).__name__, "check AWS_PROFILE, AWS_REGION and the network"
        raise ResourceError(f"{what}, which cannot be read: {why}", hint) from None
    keys = [key["AttributeName"] for key in found.get("Table", {}).get("KeySchema", ())]
    if keys not in ([], ["pk", "sk"]):
        message = f"{what}, which is not a table of lastgood: its keys are not pk and sk"
        raise ResourceError(message, f"set {setting} to the table of the stack")
    seconds = found.get("DurableConfig", {}).get("ExecutionTimeout")
    variables = found.get("Environment", {}).get("Variables", {})
    timeout = timedelta(seconds=seconds) if seconds else None
    return Deployed(timeout, variables.get("LASTGOOD_HOOKS"))


def find_hook(hook: str, client: Any) -> None:
    """Look for the function of this ARN, and the version or alias that it names.

    Raises:
        ResourceError: it is not there, or that cannot be seen.
    """
    region, here = hook.split(":")[3], client.meta.region_name
    if region != here:
        message = f"{hook} lies in {region or 'no region'}, and the stack in {here}"
        raise ResourceError(message, f"name a function of {here} in the policy")
    try:
        client.get_function_configuration(FunctionName=hook)
    except client.exceptions.ResourceNotFoundException:
        hint = "correct the policy, or deploy the function, version or alias that it names"
        raise ResourceError(f"{hook} is not there", hint) from None
    except ClientError as error:
        why = error.response["Error"]["Code"]
        hint = (
            "allow lambda:GetFunctionConfiguration on it; where it is another account's, there too"
        )
        raise ResourceError(f"whether {hook} is there cannot be seen: {why}", hint) from None
    except BotoCoreError as error:
        message = f"whether {hook} is there cannot be seen: {type(error).__name__}"
        raise ResourceError(message, "check the network") from None
