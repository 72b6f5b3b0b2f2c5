from __future__ import annotations

import pytest

from lastgood.domain.errors import PolicyError
from lastgood.domain.policy_file import parse_policy
from tests.support.builders import POLICY


def policy_at(url: str) -> str:
    endpoints = f'endpoints = {{ geminidb = "{url}" }}\n[[instance]]'
    return POLICY.replace("[[instance]]", endpoints, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999",
        "http://127.0.0.1:65536",
        "https://host:0",
        "https://...",
        "https://host:port",
        "https://[::1",
    ],
)
def test_an_endpoint_that_can_be_no_host_or_port_is_named_by_its_place(url: str) -> None:
    with pytest.raises(PolicyError, match=r"cloud\.prod\.endpoints"):
        parse_policy(policy_at(url))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8001", "http://[::1]:1", "https://host.example:8443/base"]
)
def test_an_endpoint_that_can_be_asked_is_kept_as_it_is_written(url: str) -> None:
    assert parse_policy(policy_at(url)).cloud["prod"].endpoints.geminidb == url


def test_more_requests_in_a_second_than_anybody_means_are_refused() -> None:
    text = POLICY.replace("[[instance]]", "requests_per_second = 99999999999\n[[instance]]", 1)

    with pytest.raises(PolicyError, match="requests_per_second"):
        parse_policy(text)
