//! The program under the name `terraform`: what scripts look for is there, and messages speak of Terraform.

use insta::assert_snapshot;

use crate::harness::{Dir, redact};

/// Runs the program as `terraform`: exit code, standard output and standard error.
fn terraform(dir: &Dir, line: &str) -> (Option<i32>, String, String) {
    let link = dir.around().join("terraform");
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trunkline"), &link).unwrap();
    }
    let output = dir.command(link).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| redact(&String::from_utf8(bytes).unwrap());
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn scripts_find_the_version_that_they_know() {
    let dir = Dir::empty();
    let (code, text, _) = terraform(&dir, "version");
    assert_eq!(code, Some(0));
    assert!(text.starts_with("Terraform v1.11.4\non "), "{text}");
    let (_, json, _) = terraform(&dir, "version -json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["terraform_version"], "1.11.4");
}

#[test]
fn messages_speak_of_terraform() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    let (code, _, text) = terraform(&dir, "apply -auto-approve");
    assert_eq!(code, Some(0), "{text}");
    dir.write(
        "main.tf",
        "removed {\n  from = terraform_data.a\n  lifecycle {\n    destroy = false\n  }\n}\n",
    );
    let (_, text, _) = terraform(&dir, "plan -no-color");
    let warning = text.split("\nWarning: ").nth(1).unwrap();
    assert_snapshot!(warning.split("\n\n──").next().unwrap(), @r"
    Some objects will no longer be managed by Terraform

    If you apply this plan, Terraform will discard its tracking information for
    the following objects, but it will not delete them:
     - terraform_data.a

    After applying this plan, Terraform will no longer manage these objects. You
    will need to import them into Terraform to manage them again.
    ");
    dir.write("main.tf", "terraform {\n  required_version = \"> 9\"\n}\n");
    let (code, _, text) = terraform(&dir, "plan -no-color");
    assert_eq!(code, Some(1));
    assert!(
        text.contains("Error: Unsupported Terraform Core version\n"),
        "{text}"
    );
}
