"""The user's hook, asked over Lambda: whatever it answers is a verdict, or that there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.stub import Stubber

from lastgood.aws.hooks import HookError, LambdaValidator
from lastgood.domain.copies import Reachable
from lastgood.domain.decide import decide
from lastgood.domain.hooks import About
from lastgood.domain.plan import Interval, Plan
from lastgood.domain.reading import History, Readings
from lastgood.domain.restore import Validation
from lastgood.ports import HookLostError
from sandbox.aws.account import function_arn
from sandbox.aws.lambda_service import Function, LambdaSandbox
from sandbox.aws.runtime import Code
from tests.support.builders import NOW, TARGET, incident, redis, redis_reading

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


BEFORE = About(hook="before", idempotency_key="incident-1/1/before")
AFTER = About(
    hook="after",
    idempotency_key="incident-1/1/after",
    state="validated",
    verdict="pass",
    target=TARGET,
    gap=Interval(TARGET, NOW),
)


def test_before_is_given_what_validate_is_and_what_tells_its_calls_apart(
    lambdas: LambdaSandbox, validator: LambdaValidator
) -> None:
    validator.call(function_arn(HOOK), plan("the event"), BEFORE)

    event = json.loads(lambdas.invocations(HOOK)[-1].event)
    assert event.pop("incident")["id"] == incident().id
    assert event.pop("plan")["restore_time"] == "2026-02-17T19:40:20+0800"
    assert event == {
        "hook": "before",
        "idempotency_key": "incident-1/1/before",
        "at_least_once": True,
    }


def test_after_is_given_how_it_ended_and_which_writes_are_gone(
    lambdas: LambdaSandbox, validator: LambdaValidator
) -> None:
    validator.call(function_arn(HOOK), plan("the event"), AFTER)

    event = json.loads(lambdas.invocations(HOOK)[-1].event)
    assert (event["hook"], event["state"], event["verdict"]) == ("after", "validated", "pass")
    assert event["target"] == "2026-02-17T11:40:20Z"
    assert event["gap"] == {"start": "2026-02-17T11:40:20Z", "end": "2026-02-17T11:51:00Z"}


def test_after_is_told_that_nothing_was_restored(
    lambdas: LambdaSandbox, validator: LambdaValidator
) -> None:
    nothing = msgspec.structs.replace(AFTER, state="refused", verdict=None, target=None, gap=None)

    validator.call(function_arn(HOOK), plan("the event"), nothing)

    event = json.loads(lambdas.invocations(HOOK)[-1].event)
    assert (event["verdict"], event["target"], event["gap"]) == (None, None, None)


def test_what_a_hook_around_a_restore_says_is_its_verdict(validator: LambdaValidator) -> None:
    words = json.dumps({"verdict": "fail", "detail": "the queue is away"})

    assert validator.call(function_arn(HOOK), plan(words), BEFORE) == Validation(
        "fail", "the queue is away"
    )


def test_a_hook_around_a_restore_that_fails_gives_no_verdict(validator: LambdaValidator) -> None:
    said = validator.call(function_arn(HOOK), plan("no JSON"), BEFORE)

    assert said == Validation("none", f"{function_arn(HOOK)} failed")


def test_a_hook_around_a_restore_that_takes_too_long_gives_no_verdict(
    lambdas: LambdaSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://lambda")

    monkeypatch.setattr(lambdas.client, "invoke", wait)
    said = LambdaValidator(lambdas.client).call(function_arn(HOOK), plan("{}"), BEFORE)

    assert said == Validation("none", f"{function_arn(HOOK)} did not answer in time")


def test_a_hook_around_a_restore_whose_connection_breaks_may_still_run(
    lambdas: LambdaSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(**_: object) -> None:
        raise ConnectionClosedError(endpoint_url="https://lambda")

    monkeypatch.setattr(lambdas.client, "invoke", close)

    with pytest.raises(HookLostError, match="closed"):
        LambdaValidator(lambdas.client).call(function_arn(HOOK), plan("{}"), BEFORE)


def test_a_hook_around_a_restore_that_is_not_there_is_an_error(
    validator: LambdaValidator,
) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        validator.call(function_arn("no-such-hook"), plan("{}"), BEFORE)


@pytest.mark.parametrize(
    ("about", "parameter"), [(BEFORE, "BeforeFunctionArn"), (AFTER, "AfterFunctionArn")]
)
def test_a_hook_around_a_restore_that_may_not_be_called_says_what_to_do(
    lambdas: LambdaSandbox, about: About, parameter: str
) -> None:
    with Stubber(lambdas.client) as stubber:
        stubber.add_client_error("invoke", "AccessDeniedException", http_status_code=403)
        said = LambdaValidator(lambdas.client).call(function_arn(HOOK), plan("{}"), about)

    assert said.verdict == "none"
    assert said.detail.endswith(f"was denied: name it in {parameter} of the stack")
