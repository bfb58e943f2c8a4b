//! `manual_step`: a step that a person does. Planned, pending, confirmed at a terminal or by answers, opened again.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Dir, Output};

/// A step before an object and one that is free of it.
const STEPS: &str = r#"
variable "password" {
  type      = string
  sensitive = true
  default   = "hunter2"
}

variable "site" {
  type    = string
  default = "Berlin"
}

resource "terraform_data" "free" {
  input = "free"
}

resource "manual_step" "product" {
  title        = "Buy the product"
  who          = "Genesys representative"
  instructions = <<-EOT
    Open the order form.
    Order "SMS Aggregation".
  EOT
  values = {
    site     = var.site
    password = var.password
  }
  asks = { order = "The number of the order" }
}

resource "terraform_data" "bound" {
  input = manual_step.product.results.order
}

output "order" {
  value = manual_step.product.results["order"]
}
"#;

/// Runs the program at a terminal: what is typed in, and what standard output said, which is none.
fn at_terminal(dir: &Dir, line: &str, typed: &str) -> Output {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = std::fs::File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
    command
        .args(line.split_whitespace())
        .stdin(Stdio::from(slave.try_clone().unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut master = std::fs::File::from(master);
    master.write_all(typed.as_bytes()).unwrap();
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let rest = child.wait_with_output().unwrap();
    drop(slave);
    let raw = reader.join().unwrap().unwrap();
    Output {
        code: rest.status.code(),
        stdout: crate::harness::redact(&raw),
        stderr: crate::harness::redact(&String::from_utf8(rest.stderr).unwrap()),
        raw,
    }
}

#[track_caller]
fn run(dir: &Dir, line: &str, code: i32) -> Output {
    let output = dir.run(line);
    assert_eq!(output.code, Some(code), "{output}");
    output
}

/// The code that a pending step tells.
fn code(output: &Output) -> String {
    let line = output.raw.lines().find(|l| l.contains("code    = "));
    line.unwrap_or_else(|| panic!("no code: {output}"))
        .split('"')
        .nth(1)
        .unwrap()
        .to_owned()
}

fn answer(dir: &Dir, code: &str, order: &str) {
    let text = format!(
        "step \"manual_step.product\" {{\n  code    = \"{code}\"\n  by      = \"ada@acme.test\"\n  results = {{ order = \"{order}\" }}\n}}\n"
    );
    dir.write("answers.hcl", &text);
}

fn last_run(dir: &Dir) -> Value {
    let output = run(dir, "history -json", 0);
    let runs: Value = serde_json::from_str(&output.raw).unwrap();
    let runs = runs["runs"]
        .as_array()
        .unwrap_or_else(|| runs.as_array().unwrap());
    runs[0].clone()
}

#[test]
fn the_plan_shows_what_to_do_and_masks_what_is_sensitive() {
    let dir = Dir::with(STEPS);
    assert_snapshot!(run(&dir, "plan -target=manual_step.product", 0).stdout, @r#"

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # manual_step.product will be created
      # (manual step: A person does this. Apply asks for confirmation and for the values that come back.)
      + resource "manual_step" "product" {
          + asks           = {
              + "order" = "The number of the order"
            }
          + confirmed_at   = (known after apply)
          + confirmed_by   = (known after apply)
          + id             = (known after apply)
          + instructions   = <<-EOT
                Open the order form.
                Order "SMS Aggregation".
            EOT
          + results        = {
              + "order" = (known after apply)
            }
          + secret_results = (sensitive value)
          + title          = "Buy the product"
          + values         = {
              + "password" = (sensitive value)
              + "site"     = "Berlin"
            }
          + who            = "Genesys representative"
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + order = (known after apply)

    Warning: Resource targeting is in effect

    The plan is limited to what -target names and what that needs, so it may
    leave out changes that the configuration asks for. Use -target to recover
    from a mistake or to work around an error message that suggests it, not in
    everyday work.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

#[test]
fn without_a_terminal_what_depends_on_it_waits_and_the_rest_is_done() {
    let dir = Dir::with(STEPS);
    let output = run(&dir, "apply -auto-approve", 4);
    let told = output.stdout.split("Changes to Outputs").nth(1).unwrap();
    assert_snapshot!(told, @r#"
    :
      + order = (known after apply)
    manual_step.product: Creating...
    terraform_data.free: Creating...
    terraform_data.free: Creation complete after [TIME] [id=[ID]]
    terraform_data.bound: Not done, because manual_step.product is pending

    manual_step.product waits

    Buy the product. Nobody could be asked. Run apply at a terminal, or give an
    answer with -answers=FILE:

        step "manual_step.product" {
          code    = "7600c5a9"
          by      = "tester@host"
          results = {
            "order" = "..."
          }
        }

    Apply is not at its end: 1 added, 0 changed, 0 destroyed, 1 waiting. All of it is saved; apply again to go on.
    "#);
    assert_eq!(output.stderr, "");
    assert!(!output.raw.contains("hunter2"), "{output}");
    assert_eq!(run(&dir, "state list", 0).stdout, "terraform_data.free\n");
    assert_eq!(last_run(&dir)["result"], "waits");
    // It is as it was the next time, and -detailed-exitcode tells that there is something left.
    run(&dir, "plan -detailed-exitcode", 2);
    run(&dir, "apply -auto-approve -input=false", 4);
}

#[test]
fn an_answer_confirms_what_it_was_given_to_and_nothing_else() {
    let mut dir = Dir::with(STEPS);
    let pending = run(&dir, "apply -auto-approve", 4);
    let first = code(&pending);
    answer(&dir, &first, "4711");
    let done = run(&dir, "apply -auto-approve -answers=answers.hcl", 0);
    assert!(done.stdout.contains("order = \"4711\""), "{done}");
    let step = |name: &str| dir.attribute("manual_step.product", name);
    assert_eq!(step("confirmed_by"), "ada@acme.test");
    assert_eq!(step("results"), json!({"order": "4711"}));
    assert!(step("confirmed_at").as_str().unwrap().ends_with('Z'));
    assert_eq!(
        dir.attribute("terraform_data.bound", "output")["value"],
        "4711"
    );
    let id = step("id");
    run(&dir, "plan -detailed-exitcode", 0);

    // Other inputs open it again, and the old answer does not confirm them.
    let again = run(
        &dir,
        "apply -auto-approve -answers=answers.hcl -var site=Bonn",
        4,
    );
    let second = code(&again);
    assert_ne!(first, second);
    assert!(
        again.stdout.contains("to what the step was before"),
        "{again}"
    );
    assert_eq!(
        dir.attribute("terraform_data.bound", "output")["value"],
        "4711"
    );
    assert_eq!(
        dir.attribute("manual_step.product", "values")["site"],
        "Berlin"
    );
    // The same is given in the environment.
    let given =
        json!({"manual_step.product": {"code": second, "by": "bob", "results": {"order": "4712"}}});
    dir.set("TRUNKLINE_ANSWERS", &given.to_string());
    run(&dir, "apply -auto-approve -var site=Bonn", 0);
    assert_eq!(dir.attribute("manual_step.product", "id"), id);
    assert_eq!(dir.attribute("manual_step.product", "confirmed_by"), "bob");
    assert_eq!(
        dir.attribute("terraform_data.bound", "output")["value"],
        "4712"
    );
    run(&dir, "plan -detailed-exitcode -var site=Bonn", 0);
}

#[test]
fn what_an_answer_lacks_is_told() {
    let dir = Dir::with(STEPS);
    let code = code(&run(&dir, "apply -auto-approve", 4));
    answer(&dir, &code, "");
    let output = run(&dir, "apply -auto-approve -answers=answers.hcl", 4);
    let flat = output
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        flat.contains("without the value \"order\" (The number of the order)."),
        "{output}"
    );
    dir.write(
        "answers.hcl",
        "step \"nonsense\" {\n  cod = 1\n}\nstop {}\n",
    );
    let wrong = run(&dir, "apply -auto-approve -answers=answers.hcl", 1);
    for text in [
        "This is not the address of a step",
        "Blocks of type \"stop\"",
    ] {
        assert!(wrong.stderr.contains(text), "{wrong}");
    }
    let missing = run(&dir, "apply -auto-approve -answers=none.hcl", 1);
    assert!(
        missing.stderr.contains("none.hcl cannot be read"),
        "{missing}"
    );
    dir.write(
        "answers.json",
        "{\"manual_step.product\": {\"results\": \"s3cret\"}}",
    );
    let wrong = run(&dir, "apply -auto-approve -answers=answers.json", 1);
    assert!(!wrong.stderr.contains("s3cret"), "{wrong}");
}

#[test]
fn at_a_terminal_it_is_asked_for() {
    let dir = Dir::with(STEPS);
    let output = at_terminal(&dir, "apply -auto-approve", "yes\n\n4711\n");
    assert_eq!(output.code, Some(0), "{output}");
    let told = output
        .stdout
        .split("is a step for a person:")
        .nth(1)
        .unwrap();
    let told = told.split("manual_step.product: Creation").next().unwrap();
    assert_snapshot!(told, @r#"


      Buy the product
      Who: Genesys representative

      Open the order form.
      Order "SMS Aggregation".

        password = (sensitive value)
        site     = "Berlin"

      Is it done? Only 'yes' will be accepted to confirm:   order (The number of the order):   order (The number of the order):
    "#);
    assert!(!output.raw.contains("hunter2"), "{output}");
    assert_eq!(
        dir.attribute("manual_step.product", "confirmed_by"),
        "tester@host"
    );
    assert_eq!(
        dir.attribute("terraform_data.bound", "output")["value"],
        "4711"
    );
    assert_eq!(last_run(&dir)["result"], "ok");
}

#[test]
fn what_is_not_confirmed_waits() {
    let dir = Dir::with(STEPS);
    let output = at_terminal(&dir, "apply -auto-approve", "y\n");
    assert_eq!(output.code, Some(4), "{output}");
    assert!(output.stdout.contains("It was not confirmed."), "{output}");
    let output = at_terminal(&dir, "apply -auto-approve -input=false", "yes\n4711\n");
    assert_eq!(output.code, Some(4), "{output}");
    assert!(!output.stdout.contains("Only 'yes'"), "{output}");
}

#[test]
fn a_person_can_be_asked_for_secrets() {
    let dir = Dir::with(
        r#"
resource "manual_step" "key" {
  title        = "Make the access key"
  instructions = "Access keys > New."
  secret_asks  = { secret = "The key's secret" }
}

resource "terraform_data" "use" {
  input = manual_step.key.secret_results.secret
}
"#,
    );
    let output = at_terminal(&dir, "apply -auto-approve", "yes\ns3cret\n");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(
        dir.attribute("terraform_data.use", "output")["value"],
        "s3cret"
    );
    let shown = run(&dir, "state show manual_step.key", 0);
    assert!(!shown.raw.contains("s3cret"), "{shown}");
    let bytes = std::fs::read(dir.path().join("trunkline.db")).unwrap();
    assert!(!bytes.windows(6).any(|w| w == b"s3cret"));
}

#[test]
fn a_rehearsal_does_the_steps_by_itself_where_nothing_comes_back() {
    let dir = Dir::with(STEPS);
    let output = run(&dir, "apply -auto-approve -sandbox", 4);
    assert!(output.stdout.contains("sandbox.answers.hcl"), "{output}");
    dir.write(
        "sandbox.answers.hcl",
        "step \"manual_step.product\" {\n  results = { order = \"1\" }\n}\n",
    );
    run(&dir, "apply -auto-approve -sandbox", 0);
    run(&dir, "plan -detailed-exitcode -sandbox", 0);
    let plain = Dir::with(
        "resource \"manual_step\" \"a\" {\n  title        = \"A\"\n  instructions = \"Do.\"\n}\n",
    );
    run(&plain, "apply -auto-approve -sandbox", 0);
    let shown = run(&plain, "show -sandbox", 0);
    assert!(
        shown.stdout.contains("confirmed_by   = \"sandbox\""),
        "{shown}"
    );
}

#[test]
fn a_step_of_which_the_person_was_cut_off_is_asked_for_again() {
    let mut dir = Dir::with(STEPS);
    run(&dir, "apply -auto-approve -target=terraform_data.free", 0);
    let pending = run(&dir, "apply -auto-approve", 4);
    answer(&dir, &code(&pending), "4711");
    let mut at = 1;
    loop {
        dir.set("TRUNKLINE_KILL_AT", &at.to_string());
        let output = dir.run("apply -auto-approve -answers=answers.hcl");
        dir.unset("TRUNKLINE_KILL_AT");
        if output.code == Some(0) {
            break;
        }
        let output = run(&dir, "apply -auto-approve -answers=answers.hcl", 0);
        assert!(output.stdout.contains("order = \"4711\""), "{output}");
        let states = run(&dir, "state list", 0).stdout;
        assert_eq!(states.lines().count(), 3, "{states}");
        run(&dir, "destroy -auto-approve -target=manual_step.product", 0);
        at += 1;
    }
    assert!(at > 3, "{at} points");
}

#[test]
fn it_goes_with_a_word_on_what_to_undo() {
    let dir = Dir::with(
        "resource \"manual_step\" \"a\" {\n  title        = \"A\"\n  instructions = \"Do.\"\n  undo         = \"Cancel the order.\"\n}\n",
    );
    let output = at_terminal(&dir, "apply -auto-approve", "yes\n");
    assert_eq!(output.code, Some(0), "{output}");
    // What is to be undone is not confirmed: another word on it opens nothing.
    let text = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    dir.write("main.tf", &text.replace("Cancel the order", "Cancel it"));
    run(&dir, "apply -auto-approve", 0);
    let output = run(&dir, "destroy -auto-approve", 0);
    assert!(
        output.stdout.contains("- undo           = \"Cancel it.\""),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("(manual step: Something is to be undone by hand"),
        "{output}"
    );
}

#[test]
fn mistakes_are_found_offline() {
    let dir = Dir::with(
        "resource \"manual_step\" \"a\" {\n  title        = \" \"\n  instructions = \"Do.\"\n  asks         = { a = \"x\" }\n  secret_asks  = { a = \"x\" }\n}\n",
    );
    let output = run(&dir, "validate", 1);
    assert!(output.stderr.contains("Empty manual step"), "{output}");
    assert!(output.stderr.contains("Value asked for twice"), "{output}");
}

/// The examples with the steps of people: a rehearsal does them by itself, and nothing is left to do afterwards.
#[test]
fn every_example_leads_through_the_steps_of_its_vendors() {
    let examples = [
        ("acrobits-turnkey", 6),
        ("genesys-sms-aggregation", 10),
        ("sinch-contact-pro", 15),
        ("sinch-conversation", 13),
        ("alibaba-chatapp", 5),
    ];
    for (example, steps) in examples {
        let dir = Dir::empty();
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        crate::stage::copy(&from.join(example), &dir.path(), false);
        run(&dir, "apply -auto-approve -sandbox", 0);
        let listed = run(&dir, "state list -sandbox", 0).stdout;
        let found = listed.lines().filter(|l| l.starts_with("manual_step."));
        assert_eq!(found.count(), steps, "{listed}");
        run(&dir, "plan -detailed-exitcode -sandbox", 0);
    }
}
