//! Reading configurations: `validate` of many resources in many files, beside Terraform and against twice the bytes.

use std::path::Path;
use std::time::Duration;

use crate::measure::{Cost, measure};

/// Writes `resources` resources in `files` files, each about two hundred bytes and referring to another, with a variable
/// and an output a file. Gives the bytes.
fn write(dir: &Path, resources: usize, files: usize) -> usize {
    let each = resources / files;
    let mut bytes = 0;
    for file in 0..files {
        let mut text = format!("variable \"v{file}\" {{\n  default = {file}\n}}\n\n");
        for i in file * each..(file + 1) * each {
            let before = if i % each == 0 {
                format!("var.v{file}")
            } else {
                format!("terraform_data.r{}.output", i - 1)
            };
            text.push_str(&format!(
                "resource \"terraform_data\" \"r{i}\" {{\n  input = {{\n    index = {i}\n    name  = upper(\"object-${{var.v{file}}}-{i}\")\n    tags  = [\"a\", \"b\", \"c{i}\"]\n    after = {before}\n  }}\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}\n\n"
            ));
        }
        text.push_str(&format!(
            "output \"o{file}\" {{\n  value = terraform_data.r{}.id\n}}\n",
            (file + 1) * each - 1
        ));
        bytes += text.len();
        std::fs::write(dir.join(format!("f{file}.tf")), text).expect("a file can be written");
    }
    bytes
}

/// What `validate` costs, and the bytes read.
fn validate(program: &str, resources: usize, files: usize) -> Option<(Cost, usize)> {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let bytes = write(dir.path(), resources, files);
    let limit = Duration::from_secs(600);
    measure(program, &["init"], dir.path(), limit)?;
    Some((measure(program, &["validate"], dir.path(), limit)?, bytes))
}

/// The lines of the table.
pub fn lines(ours: &str, terraform: bool) -> Vec<String> {
    let mut out = vec!["resources  files     MB   CPU s    MiB".to_owned()];
    let mut line =
        |who: &str, resources: usize, files: usize, found: &Option<(Cost, usize)>| match found {
            Some((cost, bytes)) => out.push(format!(
                "{resources:9} {files:6} {:6.1} {:7.2} {:6.0}  {who}",
                *bytes as f64 / 1e6,
                cost.cpu_seconds,
                cost.peak_mib
            )),
            None => out.push(format!("{resources:9} {files:6}  took too long  {who}")),
        };
    let small = validate(ours, 5000, 10);
    line("ours", 5000, 10, &small);
    let mut ratios = Vec::new();
    if terraform {
        let theirs = validate("terraform", 5000, 10);
        line("terraform", 5000, 10, &theirs);
        if let (Some((a, _)), Some((b, _))) = (&small, &theirs) {
            ratios.push(format!(
                "Terraform takes {:.0} times the CPU and {:.1} times the memory.",
                b.cpu_seconds / a.cpu_seconds.max(0.01),
                b.peak_mib / a.peak_mib
            ));
        }
    }
    let half = validate(ours, 50_000, 100);
    line("ours", 50_000, 100, &half);
    let whole = validate(ours, 100_000, 200);
    line("ours", 100_000, 200, &whole);
    if let (Some((a, x)), Some((b, y))) = (&half, &whole) {
        ratios.push(format!(
            "{:.2} times the bytes take {:.2} times the CPU.",
            *y as f64 / *x as f64,
            b.cpu_seconds / a.cpu_seconds.max(0.01)
        ));
    }
    out.extend(ratios);
    out
}
