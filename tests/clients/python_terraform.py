"""python-terraform: every command through its flags, with the state file that it reads after each."""

import harness

harness.in_environment("python-terraform", "python-terraform==0.10.1")

import contextlib  # noqa: E402
import io  # noqa: E402
import os  # noqa: E402

from python_terraform import IsFlagged, IsNotFlagged, Terraform, TerraformCommandError  # noqa: E402

MAIN = """
terraform {
  backend "local" {}
}
variable "tags" { type = map(string) }
variable "size" { default = 1 }
resource "terraform_data" "one" { input = var.tags }
resource "terraform_data" "two" {
  input            = "two of ${terraform.workspace}"
  triggers_replace = var.size
}
output "tags" { value = terraform_data.one.output }
output "two" {
  value     = terraform_data.two.output
  sensitive = true
}
"""


def done(answer, *codes):
    code, out, err = answer
    assert code in (codes or (0,)), (code, out, err)
    return out


def once(binary):
    seen = []
    tf = Terraform(working_dir=".", terraform_bin_path=binary, variables={"tags": {"k": "v"}})
    seen.append(done(tf.init()))
    backend = tf.tfstate.backend
    seen.append([tf.tfstate.version, backend["type"], {k: v for k, v in backend["config"].items() if v}])
    planned = done(tf.plan(parallelism=2), 2)
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in planned, planned
    done(tf.plan(out="saved", refresh=False), 2)
    shown = done(tf.show_cmd("saved", json=IsFlagged))
    assert '"format_version":"1.2"' in shown, shown
    applied = done(tf.apply("saved", var=None))
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed." in applied, applied
    done(tf.plan(), 0)
    seen += [tf.output(), tf.output("tags", full_value=True), tf.output("nothing")]
    assert seen[-3]["two"] == {"sensitive": True, "type": "string", "value": "two of default"}, seen
    assert seen[-2:] == [{"k": "v"}, None], seen

    # The positional argument of `-var`, a replacement, a target and an import.
    changed = done(tf.apply(skip_plan=True, var={"tags": {"k": "w"}, "size": 2}, target=["terraform_data.two"]))
    assert "Resources: 1 added, 0 changed, 1 destroyed." in changed, changed
    seen.append(done(tf.cmd("state list")).split())
    done(tf.cmd("state rm", "terraform_data.two"))
    done(tf.import_cmd("terraform_data.two", "by-hand", input=False, var={"tags": {}}))
    done(tf.taint("terraform_data.one"))
    assert "is tainted" in done(tf.plan(detailed_exitcode=IsNotFlagged)), "the taint is not planned"
    done(tf.untaint("terraform_data.one"))
    done(tf.get(update=True))
    done(tf.validate(no_color=IsFlagged))
    assert done(tf.fmt(check=IsFlagged)) == ""
    done(tf.refresh(input=False, var={"tags": {"k": "v"}}))

    # Workspaces, each with a state of its own.
    done(tf.create_workspace("green"))
    assert done(tf.show_workspace()).strip() == "green"
    seen.append(done(tf.cmd("workspace list")))
    done(tf.apply(skip_plan=True))
    assert tf.output("two", full_value=True) == "two of green"
    try:
        tf.cmd("workspace delete", "green", raise_on_error=True)
    except TerraformCommandError as error:
        seen.append([error.returncode, error.err])
    else:
        raise AssertionError("the selected workspace was deleted")
    done(tf.destroy(force=None, auto_approve=IsFlagged))
    done(tf.set_workspace("default"))
    done(tf.delete_workspace("green"))

    refused = tf.apply(skip_plan=True, var={"tags": "text"})
    assert refused[0] == 1 and "Invalid value for input variable" in refused[2], refused
    gone = done(tf.destroy(force=None, auto_approve=True))
    assert "Destroy complete! Resources: 2 destroyed." in gone, gone
    return seen


def read(tf):
    """The state file as the client has read it: addresses, inputs and outputs."""
    held = tf.tfstate
    rows = {f"{r['type']}.{r['name']}": r["instances"][0]["attributes"]["input"] for r in held.resources}
    return [held.version, held.outputs, rows]


def with_a_state_file(binary):
    """`-state` names another file, which the client reads by itself."""
    tf = Terraform(terraform_bin_path=binary, state="other.tfstate", variables={"tags": {"in": "a file"}})
    done(tf.apply(skip_plan=True))
    seen = [read(tf), tf.output(state="other.tfstate")]
    done(tf.plan(), 0)
    done(tf.destroy(force=None, auto_approve=IsFlagged))
    return seen + [read(tf)]


def drive(binary, environment, folder):
    os.environ.clear()
    os.environ.update(environment)
    folder.joinpath("main.tf").write_text(MAIN)
    with contextlib.redirect_stderr(io.StringIO()):
        return [once(binary), once(binary)] + [with_a_state_file(binary) for _ in range(2)]


harness.same_by_every_binary(drive)
