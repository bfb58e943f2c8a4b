//! The source addresses of modules: which of them could be one.
//!
//! It fetches nothing; which of them are supported is [`super::load`]'s to say.

use super::block::Decoder;
use super::load::local_source;
use crate::lang::ast::Attribute;

/// Reports a source that is none.
pub(super) fn check(
    text: &str,
    source: &Attribute,
    version: Option<&Attribute>,
    decoder: &mut Decoder<'_>,
) -> Option<()> {
    let span = source.expr.span;
    if local_source(text) {
        if version.is_none() {
            return Some(());
        }
        decoder.error(
            span,
            "Invalid registry module source address",
            format!("Failed to parse module registry address: can't use local directory {text:?} as a module registry address.\n\nA registry address is expected here because the argument \"version\" is set, which applies only to modules from a registry. Remove it for a local module."),
        );
        return None;
    }
    if text.trim().is_empty() {
        decoder.error(
            span,
            "Invalid module source address",
            "Failed to parse module source address: the address is empty.",
        );
        return None;
    }
    if could_be_remote(text) {
        return Some(());
    }
    decoder.error(
        span,
        "Invalid module source address",
        format!("There is no telling how the module package {text:?} is to be installed.\n\nIf a path relative to the current module is meant, write \"./{text}\"."),
    );
    None
}

/// Whether an address is one of a registry, a repository or another place far away.
fn could_be_remote(text: &str) -> bool {
    let path = text.split("//").next().unwrap_or(text);
    let parts: Vec<&str> = path.split('/').collect();
    let word = |p: &&str| {
        !p.is_empty()
            && p.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    let registry = match &parts[..] {
        [_, _, _] => parts.iter().all(&word),
        [host, rest @ ..] if rest.len() == 3 => host.contains('.') && rest.iter().all(word),
        _ => false,
    };
    let place = text.contains("::") || text.contains("://") || text.starts_with('/');
    let known = ["github.com/", "bitbucket.org/", "gitlab.com/", "git@"];
    registry
        || place
        || known.iter().any(|k| text.starts_with(k))
        || text.contains(".amazonaws.com/")
}
