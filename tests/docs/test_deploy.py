"""docs/how-to/deploy.md against template.yaml."""

from __future__ import annotations

import re

from lastgood.aws.executions import LIVING
from tests.docs.pages import codes, rows, section, text_of
from tests.template.test_template import TEMPLATE

PAGE = "docs/how-to/deploy.md"
PARAMETERS = TEMPLATE["Parameters"]
OUTPUTS = set(TEMPLATE["Outputs"])


def test_the_page_has_every_parameter_with_its_default() -> None:
    documented = {
        name: default.strip("`").replace("empty", "")
        for names, default, _ in rows(section(PAGE, "## 3. Build and deploy"))
        for name in codes(names)
    }

    assert documented == {name: str(given["Default"]) for name, given in PARAMETERS.items()}


def test_every_output_that_the_page_reads_is_one_of_the_stack() -> None:
    text = text_of(PAGE)
    read = set(re.findall(r"\$\(out \"?(\w+)", text)) | set(re.findall(r"`(\w+Url)`", text))
    read |= set(re.findall(r"executions (\w+Arn)", text))

    assert read
    assert read <= OUTPUTS


def test_a_new_setting_reaches_every_function_by_its_alias() -> None:
    published = re.search(r"for live in (.*?); do", section(PAGE, "## 7. Change"), re.DOTALL)
    aliased = {
        f"{name}Arn"
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }

    assert published
    assert set(re.findall(r"\$\(out (\w+)\)", published[1])) == aliased


def test_every_queue_has_a_row() -> None:
    queues = {codes(row[0])[0] for row in rows(section(PAGE, "## 6. What waits for a person"))}

    assert queues == {output for output in OUTPUTS if output.endswith("QueueUrl")}


def test_before_an_incompatible_change_all_that_runs_is_listed_while_halted() -> None:
    steps = section(PAGE, "## 7. Change")

    halt, deploy, resume = map(steps.index, ("lastgood halt", "make deploy\n", "lastgood resume"))
    listing = re.search(r"executions RecoverFunctionArn --statuses ([A-Z ]+)", steps)
    assert listing
    assert set(listing[1].split()) == LIVING
    assert halt < listing.start() < deploy < resume
