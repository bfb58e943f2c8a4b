//! `.terraform.lock.hcl`: read as Terraform reads it, shown by `version -json`, and never written.

use crate::harness::Dir;

const MAIN: &str = "resource \"terraform_data\" \"a\" {}\n";
const LOCK: &str = r#"# Someone's comment.
provider "registry.terraform.io/hashicorp/null" {
  version     = "3.2.1"
  constraints = "~> 3.0"
  hashes = [
    "h1:ydA0/SNRVB1o95btfshvYsmxA+jZFRZcvKzZSB+4S1M=",
  ]
}
"#;

#[test]
fn what_others_have_recorded_is_kept() {
    let dir = Dir::with(MAIN);
    dir.write(".terraform.lock.hcl", LOCK);
    for line in [
        "init",
        "init -upgrade",
        "init -lockfile=readonly",
        "providers lock",
        "apply -auto-approve",
    ] {
        let output = dir.run(line);
        assert_eq!(output.code, Some(0), "{line}: {output}");
        let text = std::fs::read_to_string(dir.path().join(".terraform.lock.hcl")).unwrap();
        assert_eq!(text, LOCK, "{line}");
    }
    let version: serde_json::Value = serde_json::from_str(&dir.run("version -json").raw).unwrap();
    assert_eq!(
        version["provider_selections"]["registry.terraform.io/hashicorp/null"],
        "3.2.1"
    );
    // None is made where none is needed.
    let dir = Dir::with(MAIN);
    assert_eq!(dir.run("init").code, Some(0));
    assert!(!dir.has(".terraform.lock.hcl"));
}

#[test]
fn a_file_that_cannot_be_read_stands_in_the_way() {
    let dir = Dir::with(MAIN);
    dir.write(".terraform.lock.hcl", "provider \"a/b/c\" {\n}\nbar {}\n");
    for line in [
        "init",
        "validate",
        "plan",
        "apply -auto-approve",
        "show",
        "output",
        "state list",
        "providers",
        "console",
        "graph",
        "test",
        "workspace list",
    ] {
        let output = dir.run(line);
        let told = output
            .stderr
            .contains("Error: failed to read dependency lock file: 2 problems:");
        assert!(told && output.code == Some(1), "{line}: {output}");
    }
    assert_eq!(dir.run("version").code, Some(0));
}
