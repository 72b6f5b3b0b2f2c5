"""What is explored: small stories, each of which goes well if nothing goes wrong.

`happenings` may come about at any place instead of, or besides, when they usually do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lastgood.domain.policy import Mode
from tests.explore.guided import PERSON, GuidedSchedule
from tests.simulation import backups, scene
from tests.simulation.cloud import OFF, ROWS, Database
from tests.simulation.copies import DELETIONS, TRIALS
from tests.simulation.deliveries import Deliveries
from tests.simulation.engine import WAKES
from tests.simulation.faults import FATES
from tests.simulation.people import People
from tests.simulation.scene import CACHES, CARTS, ORDERS, ORDERS_DB, Route
from tests.simulation.schedule import HOUR, MINUTE, SECOND
from tests.simulation.world import SimulatedWorld

OFFERED = (-394, -74, -54, -34, -24, -14, 3, 36, 52)
"""Minutes from the start; one more point lies at the very deadline of an alarm of minute 0."""


class Stage:
    """The world of one run, before anything has happened in it."""

    def __init__(self, schedule: GuidedSchedule) -> None:
        self.schedule = schedule
        self.world = world = SimulatedWorld(schedule)
        self.people = People(world)
        self.deliveries = Deliveries(world)
        self.answers: Callable[[dict[str, Any]], None] = _nothing
        world.engine.program = world.carry_out
        world.publisher.people = self._read
        world.cloud.fates = world.copies.fates = FATES
        world.copies.sources = {ORDERS_DB}
        schedule.is_firing = lambda: world.watch.is_firing
        for cache in CACHES:
            points = [scene.point(schedule.start, minutes) for minutes in OFFERED]
            world.cloud.databases[cache] = Database([*points, scene.point(schedule.start, -7, 0)])
        windows = [scene.window(schedule.start, -300, -50), scene.window(schedule.start, -40, -4)]
        world.cloud.databases[ORDERS_DB] = Database(windows=windows)

    def _read(self, kind: str, detail: dict[str, Any]) -> None:
        if kind == "Recovery Proposed":
            self.answers(detail)

    def policy(self, mode: Mode | None = "auto", rules: str = "plain", max_active: int = 2) -> None:
        """Have this policy from now on, the same for every cache."""
        modes = (mode, mode or "auto", mode or "auto", mode)
        self.world.set_policy(scene.policy(rules, modes, max_active, 3))

    def drilled(self) -> None:
        """Have a policy that recovers the database by copy, and drills it."""
        self.world.set_policy(scene.policy("plain", ("auto",) * 4, 2, 3, drills=True))

    def alarm(
        self,
        route: Route = "eventbridge-alarm",
        instance: str = ORDERS,
        name: str = "keys-dropped",
        minutes: int = 0,
        tries: int = 99,
    ) -> Callable[[], None]:
        """Make the arrival of an alarm that went off at this minute."""
        delivery = scene.delivery(route, instance, name, self.schedule.start, minutes)
        return lambda: self.deliveries.deliver(delivery, tries)

    def clear(self, minutes: int) -> Callable[[], None]:
        """Make the arrival of its way back to OK at this minute."""
        return self.alarm("eventbridge-ok", minutes=minutes + scene.CLEARS)

    def usually(self, name: str, after: int, action: Callable[[], object]) -> None:
        """Let something happen after so long, or earlier."""
        self.schedule.happenings[name] = action
        self.schedule.after(after, after, lambda: self.schedule.happen(name))

    def perhaps(self, name: str, action: Callable[[], object]) -> None:
        """Let something happen if a deviation says so."""
        self.schedule.happenings[name] = action

    def approve(self, after: int = MINUTE, *, alternative: bool = False) -> None:
        """Let whatever is proposed be approved after a while, or right away."""
        seen: set[str] = set()

        def answer(detail: dict[str, Any]) -> None:
            other = detail.get("alternative", {}).get("hash") if alternative else None
            chosen = other or detail["plan_hash"]
            if chosen not in seen:
                seen.add(chosen)
                name = f"{PERSON}approves {len(seen)}"
                self.usually(name, after, lambda: self.people.approve(detail["incident"], chosen))

        self.answers = answer

    def switch_over(self) -> None:
        """Protect the copy from now on."""
        for copy in list(self.world.copies.made)[:1]:
            self.world.set_policy(scene.protecting(self.world.policies[-1][1], copy))

    def once_known(self, name: str, deed: Callable[[str], object]) -> None:
        """Let a person do something about the first incident, if a deviation says so."""

        def act() -> None:
            if known := sorted(self.world.engine.executions):
                deed(known[0])

        self.perhaps(name, act)

    def forget_the_window(self) -> None:
        """Offer nothing of the database any more from the hour before the history."""
        windows = [scene.window(self.schedule.start, -300, -50)]
        self.world.cloud.databases[ORDERS_DB] = Database(windows=windows)

    def expire(self) -> None:
        """Take away the point that an alarm of minute 0 goes back to."""
        points = self.world.cloud.databases[ORDERS].points
        before = self.schedule.start.timestamp() - 6 * 60
        points.remove(max((p for p in points if p.at.timestamp() < before), key=lambda p: p.at))

    def expire_both(self) -> None:
        """Take away the point at the deadline as well: whatever the alarm goes back to."""
        self.expire()
        self.expire()


def _nothing(detail: dict[str, Any]) -> None:
    """Nobody answers."""


def _auto(stage: Stage) -> None:
    stage.policy()
    stage.alarm()()
    stage.perhaps("the cloud forgets the target", stage.expire)
    stage.perhaps("the cloud begins another operation", lambda: stage.world.cloud.disturb(ORDERS))
    stage.perhaps("the clocks drift apart", lambda: setattr(stage.schedule, "skews", 4 * MINUTE))
    stage.once_known("the execution dies", stage.world.engine.kill)


def _approved(stage: Stage) -> None:
    stage.policy("propose")
    stage.world.engine.fates = WAKES
    stage.approve()
    stage.alarm()()
    stage.once_known(f"{PERSON}rejects", stage.people.reject)
    stage.perhaps(f"{PERSON}reports another alarm", stage.alarm(name="memory-low", minutes=-15))
    stage.once_known("the execution dies", stage.world.engine.kill)


def _unanswered(stage: Stage) -> None:
    stage.policy("propose")
    stage.world.engine.fates = WAKES
    stage.alarm()()
    stage.perhaps(f"{PERSON}reports another alarm", stage.alarm(name="memory-low", minutes=-15))


def _hook(stage: Stage) -> None:
    stage.policy(rules="hook")
    stage.world.cloud.may_end = ("Failed", "Endless")
    stage.world.validator.may_say = ("fail", "none")
    stage.alarm()()


def _hooks(stage: Stage) -> None:
    stage.policy(rules="hooks")
    stage.world.cloud.may_end = ("Failed", "Endless")
    stage.world.validator.may_say = ("fail", "none")
    stage.alarm()()
    stage.perhaps(f"{PERSON}halts", stage.people.halt)
    stage.usually(f"{PERSON}resumes", HOUR, stage.people.resume)
    stage.perhaps(f"{PERSON}verifies", stage.deliveries.sweep)
    stage.once_known("the execution dies", stage.world.engine.kill)


def _hooks_anew(stage: Stage) -> None:
    stage.policy(rules="hooks")
    stage.alarm()()
    stage.usually("the cloud forgets the target", 1200, stage.expire_both)  # `before` comes next
    stage.approve()
    stage.once_known("the execution dies", stage.world.engine.kill)


def _hooks_released(stage: Stage) -> None:
    stage.policy(rules="hooks")
    stage.world.cloud.takes = 15 * MINUTE
    stage.alarm()()
    stage.usually(f"{PERSON}releases it", 10 * SECOND, stage.people.release)
    stage.once_known("the execution dies", stage.world.engine.kill)


def _hooks_side_by_side(stage: Stage) -> None:
    stage.policy(rules="hooks")
    stage.world.engine.forgetful = True
    stage.alarm()()
    stage.usually(f"{PERSON}delivers it again", 200, stage.alarm("sns-alarm"))


def _two_routes(stage: Stage) -> None:
    stage.policy()
    stage.alarm()()
    later = stage.alarm("eventbridge-missing-breaching")
    stage.usually(f"{PERSON}delivers other evidence", 30 * SECOND, later)


def _weak_first(stage: Stage) -> None:
    stage.policy()
    stage.alarm("eventbridge-reason-not-understood")()
    stage.approve()
    later = stage.alarm("sns-alarm")
    stage.usually(f"{PERSON}delivers other evidence", 30 * SECOND, later)


def _two_instances(stage: Stage) -> None:
    stage.policy(max_active=1)
    stage.alarm()()
    stage.usually(f"{PERSON}reports another instance", 0, stage.alarm(instance=CARTS))


def _busy(stage: Stage) -> None:
    stage.policy()
    stage.world.cloud.rows = tuple(ROWS)
    stage.schedule.usual["request"] = ["turned down for now"]
    stage.alarm()()
    stage.perhaps(f"{PERSON}delivers other evidence", stage.alarm("eventbridge-missing-breaching"))


def _halt(stage: Stage) -> None:
    stage.policy()
    stage.alarm()()
    stage.perhaps(f"{PERSON}halts", stage.people.halt)
    stage.usually(f"{PERSON}resumes", HOUR, stage.people.resume)


def _policy_change(stage: Stage) -> None:
    stage.policy()
    stage.approve()
    stage.alarm()()
    stage.perhaps("the policy only proposes", lambda: stage.policy("propose"))
    stage.perhaps("the policy widens the margin", lambda: stage.policy(rules="wide margin"))
    stage.perhaps("the policy forgets the instance", lambda: stage.policy(None))


def _side_by_side(stage: Stage) -> None:
    stage.policy()
    stage.world.engine.forgetful = True
    stage.alarm()()
    stage.usually(f"{PERSON}delivers it again", 200, stage.alarm("sns-alarm"))


def _release(stage: Stage) -> None:
    stage.policy(rules="no cooldown")
    stage.world.cloud.takes = 15 * MINUTE
    stage.alarm()()
    stage.usually(f"{PERSON}releases it", 10 * SECOND, stage.people.release)
    stage.once_known(f"{PERSON}dismisses it", stage.people.dismiss)
    dismissed = lambda: stage.schedule.happen(f"{PERSON}dismisses it")  # noqa: E731 - an action of the schedule
    stage.schedule.at(5 * MINUTE, dismissed)
    later = stage.alarm(name="memory-low", minutes=11)
    stage.usually(f"{PERSON}reports another alarm", 11 * MINUTE, later)


def _clears(stage: Stage) -> None:
    stage.policy(max_active=1)
    stage.alarm()()
    stage.usually(f"{PERSON}reports that it cleared", 4 * MINUTE, stage.clear(4))
    stage.usually(f"{PERSON}reports another instance", 2 * MINUTE, stage.alarm(instance=CARTS))
    stage.perhaps(f"{PERSON}reports it again", stage.alarm(minutes=5))
    stage.once_known(f"{PERSON}releases it", lambda _: stage.people.release())
    stage.once_known("the execution dies", stage.world.engine.kill)


def _clears_early(stage: Stage) -> None:
    stage.policy("propose")
    stage.approve(6 * MINUTE)
    stage.alarm()()
    stage.usually(f"{PERSON}reports that it cleared", 2 * MINUTE, stage.clear(2))


def _clears_twice(stage: Stage) -> None:
    stage.policy()
    stage.world.cloud.takes = 5 * MINUTE
    stage.alarm()()
    stage.usually(f"{PERSON}reports that it cleared", 3 * MINUTE, stage.clear(3))
    stage.usually(f"{PERSON}reports it again", 4 * MINUTE, stage.alarm(minutes=4))
    stage.perhaps(f"{PERSON}reports that it cleared once more", stage.clear(7))


def _stays_red(stage: Stage) -> None:
    stage.policy()
    stage.alarm()()
    stage.usually(f"{PERSON}reports it again", 3 * MINUTE, stage.alarm(minutes=3))
    stage.usually(f"{PERSON}reports it once more", 16 * MINUTE, stage.alarm(minutes=16))
    stage.usually(f"{PERSON}reports that it cleared", 40 * MINUTE, stage.clear(40))


def _one_damage(stage: Stage) -> None:
    stage.policy()
    stage.alarm()()
    later = stage.alarm(name="memory-low", minutes=-15)
    stage.usually(f"{PERSON}reports another alarm", 0, later)
    stage.approve(alternative=True)


def _flapping(stage: Stage) -> None:
    stage.policy(rules="quiet")
    stage.alarm()()
    for name, minutes in (("keys-dropped", 3), ("memory-low", -15)):
        another = stage.alarm(name=name, minutes=minutes)
        stage.usually(f"{PERSON}reports {name} of minute {minutes}", 3 * SECOND, another)
    stage.once_known(f"{PERSON}dismisses it", stage.people.dismiss)


def _flapping_and_clearing(stage: Stage) -> None:
    stage.policy("propose", rules="quiet, cancel")
    stage.world.engine.fates = WAKES
    stage.alarm()()
    stage.usually(
        f"{PERSON}reports that it cleared", SECOND, stage.alarm("eventbridge-ok", minutes=2)
    )
    again = stage.alarm(minutes=3)
    stage.usually(f"{PERSON}reports it again", 2 * SECOND, again)
    stage.approve(4 * MINUTE)


def _again(stage: Stage) -> None:
    stage.policy(rules="no cooldown")
    stage.world.cloud.takes = 9 * MINUTE
    stage.alarm()()
    for minutes in (3, 16):
        later = stage.alarm(name="memory-low", minutes=minutes)
        stage.usually(f"{PERSON}reports the alarm of minute {minutes}", minutes * MINUTE, later)


def _lost_answer(stage: Stage) -> None:
    stage.policy()
    stage.world.cloud.rows = tuple(ROWS)
    stage.schedule.usual["request"] = ["its answer timed out"]
    stage.alarm()()
    stage.perhaps("the cloud begins another operation", lambda: stage.world.cloud.disturb(ORDERS))


def _sent_twice(stage: Stage) -> None:
    stage.policy()
    stage.world.cloud.rows = tuple(ROWS)
    stage.schedule.usual["request"] = ["sent twice, the second busy"]
    stage.alarm()()


def _clocks_apart(stage: Stage) -> None:
    stage.schedule.skews = 4 * MINUTE
    stage.policy()
    stage.alarm()()
    stage.approve()


def _outdated(stage: Stage) -> None:
    stage.policy()
    stage.world.watch.about_to_fire = lambda: stage.schedule.happen("the cloud forgets the target")
    stage.perhaps("the cloud forgets the target", stage.expire)
    stage.alarm()()
    stage.approve()


def _bus_away(stage: Stage) -> None:
    stage.policy()
    stage.world.publisher.down_until = 5 * HOUR
    stage.alarm()()


def _one_try(stage: Stage) -> None:
    stage.policy()
    stage.alarm(tries=1)()


def _dismissed(stage: Stage) -> None:
    stage.policy()
    stage.alarm()()
    stage.once_known(f"{PERSON}dismisses it", stage.people.dismiss)
    later = stage.alarm(name="memory-low", minutes=45)
    stage.usually(f"{PERSON}reports another alarm", 45 * MINUTE, later)


def _by_hand(stage: Stage) -> None:
    stage.policy()
    stage.approve()
    stage.alarm()()
    asked = lambda: stage.people.recover(ORDERS, 20)  # noqa: E731 - an action of the schedule
    stage.usually(f"{PERSON}asks by hand", HOUR, asked)


def _asked(stage: Stage) -> None:
    stage.policy()
    stage.people.recover(ORDERS, 20)


def _silence(stage: Stage) -> None:
    stage.policy()
    stage.alarm("eventbridge-from-silence")()
    stage.approve()


def _gated(stage: Stage) -> None:
    stage.policy(rules="gated")
    stage.alarm()()
    stage.perhaps("the cloud switches PITR off", lambda: _switch_off(stage))


def _switch_off(stage: Stage) -> None:
    stage.world.cloud.databases[ORDERS].pitr = OFF


def _undo_point(stage: Stage) -> None:
    stage.policy(rules="undo point")
    stage.world.saved.fates = backups.FATES
    stage.world.saved.may_end = backups.ENDS
    stage.alarm()()
    stage.perhaps("the policy forgets the instance", lambda: stage.policy(None))
    stage.perhaps("the cloud begins another operation", lambda: stage.world.cloud.disturb(ORDERS))
    stage.once_known("the execution dies", stage.world.engine.kill)


def _undo_point_lost(stage: Stage) -> None:
    stage.policy(rules="undo point")
    stage.schedule.usual["backup"] = ["its answer timed out"]
    stage.alarm()()


def _undo_point_tried(stage: Stage) -> None:
    stage.policy(rules="undo point, tried")
    stage.world.saved.fates = backups.FATES
    stage.schedule.usual["backup ends"] = ["BUILDING"]
    stage.alarm()()
    stage.perhaps("the policy requires it", lambda: stage.policy(rules="undo point"))


def _undo_point_again(stage: Stage) -> None:
    stage.policy(rules="undo point")
    stage.world.watch.about_to_fire = lambda: stage.schedule.happen("the cloud forgets the target")
    stage.perhaps("the cloud forgets the target", stage.expire_both)
    stage.alarm()()
    stage.approve(5 * MINUTE)


def _undo_point_side_by_side(stage: Stage) -> None:
    stage.policy(rules="undo point")
    stage.world.engine.forgetful = True
    stage.alarm()()
    stage.usually(f"{PERSON}delivers it again", 200, stage.alarm("sns-alarm"))


def _copy(stage: Stage) -> None:
    stage.policy()
    stage.world.copies.may_end = ("FAILED", "BUILD", "BACKING UP")
    stage.alarm(instance=ORDERS_DB)()
    stage.perhaps("the cloud begins another operation", stage.world.copies.disturb)
    stage.perhaps("the policy forgets the instance", lambda: stage.policy(None))
    stage.once_known("the execution dies", stage.world.engine.kill)


def _copy_approved(stage: Stage) -> None:
    stage.policy("propose")
    stage.approve()
    stage.alarm(instance=ORDERS_DB)()
    stage.once_known(f"{PERSON}rejects", stage.people.reject)
    again = stage.alarm(instance=ORDERS_DB, name="memory-low", minutes=-15)
    stage.perhaps(f"{PERSON}reports another alarm", again)
    stage.perhaps("the policy forgets the instance", lambda: stage.policy(None))


def _copy_lost(stage: Stage) -> None:
    stage.policy()
    stage.schedule.usual["request"] = ["its answer timed out"]
    stage.alarm(instance=ORDERS_DB)()


def _copy_busy(stage: Stage) -> None:
    stage.policy()
    stage.schedule.usual["request"] = ["turned down for now"]
    stage.alarm(instance=ORDERS_DB)()


def _copy_sent_twice(stage: Stage) -> None:
    stage.policy()
    stage.schedule.usual["request"] = ["sent twice, the second refused"]
    stage.alarm(instance=ORDERS_DB)()


def _copy_side_by_side(stage: Stage) -> None:
    stage.policy()
    stage.world.engine.forgetful = True
    stage.alarm(instance=ORDERS_DB)()
    again = stage.alarm("sns-alarm", instance=ORDERS_DB)
    stage.usually(f"{PERSON}delivers it again", 200, again)


def _copy_deleted(stage: Stage) -> None:
    stage.policy()
    stage.world.copies.deletions = tuple(DELETIONS)
    stage.alarm(instance=ORDERS_DB)()
    stage.usually(f"{PERSON}deletes the copy", 30 * MINUTE, stage.people.delete_a_copy)
    stage.schedule.at(60 * MINUTE, stage.people.delete_a_copy)
    stage.perhaps("the cloud lists a look-alike", stage.world.copies.add_look_alike)
    stage.perhaps("the policy protects the copy", stage.switch_over)
    stage.perhaps("the policy forgets the instance", lambda: stage.policy(None))


def _pair(stage: Stage) -> None:
    stage.policy(rules="pair")
    stage.alarm()()
    stage.perhaps("the cloud forgets the window", stage.forget_the_window)
    stage.perhaps("the policy forgets the instances", lambda: stage.policy(None))
    stage.perhaps("the policy only proposes", lambda: stage.policy("propose", rules="pair"))
    stage.once_known("the execution dies", stage.world.engine.kill)


def _pair_approved(stage: Stage) -> None:
    stage.policy("propose", rules="pair")
    stage.approve()
    stage.alarm()()
    stage.once_known(f"{PERSON}rejects", stage.people.reject)


def _pair_lost(stage: Stage) -> None:
    stage.policy(rules="pair")
    stage.schedule.usual["request"] = ["its answer timed out"]
    stage.alarm()()


def _pair_one_damage(stage: Stage) -> None:
    stage.policy(rules="pair")
    stage.alarm()()
    of_the_database = stage.alarm(instance=ORDERS_DB, minutes=-15)
    stage.usually(f"{PERSON}reports the database", SECOND, of_the_database)
    stage.approve(alternative=True)


def _drill(stage: Stage) -> None:
    stage.drilled()
    stage.world.copies.may_end = ("FAILED", "BUILD", "BACKING UP")
    stage.world.copies.trials = TRIALS
    stage.world.copies.obstacles = ("the quota is used up",)
    stage.deliveries.drill()
    stage.perhaps("the cloud begins another operation", stage.world.copies.disturb)
    stage.perhaps("the policy forgets the mark", stage.policy)
    stage.perhaps(f"{PERSON}keeps the copy", stage.people.keep_a_copy)
    stage.once_known("the execution dies", stage.world.engine.kill)


def _drill_lost(stage: Stage) -> None:
    stage.drilled()
    stage.schedule.usual["request"] = ["its answer timed out"]
    stage.deliveries.drill()


def _drill_deleted(stage: Stage) -> None:
    stage.drilled()
    stage.world.copies.deletions = tuple(DELETIONS)
    stage.deliveries.drill()
    stage.perhaps("the cloud lists a look-alike", stage.world.copies.add_look_alike)
    stage.perhaps("the policy protects the copy", stage.switch_over)
    stage.perhaps(f"{PERSON}keeps the copy", stage.people.keep_a_copy)


def _drill_side_by_side(stage: Stage) -> None:
    stage.drilled()
    stage.world.engine.forgetful = True
    stage.deliveries.drill()
    stage.usually(f"{PERSON}starts it again", 200, stage.deliveries.drill)


def _drill_and_copy(stage: Stage) -> None:
    stage.drilled()
    stage.alarm(instance=ORDERS_DB)()
    stage.deliveries.drill()
    stage.usually(f"{PERSON}asks for another drill", MINUTE, stage.deliveries.drill_by_hand)


SCENARIOS: dict[str, Callable[[Stage], None]] = {
    "auto": _auto,
    "approved": _approved,
    "unanswered": _unanswered,
    "hook": _hook,
    "hooks": _hooks,
    "hooks, anew": _hooks_anew,
    "hooks, released": _hooks_released,
    "hooks, side by side": _hooks_side_by_side,
    "two routes": _two_routes,
    "weak evidence first": _weak_first,
    "two instances": _two_instances,
    "busy": _busy,
    "halt": _halt,
    "policy change": _policy_change,
    "side by side": _side_by_side,
    "release": _release,
    "clears": _clears,
    "clears early": _clears_early,
    "clears twice": _clears_twice,
    "stays red": _stays_red,
    "one damage": _one_damage,
    "again": _again,
    "flapping": _flapping,
    "flapping and clearing": _flapping_and_clearing,
    "lost answer": _lost_answer,
    "sent twice": _sent_twice,
    "clocks apart": _clocks_apart,
    "outdated": _outdated,
    "bus away": _bus_away,
    "one try": _one_try,
    "dismissed": _dismissed,
    "by hand": _by_hand,
    "asked": _asked,
    "silence": _silence,
    "gated": _gated,
    "undo point": _undo_point,
    "undo point, lost answer": _undo_point_lost,
    "undo point, tried": _undo_point_tried,
    "undo point, again": _undo_point_again,
    "undo point, side by side": _undo_point_side_by_side,
    "copy": _copy,
    "copy, approved": _copy_approved,
    "copy, lost answer": _copy_lost,
    "copy, busy": _copy_busy,
    "copy, sent twice": _copy_sent_twice,
    "copy, side by side": _copy_side_by_side,
    "copy, deleted": _copy_deleted,
    "pair": _pair,
    "pair, approved": _pair_approved,
    "pair, lost answer": _pair_lost,
    "pair, one damage": _pair_one_damage,
    "drill": _drill,
    "drill, lost answer": _drill_lost,
    "drill, deleted": _drill_deleted,
    "drill, side by side": _drill_side_by_side,
    "drill and copy": _drill_and_copy,
}

DEEP = (
    "auto",
    "approved",
    "two routes",
    "two instances",
    "busy",
    "halt",
    "policy change",
    "side by side",
    "release",
    "one damage",
)
"""Those of which pairs and triples are played; of the others single deviations only."""
