"""Clients of AWS services, all of one session.

The session is botocore's own, because boto3 would only add import time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import NoRegionError
from botocore.session import get_session

from lastgood.domain.errors import LastgoodError

LIMITS = {
    "connect_timeout": 5,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
"""With these no AWS call outlasts an invocation."""


class RegionError(LastgoodError):
    """No AWS region is set."""

    code = "settings"


class Clients:
    """Makes clients for the region and the credentials of an environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._session = get_session()

    def __call__(self, service: Any, **limits: Any) -> Any:
        """A client of this service, with other limits where they are given.

        Raises:
            RegionError: no region is set.
        """
        region = self._environment.get("AWS_REGION")  # botocore does not read this one
        # Both are a part of what each call costs: putting the user agent together, and comparing
        # the parameters with the service's model, which mypy and the service do as well.
        agent = self._session.user_agent()
        quick = {"user_agent": agent, "parameter_validation": False}
        config = Config(**{**LIMITS, **quick, **limits})
        try:
            client = self._session.create_client(service, region_name=region, config=config)
        except NoRegionError:
            hint = "set AWS_REGION to the region that lastgood is deployed in"
            raise RegionError("no AWS region is set", hint) from None
        # botocore makes the classes of its errors at their first use, without a lock: of two
        # threads that fail at once, one would raise a class that the other's `except` never names.
        _ = client.exceptions
        return client
