"""Senders that share a secret with us: some send it along, the others sign with it.

Each function raises NotAuthenticError unless one of the secrets fits. Several are valid while a
secret is being changed, and every pair is compared, in constant time, so that the time of an answer
says nothing. Source: docs/facts/senders.md.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from lastgood.senders.request import NotAuthenticError, Request, check_unix_time

TOKEN_HEADER = "x-lastgood-token"  # noqa: S105 - the name of a header
GRAFANA_SIGNATURE = "x-grafana-alerting-signature"
GRAFANA_TIME = "x-grafana-alerting-timestamp"
STANDARD_PREFIX = "whsec_"

_WEBHOOK_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,256}")  # without a full stop, which separates


def check_token(request: Request, secrets: Sequence[str], now: datetime) -> None:
    """Alertmanager, Datadog: the secret itself, as a bearer token or in a header of its own."""
    del now
    scheme, _, bearer = request.header("authorization").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.header(TOKEN_HEADER)
    _match([token], secrets)


def check_grafana(request: Request, secrets: Sequence[str], now: datetime) -> None:
    """Grafana: hex HMAC-SHA256 over the body, or over "{unix seconds}:{body}"."""
    signed, time = request.body, request.header(GRAFANA_TIME)
    if time:
        check_unix_time(GRAFANA_TIME, time, now)
        signed = f"{time}:".encode() + signed
    elif not signed.startswith(b"{"):
        # Else what was signed with a time could be sent again without, the time as a part of it.
        raise NotAuthenticError("the body is no JSON object")
    _match([request.header(GRAFANA_SIGNATURE)], _hex_signatures(signed, secrets))


def check_pagerduty(request: Request, secrets: Sequence[str], now: datetime) -> None:
    """PagerDuty: "v1=" and hex HMAC-SHA256 over the body, one for each of its own secrets."""
    del now
    found = request.header("x-pagerduty-signature").split(",")
    ours = (f"v1={signature}" for signature in _hex_signatures(request.body, secrets))
    _match((each.strip() for each in found), ours)


def check_standard_webhook(request: Request, secrets: Sequence[str], now: datetime) -> None:
    """Standard Webhooks 1.0: base64 HMAC-SHA256 over "{id}.{unix seconds}.{body}"."""
    id_, time = request.header("webhook-id"), request.header("webhook-timestamp")
    if not _WEBHOOK_ID.fullmatch(id_):
        raise NotAuthenticError("webhook-id is missing or not readable")
    check_unix_time("webhook-timestamp", time, now)
    signed = f"{id_}.{time}.".encode() + request.body
    keys = map(decode_standard_secret, secrets)
    ours = (f"v1,{base64.b64encode(_hmac(key, signed)).decode()}" for key in keys)
    _match(request.header("webhook-signature").split(" "), ours)


def decode_standard_secret(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks; one that is not base64 is the key itself.

    Some write it without the equals signs at its end, and the libraries of the standard take that.
    """
    text = secret.removeprefix(STANDARD_PREFIX).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return secret.encode()


def _hex_signatures(signed: bytes, secrets: Iterable[str]) -> list[str]:
    return [_hmac(secret.encode(), signed).hex() for secret in secrets]


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256")


def _match(found: Iterable[str], ours: Iterable[str]) -> None:
    expected = [one.encode() for one in ours]
    pairs = [(theirs.encode(), one) for theirs in found for one in expected]
    if not any([hmac.compare_digest(*pair) for pair in pairs]):  # noqa: C419 - all of them
        raise NotAuthenticError("no secret fits")
