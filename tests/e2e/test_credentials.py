"""Each kind of credentials, from Secrets Manager to the wire, by functions in processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sandbox.stage import SECRET, VERIFY_FUNCTION, Stage
from tests.docs.test_permissions import READ, RESTORE, allowed
from tests.support.bundle import BundledStage
from tests.support.incidents import Incidents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.incidents import Incident

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


RESTORING = {"access_key": "AKRESTORES0123456789", "secret_key": "SKrestores01234567890"}
READING = {"access_key": "AKREADS0123456789012", "secret_key": "SKreads01234567890123"}
READ_SECRET = "lastgood/read/prod"


@pytest.fixture
def apart(bundles: Path) -> Iterator[Incident]:
    """An instance to be restored by a user who may do nothing else, and read by another."""
    with BundledStage(bundles) as stage:
        incidents = Incidents(stage, ())
        stage.huawei.add_access_key(**RESTORING, actions=allowed(RESTORE))
        stage.huawei.add_access_key(**READING, actions=allowed(READ))
        stage.aws.put_secret(SECRET, json.dumps(RESTORING))
        stage.aws.put_secret(READ_SECRET, json.dumps(READING))
        named = f'secretsmanager:{SECRET}"\ncredentials_read = "secretsmanager:{READ_SECRET}'
        stage.set_policy(stage.policy_text(named))
        yield incidents["orders-cache"]


def signers(stage: Stage, method: str) -> set[str]:
    signed = (r.headers["authorization"] for r in stage.huawei.requests if r.method == method)
    return {header.partition("Access=")[2].partition(",")[0] for header in signed}


def test_a_recovery_reads_by_one_user_and_restores_by_another_with_the_documented_permissions(
    apart: Incident,
) -> None:
    ended = apart.recover()

    assert ended["state"] == "settled"
    assert apart.value == b"good"
    assert signers(apart.stage, "PUT") == {RESTORING["access_key"]}
    assert signers(apart.stage, "GET") == {READING["access_key"]}


def test_a_sweep_needs_only_the_secret_that_reads(apart: Incident) -> None:
    apart.stage.aws.client("secretsmanager").delete_secret(SecretId=SECRET)

    sweep = apart.stage.sweep()

    assert "unknown" not in sweep.value()["counts"]
    assert signers(apart.stage, "GET") == {READING["access_key"]}
