"""`make fuzz`, second half: hostile messages, guided by the lines of lastgood that they reach.

Runs where atheris is installed. Half of its inputs are bytes turned at random; the others are
events of `events/`, broken in a few places of their JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import atheris  # type: ignore[import-untyped] # not in our environment

os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"  # else each request is a line
with atheris.instrument_imports(include=["lastgood", "handlers"]):
    from tests.fuzz import hostile

from lastgood.workflows.receiving import ROADS
from tests.support.damage import CORPUS, Unfolded, fold, places, unfold

PARTS = [(key, fold(inside[key])) for piece in CORPUS for inside, key in places(unfold(piece))]
ANOTHER = 0.2
"""How often it goes by another road, is another event, or is broken as bytes."""
REPORT_EVERY = 10_000
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**400, float("nan"), 604_801, "", " ", "!", "\ud800",
    "\n", "ALARM", "firing", "{}", "[" * 3000, "x" * 5000, [], {}, [{}],
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-17T11:53:08.431+0000",
    "2026-02-17T11:54:00Z", 1771329188431, "1771329188431", "DatasourceNoData", "orders-cache-x",
    "e73893ef73754465a8bd2e0857bbf13ein12", "orders-db",
]  # fmt: skip


def mutate(data: bytes, size: int, seed: int) -> bytes:
    """Another input from one: as bytes, or as JSON, sent and changed in any way."""
    chance = Random(seed)  # noqa: S311 - no secret is made of it
    road, body = data[:1] or b"\0", data[hostile.HEAD :]
    if chance.random() < ANOTHER:
        road = chance.randbytes(1)
    head = road + chance.randbytes(hostile.HEAD - 1)
    try:
        tree = unfold(json.loads(body))
    except (ValueError, RecursionError):
        tree = unfold(chance.choice(CORPUS)) if chance.random() < ANOTHER else None
    if tree is None or chance.random() < ANOTHER:
        return head + bytes(atheris.Mutate(body, size - hostile.HEAD))
    for _ in range(chance.randint(1, 3)):
        break_one_place(tree, chance)
    return head + json.dumps(fold(tree)).encode()[: size - hostile.HEAD]


def break_one_place(tree: Any, chance: Random) -> None:
    """Take something out of a tree, or put something into it."""
    spots = places(tree)
    if not spots:
        return
    container, key = chance.choice(spots)
    name, part = chance.choice(PARTS)
    match chance.randrange(6):
        case 0:
            del container[key]
        case 1 | 2:
            container[key] = chance.choice(ODD)
        case 3:
            container[key] = unfold(part)
        case 4 if isinstance(container, dict):
            container[name if isinstance(name, str) else "x"] = unfold(part)
        case _:
            text = container[key]
            if isinstance(text, str) and text:
                at = chance.randrange(len(text))
                container[key] = text[:at] + chr(chance.randrange(1, 300)) + text[at + 1 :]
            elif not isinstance(text, Unfolded):
                container[key] = [text]


def main() -> None:
    """Go on until so many inputs were tried, or one of them did what must not be."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.guided", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    ends: Counter[str] = Counter()
    began = time.monotonic()

    def one(data: bytes) -> None:
        ends["inputs"] += 1
        ends.update(hostile.attempt(data))
        if ends["inputs"] % REPORT_EVERY == 0:
            print(f"{ends['inputs']} inputs", file=sys.stderr, flush=True)
        if ends["inputs"] == asked.inputs:  # libFuzzer ends the process without asking
            print(
                f"{asked.inputs} inputs in {time.monotonic() - began:.0f}s, and nothing was wrong"
            )
            for end, count in sorted(ends.items()):
                print(f"  {end}: {count}")
            sys.stdout.flush()

    with tempfile.TemporaryDirectory() as seeds:
        for number, (event, road) in enumerate(product(CORPUS, range(len(ROADS)))):
            body = json.dumps(event).encode()
            (Path(seeds) / str(number)).write_bytes(bytes((road, 0, 0, 0)) + body)
        options = [
            f"-runs={asked.inputs}", f"-seed={asked.seed}", "-max_len=20000", "-timeout=20",
            "-verbosity=0", "-artifact_prefix=fuzz-",
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options, seeds], one, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
