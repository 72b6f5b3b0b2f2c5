"""The Validator port: the user's own Lambda functions, called around a restore and after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError, HTTPClientError, ReadTimeoutError

from lastgood.domain import canonical
from lastgood.domain.copies import Reachable
from lastgood.domain.hooks import About
from lastgood.domain.plan import Plan
from lastgood.domain.restore import Validation
from lastgood.ports import HookLostError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class HookError(Exception):
    """The hook failed; it is called again."""


class LambdaValidator:
    """Invokes the hook with `{"incident": …, "plan": …}`; it answers `{"verdict": "pass"}`.

    After a restore to a new instance there is a `copy` as well: where that is reached.
    """

    def __init__(self, client: LambdaClient) -> None:
        self._client = client

    def validate(self, hook: str, plan: Plan, copy: Reachable | None = None) -> Validation:
        """Call the hook of this ARN; an answer without a known verdict counts as none.

        So does a call that is denied, which no repetition would change.

        Raises:
            HookError: it failed.
        """
        about: dict[str, Any] = {"incident": plan.incident, "plan": plan}
        about |= {"copy": copy} if copy else {}
        return self._invoke(hook, about, "ValidateFunctionArn")

    def call(self, hook: str, plan: Plan, about: About) -> Validation:
        """Call the hook of this ARN; one that fails or takes too long gives no verdict.

        Raises:
            HookLostError: the connection broke: it may still run.
        """
        told = {"incident": plan.incident, "plan": plan} | msgspec.structs.asdict(about)
        known = {key: value for key, value in told.items() if value is not msgspec.UNSET}
        try:
            return self._invoke(hook, known, f"{about.hook.title()}FunctionArn")
        except HookError as error:
            return Validation("none", str(error))
        except ReadTimeoutError:
            return Validation("none", f"{hook} did not answer in time")
        except HTTPClientError as error:  # of the errors of a connection those once it stood
            raise HookLostError(str(error)) from error

    def _invoke(self, hook: str, payload: dict[str, Any], parameter: str) -> Validation:
        try:
            answer = self._client.invoke(FunctionName=hook, Payload=canonical.encode(payload))
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            why = f"the call of {hook} was denied: name it in {parameter} of the stack"
            return Validation("none", why)
        body = answer["Payload"].read()
        if "FunctionError" in answer:
            raise HookError(f"{hook} failed")
        return _validation(body)


def _validation(body: bytes) -> Validation:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    verdict = answer.get("verdict") if isinstance(answer, dict) else None
    if verdict not in ("pass", "fail", "none"):  # not a set: what the hook said may not be hashable
        return Validation("none", "the hook answered without a verdict of pass, fail or none")
    return Validation(verdict, str(answer.get("detail", ""))[:300])
