//! What is not known yet never becomes known by the order of evaluation: a value found while something was unknown is
//! the value that is found when it is known.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline::lang::ast::Traversal;
use trunkline::lang::eval::{Scope, Unresolved, eval};
use trunkline::lang::functions::{FileAccess, FileKind, FunctionContext};
use trunkline::lang::parser::parse_expression;
use trunkline::lang::source::Sources;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Type, Value};
use trunkline_fuzz::generate::{Generator, Layout};

struct NoFiles;

impl FileAccess for NoFiles {
    fn read(&self, _: &Path) -> io::Result<Arc<[u8]>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn kind(&self, _: &Path) -> io::Result<FileKind> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn working_directory(&self) -> io::Result<PathBuf> {
        Ok("/work".into())
    }
}

/// Names that are known, or of which only a part of the type is known so far.
struct Names {
    sources: Sources,
    functions: FunctionContext,
    known: bool,
}

impl Names {
    fn new(known: bool) -> Names {
        Names {
            sources: Sources::new(),
            functions: FunctionContext::new(PathBuf::from("."), Arc::new(NoFiles)),
            known,
        }
    }

    /// The value of an expression; nothing where it has none.
    fn value(&self, text: &str) -> Option<Value> {
        let id = self.sources.add("input", text);
        let (expr, problems) = parse_expression(&self.sources, id);
        if has_errors(&problems) {
            return None;
        }
        let mut problems = Vec::new();
        let value = eval(&expr, self, &mut problems);
        (!has_errors(&problems)).then_some(value)
    }
}

impl Scope for Names {
    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn functions(&self) -> &FunctionContext {
        &self.functions
    }

    fn resolve(&self, t: &Traversal) -> Result<(Value, usize), Unresolved> {
        let strings = Value::list(Type::String, [Value::from("a"), Value::from("b")]);
        let object = Value::object([
            ("a", Value::number(1)),
            ("name", Value::from("n")),
            ("tags", strings.clone()),
            ("count", Value::number(2)),
        ]);
        let map = Value::map(Type::Number, [("a", Value::number(1))]);
        let set = Value::set(Type::String, [Value::from("x"), Value::from("y")]);
        let (value, whole_type) = match &*t.root {
            "var" => (object.clone(), true),
            "local" => (object, false),
            "each" => (strings, true),
            "data" => (map, true),
            "self" => (set, true),
            "module" => (Value::from("text"), true),
            "path" => (Value::number(3), false),
            _ => (Value::bool(true), true),
        };
        let value = match (self.known, whole_type) {
            (true, _) => value,
            (false, true) => Value::unknown(value.ty()),
            (false, false) => Value::unknown(Type::Dynamic),
        };
        Ok((value, 0))
    }
}

#[test]
fn what_is_found_early_is_what_is_found_late() {
    let (early, late) = (Names::new(false), Names::new(true));
    let mut compared = 0;
    for seed in 0..20_000 {
        let text = Generator::new(seed, Layout::Plain).expression_text();
        let (Some(found), Some(value)) = (early.value(&text), late.value(&text)) else {
            continue;
        };
        if found.is_known() {
            compared += 1;
        }
        if found.is_wholly_known() {
            assert_eq!(
                found.unmark_deep().0,
                value.unmark_deep().0,
                "seed {seed}: {text}"
            );
        } else if found.is_known() {
            // What is known of the whole, such as its length or its names, stays.
            let known = matches!(value.ty(), Type::Dynamic) || value.is_known();
            assert!(known, "seed {seed}: {text}");
        }
    }
    assert!(compared > 300, "only {compared} values were compared");
}
