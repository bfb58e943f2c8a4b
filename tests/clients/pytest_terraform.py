"""pytest-terraform: a fixture that is planned, applied and destroyed with a state file of its own (`-state`)."""

import harness

harness.in_environment("pytest_terraform", "pytest-terraform==0.7.0", "pytest==8.3.4")

import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402

MAIN = """
resource "terraform_data" "thing" {
  input = { name = "blue", in = terraform.workspace }
}
resource "terraform_data" "many" {
  count = 2
  input = terraform_data.thing.id
}
module "inner" {
  source = "./inner"
  value  = terraform_data.thing.output.name
}
output "name" { value = terraform_data.thing.output.name }
output "secret" {
  value     = "hush"
  sensitive = true
}
"""
INNER = """
variable "value" {}
resource "terraform_data" "held" { input = var.value }
"""
TESTS = """
import json, pathlib
from pytest_terraform import terraform

@terraform("thing")
def test_what_was_made(thing):
    assert thing.outputs["name"]["value"] == "blue"
    assert thing["terraform_data.thing.input"]["value"]["name"] == "blue"
    assert len(thing["terraform_data.thing.id"]) == 36
    seen = {"outputs": thing.outputs, "resources": {t: sorted(n) for t, n in thing.resources.items()}}
    pathlib.Path("seen.json").write_text(json.dumps(seen))

@terraform("thing")
def test_once_more(thing):
    assert thing.outputs["secret"]["value"] == "hush"
"""


def once(binary, environment, folder):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"--tf-binary={binary}", "test_thing.py"],
        cwd=folder, env=environment, capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout, done.stdout
    ends = re.findall(r"^(?:Apply|Destroy) complete!.*$", done.stdout, re.M)
    assert ends == [
        "Apply complete! Resources: 4 added, 0 changed, 0 destroyed.",
        "Destroy complete! Resources: 4 destroyed.",
    ] * 2, ends
    return {"ends": ends, "seen": json.loads(folder.joinpath("seen.json").read_text())}


def drive(binary, environment, folder):
    thing = folder / "terraform" / "thing"
    thing.joinpath("inner").mkdir(parents=True)
    thing.joinpath("main.tf").write_text(MAIN)
    thing.joinpath("inner/main.tf").write_text(INNER)
    folder.joinpath("test_thing.py").write_text(TESTS)
    return [once(binary, {**os.environ, **environment}, folder) for _ in range(2)]


harness.same_by_every_binary(drive)
