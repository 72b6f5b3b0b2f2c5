"""The user's hook, asked over Lambda: whatever it answers is a verdict, or that there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lastgood.aws.hooks import HookError, LambdaValidator
from lastgood.domain.copies import Reachable
from lastgood.domain.decide import decide
from lastgood.domain.plan import Plan
from lastgood.domain.reading import History, Readings
from lastgood.domain.restore import Validation
from sandbox.aws.account import function_arn
from sandbox.aws.lambda_service import Function, LambdaSandbox
from sandbox.aws.runtime import Code
from tests.support.builders import NOW, incident, redis, redis_reading

HOOK = "check-orders"


@pytest.fixture(scope="module")
def lambdas() -> Iterator[LambdaSandbox]:
    code = Code.source_tree(Path(__file__).parents[2])
    with LambdaSandbox({HOOK: Function("tests.contract.hook.handler", code)}) as sandbox:
        yield sandbox


@pytest.fixture
def validator(lambdas: LambdaSandbox) -> LambdaValidator:
    return LambdaValidator(lambdas.client)


def plan(words: str) -> Plan:
    """A plan that makes the hook answer this JSON."""
    decided = decide(incident(), Readings(redis_reading()), redis(), History(), NOW)
    assert isinstance(decided, Plan)
    return msgspec.structs.replace(decided, warnings=(words,))


@pytest.mark.parametrize(
    ("answer", "validation"),
    [
        ({"verdict": "pass"}, Validation("pass")),
        ({"verdict": "fail", "detail": "3 of 5"}, Validation("fail", "3 of 5")),
        ({"verdict": "none", "detail": "é"}, Validation("none", "é")),
        ({"verdict": "fail", "detail": {"missing": 3}}, Validation("fail", "{'missing': 3}")),
        ({"verdict": "fail", "detail": "x" * 999, "more": 1}, Validation("fail", "x" * 300)),
    ],
)
def test_what_the_hook_says_is_the_verdict(
    validator: LambdaValidator, answer: object, validation: Validation
) -> None:
    assert validator.validate(function_arn(HOOK), plan(json.dumps(answer))) == validation


@pytest.mark.parametrize(
    "answer",
    [None, True, "pass", [], ["pass"], {}, {"verdict": "PASS"}, {"verdict": None}, {"verdict": []}],
)
def test_an_answer_without_a_known_verdict_is_none(
    validator: LambdaValidator, answer: object
) -> None:
    found = validator.validate(function_arn(HOOK), plan(json.dumps(answer)))

    assert found.verdict == "none"
    assert found.detail


def test_the_hook_is_given_the_incident_and_the_plan(
    lambdas: LambdaSandbox, validator: LambdaValidator
) -> None:
    validator.validate(function_arn(HOOK), plan("the event"))

    event = json.loads(lambdas.invocations(HOOK)[-1].event)
    assert set(event) == {"incident", "plan"}
    assert event["incident"]["id"] == incident().id
    assert event["plan"]["restore_time"] == "2026-02-17T19:40:20+0800"


def test_after_a_copy_the_hook_is_told_where_it_is_reached(
    lambdas: LambdaSandbox, validator: LambdaValidator
) -> None:
    copy = Reachable(
        id="0123456789abcdefin01",
        name="lastgood-incident-1",
        addresses=("192.168.0.10",),
        port=3306,
        secret="lastgood/copies/lastgood-incident-1",
    )

    validator.validate(function_arn(HOOK), plan("the event"), copy)

    event = json.loads(lambdas.invocations(HOOK)[-1].event)
    assert event["copy"] == json.loads(msgspec.json.encode(copy))


def test_a_hook_that_fails_is_an_error(validator: LambdaValidator) -> None:
    with pytest.raises(HookError, match=HOOK):
        validator.validate(function_arn(HOOK), plan("no JSON"))


def test_a_hook_that_is_not_there_is_an_error(validator: LambdaValidator) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        validator.validate(function_arn("no-such-hook"), plan("{}"))


def test_a_hook_that_may_not_be_called_gives_no_verdict_and_says_what_to_do(
    lambdas: LambdaSandbox,
) -> None:
    with Stubber(lambdas.client) as stubber:
        stubber.add_client_error("invoke", "AccessDeniedException", http_status_code=403)
        found = LambdaValidator(lambdas.client).validate(function_arn(HOOK), plan("{}"))

    assert found.verdict == "none"
    assert found.detail.endswith("was denied: name it in ValidateFunctionArn of the stack")
