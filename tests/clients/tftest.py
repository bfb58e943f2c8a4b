"""tftest: set-up with links and a workspace, plans as text and JSON, apply, outputs, state and destroy."""

import harness

harness.in_environment("tftest", "tftest==1.8.8")

import pathlib  # noqa: E402

import tftest  # noqa: E402

MAIN = """
variable "names" {
  type    = map(string)
  default = { a = "Alpha" }
}
variable "size" {
  type    = number
  default = 1
  validation {
    condition     = var.size < 10
    error_message = "The size must be below ten."
  }
}
resource "terraform_data" "each" {
  for_each = var.names
  input    = { name = each.value, size = var.size, in = terraform.workspace }
}
module "inner" {
  source = "./inner"
  value  = join(",", values(var.names))
}
output "names" { value = { for k, r in terraform_data.each : k => r.output.name } }
output "where" { value = terraform.workspace }
output "secret" {
  value     = "s-${var.size}"
  sensitive = true
}
output "inner" { value = module.inner.value }
"""
INNER = """
variable "value" { type = string }
resource "terraform_data" "held" { input = var.value }
output "value" { value = terraform_data.held.output }
"""


def write(folder):
    folder.joinpath("main.tf").write_text(MAIN)
    folder.joinpath("inner").mkdir()
    folder.joinpath("inner/main.tf").write_text(INNER)
    linked = folder / "linked"
    linked.mkdir()
    linked.joinpath("extra.tf").write_text('resource "terraform_data" "extra" { input = "linked" }\n')
    linked.joinpath("names.auto.tfvars").write_text('names = { a = "Alpha", b = "Beta" }\n')
    folder.joinpath("more.tfvars.json").write_text('{"size": 3}\n')


def once(binary, environment, folder):
    tf = tftest.TerraformTest(str(folder), binary=binary, env=environment)
    seen = {"setup": tf.setup(
        extra_files=["linked/extra.tf", "linked/names.auto.tfvars"], workspace_name="blue", upgrade=True
    )}
    assert "successfully initialized" in seen["setup"], seen

    plan = tf.plan(output=True, tf_vars={"size": 2})
    assert plan.outputs["where"] == "blue", plan
    assert plan.outputs.sensitive == ("secret",)
    assert set(plan.resources) == {'terraform_data.each["a"]', 'terraform_data.each["b"]', "terraform_data.extra"}
    assert plan.modules["module.inner"].resources["terraform_data.held"]["values"]["input"] == "Alpha,Beta"
    assert plan.resource_changes["terraform_data.extra"]["change"]["actions"] == ["create"]
    assert plan.prior_resources == {}
    seen["planned"] = {"variables": dict(plan.variables), "changes": plan.resource_changes, "values": plan["planned_values"], "config": plan.configuration}
    seen["text"] = tf.plan(tf_vars={"names": {"c": "Gamma"}})
    assert "Plan: 3 to add, 0 to change, 0 to destroy." in seen["text"], seen["text"]

    applied = tf.apply(tf_var_file="more.tfvars.json", parallelism="3")
    assert "Apply complete! Resources: 4 added, 0 changed, 0 destroyed." in applied, applied
    outputs = tf.output()
    assert outputs["names"] == {"a": "Alpha", "b": "Beta"} and outputs["secret"] == "s-3", outputs
    assert outputs.sensitive == ("secret",)
    seen["outputs"] = dict(outputs)
    seen["one"] = tf.output("where", json_format=False)
    assert seen["one"] == '"blue"\n', seen

    state = tf.state_pull()
    assert state.outputs["inner"] == "Alpha,Beta" and state.version == 4
    seen["state"] = state.resources
    again = tf.plan(output=True, tf_var_file=["more.tfvars.json"])
    assert {c["change"]["actions"][0] for c in again.resource_changes.values()} == {"no-op"}
    seen["prior"] = again["prior_state"]

    changed = tf.apply(tf_vars={"size": 4}, targets=['terraform_data.each["a"]'])
    assert "Resources: 0 added, 1 changed, 0 destroyed." in changed, changed
    seen["refreshed"] = sorted(tf.refresh(tf_vars={"size": 4}).splitlines())
    try:
        tf.plan(tf_vars={"size": 12})
    except tftest.TerraformTestError as error:
        seen["refused"] = error.cmd_error.splitlines()
        assert "Error: Invalid value for variable" in error.cmd_error, error
    else:
        raise AssertionError("a refused value was planned")
    destroyed = tf.destroy()
    assert "Destroy complete! Resources: 4 destroyed." in destroyed, destroyed
    assert dict(tf.output()) == {}
    tf._finalizer()
    assert not pathlib.Path(folder, "extra.tf").exists() and not pathlib.Path(folder, ".terraform").exists()
    return seen


def drive(binary, environment, folder):
    write(folder)
    return [once(binary, environment, folder) for _ in range(2)]


harness.same_by_every_binary(drive)
