"""Answers of every kind, from the right one to none at all, by chance but the same for one seed."""

from __future__ import annotations

import gzip
import html
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from random import Random
from typing import Any
from urllib.parse import quote

import httpcore

from tests.fuzz.wire import Chunk

JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
RULE = "al1603131199286dzxpqK3Ez"
RIGHT: dict[str, Any] = {
    "PUT": {"job_id": JOB},
    "windows": {"restore_time": [{"start_time": 1771318800000, "end_time": 1771322400000}]},
    "points": {"restore_time": ["2026-02-17T18:40:00+0800"], "total_count": 1},
    "policy": {"enabled": True, "interval": 20, "keep_days": 1},
    "state": {"instances": [{"id": REDIS, "status": "normal", "actions": [], "mode": "Cluster"}]},
    "job": {"jobs": [{"id": JOB, "status": "Running", "instance": {"id": REDIS}}]},
    "jobs": {"jobs": [{"id": JOB, "status": "Running"}], "total_count": 1},
    "records": {
        "alarm_histories": [
            {
                "alarm_id": RULE,
                "status": "alarm",
                "metric": {
                    "namespace": "SYS.NoSQL",
                    "metric_name": "redis815_cluster_cpu_usage",
                    "dimensions": [{"name": "redis_cluster_id", "value": REDIS}],
                },
                "condition": {
                    "period": 300,
                    "filter": "average",
                    "comparison_operator": ">=",
                    "value": 90,
                    "count": 3,
                },
                "begin_time": "2026-02-17T18:40:00+08:00",
                "data_points": [{"time": "2026-02-17T18:40:00+08:00", "value": 97.08}],
            }
        ],
        "count": 1,
    },
    "datapoints": {"datapoints": [{"average": 97.08, "timestamp": 1771318800000}]},
    "POST": {"token": {"expires_at": "2126-01-04T09:05:22.701000Z"}},
}
STATUSES = [
    *([200] * 8), *([202] * 8), *([401] * 4), *([403] * 4), *([429] * 3), *([500] * 3),
    100, 101, 103, 201, 204, 206, 299, 301, 302, 303, 304, 307, 308, 399, 400, 404, 405, 407, 408,
    409, 418, 421, 425, 451, 499, 501, 502, 503, 504, 511, 520, 599, 600, 999,
]  # fmt: skip
CODES = [
    "APIGW.0301", "APIGW.0307", "APIG.0307", "APIGW.0302", "APIGW.0101", "APIGW.0308",
    "DBS.200001", "DBS.200011", "DBS.201014", "DBS.280056", "DBS.111205", "IAM.0012", "", "?",
]  # fmt: skip
TYPES = [
    "application/json", "application/json; charset=utf-16", "text/html", "text/plain; charset=zlib",
    "multipart/form-data", "; ;", "", "application/octet-stream",
]  # fmt: skip
LATER = "Sat, 03 Jan 2026 09:05:30 GMT"
RIGHT_ONES = 0.3
"""Of all answers."""
MEGABYTE = b" " * (1 << 20)


@dataclass
class Made:
    """One answer: what it says it is, and the pieces in which it comes."""

    status: int
    chunks: Sequence[Chunk] | Iterator[Chunk]
    body: bytes


@dataclass
class Answers:
    """Makes answers for one kind of question, which repeat the secrets that are in play."""

    chance: Random
    secrets: Sequence[str]
    made: list[Made] = field(default_factory=list)

    def make(self, question: str, request: bytes) -> Made:
        """Make an answer; the request may be repeated in it, as gateways do."""
        made = self.right(question) if self.chance.random() < RIGHT_ONES else None
        self.made.append(made or self.odd(question, request))
        return self.made[-1]

    def right(self, question: str) -> Made:
        """The answer as it should be, so that more is asked after it."""
        status = 202 if question == "PUT" else 200
        body = json.dumps(RIGHT[question]).encode()
        head = f"HTTP/1.1 {status} OK\r\nContent-Length: {len(body)}\r\n\r\n"
        return Made(status, [head.encode() + body], body)

    def odd(self, question: str, request: bytes) -> Made:
        """Any other, of which some are right by chance."""
        status = self.chance.choice(STATUSES)
        body = self.body(question, request)
        head, framed = self.framed(status, body)
        return Made(status, self.pieces(head + framed), body)

    # What it says

    def body(self, question: str, request: bytes) -> bytes:
        """A body: right, an error in one of its shapes, or anything else."""
        right = RIGHT[question]
        makers: list[Callable[[], bytes]] = [
            lambda: json.dumps(right).encode(),
            lambda: json.dumps(self.bent(right)).encode(),
            lambda: self.written(self.error(request)),
            lambda: self.written(self.error(request)),
            lambda: self.written(self.anything(3)),
            lambda: self.echo(request).encode(),
            lambda: self.chance.randbytes(self.chance.randrange(60)),
            lambda: b"",
            lambda: b"[" * self.chance.choice([10, 100_000]),
            lambda: b'{"job_id": ' + b"9" * self.chance.choice([10, 5000]) + b"}",
            lambda: gzip.compress(self.echo(request).encode()),
        ]
        return self.chance.choice(makers)()

    def error(self, request: bytes) -> Any:
        """An error in one of the shapes that are known, with whatever in it."""
        code, said = self.chance.choice(CODES), self.echo(request)
        shapes: list[Any] = [
            {"error_code": code, "error_msg": said},
            {"error_code": code, "error_msg": said, "request_id": self.echo(request)},
            {
                "error": {
                    "code": self.chance.choice([401, 403, code]),
                    "message": said,
                    "title": "x",
                }
            },
            {"errCode": code, "externalMessage": said},
            {"error_code": said, "error_msg": self.anything(2), "request_id": self.anything(1)},
        ]
        return self.chance.choice(shapes)

    def echo(self, request: bytes) -> str:
        """A sentence that repeats a secret, or all that was sent."""
        secret = self.chance.choice(self.secrets)
        sentences: list[Callable[[], str]] = [
            lambda: f"No {secret} here.",
            lambda: f"canonicalRequest:{request.decode('latin-1').replace(chr(13) + chr(10), '|')}",
            lambda: quote(secret, safe=""),
            lambda: html.escape(f"<{secret}>"),
            lambda: json.dumps({"x": secret}),
            lambda: "".join(rf"\u{ord(c):04x}" for c in secret),
            lambda: secret * 3,
            lambda: f"<html><h1>{secret}</h1></html>",
            lambda: "It cannot be done.",
        ]
        return self.chance.choice(sentences)()

    def written(self, document: Any) -> bytes:
        """JSON in one of the ways in which it may be written."""
        text = json.dumps(document, ensure_ascii=self.chance.random() < 0.5)
        ways: list[Callable[[], bytes]] = [
            text.encode,
            text.replace("/", r"\/").encode,
            text.replace("=", r"\u003d").replace("&", r"\u0026").encode,
            lambda: "".join(rf"\u{ord(c):04X}" if c in "canry-/+" else c for c in text).encode(),
            lambda: text.encode(self.chance.choice(["utf-16", "utf-8-sig", "utf-32-le"])),
        ]
        return self.chance.choice(ways)()

    def bent(self, right: dict[str, Any]) -> dict[str, Any]:
        """The right document with something else in one place."""
        place = self.chance.choice(list(right))
        return right | {place: self.anything(2)}

    def anything(self, depth: int) -> Any:
        """Any JSON at all."""
        leaves = [None, True, 0, -1, 10**30, 1.5, float("nan"), "", "x", "2026-02-17T18:40:00+0800"]
        leaf = self.chance.choice([*leaves, self.chance.choice(self.secrets)])
        if not depth:
            return leaf
        inner = [self.anything(depth - 1) for _ in range(self.chance.randrange(3))]
        keys = ["jobs", "instances", "restore_time", "job_id", "id", "enabled", "error", "token"]
        keys += ["alarm_histories", "datapoints", "condition", "value", "time"]
        named = {self.chance.choice(keys): each for each in inner}
        return self.chance.choice([leaf, inner, named])

    # How it travels

    def framed(self, status: int, body: bytes) -> tuple[bytes, bytes]:
        """The head and the body as they stand on the wire, often enough as HTTP has it."""
        secret = self.chance.choice(self.secrets)
        phrase = self.chance.choice(["OK", "", secret, "No\tway"])
        version = self.chance.choice(["1.1"] * 8 + ["1.0", "2.0", "9"])
        lines = [f"HTTP/{version} {status} {phrase}"]
        lines += self.chance.sample(self.headers(secret), self.chance.randrange(5))
        how = self.chance.choice(["length"] * 6 + ["chunked", "chunked", "none", "wrong", "bad"])
        if how == "chunked":
            cut = len(body) // 2
            parts = [part for part in (body[:cut], body[cut:]) if part]
            body = b"".join(f"{len(part):x}".encode() + b"\r\n" + part + b"\r\n" for part in parts)
            body += b"0\r\n\r\n"
            lines.append("Transfer-Encoding: chunked")
        elif how == "bad":
            lines.append("Transfer-Encoding: chunked")
        elif how != "none":
            wrong = self.chance.randrange(-5, 50) if how == "wrong" else 0
            lines.append(f"Content-Length: {len(body) + wrong}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace"), body

    def headers(self, secret: str) -> list[str]:
        """Headers, of which an answer has a few."""
        chosen = self.chance.choice
        return [
            f"Content-Type: {chosen(TYPES)}",
            f"X-Request-Id: {chosen(['4711', secret, quote(secret)])}",
            f"Retry-After: {chosen(['0', '7', '-1', 'soon', '9' * 50, LATER])}",
            f"Date: {chosen(['Sat, 03 Jan 2026 09:05:22 GMT', 'yesterday', secret])}",
            f"Location: {chosen(['/x', 'http://[/', f'http://x/?{secret}', ''])}",
            f"Content-Encoding: {chosen(['gzip', 'identity', 'br', 'x'])}",
            f"Set-Cookie: token={secret}; Path=/",
            f"X-Subject-Token: {chosen([secret, '', 'a b', 'ü'])}",
            f"WWW-Authenticate: Basic realm={secret}",
            f"Connection: {chosen(['close', 'keep-alive', 'upgrade'])}",
            f"{secret}: x",
            f"X-Odd {secret}",
        ]

    def pieces(self, raw: bytes) -> Sequence[Chunk] | Iterator[Chunk]:
        """The answer in the pieces in which it comes, if all of it comes."""
        size = self.chance.choice([1 << 20, 1 << 20, 700, 13])
        cut = self.chance.randrange(len(raw) + 1)
        whole = [raw[at : at + size] for at in range(0, len(raw), size)]
        ends: list[Exception] = [
            httpcore.ReadError("reset"),
            httpcore.ReadTimeout("silence"),
        ]
        how = self.chance.random()
        if how < 0.8:
            return whole
        if how < 0.95:
            return [raw[:cut], self.chance.choice(ends)]
        if how < 0.99:
            return [raw[:cut]]
        head = raw.partition(b"\r\n\r\n")[0]
        return iter([head, b"\r\n\r\n", *repeat(MEGABYTE, 8)])
