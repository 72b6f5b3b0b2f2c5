"""What OpenSSF Scorecard looks for, as far as files tell it. See docs/reference/build.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}|\./\.github/workflows/[\w.]+")
GIVEN_BY_ANYBODY = re.compile(r"\$\{\{.*(github\.event|github\.head_ref|inputs\.)")
RELEASE = ROOT / ".github" / "workflows" / "release.yml"


def read(workflow: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    return found


def jobs(workflow: Path) -> list[dict[str, Any]]:
    return list(read(workflow)["jobs"].values())


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow) for step in job.get("steps", [])]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_the_hash_of_its_commit(workflow: Path) -> None:
    used = [each["uses"] for each in (*jobs(workflow), *steps(workflow)) if "uses" in each]

    assert used
    assert [one for one in used if not PINNED.fullmatch(one)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_token_may_nothing_but_what_its_job_asks_for(workflow: Path) -> None:
    writing = [
        right
        for job in jobs(workflow)
        for right, level in job["permissions"].items()
        if level == "write"
    ]

    assert read(workflow)["permissions"] == {}
    assert writing == (["contents", "id-token", "attestations"] if workflow == RELEASE else [])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_no_workflow_runs_what_anybody_may_write(workflow: Path) -> None:
    triggers = read(workflow)[True]  # the key `on`, as YAML reads it

    assert {"pull_request_target", "workflow_run"}.isdisjoint(triggers)
    assert [s for s in steps(workflow) if GIVEN_BY_ANYBODY.search(s.get("run", ""))] == []


def test_a_release_carries_the_provenance_of_what_it_uploads() -> None:
    (attesting,) = [step for step in steps(RELEASE) if step.get("id") == "provenance"]
    (uploading,) = [step for step in steps(RELEASE) if "gh release create" in step.get("run", "")]

    assert attesting["uses"].startswith("actions/attest-build-provenance@")
    assert "lastgood-*.tar.gz" in attesting["with"]["subject-path"]
    assert "steps.provenance.outputs.bundle-path" in uploading["env"]["PROVENANCE"]
    assert "lastgood-*.intoto.jsonl" in uploading["run"]


def test_dependencies_of_both_kinds_are_kept_up_to_date_and_locked_by_hash() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    files = re.findall(r"\{ url = .*\}", lock)

    assert {one["package-ecosystem"] for one in updates} == {"uv", "github-actions"}
    assert files
    assert [file for file in files if "sha256:" not in file] == []


def test_there_is_a_licence_and_a_way_to_report_a_vulnerability() -> None:
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert "Report a vulnerability" in security
    assert re.search(r"working days", security)
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").strip()
