//! Which attributes bear on a plan, as Terraform 1.11.4 recorded them for the same configuration.

use crate::harness::Dir;

const MAIN: &str = r#"
locals { l = { a = terraform_data.a.output, b = 1 } }
resource "terraform_data" "a" { input = "v" }
resource "terraform_data" "c" { count = 2 }
resource "terraform_data" "f" { for_each = toset(["x"]) }
resource "terraform_data" "b" {
  input = [local.l.b, terraform_data.c[0].id, terraform_data.f["x"].id, module.m[0].id, terraform_data.a.input]
  depends_on = [terraform_data.d]
  triggers_replace = [for x in terraform_data.c : x.id]
}
resource "terraform_data" "d" {
  input = module.m[*].id
  lifecycle {
    replace_triggered_by = [terraform_data.g.id]
    precondition {
      condition     = terraform_data.h.id != ""
      error_message = "x"
    }
  }
}
resource "terraform_data" "e" { input = terraform_data.b.output }
resource "terraform_data" "g" {}
resource "terraform_data" "h" {}
module "m" {
  source = "./m"
  count  = 2
  x      = terraform_data.h.id
}
output "k" { value = module.m[1].o2 }
"#;

const CALLED: &str = r#"
variable "x" {}
resource "terraform_data" "b" { input = var.x }
output "id" { value = terraform_data.b.id }
output "o2" { value = terraform_data.b.output }
"#;

/// The attributes of a plan, one text each.
fn relevant(dir: &Dir, options: &str) -> Vec<String> {
    let planned = dir.run(&format!("plan -out=p {options}"));
    assert_eq!(planned.code, Some(0), "{planned}");
    let shown = dir.run("show -json p");
    let json: serde_json::Value = serde_json::from_str(&shown.raw).unwrap();
    let all = json["relevant_attributes"].as_array().unwrap();
    let mut found: Vec<String> = all
        .iter()
        .map(|r| {
            let attribute = r["attribute"].as_array().unwrap();
            let path: Vec<&str> = attribute.iter().filter_map(|s| s.as_str()).collect();
            format!("{} {}", r["resource"].as_str().unwrap(), path.join("."))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn references_are_followed_as_terraform_does() {
    let dir = Dir::with(MAIN);
    dir.write("m/main.tf", CALLED);
    dir.apply("");
    let modules = [
        "module.m[0].terraform_data.b id",
        "module.m[0].terraform_data.b output",
        "module.m[1].terraform_data.b id",
        "module.m[1].terraform_data.b output",
    ];
    let of_b = [
        "terraform_data.a input",
        "terraform_data.a output",
        "terraform_data.b output",
        "terraform_data.c ",
        "terraform_data.c[0] id",
        "terraform_data.f[\"x\"] id",
    ];
    let whole = [
        "module.m.terraform_data.b id",
        "module.m.terraform_data.b output",
    ];
    assert_eq!(
        relevant(&dir, "-replace=terraform_data.b"),
        [&modules[..], &of_b[..]].concat()
    );
    assert_eq!(
        relevant(&dir, "-replace=terraform_data.e"),
        [&modules[..], &["terraform_data.b output"]].concat()
    );
    assert_eq!(
        relevant(&dir, "-replace=terraform_data.d"),
        [&whole[..], &modules[..]].concat()
    );
    let destroyed = [
        &whole[..],
        &[modules[0], modules[3]],
        &of_b[..],
        &["terraform_data.h id"],
    ];
    assert_eq!(relevant(&dir, "-destroy"), destroyed.concat());
}
