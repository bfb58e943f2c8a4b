"""terraform-compliance: scenarios about the JSON document of a plan, one of them not kept."""

import harness

harness.in_environment("terraform_compliance", "terraform-compliance==1.16.0")

import json  # noqa: E402
import os  # noqa: E402
import pathlib  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402

MAIN = """
variable "size" { default = 3 }
resource "terraform_data" "thing" {
  input = { name = "blue", in = terraform.workspace, size = var.size }
}
resource "terraform_data" "many" {
  count            = 2
  triggers_replace = terraform_data.thing.id
}
module "inner" {
  source = "./inner"
  value  = terraform_data.thing.output
}
output "name" { value = terraform_data.thing.output.name }
"""
INNER = """
variable "value" {}
resource "terraform_data" "held" { input = var.value }
"""
FEATURE = """
Feature: what is kept
  Scenario: the thing has a name
    Given I have terraform_data defined
    When its address is terraform_data.thing
    Then it must have input
    And it must contain name

  Scenario: nothing has what there is not
    Given I have terraform_data defined
    Then it must have nothing_of_the_kind

  Scenario: buckets
    Given I have aws_s3_bucket defined
    Then it must contain tags
"""


def once(binary, environment, folder):
    def tf(*arguments):
        done = subprocess.run(
            [binary, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    tf("init", "-input=false")
    tf("plan", "-out=planned", "-input=false")
    folder.joinpath("plan.json").write_text(tf("show", "-json", "planned"))
    program = pathlib.Path(sys.executable).parent / "terraform-compliance"
    judged = subprocess.run(
        [str(program), "-f", "features", "-p", "plan.json", "-t", binary],
        cwd=folder, env=environment, capture_output=True, text=True,
    )
    text = re.sub(r"\x1b\[[0-9;]*m", "", judged.stdout)
    assert judged.returncode == 1, text + judged.stderr
    counts = [" ".join(line.split()) for line in text.splitlines() if re.match(r"\d+ (features|scenarios|steps) ", line)]
    assert "1 passed, 1 failed, 1 skipped" in counts[1], text
    failures = sorted(line.split("Failure: ")[1] for line in text.splitlines() if "does not have" in line)
    tf("apply", "-auto-approve", "-input=false", "planned")
    return {"counts": counts, "failures": failures, "outputs": json.loads(tf("output", "-json"))}


def drive(binary, environment, folder):
    folder.joinpath("main.tf").write_text(MAIN)
    folder.joinpath("inner").mkdir()
    folder.joinpath("inner/main.tf").write_text(INNER)
    folder.joinpath("features").mkdir()
    folder.joinpath("features/kept.feature").write_text(FEATURE)
    return [once(binary, {**os.environ, **environment}, folder) for _ in range(2)]


harness.same_by_every_binary(drive)
