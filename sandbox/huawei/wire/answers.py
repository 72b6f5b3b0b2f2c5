"""What the Huawei services share on the wire: answers, errors, times and queries.

The sandbox formats and parses times with its own code on purpose: with the code under test on both
sides, a mistake in it would not show. Formats and codes: docs/facts/huawei.md.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any

__all__ = [
    "Answer",
    "AnswerError",
    "Call",
    "bad_parameter",
    "gateway_error",
    "identity_error",
    "no_such_api",
    "no_such_instance",
    "print_record_time",
    "print_time",
    "service_error",
]

_ZONE = timezone(timedelta(hours=8))  # as in the examples of the service's documents

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", re.ASCII)
_NUMBER = re.compile(r"\d{1,99}", re.ASCII)
_JSON_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(
        cls, status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make an answer with a JSON document."""
        return cls(status, json.dumps(document).encode(), {**_JSON_HEADERS, **(headers or {})})

    def and_also(self, headers: Mapping[str, str]) -> Answer:
        """Return the same answer with those of the headers added that it lacks."""
        return replace(self, headers={**headers, **self.headers})


class AnswerError(Exception):
    """Raised to answer a request with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


def service_error(status: int, code: str, message: str) -> AnswerError:
    """Make an error in the shape of the services themselves."""
    return AnswerError(Answer.json(status, {"error_code": code, "error_msg": message}))


def gateway_error(status: int, code: str, message: str) -> AnswerError:
    """Make an error in the shape of the gateway, which adds a request id."""
    request_id = uuid.uuid4().hex
    document = {"error_code": code, "error_msg": message, "request_id": request_id}
    return AnswerError(Answer.json(status, document, {"X-Request-Id": request_id}))


def identity_error(status: int, message: str) -> AnswerError:
    """Make an error in the shape of IAM, whose code repeats the status."""
    title = HTTPStatus(status).phrase
    error = {"code": status, "message": message, "title": title}
    return AnswerError(Answer.json(status, {"error": error}))


def bad_parameter(message: str) -> AnswerError:
    """Make the error for a parameter that is missing or wrong."""
    return service_error(400, "DBS.200001", f"Invalid parameter. {message}")


def no_such_instance(instance_id: str) -> AnswerError:
    """Make the error for an instance that this project does not have."""
    return service_error(404, "DBS.200002", f"The instance {instance_id} does not exist.")


def no_such_api() -> AnswerError:
    """Make the error for a path or method that this host does not have."""
    return gateway_error(404, "APIGW.0101", "The API does not exist or has not been published.")


def print_time(moment: datetime) -> str:
    """Format a moment as GeminiDB does: `2022-06-01T18:50:20+0800`."""
    return moment.astimezone(_ZONE).strftime("%Y-%m-%dT%H:%M:%S%z")


def print_record_time(moment: datetime) -> str:
    """Format a moment as a record of Cloud Eye does: `2022-06-01T18:50:20+08:00`."""
    return moment.astimezone(_ZONE).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Call:
    """One parsed request; its methods raise AnswerError for a value that they cannot read."""

    instance_id: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    engine: str = ""
    backup_id: str = ""

    def moment(self, name: str) -> datetime | None:
        """Read a time from the query; None when it was not sent.

        A `+` that was not sent as `%2B` arrives here as a space and is rejected.
        """
        text = self.query.get(name)
        if text is None:
            return None
        if not _TIME.fullmatch(text):
            raise bad_parameter(f"{name} must look like 2022-06-01T18:50:20+0800.")
        try:
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        except ValueError as no_such_moment:
            raise bad_parameter(f"{name} is not a moment of the calendar.") from no_such_moment

    def number(self, name: str, default: int, allowed: Container[int]) -> int:
        """Read a whole number from the query, which must be one of the allowed ones."""
        text = self.query.get(name, str(default))
        if not (_NUMBER.fullmatch(text) and int(text) in allowed):
            raise bad_parameter(f"{name} is out of range.")
        return int(text)

    def json_text(self, name: str) -> str:
        """Read a string field from the JSON body."""
        try:
            document = json.loads(self.body)
        except ValueError as not_json:
            raise bad_parameter("The body is not JSON.") from not_json
        value = document.get(name) if isinstance(document, dict) else None
        if not isinstance(value, str):
            raise bad_parameter(f"{name} is missing.")
        return value
