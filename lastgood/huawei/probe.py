"""Whether an endpoint can be reached at all, by a request without credentials.

The gateway rejects such a request, and counts it against no key.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

import httpx

from lastgood.domain.policy import CloudEntry
from lastgood.domain.services import Endpoint
from lastgood.huawei.clients import without_credentials
from lastgood.huawei.endpoints import ces_url, geminidb_url, rds_url
from lastgood.huawei.errors import fault_of
from lastgood.ports import CloudError, EndpointSeen

URLS: Mapping[Endpoint, Callable[[CloudEntry], str]] = {
    "ces": ces_url,
    "geminidb": geminidb_url,
    "rds": rds_url,
}


def probe(cloud: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
    """Send an endpoint a request, and see whether it answers.

    Raises:
        CloudError: it cannot be reached, or is not what it claims to be.
    """
    url = URLS[endpoint](cloud)
    try:
        with without_credentials(url) as client:
            answer = client.get("/")
    except httpx.HTTPStatusError as error:  # a status without a name is an answer as well
        answer = error.response
    except (UnicodeError, OverflowError) as error:
        hint = "check `endpoints` in the policy"
        raise CloudError(f"{url} is not a valid URL", hint, "unreachable") from error
    except httpx.HTTPError as error:
        raise CloudError(*_why(url, error), "unreachable") from error
    return EndpointSeen(url, fault_of(answer).skew)


def _why(url: str, error: httpx.HTTPError) -> tuple[str, str]:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = "set SSL_CERT_FILE to the authority of the proxy in between, or correct the host"
            return f"{url} shows a certificate that is not trusted: {cause.verify_message}", hint
        if isinstance(cause, ssl.SSLError):
            return f"{url} does not speak TLS", "check `endpoints` in the policy"
        cause = cause.__cause__ or cause.__context__
    hint = "check `region` and `endpoints` in the policy, the network, and HTTPS_PROXY"
    return f"{url} cannot be reached ({type(error).__name__})", hint
