from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain import times
from lastgood.ports import CredentialsError
from lastgood.senders.request import Request
from lastgood.workflows.receiving import CERTIFICATES, LARGEST, ROADS, SIGNED, Receiver
from tests.support.fakes import FakeClock, FakeFetcher, FakeInbox, FakeMetrics
from tests.support.smn import CONFIRM, NOW, TOPIC, URL, certificate, confirmation, encoded, message

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "smn-vectors.json").read_text(encoding="utf-8")
)
NEW, OLD = "the-new-secret-of-this-sender", "the-old-secret-of-this-sender"
BODY = b'{"some": "alarm"}'
JSON = {"content-type": "application/json"}
UNIX = str(int(NOW.timestamp()))


class Scene:
    """A receiver with everything around it in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.inbox, self.fetcher, self.metrics = FakeInbox(), FakeFetcher(), FakeMetrics()
        self.fetcher.documents[URL] = (200, certificate())
        self.fetcher.documents[CONFIRM] = (200, b"")
        self.secrets = dict.fromkeys(SIGNED, f"{NEW} {OLD}")
        self.unreadable = False
        self.receiver = Receiver(
            inbox=self.inbox,
            fetcher=self.fetcher,
            heartbeats=self.metrics,
            read_secrets=self._read,
            topics=frozenset({TOPIC}),
            clock=self.clock,
        )

    def _read(self) -> dict[str, str]:
        if self.unreadable:
            raise CredentialsError("the secret cannot be read", "wait")
        return dict(self.secrets)

    def post(self, road: str, body: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.receiver.receive(road, Request(JSON | named, body)).status

    def answer(self, road: str, **headers: str) -> tuple[int, str]:
        """The status, and the reason that is logged, for a body of a sender with a secret."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.receiver.receive(road, Request(JSON | named, BODY))
        return answer.status, answer.reason

    def why(self, body: dict[str, Any]) -> str:
        """The reason that is logged for a message of SMN."""
        return self.receiver.receive("smn", Request(JSON, encoded(body))).reason

    def smn(self, body: dict[str, Any]) -> int:
        return self.post("smn", encoded(body))


@pytest.fixture
def scene() -> Scene:
    return Scene()


def hexed(signed: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def standard(body: bytes, secret: str, time: str = UNIX, id_: str = "msg_1") -> dict[str, str]:
    signed = f"{id_}.{time}.".encode() + body
    made = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return {"webhook_id": id_, "webhook_timestamp": time, "webhook_signature": f"v1,{made}"}


SIGNERS: dict[str, Callable[[bytes, str], dict[str, str]]] = {
    "alertmanager": lambda _, secret: {"authorization": f"Bearer {secret}"},
    "grafana": lambda body, secret: {"x_grafana_alerting_signature": hexed(body, secret)},
    "pagerduty": lambda body, secret: {"x_pagerduty_signature": f"v1={hexed(body, secret)}"},
    "datadog": lambda _, secret: {"x_lastgood_token": secret},
    "events": standard,
}


# ── Senders with a secret ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("secret", [NEW, OLD])
@pytest.mark.parametrize("road", SIGNED)
def test_either_of_two_secrets_is_good_and_the_body_is_kept_with_its_road(
    scene: Scene, road: str, secret: str
) -> None:
    assert scene.post(road, BODY, **SIGNERS[road](BODY, secret)) == 200
    assert [*scene.inbox.kept.values()] == [(road, BODY.decode())]


@pytest.mark.parametrize("road", SIGNED)
def test_another_secret_or_none_at_all_is_refused(scene: Scene, road: str) -> None:
    assert scene.post(road, BODY, **SIGNERS[road](BODY, "a secret of nobody at all")) == 401
    assert scene.post(road, BODY) == 401
    assert scene.inbox.kept == {}


@pytest.mark.parametrize("road", ["grafana", "pagerduty", "events"])
def test_a_body_with_one_byte_changed_is_refused(scene: Scene, road: str) -> None:
    headers = SIGNERS[road](BODY, NEW)

    assert scene.post(road, BODY.replace(b"s", b"S", 1), **headers) == 401


@pytest.mark.parametrize("road", SIGNED)
def test_a_sender_without_a_secret_is_refused(scene: Scene, road: str) -> None:
    del scene.secrets[road]

    assert scene.post(road, BODY, **SIGNERS[road](BODY, "")) == 401


def test_a_secret_of_one_sender_is_none_of_another(scene: Scene) -> None:
    scene.secrets["datadog"] = "a-secret-of-datadog-alone"

    assert scene.post("datadog", BODY, **SIGNERS["datadog"](BODY, NEW)) == 401


@pytest.mark.parametrize("kept", ["short", f"{NEW} {OLD} {NEW}"])
def test_secrets_that_are_short_or_too_many_serve_nobody_until_they_are_corrected(
    scene: Scene, kept: str
) -> None:
    scene.secrets["datadog"] = kept

    assert scene.post("datadog", BODY, **SIGNERS["datadog"](BODY, kept.split(maxsplit=1)[0])) == 503


def test_the_log_says_what_is_wrong_with_the_secrets_of_a_sender(scene: Scene) -> None:
    scene.secrets = {"datadog": "x" * 15}
    of_fifteen = scene.answer("datadog", x_lastgood_token="x" * 15)
    of_none = scene.answer("alertmanager", authorization=f"Bearer {NEW}")

    assert of_fifteen == (503, "the secrets of datadog are not usable")
    assert of_none == (401, "alertmanager has no secret")


@pytest.mark.parametrize(
    ("headers", "body", "answer"),
    [
        (JSON, b"x" * (LARGEST + 1), (413, "the body is too large")),
        ({"content-type": "text/html"}, BODY, (415, "the content type is not JSON")),
        ({}, BODY, (415, "the content type is not JSON")),
    ],
)
def test_the_log_says_why_a_body_is_not_even_read(
    scene: Scene, headers: dict[str, str], body: bytes, answer: tuple[int, str]
) -> None:
    signed = {"x-lastgood-token": NEW}

    got = scene.receiver.receive("datadog", Request(headers | signed, body))

    assert (got.status, got.reason) == answer


def test_the_largest_body_is_taken(scene: Scene) -> None:
    body = b"1" * LARGEST

    got = scene.receiver.receive("datadog", Request(JSON | {"x-lastgood-token": NEW}, body))

    assert (got.status, got.reason) == (200, "kept")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, b""), "there is no such certificate: 404"),
        ((503, b""), f"{URL}: 503"),
        ((200, b"no certificate"), "the certificate cannot be read: "),
    ],
)
def test_the_log_says_what_is_wrong_with_a_certificate(
    scene: Scene, answer: tuple[int, bytes], told: str
) -> None:
    scene.fetcher.documents[URL] = answer

    assert scene.why(message()).startswith(told)


def test_the_log_says_why_a_body_could_not_be_kept(scene: Scene) -> None:
    scene.inbox.broken = True

    assert scene.answer("datadog", x_lastgood_token=NEW) == (503, "the queue did not answer")


def test_a_secret_of_sixteen_characters_is_long_enough(scene: Scene) -> None:
    scene.secrets = {"datadog": "x" * 16}

    assert scene.answer("datadog", x_lastgood_token="x" * 16) == (200, "kept")


def test_grafana_may_sign_a_time_which_is_then_checked(scene: Scene) -> None:
    def post(time: str) -> int:
        made = hexed(f"{time}:".encode() + BODY, NEW)
        headers = {"x_grafana_alerting_signature": made, "x_grafana_alerting_timestamp": time}
        return scene.post("grafana", BODY, **headers)

    assert post(UNIX) == 200
    for wrong in (str(int(UNIX) - 301), str(int(UNIX) + 301), "soon", "9" * 13):
        assert post(wrong) == 401


def test_what_grafana_signed_with_a_time_cannot_be_sent_again_as_a_body(scene: Scene) -> None:
    replayed = f"{int(UNIX) - 9999}:".encode() + BODY

    assert scene.post("grafana", replayed, **SIGNERS["grafana"](replayed, NEW)) == 401


def test_one_good_signature_of_several_is_enough(scene: Scene) -> None:
    several = f"v1={'0' * 64}, v1={hexed(BODY, OLD)}"
    events = standard(BODY, NEW)
    events["webhook_signature"] = f"v1a,x {events['webhook_signature']}"

    assert scene.post("pagerduty", BODY, x_pagerduty_signature=several) == 200
    assert scene.post("events", BODY, **events) == 200


def test_a_standard_webhook_is_refused_when_it_is_old_or_has_no_id(scene: Scene) -> None:
    for time, id_ in ((str(int(UNIX) - 301), "msg_1"), (UNIX, ""), (UNIX, "a.b")):
        assert scene.post("events", BODY, **standard(BODY, NEW, time, id_)) == 401


@pytest.mark.parametrize(
    "key", [b"a key of twenty-four...", b"a key of 23 bytes......", b"of 22 bytes..........."]
)
@pytest.mark.parametrize("prefix", ["whsec_", ""])
@pytest.mark.parametrize("end", ["", "="])
def test_a_secret_in_the_form_of_standard_webhooks_is_decoded_with_or_without_its_padding(
    scene: Scene, key: bytes, prefix: str, end: str
) -> None:
    written = base64.b64encode(key).decode()
    scene.secrets["events"] = prefix + (written if end else written.rstrip("="))

    assert scene.post("events", BODY, **standard(BODY, key.decode())) == 200


def test_a_header_that_is_not_ascii_is_refused(scene: Scene) -> None:
    assert scene.post("datadog", BODY, x_lastgood_token=f"é{NEW}") == 401


def test_a_changed_secret_is_known_a_minute_later(scene: Scene) -> None:
    assert scene.post("datadog", BODY, x_lastgood_token=NEW) == 200
    scene.secrets["datadog"] = "an-even-newer-secret"
    assert scene.post("datadog", BODY, x_lastgood_token="an-even-newer-secret") == 401

    scene.clock.pass_(timedelta(minutes=1))

    assert scene.post("datadog", BODY, x_lastgood_token="an-even-newer-secret") == 200


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("road", SIGNED)
def test_what_could_not_be_kept_or_checked_is_asked_for_again(scene: Scene, road: str) -> None:
    headers = SIGNERS[road](BODY, NEW)
    scene.unreadable = True
    assert scene.post(road, BODY, **headers) == 503
    scene.unreadable = False
    scene.inbox.broken = True

    assert scene.post(road, BODY, **headers) == 503


def test_a_second_delivery_is_answered_like_the_first_and_kept_once(scene: Scene) -> None:
    headers = SIGNERS["pagerduty"](BODY, NEW)

    assert [scene.post("pagerduty", BODY, **headers) for _ in range(2)] == [200, 200]
    assert len(scene.inbox.kept) == 1


def test_the_same_body_by_another_road_is_another_message(scene: Scene) -> None:
    for road in ("datadog", "alertmanager"):
        assert scene.post(road, BODY, x_lastgood_token=NEW) == 200

    assert {road for road, _ in scene.inbox.kept.values()} == {"datadog", "alertmanager"}


@pytest.mark.parametrize("body", [b"not JSON", b"\xff\xfe", b"[" * 100_000, b"", b'{"a": "\x00"}'])
def test_what_is_authentic_is_kept_whatever_it_says_so_that_a_person_finds_it(
    scene: Scene, body: bytes
) -> None:
    assert scene.post("datadog", body, x_lastgood_token=NEW) == 200
    assert len(scene.inbox.kept) == 1


def test_characters_that_the_queue_does_not_take_are_kept_in_a_text(scene: Scene) -> None:
    scene.post("datadog", b'{"a": "\x00\xef\xbf\xbe"}', x_lastgood_token=NEW)

    ((_, text),) = scene.inbox.kept.values()
    assert text.isascii()
    assert json.loads(text) == '{"a": "\x00\ufffe"}'


@pytest.mark.parametrize("body", [b"x" * (LARGEST + 1), b"\x00" * (LARGEST // 2)])
def test_what_is_too_large_for_the_queue_is_refused(scene: Scene, body: bytes) -> None:
    answer = scene.receiver.receive("datadog", Request(JSON | {"x-lastgood-token": NEW}, body))

    assert answer.status == 413
    queued = "" if len(body) > LARGEST else " for the queue"
    assert answer.reason == f"the body is too large{queued}"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/cloudevents+json", 200),
        ("text/plain", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
def test_only_json_is_taken(scene: Scene, content_type: str, status: int) -> None:
    headers = {"content_type": content_type, "x_lastgood_token": NEW}

    assert scene.post("datadog", BODY, **headers) == status


def test_a_heartbeat_is_counted_and_not_kept(scene: Scene) -> None:
    assert scene.post("heartbeat", BODY, authorization="Bearer wrong") == 401
    assert scene.answer("heartbeat", authorization=f"Bearer {NEW}") == (200, "heartbeat")
    assert scene.metrics.heartbeats == 1
    assert scene.inbox.kept == {}


# ── SMN ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda vector: vector["name"])
def test_a_vector_of_smn_is_answered_as_marked(scene: Scene, vector: dict[str, Any]) -> None:
    body = vector["body"]
    scene.clock.time = times.parse_rfc3339(body["timestamp"])
    pem = VECTORS["signing_cert_pem"].encode()
    scene.fetcher.documents[body["signing_cert_url"]] = (200, pem)
    confirm = (
        f"https://console.huaweicloud.com/smn/subscription/confirm?token=0123&topic_urn={TOPIC}"
    )
    scene.fetcher.documents[confirm] = (200, b"")

    answer = scene.receiver.receive("smn", Request(JSON, vector["raw"].encode()))

    assert answer.status == (200 if vector["valid"] else 401), answer.reason


def test_of_a_notification_what_was_signed_is_kept_and_nothing_else(scene: Scene) -> None:
    assert scene.smn(message()) == 200

    ((road, text),) = scene.inbox.kept.values()
    assert road == "smn"
    assert json.loads(text) == {
        key: message()[key]
        for key in ("message", "message_id", "subject", "timestamp", "topic_urn", "type")
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://smn.eu-west-101.myhuaweicloud.eu.attacker.example/smn/SMN_a.pem",
        "https://attacker.example/smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.eu@attacker.example/smn/SMN_a.pem",
        "https://user@smn.eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.eu:8443/smn/SMN_a.pem",
        "http://smn.eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.eu./smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.de/smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweic1oud.eu/smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.еu/smn/SMN_a.pem",  # noqa: RUF001 - a Cyrillic e
        "https://smn-eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem",
        "https://smn.a.b.myhuaweicloud.eu/smn/SMN_a.pem",
        "https://obs.eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.eu/smn/../bucket/SMN_a.pem",
        "https://smn.eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem?to=attacker.example",
        "https://smn.eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem#x",
        "https://smn.eu-west-101.myhuaweicloud.eu/smn/SMN_a.pem\n",
        "https://smn.eu-west-101.myhuaweicloud.eu\\@attacker.example/smn/SMN_a.pem",
        "HTTPS://SMN.EU-WEST-101.MYHUAWEICLOUD.EU/smn/SMN_a.pem",
        "https://169.254.169.254/smn/SMN_a.pem",
        "file:///smn/SMN_a.pem",
        "",
    ],
)
def test_a_certificate_anywhere_else_is_refused_and_not_even_asked_for(
    scene: Scene, url: str
) -> None:
    scene.fetcher.documents[url] = (200, certificate())

    assert scene.smn(message(signing_cert_url=url)) == 401
    assert scene.fetcher.fetched == []


@pytest.mark.parametrize(
    "change",
    [
        {"topic_urn": TOPIC + "x"},
        {"topic_urn": TOPIC.replace("pitr", "PITR")},
        {"timestamp": "2026-02-17T10:48:59Z"},
        {"timestamp": "2026-02-17T11:59:01Z"},
        {"timestamp": "yesterday"},
        {"type": "Other"},
        {"signature_version": "v2"},
        {"message_id": "a\nb"},
        {"message_id": 7},
        {"message": None},
    ],
)
def test_another_topic_another_time_or_another_form_is_refused(
    scene: Scene, change: dict[str, Any]
) -> None:
    assert scene.smn(message(**change)) == 401
    assert scene.fetcher.fetched == []


@pytest.mark.parametrize("delay", [timedelta(minutes=-4), timedelta(minutes=64)])
def test_a_late_delivery_and_a_clock_that_is_a_little_off_are_taken(
    scene: Scene, delay: timedelta
) -> None:
    body = message()
    scene.clock.pass_(delay)

    assert scene.smn(body) == 200


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("message", '{"alarm_status": "alarn"}'),
        ("message_id", "b" + "a" * 31),
        ("subject", "[Cloud Eye]AlarM"),
        ("timestamp", "2026-02-17T11:54:01Z"),
        ("type", "SubscriptionConfirmation"),
        ("signature", "AAAA"),
        ("signature", "not base64"),
        ("signature", "é"),
        ("message", "\ud800"),
    ],
)
def test_one_change_after_signing_is_refused(scene: Scene, key: str, value: str) -> None:
    assert scene.smn({**message(), key: value}) == 401


@pytest.mark.parametrize("subject", [None, ""])
def test_an_empty_subject_may_be_a_part_of_what_was_signed_or_not(
    scene: Scene, subject: str | None
) -> None:
    assert scene.smn({**message(subject=subject), "subject": ""}) == 200
    assert scene.smn(message(subject=subject)) == 200


@pytest.mark.parametrize("days", [{"begins": 1, "ends": 2}, {"begins": -2, "ends": -1}])
def test_a_certificate_that_is_not_valid_today_is_refused(
    scene: Scene, days: dict[str, int]
) -> None:
    dates = {name: NOW + timedelta(days=number) for name, number in days.items()}
    scene.fetcher.documents[URL] = (200, certificate(**dates))

    assert scene.smn(message()) == 401


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ((302, certificate()), 401),
        ((404, certificate()), 401),
        ((200, b"no certificate"), 401),
        ((408, b""), 503),
        ((425, b""), 503),
        ((429, b""), 503),
        ((500, certificate()), 503),
        (None, 503),
    ],
)
def test_without_a_certificate_nothing_is_taken_and_it_may_come_again_where_that_can_help(
    scene: Scene, document: tuple[int, bytes] | None, status: int
) -> None:
    scene.fetcher.documents[URL] = document

    assert scene.smn(message()) == status
    assert scene.inbox.kept == {}


def test_a_certificate_is_fetched_once_and_again_when_it_has_expired(scene: Scene) -> None:
    scene.fetcher.documents[URL] = (200, certificate(ends=NOW + timedelta(minutes=10)))
    assert [scene.smn(message()), scene.smn(message(message_id="b"))] == [200, 200]
    assert scene.fetcher.fetched == [URL]
    scene.clock.pass_(timedelta(minutes=11))
    scene.fetcher.documents[URL] = (200, certificate())

    assert scene.smn(message(message_id="c")) == 200


def test_only_a_few_certificates_are_kept(scene: Scene) -> None:
    urls = [URL.replace("SMN_", f"SMN_{n}") for n in range(CERTIFICATES + 1)]
    for url in [*urls, urls[-1], urls[0]]:
        scene.fetcher.documents[url] = (200, certificate())
        assert scene.smn(message(signing_cert_url=url)) == 200

    assert scene.fetcher.fetched == [*urls, urls[0]]


def test_a_replayed_message_is_kept_once(scene: Scene) -> None:
    body = message()

    assert [scene.smn(body), scene.smn({**body, "unsubscribe_url": "x"})] == [200, 200]
    assert len(scene.inbox.kept) == 1


def test_a_subscription_of_an_allowed_topic_is_confirmed_by_itself(scene: Scene) -> None:
    assert scene.smn(confirmation()) == 200
    assert scene.fetcher.fetched == [URL, CONFIRM]
    assert scene.inbox.kept == {}
    assert scene.why(confirmation()) == "the subscription was confirmed"


def test_a_subscription_of_another_topic_is_not(scene: Scene) -> None:
    assert scene.smn(confirmation(topic_urn=TOPIC + "x")) == 401
    assert scene.fetcher.fetched == []


@pytest.mark.parametrize("answer", [(302, b""), (500, b""), None])
def test_a_confirmation_that_fails_is_tried_again_with_the_next_delivery(
    scene: Scene, answer: tuple[int, bytes] | None
) -> None:
    scene.fetcher.documents[CONFIRM] = answer

    assert scene.smn(confirmation()) == 503
    if answer:
        why = f"the subscription could not be confirmed: {answer[0]}"
        assert scene.why(confirmation()) == why


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://console.huaweicloud.com/smn/subscription/confirm?token=0",
        "https://console.huaweicloud.com.attacker.example/smn/subscription/confirm?token=0",
        "https://user@console.huaweicloud.com/smn/subscription/confirm?token=0",
        "https://console.huaweicloud.com./smn/subscription/confirm?token=0",
        "https://console.huaweicloud.com:443/smn/subscription/confirm?token=0",
        "https://console.huaweicloud.com/other?token=0",
        "https://169.254.169.254/smn/subscription/confirm?token=0",
    ],
)
def test_a_confirmation_elsewhere_is_left_to_a_person_and_nobody_is_asked(
    scene: Scene, url: str | None
) -> None:
    body = {**confirmation(subscribe_url=url or ""), "subscribe_url": url}

    assert scene.smn(body) == 200
    assert scene.fetcher.fetched == [URL]
    assert scene.why(body) == "the subscription is to be confirmed by hand"


def test_the_end_of_a_subscription_is_taken_note_of(scene: Scene) -> None:
    assert scene.smn(confirmation(type="UnsubscribeConfirmation")) == 200
    assert scene.inbox.kept == {}


@pytest.mark.parametrize("content_type", ["text/plain; charset=UTF-8", "", "application/json"])
def test_smn_may_call_its_json_a_text(scene: Scene, content_type: str) -> None:
    assert scene.post("smn", encoded(message()), content_type=content_type) == 200


# ── Whatever comes ──────────────────────────────────────────────────────────────────────────────

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(max_codepoint=255)),
    st.lists,
    max_leaves=5,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("content-type", "authorization", "x-lastgood-token", "x-pagerduty-signature"),
            *("x-grafana-alerting-signature", "x-grafana-alerting-timestamp"),
            *("webhook-id", "webhook-timestamp", "webhook-signature"),
        ]
    ),
    st.text(st.characters(max_codepoint=255), max_size=60)
    | st.sampled_from(["application/json", "Bearer x", UNIX, "v1,AAAA"]),
)


@given(st.sampled_from(ROADS), HEADERS, st.binary(max_size=200))
def test_a_request_of_a_stranger_is_refused_without_an_exception(
    road: str, headers: dict[str, str], body: bytes
) -> None:
    scene = Scene()

    status = scene.receiver.receive(road, Request(JSON | headers, body)).status

    assert status in {401, 415}
    assert scene.inbox.kept == {}


@given(st.data())
def test_a_changed_message_of_smn_is_refused_unless_nothing_that_counts_was_changed(
    data: st.DataObject,
) -> None:
    scene, body = Scene(), message()
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(JSON_VALUES)
    counts = {key: value for key, value in body.items() if key != "unsubscribe_url"}
    same = counts == {k: v for k, v in message().items() if k != "unsubscribe_url"}

    assert scene.smn(body) == (200 if same else 401)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_message_of_smn_with_one_byte_changed_is_refused_or_says_the_same(
    place: int, change: int
) -> None:
    scene = Scene()
    raw = bytearray(encoded(message()))
    raw[place % len(raw)] ^= change

    if scene.post("smn", bytes(raw)) == 200:
        ((_, text),) = scene.inbox.kept.values()
        assert json.loads(text).items() <= message().items()
