"""A second opinion on the template: MiniStack makes its stack, and its IAM judges the roles.

It makes it with what a user may ask for besides: a key of one's own, a VPC and a proxy, alarms of
other accounts, a URL for senders, and what an earlier stack has left.

`python -m tests.template.second_opinion UV`, with the path of uv. MiniStack reads AWS's documents
otherwise than moto does, and knows every kind of resource that the stack has. It runs isolated and
pinned, on the loopback alone, in a folder of its own, and ends with this.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from botocore.exceptions import ClientError

from lastgood.aws.dynamodb import DynamoStore
from lastgood.ledger import records
from lastgood.ports import Record
from sandbox.aws.account import ACCOUNT, REGION, sandbox_account
from sandbox.stage import SECRET
from tests.template.stack import CODE, NAME, conditions, template, translate
from tests.template.test_network import PROXY
from tests.template.test_other_accounts import ACCOUNTS, ORGANIZATION

MINISTACK = "ministack==1.5.33"
LOOPBACK = "127.0.0.1"
PATIENCE = 60.0
TOPIC = {"OperatorTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:operators"}
BUS_POLICY = "AWS::Events::EventBusPolicy"
"""The one kind that its CloudFormation does not know; moto has the policy (test_stack.py)."""
ROLES = ("AlarmRole", "RecoverRole", "VerifyRole")
OTHER_SECRET = "of/somebody-else"

Client = Callable[[str], Any]


@contextmanager
def ministack(uv: str) -> Iterator[str]:
    """The URL of a MiniStack that judges every call by IAM.

    Raises RuntimeError when it does not come up.
    """
    with tempfile.TemporaryDirectory() as scratch:
        with socket.create_server((LOOPBACK, 0)) as free:
            port = free.getsockname()[1]
        settings = {name: of for name, of in os.environ.items() if not name.startswith("AWS_")}
        settings |= dict.fromkeys(("TMPDIR", "STATE_DIR", "S3_DATA_DIR"), scratch)
        settings |= {
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,  # unless told it binds to every address of the machine
            "DOCKER_HOST": f"unix://{scratch}/none",
            "GATEWAY_PORT": str(port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
        }
        log = Path(scratch, "log")
        with log.open("w", encoding="utf-8") as written:
            process = subprocess.Popen(  # noqa: S603 - pinned, and no shell
                [Path(uv).resolve(), "tool", "run", "--quiet", "--from", MINISTACK, "ministack"],
                cwd=scratch,
                env=settings,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )
        try:
            url = f"http://{LOOPBACK}:{port}"
            if not _comes_up(url, process):
                raise RuntimeError(f"{MINISTACK} did not come up: {log.read_text()[-2000:]}")
            yield url
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _comes_up(url: str, process: subprocess.Popen[bytes]) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with suppress(URLError, ConnectionError), urlopen(f"{url}/_ministack/health"):  # noqa: S310 - our own
            return True
        time.sleep(0.1)
    return False


def create(client: Client, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create the stack; the name of each resource that was made, by its logical id.

    Raises RuntimeError when it is not complete.
    """
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as bundle:
        bundle.writestr("handlers/alarm.py", "def handler(event, context): ...\n")
    where = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket=CODE, CreateBucketConfiguration=where)
    client("s3").put_object(Bucket=CODE, Key="bundle.zip", Body=code.getvalue())
    # From S3, as `sam deploy` does: CloudFormation takes at most 51,200 bytes with the call itself.
    document = translate(template(), **parameters)
    holding = conditions(document, **parameters)
    resources = {
        name: resource
        for name, resource in document["Resources"].items()
        if holding.get(resource.get("Condition"), True)  # a kind that it does not know is refused
    }
    known = {name: each for name, each in resources.items() if each["Type"] != BUS_POLICY}
    body = json.dumps(document | {"Resources": known})
    client("s3").put_object(Bucket=CODE, Key="template.json", Body=body)
    given = [{"ParameterKey": name, "ParameterValue": of} for name, of in parameters.items()]
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=NAME,
        TemplateURL=f"{client('s3').meta.endpoint_url}/{CODE}/template.json",
        Parameters=given,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    made = cloudformation.describe_stack_resources(StackName=NAME)["StackResources"]
    names = {
        one["LogicalResourceId"]: str(one["PhysicalResourceId"])
        for one in made
        if one["ResourceStatus"] == "CREATE_COMPLETE"
    }
    if missing := [name for name in known if name not in names]:
        raise RuntimeError(f"not made: {', '.join(missing)}")
    return names


# What a user may ask for besides, as parameters, after what must be there for them


def usual(client: Client) -> dict[str, str]:
    """Nothing but to be told."""
    del client
    return {}


def key(client: Client) -> dict[str, str]:
    """A key of one's own for everything."""
    arn = client("kms").create_key()["KeyMetadata"]["Arn"]
    return dict.fromkeys(("KeyArn", "PolicyKeyArn", "SecretKeyArn", "OperatorTopicKeyArn"), arn)


def network(client: Client) -> dict[str, str]:
    """A VPC and a proxy."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    blocks = ("10.0.0.0/24", "10.0.1.0/24")
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=b)["Subnet"]["SubnetId"] for b in blocks]
    group = ec2.create_security_group(GroupName="f", Description="f", VpcId=vpc)["GroupId"]
    return {"SubnetIds": ",".join(subnets), "SecurityGroupIds": group, **PROXY}


def accounts(client: Client) -> dict[str, str]:
    """Alarms of other accounts."""
    del client
    return ACCOUNTS


def organisation(client: Client) -> dict[str, str]:
    """Alarms of an organisation."""
    del client
    return ORGANIZATION


def webhook(client: Client) -> dict[str, str]:
    """A URL for senders outside AWS."""
    del client
    return {"Webhook": "on", "HeartbeatMinutes": "60", "WebhookAlarmConcurrency": "2"}


def left(client: Client) -> dict[str, str]:
    """The ledger of an earlier stack, and a bus that is there."""
    client("events").create_event_bus(Name="theirs")
    return {"ExistingTableName": "of-before", "ExistingBusName": "theirs"}


SCENES = (usual, key, network, accounts, organisation, webhook, left)


def judge(role: str, names: dict[str, str], client: Client) -> list[str]:
    """What IAM says otherwise than it should of calls with a role, whose client this is."""
    table, dynamodb, secrets = names["Ledger"], client("dynamodb"), client("secretsmanager")
    own = records.finding("one") if role == "VerifyRole" else records.opened(f"one-of-{role}")
    key = {"pk": {"S": own.partition}, "sk": {"S": own.sort}}
    store, recover = DynamoStore(dynamodb, table), names["RecoverFunction"]
    calls: dict[str, tuple[bool, Callable[[], object]]] = {
        "reads the ledger": (True, lambda: store.read([own])),
        "writes into the ledger": (True, lambda: store.commit([Record(own, 0, b"{}")])),
        "deletes from the ledger": (
            False,
            lambda: dynamodb.delete_item(TableName=table, Key=key),
        ),
        "scans the ledger": (False, lambda: dynamodb.scan(TableName=table)),
        "reads the credentials": (
            role != "AlarmRole",
            lambda: secrets.get_secret_value(SecretId=SECRET),
        ),
        "reads another secret": (False, lambda: secrets.get_secret_value(SecretId=OTHER_SECRET)),
        "deletes a function": (
            False,
            lambda: client("lambda").delete_function(FunctionName=recover),
        ),
    }
    return [
        f"{role} {what}: {'refused' if expected else 'allowed'}"
        for what, (expected, call) in calls.items()
        if _is_allowed(call) != expected
    ]


def _is_allowed(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] not in {"AccessDenied", "AccessDeniedException"}
    return True


def opinion(url: str, scene: Callable[[Client], dict[str, str]]) -> tuple[int, list[str]]:
    """How many resources were made, and what is wrong."""
    with sandbox_account() as session:
        client = partial[Any](session.client, endpoint_url=url)
        own = partial(client, aws_access_key_id="test", aws_secret_access_key="test")
        for name in (SECRET, OTHER_SECRET):
            own("secretsmanager").create_secret(Name=name, SecretString="{}")
        names = create(own, TOPIC | scene(own))
        faults = []
        for role in ROLES if scene is usual else ():
            arn = f"arn:aws:iam::{ACCOUNT}:role/{names[role]}"
            given = own("sts").assume_role(RoleArn=arn, RoleSessionName="opinion")["Credentials"]
            as_role = partial(
                client,
                aws_access_key_id=given["AccessKeyId"],
                aws_secret_access_key=given["SecretAccessKey"],
                aws_session_token=given["SessionToken"],
            )
            faults += judge(role, names, as_role)
    return len(names), faults


def main() -> int:
    """Create, judge, and say what is wrong."""
    wrong = []
    for scene in SCENES:
        with ministack(sys.argv[1]) as url:
            made, faults = opinion(url, scene)
        sys.stdout.write(f"{scene.__name__}: {made} resources made\n")
        wrong += faults
    sys.stdout.write(f"{len(wrong)} calls judged otherwise\n")
    for fault in wrong:
        sys.stderr.write(f"error: {fault}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
