"""What an answer that is no success means, whichever of the shapes it came in.

Sources: huawei-facts.md "Errors"; the four JSON shapes, and HTML or nothing from proxies.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from lastgood.ports import CloudError

BAD_REQUEST = 400
TOO_MANY = 429
SERVER = 500

_HINTS = {
    "APIGW.0101": "the host or path is wrong, often the other service's: check `endpoints`",
    "APIGW.0301": "check the credentials and the clock of this machine",
    "APIGW.0302": "give the credentials the permission that docs/reference/openapi.md names",
    "APIGW.0307": "the token has expired or is of another region: store a new one",
    "DBS.200002": "check the instance's id, and that it lives in this project and region",
    "DBS.280032": "give the credentials the permission that docs/reference/openapi.md names",
    "DBS.280056": "the token is not valid: store a new one",
}


class Fault(NamedTuple):
    """An error of the service: its code, its sentence, and the id to ask its support about."""

    status: int
    code: str
    sentence: str
    request_id: str

    @property
    def transient(self) -> bool:
        """Whether a read may be tried again."""
        return self.status == TOO_MANY or self.status >= SERVER

    @property
    def by_the_caller(self) -> bool:
        """Whether the service turned the request down, so that nothing was done."""
        return BAD_REQUEST <= self.status < SERVER

    @property
    def text(self) -> str:
        """The whole of it on one line."""
        tail = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.status} {self.code}: {self.sentence}{tail}"

    def error(self, what: str) -> CloudError:
        """The error to raise for a read of `what`."""
        status_hint = "check the credentials" if self.status in {401, 403} else "try again later"
        return CloudError(f"{what}: {self.text}", _HINTS.get(self.code, status_hint))


def read_fault(status: int, body: bytes, headers: Any) -> Fault:
    """Read an error answer in any shape; what is missing is said to be missing."""
    code, sentence, request_id = "", "", str(headers.get("X-Request-Id", ""))
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        document = None
    if isinstance(document, dict):
        inner = document.get("error")
        if isinstance(inner, dict):  # IAM; its code is a number
            document = {"error_code": inner.get("code"), "error_msg": inner.get("message")}
        code = str(document.get("error_code") or document.get("errCode") or "")
        sentence = str(document.get("error_msg") or document.get("externalMessage") or "")
        request_id = str(document.get("request_id") or request_id)
    return Fault(status, _line(code) or "no code", _line(sentence) or "no reason given", request_id)


def _line(text: str) -> str:
    """One printable line of bounded length: it goes into logs and messages."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:300]).split())
