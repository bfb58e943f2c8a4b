# packages: cdktf-cli@0.21.0 cdktf@0.21.0 constructs@10.4.2
"""cdktf: two stacks, one reading the other's state, synthesised, planned, deployed, read and destroyed."""

import json
import os
import pathlib
import re
import subprocess

import harness

PROGRAM = """
const { App, DataResource, Fn, TerraformIterator, TerraformOutput, TerraformStack, TerraformVariable } = require("cdktf");

class Base extends TerraformStack {
  constructor(scope, id) {
    super(scope, id);
    const size = new TerraformVariable(this, "size", { type: "number", default: 2 });
    const names = TerraformIterator.fromList(["a", "b"]);
    new DataResource(this, "each", { forEach: names, input: { name: names.value, size: size.value } });
    this.held = new DataResource(this, "held", { input: { text: Fn.join("-", ["x", "y"]) } });
    new TerraformOutput(this, "text", { value: this.held.output.lookup("text") });
    new TerraformOutput(this, "secret", { value: "hidden", sensitive: true });
  }
}

class Next extends TerraformStack {
  constructor(scope, id, base) {
    super(scope, id);
    const taken = new DataResource(this, "taken", { input: { from: base.held.output.lookup("text") } });
    new TerraformOutput(this, "from", { value: taken.output.lookup("from") });
  }
}

const app = new App();
new Next(app, "next", new Base(app, "base"));
app.synth();
"""
PROJECT = {"language": "typescript", "app": "node main.js", "output": "cdktf.out", "sendCrashReports": "false"}
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def lines(text, *starts):
    """The lines that begin so, whatever stack they are of; their order is that of concurrent work."""
    plain = [line.removeprefix("base").removeprefix("next").strip() for line in COLOUR.sub("", text).splitlines()]
    return sorted(line for line in plain if line.startswith(starts))


def drive(binary, environment, folder):
    home = pathlib.Path(os.environ["CLIENT_HOME"])
    folder.joinpath("main.js").write_text(PROGRAM)
    folder.joinpath("cdktf.json").write_text(json.dumps(PROJECT))
    folder.joinpath("node_modules").symlink_to(home / "node_modules")
    environment |= {"TERRAFORM_BINARY_NAME": binary, "CI": "1", "CDKTF_HOME": str(folder / "home")}

    def cdktf(*args):
        command = [str(home / "node_modules/.bin/cdktf"), *args]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def read(name):
        return json.loads(folder.joinpath(name).read_text())

    seen = []
    for _ in range(2):
        seen.append(lines(cdktf("diff", "base"), "Plan:"))
        assert seen[-1] == ["Plan: 3 to add, 0 to change, 0 to destroy."], seen
        kept = ["--outputs-file", "outputs.json", "--outputs-file-include-sensitive-outputs"]
        deployed = cdktf("deploy", "*", "--auto-approve", *kept)
        seen.append(lines(deployed, "Apply complete!", "Plan:", "text =", "secret =", "from ="))
        seen.append(read("outputs.json"))
        assert seen[-1]["next"] == {"from": "x-y"} and seen[-1]["base"]["secret"] == "hidden", seen
        again = cdktf("deploy", "*", "--auto-approve")
        seen.append(lines(again, "No changes."))
        assert len(seen[-1]) == 2, again
        cdktf("output", "*", "--outputs-file", "read.json")
        seen.append(read("read.json"))
        assert seen[-1]["base"]["text"] == "x-y", seen
        destroyed = cdktf("destroy", "*", "--auto-approve")
        seen.append(lines(destroyed, "Destroy complete!", "Plan:"))
        assert "Destroy complete! Resources: 3 destroyed." in seen[-1], destroyed
    # What the program asks for by itself, too.
    for args in (["version", "-json"], ["providers", "lock"], ["providers", "lock", "-platform=linux_amd64"]):
        asked = subprocess.run([binary, *args], env=environment, cwd="cdktf.out/stacks/base", capture_output=True, text=True)
        assert asked.returncode == 0, asked
        seen.append(COLOUR.sub("", asked.stdout))
    assert json.loads(seen[-3])["terraform_version"].startswith("1.11."), seen
    seen.append(folder.joinpath("cdktf.out/stacks/base/.terraform.lock.hcl").read_text())
    return seen


harness.same_by_every_binary(drive)
