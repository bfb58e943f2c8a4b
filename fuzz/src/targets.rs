//! What a text is put through, and what must hold of it whatever it is.
//!
//! Every target returns normally or panics; none prints, and none touches a file.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline::config::{self, Module, Snapshot};
use trunkline::graph::build::build;
use trunkline::lang::ast::Traversal;
use trunkline::lang::eval::{Scope, Templates, Unresolved, eval};
use trunkline::lang::fmt::format;
use trunkline::lang::functions::{FileAccess, FileKind, FunctionContext};
use trunkline::lang::json_syntax;
use trunkline::lang::lexer::{Start, lex};
use trunkline::lang::parser::{parse_expression, parse_file, parse_template};
use trunkline::lang::source::Sources;
use trunkline::lang::token::TokenKind;
use trunkline::plan::scope::Surroundings;
use trunkline::plan::validate::validate;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Marks, Type, Value};

/// A target: its name, and what it does with a text.
pub type Target = (&'static str, fn(&str));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("parse", parse),
    ("json", json),
    ("lower", lower),
    ("evaluate", evaluate),
    ("fmt", fmt),
];

/// Tokens and white space are the whole text; every tree and every problem lies within it.
pub fn parse(text: &str) {
    for start in [Start::Normal, Start::Template] {
        let mut at = 0;
        for token in lex(text, start) {
            let gap = &text[at..token.start as usize];
            assert!(
                gap.bytes().all(|b| b == b' ' || b == b'\t'),
                "a gap: {gap:?}"
            );
            at = token.end as usize;
        }
        assert_eq!(at, text.len(), "tokens end early");
    }
    let sources = Sources::new();
    let id = sources.add("main.tf", text);
    let (body, mut problems) = parse_file(&sources, id);
    for block in &body.blocks {
        assert!(block.span.end as usize <= text.len());
    }
    problems.extend(parse_expression(&sources, id).1);
    problems.extend(parse_template(&sources, id).1);
    for problem in problems {
        let end = problem.span.map_or(0, |s| s.end.byte as usize);
        assert!(
            end <= text.len() + 3,
            "a problem beyond the end: {}",
            problem.summary
        );
        assert!(!problem.summary.is_empty());
    }
}

/// A text as JSON notation.
pub fn json(text: &str) {
    let sources = Sources::new();
    let id = sources.add("main.tf.json", text);
    drop(json_syntax::parse_file(&sources, id));
}

/// A text as the only file of a configuration: loaded, made a graph of, and validated.
pub fn lower(text: &str) {
    let name = if text.trim_start().starts_with('{') {
        "main.tf.json"
    } else {
        "main.tf"
    };
    let files = BTreeMap::from([(name.to_owned(), Arc::from(text.as_bytes()))]);
    let (config, problems) = config::load(&Snapshot { files }, Arc::new(Sources::new()));
    if has_errors(&problems) {
        return;
    }
    let (graph, problems) = build(&config, &[]);
    if has_errors(&problems) {
        return;
    }
    let registry = trunkline::registry::Bundled {
        new_id: Arc::new(|| "id".into()),
        states: Arc::new(|_| Ok(None)),
        attest: trunkline::registry::nobody(),
        now: || panic!("validation reads no clock"),
        wall: || panic!("validation signs nothing"),
    };
    drop(validate(
        &config,
        &[],
        &graph,
        &registry,
        Surroundings::default(),
        &|_: &Module| functions(),
    ));
}

/// A text as an expression, evaluated among values of every kind; evaluated again it gives the same.
pub fn evaluate(text: &str) {
    let scope = Values {
        sources: Sources::new(),
        functions: functions(),
    };
    let id = scope.sources.add("input", text);
    let (expr, problems) = parse_expression(&scope.sources, id);
    if has_errors(&problems) {
        return;
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let value = eval(&expr, &scope, &mut first);
    let again = eval(&expr, &scope, &mut second);
    assert!(value == again, "evaluation depends on more than the text");
    assert_eq!(first.len(), second.len());
    drop(trunkline::report::value_text::render_value(&value, 0));
}

/// Layout anew: what comes out parses, and stays as it is once it is laid out as often as it needs.
pub fn fmt(text: &str) {
    let sources = Sources::new();
    let id = sources.add("main.tf", text);
    let Ok(mut laid_out) = format(&sources, id) else {
        return;
    };
    // Terraform's layout, which is ours, takes one template away from around an expression each time, and needs
    // two rounds for a few texts besides; it must settle by then.
    let rounds = 3 + laid_out.matches("\"${").count();
    for _ in 0..rounds {
        let id = sources.add("main.tf", &*laid_out);
        let Ok(again) = format(&sources, id) else {
            assert!(may_break(text), "layout breaks a text");
            return;
        };
        if again == laid_out {
            return;
        }
        laid_out = again;
    }
    panic!("layout does not settle");
}

/// Whether Terraform's own layout makes something else of a text: a comment between the tokens of one expression
/// takes its line end along though no line may end there, and a dot is moved to the number before it (`1 .a`), and a
/// number to such a dot (`1. 2`), which is one number then.
fn may_break(text: &str) -> bool {
    let tokens = lex(text, Start::Normal);
    let comment = tokens.iter().any(|t| t.kind == TokenKind::Comment);
    let numbers_joined = tokens.windows(3).any(|three| {
        let [number, dot, next] = three else {
            return false;
        };
        let dotted = number.kind == TokenKind::Number && dot.kind == TokenKind::Dot;
        let parted = next.kind == TokenKind::Number && dot.end < next.start;
        dotted && (number.end < dot.start || parted)
    });
    comment || numbers_joined
}

fn functions() -> FunctionContext {
    let mut context = FunctionContext::new(PathBuf::from("."), Arc::new(NoFiles));
    context.templates = Some(Arc::new(Templates));
    context.now = Some("2024-01-02T03:04:05Z".into());
    context.plan_timestamp = Some("2024-01-02T03:04:05Z".into());
    context
}

struct NoFiles;

impl FileAccess for NoFiles {
    fn read(&self, _: &Path) -> io::Result<Arc<[u8]>> {
        Ok(Arc::from(&b"hello ${name}\n"[..]))
    }

    fn kind(&self, _: &Path) -> io::Result<FileKind> {
        Ok(FileKind::File)
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn home(&self) -> Option<PathBuf> {
        Some("/home/x".into())
    }

    fn working_directory(&self) -> io::Result<PathBuf> {
        Ok("/work".into())
    }
}

struct Values {
    sources: Sources,
    functions: FunctionContext,
}

impl Scope for Values {
    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn functions(&self) -> &FunctionContext {
        &self.functions
    }

    fn resolve(&self, t: &Traversal) -> Result<(Value, usize), Unresolved> {
        let object = Value::object([
            ("a", Value::from("x")),
            ("name", Value::number(5)),
            ("value", Value::null(Type::String)),
        ]);
        let value = match &*t.root {
            "var" => object,
            "local" => Value::unknown(Type::Dynamic),
            "each" => Value::object([
                ("key", Value::from("k")),
                ("value", Value::unknown(Type::list(Type::String))),
            ]),
            "data" => object.with_marks(Marks::SENSITIVE),
            "self" => Value::map(Type::Number, [("id", Value::number(1))]),
            "path" => Value::set(Type::String, [Value::from("p"), Value::from("q")]),
            _ => {
                let problem = self
                    .sources
                    .error(t.span, "Unknown name", "There is no such name.");
                return Err(problem.into());
            }
        };
        Ok((value, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that Terraform's layout spoils too, and their neighbours that must stay what they are.
    #[test]
    fn what_layout_may_break() {
        for text in ["x = 1 .a\n", "x = 0. 0. 0\n", "x = a # b\n"] {
            assert!(may_break(text), "{text}");
        }
        for text in ["x = y.0.a\n", "x = 0.5\n", "x = y.0 + 1\n"] {
            assert!(!may_break(text), "{text}");
        }
        fmt("j = 0. 0. 0\n");
    }
}
