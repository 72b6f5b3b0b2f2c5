"""What `pip install lastgood` brings, built and installed as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tools.bundles.contents import ROOT
from tools.bundles.install import run_uv


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("wheel")
    run_uv("build", "--quiet", "--wheel", "--out-dir", str(into), str(ROOT))
    (built,) = into.glob("*.whl")
    return built


def test_the_wheel_holds_lastgood_and_the_generated_clients_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "lastgood",
        "huawei_pitr",
        "huawei_rds",
    }
    assert {"lastgood/py.typed", "lastgood/cli/demo.py"} <= set(names)


def test_the_demo_of_an_installed_wheel_says_where_it_runs(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)
    # Without `site`, the editable install of the working tree is not on the path.
    path = os.pathsep.join((str(unpacked), sysconfig.get_path("purelib")))
    start = "from lastgood.cli import main; raise SystemExit(main(['demo']))"

    ran = subprocess.run(  # noqa: S603 -- our own interpreter and script
        [sys.executable, "-S", "-c", start],
        env={"PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert "the sandbox is not installed" in ran.stderr
    assert "Try: run `make demo` in a clone of the repository" in ran.stderr
