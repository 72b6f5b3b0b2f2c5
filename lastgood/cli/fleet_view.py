"""The fleet after `lastgood halt` or `lastgood resume`."""

from __future__ import annotations

from lastgood.cli import screen
from lastgood.domain.lifecycle import FleetState


def show(fleet: FleetState, headline: str, *, as_json: bool) -> None:
    """Print the headline, and which recoveries are already under way."""
    screen.show(fleet, [screen.text(headline, "bold")], as_json=as_json)
    if fleet.active and not as_json:
        talk = screen.stderr()
        talk.print("already under way; a request whose intent is recorded may still be sent:")
        for incident in fleet.active:
            talk.print(screen.text(f"  lastgood status {incident}"))
