//! The JSON notation of the language (`.tf.json`), lowered into the same tree as native syntax.
//!
//! What a property is, argument or block, depends on the schema of its body. For the blocks of the
//! language itself the schema is here (`shape`); in bodies whose schema a provider has, every other
//! property stays an argument, and [`blocks`] makes blocks of one that turns out to be a block type.

mod reader;
mod shape;

use std::collections::HashMap;
use std::sync::Arc;

use trunkline_api::quote::quote;
use trunkline_api::{Diagnostic, Diagnostics};

use self::shape::Shape;
use super::ast::{Attribute, Block, Body, Expr, ExprKind, Label, ObjectItem, Syntax};
use super::source::{FileId, Sources, SrcSpan};
use super::text::place;

const INCORRECT: &str = "Incorrect JSON value type";
const BODY: &str = "to define arguments and child blocks";

/// Reads a configuration file in JSON notation. After a syntax error, which is reported, the body is
/// empty. Top-level properties that are no block type are left as arguments of the body.
#[must_use]
pub fn parse_file(sources: &Sources, file: FileId) -> (Body, Diagnostics) {
    parse(sources, file, shape::root())
}

/// Reads a test file in JSON notation, as [`parse_file`] does one of a configuration.
#[must_use]
pub fn parse_test(sources: &Sources, file: FileId) -> (Body, Diagnostics) {
    parse(sources, file, shape::test())
}

/// Reads a file of mocks in JSON notation, as [`parse_file`] does one of a configuration.
#[must_use]
pub fn parse_mock(sources: &Sources, file: FileId) -> (Body, Diagnostics) {
    parse(sources, file, shape::mock())
}

/// Checks a file of values for variables in JSON notation: one object whose properties are arguments. The values are
/// data: strings in them are no templates. Where nothing is wrong, tells where the values stand.
pub fn check_values(
    sources: &Sources,
    file: FileId,
) -> Result<HashMap<Box<str>, SrcSpan>, Diagnostics> {
    let whole = SrcSpan::new(file, 0, sources.text(file).len());
    let root = reader::read(sources, file)?;
    let ExprKind::Object(items) = &root.kind else {
        let detail = "A JSON object is required here, setting the arguments for this block.";
        let at = match root.span.end > root.span.start {
            true => root.span.at_start(),
            false => whole.at_start(),
        };
        return Err(vec![sources.error(at, INCORRECT, detail)]);
    };
    let mut first = HashMap::new();
    let mut values = HashMap::new();
    let mut problems = Vec::new();
    for item in items {
        let Some(name) = item.key.as_literal_string() else {
            continue;
        };
        match first.get(&name) {
            None => {
                values.insert(Box::from(name), item.value.span);
                first.insert(name, item.key.span);
            }
            Some(before) => problems.push(sources.error(
                item.key.span,
                "Duplicate attribute definition",
                format!(
                    "The argument {} was already set at {}.",
                    quote(name),
                    place(&sources.span(*before))
                ),
            )),
        }
    }
    match problems.is_empty() {
        true => Ok(values),
        false => Err(problems),
    }
}

fn parse(sources: &Sources, file: FileId, shape: &'static shape::Shape) -> (Body, Diagnostics) {
    let whole = SrcSpan::new(file, 0, sources.text(file).len());
    let empty = Body {
        syntax: Syntax::Json,
        span: whole,
        end_span: whole.at_end(),
        ..Body::default()
    };
    let root = match reader::read(sources, file) {
        Ok(root) => root,
        Err(diags) => return (empty, diags),
    };
    let objects = match &root.kind {
        ExprKind::Tuple(items) => items.iter().all(|e| e.as_object().is_some()),
        ExprKind::Object(_) => true,
        _ => false,
    };
    if !objects {
        return (empty, vec![no_objects(sources, root.span.at_start())]);
    }
    let mut lowering = Lowering {
        sources,
        diags: Vec::new(),
    };
    let mut body = lowering.body(root, shape);
    body.span = whole;
    body.end_span = whole.at_end();
    (body, lowering.diags)
}

/// The blocks that an argument of a JSON body stands for, when a schema says that its name is a block
/// type with labels of these names. Their properties are arguments in turn.
#[must_use]
pub fn blocks(
    attribute: &Attribute,
    labels: &[&'static str],
    sources: &Sources,
) -> (Vec<Block>, Diagnostics) {
    let mut lowering = Lowering {
        sources,
        diags: Vec::new(),
    };
    let header = Header {
        kind: attribute.name.clone(),
        kind_span: attribute.name_span,
        labels: Vec::new(),
    };
    let mut blocks = Vec::new();
    let value = attribute.expr.clone();
    lowering.blocks(&header, value, labels, &shape::OPEN, &mut blocks);
    (blocks, lowering.diags)
}

/// The way from the root of a document to the object or array that holds the byte: names of properties and
/// indexes, e.g. `output.names`. `None` at the root, and where the text is no document.
#[must_use]
pub fn path_to(sources: &Sources, file: FileId, byte: u32) -> Option<String> {
    let root = reader::read(sources, file).ok()?;
    let holds = |e: &Expr| e.span.start <= byte && byte < e.span.end;
    let mut path = String::new();
    let mut at = &root;
    loop {
        let next = match &at.kind {
            ExprKind::Object(items) => items.iter().find(|i| holds(&i.value)).map(|item| {
                let name = item.key.as_literal_string().unwrap_or_default();
                let dot = if path.is_empty() { "" } else { "." };
                (format!("{path}{dot}{name}"), &item.value)
            }),
            ExprKind::Tuple(items) => items
                .iter()
                .enumerate()
                .find(|(_, e)| holds(e))
                .map(|(i, e)| (format!("{path}[{i}]"), e)),
            _ => None,
        };
        match next {
            Some((longer, inner))
                if matches!(inner.kind, ExprKind::Object(_) | ExprKind::Tuple(_)) =>
            {
                (path, at) = (longer, inner);
            }
            _ => return (!path.is_empty()).then_some(path),
        }
    }
}

/// What a block is called while its labels are collected.
#[derive(Clone)]
struct Header {
    kind: Arc<str>,
    kind_span: SrcSpan,
    labels: Vec<Label>,
}

struct Lowering<'l> {
    sources: &'l Sources,
    diags: Diagnostics,
}

impl Lowering<'_> {
    fn problem(&mut self, span: SrcSpan, summary: &str, detail: String) {
        self.diags.push(self.sources.error(span, summary, detail));
    }

    /// The properties of an object, or of every object of an array. `purpose` completes the message
    /// about anything else.
    fn properties(&mut self, value: Expr, purpose: &str) -> Vec<ObjectItem> {
        let start = value.span.at_start();
        match value.kind {
            ExprKind::Object(items) => items,
            ExprKind::Literal(v) if v.is_null() => Vec::new(),
            ExprKind::Tuple(elements) => {
                let mut all = Vec::new();
                for element in elements {
                    let start = element.span.at_start();
                    match element.kind {
                        ExprKind::Object(items) => all.extend(items),
                        _ => {
                            let detail = format!("A JSON object is required here, {purpose}.");
                            self.problem(start, INCORRECT, detail);
                        }
                    }
                }
                all
            }
            _ => {
                let detail = format!(
                    "Either a JSON object or JSON array of objects is required here, {purpose}."
                );
                self.problem(start, INCORRECT, detail);
                Vec::new()
            }
        }
    }

    fn body(&mut self, value: Expr, shape: &Shape) -> Body {
        let span = value.span;
        let mut body = Body {
            syntax: Syntax::Json,
            span,
            end_span: SrcSpan {
                start: span.end.saturating_sub(1).max(span.start),
                ..span
            },
            ..Body::default()
        };
        let mut seen: HashMap<Arc<str>, SrcSpan> = HashMap::new();
        for item in self.properties(value, BODY) {
            let ObjectItem { key, value } = item;
            let name: Arc<str> = property_name(&key);
            let child = shape.block(&name);
            if &*name == "//" && !shape.arguments_only {
                continue;
            }
            if let Some(child) = child {
                let header = Header {
                    kind: name,
                    kind_span: key.span,
                    labels: Vec::new(),
                };
                self.blocks(&header, value, child.labels, child, &mut body.blocks);
                continue;
            }
            let span = key.span.to(value.span);
            if let Some(first) = seen.get(&name) {
                let summary = match shape.arguments_only {
                    true => "Duplicate attribute definition",
                    false => "Duplicate argument",
                };
                let detail = format!(
                    "The argument {} was already set at {}.",
                    quote(&name),
                    place(&self.sources.span(*first))
                );
                self.problem(key.span, summary, detail);
                continue;
            }
            seen.insert(name.clone(), span);
            body.attributes.push(Attribute {
                name,
                name_span: key.span,
                expr: value,
                span,
            });
        }
        body.attributes.shrink_to_fit();
        body.blocks.shrink_to_fit();
        body
    }

    /// Blocks under `header`, of which `labels` are still to come.
    fn blocks(
        &mut self,
        header: &Header,
        value: Expr,
        labels: &[&'static str],
        shape: &Shape,
        out: &mut Vec<Block>,
    ) {
        if let Some((label, rest)) = labels.split_first() {
            let value_start = value.span.at_start();
            let properties =
                self.properties(value, &format!("to specify {label} labels for this block"));
            if properties.is_empty() {
                let detail = format!(
                    "At least one object property is required, whose name represents the {} block's {label}.",
                    header.kind
                );
                self.problem(value_start, "Missing block label", detail);
            }
            for item in properties {
                let mut header = header.clone();
                header.labels.push(Label {
                    text: property_name(&item.key),
                    span: item.key.span,
                    quoted: true,
                });
                self.blocks(&header, item.value, rest, shape, out);
            }
            return;
        }
        let span = value.span;
        match value.kind {
            ExprKind::Literal(v) if v.is_null() => {}
            ExprKind::Tuple(elements) => {
                for element in elements {
                    let block = self.block(header, element, shape);
                    out.push(block);
                }
            }
            ExprKind::Object(_) => {
                let block = self.block(header, value, shape);
                out.push(block);
            }
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of one or more {} blocks.",
                    quote(&header.kind)
                );
                self.problem(span.at_start(), INCORRECT, detail);
            }
        }
    }

    fn block(&mut self, header: &Header, value: Expr, shape: &Shape) -> Block {
        let span = value.span;
        let body = super::depth::deeper(|| self.body(value, shape));
        Block {
            kind: header.kind.clone(),
            kind_span: header.kind_span,
            labels: header.labels.clone(),
            span: header.kind_span.to(span),
            body,
            open_brace_span: SrcSpan {
                end: span.start + 1,
                ..span
            },
        }
    }
}

/// The name of a property, as written.
fn property_name(key: &Expr) -> Arc<str> {
    match &key.kind {
        ExprKind::JsonString(s) => s.text.clone(),
        _ => "".into(),
    }
}

/// What is said where the outermost value is not what a configuration is made of.
fn no_objects(sources: &Sources, at: SrcSpan) -> Diagnostic {
    sources.error(
        at,
        "Root value must be object",
        "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> (Sources, Body, Vec<String>) {
        let sources = Sources::new();
        let id = sources.add("a.tf.json", text);
        let (body, diags) = parse_file(&sources, id);
        let texts = diags.iter().map(|d| {
            let at = d.span.as_ref().map(place).unwrap_or_default();
            format!("{at} {}: {}", d.summary, d.detail)
        });
        let texts = texts.collect();
        (sources, body, texts)
    }

    fn outline(body: &Body) -> String {
        let attributes = body.attributes.iter().map(|a| a.name.to_string());
        let blocks = body.blocks.iter().map(|b| {
            let labels: Vec<&str> = b.labels.iter().map(|l| &*l.text).collect();
            format!("{}[{}]{{{}}}", b.kind, labels.join(" "), outline(&b.body))
        });
        attributes.chain(blocks).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_leaves_nothing_of_the_document_is_said() {
        let summaries = |text: &str| -> Vec<String> {
            let told = load(text).2;
            let summary = |line: &String| line.split(' ').skip(1).collect::<Vec<_>>().join(" ");
            let summary = |line: &String| summary(line).split(':').next().map(str::to_owned);
            told.iter().filter_map(summary).collect()
        };
        let root = "Root value must be object";
        for (text, told) in [
            (r#"{"a": 1,}"#, vec!["Trailing comma in object", root]),
            (r#"{"a" 1}"#, vec!["Missing property value colon", root]),
            (r#"{"a": 1"#, vec!["Unclosed object", root]),
            ("[1 2]", vec!["Missing attribute seperator comma", root]),
            ("", vec!["Missing value", root]),
            ("?", vec!["Invalid start of value", root]),
            (r#"{"locals": {"a": }}"#, vec!["Missing JSON value"]),
            (r#"{"locals": {"a": 01}}"#, vec!["Invalid JSON number"]),
            (r#"{"locals": {}} x"#, vec!["Extraneous data after value"]),
        ] {
            assert_eq!(summaries(text), told, "{text}");
        }
    }

    #[test]
    fn objects_and_arrays_become_blocks() {
        let text = r#"[{"//": "x", "resource": {"t": {"a": {"input": 1, "set": [{"x": 1}, {}],
            "lifecycle": {"precondition": [{"condition": true}, {"condition": false}]}},
            "b": [{"input": 2}]}}}, {"locals": {"//": 1}}]"#;
        let (sources, body, problems) = load(text);
        assert_eq!(problems, [] as [&str; 0]);
        assert_eq!(
            outline(&body),
            "resource[t a]{input set lifecycle[]{precondition[]{condition} precondition[]{condition}}} \
             resource[t b]{input} locals[]{//}"
        );
        let set = body.blocks[0].body.attribute("set").unwrap();
        let (blocks, problems) = blocks(set, &[], &sources);
        assert_eq!((blocks.len(), problems.len()), (2, 0));
        assert_eq!(outline(&blocks[0].body), "x");
    }

    #[test]
    fn wrong_values_say_what_is_wanted() {
        for (text, expected) in [
            (
                r#"{"variable": "x"}"#,
                "a.tf.json:1,14-14 Incorrect JSON value type: Either a JSON object or JSON array of objects is required here, to specify name labels for this block.",
            ),
            (
                r#"{"locals": 1}"#,
                "a.tf.json:1,12-12 Incorrect JSON value type: Either a JSON object or a JSON array is required, representing the contents of one or more \"locals\" blocks.",
            ),
            (
                r#"{"locals": {"x": 1, "x": 2}}"#,
                "a.tf.json:1,21-24 Duplicate attribute definition: The argument \"x\" was already set at a.tf.json:1,13-19.",
            ),
            (
                r#"{"output": {"x": {"value": 1, "value": 3}}}"#,
                "a.tf.json:1,31-38 Duplicate argument: The argument \"value\" was already set at a.tf.json:1,19-29.",
            ),
            (
                "1",
                "a.tf.json:1,1-1 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.",
            ),
        ] {
            assert_eq!(load(text).2[0], expected);
        }
    }

    #[test]
    fn strings_are_references_where_references_are_wanted() {
        let (_, body, _) =
            load(r#"{"output": {"x": {"value": "${a.b}", "depends_on": ["a.b[\"k\"]", "all"]}}}"#);
        let output = &body.blocks[0].body;
        let value = &output.attribute("value").unwrap().expr;
        assert_eq!(value.references()[0].to_string(), "a.b");
        assert_eq!(value.as_static_traversal(), None);
        let list = output
            .attribute("depends_on")
            .unwrap()
            .expr
            .as_list()
            .unwrap();
        assert_eq!(
            list[0].as_static_traversal().unwrap().to_string(),
            "a.b[\"k\"]"
        );
        assert_eq!(
            list[0].references(),
            [] as [&super::super::ast::Traversal; 0]
        );
        assert_eq!(list[1].as_keyword(), Some("all"));
    }
}
