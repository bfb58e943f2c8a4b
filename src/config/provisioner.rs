//! `provisioner` and `connection` blocks: when they run, what a failure means, and what they may refer to.
//!
//! Their arguments stay bodies: what a kind of provisioner takes is known where they are evaluated.

use std::sync::Arc;

use crate::lang::ast::{Attribute, Block, Body, Expr, Syntax, Traversal};
use crate::lang::source::SrcSpan;
use crate::product;

use super::block::{Decoder, label, without};
use super::reference::{self, Subject};

/// A `provisioner` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Provisioner {
    /// The kind, e.g. `local-exec`.
    pub kind: Arc<str>,
    /// The header.
    pub span: SrcSpan,
    /// The opening brace; what goes wrong when it runs points there.
    pub open_brace_span: SrcSpan,
    /// The arguments of its kind.
    pub body: Body,
    /// When it runs.
    pub when: When,
    /// Whether a failure is passed over.
    pub continue_on_failure: bool,
    /// Its own `connection`.
    pub connection: Option<Body>,
}

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Right after an object is made.
    Create,
    /// Right before an object is destroyed.
    Destroy,
}

/// The provisioners of a resource, and the connection that they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provisioners {
    /// In the order written.
    pub list: Vec<Provisioner>,
    /// The `connection` block of the resource.
    pub connection: Option<Body>,
}

impl crate::rare::Absent for Provisioners {
    const ABSENT: &'static Provisioners = &Provisioners {
        list: Vec::new(),
        connection: None,
    };
}

impl Provisioners {
    /// Nothing, where neither a provisioner nor a connection was written.
    #[must_use]
    pub fn written(self) -> Option<Provisioners> {
        (!self.list.is_empty() || self.connection.is_some()).then_some(self)
    }

    /// Those that run at `when`.
    pub fn at(&self, when: When) -> impl Iterator<Item = &Provisioner> {
        self.list.iter().filter(move |p| p.when == when)
    }

    /// Whether any runs at `when`.
    #[must_use]
    pub fn any(&self, when: When) -> bool {
        self.at(when).next().is_some()
    }

    /// What those that run at `when` refer to.
    #[must_use]
    pub fn references(&self, when: When) -> Vec<&Traversal> {
        let mut found: Vec<&Traversal> = Vec::new();
        for provisioner in self.at(when) {
            found.extend(provisioner.body.references());
            let own = provisioner.connection.iter();
            found.extend(own.flat_map(Body::references));
        }
        if self.any(when) {
            found.extend(self.connection.iter().flat_map(Body::references));
        }
        found
    }
}

/// Reads the `provisioner` and `connection` blocks of a resource, or of what `owner` is.
pub fn decode_all(body: &Body, owner: &str, decoder: &mut Decoder<'_>) -> Provisioners {
    let connection = connection(body, owner, decoder);
    let list: Vec<Provisioner> = body
        .blocks_of("provisioner")
        .filter_map(|block| decode(block, decoder))
        .collect();
    let found = Provisioners { list, connection };
    if found.any(When::Destroy)
        && let Some(connection) = &found.connection
    {
        only_own(connection, decoder);
    }
    found
}

/// Reads one `provisioner` block.
pub fn decode(block: &Block, decoder: &mut Decoder<'_>) -> Option<Provisioner> {
    if !decoder.labels(block, &["type"]) {
        return None;
    }
    let kind = label(block, 0);
    if matches!(&*kind, "chef" | "habitat" | "puppet" | "salt-masterless") {
        decoder.error(
            block.labels[0].span,
            &format!("The {kind:?} provisioner has been removed"),
            format!("Terraform has had no {kind:?} provisioner since version 0.15. Remove the block; what it did can be called with \"local-exec\"."),
        );
        return None;
    }
    let body = &block.body;
    let when = match body.attribute("when") {
        None => When::Create,
        Some(attribute) => match keyword(attribute, body.syntax, decoder).as_deref() {
            Some("create") => When::Create,
            Some("destroy") => When::Destroy,
            _ => {
                decoder.error(
                    attribute.expr.span,
                    "Invalid \"when\" keyword",
                    "The \"when\" argument requires one of the following keywords: create or destroy.",
                );
                When::Create
            }
        },
    };
    let continue_on_failure = match body.attribute("on_failure") {
        None => false,
        Some(attribute) => match keyword(attribute, body.syntax, decoder).as_deref() {
            Some("continue") => true,
            Some("fail") => false,
            _ => {
                decoder.error(
                    attribute.expr.span,
                    "Invalid \"on_failure\" keyword",
                    "The \"on_failure\" argument requires one of the following keywords: continue or fail.",
                );
                false
            }
        },
    };
    for reserved in body.blocks_of("lifecycle") {
        decoder.error(
            reserved.kind_span,
            "Reserved block type name in provisioner block",
            product::named("The block type name \"lifecycle\" is reserved for use by {product} in a future version."),
        );
    }
    let connection = connection(body, "provisioner", decoder);
    let own = without(
        body.clone(),
        &["when", "on_failure"],
        &["connection", "lifecycle"],
    );
    if when == When::Destroy {
        only_own(&own, decoder);
        if let Some(connection) = &connection {
            only_own(connection, decoder);
        }
    }
    Some(Provisioner {
        kind,
        span: block.def_span(),
        open_brace_span: block.open_brace_span,
        body: own,
        when,
        continue_on_failure,
        connection,
    })
}

/// The `connection` block of a resource or provisioner, of which there may be one.
fn connection(body: &Body, owner: &str, decoder: &mut Decoder<'_>) -> Option<Body> {
    let mut blocks = body.blocks_of("connection");
    let first = blocks.next()?;
    let at = decoder.place(first.def_span());
    for again in blocks {
        decoder.error(
            again.def_span(),
            "Duplicate connection block",
            format!("This {owner} already has a connection block at {at}."),
        );
    }
    Some(first.body.clone())
}

/// A keyword, which old configurations write in quotes.
fn keyword(attribute: &Attribute, syntax: Syntax, decoder: &mut Decoder<'_>) -> Option<String> {
    let expr: &Expr = &attribute.expr;
    if let Some(word) = expr.as_keyword() {
        return Some(word.to_owned());
    }
    let text = expr.as_literal_string()?.to_owned();
    if syntax == Syntax::Native {
        let mut warning = decoder.sources.error(
            expr.span,
            "Quoted keywords are deprecated",
            "In this context, keywords are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted keywords are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this keyword to silence this warning.",
        );
        warning.severity = trunkline_api::Severity::Warning;
        decoder.diagnostics.push(warning);
    }
    Some(text)
}

/// Reports references beyond the object itself: when it is destroyed there may be nothing else left.
fn only_own(body: &Body, decoder: &mut Decoder<'_>) {
    for attribute in &body.attributes {
        for t in attribute.expr.references() {
            only_own_reference(t, attribute.expr.span, decoder);
        }
    }
    for block in &body.blocks {
        only_own(&block.body, decoder);
    }
}

fn only_own_reference(t: &Traversal, at: SrcSpan, decoder: &mut Decoder<'_>) {
    let allowed = match reference::parse(t, decoder.sources) {
        Ok(reference) => matches!(
            reference.subject,
            Subject::This
                | Subject::CountIndex
                | Subject::Each(true)
                | Subject::Path(_)
                | Subject::Terraform(_)
        ),
        // Said where it is evaluated.
        Err(_) => true,
    };
    if !allowed {
        decoder.error(
            at,
            "Invalid reference from destroy provisioner",
            "Destroy-time provisioners and their connection configurations may only reference attributes of the related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other resources during the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.",
        );
    }
}
