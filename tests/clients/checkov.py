"""checkov: a policy in Python and one in YAML over the JSON of a plan, with the files that it was made from."""

import harness

harness.in_environment("checkov", "checkov==3.3.30")

import json  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402

MAIN = """
variable "owner" { default = "ops" }
resource "terraform_data" "good" {
  input = { owner = var.owner, open = false }
}
resource "terraform_data" "nobody" {
  count = 2
  input = { open = count.index == 1 }
}
resource "terraform_data" "later" {
  input = { owner = terraform_data.good.id, open = false }
}
module "inner" { source = "./inner" }
"""
INNER = """
resource "terraform_data" "held" {
  input = { owner = "inner", open = true }
}
"""
OWNER = """
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class Owner(BaseResourceCheck):
    def __init__(self):
        categories = [CheckCategories.GENERAL_SECURITY]
        super().__init__("Every object has an owner", "CKV_OWN_1", categories, ["terraform_data"])

    def scan_resource_conf(self, conf):
        return CheckResult.PASSED if conf["input"][0].get("owner") else CheckResult.FAILED


check = Owner()
"""
CLOSED = """
metadata: { id: CKV2_OWN_2, name: Nothing is open, category: GENERAL_SECURITY }
definition:
  { cond_type: attribute, resource_types: [terraform_data], attribute: input.open, operator: equals, value: false }
"""
FAILED = [
    ["CKV2_OWN_2", "module.inner.terraform_data.held", "inner/main.tf"],
    ["CKV2_OWN_2", "terraform_data.nobody[1]", "main.tf"],
    ["CKV_OWN_1", "terraform_data.nobody[0]", "main.tf"],
    ["CKV_OWN_1", "terraform_data.nobody[1]", "main.tf"],
]


def write(folder):
    files = {
        "main.tf": MAIN, "inner/main.tf": INNER, "policies/__init__.py": "", "policies/owner.py": OWNER,
        "policies/closed.yaml": CLOSED,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def scan(environment):
    # Not its script, which names the folder that its environment was made in.
    command = [
        sys.executable, "-m", "checkov.main", "-f", "plan.json", "--framework", "terraform_plan",
        "--external-checks-dir", "policies", "--check", "CKV_OWN_1,CKV2_OWN_2", "--repo-root-for-plan-enrichment", ".",
        "--output", "json", "--skip-download", "--compact",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode in (0, 1), done
    said = json.loads(done.stdout)
    if "results" not in said:
        return done.returncode, said, []
    rows = {
        kind: sorted([c["check_id"], c["resource"], c["file_path"]] for c in said["results"][kind])
        for kind in ("passed_checks", "failed_checks")
    }
    return done.returncode, said["summary"], rows


def drive(binary, environment, folder):
    write(folder)
    run = lambda *args: subprocess.run([binary, *args], env=environment, check=True, capture_output=True).stdout  # noqa: E731
    seen = []
    run("init", "-input=false")
    # Nothing is there yet, so that an owner is not known; then everything is, and one thing is to change.
    later = ["CKV_OWN_1", "terraform_data.later", "main.tf"]
    for owner, failed in (("ops", [*FAILED, later]), ("dev", FAILED)):
        run("plan", "-input=false", f"-var=owner={owner}", "-out=saved")
        folder.joinpath("plan.json").write_bytes(run("show", "-json", "saved"))
        code, summary, rows = scan(environment)
        assert code == 1 and rows["failed_checks"] == sorted(failed), (code, summary, rows)
        assert (summary["passed"], summary["parsing_errors"]) == (10 - len(failed), 0), summary
        seen.append([summary, rows])
        run("apply", "saved")
    return seen


harness.same_by_every_binary(drive)
