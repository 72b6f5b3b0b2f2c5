"""The Validator port: the user's own Lambda function, called after a restore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lastgood.domain import canonical
from lastgood.domain.copies import Reachable
from lastgood.domain.plan import Plan
from lastgood.domain.restore import Validation

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
        about = {"incident": plan.incident, "plan": plan} | ({"copy": copy} if copy else {})
        payload = canonical.encode(about)
        try:
            answer = self._client.invoke(FunctionName=hook, Payload=payload)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            why = f"the call of {hook} was denied: name it in ValidateFunctionArn of the stack"
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
