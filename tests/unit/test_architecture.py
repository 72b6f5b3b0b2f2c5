"""What `make architecture` counts, and `make picture` draws."""

from __future__ import annotations

from graphlib import CycleError
from xml.etree import ElementTree as ET

import pytest

from tools.architecture import Graph, floors, numbers, picture, read_imports

HOUSE: Graph = {
    "lastgood.cli": frozenset({"lastgood.wiring", "lastgood.domain", "sandbox"}),
    "lastgood.domain": frozenset(),
    "lastgood.wiring": frozenset({"lastgood.domain"}),
    "sandbox": frozenset(),
}


def texts(svg: str) -> list[str]:
    return [text for element in ET.fromstring(svg).iter() for text in [element.text] if text]  # noqa: S314 - our own


def test_a_room_of_lastgood_is_a_package_or_a_module_in_it_and_every_other_folder_is_one() -> None:
    rooms = read_imports().keys()

    assert {"handlers", "lastgood.domain", "lastgood.wiring", "sandbox", "tools"} <= rooms
    assert not {"lastgood", "lastgood.domain.decide", "tests", "generated"} & rooms


def test_an_import_is_an_arrow() -> None:
    graph = read_imports()

    assert "lastgood.domain" in graph["lastgood.wiring"]
    assert graph["lastgood.domain"] == frozenset()


def test_a_room_stands_above_all_that_it_imports() -> None:
    assert floors(HOUSE) == [["lastgood.domain", "sandbox"], ["lastgood.wiring"], ["lastgood.cli"]]
    assert numbers(HOUSE) == "4 rooms, 3 floors, 4 arrows, no cycle"


def test_rooms_that_import_each_other_are_an_error() -> None:
    with pytest.raises(CycleError):
        floors({"a": frozenset({"b"}), "b": frozenset({"a"})})


def test_every_room_is_drawn_once_whatever_the_order_of_the_graph() -> None:
    drawn = picture(HOUSE)

    names = [text for text in texts(drawn) if text in ("cli", "domain", "sandbox", "wiring")]
    assert sorted(names) == ["cli", "domain", "sandbox", "wiring"]
    assert picture({room: HOUSE[room] for room in sorted(HOUSE, reverse=True)}) == drawn
