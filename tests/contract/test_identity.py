"""Who calls, by STS (moto's server), and how that stands in the journal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lastgood.cli.world import author
from lastgood.wiring import SettingsError, Wiring
from sandbox.aws.account import ACCOUNT, AwsSandbox


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def environment(aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    return aws.environment()


def test_the_journal_names_who_owns_the_aws_credentials(environment: dict[str, str]) -> None:
    assert author(None, Wiring(environment)) == f"{ACCOUNT}:user/moto"


def test_a_note_stands_beside_the_identity_and_not_in_its_place(
    environment: dict[str, str],
) -> None:
    said = author("root of everything", Wiring(environment))

    assert said == f"{ACCOUNT}:user/moto (root of everything)"


@pytest.mark.parametrize(("note", "name"), [("ada", "ada"), (None, "grace")])
def test_an_answer_is_not_held_up_by_sts_but_says_that_nobody_vouches_for_the_name(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, note: str | None, name: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("LOGNAME", "grace")

    assert author(note, Wiring(environment)) == f"unverified: {name}"


def test_without_a_ledger_nobody_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="LASTGOOD_TABLE"):
        author("ada", Wiring({}))
