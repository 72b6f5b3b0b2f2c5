"""One trial: a question, whatever comes back, and what must hold all the same."""

from __future__ import annotations

import html
import logging
import re
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import httpcore
import httpx
import stamina

from lastgood.domain import canonical
from lastgood.domain.confirming import Series
from lastgood.domain.policy import CloudEntry, Endpoints
from lastgood.domain.restore import Accepted, Refused, Unknown
from lastgood.huawei import redaction
from lastgood.huawei.clients import Bounds, authenticate, connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.cloud_eye import HuaweiCloudEye, connect_cloud_eye
from lastgood.huawei.credentials import AccessKey, Credentials, Password, Token
from lastgood.huawei.rate_limit import RateLimit
from lastgood.ports import CloudError
from tests.fuzz.answers import JOB, REDIS, RULE, Answers, Made
from tests.fuzz.wire import Answer, Wire, in_memory

MARK = "canary7f3a"
"""Stands in every secret, and is spelt without anything that anybody would escape."""
SECRET_KEY = f"SK{MARK}/secret+key=&"
SECURITY_TOKEN = f"ST{MARK}/security+token=="
TOKEN = f"MIIF{MARK}-plain+token/=="
PASSWORD = f'P{MARK}"ü<word>&\\'
IAM_TOKEN = f"MIIG{MARK}-token+by/password=="
SECRETS = (SECRET_KEY, SECURITY_TOKEN, TOKEN, PASSWORD, IAM_TOKEN)
KINDS: dict[str, Credentials] = {
    "key": AccessKey("AKEXAMPLE", SECRET_KEY),
    "temporary key": AccessKey("AKEXAMPLE", SECRET_KEY, SECURITY_TOKEN),
    "token": Token(TOKEN),
    "password": Password("acme", "lastgood", PASSWORD),
}
IN_PLAY = {
    "key": (SECRET_KEY,),
    "temporary key": (SECRET_KEY, SECURITY_TOKEN),
    "token": (TOKEN,),
    "password": (PASSWORD, IAM_TOKEN),
}
NOW = datetime(2026, 2, 17, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUESTIONS: dict[str, Callable[[HuaweiCloud, HuaweiCloudEye], Any]] = {
    "PUT": lambda cloud, _: cloud.restore(REDIS, "2026-02-17T18:40:00+0800"),
    "windows": lambda cloud, _: cloud.windows("dsfae23fsfdsae3435in01", NOW - HOUR, NOW),
    "points": lambda cloud, _: cloud.points(REDIS, NOW - HOUR, NOW),
    "policy": lambda cloud, _: cloud.pitr_policy(REDIS),
    "state": lambda cloud, _: cloud.state(REDIS),
    "job": lambda cloud, _: cloud.job(JOB),
    "jobs": lambda cloud, _: cloud.jobs(NOW - HOUR, NOW),
    "records": lambda _, eye: eye.records(RULE),
    "datapoints": lambda _, eye: eye.datapoints(SERIES, NOW - HOUR, NOW),
}
SERIES: Series = Series(
    namespace="SYS.NoSQL",
    name="redis815_cluster_cpu_usage",
    dimensions=(("redis_cluster_id", REDIS),),
    period=300,
    statistic="average",
)
MOST_ANSWERS = 8
PATIENCE = 5.0
"""Seconds that a question may take: less than any pause that is asked for."""
MOST_REQUESTS = 60
PLACE = CloudEntry(
    region="ap-southeast-1",
    project_id="619d3e78f61b4be68bc5aa0b59edcf7b",
    credentials="env:LASTGOOD_PROD",
    endpoints=Endpoints(
        geminidb="http://127.0.0.1:1",
        rds="http://127.0.0.1:2",
        iam="http://127.0.0.1:3",
        ces="http://127.0.0.1:4",
    ),
)


@dataclass
class Trial:
    """What was asked, what came, and what was wrong about it."""

    seed: int
    kind: str
    question: str
    wire: Wire = field(init=False)
    answers: Answers = field(init=False)
    ended: str = ""
    shown: list[str] = field(default_factory=list)
    """All that anybody could get to see of it."""
    heads: list[tuple[int, int]] = field(default_factory=list)
    """The status of each answer whose head could be read, and how much had been sent by then."""
    complaints: list[str] = field(default_factory=list)

    def insist(self, claim: str, holds: object) -> None:
        """Complain unless it holds."""
        if not holds:
            self.complaints.append(claim)

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.question} by {self.kind}: {self.ended}"


def run(seed: int) -> Trial:
    """Ask a question by chance, answer it by chance, and look at what came of it."""
    chance = Random(seed)  # noqa: S311 - chance that can be repeated, and no secret
    question = chance.choice(["PUT", "PUT", *QUESTIONS])
    trial = Trial(seed, chance.choice(list(KINDS)), question)
    trial.answers = Answers(chance, IN_PLAY[trial.kind])
    trial.wire = Wire(lambda head: _answer(trial, chance, head), lambda: _failure(chance))
    with in_memory(trial.wire), _watched(trial):
        limit = RateLimit(10**6, sleep=lambda _: None)
        auth = authenticate(PLACE, KINDS[trial.kind], login_limit=limit)
        bounds = _bounds(chance)
        cloud = connect(PLACE, auth, limit, lambda: PATIENCE, bounds)
        eye = connect_cloud_eye(PLACE, auth, limit, lambda: PATIENCE, bounds)
        _ask(trial, lambda: QUESTIONS[question](cloud, eye))
        so_far = trial.ended
        trial.insist("a restore raises nothing", question != "PUT" or "Error" not in so_far)
        _ask(trial, lambda: QUESTIONS["policy"](cloud, eye))  # nothing that was sent may come back
        trial.ended = so_far
        trial.shown.append(f"{auth!r} {cloud!r} {vars(cloud)!r} {eye!r} {vars(eye)!r}")
    _judge_what_was_sent(trial)
    trial.insist("no secret is shown anywhere", not any(map(shows_a_secret, trial.shown)))
    return trial


# What comes back


def _answer(trial: Trial, chance: Random, head: bytes) -> Answer:
    if len(trial.answers.made) >= MOST_ANSWERS:
        return [httpcore.ReadError("no more")]
    method = head.partition(b" ")[0].decode()
    if method == "POST":
        return _token(chance, head)
    return trial.answers.make("PUT" if method == "PUT" else trial.question, head).chunks


def _token(chance: Random, head: bytes) -> Answer:
    """What IAM says: mostly a token, else anything, in which it knows the password only."""
    if chance.random() < 0.2:
        return Answers(chance, [PASSWORD]).odd("POST", head).chunks
    body = b'{"token": {"expires_at": "2126-01-04T09:05:22.701000Z"}}'
    lines = f"HTTP/1.1 201 Created\r\nX-Subject-Token: {IAM_TOKEN}\r\nContent-Length: {len(body)}"
    return [lines.encode() + b"\r\n\r\n" + body]


def _failure(chance: Random) -> Exception | None:
    failures = [httpcore.ConnectError("refused"), httpcore.ConnectTimeout("silence")]
    return chance.choice(failures) if chance.random() < 0.02 else None


# What came of it


def _ask(trial: Trial, call: Callable[[], Any]) -> None:
    try:
        found = call()
    except CloudError as error:
        trial.ended = f"{type(error).__name__}, {error.trouble}"
        trial.shown += [repr(error), str(error), error.hint, *traceback.format_exception(error)]
        trial.insist("an error is a line", f"{error.message}{error.hint}".isprintable())
    except Exception as error:  # noqa: BLE001 - any other is what is looked for
        trial.ended = f"raised {type(error).__name__}"
        trial.shown += traceback.format_exception(error)
        trial.insist(f"no other exception comes out: {error!r}", holds=False)
    else:
        trial.ended = type(found).__name__
        trial.shown += [repr(found), canonical.encode(found).decode()]
        if isinstance(found, Accepted | Refused | Unknown):
            _judge_the_outcome(trial, found)


def _judge_the_outcome(trial: Trial, outcome: Accepted | Refused | Unknown) -> None:
    puts = trial.wire.count("PUT")
    answer = trial.answers.made[-1] if trial.answers.made else Made(0, [], b"")
    match outcome:
        case Accepted(job=job):
            right = answer.status == 202 and (job or "no job").encode() in answer.body
            trial.insist("accepted is what was accepted with this job", right)
        case Refused(code="not-sent"):
            trial.insist("what was not sent was not sent", puts == 0)
        case Refused():
            no = 400 <= answer.status < 499 and answer.status != 408
            trial.insist("refused is what was turned down", no and puts == 1)
        case Unknown():
            trial.insist("unknown is what was sent", puts == 1)


def _judge_what_was_sent(trial: Trial) -> None:
    puts = trial.wire.count("PUT")
    trial.insist(f"a restore is sent once, not {puts} times", puts <= (trial.question == "PUT"))
    sent = len(trial.wire.sent)
    trial.insist(f"nobody asks without end: {sent} requests", sent <= MOST_REQUESTS)
    told = b"".join(trial.wire.sent)
    trial.insist("no cookie is kept and sent", b"\r\ncookie:" not in told.lower())
    signatures = {found.decode() for found in re.findall(rb"Signature=([0-9a-f]{64})", told)}
    shown = "\n".join(trial.shown)
    trial.insist("no signature is shown", not any(each in shown for each in signatures))
    by_then = [count for status, count in trial.heads if status == HTTPStatus.UNAUTHORIZED]
    if by_then and trial.kind != "password":
        trial.insist("after a 401 nothing more is sent", sent == by_then[0])
    trial.insist("a password is not tried often", trial.wire.count("POST") <= MOST_ANSWERS)


# Conditions


@contextmanager
def conditions() -> Iterator[None]:
    """No pauses; everything is logged; TLS, which nobody speaks here, is set up once."""
    make = cache(httpx.create_ssl_context)

    def made_once() -> ssl.SSLContext:
        return make()

    with ExitStack() as stack:
        stack.enter_context(patch.object(httpx, "create_ssl_context", made_once))
        stack.enter_context(stamina.set_testing(True, attempts=100, cap=True))
        yield


@contextmanager
def _watched(trial: Trial) -> Iterator[None]:
    """Keep every log record with all that is in it, and every status that could be read."""
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: trial.shown.append(  # type: ignore[method-assign]  # the point
        f"{record.getMessage()} {record.__dict__}"
    )
    root = logging.getLogger()
    level = root.level

    handle = httpx.HTTPTransport.handle_request

    def noted(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        response = handle(transport, request)
        trial.heads.append((response.status_code, len(trial.wire.sent)))
        return response

    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with patch.object(httpx.HTTPTransport, "handle_request", noted):
            yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _bounds(chance: Random) -> Bounds:
    """Now and then let every body take too long."""
    seconds = -1.0 if chance.random() < 0.03 else 60.0
    return Bounds(body=redaction.Bounds(seconds=seconds))


# Secrets

_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")


def shows_a_secret(text: str) -> bool:
    """Whether the mark of a secret can be read in a text, or out of it."""
    for _ in range(3):
        if MARK in text:
            return True
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        text = html.unescape(unquote(text))
    return MARK in text
