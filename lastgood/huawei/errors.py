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
        known = _HINTS.get(self.code.replace("APIG.", "APIGW."))  # the gateway spells it both ways
        return CloudError(f"{what}: {self.text}", known or self._hint)

    @property
    def _hint(self) -> str:
        if self.transient:
            return "try again later"
        if self.status in {401, 403}:
            return "check the credentials"
        return "check the ids, `region` and `endpoints` in the policy"


def read_fault(status: int, body: bytes, headers: Any) -> Fault:
    """Read an error answer in any shape; what is missing is said to be missing."""
    code, sentence, request_id = "", "", str(headers.get("X-Request-Id", ""))
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        document = None
    if isinstance(document, dict):
        inner = document.get("error")
        if isinstance(inner, dict):  # IAM; its code is a number
            document = {"error_code": inner.get("code"), "error_msg": inner.get("message")}
        code = _said(document, "error_code", "errCode")
        sentence = _said(document, "error_msg", "externalMessage")
        request_id = _said(document, "request_id") or request_id
    return Fault(
        status,
        one_line(code) or "no code",
        one_line(sentence) or "no reason given",
        one_line(request_id),
    )


def _said(document: dict[str, Any], *names: str) -> str:
    values = (document.get(name) for name in names)
    return next((str(value) for value in values if value and isinstance(value, str | int)), "")


def one_line(text: str) -> str:
    """One printable line of bounded length, of what may be anything: it goes into messages."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:300]).split())
