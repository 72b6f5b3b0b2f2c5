"""One hostile input: how it is sent, how it is read, and what must never come of it.

The first bytes say by which road it comes and what is changed after it was signed; the rest is the
body. The same bytes are the same trial, whether hypothesis or a fuzzer made them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import msgspec

import handlers.webhook
from lastgood.dialects import read
from lastgood.domain import canonical
from lastgood.domain.alarm import Alarm, Incident
from lastgood.domain.triage import triage
from lastgood.senders import shared_secrets
from lastgood.senders.request import Request
from lastgood.workflows.receiving import HEARTBEAT, ROADS, SIGNED, Receiver
from tests.support import smn
from tests.support.builders import RDS, REDIS, policy
from tests.support.fakes import FakeClock, FakeFetcher, FakeInbox, FakeMetrics

HEAD = 4
SECRET, FOREIGN = "a-secret-of-the-sender", "a-secret-of-somebody-else"
UNIX = str(int(smn.NOW.timestamp()))
PEM = smn.certificate()
SUFFIXES = ("\n", "/", "\x00", "/..", "?", " ", "é")
METHODS = ("GET", "PUT", "HEAD", "OPTIONS", "")
STRAIGHT = 8
"""One in so many inputs goes through the handler, apart from those that only it can refuse."""
SENDERS = {"smn": "cloudeye", "events": "cloudevents"}
NO_STATE = {"DatasourceNoData", "DatasourceError", "TestAlert"}
FIRES: dict[str, set[object]] = {
    "cloudwatch": {"ALARM", "Recovery Requested"},
    "cloudeye": {"alarm", True},
    "alertmanager": {"firing"},
    "grafana": {"firing"},
    "pagerduty": {"incident.triggered", "incident.reopened"},
    "datadog": {"Triggered", "Re-Triggered", "Renotify"},
    "cloudevents": {"lastgood.recovery.requested"},
}
"""One of these has to stand in a message that acts."""

KNOWN_AS = "10.3.0.17:9121"
POLICY = msgspec.structs.replace(
    policy(),
    instance=tuple(
        msgspec.structs.replace(each, known_as=(KNOWN_AS,) if each.id == REDIS else ())
        for each in policy().instance
    ),
)
MARKS = {REDIS: (REDIS, "orders-cache", KNOWN_AS), RDS: (RDS, "orders-db")}
"""Of each instance of the policy what an alarm may know it by: also the beginning of its globs."""


@dataclass(frozen=True)
class Sent:
    """A request as it reaches the URL."""

    road: str
    headers: dict[str, str]
    body: bytes
    path: str = ""
    method: str = "POST"

    def event(self) -> dict[str, Any]:
        """The event in which the URL hands it to the function."""
        path = self.path or f"/{self.road}"
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": self.headers,
            "requestContext": {"http": {"method": self.method, "path": path}, "stage": "$default"},
            "body": base64.b64encode(self.body).decode(),
            "isBase64Encoded": True,
        }


@dataclass
class Door:
    """A receiver with everything around it in memory."""

    inbox: FakeInbox = field(default_factory=FakeInbox)
    fetcher: FakeFetcher = field(default_factory=FakeFetcher)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)

    def __post_init__(self) -> None:
        self.fetcher.documents = {smn.URL: (200, PEM), smn.CONFIRM: (200, b"")}
        self._receiver = Receiver(
            inbox=self.inbox,
            fetcher=self.fetcher,
            heartbeats=self.metrics,
            read_secrets=lambda: dict.fromkeys(SIGNED, SECRET),
            topics=frozenset({smn.TOPIC}),
            clock=FakeClock(smn.NOW),
        )

    def post(self, sent: Sent, *, straight: bool) -> int:
        """Send it through the handler, or straight to the receiver, which is twice as quick."""
        if straight and not sent.path and sent.method == "POST":
            return self._receiver.receive(sent.road, Request(sent.headers, sent.body)).status
        with patch.object(handlers.webhook, "receiver", lambda: self._receiver):
            answer = handlers.webhook.handler(sent.event(), None)
        assert not answer["body"]
        return int(answer["statusCode"])

    def took(self) -> set[tuple[str, str]]:
        """Each message that it kept, with its road; a heartbeat is one without words."""
        beats = [(HEARTBEAT, "")] * self.metrics.heartbeats
        return {*self.inbox.kept.values(), *beats}


# How it is sent


def _hexed(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _grafana(body: bytes, secret: str, *, timed: bool) -> dict[str, str]:
    if not timed:
        return {shared_secrets.GRAFANA_SIGNATURE: _hexed(secret, body)}
    signature = _hexed(secret, f"{UNIX}:".encode() + body)
    return {shared_secrets.GRAFANA_SIGNATURE: signature, shared_secrets.GRAFANA_TIME: UNIX}


def _standard(body: bytes, secret: str) -> dict[str, str]:
    text = f"msg_1.{UNIX}.".encode() + body
    made = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": UNIX, "webhook-signature": f"v1,{made}"}


def send(road: str, body: bytes, place: int, secret: str = SECRET) -> Sent:
    """What the sender of this road would send, signed with its secret."""
    if road == "smn":
        return Sent(road, {"content-type": "text/plain"}, _notification(body, place))
    headers: dict[str, dict[str, str]] = {
        "alertmanager": {"authorization": f"Bearer {secret}"},
        HEARTBEAT: {"authorization": f"Bearer {secret}"},
        "datadog": {shared_secrets.TOKEN_HEADER: secret},
        "pagerduty": {"x-pagerduty-signature": f"v1={_hexed(secret, body)}"},
    }
    if road == "grafana":
        headers[road] = _grafana(body, secret, timed=bool(place % 2))
    if road == "events":
        headers[road] = _standard(body, secret)
    return Sent(road, {"content-type": "application/json"} | headers[road], body)


def _notification(body: bytes, place: int) -> bytes:
    """A body as the message of a notification; an object may change every part of that."""
    text = body.decode(errors="replace")
    parts: Any = {"message": text}
    if place % 4 == 0:
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            given = None
        if isinstance(given, dict) and given.keys() & {"topic_urn", "type", "timestamp"}:
            parts = given
    try:
        return smn.encoded(smn.message(**parts))
    except UnicodeEncodeError:  # half a character: nobody can sign it
        return smn.encoded(smn.message())


# What is changed after it was signed

Change = Callable[[Sent, int, int], Sent]
COVERED = ("signature", "token", "authorization", "timestamp", "webhook-id")


def _with_headers(sent: Sent, **headers: str) -> Sent:
    return replace(sent, headers=sent.headers | headers)


def _turn_a_bit_of_a_header(sent: Sent, place: int, bit: int) -> Sent:
    names = [name for name in sent.headers if any(word in name for word in COVERED)]
    if not names:
        return _turn_a_bit_of_the_body(sent, place, bit)
    name = names[bit % len(names)]
    value = sent.headers[name]
    at = place % len(value)
    turned = value[:at] + chr(ord(value[at]) ^ (1 << bit % 7)) + value[at + 1 :]
    return _with_headers(sent, **{name: turned})


def _turn_a_bit_of_the_body(sent: Sent, place: int, bit: int) -> Sent:
    if not sent.body or sent.road in {"alertmanager", "datadog", HEARTBEAT}:  # no signature over it
        return _turn_a_bit_of_a_header(sent, place, bit)
    body = bytearray(sent.body)
    body[place * 31 % len(body)] ^= 1 << bit % 8
    return replace(sent, body=bytes(body))


def _take_the_proof_away(sent: Sent, place: int, bit: int) -> Sent:
    del place, bit
    kept = {name: text for name, text in sent.headers.items() if name == "content-type"}
    body = re.sub(rb'"signature": "[^"]*"', b'"signature": ""', sent.body)
    return replace(sent, headers=kept, body=body if sent.road == "smn" else sent.body)


def _sign_with_another_secret(sent: Sent, place: int, bit: int) -> Sent:
    if sent.road == "smn":
        return _take_the_proof_away(sent, place, bit)
    return send(sent.road, sent.body, place, FOREIGN)


def _write_the_body_into_a_header(sent: Sent, place: int, bit: int) -> Sent:
    names = [*sent.headers, "content-type", shared_secrets.GRAFANA_TIME]
    text = sent.body[place:].decode("latin-1")
    return _with_headers(sent, **{names[bit % len(names)]: text})


def _move_it(sent: Sent, place: int, bit: int) -> Sent:
    return replace(sent, path=f"/{sent.road}{SUFFIXES[(place + bit) % len(SUFFIXES)]}")


def _use_another_method(sent: Sent, place: int, bit: int) -> Sent:
    return replace(sent, method=METHODS[(place + bit) % len(METHODS)])


CHANGES: tuple[Change, ...] = (
    _turn_a_bit_of_a_header,
    _turn_a_bit_of_the_body,
    _take_the_proof_away,
    _sign_with_another_secret,
    _write_the_body_into_a_header,
    _move_it,
    _use_another_method,
)
STRANGERS = (_take_the_proof_away, _sign_with_another_secret)
"""After these nothing of the sender's own proof is left."""


# What must hold


def attempt(data: bytes) -> list[str]:
    """Do all of it with one input; in short what became of it.

    Raises:
        AssertionError: something came of it that must not.
    """
    which, how, place, bit = data[:HEAD].ljust(HEAD, b"\0")
    body, road = data[HEAD:], ROADS[which % len(ROADS)]
    outcomes = [f"read: {end}" for end in read_alone(body)]
    signed = send(road, body, place)
    honest = Door()
    straight = place % STRAIGHT > 0
    status = honest.post(signed, straight=straight)
    outcomes.append(f"{road}: {status}")
    may_refuse = road == "smn" or (road == "grafana" and body[:1] != b"{")
    assert status in ({200, 401, 413, 503} if may_refuse else {200, 413}), status
    assert (status == 200) >= bool(honest.took())
    check_fetched(honest.fetcher.fetched)
    change = CHANGES[how % len(CHANGES)]
    door = Door()
    status = door.post(change(signed, place, bit), straight=straight)
    outcomes.append(f"{road}, changed: {status}")
    assert status in {200, 401, 404, 405, 413, 415} or (road, status) == ("smn", 503)
    assert door.took() <= honest.took(), "a changed request brought something in"
    assert not (change in STRANGERS and (door.took() or status == 200)), "a stranger was let in"
    check_fetched(door.fetcher.fetched)
    for way, text in honest.inbox.kept.values():
        outcomes += [f"{road}: {end}" for end in check_event(queued(way, text), road)]
    return outcomes


def read_alone(body: bytes) -> list[str]:
    """What becomes of the body as an event by itself, if it is JSON."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return ["no JSON"]
    return check_event(event)


def queued(road: str, text: str) -> dict[str, Any]:
    """The event in which SQS hands a message to the alarm function."""
    attributes = {"road": {"stringValue": road, "dataType": "String"}}
    return {"Records": [{"messageId": "1", "body": text, "messageAttributes": attributes}]}


def check_fetched(urls: list[str]) -> None:
    """Check that nobody was asked for anything but SMN and the console of the cloud."""
    for url in urls:
        parts = urlsplit(url)
        host = parts.netloc
        assert parts.scheme == "https", url
        assert re.fullmatch(r"smn\.[^.:@]+\.myhuaweicloud\.(com|eu)", host) or re.fullmatch(
            r"([^.:@]+-)?console\.huaweicloud\.(com|eu)", host
        ), url


def check_event(event: object, road: str | None = None) -> list[str]:
    """Read an event, and check each incident that it opens; what each message became."""
    messages = read(event)
    assert messages
    outcomes: list[str] = []
    leaves: list[Any] = []
    for message in messages:
        content = message.content
        assert road is None or message.sender in {None, SENDERS.get(road, road)}
        if not isinstance(content, Alarm):
            assert content.reason.isprintable()
            assert len(content.reason) < 600
            outcomes.append(type(content).__name__)
            continue
        assert canonical.encode(content)
        found = triage(content, POLICY)
        opened = [one for one in found if isinstance(one, Incident)]
        leaves = leaves or (list(leaves_of(event)) if opened else [])
        for one in opened:
            check_incident(one, content, message.sender or "", leaves)
        if opened and message.sender == "grafana":
            assert any(map(_has_a_state, alerts_of(event))), "no alert of Grafana is in a state"
        outcomes += ["incident" if isinstance(one, Incident) else one.code for one in found]
    return outcomes


def check_incident(incident: Incident, alarm: Alarm, sender: str, leaves: list[Any]) -> None:
    """Check an incident against all values of the event as it came, not as it was read."""
    assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", incident.id)
    assert canonical.encode(incident)
    assert incident.onset <= alarm.changed_at, "the onset is later than the alarm itself"
    texts = [leaf for leaf in leaves if isinstance(leaf, str)]
    texts += [text.lower() for text in texts if incident.instance in text.lower()]  # in capitals
    marks = MARKS[incident.instance]
    assert any(mark in text for text in texts for mark in marks), "nothing names the instance"
    assert any(leaf in FIRES[sender] for leaf in leaves), "nothing says that it goes off"


def _has_a_state(alert: Any) -> bool:
    told = alert.get("annotations")
    annotations = told if isinstance(told, dict) else {}
    no_state = alert["labels"].get("alertname") in NO_STATE
    return not no_state and not annotations.get("grafana_state_reason")


def leaves_of(value: Any) -> Iterator[Any]:
    """Every value in an event, also where it lies in JSON within a text."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves_of(inner)
    else:
        yield value
        yield from _inside(value)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "[", '"'}:
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return
        yield from leaves_of(inner)


def alerts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every alert in an event of Grafana."""
    if isinstance(value, dict) and isinstance(value.get("labels"), dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(inner, str):
        try:
            inner = [json.loads(inner)] if inner.lstrip()[:1] in {"{", "["} else ()
        except (ValueError, RecursionError):
            inner = ()
    for each in inner if not isinstance(inner, int | float | None) else ():
        yield from alerts_of(each)
