"""Each role beside the calls its function really makes: nothing missing, nothing to spare."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from sandbox.aws.account import (
    ACCOUNT,
    BUS,
    INBOX,
    POLICY_PARAMETER,
    RECOVER_FUNCTION,
    REGION,
    TABLE,
    TOPIC,
    WEBHOOK_SECRET,
    function_arn,
)
from sandbox.stage import SECRET, VERIFY_FUNCTION
from tests.template.run import HOOK, NAMES, Call, Run
from tests.template.stack import Stack, created, decided

ROLES = {
    "alarm": "AlarmRole",
    "recover": "RecoverRole",
    "verify": "VerifyRole",
    "notify": "NotifyRole",
    "webhook": "WebhookRole",
}
HOOK_ARN = function_arn(HOOK)
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:{TOPIC}"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"

# The actions that an operation needs, where they are not the operation's own name. A transaction
# needs the action of each kind of item in it; an Invoke is called after what it does.
SPELT_OTHERWISE = {("lambda", "Invoke"): "lambda:InvokeFunction"}
IN_A_TRANSACTION = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}

BY_AWS_ITSELF = {
    "logs:CreateLogStream": "Lambda ships what the function prints",
    "logs:PutLogEvents": "Lambda ships what the function prints",
    "xray:PutTraceSegments": "Lambda sends the traces of active tracing",
    "xray:PutTelemetryRecords": "Lambda sends the traces of active tracing",
}
"""Used with the role of a function, but by no line of its code."""

DEAD_LETTERS, POLLING = {"sqs:SendMessage"}, {"sqs:ReceiveMessage", "sqs:DeleteMessage"}
ON_QUEUES: dict[str, set[str]] = {
    "alarm": DEAD_LETTERS | POLLING | {"sqs:GetQueueAttributes"},
    "recover": DEAD_LETTERS,
    "verify": DEAD_LETTERS,
    "notify": DEAD_LETTERS,
    "webhook": set(),
}
"""The same on queues: Lambda writes to the dead letters, and polls the inbox for alarm."""

RARELY = {
    "lambda:GetDurableExecutionState": "the durable SDK reads on where the state of an execution "
    "does not fit into one invocation; it does for every run that a test can wait for",
    "dynamodb:GetItem": "an execution that the first release began goes on with its code, which "
    "reads the table by this",
}
"""Used by a function, but not in this run."""

OF_COPIES = {"ledger"}
"""The partition of what tells whose a copy is: verify reads it only where that is not known."""

COPIES = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:lastgood/copies/*"
"""The passwords of copies."""


class Access(NamedTuple):
    """An action on a resource that a call needs."""

    action: str
    resource: str
    partition: str | None = None
    """Of an item of the ledger that a call reads or writes."""


class Grant(NamedTuple):
    """An action on a pattern of resources that a role allows, and under which conditions."""

    action: str
    resource: str
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each operator with the partitions that it is given (`dynamodb:LeadingKeys`)."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    parameters = {"ValidateFunctionArn": HOOK_ARN, "OperatorTopicArn": TOPIC_ARN, "Webhook": "on"}
    with created(**parameters) as stack:
        yield stack


def permissions(stack: Stack, role: str, effect: str = "Allow") -> set[Grant]:
    """All that a role allows, or denies: what stands in it, and what is attached to it."""
    documents = [p["PolicyDocument"] for p in stack.properties(role)["Policies"]]
    documents += [
        policy["PolicyDocument"]
        for policy in stack.of_type("AWS::IAM::Policy").values()
        if stack.ref(role) in policy["Roles"]
    ]
    return {
        Grant(action, resource, leading_keys(statement))
        for document in documents
        for statement in document["Statement"]
        if statement["Effect"] == effect
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def leading_keys(statement: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a statement says of partitions; that a key of KMS is for one service is tested apart."""
    return tuple(
        (operator, tuple(listed(keys["dynamodb:LeadingKeys"])))
        for operator, keys in statement.get("Condition", {}).items()
        if "dynamodb:LeadingKeys" in keys
    )


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def needed(call: Call, stack: Stack) -> set[Access]:
    """What a call needs, on the resources of the stack that those of the sandbox stand for."""
    if call.operation == "TransactWriteItems":
        assert set(call.tables) == {TABLE}
        items = zip(call.writes, call.partitions, strict=True)
        return {Access(IN_A_TRANSACTION[kind], stack.arn("Ledger"), pk) for kind, pk in items}
    own = f"{call.service}:{call.operation}"
    action = SPELT_OTHERWISE.get((call.service, call.operation), own)
    if call.operation == "SendDurableExecutionCallbackSuccess":
        return {Access(action, f"{stack.arn('RecoverFunction')}:1/durable-execution/name/id")}
    if "Durable" in call.operation:
        return {Access(action, f"{own_function(call, stack)}:1/durable-execution/name/id")}
    (name,) = (*call.about.values(), *call.buses, *call.tables)
    resource = in_the_stack(call.service, name, stack)
    return {Access(action, resource, partition) for partition in call.partitions or (None,)}


def own_function(call: Call, stack: Stack) -> str:
    (short,) = [short for short, name in NAMES.items() if name == call.function]
    return stack.arn(f"{short.title()}Function")


def in_the_stack(service: str, name: str, stack: Stack) -> str:
    """The ARN in the stack of what has this name in the sandbox."""
    here = f"{REGION}:{ACCOUNT}"
    if service == "sqs":  # named by a URL
        assert name.rpartition("/")[2] == INBOX
        return stack.arn("Inbox")  # not every stack has it
    if name.startswith("lastgood/copies/"):
        return f"arn:aws:secretsmanager:{here}:secret:{name}-AbCdEf"
    arns = {
        ("dynamodb", TABLE): stack.arn("Ledger"),
        ("events", BUS): stack.arn("Bus"),
        ("ssm", POLICY_PARAMETER): f"arn:aws:ssm:{here}:parameter{POLICY_PARAMETER}",
        **{
            ("secretsmanager", secret): f"arn:aws:secretsmanager:{here}:secret:{secret}-AbCdEf"
            for secret in (SECRET, WEBHOOK_SECRET)
        },
        ("lambda", function_arn(RECOVER_FUNCTION)): stack.live("RecoverFunction"),
        ("lambda", function_arn(VERIFY_FUNCTION)): stack.live("VerifyFunction"),
        ("lambda", HOOK_ARN): HOOK_ARN,
        ("sns", TOPIC_ARN): TOPIC_ARN,
    }
    return arns[service, name]


def accesses(run: Run, name: str, stack: Stack) -> set[Access]:
    """All that a function needed in the run."""
    calls = [call for call in run.calls if call.function == NAMES[name]]
    return {access for call in calls for access in needed(call, stack)}


def may(stack: Stack, role: str, need: Access) -> bool:
    """Whether a role lets one do something: what is denied is so whatever else allows it."""
    allowed, denied = (
        any(allows(each, need) for each in permissions(stack, role, effect))
        for effect in ("Allow", "Deny")
    )
    return allowed and not denied


def allows(given: Grant, need: Access) -> bool:
    """Whether what is said of some accesses is said of this one."""
    return (
        given.action == need.action
        and fnmatchcase(need.resource, given.resource)
        and all(holds(operator, keys, need.partition) for operator, keys in given.conditions)
    )


def holds(operator: str, keys: tuple[str, ...], partition: str | None) -> bool:
    """Whether a condition on the leading key of one item holds, as IAM evaluates it.

    IAM judges each item of a transaction as a call of its own, so there is one leading key.
    """
    assert partition is not None
    if operator == "ForAllValues:StringNotEquals":
        return partition not in keys
    assert operator == "ForAllValues:StringLike"
    return any(fnmatchcase(partition, key) for key in keys)


def again(given: Grant) -> set[str]:
    """What is done about the password of a copy that is ordered once more."""
    of_a_copy = given.resource == COPIES
    return {"secretsmanager:GetSecretValue", "secretsmanager:RestoreSecret"} if of_a_copy else set()


def not_called(name: str) -> set[str]:
    """The actions of a role that no call of its function accounts for."""
    return {*BY_AWS_ITSELF, *RARELY, *ON_QUEUES[name]}


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_every_call_that_its_function_makes(
    stack: Stack, run: Run, name: str
) -> None:
    made = accesses(run, name, stack)

    assert made
    assert {need for need in made if not may(stack, ROLES[name], need)} == set()


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_nothing_that_its_function_does_not_do(
    stack: Stack, run: Run, name: str
) -> None:
    given = permissions(stack, ROLES[name])
    made = accesses(run, name, stack)

    spare = {g for g in given if not any(allows(g, need) for need in made)}

    assert {g for g in spare if g.action not in not_called(name) | again(g)} == set()


@pytest.mark.parametrize("name", ["alarm", "verify", "notify"])
def test_every_partition_that_a_role_names_was_read_or_written(
    stack: Stack, run: Run, name: str
) -> None:
    named = {
        key
        for given in permissions(stack, ROLES[name])
        for operator, keys in given.conditions
        for key in keys
        if operator == "ForAllValues:StringLike"
    }
    used = {need.partition for need in accesses(run, name, stack) if need.partition} | OF_COPIES

    assert {key for key in named if not any(fnmatchcase(each, key) for each in used)} == set()


@pytest.mark.parametrize(
    ("name", "action", "kinds"),
    [
        ("alarm", "dynamodb:PutItem", {"fleet", "outbox", "finding"}),
        ("alarm", "dynamodb:BatchGetItem", {"fleet", "outbox", "finding"}),
        ("verify", "dynamodb:PutItem", {"fleet", "incident", "chain", "journal", "alarm"}),
        ("verify", "dynamodb:BatchGetItem", {"alarm", "journal"}),
        ("notify", "dynamodb:BatchGetItem", {"fleet", "alarm", "chain", "finding"}),
    ],
)
def test_a_role_refuses_the_partitions_that_other_functions_use(
    stack: Stack, run: Run, name: str, action: str, kinds: set[str]
) -> None:
    needs = {need for each in ROLES for need in accesses(run, each, stack) if need.partition}
    others = {
        Access(action, stack.arn("Ledger"), need.partition)
        for need in needs
        if str(need.partition).partition("#")[0] in kinds
    }

    assert {str(need.partition).partition("#")[0] for need in others} == kinds
    assert {need for need in others if may(stack, ROLES[name], need)} == set()


@pytest.mark.parametrize("name", ["alarm", "verify", "notify"])
@pytest.mark.parametrize("partition", ["fleet", "chain#fleet", "journal#fleet"])
def test_no_function_but_recover_can_lift_a_halt_or_write_that_somebody_did(
    stack: Stack, name: str, partition: str
) -> None:
    lifting = Access("dynamodb:PutItem", stack.arn("Ledger"), partition)

    assert not may(stack, ROLES[name], lifting)


@pytest.mark.parametrize("name", ROLES)
def test_what_is_said_to_be_used_by_aws_itself_or_rarely_was_not_called(
    stack: Stack, run: Run, name: str
) -> None:
    assert not {need.action for need in accesses(run, name, stack)} & not_called(name)


@pytest.mark.parametrize("name", ROLES)
def test_no_role_reaches_beyond_what_is_named_but_to_write_traces(stack: Stack, name: str) -> None:
    anywhere = {given.action for given in permissions(stack, ROLES[name]) if given.resource == "*"}

    assert anywhere == {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def test_a_secret_is_decrypted_with_the_users_key_only_through_secrets_manager() -> None:
    access = decided(SecretKeyArn=KEY_ARN)["Resources"]["CloudAccess"]["Properties"]

    statements = access["PolicyDocument"]["Statement"]
    (decrypting,) = [s for s in statements if s["Action"] == "kms:Decrypt"]

    assert decrypting["Resource"] == {"Ref": "SecretKeyArn"}
    assert decrypting["Condition"]["StringEquals"] == {
        "kms:ViaService": {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"}
    }


@pytest.mark.parametrize("name", ROLES)
def test_only_recover_keeps_secrets_and_only_the_passwords_of_copies(
    stack: Stack, name: str
) -> None:
    given = {g for g in permissions(stack, ROLES[name]) if g.action.startswith("secretsmanager:")}
    changing = {g for g in given if g.action != "secretsmanager:GetSecretValue"}

    assert {g.resource for g in changing} == ({COPIES} if name == "recover" else set())
    assert {g.action.partition(":")[2] for g in changing} == (
        {"CreateSecret", "DeleteSecret", "RestoreSecret"} if name == "recover" else set()
    )


@pytest.mark.parametrize("name", ROLES)
def test_of_the_functions_only_recover_may_read_the_password_of_a_copy(
    stack: Stack, name: str
) -> None:
    password = Access("secretsmanager:GetSecretValue", COPIES.replace("*", "lastgood-1-AbCdEf"))

    assert any(allows(g, password) for g in permissions(stack, "VerifyRole"))  # but for the denial
    assert may(stack, ROLES[name], password) == (name == "recover")


def test_with_secrets_of_its_own_for_reading_verify_may_read_no_other() -> None:
    resources = decided(ReadSecretNamePrefix="lastgood/read/")["Resources"]
    (of_recover,) = resources["RecoverRole"]["Properties"]["Policies"]
    of_both = resources["CloudAccess"]["Properties"]

    assert of_both["Roles"] == [{"Ref": "RecoverRole"}, {"Ref": "VerifyRole"}]
    assert readable(of_both) == ["${ReadSecretNamePrefix}*"]
    assert readable(of_recover) == ["${SecretNamePrefix}*"]


def readable(policy: Any) -> list[str]:
    """The ends of the ARNs of the secrets that a policy lets one read."""
    return [
        statement["Resource"]["Fn::Sub"].rpartition(":")[2]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "secretsmanager:GetSecretValue"
    ]
