//! A provider's page of documentation, as Markdown: its schemas, and what it says of itself beside them.
//!
//! The same page for every provider; it knows none.

use trunkline_api::guide::{Guide, ResourceGuide};
use trunkline_api::provider::Effects;
use trunkline_api::schema::NestedAttributes;
use trunkline_api::{Attribute, Block, NestedBlock, Nesting, ProviderSchema, Schema};

/// What a page is made of.
pub struct Subject<'a> {
    /// The name that configurations use.
    pub name: &'a str,
    /// The source address.
    pub source: &'a str,
    /// Everything that it accepts.
    pub schema: &'a ProviderSchema,
    /// What it says of itself.
    pub guide: &'a Guide,
    /// What an operation on a type does outside.
    pub effects: &'a dyn Fn(&str) -> Effects,
}

/// The page.
#[must_use]
pub fn render_provider_page(subject: &Subject<'_>) -> String {
    let guide = subject.guide;
    let mut page = Page::default();
    let title = match guide.title {
        "" => subject.name.to_owned(),
        title => format!("{}: {title}", subject.name),
    };
    page.paragraph(&format!("# {title}"));
    page.paragraph(&subject.schema.provider.block.description);
    page.paragraph(&format!("Source address: `{}`.", subject.source));
    page.paragraphs(guide.about);
    if !guide.example.is_empty() {
        page.paragraph("## Example");
        page.paragraph(&format!("```hcl\n{}\n```", guide.example.trim()));
    }
    page.provider_block(subject);
    for (heading, kind, schemas) in [
        ("Resources", Kind::Resource, &subject.schema.resources),
        ("Data sources", Kind::Data, &subject.schema.data_sources),
        (
            "Ephemeral resources",
            Kind::Ephemeral,
            &subject.schema.ephemeral_resources,
        ),
    ] {
        if schemas.is_empty() {
            continue;
        }
        page.paragraph(&format!("## {heading}"));
        if schemas.values().any(|schema| has_untold(&schema.block)) {
            page.paragraph("Of what is marked as not read back, no call tells the value: a change outside is not seen, and an import takes what is configured for what is set. The plan of an import names it.");
        }
        for (name, schema) in schemas {
            page.object(subject, kind, name, schema);
        }
    }
    page.rules(guide);
    page.list("## Limits of the vendor that are kept", guide.limits);
    page.list("## Not verified against the live service", guide.unverified);
    page.text
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Resource,
    Data,
    Ephemeral,
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn paragraph(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn paragraphs(&mut self, texts: &[&str]) {
        for text in texts {
            self.paragraph(text);
        }
    }

    fn list(&mut self, heading: &str, items: &[&str]) {
        if items.is_empty() {
            return;
        }
        self.paragraph(heading);
        let lines: Vec<String> = items.iter().map(|item| format!("- {item}")).collect();
        self.paragraph(&lines.join("\n"));
    }

    fn provider_block(&mut self, subject: &Subject<'_>) {
        let block = &subject.schema.provider.block;
        if block.attributes.is_empty() && block.blocks.is_empty() {
            return;
        }
        self.paragraph("## Provider block");
        self.attributes("Arguments", block, |_| true);
        self.nested(block, "");
    }

    fn object(&mut self, subject: &Subject<'_>, kind: Kind, name: &str, schema: &Schema) {
        let block = &schema.block;
        self.paragraph(&format!("### `{name}`"));
        self.paragraph(&block.description);
        if let Some(instead) = &block.deprecated {
            self.paragraph(&format!("Deprecated: {instead}"));
        }
        let guide = subject.guide.resources.iter().find(|r| r.name == name);
        if let Some(guide) = guide.filter(|_| kind == Kind::Resource) {
            self.paragraphs(guide.notes);
        }
        let settable = |a: &Attribute| a.required || a.optional;
        self.attributes("Arguments", block, settable);
        self.attributes("Attributes", block, |a| !settable(a));
        self.nested(block, "");
        if kind == Kind::Resource {
            self.import(name, guide);
            self.paragraph(match (subject.effects)(name) {
                Effects::None => "",
                Effects::Reconcilable => "An answer to a create that is lost is found again: nothing is made twice.",
                Effects::Opaque => "An answer to a create that is lost cannot be found again by the program: it says what may exist, and asks for an import or for `state discard`.",
            });
        }
    }

    fn attributes(&mut self, heading: &str, block: &Block, which: impl Fn(&Attribute) -> bool) {
        let mut rows = Vec::new();
        for (name, attribute) in block.attributes.iter().filter(|(_, a)| which(a)) {
            rows.push(format!(
                "| `{name}` | {} | {} | {} |",
                type_of(attribute),
                demands(attribute),
                cell(&description(attribute)),
            ));
        }
        if rows.is_empty() {
            return;
        }
        let one = match heading {
            "Arguments" => "argument",
            _ => "attribute",
        };
        let head = format!("| {one} | type | | what it is |\n|---|---|---|---|");
        self.paragraph(&format!("{head}\n{}", rows.join("\n")));
    }

    /// Blocks, and attributes that hold objects, each under the path that leads to it.
    fn nested(&mut self, block: &Block, path: &str) {
        for (name, attribute) in &block.attributes {
            if let Some(nested) = &attribute.nested {
                let path = format!("{path}{name}");
                self.paragraph(&format!("`{path}` {}:", held(nested)));
                let inner = Block {
                    attributes: nested.attributes.clone(),
                    ..Block::default()
                };
                self.attributes("Arguments", &inner, |_| true);
                self.nested(&inner, &format!("{path}."));
            }
        }
        for (name, nested) in &block.blocks {
            let path = format!("{path}{name}");
            let what = match nested.block.description.as_str() {
                "" => String::new(),
                text => format!(": {text}"),
            };
            self.paragraph(&format!("Block `{path}` ({}){what}", times(nested)));
            self.attributes("Arguments", &nested.block, |_| true);
            self.nested(&nested.block, &format!("{path}."));
        }
    }

    fn import(&mut self, name: &str, guide: Option<&ResourceGuide>) {
        let Some(guide) = guide else {
            return;
        };
        let Some((first, others)) = guide.import.split_first() else {
            self.paragraph("It cannot be imported.");
            return;
        };
        let mut text = format!("Import: `trunkline import {name}.NAME '{first}'`");
        for form in others {
            text.push_str(&format!(", or `'{form}'`"));
        }
        text.push('.');
        self.paragraph(&text);
    }

    fn rules(&mut self, guide: &Guide) {
        if guide.rules.is_empty() {
            return;
        }
        self.paragraph("## Checked without a network");
        self.paragraph("`validate` and `plan` check these; messages begin with the id.");
        let mut rows = vec!["| rule | breaking it is | what it demands |".to_owned()];
        rows.push("|---|---|---|".into());
        for rule in guide.rules {
            rows.push(format!(
                "| {} | {} | {} |",
                rule.id,
                rule.outcome,
                cell(rule.demand)
            ));
        }
        self.paragraph(&rows.join("\n"));
    }
}

/// Whether no read tells something of a block.
fn has_untold(block: &Block) -> bool {
    let inner = |nested: &NestedBlock| has_untold(&nested.block);
    block.attributes.values().any(|a| a.untold) || block.blocks.values().any(inner)
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('<', "\\<")
        .replace('\n', " ")
}

fn type_of(attribute: &Attribute) -> String {
    match &attribute.nested {
        Some(nested) => match nested.nesting {
            Nesting::Single | Nesting::Group => "object".into(),
            Nesting::List => "list of objects".into(),
            Nesting::Set => "set of objects".into(),
            Nesting::Map => "map of objects".into(),
        },
        None => format!("`{}`", attribute.ty),
    }
}

fn held(nested: &NestedAttributes) -> &'static str {
    match nested.nesting {
        Nesting::Single | Nesting::Group => "is an object of",
        Nesting::List | Nesting::Set | Nesting::Map => "holds objects of",
    }
}

/// How often a block may be there.
fn times(nested: &NestedBlock) -> String {
    match (nested.nesting, nested.min_items, nested.max_items) {
        (Nesting::Single, 0, _) | (_, 0, 1) => "at most one".into(),
        (Nesting::Single, ..) | (_, 1, 1) => "one".into(),
        (Nesting::Map, ..) => "any number, each with a label".into(),
        (_, 0, 0) => "any number".into(),
        (_, 0, most) => format!("at most {most}"),
        (_, least, 0) => format!("at least {least}"),
        (_, least, most) => format!("{least} to {most}"),
    }
}

/// What is to be known about an attribute at a glance.
fn demands(attribute: &Attribute) -> String {
    let mut words = Vec::new();
    match (attribute.required, attribute.optional, attribute.computed) {
        (true, ..) => words.push("required"),
        (_, true, true) => words.push("optional, known after apply if left out"),
        (_, true, false) => words.push("optional"),
        _ => words.push("computed"),
    }
    if attribute.sensitive {
        words.push("sensitive");
    }
    if attribute.write_only {
        words.push("write-only");
    }
    if attribute.untold {
        words.push("not read back");
    }
    words.join(", ")
}

fn description(attribute: &Attribute) -> String {
    match &attribute.deprecated {
        Some(instead) => format!("{} Deprecated: {instead}", attribute.description),
        None => attribute.description.clone(),
    }
}
