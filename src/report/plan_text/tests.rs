//! Plans as text, compared with recorded ones.

use trunkline_api::provider::{NoteKind, PlanNote};
use trunkline_api::{Marks, Path, Type, Value};

use crate::plan::{Action, PlanMode};
use crate::report::style::Style;
use crate::report::testing::{Recorded, assert_text, change, empty_plan, path, plan};

fn style() -> Style {
    Style {
        product: "Terraform".into(),
        command: "terraform".into(),
        ..Style::default()
    }
}

/// Renders a recorded plan and compares it with the recorded text.
fn check(json: &str, expected: &str, mode: PlanMode) {
    let schemas = Recorded::new(&[
        include_str!("../testdata/demo_schema.json"),
        include_str!("../testdata/typed_schema.json"),
    ]);
    let text = super::render_plan(&plan(json, mode), &schemas, &style());
    assert_text(&text, expected);
}

macro_rules! recorded {
    ($($name:ident: $mode:ident,)*) => {$(
        #[test]
        fn $name() {
            check(
                include_str!(concat!("../testdata/", stringify!($name), ".json")),
                include_str!(concat!("../testdata/", stringify!($name), ".txt")),
                PlanMode::$mode,
            );
        }
    )*};
}

recorded! {
    create: Normal,
    update: Normal,
    replace: Normal,
    moved: Normal,
    data: Normal,
    blocks_create: Normal,
    blocks_update: Normal,
    blocks_replace: Normal,
    drift: Normal,
    drift_refresh_only: RefreshOnly,
    shapes: Normal,
    typed: Normal,
    lists: Normal,
    misc: Normal,
    import_replace: Normal,
    forget: Normal,
    import_only: Normal,
    random_dynamic: Normal,
    random_typed: Normal,
    blanks: Normal,
    blanks_by_schema: Normal,
}

fn render(plan: &crate::plan::Plan) -> String {
    super::render_plan(plan, &Recorded::new(&[]), &style())
}

#[test]
fn nothing_to_do_is_said_for_each_mode() {
    assert_eq!(
        render(&empty_plan(PlanMode::Normal)),
        "\nNo changes. Your infrastructure matches the configuration.\n\
         \nTerraform has compared your real infrastructure against your configuration\
         \nand found no differences, so no changes are needed.\n"
    );
    assert_eq!(
        render(&empty_plan(PlanMode::Destroy)),
        "\nNo changes. No objects need to be destroyed.\n\
         \nEither you have not created any objects yet or the existing objects were\
         \nalready deleted outside of Terraform.\n"
    );
    assert_eq!(
        render(&empty_plan(PlanMode::RefreshOnly)),
        "\nNo changes. Your infrastructure still matches the configuration.\n\
         \nTerraform has checked that the real remote objects still match the result of\
         \nyour most recent changes, and found no differences.\n"
    );
    let mut failed = empty_plan(PlanMode::Normal);
    failed.errored = true;
    assert_eq!(
        render(&failed),
        "\nPlanning failed. Terraform encountered an error while generating this plan.\n\n"
    );
}

#[test]
fn an_errored_plan_shows_what_it_has() {
    let after = Value::object([("input", Value::from("x"))]);
    let mut plan = empty_plan(PlanMode::Normal);
    plan.changes = vec![change(
        "terraform_data.a",
        Action::Create,
        Value::null(Type::Dynamic),
        after,
    )];
    plan.errored = true;
    let text = render(&plan);
    assert!(text.contains(
        "\nTerraform planned the following actions, but then encountered a problem:\n\
         \n  # terraform_data.a will be created\
         \n  + resource \"terraform_data\" \"a\" {\
         \n      + input = \"x\"\n    }\n\
         \nPlan: 1 to add, 0 to change, 0 to destroy.\n"
    ));
}

#[test]
fn notes_stand_under_the_title() {
    let before = Value::object([("id", Value::from("x"))]);
    let mut deletion = change(
        "terraform_data.a",
        Action::Delete,
        before,
        Value::null(Type::Dynamic),
    );
    deletion.details.write().notes = vec![
        PlanNote {
            kind: NoteKind::Stays,
            text: "the number is kept until the end of the month".into(),
        },
        PlanNote {
            kind: NoteKind::Purchase,
            text: "12.00 EUR a month".into(),
        },
        PlanNote {
            kind: NoteKind::Manual,
            text: "tell the carrier".into(),
        },
    ];
    assert_eq!(
        super::render_change(&deletion, &Recorded::new(&[]), &style()),
        "  # terraform_data.a will be destroyed\
         \n  # (stays at the vendor: the number is kept until the end of the month)\
         \n  # (purchase: 12.00 EUR a month)\
         \n  # (manual step: tell the carrier)\
         \n  - resource \"terraform_data\" \"a\" {\
         \n      - id = \"x\" -> null\n    }\n"
    );
}

#[test]
fn colour_changes_nothing_but_colour() {
    let text = include_str!("../testdata/typed.json");
    let schemas = Recorded::new(&[include_str!("../testdata/typed_schema.json")]);
    let plan = plan(text, PlanMode::Normal);
    let colored = Style {
        color: true,
        ..style()
    };
    let mut bare = super::render_plan(&plan, &schemas, &colored);
    assert!(bare.contains("\u{1b}[32m+\u{1b}[0m"));
    for code in ["[0m", "[1m", "[31m", "[32m", "[33m", "[36m", "[90m"] {
        bare = bare.replace(&format!("\u{1b}{code}"), "");
    }
    assert_eq!(bare, super::render_plan(&plan, &schemas, &style()));
}

/// No schema, or one that does not fit, must not lose or leak anything.
#[test]
fn without_a_schema_secrets_stay_masked() {
    let secret = Value::from("hush").with_marks(Marks::SENSITIVE);
    let before = Value::object([("k", Value::tuple([secret.clone(), Value::from("a")]))]);
    let after = Value::object([("k", Value::tuple([secret, Value::from("b")]))]);
    let mut update = change("x_y.a", Action::Update, before, after);
    update.provider_source = "elsewhere".into();
    let text = super::render_change(&update, &Recorded::new(&[]), &style());
    assert!(text.contains("(sensitive value)"), "{text}");
    assert!(text.contains("~ \"a\" -> \"b\""), "{text}");
    assert!(!text.contains("hush"));
}

#[test]
fn of_drift_only_what_matters_is_shown() {
    let schemas = Recorded::new(&[include_str!("../testdata/typed_schema.json")]);
    let text = include_str!("../testdata/drift_relevant.json");
    let plan = plan(text, PlanMode::Normal);
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut shown = String::new();
    for drift in &plan.drift {
        let paths: Vec<Path> = json["relevant_attributes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["resource"].as_str() == Some(&drift.address.to_string()))
            .map(|r| path(&r["attribute"]))
            .collect();
        let how = (super::Cause::Drift, Some(paths.as_slice()));
        super::resource(
            &mut shown,
            &super::as_change(drift),
            how,
            &schemas,
            &style(),
        );
        shown.push('\n');
    }
    assert!(shown.contains("x_thing.gone has been deleted"));
    let recorded = include_str!("../testdata/drift_relevant.txt");
    assert!(recorded.contains(&shown), "{shown}");
}
