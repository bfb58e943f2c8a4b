//! The configurations that are measured: `terraform_data` in shapes that stress different things.

use std::fmt::Write as _;

/// A kind of configuration.
pub struct Shape {
    /// Its name in tables.
    pub name: &'static str,
    /// The files of a configuration with so many instances; with `true` one of them has another value.
    pub files: fn(usize, bool) -> Vec<(String, String)>,
    /// The largest size that is worth waiting for Terraform.
    pub largest_compared: usize,
}

/// All shapes.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "count",
        files: count,
        largest_compared: 4000,
    },
    Shape {
        name: "flat",
        files: flat,
        largest_compared: 4000,
    },
    Shape {
        name: "layered",
        files: layered,
        largest_compared: 4000,
    },
    Shape {
        name: "modules",
        files: modules,
        largest_compared: 4000,
    },
    Shape {
        name: "chain",
        files: chain,
        largest_compared: 1000,
    },
];

fn main_tf(text: String) -> Vec<(String, String)> {
    vec![("main.tf".into(), text)]
}

/// The value of instance `i`; that of the middle one of `n` is another after the change.
fn value(i: usize, n: usize, changed: bool) -> String {
    match changed && i == n / 2 {
        true => format!("\"changed {i}\""),
        false => i.to_string(),
    }
}

/// Instances of one resource, which do not know each other.
fn count(n: usize, changed: bool) -> Vec<(String, String)> {
    let special = if changed { (n / 2) as i64 } else { -1 };
    main_tf(format!(
        "resource \"terraform_data\" \"a\" {{\n  count = {n}\n  input = count.index == {special} ? \"changed\" : tostring(count.index)\n}}\n"
    ))
}

/// A block each, which do not know each other.
fn flat(n: usize, changed: bool) -> Vec<(String, String)> {
    let mut text = String::new();
    for i in 0..n {
        let value = value(i, n, changed);
        writeln!(
            text,
            "resource \"terraform_data\" \"r{i}\" {{\n  input = {value}\n}}"
        )
        .expect("a string takes all");
    }
    main_tf(text)
}

/// Layers of 50, of which each resource needs three of the layer before.
fn layered(n: usize, changed: bool) -> Vec<(String, String)> {
    const WIDTH: usize = 50;
    let mut text = String::new();
    for i in 0..n {
        let before = |k: usize| (i / WIDTH - 1) * WIDTH + (i * 7 + k * 13) % WIDTH;
        let needed = match i / WIDTH {
            0 => String::new(),
            _ => (0..3)
                .map(|k| format!(", terraform_data.r{}.id", before(k)))
                .collect(),
        };
        let value = value(i, n, changed);
        writeln!(
            text,
            "resource \"terraform_data\" \"r{i}\" {{\n  input = [{value}{needed}]\n}}"
        )
        .expect("a string takes all");
    }
    main_tf(text)
}

/// Resources of which each needs the one before.
fn chain(n: usize, changed: bool) -> Vec<(String, String)> {
    let mut text = String::new();
    for i in 0..n {
        let needed = match i {
            0 => String::new(),
            _ => format!(", terraform_data.r{}.id", i - 1),
        };
        let value = value(i, n, changed);
        writeln!(
            text,
            "resource \"terraform_data\" \"r{i}\" {{\n  input = [{value}{needed}]\n}}"
        )
        .expect("a string takes all");
    }
    main_tf(text)
}

/// Calls with `for_each` of a module that calls another with `count`; ten resources in each instance of that one.
fn modules(n: usize, changed: bool) -> Vec<(String, String)> {
    let teams = (n / 100).max(1);
    let special = if changed { "team0" } else { "" };
    let root = format!(
        "module \"team\" {{\n  source   = \"./team\"\n  for_each = toset([for i in range({teams}) : \"team${{i}}\"])\n  name     = each.key\n  special  = each.key == \"{special}\"\n}}\n\noutput \"all\" {{\n  value = length(module.team)\n}}\n"
    );
    let team = "variable \"name\" {}\nvariable \"special\" {}\n\nmodule \"queue\" {\n  source  = \"./queue\"\n  count   = 10\n  name    = \"${var.name}-${count.index}\"\n  special = var.special && count.index == 0\n}\n\noutput \"ids\" {\n  value = module.queue[*].first\n}\n";
    let mut queue = String::from("variable \"name\" {}\nvariable \"special\" {}\n");
    for i in 0..10 {
        let input = match i {
            0 => "var.special ? \"changed\" : var.name".to_owned(),
            _ => format!("\"${{var.name}} {i}\""),
        };
        writeln!(
            queue,
            "\nresource \"terraform_data\" \"r{i}\" {{\n  input = {input}\n}}"
        )
        .expect("a string takes all");
    }
    queue.push_str("\noutput \"first\" {\n  value = terraform_data.r0.id\n}\n");
    vec![
        ("main.tf".into(), root),
        ("team/main.tf".into(), team.into()),
        ("team/queue/main.tf".into(), queue),
    ]
}
