"""Whether what an environment is set up with on AWS is there: for the checkup only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.domain.errors import LastgoodError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient


class OutOfReachError(LastgoodError):
    """Something on AWS that is not there, or may not be looked at."""

    code = "aws"


def reach_table(client: Callable[[], DynamoDBClient], table: str) -> None:
    """Look at the ledger's table.

    Raises:
        OutOfReachError: it is not there, has other keys, or may not be looked at.
    """

    def look() -> None:
        keys = client().describe_table(TableName=table)["Table"]["KeySchema"]
        if [key["AttributeName"] for key in keys] != ["pk", "sk"]:
            told = f"the table {table} is none of lastgood's: its keys are not pk and sk"
            raise OutOfReachError(told, "check LASTGOOD_TABLE")

    _reach(look, f"the table {table}", "check LASTGOOD_TABLE and dynamodb:DescribeTable")


def reach_bus(client: Callable[[], EventBridgeClient], bus: str) -> None:
    """Look at the event bus.

    Raises:
        OutOfReachError: it is not there, or may not be looked at.
    """
    hint = "check LASTGOOD_BUS and events:DescribeEventBus"
    _reach(lambda: client().describe_event_bus(Name=bus), f"the bus {bus}", hint)


def reach_function(client: Callable[[], LambdaClient], function: str) -> None:
    """Look at the function that recovers.

    Raises:
        OutOfReachError: it is not there, or may not be looked at.
    """
    hint = "check LASTGOOD_RECOVER_FUNCTION and lambda:GetFunctionConfiguration"
    _reach(
        lambda: client().get_function_configuration(FunctionName=function),
        f"the function {function}",
        hint,
    )


def _reach(look: Callable[[], object], what: str, hint: str) -> None:
    try:
        look()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise OutOfReachError(f"{what} cannot be looked at: {code}", hint) from None
    except (BotoCoreError, ValueError) as error:  # the latter for settings that make no sense
        why = type(error).__name__
        hint = "check the settings of AWS here, AWS_PROFILE and AWS_REGION first, and the network"
        raise OutOfReachError(f"{what} cannot be looked at: {why}", hint) from None
