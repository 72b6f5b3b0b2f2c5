"""One history: drawn from a seed, lived to its end, and judged."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from lastgood.domain.policy import Mode, Policy
from tests.simulation import scene
from tests.simulation.cloud import OFF, ON, Database
from tests.simulation.deliveries import Deliveries
from tests.simulation.ending import judge
from tests.simulation.faults import choose_faults
from tests.simulation.invariants import Move
from tests.simulation.people import People
from tests.simulation.scene import CACHES, DIFFERENT, ORDERS, SAME, Route
from tests.simulation.schedule import HOUR, MINUTE, SECOND, Schedule
from tests.simulation.world import SimulatedWorld

COPYING = 0.25
"""How many histories have a database that is recovered by copy."""

DRILLING = 0.12
"""How many have one that is drilled."""

PLANNED = timedelta(minutes=6)
"""Plans for an alarm of minute 0 choose their target before this."""


class Result(NamedTuple):
    """What a history showed."""

    seed: int
    violations: list[str]
    moves: Counter[Move]
    faults: Counter[tuple[str, str]]
    limits: Counter[str]
    trace: list[str]


def live(seed: int, *, traced: bool = False) -> Result:
    """Live the history of this seed."""
    history = History(seed, [] if traced else None)
    history.world.schedule.run()
    return history.judge()


class History:
    """The world of one seed, and what is going to happen in it."""

    def __init__(self, seed: int, trace: list[str] | None) -> None:
        start = scene.MIDNIGHT if seed % 5 == 0 else scene.NOON
        self.seed = seed
        self.world = world = SimulatedWorld(Schedule(seed, start))
        self.schedule = world.schedule
        self.random = world.schedule.random
        self.schedule.trace = trace
        choose_faults(world)
        world.engine.program = world.carry_out
        self.people = People(world)
        self.deliveries = Deliveries(world)
        world.publisher.people = self._read
        self._set_the_scene()
        self._ring_alarms()
        self._plan_disturbances()

    def _read(self, kind: str, detail: dict[str, Any]) -> None:
        """Let people read an event; sometimes what it proposes does not stay on offer."""
        self.people.read(kind, detail)
        if kind == "Recovery Proposed" and self.schedule.chance(0.15):
            self.schedule.bag.append(lambda: self._expire(detail["instance"]))

    def judge(self) -> Result:
        """Check what can only be checked at the end."""
        world, schedule = self.world, self.schedule
        judge(world, self.deliveries, self.people)
        watch = world.watch
        return Result(
            self.seed,
            watch.violations,
            watch.moves,
            schedule.counts,
            Counter(foreign=watch.foreign, uncounted=watch.uncounted, untold=watch.untold),
            schedule.trace or [],
        )

    # The scene

    def _set_the_scene(self) -> None:
        random, start = self.random, self.schedule.start
        rules = self.schedule.pick(scene.RULE_NAMES) if random.random() < 0.6 else "plain"
        if self.seed % 8 == 5:
            rules = "quiet" if self.seed % 16 == 5 else "quiet, cancel"
        modes: tuple[Mode | None, ...] = tuple(self._mode() for _ in CACHES)
        self._copies = random.random() < COPYING
        self._drills = random.random() < DRILLING
        if self._copies:
            modes = (*modes, self._mode())
            rules = "pair" if self.seed % 3 == 1 else rules
        self._terms = (
            rules,
            modes,
            self.schedule.pick((1, 1, 2, 3)),
            self.schedule.pick((1, 2, 3)),
        )
        self._set_policy()
        # One point lies exactly at the deadline of the first alarm under the usual margin.
        offered = [-394, -74, -54, -34, -14, 3, 36, 52]
        at_the_deadline = [scene.point(start, -7, 0)] if random.random() < 0.5 else []
        for cache in CACHES:
            points = [scene.point(start, minutes) for minutes in offered]
            self.world.cloud.databases[cache] = Database([*points, *at_the_deadline])
        windows = [scene.window(start, -300, -50), scene.window(start, -40, -4)]
        self.world.cloud.databases[scene.ORDERS_DB] = Database(windows=windows)
        self.world.copies.sources = {scene.ORDERS_DB}

    def _policy(self) -> Policy:
        return scene.policy(*self._terms, drills=self._drills)

    def _set_policy(self) -> None:
        self.world.set_policy(self._policy())

    def _mode(self) -> Mode:
        draw = self.random.random()
        return "auto" if draw < 0.55 else "propose" if draw < 0.95 else "observe"

    # Alarms

    def _ring_alarms(self) -> None:
        random = self.random
        shape = random.random()
        if self._copies:
            self._ring_of_the_database()
        if self._drills:
            self._plan_drills()
        self._ring(ORDERS, "keys-dropped", self.schedule.pick((0, 0, 0, 0, 0, -80)))
        if shape > 0.65:
            other = CACHES[1] if shape > 0.86 else ORDERS
            self._ring(other, "memory-low", self.schedule.pick((0, 1, -15, -1, 8, 14, 45)))
        if shape < 0.06:
            self._ring_afterwards()
        if self.random.random() < 0.1:
            self.world.watch.about_to_fire = self._ring_again
        if shape > 0.97:
            self._ring(CACHES[2], "memory-low", 0)
        if random.random() < 0.15:
            self._deliver(
                "eventbridge-ok", ORDERS, "keys-dropped", self.schedule.pick((-40, -1, 2))
            )
        self._clear_afterwards()
        if random.random() < 0.03:
            self._deliver("eventbridge-from-silence", ORDERS, "keys-seen", 0)
        if random.random() < 0.02:
            self._deliver("malformed-text", ORDERS, "keys-dropped", 0)

    def _ring_of_the_database(self) -> None:
        """Let alarms about the database go off, which is recovered by copy."""
        self._ring(scene.ORDERS_DB, "rows-lost", 0)
        if self.random.random() < 0.3:
            minutes = self.schedule.pick((-15, 1, 8, 45))
            self._ring(scene.ORDERS_DB, "rows-wrong", minutes)
        if self.random.random() < 0.2:
            self.schedule.bag.append(self.world.copies.disturb)
        if self.random.random() < 0.2:
            self.schedule.bag.append(self._copy_no_more)
        if self.random.random() < 0.1:
            self.schedule.after(0, 10 * MINUTE, self.world.copies.add_look_alike)
        if self.random.random() < 0.2:
            self.schedule.after(MINUTE, 15 * MINUTE, self._switch_over)
        if self.random.random() < 0.4:
            self.schedule.after(MINUTE, 20 * MINUTE, self.people.delete_a_copy)
            if self.random.random() < 0.3:
                self.schedule.after(MINUTE, 40 * MINUTE, self.people.delete_a_copy)

    def _plan_drills(self) -> None:
        """Let a drill of the database be started, once or more often, and perhaps be stopped."""
        random, schedule = self.random, self.schedule
        for _ in range(schedule.pick((1, 1, 2))):
            earliest = schedule.pick((0, 0, 30 * MINUTE))
            schedule.after(earliest, earliest + MINUTE, self.deliveries.drill)
        if random.random() < 0.3:
            schedule.after(0, 2 * MINUTE, self.deliveries.drill_by_hand)
        if random.random() < 0.2:
            schedule.bag.append(self.people.keep_a_copy)
        if random.random() < 0.2:
            schedule.bag.append(self._drill_no_more)
        if not self._copies and random.random() < 0.2:
            schedule.bag.append(self.world.copies.disturb)

    def _drill_no_more(self) -> None:
        """Take the mark off the database."""
        self._drills = False
        self.schedule.hurt("policy", "drills no more")
        self._set_policy()

    def _switch_over(self) -> None:
        """Protect the copy from now on, because the application has gone over to it."""
        for copy in list(self.world.copies.made)[:1]:
            self.schedule.hurt("policy", "protects a copy")
            self.world.set_policy(scene.protecting(self._policy(), copy))

    def _copy_no_more(self) -> None:
        """Leave it to people again to restore the database."""
        rules, modes, max_active, max_per_day = self._terms
        self._terms = (rules, modes[: len(CACHES)], max_active, max_per_day)
        self.schedule.hurt("policy", "copies no more")
        self._set_policy()

    def _ring_again(self) -> None:
        """Let one more alarm come in, right before the request of another is sent."""
        route = self.schedule.pick((*SAME, *DIFFERENT))
        name, minutes = self.schedule.pick((("keys-dropped", 0), ("memory-low", -15)))
        delivery = scene.delivery(route, ORDERS, name, self.schedule.start, minutes)
        self.schedule.bag.append(lambda: self.deliveries.deliver(delivery))

    def _ring_afterwards(self) -> None:
        """Let alarms follow a restore that takes its time, and that somebody may hand over."""
        self.world.cloud.takes = self.schedule.pick((9, 15)) * MINUTE
        self._terms = ("no cooldown", ("auto", "auto", "auto", *self._terms[1][3:]), 2, 3)
        self._set_policy()
        for minutes in (3, 11, 16):
            if self.random.random() < 0.5:
                self._ring(ORDERS, "memory-low", minutes)
        if self.random.random() < 0.6:
            self.schedule.after(SECOND, MINUTE, self.people.release)
            self.schedule.after(2 * MINUTE, 9 * MINUTE, self._dismiss_anything)

    def _clear_afterwards(self) -> None:
        """Let the first alarm go back to OK: early, in time or late, not for good, or never."""
        if self.random.random() < 0.5:
            return
        minutes = self.schedule.pick((1, 2, 3, 4, 5, 7, 12, 30))
        self._clear(minutes)
        if self.random.random() < 0.3:
            again = minutes + self.schedule.pick((1, 2, 5))
            self._ring(ORDERS, "keys-dropped", again)
            if self.random.random() < 0.5:
                self._clear(again + self.schedule.pick((1, 2, 5)))

    def _clear(self, minutes: int) -> None:
        """Let it go back to OK at this minute, and that come in soon after, or much later."""
        ok = scene.delivery(
            "eventbridge-ok", ORDERS, "keys-dropped", self.schedule.start, minutes + scene.CLEARS
        )
        latest = self.schedule.pick((5 * SECOND, 5 * SECOND, 5 * SECOND, 20 * MINUTE))
        earliest = minutes * MINUTE
        self.schedule.after(earliest, earliest + latest, lambda: self.deliveries.deliver(ok))

    def _ring(self, instance: str, alarm: str, minutes: int) -> None:
        """Let an alarm go off at this minute, and arrive by one route or by several."""
        random = self.random
        routes = (*SAME, *DIFFERENT) if random.random() < 0.35 else SAME
        self._deliver(self.schedule.pick(routes), instance, alarm, minutes)
        while random.random() < 0.25:
            self.schedule.hurt("event", "duplicated")
            self._deliver(self.schedule.pick(routes), instance, alarm, minutes)

    def _deliver(self, route: Route, instance: str, alarm: str, minutes: int) -> None:
        delivery = scene.delivery(route, instance, alarm, self.schedule.start, minutes)
        draw = self.random.random()
        tries = 3 if self.random.random() < 0.3 else 99
        begin = lambda: self.deliveries.deliver(delivery, tries)  # noqa: E731 - an action of the schedule
        if draw < 0.02:
            self.schedule.hurt("event", "dropped")
        elif draw < 0.1:
            self.schedule.hurt("event", "delayed, and so reordered")
            self.schedule.after(0, 70 * MINUTE, begin)
        else:
            earliest = max(minutes * MINUTE, 0)
            self.schedule.after(earliest, earliest + 5 * SECOND, begin)

    # Disturbances

    def _plan_disturbances(self) -> None:
        random, bag = self.random, self.schedule.bag
        if random.random() < 0.12:
            bag.append(self.people.halt)
        if random.random() < 0.03:
            self.schedule.after(0, 10 * MINUTE, self.people.release)
        while random.random() < 0.3:
            bag.append(
                self.schedule.pick((self._expire, self._switch_pitr, self._disturb, self._break))
            )
        if random.random() < 0.2:
            bag.append(self._change_policy)
        if random.random() < 0.1:
            bag.append(self._fail_for_a_while)
        self._plan_rarities()

    def _plan_rarities(self) -> None:
        random, bag = self.random, self.schedule.bag
        if random.random() < 0.08:
            bag.append(self._end_retention)
        if random.random() < 0.04:
            bag.append(self._die)
        if random.random() < 0.04:
            bag.append(self.deliveries.sweep)
        if random.random() < 0.04:
            bag.append(self._dismiss_anything)
        if random.random() < 0.03:
            bag.append(self._ask)
        if self.world.engine.forgetful:
            self.schedule.after(0, 5 * MINUTE, self._start_nine_times)

    def _die(self) -> None:
        """Let the execution of an incident die; a person notices sooner or later."""
        engine = self.world.engine
        alive = [name for name in engine.executions if engine.is_carried_on(name)]
        if alive:
            self.schedule.hurt("execution", "died")
            engine.kill(self.schedule.pick(alive))
            if self.schedule.chance(0.7):
                self.schedule.after(MINUTE, 2 * HOUR, self.people.clean_up)

    def _ask(self) -> None:
        """Somebody asks by hand, perhaps while nothing can be started."""
        if self.schedule.chance(0.4):
            self.schedule.hurt("outage", "of the functions")
            self.world.engine.down_until = self.schedule.clock + self.schedule.between(0, MINUTE)
        self.people.recover(ORDERS, self.schedule.pick((6, 12, 30)))

    def _dismiss_anything(self) -> None:
        """Somebody takes an alarm for a false one, whatever has become of it."""
        known = sorted(self.world.engine.executions)
        if known:
            self.people.dismiss(self.schedule.pick(known))

    def _start_nine_times(self) -> None:
        """Let the engine run many executions of one incident side by side."""
        for known in list(self.world.engine.executions.values()):
            for _ in range(8):
                self.deliveries.start_again(known[0].asked)

    def _expire(self, cache: str = ORDERS) -> None:
        """Take a point away: mostly the last one before the onset, which is what plans choose."""
        points = self.world.cloud.databases[cache].points
        chosen = [point for point in points if point.at < self.schedule.start - PLANNED]
        if chosen:
            gone = (
                max(chosen, key=lambda point: point.at)
                if self.schedule.chance(0.7)
                else self.schedule.pick(chosen)
            )
            points.remove(gone)
            self.schedule.hurt("range", "a point expired")
            self.schedule.say(f"{gone.text} is no longer offered for {cache}")

    def _switch_pitr(self) -> None:
        database = self.world.cloud.databases[ORDERS]
        database.pitr = OFF if database.pitr is ON else ON
        self.schedule.hurt("range", f"PITR {'on' if database.pitr is ON else 'off'}")

    def _disturb(self) -> None:
        self.schedule.hurt("instance", "busy with something else")
        self.world.cloud.disturb(ORDERS)

    def _break(self) -> None:
        database = self.world.cloud.databases[ORDERS]
        database.abnormal = not database.abnormal
        self.schedule.hurt("instance", "abnormal" if database.abnormal else "normal again")
        if database.abnormal:
            self.schedule.after(0, 10 * MINUTE, self._break)

    def _change_policy(self) -> None:
        rules, modes, max_active, max_per_day = self._terms
        change = self.schedule.pick(("mode", "observe", "removed", "margin", "caps"))
        mode: Mode | None = "auto" if modes[0] == "propose" else "propose"
        match change:
            case "observe":
                mode = "observe"
            case "removed":
                mode = None
            case "margin":
                rules, mode = "wide margin", modes[0]
            case "caps":
                max_active, max_per_day, mode = 1, 1, modes[0]
        self._terms = (rules, (mode, *modes[1:]), max_active, max_per_day)
        self.schedule.hurt("policy", change)
        self._set_policy()

    def _fail_for_a_while(self) -> None:
        length = self.schedule.between(10 * SECOND, 20 * MINUTE)
        draw = self.random.random()
        if draw < 0.3:
            self.schedule.hurt("outage", "of the bus, for hours")
            self.world.publisher.down_until = self.schedule.clock + 12 * length
        elif draw < 0.65:
            self.schedule.hurt("outage", "of the store")
            self.world.store.down_until = self.schedule.clock + length
        else:
            self.schedule.hurt("outage", "of the cloud")
            self.world.cloud.down_until = self.schedule.clock + length

    def _end_retention(self) -> None:
        """Forget every execution that has ended, and let their alarm come in again."""
        for incident in self.world.engine.forget_ended():
            self.schedule.hurt("retention", "ended, and the incident started again")
            self.deliveries.start_again(incident)
