//! Values of root variables: from the environment, `.tfvars` files and the command line, the later over the earlier.
//!
//! It converts nothing to a variable's type: that is done where the variable is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Type, Value};

use crate::config::{Config, ConfigFiles};
use crate::lang::ast::Expr;
use crate::lang::eval::eval_constant;
use crate::lang::json_syntax;
use crate::lang::parser::{parse_expression, parse_file};
use crate::plan::evaluate::{GivenAt, GivenPlaces};

/// Where a value comes from, in the order of the command line.
#[derive(Clone, Debug)]
pub enum Given {
    /// `-var name=value`
    Var(String),
    /// `-var-file path`
    File(String),
}

/// What to collect from.
pub struct Inputs<'a> {
    /// `TF_VAR_name` variables, by name.
    pub environment: &'a BTreeMap<String, String>,
    /// `-var` and `-var-file`, in order.
    pub given: &'a [Given],
    /// Files loaded after the automatic ones, such as `sandbox.tfvars`; skipped where they are not there.
    pub extra_files: &'a [&'a str],
    /// The files.
    pub files: &'a dyn ConfigFiles,
}

/// What was found for the root variables.
#[derive(Debug, Default)]
pub struct Collected {
    /// The values by name.
    pub values: BTreeMap<Arc<str>, Value>,
    /// Where they were given.
    pub places: GivenPlaces,
    /// Something could not be read, so that a variable without a value says nothing.
    pub unreadable: bool,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

/// Collects the values of the root variables of `config`.
pub fn collect(config: &Config, inputs: &Inputs<'_>) -> Collected {
    let mut collector = Collector {
        config,
        inputs,
        values: BTreeMap::new(),
        places: GivenPlaces::new(),
        undeclared: BTreeSet::new(),
        unreadable: false,
        diagnostics: Vec::new(),
    };
    let names = inputs.files.list(Path::new(".")).unwrap_or_default();
    for name in ["terraform.tfvars", "terraform.tfvars.json"] {
        if names.iter().any(|n| n == name) {
            collector.file(name);
        }
    }
    for name in names
        .iter()
        .filter(|n| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json"))
    {
        collector.file(name);
    }
    for name in inputs.extra_files {
        if names.iter().any(|n| n == name) {
            collector.file(name);
        }
    }
    for given in inputs.given {
        match given {
            Given::File(path) => collector.file(path),
            Given::Var(text) => collector.flag(text),
        }
    }
    // The environment gives way to all else; what it has for a variable that is given is not even read.
    for (name, text) in inputs.environment {
        let declared = config.root.variables.contains_key(name.as_str());
        if declared && !collector.values.contains_key(name.as_str()) {
            collector.text(name, text, GivenAt::Environment);
        }
    }
    if let more @ 1.. = collector.undeclared.len().saturating_sub(2) {
        collector.diagnostics.push(Diagnostic::warning(
            "Values for undeclared variables",
            format!("In addition to the other similar warnings shown, {more} other variable(s) defined without being declared."),
        ));
    }
    Collected {
        values: collector.values,
        places: collector.places,
        unreadable: collector.unreadable,
        diagnostics: collector.diagnostics,
    }
}

/// The root variables that have neither a value nor a default, as errors.
#[must_use]
pub fn missing(config: &Config, values: &BTreeMap<Arc<str>, Value>) -> Diagnostics {
    let variables = config.root.variables.values();
    variables
        .filter(|v| v.default.is_none() && !values.contains_key(&v.name))
        .map(|v| {
            config.sources.error(
                v.span,
                "No value for required variable",
                format!("The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.", v.name),
            )
        })
        .collect()
}

/// A value that is given as text: itself where a string is wanted, otherwise an expression.
pub fn from_text(
    config: &Config,
    name: &str,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Value> {
    let wanted = &config.root.variables.get(name)?.constraint.ty;
    if wanted.is_primitive() || *wanted == Type::Dynamic {
        return Some(Value::string(text));
    }
    let sources = &config.sources;
    let file = sources.add(format!("<value for var.{name}>"), text);
    let (expr, problems) = parse_expression(sources, file);
    let failed = has_errors(&problems);
    diagnostics.extend(problems);
    if failed {
        return None;
    }
    constant(config, &expr, diagnostics)
}

/// A value as an expression; where it is none, the variable has no value.
fn constant(config: &Config, expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Value> {
    let mut problems = Vec::new();
    let value = eval_constant(expr, &config.sources, &mut problems);
    let fine = !has_errors(&problems);
    diagnostics.extend(problems);
    fine.then_some(value)
}

struct Collector<'a> {
    config: &'a Config,
    inputs: &'a Inputs<'a>,
    values: BTreeMap<Arc<str>, Value>,
    places: GivenPlaces,
    undeclared: BTreeSet<String>,
    unreadable: bool,
    diagnostics: Diagnostics,
}

impl Collector<'_> {
    /// Tells what is wrong with something that could not be read.
    fn unreadable(&mut self, problems: Diagnostics) {
        self.unreadable = true;
        self.diagnostics.extend(problems);
    }

    fn flag(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            self.unreadable(vec![Diagnostic::error(
                "Invalid -var option",
                format!("The given -var option {text:?} is not correctly specified. Must be a variable name and value separated by an equals sign, like -var=\"key=value\"."),
            )]);
            return;
        };
        if name.ends_with(' ') {
            let meant = format!("{}={}", name.trim(), value.trim_start());
            self.unreadable(vec![Diagnostic::error(
                "Invalid -var option",
                format!("Variable name {name:?} is invalid due to trailing space. Did you mean -var={meant:?}?"),
            )]);
            return;
        }
        if !self.config.root.variables.contains_key(name) {
            self.diagnostics.push(Diagnostic::error(
                "Value for undeclared variable",
                format!("A variable named {name:?} was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration."),
            ));
            return;
        }
        self.text(name, value, GivenAt::CommandLine);
    }

    fn text(&mut self, name: &str, text: &str, at: GivenAt) {
        if let Some(value) = from_text(self.config, name, text, &mut self.diagnostics) {
            self.give(name.into(), value, at);
        }
    }

    fn give(&mut self, name: Arc<str>, value: Value, at: GivenAt) {
        self.places.insert(name.clone(), at);
        self.values.insert(name, value);
    }

    fn file(&mut self, path: &str) {
        let bytes = match self.inputs.files.read(Path::new(path)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let why = match error.kind() {
                    std::io::ErrorKind::NotFound => "does not exist".to_owned(),
                    _ => format!("cannot be read: {error}"),
                };
                self.unreadable(vec![Diagnostic::error(
                    "Failed to read variables file",
                    format!("Given variables file {path} {why}."),
                )]);
                return;
            }
        };
        if path.ends_with(".json") {
            self.json(path, &bytes);
            return;
        }
        let sources = &self.config.sources;
        let file = sources.add_bytes(path, bytes);
        let (body, mut problems) = parse_file(sources, file);
        problems.extend(body.blocks.iter().map(|block| {
            let summary = format!("Unexpected {:?} block", block.kind);
            sources.error(block.kind_span, summary, "Blocks are not allowed here.")
        }));
        let wrong = has_errors(&problems);
        self.diagnostics.extend(problems);
        if wrong {
            self.unreadable = true;
            return;
        }
        for attribute in &body.attributes {
            if !self.declared(&attribute.name, path) {
                continue;
            }
            let value = constant(self.config, &attribute.expr, &mut self.diagnostics);
            if let Some(value) = value {
                let at = GivenAt::File(attribute.expr.span);
                self.give(attribute.name.clone(), value, at);
            }
        }
    }

    fn json(&mut self, path: &str, bytes: &[u8]) {
        let sources = &self.config.sources;
        let file = sources.add_bytes(path, bytes.to_vec());
        let places = match json_syntax::check_values(sources, file) {
            Ok(places) => places,
            Err(problems) => return self.unreadable(problems),
        };
        let parsed: Result<serde_json::Map<String, serde_json::Value>, _> =
            serde_json::from_slice(bytes);
        match parsed {
            Ok(object) => {
                for (name, json) in object {
                    if name != "//" && self.declared(&name, path) {
                        let value = trunkline_api::json::implied(&json);
                        let place = places.get(&*name).copied();
                        let at = place.map_or(GivenAt::CommandLine, GivenAt::File);
                        self.give(name.into(), value, at);
                    }
                }
            }
            Err(error) => self.unreadable(vec![Diagnostic::error(
                "Invalid JSON syntax",
                format!("The variables file {path} is not a JSON object: {error}."),
            )]),
        }
    }

    fn declared(&mut self, name: &str, path: &str) -> bool {
        if self.config.root.variables.contains_key(name) {
            return true;
        }
        if self.undeclared.insert(name.to_owned()) && self.undeclared.len() <= 2 {
            self.diagnostics.push(Diagnostic::warning(
                "Value for undeclared variable",
                format!("The root module does not declare a variable named {name:?} but a value was found in file {path:?}. If you meant to use this value, add a \"variable\" block to the configuration.\n\nTo silence these warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all configurations in your organization. To reduce the verbosity of these warnings, use the -compact-warnings option."),
            ));
        }
        false
    }
}
