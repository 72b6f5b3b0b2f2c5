from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.account import AwsSandbox
from tests.support.builders import EXAMPLE
from tools.bundles.calls import calls_of, exceptions_of
from tools.bundles.contents import BUNDLES, NEVER_READ, Bundle
from tools.bundles.imports import Imports, trace_imports
from tools.bundles.inventory import LICENCES, SBOM
from tools.bundles.lock import locked, needed_by, needs

if TYPE_CHECKING:
    from collections.abc import Iterator

AWS = {
    "botocore",
    "jmespath",
    "python-dateutil",
    "six",
    "urllib3",
}
EVERYWHERE = AWS | {"aws-lambda-powertools", "msgspec", "stamina", "tenacity", "typing-extensions"}
HTTP = {"attrs", "certifi", "h11", "httpcore", "httpx", "idna"}
ENGINE = {"aws-durable-execution-sdk-python", "boto3", "s3transfer"}
HELD = {
    "alarm": EVERYWHERE,
    "notify": EVERYWHERE,
    "policy": {"msgspec"},
    "recover": EVERYWHERE | HTTP | ENGINE,
    "verify": EVERYWHERE | HTTP | ENGINE,
    "webhook": EVERYWHERE - {"stamina", "tenacity"},
}

# Imports all modules of ours that a bundle holds, and what else is named; makes a client of each
# kind that those make; prints what came along.
IMPORT_OURS = """
import importlib.util, json, pathlib, sys

if importlib.util.find_spec("httpx"):
    importlib.import_module("httpx").Client().close()
for imported_later in sys.argv[2:]:
    importlib.import_module(imported_later)

root = pathlib.Path(sys.argv[1])
if importlib.util.find_spec("botocore"):
    known = next(path.name for path in (root / "botocore" / "data").iterdir() if path.is_dir())
    session = importlib.import_module("botocore.session").get_session()
    session.create_client(known, "eu-west-1")
for package in ("handlers", "lastgood", "huawei_pitr", "huawei_rds"):
    for path in sorted(root.glob(package + "/**/*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        importlib.import_module(name.removesuffix(".__init__"))
print(json.dumps(sorted(sys.modules)))
"""

# One call of each service, whose answer or refusal only a complete description lets it read.
CALL_OPERATIONS = """
import json, sys

ARGUMENTS = {
    "BatchGetItem": {"RequestItems": {"none": {"Keys": [{"pk": {"S": "-"}}]}}},
    "CheckpointDurableExecution": {"DurableExecutionArn": "none", "CheckpointToken": "-"},
    "CreateSecret": {"Name": "none", "SecretString": "-"},
    "DeleteSecret": {"SecretId": "none"},
    "RestoreSecret": {"SecretId": "none"},
    "GetDurableExecutionState": {"DurableExecutionArn": "none", "CheckpointToken": "-"},
    "ListDurableExecutionsByFunction": {"FunctionName": "none"},
    "GetLatestConfiguration": {"ConfigurationToken": "none"},
    "GetObject": {"Bucket": "none", "Key": "none"},
    "GetParameter": {"Name": "none"},
    "ListObjectVersions": {"Bucket": "none"},
    "Publish": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:none", "Message": "-"},
    "GetSecretValue": {"SecretId": "none"},
    "Invoke": {"FunctionName": "none", "Payload": b"{}"},
    "SendMessage": {"QueueUrl": "http://127.0.0.1/1/none", "MessageBody": "-"},
    "PutEvents": {"Entries": [{"Source": "-", "DetailType": "-", "Detail": "{}"}]},
    "Query": {
        "TableName": "none",
        "KeyConditionExpression": "pk = :partition",
        "ExpressionAttributeValues": {":partition": {"S": "-"}},
    },
    "SendDurableExecutionCallbackSuccess": {"CallbackId": "bm9uZQ==", "Result": b"{}"},
    "StartConfigurationSession": {
        "ApplicationIdentifier": "none",
        "EnvironmentIdentifier": "none",
        "ConfigurationProfileIdentifier": "none",
    },
    "TransactWriteItems": {
        "TransactItems": [{"Put": {"TableName": "none", "Item": {"pk": {"S": "-"}}}}]
    },
}
answers = {}
for call in sys.argv[1:]:
    import botocore.session
    from botocore import xform_name
    from botocore.exceptions import ClientError

    session = botocore.session.get_session()
    service, operation = call.split(":")
    client = session.create_client(service)
    try:
        getattr(client, xform_name(operation))(**ARGUMENTS[operation])
        answers[call] = "answered"
    except ClientError as error:
        answers[call] = error.response["Error"]["Code"]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as aws:
        yield aws


def imports(name: str) -> Imports:
    return trace_imports(f"handlers.{name}", BUNDLES[name].unreached)


def calls(name: str) -> dict[str, tuple[str, ...]]:
    return calls_of(imports(name))


def test_the_calls_of_an_adapter_and_of_the_engine_are_read_from_their_code() -> None:
    assert calls("verify")["lambda"] == (
        *("CheckpointDurableExecution", "GetDurableExecutionState", "Invoke"),
        *("ListDurableExecutionsByFunction", "SendDurableExecutionCallbackSuccess"),
    )
    assert "CheckpointDurableExecution" not in calls("alarm")["lambda"]
    assert "secretsmanager" not in calls("alarm")
    assert calls("verify")["secretsmanager"] == ("GetSecretValue",)


def run(script: str, bundle: Path, *arguments: str, **environment: str) -> Any:
    """Run a script that sees the standard library, the bundle and nothing else."""
    command = [sys.executable, "-S", "-c", script, *arguments]
    ran = subprocess.run(  # noqa: S603 -- our own interpreter and script
        command,
        env={"PYTHONPATH": str(bundle), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("name", BUNDLES)
class TestABundle:
    def test_holds_these_distributions_and_no_other(self, name: str, bundles: Path) -> None:
        document = json.loads((bundles / name / SBOM).read_text(encoding="utf-8"))

        assert {component["name"] for component in document["components"]} == HELD[name]

    def test_says_from_which_file_of_the_lock_each_of_them_was_installed(
        self, name: str, bundles: Path
    ) -> None:
        document = json.loads((bundles / name / SBOM).read_text(encoding="utf-8"))

        for component in document["components"]:
            (reference,) = component["externalReferences"]
            (told,) = component["hashes"]
            wheels = locked()[component["name"]]["wheels"]
            files = {(wheel["url"], wheel["hash"]) for wheel in wheels}
            assert (reference["url"], f"sha256:{told['content']}") in files

    def test_imports_all_of_ours_with_nothing_else_on_the_path(
        self, name: str, bundles: Path
    ) -> None:
        imported = run(IMPORT_OURS, bundles / name, str(bundles / name))

        assert f"handlers.{name}" in imported
        assert not [other for other in BUNDLES if other != name and f"handlers.{other}" in imported]

    def test_imports_something_of_every_distribution_in_it(self, name: str, bundles: Path) -> None:
        packages = {path.stem for path in (bundles / name).iterdir()}
        later = trace_imports(f"handlers.{name}", BUNDLES[name].unreached).others

        imported = run(IMPORT_OURS, bundles / name, str(bundles / name), *later)

        used = {module.partition(".")[0] for module in imported}
        assert packages - {Path(SBOM).stem, Path(LICENCES).stem, "__pycache__"} <= used

    def test_knows_each_service_that_it_calls(
        self, name: str, bundles: Path, aws: AwsSandbox
    ) -> None:
        made = [f"{service}:{each}" for service, all_ in calls(name).items() for each in all_]

        answers = run(CALL_OPERATIONS, bundles / name, *made, **aws.environment())

        assert answers.keys() == set(made)

    def test_knows_every_error_that_it_catches_by_name(self, name: str, bundles: Path) -> None:
        described = {
            shape
            for model in (bundles / name / "botocore" / "data").glob("*/*/service-2.json")
            for shape in json.loads(model.read_text("utf-8"))["shapes"]
        }

        caught = exceptions_of(imports(name))

        assert caught or name in {"policy", "webhook"}
        assert caught <= described

    def test_knows_no_other_service(self, name: str, bundles: Path) -> None:
        described = {path.name for path in (bundles / name).glob("botocore/data/*/")}

        assert described == set(calls(name))

    @pytest.mark.parametrize("pattern", sorted(set(NEVER_READ) - {"**/__pycache__"}))
    def test_leaves_out_what_nobody_reads(self, name: str, pattern: str, bundles: Path) -> None:
        assert not list((bundles / name).resolve().glob(pattern))

    def test_hands_on_the_licence_of_everything_in_it(self, name: str, bundles: Path) -> None:
        told = (bundles / name / LICENCES).read_text(encoding="utf-8")

        assert told.count("Apache License") >= 1
        for held in HELD[name]:
            assert f"\n{held} {locked()[held]['version']}: " in told


VALIDATE = """
import base64, json, sys

from handlers.policy import handler
from lastgood.domain.errors import PolicyError

def told(text):
    try:
        handler({"content": base64.b64encode(text.encode()).decode()}, None)
    except PolicyError as error:
        return error.message

print(json.dumps([told(text) for text in sys.argv[1:]]))
"""


def test_the_policy_function_says_what_is_wrong_and_holds_nothing_else(bundles: Path) -> None:
    bad = EXAMPLE.replace("version = 1", "version = 2")

    good, refused = run(VALIDATE, bundles / "policy", EXAMPLE, bad)

    assert good is None
    assert refused.startswith("line 2: policy, version: found 2")
    assert not (bundles / "policy" / "botocore").exists()
    assert not (bundles / "policy" / "lastgood" / "workflows").exists()


def test_the_alarm_function_pays_for_neither_http_client_nor_engine(bundles: Path) -> None:
    held = {path.name for path in (bundles / "alarm").iterdir()}

    clients = {"httpx", "httpcore", "huawei_pitr", "huawei_rds"}
    assert not held & {*clients, "aws_durable_execution_sdk_python"}
    assert not (bundles / "alarm" / "lastgood" / "huawei").exists()


@pytest.mark.parametrize("bundle", BUNDLES.values(), ids=BUNDLES)
def test_what_is_said_to_be_unused_is_still_asked_for_by_somebody(bundle: Bundle) -> None:
    """Otherwise its line in `contents.py` is out of date."""
    others = trace_imports(bundle.handler, bundle.unreached).others

    needed = needed_by(others, bundle.unused)

    assert {need for name in needed for need in needs(name)} >= set(bundle.unused)


def test_where_async_extras_are_left_out_nothing_of_ours_runs_an_event_loop() -> None:
    without = [bundle for bundle in BUNDLES.values() if "anyio" in bundle.unused]
    modules = {item for bundle in without for item in trace_imports(bundle.handler).ours.items()}

    loops = {name for name, path in modules if "asyncio.run(" in path.read_text(encoding="utf-8")}

    assert [bundle.name for bundle in without] == ["recover", "verify"]
    assert not loops


@pytest.mark.parametrize("bundle", [bundle for bundle in BUNDLES.values() if bundle.unreached])
def test_what_is_said_to_be_unreached_is_imported_by_the_wiring_and_by_nobody_else(
    bundle: Bundle,
) -> None:
    """Anybody else would do so without being asked for it."""
    assert trace_imports(bundle.handler, bundle.unreached).cut_in == {"lastgood.wiring"}
