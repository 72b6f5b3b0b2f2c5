"""The people: they approve, decline, stop everything and let it go on, whenever they like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lastgood.domain.lifecycle import Halt
from lastgood.workflows.operator import ApprovalError, ReleaseError, approve, reject, release
from tests.simulation.schedule import MINUTE
from tests.simulation.world import SimulatedWorld

OTHER_HASH = "0" * 64

TRIES = 3


class People:
    """Answer what is proposed, and halt; each deed is a process of its own."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._schedule = world.schedule
        self._seen: set[tuple[str, str]] = set()
        self._stale: dict[str, str] = {}

    def read(self, kind: str, detail: dict[str, Any]) -> None:
        """Read an event, and decide what to do about a proposal."""
        if kind != "Recovery Proposed":
            return
        incident, plan_hash = detail["incident"], detail["plan_hash"]
        if (incident, plan_hash) in self._seen:
            return
        self._seen.add((incident, plan_hash))
        choice = self._schedule.random.random()
        if choice < 0.62:
            self._soon(lambda: self.approve(incident, plan_hash))
            if choice < 0.2:
                self._schedule.hurt("approval", "twice")
                self._soon(lambda: self.approve(incident, plan_hash))
        elif choice < 0.72:
            self._soon(lambda: self.reject(incident))
        elif choice < 0.8:
            self._schedule.hurt("approval", "of another plan")
            other = self._stale.get(incident, OTHER_HASH)
            self._soon(lambda: self.approve(incident, other))
        elif choice < 0.9:
            self._schedule.hurt("approval", "late")
            late = lambda: self.approve(incident, plan_hash)  # noqa: E731 - an action of the schedule
            self._schedule.after(28 * MINUTE, 40 * MINUTE, late)
        self._stale[incident] = plan_hash

    def _soon(self, action: Callable[[], object]) -> None:
        """At any moment, or after some minutes of thought."""
        if self._schedule.chance(0.6):
            self._schedule.bag.append(action)
        else:
            self._schedule.after(0, 29 * MINUTE, action)

    def approve(self, incident: str, plan_hash: str) -> None:
        """Agree to a plan."""

        def say() -> None:
            self._world.watch.approves(incident, plan_hash)
            approve(incident, plan_hash, "ada", self._world)
            self._world.watch.approved(incident, plan_hash)

        self._do("approve", say)

    def reject(self, incident: str) -> None:
        """Decline what is proposed."""
        self._schedule.hurt("approval", "declined")
        self._do("reject", lambda: reject(incident, "a false alarm", "grace", self._world))

    def halt(self) -> None:
        """Stop everything, and mostly let it go on later."""

        def say() -> None:
            resumes = self._world.watch.begins_to_halt()
            now = self._world.now()
            self._world.ledger.halt(Halt(by="ada", at=now, reason="maintenance"))
            self._world.watch.halted(resumes)
            self._schedule.hurt("halt", "acknowledged")
            if self._schedule.chance(0.8):
                self._soon(self.resume)

        self._do("halt", say)

    def resume(self) -> None:
        """Let everything go on."""

        def say() -> None:
            self._world.watch.begins_to_resume()
            self._world.ledger.resume("ada", self._world.now())
            self._schedule.hurt("halt", "lifted")

        self._do("resume", say)

    def release(self) -> None:
        """Free whatever is under way, whether or not its execution is dead."""

        held: set[str] = set()

        def say() -> None:
            held.update(self._world.ledger.fleet().active)
            for incident in sorted(held):
                release(incident, "it looks dead", "ada", self._world)
                self._schedule.hurt("release", "of what was under way")

        self._do("release", say)

    def _do(self, name: str, deed: Callable[[], object], tries: int = TRIES) -> None:
        def body() -> None:
            try:
                deed()
            except (ApprovalError, ReleaseError) as error:
                self._schedule.say(f"is told: {error}")
            except Exception as error:  # noqa: BLE001 - whatever it is, the person tries again later
                self._schedule.say(f"sees {error!r}")
                if tries > 1:
                    again = lambda: self._do(name, deed, tries - 1)  # noqa: E731 - as above
                    self._schedule.after(0, 5 * MINUTE, again)

        self._schedule.spawn(name, body)
