from __future__ import annotations

import base64

import pytest

from handlers.policy import handler
from lastgood.domain.errors import PolicyError
from tests.support.builders import EXAMPLE


def event(text: bytes) -> dict[str, str]:
    """What AppConfig sends to a validator (docs/facts/aws.md)."""
    return {
        "applicationId": "abc1234",
        "configurationProfileId": "ghi9012",
        "configurationVersion": "2",
        "content": base64.b64encode(text).decode(),
        "uri": "hosted",
    }


def test_a_policy_in_which_nothing_is_wrong_may_be_deployed() -> None:
    assert handler(event(EXAMPLE.encode()), None) is None  # type: ignore[func-returns-value]


def test_a_broken_one_is_refused_with_every_error_and_its_line() -> None:
    bad = EXAMPLE.replace("version = 1", "version = 2\ncolour = 3")

    with pytest.raises(PolicyError) as caught:
        handler(event(bad.encode()), None)

    first, second = caught.value.message.splitlines()
    assert first.startswith("line 2: policy, version: found 2")
    assert second.startswith("line 3: policy, colour: ")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(PolicyError, match="UTF-8"):
        handler(event(b"\xff"), None)
