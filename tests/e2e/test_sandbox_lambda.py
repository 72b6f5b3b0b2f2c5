from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from threading import enumerate as all_threads
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.account import BUS, POLICY_PARAMETER, TABLE, AwsSandbox, function_arn
from sandbox.aws.lambda_service import DurableConfig, Function, LambdaSandbox
from sandbox.aws.runtime import Code, RuntimeProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = Path(__file__).parent / "functions"
SOURCE = Code.source_tree(Path(__file__).parents[2])
PLAIN = ("echo", "fail", "die", "settings")
DURABLE = (
    "wait_for_hours",
    "die_in_the_second_step",
    "die_in_a_step_that_runs_once",
    "ask",
    "ask_nobody",
    "invoke_echo",
)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def lambdas(aws: AwsSandbox) -> Iterator[LambdaSandbox]:
    functions = {
        name: Function(
            f"tests.e2e.functions.plain.{name}",
            SOURCE,
            aws.environment(),
            on_failure=aws.add_dead_letter,
        )
        for name in PLAIN
    } | {
        name: Function(
            f"tests.e2e.functions.durable.{name}",
            SOURCE,
            aws.environment(),
            durable=DurableConfig(),
        )
        for name in DURABLE
    }
    with LambdaSandbox(functions) as sandbox:
        yield sandbox


def process(handler: str) -> RuntimeProcess:
    return RuntimeProcess(handler, Code.bundle(FUNCTIONS), {})


def start(lambdas: LambdaSandbox, function: str, name: str, payload: Any = None) -> str:
    response = lambdas.client.invoke(
        FunctionName=function_arn(function),
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps(payload),
    )
    assert response["StatusCode"] == 202
    return response["DurableExecutionArn"]


class TestRuntimeProcess:
    def test_a_real_process_answers_and_what_it_printed_is_its_log(self) -> None:
        with process("plain.echo") as echo:
            result = echo.invoke(b'{"a": 1}')

        assert not result.error
        assert result.value()["event"] == {"a": 1}
        assert result.value()["arn"] == function_arn("function")
        assert result.value()["process"] != os.getpid()
        assert result.log == "echoed {'a': 1}\n"

    def test_a_warm_process_serves_the_next_invocation(self) -> None:
        with process("plain.echo") as echo:
            first, second = echo.invoke(b"1"), echo.invoke(b"2")

        assert first.value()["process"] == second.value()["process"]
        assert second.log == "echoed 2\n"

    def test_an_exception_is_a_function_error_with_its_traceback_in_the_log(self) -> None:
        with process("plain.fail") as fail:
            result = fail.invoke(b'"it"')

        assert result.error
        assert result.value()["errorType"] == "ValueError"
        assert result.value()["errorMessage"] == "cannot do it"
        assert "ValueError: cannot do it\nTraceback" in result.log

    def test_a_process_that_died_is_a_function_error_and_is_replaced(self, tmp_path: Path) -> None:
        event = json.dumps(str(tmp_path / "died")).encode()

        with process("plain.die_once") as die_once:
            died, lived = die_once.invoke(event), die_once.invoke(event)

        assert died.error
        assert died.value()["errorType"] == "Runtime.ExitError"
        assert "SIGKILL" in died.value()["errorMessage"]
        assert not lived.error

    def test_what_was_printed_before_a_crash_is_not_lost(self) -> None:
        with process("plain.die") as die:
            result = die.invoke(b"{}")

        assert result.log == "about to die\n"

    def test_a_kill_in_the_middle_of_an_invocation_fails_it(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)

        with process("plain.hang") as hang, ThreadPoolExecutor() as pool:
            invocation = pool.submit(hang.invoke, json.dumps(str(pipe)).encode())
            with pipe.open():
                hang.kill()
            result = invocation.result()

        assert result.value()["errorType"] == "Runtime.ExitError"

    def test_a_handler_that_takes_too_long_is_killed(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)

        with process("plain.hang") as hang:
            result = hang.invoke(json.dumps(str(pipe)).encode(), timeout=0.1)

        assert result.value()["errorType"] == "Sandbox.Timedout"

    def test_a_handler_that_does_not_import_is_a_function_error_each_time(self) -> None:
        with process("missing.handler") as missing:
            results = [missing.invoke(b"{}"), missing.invoke(b"{}")]

        assert [result.value()["errorType"] for result in results] == [
            "Runtime.ImportModuleError",
            "Runtime.ImportModuleError",
        ]

    def test_a_bundle_sees_its_own_modules_and_the_runtime_but_nothing_installed(
        self, tmp_path: Path
    ) -> None:
        shutil.copy(FUNCTIONS / "plain.py", tmp_path)
        (tmp_path / "vendored.py").touch()
        asked = ["vendored", "awslambdaric", "boto3", "lastgood", "pytest"]

        with RuntimeProcess("plain.imports", Code.bundle(tmp_path), {}) as imports:
            found = imports.invoke(json.dumps(asked).encode()).value()

        assert [name for name in asked if found[name]] == ["vendored", "awslambdaric"]

    def test_a_process_has_only_the_settings_of_lambda_and_those_given(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "somebody")
        asked = ["AWS_PROFILE", "HOME", "GIVEN", "AWS_LAMBDA_FUNCTION_NAME"]

        with RuntimeProcess(
            "plain.settings", Code.bundle(FUNCTIONS), {"GIVEN": "yes"}, name="it"
        ) as settings:
            found = settings.invoke(json.dumps(asked).encode()).value()

        assert found == {
            "AWS_PROFILE": None,
            "HOME": None,
            "GIVEN": "yes",
            "AWS_LAMBDA_FUNCTION_NAME": "it",
        }


class TestPlainFunctions:
    def test_boto3_invokes_a_function_by_name_alias_or_arn(self, lambdas: LambdaSandbox) -> None:
        names = ["echo", "echo:live", function_arn("echo"), "123456789012:function:echo"]

        answers = [
            json.load(lambdas.client.invoke(FunctionName=name, Payload=b"1")["Payload"])
            for name in names
        ]

        assert [answer["event"] for answer in answers] == [1, 1, 1, 1]
        assert answers[1]["arn"] == function_arn("echo", "live")

    def test_a_failure_is_marked_as_a_function_error(self, lambdas: LambdaSandbox) -> None:
        response = lambdas.client.invoke(FunctionName="fail", Payload=b"1")

        assert response["FunctionError"] == "Unhandled"
        assert json.load(response["Payload"])["errorType"] == "ValueError"

    def test_functions_reach_both_endpoints_through_their_settings(
        self, lambdas: LambdaSandbox, aws: AwsSandbox
    ) -> None:
        asked = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"]

        response = lambdas.client.invoke(FunctionName="settings", Payload=json.dumps(asked))

        assert json.load(response["Payload"]) == dict(
            zip(asked, [aws.url, lambdas.url], strict=True)
        )

    def test_an_event_that_keeps_failing_becomes_a_dead_letter_after_three_attempts(
        self, lambdas: LambdaSandbox, aws: AwsSandbox
    ) -> None:
        response = lambdas.client.invoke(
            FunctionName="die", InvocationType="Event", Payload=b'{"alarm": 1}'
        )
        lambdas.settle()

        assert response["StatusCode"] == 202
        assert len(lambdas.invocations("die")) == 3
        assert aws.dead_letters() == ['{"alarm": 1}']

    def test_each_of_several_concurrent_events_gets_its_own_result(
        self, lambdas: LambdaSandbox
    ) -> None:
        sent = [lambdas.send("echo", json.dumps(number).encode()) for number in range(12)]

        assert [answer.result().value()["event"] for answer in sent] == list(range(12))

    def test_an_event_that_kept_failing_has_the_result_of_its_last_attempt(
        self, lambdas: LambdaSandbox
    ) -> None:
        result = lambdas.send("fail", b'"it"').result()

        assert result.value()["errorMessage"] == "cannot do it"
        assert result.log == lambdas.invocations("fail")[-1].result.log

    def test_an_unknown_function_is_not_found(self, lambdas: LambdaSandbox) -> None:
        with pytest.raises(lambdas.client.exceptions.ResourceNotFoundException):
            lambdas.client.invoke(FunctionName="nobody")

    def test_the_configuration_of_a_function_tells_its_settings_and_how_long_it_may_take(
        self, aws: AwsSandbox, lambdas: LambdaSandbox
    ) -> None:
        plain = lambdas.client.get_function_configuration(FunctionName=function_arn("echo"))
        durable = lambdas.client.get_function_configuration(FunctionName="ask")

        assert plain["Environment"]["Variables"] == aws.environment()
        assert plain["FunctionArn"] == function_arn("echo")
        assert "DurableConfig" not in plain
        assert durable["DurableConfig"]["ExecutionTimeout"] == 86_400

    @pytest.mark.parametrize("name", [function_arn("nobody"), function_arn("echo", "2")])
    def test_a_function_or_version_that_is_not_there_has_no_configuration(
        self, lambdas: LambdaSandbox, name: str
    ) -> None:
        with pytest.raises(ClientError, match="Function not found"):
            lambdas.client.get_function_configuration(FunctionName=name)

    def test_a_payload_that_is_not_json_is_rejected(self, lambdas: LambdaSandbox) -> None:
        with pytest.raises(lambdas.client.exceptions.InvalidRequestContentException):
            lambdas.client.invoke(FunctionName="echo", Payload=b"{")


class TestDurableFunctions:
    def test_waits_of_hours_pass_at_once(self, lambdas: LambdaSandbox) -> None:
        arn = start(lambdas, "wait_for_hours", "waits", {"x": 1})
        ended = lambdas.wait_for("waits")

        assert (ended.status, ended.value()) == ("SUCCEEDED", ["before", "after", {"x": 1}])
        assert arn in [execution.arn for execution in lambdas.executions("wait_for_hours")]
        assert "WaitSucceeded" in [event["EventType"] for event in lambdas.history("waits")]

    def test_the_same_name_and_payload_is_the_same_execution(self, lambdas: LambdaSandbox) -> None:
        first, second = (start(lambdas, "ask_nobody", "same", {"x": 1}) for _ in range(2))
        lambdas.wait_for("same")

        named = [e for e in lambdas.executions("ask_nobody") if e.name == "same"]
        assert first == second
        assert [execution.arn for execution in named] == [first]

    def test_many_concurrent_starts_create_one_execution(self, lambdas: LambdaSandbox) -> None:
        with ThreadPoolExecutor(8) as pool:
            arns = list(pool.map(lambda _: start(lambdas, "ask_nobody", "crowd"), range(8)))
        lambdas.wait_for("crowd")

        named = [e for e in lambdas.executions("ask_nobody") if e.name == "crowd"]
        assert set(arns) == {execution.arn for execution in named}
        assert len(named) == 1

    def test_the_same_name_with_another_payload_is_rejected(self, lambdas: LambdaSandbox) -> None:
        start(lambdas, "ask_nobody", "other", {"x": 1})

        with pytest.raises(lambdas.client.exceptions.DurableExecutionAlreadyStartedException):
            start(lambdas, "ask_nobody", "other", {"x": 2})
        assert lambdas.wait_for("other").status == "SUCCEEDED"

    def test_a_name_whose_retention_ended_starts_a_second_execution(
        self, lambdas: LambdaSandbox
    ) -> None:
        first = start(lambdas, "ask_nobody", "retained")
        lambdas.wait_for("retained")
        lambdas.forget("retained")
        second = start(lambdas, "ask_nobody", "retained")

        assert lambdas.wait_for("retained").status == "SUCCEEDED"
        assert first != second

    def test_a_durable_function_needs_a_qualified_name(self, lambdas: LambdaSandbox) -> None:
        with pytest.raises(
            lambdas.client.exceptions.InvalidParameterValueException, match="unqualified"
        ):
            lambdas.client.invoke(FunctionName="ask_nobody", InvocationType="Event")

    def test_an_execution_name_with_an_invalid_character_is_rejected(
        self, lambdas: LambdaSandbox
    ) -> None:
        with pytest.raises(
            lambdas.client.exceptions.InvalidParameterValueException, match="execution name"
        ):
            start(lambdas, "ask_nobody", "a/b")

    def test_a_synchronous_invocation_returns_the_result(self, lambdas: LambdaSandbox) -> None:
        response = lambdas.client.invoke(FunctionName="ask_nobody:live")

        assert json.load(response["Payload"]) == "alone"
        assert response["DurableExecutionArn"]

    def test_after_a_crash_finished_steps_do_not_run_again(
        self, lambdas: LambdaSandbox, tmp_path: Path
    ) -> None:
        start(lambdas, "die_in_the_second_step", "crash", str(tmp_path / "died"))
        ended = lambdas.wait_for("crash")

        assert (ended.status, ended.value()) == ("SUCCEEDED", "done")
        assert lambdas.log("die_in_the_second_step").splitlines() == [
            "ran first",
            "ran second",
            "ran second",
        ]

    def test_a_step_that_may_run_once_is_an_error_after_a_crash_and_does_not_run_again(
        self, lambdas: LambdaSandbox
    ) -> None:
        start(lambdas, "die_in_a_step_that_runs_once", "once")
        ended = lambdas.wait_for("once")

        assert ended.value().endswith("StepInterruptedError")
        assert lambdas.log("die_in_a_step_that_runs_once").splitlines() == ["ran fire"]
        assert [i.result.error for i in lambdas.invocations("die_in_a_step_that_runs_once")] == [
            True,
            False,
        ]

    def test_a_callback_sent_by_boto3_resumes_the_execution(self, lambdas: LambdaSandbox) -> None:
        start(lambdas, "ask", "asked")
        callback = lambdas.wait_for_callback("asked")
        lambdas.client.send_durable_execution_callback_success(CallbackId=callback, Result=b"yes")

        assert lambdas.wait_for("asked").value() == "yes"

    def test_waiting_for_a_callback_of_an_execution_that_ended_fails(
        self, lambdas: LambdaSandbox
    ) -> None:
        start(lambdas, "ask_nobody", "ended")

        with pytest.raises(LookupError, match="ended"):
            lambdas.wait_for_callback("ended")

    def test_a_durable_function_invokes_a_plain_one(self, lambdas: LambdaSandbox) -> None:
        start(lambdas, "invoke_echo", "invokes", {"x": 1})

        assert lambdas.wait_for("invokes").value()["event"] == {"x": 1}

    def test_errors_of_the_durable_api_have_their_names(self, lambdas: LambdaSandbox) -> None:
        with pytest.raises(lambdas.client.exceptions.ResourceNotFoundException):
            lambdas.client.get_durable_execution(DurableExecutionArn="nobody/nothing")

    def test_executions_are_listed_by_arn_as_well(self, lambdas: LambdaSandbox) -> None:
        start(lambdas, "ask_nobody", "listed")
        lambdas.wait_for("listed")

        listed = lambdas.client.list_durable_executions_by_function(
            FunctionName=function_arn("ask_nobody")
        )

        assert "listed" in [e["DurableExecutionName"] for e in listed["DurableExecutions"]]

    def test_closing_in_the_middle_leaves_no_thread_and_no_process(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        before = set(all_threads())
        functions = {
            "hang": Function("plain.hang", Code.bundle(FUNCTIONS)),
            "ask": Function("tests.e2e.functions.durable.ask", SOURCE, durable=DurableConfig()),
        }

        with LambdaSandbox(functions) as sandbox:
            start(sandbox, "ask", "left-open")
            sandbox.client.invoke(
                FunctionName="hang", InvocationType="Event", Payload=json.dumps(str(pipe))
            )
            reader = pipe.open()
            sandbox.wait_for_callback("left-open")

        with reader:
            assert reader.read() == ""  # the writer is gone
        assert _still_running(set(all_threads()) - before) == []


def _still_running(threads: set[Thread]) -> list[Thread]:
    # The runner does not wait for its own threads; they end by themselves, so give them the time.
    for thread in threads:
        thread.join(timeout=10)
    return [thread for thread in threads if thread.is_alive()]


class TestAws:
    def test_published_events_are_read_back(self, aws: AwsSandbox) -> None:
        entry = {"Source": "lastgood", "DetailType": "Recovery Started", "EventBusName": BUS}
        aws.client("events").put_events(Entries=[entry | {"Detail": '{"version": 1}'}])

        event = aws.events()[-1]

        assert (event["source"], event["detail-type"]) == ("lastgood", "Recovery Started")
        assert event["detail"] == {"version": 1}

    def test_a_secret_and_a_parameter_take_new_values(self, aws: AwsSandbox) -> None:
        for value in ("old", "new"):
            aws.put_secret("lastgood/prod", value)
            aws.put_parameter(POLICY_PARAMETER, value)

        secret = aws.client("secretsmanager").get_secret_value(SecretId="lastgood/prod")
        parameter = aws.client("ssm").get_parameter(Name=POLICY_PARAMETER)
        assert secret["SecretString"] == "new"
        assert parameter["Parameter"]["Value"] == "new"

    @pytest.mark.usefixtures("eager_threads")
    def test_one_of_several_concurrent_conditional_writes_succeeds(self, aws: AwsSandbox) -> None:
        table = aws.client("dynamodb")

        def claim(number: int) -> bool:
            try:
                table.put_item(
                    TableName=TABLE,
                    Item={"pk": {"S": "claim"}, "sk": {"S": str(number // 8)}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
            except table.exceptions.ConditionalCheckFailedException:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            claims = list(pool.map(claim, range(160)))

        assert claims.count(True) == 20

    @pytest.mark.usefixtures("eager_threads")
    def test_a_cancelled_transaction_keeps_the_writes_of_others(self, aws: AwsSandbox) -> None:
        table = aws.client("dynamodb")
        taken = {"pk": {"S": "taken"}, "sk": {"S": "0"}}
        table.put_item(TableName=TABLE, Item=taken)

        def write(number: int) -> None:
            table.put_item(TableName=TABLE, Item={"pk": {"S": "kept"}, "sk": {"S": str(number)}})

        def fail(_: int) -> None:
            condition = {"ConditionExpression": "attribute_not_exists(pk)"}
            put = {"Put": {"TableName": TABLE, "Item": taken} | condition}
            with pytest.raises(table.exceptions.TransactionCanceledException):
                table.transact_write_items(TransactItems=[put])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: (write, fail)[n % 2](n), range(120)))

        kept = table.query(
            TableName=TABLE,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "kept"}},
        )
        assert kept["Count"] == 60

    def test_this_process_has_the_sandboxs_account_only_while_it_is_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")

        with LambdaSandbox({}):
            inside = boto3.Session().get_credentials()

        assert inside is not None
        assert inside.access_key == "sandbox"
        assert os.environ["AWS_PROFILE"] == "no-such-profile"
        assert os.environ["AWS_ACCESS_KEY_ID"] == "theirs"

    def test_an_account_starts_empty(self, aws: AwsSandbox) -> None:
        with pytest.raises(ClientError, match="ResourceNotFound"):
            aws.client("secretsmanager").get_secret_value(SecretId="lastgood/absent")
