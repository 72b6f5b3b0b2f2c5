"""Deliberate bugs: each breaks one promise of the real code, which has to be noticed as broken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from lastgood.domain import triage
from lastgood.domain.alarm import Alarm, Incident
from lastgood.domain.policy import Instance, Policy
from lastgood.ledger import Opened
from lastgood.ports import CredentialsError, InboxError
from lastgood.senders import shared_secrets, smn
from lastgood.senders.request import NotAuthenticError, Request
from lastgood.workflows import dispatch, receiving
from lastgood.workflows.receiving import Answer, Receiver
from lastgood.workflows.starting import start
from lastgood.workflows.world import World
from tests.simulation.bugs import nothing, patched


class Bug(NamedTuple):
    """The promise that it breaks, and how it is made."""

    promise: str
    made: Callable[[], AbstractContextManager[Any]]


_receive = Receiver.receive
_keep = Receiver._keep  # noqa: SLF001 - a bug is put where it would be made
_secrets_of = Receiver._secrets_of  # noqa: SLF001 - as above
_meant_by = Policy.meant_by
_number = count()


def _answering(old: int, new: int) -> Callable[..., Answer]:
    def receive(self: Receiver, road: str, request: Request) -> Answer:
        answer = _receive(self, road, request)
        return answer._replace(status=new) if answer.status == old else answer

    return receive


def _judge_what_it_says(self: Receiver, road: str, request: Request) -> Answer:
    answer = _receive(self, road, request)
    is_alarm = b"incident.triggered" in request.body or road != "pagerduty"
    return answer if is_alarm else Answer(422, "no incident began")


def _keep_if_possible(self: Receiver, road: str, text: str) -> Answer:
    try:
        return _keep(self, road, text)
    except InboxError:
        return Answer(200, "kept")


def _keep_by_the_road(self: Receiver, road: str, text: str) -> Answer:
    self._inbox.put(road, road, text)
    return Answer(200, "kept")


def _know_the_new_one_only(self: Receiver, sender: str) -> Any:
    return _secrets_of(self, sender)[:1]


def _take_no_answer_for_no_secret(self: Receiver, sender: str) -> Any:
    try:
        return _secrets_of(self, sender)
    except CredentialsError as error:
        raise NotAuthenticError(error.message) from error


def _name_by_the_delivery(source: str, changed_at: datetime, instance: str) -> str:
    return f"{changed_at:%Y%m%dT%H%M%S}-{len(source)}-{instance}-{next(_number)}"


def _start_the_first_delivery(incident: Incident, world: World) -> Opened:
    opened = world.ledger.open(incident, world.now())
    return start(incident, world) if opened.first else opened


def _take_any_instance(self: Policy, alarm: Alarm) -> list[Instance] | str:
    found = _meant_by(self, alarm)
    return found or [self.instance[0]]


BUGS: dict[str, Bug] = {
    "believe whoever sends": Bug(
        "2xx only for what is authentic", patched((shared_secrets, "_match", nothing))
    ),
    "do not check the signature of SMN": Bug(
        "2xx only for what is authentic", patched((smn, "verify", nothing))
    ),
    "take a signed time of any age": Bug(
        "2xx only for what is authentic", patched((shared_secrets, "check_unix_time", nothing))
    ),
    "answer although it is not kept": Bug(
        "2xx only for what is kept", patched((Receiver, "_keep", _keep_if_possible))
    ),
    "keep the secrets for longer": Bug(
        "401 only for what is not authentic",
        patched((receiving, "SECRETS_AGE", timedelta(minutes=10))),
    ),
    "know the new secret only": Bug(
        "401 only for what is not authentic",
        patched((Receiver, "_secrets_of", _know_the_new_one_only)),
    ),
    "refuse what SMN sends again": Bug(
        "401 only for what is not authentic", patched((smn, "KEPT", timedelta()))
    ),
    "take a host that is busy for one without a certificate": Bug(
        "401 only for what is not authentic", patched((receiving, "_NOT_NOW", frozenset()))
    ),
    "ask a stranger to come again": Bug(
        "503 only for what could not be kept", patched((Receiver, "receive", _answering(401, 503)))
    ),
    "answer 429": Bug("no other answer", patched((Receiver, "receive", _answering(503, 429)))),
    "judge what it says": Bug(
        "no subscription is switched off", patched((Receiver, "receive", _judge_what_it_says))
    ),
    "take secrets that cannot be read for none": Bug(
        "no subscription is switched off",
        patched((Receiver, "_secrets_of", _take_no_answer_for_no_secret)),
    ),
    "keep by the road": Bug("nothing is lost", patched((Receiver, "_keep", _keep_by_the_road))),
    "take nothing back": Bug(
        "nothing is lost",
        patched((dispatch.Dispatched, "summary", lambda _: {"batchItemFailures": []})),
    ),
    "start the first delivery only": Bug(
        "nothing is lost", patched((dispatch, "start", _start_the_first_delivery))
    ),
    "name an incident by its delivery": Bug(
        "one incident for each transition", patched((triage, "incident_id", _name_by_the_delivery))
    ),
    "act on the end of an alarm": Bug(
        "one incident for each transition", patched((triage, "_no_call_to_act", nothing))
    ),
    "take any instance for the one that is meant": Bug(
        "no incident from nothing", patched((Policy, "meant_by", _take_any_instance))
    ),
}
