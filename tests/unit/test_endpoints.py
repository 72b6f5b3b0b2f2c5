from __future__ import annotations

import pytest

from lastgood.domain.policy import CloudEntry, Endpoints
from lastgood.huawei.endpoints import ces_url, check_endpoints, geminidb_url, rds_url
from lastgood.ports import CloudError


def cloud(region: str, endpoints: Endpoints | None = None) -> CloudEntry:
    return CloudEntry(
        region=region,
        project_id="619d3e78f61b4be68bc5aa0b59edcf7b",
        credentials="env:LASTGOOD_PROD",
        endpoints=endpoints or Endpoints(),
    )


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("ap-southeast-1", "ap-southeast-1.myhuaweicloud.com"),
        ("cn-north-4", "cn-north-4.myhuaweicloud.com"),
        ("eu-west-0", "eu-west-0.myhuaweicloud.com"),
        ("eu-west-101", "eu-west-101.myhuaweicloud.eu"),
        ("eu-west-1010", "eu-west-1010.myhuaweicloud.com"),
    ],
)
def test_a_region_has_a_host_for_each_service(region: str, domain: str) -> None:
    assert geminidb_url(cloud(region)) == f"https://gaussdb-nosql.{domain}"
    assert rds_url(cloud(region)) == f"https://rds.{domain}"


def test_an_endpoint_of_the_policy_takes_the_place_of_its_own_service_only() -> None:
    own = cloud("ap-southeast-1", Endpoints(geminidb="http://127.0.0.1:8001"))

    assert geminidb_url(own) == "http://127.0.0.1:8001"
    assert rds_url(own) == "https://rds.ap-southeast-1.myhuaweicloud.com"


def test_both_services_may_have_endpoints_of_their_own() -> None:
    both = cloud("ap-southeast-1", Endpoints(geminidb="https://a.example", rds="https://b.example"))

    assert (geminidb_url(both), rds_url(both)) == ("https://a.example", "https://b.example")


def test_the_endpoint_of_iam_is_that_of_neither() -> None:
    iam = cloud("ap-southeast-1", Endpoints(iam="https://iam.example"))

    assert "iam" not in geminidb_url(iam) + rds_url(iam)


@pytest.mark.parametrize(
    "url",
    [
        "https://rds.ap-southeast-1.myhuaweicloud.com",
        "https://rds.eu-west-101.myhuaweicloud.eu:443",
        "https://iam.myhuaweicloud.com/v3",
    ],
)
def test_a_host_of_huawei_cloud_needs_nobody_to_open_it(url: str) -> None:
    check_endpoints("prod", cloud("ap-southeast-1", Endpoints(iam=url)), opened="")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://myhuaweicloud.com.evil.example",
        "https://evil.example/rds.ap-southeast-1.myhuaweicloud.com",
        "https://evil-myhuaweicloud.com",
        "https://bucket.obs.ap-southeast-1.myhuaweicloud.com",
        "https://rds.ap-southeast-1.myhuaweicloud.com.",
        "https://evil.example\\.myhuaweicloud.com",
        "http://127.0.0.1:8001",
    ],
)
def test_any_other_host_is_refused_with_its_place_and_how_to_open_it(url: str) -> None:
    foreign = cloud("ap-southeast-1", Endpoints(iam=url))

    with pytest.raises(CloudError, match=r"cloud\.prod\.endpoints\.iam") as caught:
        check_endpoints("prod", foreign, opened="other.example")

    assert "to LASTGOOD_ENDPOINTS" in caught.value.hint
    assert "AllowedEndpoints" in caught.value.hint


@pytest.mark.parametrize("opened", ["proxy.example", "127.0.0.1, proxy.example,::1"])
def test_a_host_that_a_setting_opens_is_used_at_any_port(opened: str) -> None:
    behind = cloud("ap-southeast-1", Endpoints(rds="https://Proxy.example:8443/rds"))

    check_endpoints("prod", behind, opened)


def test_cloud_eye_has_a_host_of_its_own_which_may_be_given() -> None:
    given = cloud("ap-southeast-1", Endpoints(ces="https://ces.example"))

    assert ces_url(cloud("ap-southeast-1")) == "https://ces.ap-southeast-1.myhuaweicloud.com"
    assert ces_url(cloud("eu-west-101")) == "https://ces.eu-west-101.myhuaweicloud.eu"
    assert ces_url(given) == "https://ces.example"
