"""Each kind of credentials, from Secrets Manager to the wire, by functions in processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sandbox.stage import SECRET, VERIFY_FUNCTION, Stage
from tests.support.bundle import BundledStage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-of-the-credentials-4711"
KINDS = {
    "token": {"token": CANARY},
    "temporary key": {
        "access_key": "AKTEMPORARY012345678",
        "secret_key": "SKtemporary0123456789",
        "security_token": CANARY,
    },
    "password": {"domain": "example", "user": "lastgood", "password": CANARY},
}


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with BundledStage(bundles) as stage:
        stage.huawei.add_token(CANARY)
        stage.huawei.add_access_key(**KINDS["temporary key"])
        stage.huawei.add_user("example", "lastgood", CANARY)
        stage.clock.catch_up()
        yield stage


@pytest.mark.parametrize("kind", KINDS)
def test_a_sweep_is_made_with_whatever_kind_the_secret_holds_and_shows_none_of_it(
    stage: Stage, kind: str
) -> None:
    stage.aws.put_secret(SECRET, json.dumps(KINDS[kind]))
    stage.functions.kill(VERIFY_FUNCTION)  # one that runs keeps what it has read for a while
    before = len(stage.huawei.requests)

    sweep = stage.sweep()

    assert "unknown" not in sweep.value()["counts"]
    asked = stage.huawei.requests[before:]
    assert len([request for request in asked if request.service == "iam"]) == (kind == "password")
    assert CANARY not in stage.functions.log(VERIFY_FUNCTION)
    assert CANARY not in repr(stage.aws.events())


def test_a_secret_that_was_rotated_while_it_was_wrong_is_used_in_the_next_sweep(
    stage: Stage,
) -> None:
    wrong = KINDS["temporary key"] | {"secret_key": "SKof-another-key-0123"}
    stage.aws.put_secret(SECRET, json.dumps(wrong))
    stage.functions.kill(VERIFY_FUNCTION)

    failed = stage.sweep().value()
    stage.aws.put_secret(SECRET, json.dumps(stage.key))
    mended = stage.sweep().value()

    assert failed["counts"] == {"unknown": 3}
    assert stage.huawei.bad_signatures(wrong["access_key"]) == 1
    assert "unknown" not in mended["counts"]
