"""A token in play shows itself in no message, no repr, no traceback and no log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, get_args

import pytest
import stamina

from lastgood.aws.secrets import read_secret
from lastgood.huawei.clients import connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.credentials import read_credentials
from lastgood.ports import CloudError, CredentialsError
from sandbox.aws.account import AwsSandbox
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation
from tests.support.connected import (
    CANARY,
    NOW,
    POINTS,
    RDS,
    REDIS,
    START,
    Wire,
    body,
    entry,
    http_clients,
    known,
    told,
    wired,
)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Somebody switched on the logs of everything, without knowing what is in them."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "botocore", "boto3", "urllib3", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    with stamina.set_testing(True, attempts=2):
        yield


def everything_in(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged, with all that a formatter could get at."""
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


def use(cloud: HuaweiCloud) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: cloud.windows(RDS),
        lambda: cloud.points(REDIS, START, NOW),
        lambda: cloud.pitr_policy(REDIS),
        lambda: cloud.state(REDIS),
        lambda: cloud.job("4711"),
        lambda: cloud.jobs(START, NOW),
    ]
    for call in calls:
        try:
            call()
        except CloudError as error:
            told(error)
    assert CANARY not in repr(cloud.restore(REDIS, POINTS[0]))


def test_what_works_logs_no_token(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    use(wire.cloud)

    logged = everything_in(caplog)
    assert "HTTP Request: PUT" in logged
    assert CANARY not in logged


@pytest.mark.parametrize(
    "fault",
    [
        Fault.drop_before(),
        Fault.error_after(),
        Fault.throttle(),
        Fault.garbage(),
        Fault.refuse(401, "APIGW.0307"),
        Fault.answer_before(Answer(302, b"", {"Location": "/x"})),
        Fault.answer_before(body(520, "")),
        Fault.answer_before(body(202, '{"job_id": null}')),
    ],
    ids=lambda fault: fault.name,
)
def test_what_fails_tells_no_token_in_errors_outcomes_or_logs(
    wire: Wire, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    for operation in get_args(Operation):
        wire.sandbox.faults.always(operation, fault)

    use(wire.cloud)

    assert CANARY not in everything_in(caplog)


def test_a_dead_endpoint_tells_no_token(caplog: pytest.LogCaptureFixture) -> None:
    with http_clients():
        use(connect(entry("http://127.0.0.1:1", "http://127.0.0.1:1"), known()))

    assert CANARY not in everything_in(caplog)


def test_nothing_that_holds_the_token_prints_it(wire: Wire) -> None:
    held = [wire.cloud, vars(wire.cloud), wire.clients, [vars(c) for c in wire.clients]]

    assert CANARY not in repr(held)
    assert CANARY not in str(held)


@pytest.mark.parametrize("text", [CANARY, f'{{"token": "{CANARY}"}}'])
def test_reading_the_secret_logs_none_of_it(
    aws: AwsSandbox, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    aws.put_secret("lastgood/prod", text)
    caplog.clear()

    credentials = read_credentials(
        "secretsmanager:lastgood/prod", {}, partial(read_secret, aws.client("secretsmanager"))
    )

    assert CANARY not in repr(credentials)
    assert "botocore" in {record.name.partition(".")[0] for record in caplog.records}
    assert CANARY not in everything_in(caplog)


@pytest.mark.parametrize("text", [f'{{"password": "{CANARY}"}}', f'{{"token": ["{CANARY}"]}}'])
def test_a_secret_that_cannot_be_used_is_not_shown(
    aws: AwsSandbox, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    aws.put_secret("lastgood/odd", text)
    caplog.clear()

    with pytest.raises(CredentialsError) as caught:
        read_credentials(
            "secretsmanager:lastgood/odd", {}, partial(read_secret, aws.client("secretsmanager"))
        )

    told(caught.value)
    assert CANARY not in everything_in(caplog)
