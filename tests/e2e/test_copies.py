"""Recovery of a database by copy, from the bundles, until somebody deletes the copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

import pytest

from lastgood.cli import copies, main
from sandbox.aws.account import RECOVER_FUNCTION, TABLE
from sandbox.huawei.rds.instance import RdsInstance
from sandbox.huawei.rds.rows import Tables
from sandbox.huawei.rds.tasks import DeletionScript
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Act, ConnectionDroppedError, Fault
from sandbox.huawei.wire.records import RequestRecord
from sandbox.stage import COPIES, DATABASE, HISTORY, WITH_COPIES, Stage
from tests.support.bundle import BundledStage
from tests.support.incidents import ALARM, DAMAGE, Alarmed, execution_of

KILLED = "0f0e0d0c0b0a09080706050403020100in01"
FLEET = "\n[fleet]\nmax_active = 10\n"
TABLES = WITH_COPIES.template.partition("[[instance]]")[2].rpartition("[[instance]]")[2]
ANOTHER = TABLES.replace(DATABASE, KILLED).replace("orders-db", "killed-db")
ORDERS = 200


class Damaged(Alarmed):
    """A database that a script deleted rows of, and the alarm about it."""

    instance: RdsInstance

    @property
    def posts(self) -> list[RequestRecord]:
        """The restores of it that were asked for."""
        asked = self.stage.huawei.requests_to("rds-restore")
        return [post for post in asked if self.instance.id.encode() in post.body]

    @property
    def made(self) -> RdsInstance:
        """The only copy there ever was of it."""
        (made,) = [one for one in self.stage.huawei.rds.made if one.copied_from is self.instance]
        return made

    def password(self) -> str:
        """The password of the copy, as it is kept for people."""
        kept = self.stage.aws.client("secretsmanager").get_secret_value(SecretId=self.secret)
        return str(json.loads(kept["SecretString"])["password"])

    @property
    def secret(self) -> str:
        """The name of that secret."""
        return f"lastgood/copies/{self.made.name}"


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    policy = Template(f"{WITH_COPIES.template}{FLEET}\n[[instance]]{ANOTHER}")
    with BundledStage(bundles, policy) as stage:
        stage.huawei.add_rds(KILLED, "killed-db").copies = COPIES
        stage.huawei.rds.deletions = DeletionScript(lasts=timedelta(seconds=0.5))
        yield stage


@pytest.fixture(scope="module")
def damaged(stage: Stage) -> dict[str, Damaged]:
    """Both databases by their names: half of the orders were deleted, then one more came."""
    sources = [stage.huawei.rds.instances[each] for each in (DATABASE, KILLED)]
    for source in sources:
        for number in range(ORDERS):
            source.put("orders", str(number), {"pieces": number % 7 + 1})
    stage.clock.advance(HISTORY - DAMAGE)
    for source in sources:
        for number in range(0, ORDERS, 2):
            source.remove("orders", str(number))
        source.put("orders", "later", {"pieces": 1})
    stage.clock.catch_up()
    alarmed_at = stage.clock.now() - ALARM
    return {source.name: Damaged(stage, source, alarmed_at) for source in sources}


@pytest.fixture(scope="module")
def before(damaged: dict[str, Damaged]) -> Tables:
    """The rows of the database before anything was done about it."""
    return damaged["orders-db"].instance.tables


@pytest.fixture(scope="module")
def recovery(damaged: dict[str, Damaged], before: Tables) -> dict[str, Any]:
    assert before
    return damaged["orders-db"].recover()


@pytest.fixture
def database(damaged: dict[str, Damaged], recovery: dict[str, Any]) -> Damaged:
    """The database, a copy of which is made."""
    assert recovery["copy"]["id"] == damaged["orders-db"].made.id
    return damaged["orders-db"]


class TestACopy:
    def test_it_has_the_rows_of_the_target_and_its_source_is_as_it_was(
        self, database: Damaged, recovery: dict[str, Any], before: Tables
    ) -> None:
        target = datetime.fromisoformat(recovery["plan"]["target"])

        assert (recovery["state"], recovery["plan"]["way"]) == ("settled", "copy")
        assert database.made.tables == database.instance.tables_at(target)
        assert len(database.made.tables["orders"]) == ORDERS
        assert database.instance.tables == before
        assert len(before["orders"]) == ORDERS // 2 + 1

    def test_it_is_asked_for_once_with_the_password_that_is_kept(self, database: Damaged) -> None:
        (post,) = database.posts

        assert json.loads(post.body)["password"] == database.password() == database.made.password
        assert database.stage.huawei.puts.arrived == 0

    def test_people_are_told_where_it_is_on_the_bus_and_in_words(self, database: Damaged) -> None:
        ((_, told),) = [one for one in database.told if one[0] == "Copy Ready"]
        notices = dict(database.stage.notices())

        (address,) = database.made.row()["private_ips"]
        assert (told["copy"], told["copy_id"]) == (database.made.name, database.made.id)
        assert told["addresses"] == [address]
        text = notices["lastgood: the copy of orders-db is ready"]
        assert address in text
        assert database.secret in text

    def test_a_redelivery_after_the_engine_has_forgotten_makes_no_second_one(
        self, database: Damaged, recovery: dict[str, Any]
    ) -> None:
        assert database.recover_again() == recovery
        assert len(database.posts) == 1
        assert database.kinds.count("Copy Ready") == 1

    def test_its_password_is_in_no_log_event_record_checkpoint_or_text(
        self, database: Damaged, recovery: dict[str, Any]
    ) -> None:
        stage, execution = database.stage, execution_of(recovery["incident"])

        written = [
            stage.functions.log(RECOVER_FUNCTION),
            repr(stage.aws.events()),
            repr(stage.notices()),
            repr(stage.aws.client("dynamodb").scan(TableName=TABLE)["Items"]),
            repr(stage.functions.history(execution)),
        ]

        assert all(written)
        assert not any(database.password() in text for text in written)


class TestACrash:
    def test_right_after_the_request_took_effect_its_copy_is_found_by_its_name(
        self, damaged: dict[str, Damaged], stage: Stage, recovery: dict[str, Any]
    ) -> None:
        killed = damaged["killed-db"]

        def kill_after(act: Act) -> Answer:
            act()
            stage.functions.kill(RECOVER_FUNCTION)
            raise ConnectionDroppedError

        stage.huawei.faults.add("rds-restore", Fault("kill after acting", kill_after))

        ended = killed.recover()

        assert recovery["state"] == ended["state"] == "settled"
        assert "cut off" in ended["reason"]
        assert len(killed.posts) == 1
        assert ended["copy"] == {"name": killed.made.name, "id": killed.made.id}
        assert killed.made.tables["orders"].keys() == set(map(str, range(ORDERS)))
        assert json.loads(killed.posts[0].body)["password"] == killed.password()


class TestFromTheCommandLine:
    @pytest.fixture
    def lastgood(
        self,
        stage: Stage,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> Callable[..., str]:
        environment = stage.aws.environment() | stage.functions.environment()
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(copies, "SECONDS_BETWEEN_LOOKS", 0.2)

        def run(*arguments: str) -> str:
            code = main(["copies", *arguments])
            said = capfd.readouterr()
            assert code == 0, said.err
            return said.out

        return run

    def test_a_copy_is_listed_and_once_deleted_it_is_gone_with_its_password(
        self, database: Damaged, stage: Stage, lastgood: Callable[..., str]
    ) -> None:
        name, copy = database.made.name, database.made.id
        (listed,) = [one for one in json.loads(lastgood("--json")) if one["name"] == name]

        said = lastgood("delete", name, "--yes", "--by", "ada")

        assert (listed["id"], listed["status"], listed["stage"]) == (copy, "ACTIVE", "ready")
        assert said == f"{name} is gone, and its password\n"
        assert copy not in stage.huawei.rds.instances
        assert [one.id for one in stage.huawei.rds.deleted] == [copy]
        kept = stage.aws.client("secretsmanager").describe_secret(SecretId=database.secret)
        assert "DeletedDate" in kept
        assert database.kinds[-1] == "Copy Deleted"
        assert name not in lastgood("--json")
        assert DATABASE in stage.huawei.rds.instances
