//! Change windows of `trunkline.hcl`: what they hold and when, what is done all the same, and what is told of it.

use insta::assert_snapshot;

use crate::harness::{Dir, Output};
use crate::stage::SUNDAY;

/// Holds changes and deletions from Monday to Friday, 8 to 18 in Berlin.
const WINDOW: &str = r#"
change_window "business_hours" {
  timezone = "Europe/Berlin"
  types    = ["terraform_*"]
  actions  = ["update", "delete"]
  holidays = ["2026-01-06"]

  hold {
    days = ["mon", "tue", "wed", "thu", "fri"]
    from = "08:00"
    to   = "18:00"
  }
}
"#;

/// A Monday in Berlin, 9 o'clock.
const MONDAY: &str = "2026-01-05T08:00:00Z";

const TWO: &str = r#"
variable "a" {
  type    = number
  default = 1
}

resource "terraform_data" "a" {
  input = var.a
}

resource "terraform_data" "after" {
  input = terraform_data.a.output
}

resource "terraform_data" "other" {
  count = var.a
}
"#;

#[track_caller]
fn run(dir: &Dir, line: &str, code: i32) -> Output {
    let output = dir.run(line);
    assert_eq!(output.code, Some(code), "{output}");
    output
}

/// A configuration that was applied, with a window, at a time.
fn applied(main: &str, window: &str, now: &str) -> Dir {
    let mut dir = Dir::with(main);
    dir.apply("");
    dir.write("trunkline.hcl", window);
    dir.set("TRUNKLINE_NOW", now);
    dir
}

fn output_of(dir: &Dir, name: &str) -> String {
    dir.attribute(&format!("terraform_data.{name}"), "output")["value"].to_string()
}

#[test]
fn a_plan_marks_what_a_window_is_about() {
    let dir = applied(TWO, WINDOW, MONDAY);
    let output = run(&dir, "plan -var a=2", 0);
    let told = output.stdout.split("following actions:").nth(1).unwrap();
    assert_snapshot!(told, @r#"


      # terraform_data.a will be updated in-place
      # (change window: "business_hours" holds it mon, tue, wed, thu, fri 08:00-18:00 Europe/Berlin.)
      ~ resource "terraform_data" "a" {
            id     = "[ID]"
          ~ input  = 1 -> 2
          ~ output = 1 -> (known after apply)
        }

      # terraform_data.after will be updated in-place
      # (change window: "business_hours" holds it mon, tue, wed, thu, fri 08:00-18:00 Europe/Berlin.)
      ~ resource "terraform_data" "after" {
            id     = "[ID]"
          ~ input  = 1 -> (known after apply)
          ~ output = 1 -> (known after apply)
        }

      # terraform_data.other[1] will be created
      + resource "terraform_data" "other" {
          + id = (known after apply)
        }

    Plan: 1 to add, 2 to change, 0 to destroy.

    Warning: Changes are held by a change window

    The change window "business_hours" of trunkline.hcl holds terraform_data.a,
    terraform_data.after until Mon 2026-01-05 18:00 Europe/Berlin. Apply does
    what does not depend on it. With -allow-outside-window it does all of it,
    which the history records.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    // At another time it is marked too, and nothing is held.
    let mut dir = dir;
    dir.set("TRUNKLINE_NOW", SUNDAY);
    let output = run(&dir, "plan -var a=2", 0);
    assert!(output.stdout.contains("(change window:"), "{output}");
    assert!(!output.stdout.contains("Changes are held"), "{output}");
}

#[test]
fn every_object_that_waits_is_named_and_what_waits_for_it_is_pending() {
    let main = r#"
resource "terraform_data" "root" {}

resource "terraform_data" "between" {
  input = terraform_data.root.id
}

resource "terraform_data" "held" {
  count = 2
  input = [terraform_data.between.id, count.index]
}
"#;
    let dir = applied(main, WINDOW, MONDAY);
    let output = run(&dir, "destroy -auto-approve", 4);
    let told = output.stdout.split("Plan: ").nth(1).unwrap();
    assert_snapshot!(told, @r#"
    0 to add, 0 to change, 4 to destroy.
    terraform_data.between: Not done, because terraform_data.held (destroy) is pending
    terraform_data.root: Not done, because terraform_data.between (destroy) is pending

    terraform_data.held[0] waits
    terraform_data.held[1] waits

    The change window "business_hours" of trunkline.hcl holds this change until
    Mon 2026-01-05 18:00 Europe/Berlin. Run it again then, or with
    -allow-outside-window, which the history records.

    Destroy is not at its end: 0 added, 0 changed, 0 destroyed, 2 waiting. All of it is saved; destroy again to go on.
    "#);
    assert_eq!(run(&dir, "state list", 0).stdout.lines().count(), 4);
}

#[test]
fn what_is_held_waits_and_the_rest_is_done() {
    let mut dir = applied(TWO, WINDOW, MONDAY);
    let output = run(&dir, "apply -auto-approve -var a=2", 4);
    let told = output.stdout.split("Plan: ").nth(1).unwrap();
    assert_snapshot!(told, @r#"
    1 to add, 2 to change, 0 to destroy.
    terraform_data.after: Not done, because terraform_data.a is pending
    terraform_data.other[1]: Creating...
    terraform_data.other[1]: Creation complete after [TIME] [id=[ID]]

    terraform_data.a waits

    The change window "business_hours" of trunkline.hcl holds this change until
    Mon 2026-01-05 18:00 Europe/Berlin. Run it again then, or with
    -allow-outside-window, which the history records.

    Apply is not at its end: 1 added, 0 changed, 0 destroyed, 1 waiting. All of it is saved; apply again to go on.
    "#);
    assert_eq!(
        (output_of(&dir, "a"), output_of(&dir, "after")),
        ("1".into(), "1".into())
    );
    let states = run(&dir, "state list", 0).stdout;
    assert!(states.contains("terraform_data.other[1]"), "{states}");
    // In the evening it goes on.
    dir.set("TRUNKLINE_NOW", "2026-01-05T17:00:00Z");
    run(&dir, "apply -auto-approve -var a=2", 0);
    assert_eq!(
        (output_of(&dir, "a"), output_of(&dir, "after")),
        ("2".into(), "2".into())
    );
}

#[test]
fn it_holds_in_its_hours_in_its_time_zone() {
    let mut dir = applied(TWO, WINDOW, MONDAY);
    let cases = [
        ("2026-01-05T06:59:59Z", 0, "a second before it begins"),
        ("2026-01-05T07:00:00Z", 4, "the beginning is inside"),
        ("2026-01-05T16:59:59Z", 4, "a second before it ends"),
        ("2026-01-05T17:00:00Z", 0, "the end is outside"),
        ("2026-07-06T06:00:00Z", 4, "an hour earlier in summer"),
        ("2026-07-06T16:00:00Z", 0, "the end in summer"),
        ("2026-01-03T12:00:00Z", 0, "Saturday"),
        ("2026-01-06T12:00:00Z", 0, "a holiday"),
    ];
    for (i, (now, code, why)) in cases.iter().enumerate() {
        dir.set("TRUNKLINE_NOW", now);
        let output = dir.run(&format!(
            "apply -auto-approve -target=terraform_data.a -var a={}",
            i + 2
        ));
        assert_eq!(output.code, Some(*code), "{why}: {output}");
    }
}

#[test]
fn an_override_is_recorded() {
    let dir = applied(TWO, WINDOW, MONDAY);
    let output = run(
        &dir,
        "apply -auto-approve -var a=2 -allow-outside-window -reason=CHG-17",
        0,
    );
    assert!(!output.stdout.contains("Changes are held"), "{output}");
    let shown = run(&dir, "history show 2", 0).stdout;
    assert!(
        shown.contains("! terraform_data.a: change window \"business_hours\" overridden with -allow-outside-window: CHG-17"),
        "{shown}"
    );
    assert!(!shown.contains("! terraform_data.other"), "{shown}");
    let json: serde_json::Value =
        serde_json::from_str(&run(&dir, "history show -json 2", 0).raw).unwrap();
    assert_eq!(json["events"][0]["address"], "terraform_data.a", "{json}");
    // Without a reason, and where nothing is held, nothing is recorded.
    run(
        &dir,
        "apply -auto-approve -var a=3 -allow-outside-window",
        0,
    );
    let shown = run(&dir, "history show 3", 0).stdout;
    assert!(
        shown.contains("overridden with -allow-outside-window\n"),
        "{shown}"
    );
}

#[test]
fn neither_half_of_a_replacement_is_begun() {
    let text = |before: bool, n: u8| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  triggers_replace = {n}\n  lifecycle {{\n    create_before_destroy = {before}\n  }}\n}}\n"
        )
    };
    for before in [false, true] {
        let mut dir = applied(&text(before, 1), WINDOW, MONDAY);
        let id = dir.attribute("terraform_data.a", "id");
        dir.write("main.tf", &text(before, 2));
        run(&dir, "apply -auto-approve", 4);
        assert_eq!(dir.attribute("terraform_data.a", "id"), id);
        let states = dir.state();
        let instances = states["resources"][0]["instances"].as_array().unwrap();
        assert_eq!(instances.len(), 1, "{states}");
        run(&dir, "destroy -auto-approve", 4);
        dir.set("TRUNKLINE_NOW", SUNDAY);
        run(&dir, "apply -auto-approve", 0);
        assert_ne!(dir.attribute("terraform_data.a", "id"), id);
        run(&dir, "destroy -auto-approve", 0);
    }
}

/// The clock is looked at before each change: one that lasts into a window is the last.
#[test]
fn a_run_that_lasts_into_a_window_stops_there() {
    let main = |n: u8| {
        format!(
            r#"
resource "terraform_data" "long" {{
  triggers_replace = {n}
  provisioner "local-exec" {{
    command = "echo {MONDAY} > now"
  }}
}}

resource "terraform_data" "a" {{
  input      = {n}
  depends_on = [terraform_data.long]
}}
"#
        )
    };
    let mut dir = Dir::with(&main(1));
    dir.apply("");
    dir.write("trunkline.hcl", WINDOW);
    dir.write("main.tf", &main(2));
    dir.write("now", SUNDAY);
    dir.set("TRUNKLINE_NOW", "@now");
    let output = run(&dir, "apply -auto-approve", 4);
    assert!(
        output
            .stdout
            .contains("1 added, 0 changed, 1 destroyed, 1 waiting"),
        "{output}"
    );
    assert_eq!(output_of(&dir, "a"), "1");
}

#[test]
fn a_saved_plan_holds_the_windows_that_it_was_made_with() {
    let dir = applied(TWO, WINDOW, MONDAY);
    run(&dir, "plan -var a=2 -out=p", 0);
    std::fs::remove_file(dir.path().join("trunkline.hcl")).unwrap();
    run(&dir, "apply p", 4);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let dir = Dir::with(TWO);
    dir.write(
        "trunkline.hcl",
        r#"
change_window "w" {
  timezone = "Europe/Berlim"
  types    = []
  actions  = ["replace"]

  hold {
    days = ["monday"]
    from = "8:00"
    to   = "18:00"
  }
}

change_windows "x" {}
"#,
    );
    let output = run(&dir, "validate", 1);
    for text in [
        "\"Europe/Berlim\" is not the name of a time zone",
        "A list of texts is required here",
        "\"replace\" is not one of",
        "\"monday\" is not a day",
        "\"8:00\" is not a time of the day",
        "Did you mean \"change_window\"? There may be the argument \"lock_reads\" and the blocks \"adopt\", \"change_window\" here.",
        "on trunkline.hcl line 3",
    ] {
        let flat = output
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(flat.contains(text), "not {text:?}: {output}");
    }
}

/// A file that cannot be read may hold changes back: it is not as if there were none.
#[test]
fn a_trunkline_hcl_that_cannot_be_read_is_an_error() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    std::fs::create_dir(dir.path().join("trunkline.hcl")).unwrap();
    let output = run(&dir, "apply -auto-approve", 1);
    assert!(
        output.stderr.contains("Error: Failed to read file"),
        "{output}"
    );
    assert!(
        output
            .stderr
            .contains("trunkline.hcl is there and cannot be read"),
        "{output}"
    );
}
