//! `moved`, `removed` and `import` blocks: what a configuration says of objects that exist already.
//!
//! Nothing is evaluated and no state is known here; moves are checked against each other when a plan is made.

use std::collections::BTreeMap;

use crate::address::{Address, Target};
use crate::lang::ast::{Attribute, Block, Expr};
use crate::lang::source::{Sources, SrcSpan};
use trunkline_api::{Diagnostic, Diagnostics};

use super::block::{Decoder, place};
use super::endpoint::{self, RemovedFrom, WrittenAddress};
use super::provisioner::{self, Provisioner, Provisioners, When};
use super::resource::provider_reference;
use super::{Module, ProviderName};

/// A `moved` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Where objects were, relative to the module of the block.
    pub from: Target,
    /// Where they are now.
    pub to: Target,
    /// The header.
    pub span: SrcSpan,
}

/// A `removed` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    /// What is gone, relative to the module of the block.
    pub from: RemovedFrom,
    /// Whether the objects are destroyed; otherwise they are only forgotten.
    pub destroy: bool,
    /// What runs when the objects are destroyed.
    pub provisioners: Provisioners,
    /// The header.
    pub span: SrcSpan,
}

/// An `import` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The instance to import to.
    pub to: WrittenAddress,
    /// Where that is written.
    pub to_span: SrcSpan,
    /// The id of the object.
    pub id: Expr,
    /// One import for each element of this.
    pub for_each: Option<Expr>,
    /// The provider configuration that is named, and where; for generated configuration only.
    pub provider: Option<(ProviderName, SrcSpan)>,
    /// The header.
    pub span: SrcSpan,
}

/// Reads a `moved` block.
pub fn moved(block: &Block, decoder: &mut Decoder<'_>) -> Option<Moved> {
    if !decoder.labels(block, &[]) {
        return None;
    }
    decoder.only(&block.body, &["from", "to"], &[]);
    let from = decoder.required(block, "from");
    let to = decoder.required(block, "to");
    let from = from.map(|a| end_of_move(a, decoder));
    let to = to.map(|a| end_of_move(a, decoder));
    let (from, to) = (from??, to??);
    if matches!(from, Target::Module(_)) != matches!(to, Target::Module(_)) {
        decoder.error(
            block.def_span(),
            "Invalid \"moved\" addresses",
            "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.",
        );
        return None;
    }
    Some(Moved {
        from,
        to,
        span: block.def_span(),
    })
}

fn end_of_move(attribute: &Attribute, decoder: &mut Decoder<'_>) -> Option<Target> {
    let traversal = decoder.plain_reference(&attribute.expr)?;
    match endpoint::moved(&traversal, decoder.sources) {
        Ok(target) => Some(target),
        Err(problem) => {
            decoder.diagnostics.push(*problem);
            None
        }
    }
}

/// Reads a `removed` block.
pub fn removed(block: &Block, decoder: &mut Decoder<'_>) -> Option<Removed> {
    if !decoder.labels(block, &[]) {
        return None;
    }
    let body = &block.body;
    decoder.only(body, &["from"], &["lifecycle", "provisioner", "connection"]);
    let from = decoder.required(block, "from");
    let from = from.and_then(|attribute| {
        let traversal = decoder.plain_reference(&attribute.expr)?;
        match endpoint::removed(&traversal, decoder.sources) {
            Ok(from) => Some(from),
            Err(problem) => {
                decoder.diagnostics.push(*problem);
                None
            }
        }
    });
    let mut destroy = true;
    for inner in body.blocks_of("lifecycle") {
        decoder.only(&inner.body, &["destroy"], &[]);
        if let Some(attribute) = inner.body.attribute("destroy") {
            destroy = decoder.literal_bool(attribute).unwrap_or(destroy);
        }
    }
    let provisioners = provisioner::decode_all(body, "\"removed\" block", decoder);
    for provisioner in &provisioners.list {
        check_provisioner(provisioner, from.as_ref(), decoder);
    }
    Some(Removed {
        from: from?,
        destroy,
        provisioners,
        span: block.def_span(),
    })
}

fn check_provisioner(
    provisioner: &Provisioner,
    from: Option<&RemovedFrom>,
    decoder: &mut Decoder<'_>,
) {
    let detail = match (from, provisioner.when) {
        (Some(RemovedFrom::Module(_)), _) => {
            "Provisioners are valid only when a removed block targets a managed resource."
        }
        (_, When::Create) => {
            "Only destroy-time provisioners are valid in \"removed\" blocks. To declare a destroy-time provisioner, use:\n    when = destroy"
        }
        (_, When::Destroy) => return,
    };
    decoder.error(provisioner.span, "Invalid provisioner block", detail);
}

/// Reads an `import` block.
pub fn import(block: &Block, decoder: &mut Decoder<'_>) -> Option<Import> {
    if !decoder.labels(block, &[]) {
        return None;
    }
    decoder.only(&block.body, &["for_each", "id", "provider", "to"], &[]);
    let id = decoder.required(block, "id");
    let written = decoder.required(block, "to");
    let for_each = block.body.attribute("for_each").map(|a| a.expr.clone());
    let to = written.and_then(|attribute| import_target(attribute, for_each.as_ref(), decoder));
    let provider = block.body.attribute("provider").and_then(|attribute| {
        let name = provider_reference(&attribute.expr, decoder)?;
        Some((name, attribute.span))
    });
    Some(Import {
        to: to?,
        to_span: written?.expr.span,
        id: id?.expr.clone(),
        for_each,
        provider,
        span: block.def_span(),
    })
}

fn import_target(
    attribute: &Attribute,
    for_each: Option<&Expr>,
    decoder: &mut Decoder<'_>,
) -> Option<WrittenAddress> {
    match endpoint::import(attribute, decoder.sources) {
        Ok(to) if for_each.is_none() && to.literal().is_none() => {
            decoder.diagnostics.push(Diagnostic::error(
                "Invalid address",
                "A resource instance address is required here. The module path must be followed by a resource instance specification.",
            ));
            let problem = endpoint::not_static(&attribute.expr, decoder.sources);
            decoder.diagnostics.push(problem);
            None
        }
        Ok(to) => Some(to),
        Err(problems) => {
            decoder.diagnostics.extend(problems);
            None
        }
    }
}

/// Checks the import blocks of a whole configuration against where they may stand and what they may say.
pub fn check_imports(root: &Module, sources: &Sources, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<Address, SrcSpan> = BTreeMap::new();
    for import in &root.imports {
        if let Some(to) = import.to.literal() {
            let before = *seen.entry(to).or_insert(import.span);
            if before != import.span {
                let (name, at) = (import.to.config(), place(sources, before));
                diagnostics.push(sources.error(
                    import.to_span,
                    format!("Duplicate import configuration for \"{name}\""),
                    format!("An import block for the resource \"{name}\" was already declared at {at}. A resource can have only one import block."),
                ));
            }
        }
        let at = import.to.config();
        let generated = at.module.is_root() && !root.resources.contains_key(&at.resource);
        if let (Some((_, span)), false) = (&import.provider, generated) {
            diagnostics.push(sources.error(
                *span,
                "Invalid import provider argument",
                "The provider argument can only be specified in import blocks that will generate configuration.\n\nUse the provider argument in the target resource block to configure the provider for a resource with explicit provider configuration.",
            ));
        }
    }
}

/// Reports import blocks of a module that is not the root.
pub fn refuse_imports(module: &Module, sources: &Sources, diagnostics: &mut Diagnostics) {
    for import in &module.imports {
        diagnostics.push(sources.error(
            import.span,
            "Invalid import configuration",
            format!("An import block was detected in \"{}\". Import blocks are only allowed in the root module.", module.path),
        ));
    }
}
