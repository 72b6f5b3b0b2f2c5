"""The Fetcher port: what SMN asks to be fetched, with urllib3, which botocore brings along.

httpx would make the receiver start later, for two plain GETs.
"""

from __future__ import annotations

import urllib3

from lastgood.ports import FetchError

LARGEST = 64 * 1024
"""Bytes; a chain of certificates is a tenth of that."""

_PATIENCE = urllib3.Timeout(connect=1.5, read=2.0)


class HttpsFetcher:
    """Trusts the authorities that TLS trusts, and keeps its connections."""

    def __init__(self, authorities: str | None = None) -> None:
        self._pool = urllib3.PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=authorities)

    def fetch(self, url: str) -> tuple[int, bytes]:
        """Send a GET, once; a redirect is an answer like any other.

        Raises:
            FetchError: no answer came in time, or one that is too large.
        """
        try:
            answer = self._pool.request(
                "GET", url, timeout=_PATIENCE, retries=False, redirect=False, preload_content=False
            )
            try:
                body = answer.read(LARGEST + 1)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            hint = "check the network of the function"
            raise FetchError(f"{url}: {type(error).__name__}", hint) from error
        if len(body) > LARGEST:
            raise FetchError(f"{url}: more than {LARGEST} bytes", "check what is there")
        return answer.status, body
