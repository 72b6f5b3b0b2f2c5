from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import stamina

from lastgood.cli import main
from lastgood.wiring import Wiring
from sandbox.huawei.cloud import HuaweiSandbox
from tests.support.builders import RDS, REDIS
from tests.support.command_line import TOKEN, CommandLine, policy_for

RUN = "import sys; from lastgood.cli import main; sys.exit(main())"
SECRET = "canary-of-a-secret"


@pytest.fixture
def lastgood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """A command line whose cloud is dead."""
    return CommandLine(tmp_path, monkeypatch, capsys)


def raising(error: BaseException) -> Callable[[Wiring], None]:
    def now(_: Wiring) -> None:
        raise error

    return now


# Usage


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["windwos"], "no such command 'windwos'. Did you mean 'windows'?", "lastgood --help"),
        (["windows"], "missing argument 'INSTANCE'", "lastgood windows --help"),
        (["windows", "a", "b"], "got unexpected extra argument(s) (b)", "lastgood windows --help"),
        (["verify", "--jsn"], "no such option: --jsn", "lastgood verify --help"),
        (["plan", "--event"], "option '--event' requires an argument", "lastgood --help"),
    ],
)
def test_a_usage_error_reads_like_every_other_error(
    lastgood: CommandLine, arguments: list[str], message: str, hint: str
) -> None:
    ran = lastgood.run(*arguments)

    assert ran.code == 2
    assert ran.error.startswith(message)
    assert ran.err.splitlines()[1] == f"Try: {hint}"


def test_a_usage_error_is_json_for_those_who_asked_for_json(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "--json")

    assert ran.code == 2
    assert ran.json == {
        "error": {
            "code": "usage",
            "message": "missing argument 'INSTANCE'",
            "hint": "lastgood windows --help",
        }
    }
    assert ran.err == ""


def test_without_arguments_the_help_is_the_answer(lastgood: CommandLine) -> None:
    ran, asked = lastgood.run(), lastgood.run("--help")

    assert ran == asked
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: lastgood ")


@pytest.mark.parametrize("verb", ["windows", "plan", "verify"])
def test_every_verb_takes_a_policy_and_json(lastgood: CommandLine, verb: str) -> None:
    ran = lastgood.run(verb, "--help")

    assert ran.code == 0
    assert "--policy FILE" in ran.out
    assert "--json" in ran.out
    assert "LASTGOOD_POLICY" in ran.out


# The policy


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('mode = "auto"', 'mode = "yes"', "policy, instance[0] (orders-cache).mode: "),
        ("version = 1", "version = 2", "policy, version: "),
        ("[[instance]]", "[[instanse]]", "policy, instanse: "),
        ("version = 1", "version =", "the policy is not TOML: "),
    ],
)
def test_a_policy_error_names_the_place(
    lastgood: CommandLine, old: str, new: str, told: str
) -> None:
    policy = (lastgood.directory / "lastgood.toml").read_text()
    lastgood.set_policy(policy.replace(old, new))

    ran = lastgood.run("verify")

    assert ran.code == 1
    assert ran.error.startswith(told)


def test_the_option_outranks_the_environment(lastgood: CommandLine) -> None:
    ran = lastgood.run("verify", "--policy", "nowhere.toml", "--json")

    assert ran.code == 1
    assert ran.json["error"]["code"] == "policy"
    assert "nowhere.toml cannot be read" in ran.json["error"]["message"]


def test_without_either_the_policy_is_the_file_beside_you(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LASTGOOD_POLICY")
    monkeypatch.chdir(lastgood.directory)

    ran = lastgood.run("windows", "nobody")

    assert ran.error == "the policy names no instance 'nobody'"


def test_a_policy_in_ssm_needs_aws(lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    ran = lastgood.run("verify", "--policy", "ssm:/lastgood/policy")

    assert ran.code == 1
    assert ran.error == "no AWS region is set"


# The cloud


def test_a_dead_endpoint_is_an_error(lastgood: CommandLine) -> None:
    with stamina.set_testing(True, attempts=1):
        ran = lastgood.run("windows", "orders-cache")

    assert ran.code == 1
    assert ran.error == (
        f"restorable points of {REDIS}: the service could not be reached (ConnectError)"
    )


def test_missing_credentials_are_an_error(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LASTGOOD_PROD_TOKEN")

    ran = lastgood.run("windows", "orders-cache", "--json")

    assert ran.code == 1
    assert ran.json["error"]["code"] == "credentials"
    assert "LASTGOOD_PROD_ACCESS_KEY" in ran.json["error"]["hint"]


def test_what_steers_a_terminal_is_not_printed(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "\x1b[2J\nerror: not really")

    assert ran.code == 1
    assert "\x1b" not in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_name_is_never_taken_for_markup(lastgood: CommandLine) -> None:
    with HuaweiSandbox(token=TOKEN) as cloud:
        cloud.add_rds(RDS, "orders-db")
        lastgood.set_policy(policy_for(cloud).replace("orders-db", "[/red] {db} [bold]"))

        shown = lastgood.run("windows", RDS)
        measured = lastgood.run("verify", RDS)

    assert shown.out.startswith("[/red] {db} [bold] can be restored to 1 window\n")
    assert "[/red] {db} [bold]" in measured.out


def test_a_name_steers_no_terminal(lastgood: CommandLine) -> None:
    with HuaweiSandbox(token=TOKEN) as cloud:
        cloud.add_rds(RDS, "orders-db")
        lastgood.set_policy(policy_for(cloud).replace("orders-db", "red\\u001b[31m\\u009b"))

        shown = lastgood.run("windows", RDS)
        measured = lastgood.run("verify", RDS)

    assert shown.out.startswith("red [31m  can be restored to 1 window\n")
    assert not {"\x1b", "\x9b"} & set(shown.out + shown.err + measured.out + measured.err)


@pytest.mark.parametrize(("no_color", "greens"), [("", 1), ("1", 0)])
def test_a_terminal_gets_colours_unless_it_wants_none(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch, no_color: str, greens: int
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", no_color)
    with HuaweiSandbox(token=TOKEN) as cloud:
        cloud.add_rds(RDS, "orders-db")
        lastgood.set_policy(policy_for(cloud))

        ran = lastgood.run("windows", RDS)

    assert ran.out.count("\x1b[32m") == greens


# What nobody foresaw


def test_a_bug_is_one_line_without_what_it_says(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wiring, "now", raising(RuntimeError(SECRET)))

    ran = lastgood.run("windows", "orders-cache")

    assert ran.code == 1
    assert ran.error.startswith("this is a bug in lastgood: RuntimeError in test_cli_errors.py:")
    assert SECRET not in ran.err
    assert "LASTGOOD_DEBUG=1" in ran.err


def test_a_bug_is_json_for_those_who_asked_for_json(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wiring, "now", raising(RuntimeError(SECRET)))

    ran = lastgood.run("windows", "orders-cache", "--json")

    assert ran.json["error"]["code"] == "bug"
    assert SECRET not in ran.out


def test_the_traceback_of_a_bug_is_there_for_those_who_ask(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wiring, "now", raising(RuntimeError("the reason")))
    monkeypatch.setenv("LASTGOOD_DEBUG", "1")

    ran = lastgood.run("windows", "orders-cache")

    assert "Traceback (most recent call last):" in ran.err
    assert "RuntimeError: the reason" in ran.err


def test_ctrl_c_ends_quietly(lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wiring, "now", raising(KeyboardInterrupt()))

    ran = lastgood.run("windows", "orders-cache")

    assert ran == (130, "", "")


@pytest.mark.parametrize("library", ["typer", "rich"])
def test_without_the_extra_the_command_says_how_to_get_it(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(("lastgood.cli.", f"{library}."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)

    ran = lastgood.run("verify")

    assert ran.code == 1
    assert ran.error == "the command line is an extra of lastgood that is not installed"


# Terminals and pipes


def test_a_terminal_without_unicode_gets_what_it_can_show(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with HuaweiSandbox(token=TOKEN) as cloud:
        cloud.add_rds(RDS, "orders-db")
        lastgood.set_policy(policy_for(cloud).replace("orders-db", "café"))
        monkeypatch.setattr(sys, "stdout", terminal)

        code = main(["windows", RDS])

    terminal.seek(0)
    printed = terminal.read()
    assert code == 0
    assert printed.startswith("caf? can be restored")
    assert "====" in printed


@pytest.mark.parametrize("arguments", [["--help"], ["windows", "nobody", "--json"]])
@pytest.mark.usefixtures("lastgood")
def test_a_reader_that_left_ends_the_run_quietly(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ran = subprocess.run(  # noqa: S603 - this interpreter, with arguments of this file
        [sys.executable, "-c", RUN, *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )

    os.close(writer)
    assert (ran.returncode, ran.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is full")
@pytest.mark.parametrize("arguments", [["--help"], ["windows", "nobody", "--json"]])
def test_a_full_disk_is_an_error_and_no_bug(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(  # noqa: S603 - this interpreter, with arguments of this file
            [sys.executable, "-c", RUN, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ran.returncode == 1
    assert ran.stderr.startswith(b"error: the system refused: No space left on device\n")


def test_help_needs_neither_the_http_client_nor_the_aws_sdk() -> None:
    looked_for = "{'httpx', 'boto3', 'botocore', 'stamina'} & set(sys.modules)"
    script = f"import sys; from lastgood.cli import main; main(['--help']); print({looked_for})"

    ran = subprocess.run(  # noqa: S603 - this interpreter, with a script of this file
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("command", ["verify", "doctor", "plan"])
def test_the_password_of_a_proxy_is_in_no_error(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canarypass/word@proxy.example:8080")
    monkeypatch.setenv("HTTP_PROXY", "http://user:canarypass/word@proxy.example:8080")
    asked = ["--instance", "orders-cache", "--before", "2026-02-17T11:40:20Z"]

    with stamina.set_testing(True, attempts=1):
        ran = lastgood.run(command, "--json", *(asked if command == "plan" else []))

    assert ran.code in {1, 3}
    assert "canarypass" not in ran.out + ran.err
    assert "proxy" in ran.out
