"""The people: they answer what is proposed, stop everything, and clean up, whenever they like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import ACTIVE, Halt
from lastgood.domain.triage import ask
from lastgood.ports import WakeError
from lastgood.workflows import deleting
from lastgood.workflows.operator import approve, dismiss, reject, release
from lastgood.workflows.starting import start_by_hand
from tests.simulation.engine import NoAnswerError
from tests.simulation.schedule import MINUTE, SECOND
from tests.simulation.world import SimulatedWorld

OTHER_HASH = "0" * 64

TRIES = 3
LOOKS = 3
"""At a copy that is being deleted."""


class People:
    """Answer what is proposed, and halt; each deed is a process of its own.

    Somebody whose terminal dies does the same again, and so does somebody who sees a failure.
    """

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._schedule = world.schedule
        self._seen: set[tuple[str, str]] = set()
        self._stale: dict[str, str] = {}
        self.unfinished: set[str] = set()
        """What somebody asked for by hand at a terminal that died meanwhile."""

    def read(self, kind: str, detail: dict[str, Any]) -> None:
        """Read an event, and decide what to do about it."""
        match kind:
            case "Recovery Proposed":
                self._read_proposal(detail)
            case "Recovery Unknown" | "Recovery Failed" if self._schedule.chance(0.1):
                self._ask_instead(detail)
            case "Recovery Refused" if detail.get("code") == "cooling-down":
                if self._schedule.chance(0.3):
                    self._ask_instead(detail)

    def _ask_instead(self, detail: dict[str, Any]) -> None:
        self._soon(lambda: self.recover(detail["instance"], 6))

    def _read_proposal(self, detail: dict[str, Any]) -> None:
        incident, plan_hash = detail["incident"], detail["plan_hash"]
        if (incident, plan_hash) in self._seen:
            return
        self._seen.add((incident, plan_hash))
        other = detail.get("alternative", {}).get("hash")
        choice = self._schedule.random.random()
        if choice < 0.55:
            chosen = other if other and self._schedule.chance(0.5) else plan_hash
            self._soon(lambda: self.approve(incident, chosen))
            if choice < 0.2:
                self._schedule.hurt("approval", "twice")
                again = other if other and self._schedule.chance(0.5) else plan_hash
                self._soon(lambda: self.approve(incident, again))
        elif choice < 0.64:
            self._soon(lambda: self.reject(incident))
        elif choice < 0.7:
            self._soon(lambda: self.dismiss(incident))
        elif choice < 0.78:
            self._schedule.hurt("approval", "of another plan")
            stale = self._stale.get(incident, OTHER_HASH)
            self._soon(lambda: self.approve(incident, stale))
        elif choice < 0.88:
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
        """Agree to a plan; what is approved and does not go on is approved once more."""

        def say() -> None:
            self._world.watch.approves(incident, plan_hash)
            approve(incident, plan_hash, "ada", self._world)
            self._world.watch.approved(incident, plan_hash)

        self._do("approve", say)

    def reject(self, incident: str) -> None:
        """Decline what is proposed."""
        self._schedule.hurt("approval", "declined")
        self._do("reject", lambda: reject(incident, "a false alarm", "grace", self._world))

    def dismiss(self, incident: str) -> None:
        """Say that the data was fine."""
        self._schedule.hurt("dismissal", "of an incident")
        self._do("dismiss", lambda: dismiss(incident, "a test", "grace", self._world))

    def recover(self, instance: str, minutes: int) -> None:
        """Ask by hand for the state of so many minutes before the history began."""
        self._schedule.hurt("recovery", "by hand")
        before = self._schedule.start - timedelta(minutes=minutes)

        def say() -> None:
            policy = self._world.policy().by_id(instance)
            if policy is None:
                return
            incident = ask(policy, before, self._world.now())
            self.unfinished.add(incident.id)
            try:
                start_by_hand(incident, self._world)
            except NoAnswerError:
                self._world.watch.dismisses(incident)
                self._world.watch.dismissed(incident)
                self.unfinished.discard(incident.id)
                raise
            except Exception:
                self._world.watch.seen_to_fail(incident.id)
                raise
            self.unfinished.discard(incident.id)

        self._do("recover", say)

    def delete_a_copy(self) -> None:
        """Delete a copy that may exist, at a command line that waits until it is gone."""
        self._schedule.hurt("copy", "deleted")

        def say() -> None:
            known = [one for one in self._world.ledger.copies() if one.may_exist]
            for copy in known[:1]:
                self._world.watch.dooms(copy.owner)
                deleting.delete(copy.name, "ada", self._world)
                for _ in range(LOOKS):
                    if deleting.is_gone(copy.name, self._world):
                        return
                    self._schedule.sleep(MINUTE)

        self._do("delete a copy", say)

    def keep_a_copy(self) -> None:
        """Say that nobody deletes a copy, whatever it was made for."""

        def say() -> None:
            known = [one for one in self._world.ledger.copies() if one.may_exist]
            for copy in known[:1]:
                if self._world.ledger.keep(copy.name, "ada", self._world.now()).can_be_kept:
                    self._world.watch.keeps(copy.owner)

        self._do("keep a copy", say)

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
            self._world.ledger.resume("ada", self._world.now())
            self._schedule.hurt("halt", "lifted")

        self._do("resume", say)

    def release(self) -> None:
        """Free whatever is under way, whether or not its execution is dead."""

        def say() -> None:
            for incident in sorted(self._world.ledger.fleet().active):
                self._release(incident)

        self._do("release", say)

    def clean_up(self) -> None:
        """Find what a dead execution has left behind, and do what its documentation says."""

        def say() -> None:
            for incident in self._world.engine.dead:
                recovery = self._world.ledger.recovery(incident)
                if recovery is None and incident in self._world.watch.opened:
                    self.dismiss(incident)
                elif recovery is None:
                    continue  # a drill that had not begun, or what removes a copy
                elif recovery.state in {*ACTIVE, "approved"}:
                    self._release(incident)
                elif recovery.state == "proposed":
                    self.reject(incident)

        self._do("clean up", say)

    def _release(self, incident: str) -> None:
        self._schedule.hurt("release", "of what was under way")
        self._do("release", lambda: release(incident, "it looks dead", "ada", self._world))

    def _do(self, name: str, deed: Callable[[], object], tries: int = TRIES) -> None:
        def again() -> None:
            if tries > 1:
                self._schedule.after(
                    20 * SECOND, 5 * MINUTE, lambda: self._do(name, deed, tries - 1)
                )

        def body() -> None:
            try:
                deed()
            except WakeError as error:
                self._schedule.say(f"is told: {error}")
                again()
            except LastgoodError as error:
                self._schedule.say(f"is told: {error}")
            except Exception as error:  # noqa: BLE001 - whatever it is, the person tries again later
                self._schedule.say(f"sees {error!r}")
                again()

        self._schedule.spawn(name, body).killed = again
