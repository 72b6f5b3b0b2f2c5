"""An event made safe to attach to a bug report: what identifies or authenticates is replaced.

Equal values become equal ones of the same form, so that the event is still read the same way. What
people wrote in prose is kept, so whoever attaches it still looks at it first.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

HIDDEN = "(hidden)"

_SECRET = re.compile(
    r"token|signature|secret|passw|authori[sz]ation|api.?key|credential|receipthandle",
    re.IGNORECASE,
)
_JSON = re.compile(r"\{|\[\s*[\[{\"]")
"""How JSON begins, and prose such as `[TEST] keys` does not; it is hidden where it breaks off."""
_URL = re.compile(r"(https?://)(?:[^/\s@\"]*@)?([^\s?#\"'<>]*)(?:[?#][^\s\"'<>]*)?")
_LONG = re.compile(r"[A-Za-z0-9_-]{20,}")
"""A part of a path that nobody would choose: most likely a key."""
_HEX = r"[0-9a-fA-F]"
_FORMS = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "person{n}@example.com"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), HIDDEN),
    (re.compile(r"(?<!\d)\d{12}(?!\d)"), "{n:012d}"),
    (re.compile(r"(?<![0-9A-Za-z])[0-9a-z]{8,36}(?=(?:in|no)\d\d(?![0-9A-Za-z]))"), "{n:032x}"),
    (re.compile(rf"\b{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}\b"), "{n:08x}-0-0-0-0"),
    (re.compile(rf"\b{_HEX}{{32}}\b"), "{n:032x}"),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "192.0.2.{n}"),
)


class Redactor:
    """Replaces the values of one event, the same value always by the same."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def redact(self, value: Any) -> Any:
        """The value with everything in it replaced, JSON within texts as well."""
        match value:
            case dict():
                return {self._text(key): self._below(key, each) for key, each in value.items()}
            case list():
                return [self.redact(each) for each in value]
            case str():
                return self._json(value)
            case _:
                return value

    def _below(self, key: str, value: Any) -> Any:
        scalar = not isinstance(value, dict | list)
        return HIDDEN if scalar and _SECRET.search(key) else self.redact(value)

    def _json(self, text: str) -> str:
        if _JSON.match(text):
            try:
                return json.dumps(self.redact(json.loads(text)))
            # RecursionError: brackets within brackets, deeper than the parser goes.
            except (ValueError, RecursionError):
                return HIDDEN
        return self._text(text)

    def _text(self, text: str) -> str:
        text = _URL.sub(lambda url: url[1] + _LONG.sub(HIDDEN, url[2]), text)
        for form, replacement in _FORMS:
            text = form.sub(partial(self._stand_in, replacement), text)
        return text

    def _stand_in(self, replacement: str, found: re.Match[str]) -> str:
        if found[0] in self._known.values():
            return found[0]
        number = len(self._known) + 1
        return self._known.setdefault(found[0], replacement.format(n=number))
