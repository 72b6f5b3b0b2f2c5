"""What parameters make of the stack, alone and together."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations_with_replacement

import boto3
import pytest

from lastgood.aws.dynamodb import DynamoStore
from lastgood.domain.restore import Unknown
from lastgood.ledger import Ledger
from lastgood.workflows.recovery import recover
from sandbox.aws.account import ACCOUNT, REGION
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154
from tests.template.stack import NAME, create, created, decide, template, translate
from tests.template.test_template import nodes, references

TRANSLATED = translate(template())
SWITCHES = frozenset(
    name for name in references(TRANSLATED["Conditions"]) if name in TRANSLATED["Parameters"]
)
"""The parameters that decide what there is."""


@pytest.mark.parametrize("given", [frozenset(), SWITCHES], ids=["none", "all"])
def test_whichever_two_parameters_differ_from_the_rest_nothing_refers_to_what_is_not_made(
    given: frozenset[str],
) -> None:
    for two in combinations_with_replacement(SWITCHES, 2):
        switched = given.symmetric_difference(two)
        document = decide(TRANSLATED, **dict.fromkeys(switched, "given"))

        known = document["Resources"].keys() | document["Parameters"].keys()
        named = set(references([document["Resources"], document["Outputs"]]))
        missing = {name for name in named - known if not name.startswith("AWS::")}
        assert not missing, f"with {switched}"


# ── The ledger of an earlier stack ──────────────────────────────────────────────────────────────


def test_a_new_stack_goes_on_with_the_cooldown_of_the_one_that_was_removed() -> None:
    with created() as old:
        table = old.ref("Ledger")
        world = world_of(table)
        world.cloud.outcomes = [Unknown("the answer was lost")]
        recover(incident(), FakeFlow(), world)
        boto3.client("cloudformation").delete_stack(StackName=NAME)
        boto3.client("scheduler").delete_schedule(Name="verify")  # which is made apart

        new = create(ExistingTableName=table)
        variables = new.properties("RecoverFunction")["Environment"]["Variables"]
        world = world_of(variables["LASTGOOD_TABLE"])
        world.now.pass_(timedelta(minutes=5))
        again = recover(incident("incident-2"), FakeFlow(), world)
        tables = new.of_type("AWS::DynamoDB::Table")

    assert (again.state, again.code) == ("refused", "cooling-down")
    assert not tables


def test_every_role_reaches_the_ledger_that_the_stack_goes_on_with() -> None:
    with created(ExistingTableName="of-before") as stack:
        granted = [
            statement["Resource"]
            for kind in ("AWS::IAM::Role", "AWS::IAM::Policy")
            for statement in nodes(stack.of_type(kind))
            if isinstance(statement, dict) and "dynamodb:" in str(statement.get("Action"))
        ]

    assert granted
    assert set(granted) == {f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/of-before"}


def world_of(table: str) -> FakeWorld:
    world = world_at_1154()
    world.ledger = Ledger(DynamoStore(boto3.client("dynamodb"), table))
    return world
