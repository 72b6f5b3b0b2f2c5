"""An error that a person can act on."""

from __future__ import annotations


class LastgoodError(Exception):
    """What is wrong, in one sentence, and what to do about it.

    Adapters raise its subclasses for what they meet; entry points print `error: …` and `Try: …`,
    never a traceback. Neither text may hold a secret.
    """

    code = "error"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class PolicyError(LastgoodError):
    """The policy file cannot be used; the message names the place in it."""

    code = "policy"


class NoPolicyError(PolicyError):
    """Nothing is there yet."""


class EventError(LastgoodError):
    """An event is of no shape that is understood; it goes to the dead-letter queue."""

    code = "event"
