"""What an error response means, in whichever of the shapes it came.

A table says it, for a read and for a write; docs/reference/errors.md is drawn from it. RDS has one
of its own, because a code may mean another thing there, and so have the backups of Redis. Sources:
docs/facts/huawei.md "Errors", docs/facts/rds.md A11 and C; where those are silent, the meaning that
can do no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from lastgood.domain import times
from lastgood.domain.restore import RefusalKind
from lastgood.ports import CloudError, CredentialsError, Trouble

Fate = Literal[RefusalKind, "unknown"]
"""What became of a write: refused for one of the reasons, or not known."""


class Row(NamedTuple):
    """One row of the table: the first that fits says what a response means."""

    statuses: range
    codes: frozenset[str]
    read: Trouble
    put: Fate
    because: str

    def fits(self, status: int, code: str) -> bool:
        """Whether it covers this response; no codes means any."""
        return status in self.statuses and (not self.codes or code in self.codes)


def _row(statuses: int | range, codes: str, read: Trouble, put: Fate, because: str) -> Row:
    span = statuses if isinstance(statuses, range) else range(statuses, statuses + 1)
    return Row(span, frozenset(codes.split()), read, put, because)


CLIENT = range(400, 500)
BUSY = "DBS.200011 DBS.200018 DBS.200019 DBS.200076 DBS.201000 DBS.201014 DBS.201015"
RDS_BUSY = (
    "DBS.200011 DBS.200018 DBS.200019 DBS.200047 DBS.200076 DBS.200080 DBS.200316 DBS.200402 "
    "DBS.200452 DBS.200463 DBS.200611 DBS.201015 DBS.201202 DBS.201205 DBS.201206 DBS.212006 "
    "DBS.212033 DBS.280011 DBS.280343 DBS.280816 DBS.01010337 DBS.01280030"
)
BACKUPS_BUSY = f"{BUSY} DBS.200047 DBS.201204 DBS.201319 DBS.280042 DBS.280391"
THROTTLED = "APIGW.0308 DBS.280443 IAM.0012"
INVALID_TOKEN = frozenset({"APIGW.0307", "DBS.280056"})


def _table(*own: Row) -> tuple[Row, ...]:
    """The table of a service, by the rows that it has for itself."""
    return (
        _row(408, "", "transient", "unknown", "something timed out, and not everything before it"),
        _row(499, "", "transient", "unknown", "a proxy gave up, and perhaps too late"),
        *own,
        _row(CLIENT, THROTTLED, "throttled", "throttled", "too many requests; it says so itself"),
        _row(429, "", "throttled", "unknown", "too many requests, says something in between"),
        _row(401, "", "permission", "permission", "the caller is not known"),
        _row(403, "", "permission", "permission", "the caller may not"),
        _row(CLIENT, "", "permanent", "permanent", "the request was rejected"),
        _row(500, "DBS.111205", "transient", "unknown", "timed out; may have been carried out"),
        _row(range(500, 1000), "", "transient", "unknown", "the service or a proxy failed"),
        _row(range(100, 400), "", "permanent", "unknown", "no answer that the page allows"),
    )


TABLE = _table(_row(CLIENT, BUSY, "busy", "busy", "another operation runs on the instance"))
"""From status and code to what it means for a read, and for a write."""

RDS_TABLE = _table(
    _row(CLIENT, RDS_BUSY, "busy", "busy", "something runs on the instance, or its status forbids"),
    _row(CLIENT, "DBS.200022", "permanent", "unknown", "the name exists: perhaps of this request"),
    _row(500, "DBS.280036", "busy", "unknown", "the instance is not ready: wait"),
)
"""The same for RDS."""

BACKUPS_TABLE = _table(
    _row(CLIENT, BACKUPS_BUSY, "busy", "busy", "something runs on the instance or with the backup"),
)
"""The same for the backups of Redis, and for the new instances that they restore to."""

SKEW = timedelta(minutes=15)
"""How far the clock of the caller may be off before signatures are rejected."""


class Fault(NamedTuple):
    """An error response: its code, its sentence, and the id to ask the support about.

    `by_service` says whether it has one of the forms of the service, its gateway or IAM.
    """

    status: int
    code: str
    sentence: str
    request_id: str
    by_service: bool = False
    retry_after: float | None = None
    skew: timedelta | None = None
    table: tuple[Row, ...] = TABLE

    @property
    def row(self) -> Row:
        """Its row in the table of the service."""
        known = self.canonical_code
        return next((row for row in self.table if row.fits(self.status, known)), self.table[-1])

    @property
    def canonical_code(self) -> str:
        """The code, of which the gateway has two spellings."""
        return self.code.replace("APIG.", "APIGW.")

    @property
    def token_expired(self) -> bool:
        """Whether a new token would help."""
        return self.status in {401, 403} and self.canonical_code in INVALID_TOKEN

    @property
    def text(self) -> str:
        """The whole of it on one line."""
        tail = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.status} {self.code}: {self.sentence}{tail}"

    def error(self, what: str) -> CloudError:
        """The error to raise for a read of `what`."""
        kind = CredentialsError if self.rejects_the_caller else CloudError
        return kind(f"{what}: {self.text}", self.hint, self.row.read, self.retry_after)

    @property
    def rejects_the_caller(self) -> bool:
        """Whether the caller is rejected, and not what was requested."""
        return self.status == HTTPStatus.UNAUTHORIZED or self.token_expired

    @property
    def hint(self) -> str:
        """What to do about it, in the imperative."""
        if self.rejects_the_caller or self.canonical_code == "APIGW.0301":
            return self._rejection_hint()
        if hint := _HINTS.get(self.canonical_code):
            return hint
        by_proxy = "" if self.by_service else "; something in between may have answered"
        return _BY_TROUBLE[self.row.read] + by_proxy

    def _rejection_hint(self) -> str:
        """Tell a wrong clock, a wrong key and a wrong region apart, as far as the answer does."""
        if self.skew is not None and abs(self.skew) > SKEW:
            off = times.tell_duration(abs(self.skew))
            side = "ahead of" if self.skew > timedelta() else "behind"
            return f"set the clock of this machine: it is {off} {side} the service's"
        for words, hint in _SENTENCES:
            if words in self.sentence.lower():
                return hint
        return _HINTS.get(self.canonical_code, _BY_TROUBLE["permission"])


_PERMISSION = "give the credentials the permission that docs/reference/permissions.md names"
_HINTS = {
    "APIGW.0101": "check `endpoints`: the host or path is wrong, often the other service's",
    "APIGW.0301": "check the credentials, the region and the clock of this machine",
    "APIGW.0302": _PERMISSION,
    "APIGW.0307": "store a new token: this one has expired or is of another region",
    "DBS.200002": "check the instance's id, and that it lives in this project and region",
    "DBS.280032": _PERMISSION,
    "DBS.280056": "store a new token: this one is not valid",
}
_BY_TROUBLE: Mapping[Trouble, str] = {
    "busy": "wait until the operation that runs on the instance is over",
    "throttled": "set a lower `requests_per_second` for this cloud in the policy, or wait",
    "transient": "wait, and run it again",
    "permission": "check the credentials",
    "permanent": "check the ids, `region` and `endpoints` in the policy",
    "unreachable": "check `endpoints` and `region` in the policy, and the network",
}
_SENTENCES = (
    ("signature expired", "set the clock of this machine: signatures hold for 15 minutes"),
    ("not exist", "check the access key and `region`: the key is not known there"),
    ("signature fail", "store both keys again: the secret key does not belong to the access key"),
    ("reach the limit", "wait five minutes, and check the key: it is locked after bad signatures"),
    ("decrypt token", "store a token of this `region`: this one is of another region or account"),
)
"""What the gateway says under one code, in the words it is known to use."""


class Answered(Protocol):
    """A response of httpx or of a generated client, each of which has a class of its own."""

    @property
    def status_code(self) -> int:
        """Its status."""

    @property
    def content(self) -> bytes:
        """Its body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers."""


def fault_of(response: Answered, table: tuple[Row, ...] = TABLE) -> Fault:
    """Read a response as an error, by the table of its service."""
    now = datetime.now(UTC)
    fault = read_fault(response.status_code, response.content, response.headers, now)
    return fault._replace(table=table)


def read_fault(
    status: int, body: bytes, headers: Mapping[str, str], now: datetime | None = None
) -> Fault:
    """Read an error response in any shape; what is missing is reported as missing."""
    code, sentence, request_id = "", "", headers.get("X-Request-Id", "")
    by_service: bool = False
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        document = None
    if isinstance(document, dict):
        inner = document.get("error")
        if isinstance(inner, dict):  # IAM; its code is a number
            document = {"error_code": inner.get("code"), "error_msg": inner.get("message")}
        by_service = not document.keys().isdisjoint({"error_code", "errCode"})
        code = _field(document, "error_code", "errCode")
        sentence = _field(document, "error_msg", "externalMessage")
        request_id = _field(document, "request_id") or request_id
    return Fault(
        status,
        one_line(code) or "no code",
        one_line(sentence) or "no reason given",
        one_line(request_id),
        by_service,
        retry_after(headers),
        clock_skew(headers, now) if now else None,
    )


def _field(document: dict[str, Any], *names: str) -> str:
    values = (document.get(name) for name in names)
    return next((str(value) for value in values if value and isinstance(value, str | int)), "")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, given as such or as a date; None where there is none that can be read."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until, sent = _http_date(text), _http_date(headers.get("Date", ""))
    return max((until - sent).total_seconds(), 0) if until and sent else None


def clock_skew(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How far our clock is ahead of the service's, which has whole seconds."""
    moment = _http_date(headers.get("Date", ""))
    return now - moment if moment else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def one_line(text: str) -> str:
    """One printable line of bounded length, of what may be anything: it goes into messages."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:300]).split())
