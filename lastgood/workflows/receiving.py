"""From a request to an answer: who sent it is checked, what it says is kept, nothing else.

The answers follow the senders' own rules (docs/facts/senders.md): 2xx for whatever is authentic and
kept, 503 for what could not be kept and may be sent again, never 429. Whether it is an alarm, of
what, and whether it was seen before is for the alarm function to say.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from lastgood.ports import (
    Clock,
    CredentialsError,
    Fetcher,
    FetchError,
    Heartbeats,
    Inbox,
    InboxError,
)
from lastgood.senders import smn
from lastgood.senders.certificate import Certificate, read_certificate
from lastgood.senders.request import NotAuthenticError, Request
from lastgood.senders.shared_secrets import (
    check_grafana,
    check_pagerduty,
    check_standard_webhook,
    check_token,
)

LARGEST = 1_000_000
"""Bytes of a body: what SQS takes in one message, less room for the attributes."""

SECRETS_AGE = timedelta(minutes=1)
CERTIFICATES = 8
"""So many are kept; a region has one or two at a time."""

SHORTEST_SECRET = 16
_MOST_SECRETS = 2

_JSON = re.compile(r"application/(?:[\w.-]+\+)?json\s*(?:;.*)?", re.ASCII | re.IGNORECASE)
_TEXT = re.compile(r"text/plain\s*(?:;.*)?|", re.ASCII | re.IGNORECASE)
_NOT_FOR_SQS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NOT_NOW = frozenset({408, 425, 429})
"""Answers of a host that say nothing of what was asked for."""

_Check = Callable[[Request, Sequence[str], datetime], None]

SIGNED: Mapping[str, _Check] = {
    "alertmanager": check_token,
    "grafana": check_grafana,
    "pagerduty": check_pagerduty,
    "datadog": check_token,
    "events": check_standard_webhook,
}
"""How each sender with a secret is known, by its road and its key in the secret."""

HEARTBEAT = "heartbeat"
ROADS = (*SIGNED, "smn", HEARTBEAT)


class Answer(NamedTuple):
    """A status for the sender, and for the log the reason, which the sender is not told."""

    status: int
    reason: str


class Receiver:
    """Takes requests in; keeps the secrets for a minute, and certificates until they expire."""

    def __init__(  # noqa: PLR0913 - its ports
        self,
        *,
        inbox: Inbox,
        fetcher: Fetcher,
        heartbeats: Heartbeats,
        read_secrets: Callable[[], Mapping[str, str]],
        topics: frozenset[str],
        clock: Clock,
    ) -> None:
        self._inbox = inbox
        self._fetcher = fetcher
        self._heartbeats = heartbeats
        self._read_secrets = read_secrets
        self._topics = topics
        self._clock = clock
        self._secrets: tuple[datetime, Mapping[str, str]] | None = None
        self._certificates: dict[str, Certificate] = {}

    def receive(self, road: str, request: Request) -> Answer:
        """Check a request that came by one of the roads, and keep what it says."""
        if len(request.body) > LARGEST:
            return Answer(413, "the body is too large")
        content_type = request.headers.get("content-type", "").strip()
        # What SMN writes there is not documented.
        if not _JSON.fullmatch(content_type) and not (
            road == "smn" and _TEXT.fullmatch(content_type)
        ):
            return Answer(415, "the content type is not JSON")
        try:
            return self._receive_smn(request) if road == "smn" else self._take(road, request)
        except NotAuthenticError as error:
            return Answer(401, str(error))
        except (CredentialsError, FetchError, InboxError) as error:
            return Answer(503, error.message)

    def _take(self, road: str, request: Request) -> Answer:
        sender = "alertmanager" if road == HEARTBEAT else road
        SIGNED[sender](request, self._secrets_of(sender), self._clock())
        if road == HEARTBEAT:
            self._heartbeats.emit_heartbeat()
            return Answer(200, "heartbeat")
        return self._keep(road, request.body.decode(errors="replace"))

    def _keep(self, road: str, text: str) -> Answer:
        if _NOT_FOR_SQS.search(text):
            # As a text in JSON it is no alarm, and a person finds it among the dead letters.
            text = json.dumps(text)
        if len(text.encode()) > LARGEST:
            return Answer(413, "the body is too large for the queue")
        id_ = hashlib.sha256(f"{road}:{text}".encode()).hexdigest()
        self._inbox.put(road, id_, text)
        return Answer(200, "kept")

    def _secrets_of(self, sender: str) -> Sequence[str]:
        """The secrets of a sender, new and old.

        Raises:
            NotAuthenticError: it has none, so nothing can be from it.
            CredentialsError: they cannot be read, or are not usable.
        """
        now = self._clock()
        if self._secrets is None or now - self._secrets[0] >= SECRETS_AGE:
            self._secrets = (now, self._read_secrets())
        found = self._secrets[1].get(sender, "").split()
        if not found:
            raise NotAuthenticError(f"{sender} has no secret")
        if len(found) > _MOST_SECRETS or min(map(len, found)) < SHORTEST_SECRET:
            hint = f"store one or two of at least {SHORTEST_SECRET} characters"
            raise CredentialsError(f"the secrets of {sender} are not usable", hint)
        return found

    def _receive_smn(self, request: Request) -> Answer:
        now = self._clock()
        message = smn.parse(request.body, self._topics, now)
        smn.verify(message, self._certificate(message.signing_cert_url, now), now)
        match message.type:
            case "Notification":
                return self._keep("smn", smn.verified_part(message))
            case "SubscriptionConfirmation":
                return self._confirm(message)
            case _:
                return Answer(200, "the subscription was ended")

    def _confirm(self, message: smn.SmnMessage) -> Answer:
        url = smn.confirmation_url(message)
        if url is None:
            return Answer(200, "the subscription is to be confirmed by hand")
        status, _ = self._fetcher.fetch(url)
        if status != 200:  # noqa: PLR2004 - HTTP
            return Answer(503, f"the subscription could not be confirmed: {status}")
        return Answer(200, "the subscription was confirmed")

    def _certificate(self, url: str, now: datetime) -> Certificate:
        kept = self._certificates.get(url)
        if kept is not None and kept.is_valid(now):
            return kept
        status, pem = self._fetcher.fetch(url)
        if status in _NOT_NOW or status >= 500:  # noqa: PLR2004 - HTTP
            raise FetchError(f"{url}: {status}", "wait")
        if status != 200:  # noqa: PLR2004 - HTTP
            raise NotAuthenticError(f"there is no such certificate: {status}")
        try:
            found = read_certificate(pem)
        except ValueError as error:
            raise NotAuthenticError(f"the certificate cannot be read: {error}") from None
        if len(self._certificates) >= CERTIFICATES:
            self._certificates.pop(next(iter(self._certificates)))
        self._certificates[url] = found
        return found
