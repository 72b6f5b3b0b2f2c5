"""How bundles are made, from the parts to two builds of one commit."""

from __future__ import annotations

import gzip
import json
import re
import struct
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tools.bundles.archive import pack
from tools.bundles.bytecode import compile_all, interpreter
from tools.bundles.contents import BUNDLES, ROOT, BundleError
from tools.bundles.fill import fill
from tools.bundles.imports import trace_imports
from tools.bundles.install import trim
from tools.bundles.lock import needed_by

if TYPE_CHECKING:
    from pathlib import Path

HASHED_AND_NOT_CHECKED = 0b01


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    made.mkdir()
    return made


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")


def names_in(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


class TestTwoBuilds:
    def test_of_one_commit_are_the_same_zip_file(self, tmp_path: Path) -> None:
        archives = []
        for name in ("once", "again-elsewhere"):
            made = tmp_path / name / "bundle"
            made.mkdir(parents=True)
            fill(BUNDLES["alarm"], made)
            archives.append(tmp_path / f"{name}.zip")
            pack(made, archives[-1])

        first, second = (archive.read_bytes() for archive in archives)

        assert first == second

    def test_of_the_same_files_made_at_other_times_in_another_order_are_alike(
        self, tmp_path: Path
    ) -> None:
        names = ["b/two", "a", "b/one"]
        archives = []
        for folder, order in (("x", names), ("y", names[::-1])):
            write(tmp_path / folder, *order)
            (tmp_path / folder / order[0]).chmod(0o600)
            archives.append(tmp_path / f"{folder}.zip")
            pack(tmp_path / folder, archives[-1])

        first, second = (archive.read_bytes() for archive in archives)

        assert first == second
        assert zipfile.ZipFile(archives[0]).namelist() == ["a", "b/one", "b/two"]


class TestWhatIsTraced:
    @pytest.mark.parametrize("name", BUNDLES)
    def test_the_handler_and_the_packages_around_it(self, name: str) -> None:
        traced = trace_imports(f"handlers.{name}").ours
        roots = {"policy": "lastgood.policy_source", "webhook": "lastgood.reception"}

        assert {"handlers", f"handlers.{name}", "lastgood"} <= traced.keys()
        assert roots.get(name, "lastgood.wiring") in traced

    def test_imports_inside_functions(self) -> None:
        wiring = (ROOT / "lastgood" / "wiring.py").read_text(encoding="utf-8")

        assert re.search(r"^ +from lastgood.aws.clients", wiring, re.MULTILINE)
        assert "botocore" in trace_imports("lastgood.wiring").others

    def test_relative_imports(self) -> None:
        assert "huawei_pitr.client" in trace_imports("huawei_pitr").ours

    def test_nothing_that_is_for_the_type_checker_only(self) -> None:
        others = trace_imports("handlers.recover").others

        assert not [name for name in others if name.startswith("mypy_boto3")]

    def test_nothing_of_the_command_line_or_the_sandbox(self) -> None:
        for name in BUNDLES:
            traced = trace_imports(f"handlers.{name}")

            assert not [module for module in traced.ours if module.startswith("lastgood.cli")]
            assert not traced.others & {"sandbox", "typer", "rich", "moto"}

    def test_nothing_behind_what_is_never_reached(self) -> None:
        traced = trace_imports("lastgood.wiring", unreached=("lastgood.huawei",))

        assert not [name for name in traced.ours if name.startswith("lastgood.huawei")]
        assert "httpx" not in traced.others


class TestTheLock:
    def test_gives_what_a_package_needs_in_turn(self) -> None:
        assert needed_by(["boto3"]) >= {"boto3", "botocore", "urllib3", "six"}

    def test_leaves_out_what_is_said_to_be_unused(self) -> None:
        assert "anyio" in needed_by(["httpx"])
        assert "anyio" not in needed_by(["httpx"], unused=["anyio"])

    def test_says_what_to_do_about_a_package_that_is_not_in_it(self) -> None:
        with pytest.raises(BundleError, match=r"imports no_such_thing\nTry: add it"):
            needed_by(["no_such_thing"])


MODEL = {
    "metadata": {"serviceId": "SSM"},
    "documentation": "<p>Parameters.</p>",
    "operations": {
        "GetParameter": {"input": {"shape": "Asked"}, "documentation": "<p>Gets.</p>"},
        "PutParameter": {"input": {"shape": "Put"}},
    },
    "shapes": {
        "Asked": {"type": "structure", "members": {"Name": {"shape": "Name"}}},
        "Name": {"type": "string", "documentation": "<p>The name.</p>"},
        "Put": {"type": "structure", "members": {"documentation": {"shape": "Name"}}},
    },
}
"""A service of botocore's, but small."""


def write_data(directory: Path, *services: str) -> Path:
    """Make a copy of botocore that knows these services, each as MODEL."""
    data = directory / "botocore" / "data"
    every = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
    write(directory, *(f"botocore/data/{name}" for name in every))
    endpoints: object = {"partitions": [{"services": {service: {} for service in services}}]}
    (data / "endpoints.json").write_text(json.dumps(endpoints), encoding="utf-8")
    for service in services:
        (data / service / "1").mkdir(parents=True)
        packed = gzip.compress(json.dumps(MODEL).encode())
        (data / service / "1" / "service-2.json.gz").write_bytes(packed)
    return data


class TestTrimming:
    def test_leaves_the_services_asked_for_and_what_every_service_reads(
        self, directory: Path
    ) -> None:
        data = write_data(directory, "ssm", "s3")

        trim(directory, {"ssm": ["GetParameter"]})

        assert {path.name for path in data.iterdir()} == {
            "_retry.json",
            "endpoints.json",
            "partitions.json",
            "sdk-default-configuration.json",
            "ssm",
        }
        endpoints = json.loads((data / "endpoints.json").read_bytes())
        assert list(endpoints["partitions"][0]["services"]) == ["ssm"]

    def test_leaves_of_a_service_the_operations_asked_for_and_what_they_are_made_of(
        self, directory: Path
    ) -> None:
        data = write_data(directory, "ssm")

        trim(directory, {"ssm": ["GetParameter"]})

        model = json.loads((data / "ssm" / "1" / "service-2.json").read_bytes())
        assert model["metadata"] == MODEL["metadata"]
        assert model["operations"] == {"GetParameter": {"input": {"shape": "Asked"}}}
        assert model["shapes"] == {
            "Asked": {"type": "structure", "members": {"Name": {"shape": "Name"}}},
            "Name": {"type": "string"},
        }

    def test_takes_no_member_for_prose_because_of_its_name(self, directory: Path) -> None:
        data = write_data(directory, "ssm")

        trim(directory, {"ssm": ["PutParameter"]})

        model = json.loads((data / "ssm" / "1" / "service-2.json").read_bytes())
        assert "documentation" in model["shapes"]["Put"]["members"]

    def test_leaves_of_a_service_the_newest_version(self, directory: Path) -> None:
        data = write_data(directory, "ssm")
        write(directory, "botocore/data/ssm/0/service-2.json.gz")

        trim(directory, {"ssm": ["GetParameter"]})

        assert [path.name for path in (data / "ssm").iterdir()] == ["1"]

    def test_fails_when_an_operation_is_not_there(self, directory: Path) -> None:
        write_data(directory, "ssm")

        with pytest.raises(BundleError, match=r"ssm has no ReadMind\nTry: "):
            trim(directory, {"ssm": ["ReadMind"]})

    def test_fails_when_a_service_is_not_there(self, directory: Path) -> None:
        write_data(directory)

        with pytest.raises(BundleError, match=r"data has no .*telepathy"):
            trim(directory, {"telepathy": ["ReadMind"]})

    def test_removes_metadata_stubs_and_tests(self, directory: Path) -> None:
        write(directory, "a/x.py", "a/x.pyi", "a/py.typed", "a/tests/t.py", "a-1.dist-info/RECORD")

        trim(directory, {})

        assert names_in(directory) == {"a/x.py"}


class TestBytecode:
    def test_is_loaded_without_a_look_at_its_source(self, directory: Path) -> None:
        (directory / "module.py").write_text("answer = 42\n", encoding="utf-8")

        compile_all(directory, sys.executable)

        (compiled,) = directory.rglob("*.pyc")
        _magic, flags = struct.unpack("<4sI", compiled.read_bytes()[:8])
        assert flags == HASHED_AND_NOT_CHECKED

    def test_names_the_paths_of_lambda(self, directory: Path) -> None:
        (directory / "module.py").write_text("answer = 42\n", encoding="utf-8")

        compile_all(directory, sys.executable)

        (compiled,) = directory.rglob("*.pyc")
        assert b"/var/task/module.py" in compiled.read_bytes()
        assert str(directory).encode() not in compiled.read_bytes()

    def test_is_made_by_an_interpreter_of_the_very_version(self) -> None:
        assert interpreter("{}.{}".format(*sys.version_info)) == sys.executable
        assert interpreter("2.0") is None


def test_every_function_of_the_template_has_its_bundle_and_its_make_target() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    functions = re.findall(
        r"^  (\w+):\n    Type: AWS::Serverless::Function$", template, re.MULTILINE
    )
    handlers = re.findall(r"^      Handler: (\S+)\.handler$", template, re.MULTILINE)
    targets = dict(re.findall(r"^build-(\w+): FUNCTION = (\w+)$", makefile, re.MULTILINE))

    assert sorted(functions) == sorted(bundle.logical_id for bundle in BUNDLES.values())
    assert sorted(handlers) == sorted(bundle.handler for bundle in BUNDLES.values())
    assert targets == {bundle.logical_id: bundle.name for bundle in BUNDLES.values()}
