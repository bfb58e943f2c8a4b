//! Reading addresses, and saying in Terraform's words what is wrong with one.
//!
//! Two steps: a text becomes a root name with attributes and indexes, and those become an address.

use std::sync::Arc;

use indexmap::Equivalent;

use super::{
    Address, ConfigAddress, InstanceKey, Mode, ModuleInstance, Resource, ResourceName, Target,
};

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressProblem {
    /// A fixed text.
    pub summary: &'static str,
    /// What is expected.
    pub detail: String,
}

fn problem<T>(summary: &'static str, detail: impl Into<String>) -> Result<T, AddressProblem> {
    Err(AddressProblem {
        summary,
        detail: detail.into(),
    })
}

fn invalid<T>(detail: impl Into<String>) -> Result<T, AddressProblem> {
    problem("Invalid address", detail)
}

/// Reads an address argument.
#[must_use]
pub fn parse_target(text: &str) -> Option<Target> {
    read_target(text).ok()
}

/// Reads the address of an instance; a whole module is none.
pub fn read_instance(text: &str) -> Result<Address, AddressProblem> {
    match read_target(text)? {
        Target::Instance(address) => Ok(address),
        Target::Module(_) => invalid(
            "A resource instance address is required here. The module path must be followed by a resource instance specification.",
        ),
    }
}

/// Reads an address argument, or says what is wrong with it.
pub fn read_target(text: &str) -> Result<Target, AddressProblem> {
    let Written { module, object } = Written::read(text)?;
    let module: ModuleInstance = match module.is_empty() {
        // This takes no memory.
        true => ModuleInstance::root(),
        false => ModuleInstance(module.into_iter().map(|(n, key)| (n.into(), key)).collect()),
    };
    Ok(match object {
        None => Target::Module(module),
        Some(Object {
            mode,
            type_name,
            name,
            key,
        }) => Target::Instance(Address::new(
            module,
            Resource::new(mode, type_name, name),
            key,
        )),
    })
}

/// Reads the address of an instance whose neighbour has been read before, and of which some names are known: it shares what
/// is equal. `known` gives the address of a resource that has one already, by the path of its module and its name.
/// `None` when the text is not an instance's address.
#[must_use]
pub fn read_beside(
    text: &str,
    neighbour: Option<&Address>,
    names: [&Arc<str>; 2],
    known: impl FnOnce(&[(&str, InstanceKey)], ResourceName<'_>) -> Option<ConfigAddress>,
) -> Option<Address> {
    let Written {
        module: path,
        object,
    } = Written::read(text).ok()?;
    let Object {
        mode,
        type_name,
        name,
        key,
    } = object?;
    let shared = |text: &str| match names.into_iter().find(|known| &***known == text) {
        Some(known) => known.clone(),
        None => text.into(),
    };
    let same = |other: &ModuleInstance| {
        path.len() == other.0.len()
            && path
                .iter()
                .zip(other.0.iter())
                .all(|(a, b)| a.0 == &*b.0 && a.1 == b.1)
    };
    let module = match neighbour {
        Some(other) if same(&other.module) => other.module.clone(),
        _ if path.is_empty() => ModuleInstance::root(),
        _ => ModuleInstance(
            path.iter()
                .map(|(n, key)| ((*n).into(), key.clone()))
                .collect(),
        ),
    };
    let wanted = ResourceName {
        mode,
        type_name,
        name,
    };
    let neighbour = neighbour.filter(|other| wanted.equivalent(&other.resource));
    let config = match neighbour.filter(|other| other.module == module) {
        Some(other) => Some(other.config().clone()),
        None => known(&path, wanted),
    };
    let config = config.unwrap_or_else(|| {
        let resource = match neighbour {
            Some(other) => other.resource.clone(),
            None => Resource::new(mode, shared(type_name), shared(name)),
        };
        ConfigAddress::new(module.path(), resource)
    });
    Some(config.instance(module, key))
}

/// An address as it is written.
struct Written<'t> {
    module: Vec<(&'t str, InstanceKey)>,
    /// Nothing where it is that of a module.
    object: Option<Object<'t>>,
}

struct Object<'t> {
    mode: Mode,
    type_name: &'t str,
    name: &'t str,
    key: InstanceKey,
}

impl<'t> Written<'t> {
    fn read(text: &'t str) -> Result<Written<'t>, AddressProblem> {
        let steps = steps(text)?;
        let mut rest = steps.as_slice();
        let mut module: Vec<(&str, InstanceKey)> = Vec::new();
        while let [Step::Name("module"), after @ ..] = rest {
            let [Step::Name(name), after @ ..] = after else {
                return problem(
                    "Invalid address operator",
                    "Prefix \"module.\" must be followed by a module name.",
                );
            };
            rest = after;
            let mut key = InstanceKey::None;
            if let [Step::Index(index), after @ ..] = rest {
                key = index.key()?;
                rest = after;
            }
            module.push((name, key));
            if rest.is_empty() {
                return Ok(Written {
                    module,
                    object: None,
                });
            }
        }
        let mode = match rest.first() {
            Some(Step::Name("data")) => Mode::Data,
            Some(Step::Name("ephemeral")) => Mode::Ephemeral,
            _ => Mode::Managed,
        };
        match rest {
            [Step::Name("data" | "ephemeral" | "resource"), after @ ..] => rest = after,
            [
                Step::Name(
                    word @ ("count" | "each" | "local" | "path" | "self" | "terraform" | "var"
                    | "template" | "lazy" | "arg"),
                ),
                ..,
            ] => {
                return invalid(format!(
                    "The keyword {word:?} is reserved and cannot be used to target a resource address. If you are targeting a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
                ));
            }
            _ => {}
        }
        let [Step::Name(type_name), after @ ..] = rest else {
            return invalid("Resource specification must include a resource type and name.");
        };
        let (name, after) = match after {
            [] => return invalid("Resource specification must include a resource type and name."),
            [Step::Name(name), after @ ..] => (name, after),
            [Step::Index(_), ..] => return invalid("A resource name is required."),
        };
        let key = match after {
            [] => InstanceKey::None,
            [Step::Index(index)] => index.key()?,
            [Step::Name(_), ..] => {
                return invalid("Resource instance key must be given in square brackets.");
            }
            _ => return invalid("Unexpected extra operators after address."),
        };
        let object = Some(Object {
            mode,
            type_name,
            name,
            key,
        });
        Ok(Written { module, object })
    }
}

enum Step<'t> {
    Name(&'t str),
    Index(Index<'t>),
}

enum Index<'t> {
    Number(&'t str),
    Text(String),
}

impl Index<'_> {
    fn key(&self) -> Result<InstanceKey, AddressProblem> {
        match self {
            Index::Text(text) => Ok(InstanceKey::Str(text.as_str().into())),
            Index::Number(digits) => match digits.parse() {
                Ok(n) => Ok(InstanceKey::Int(n)),
                Err(_) => invalid(format!(
                    "Invalid resource instance key: value must be a whole number, between {} and {}.",
                    i64::MIN,
                    i64::MAX
                )),
            },
        }
    }
}

/// The name at the beginning of a text, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|b| !plain(b)).unwrap_or(bytes.len());
    if bytes.get(end).is_none_or(u8::is_ascii) {
        // As nearly all names are.
        let first = bytes.first()?;
        return (first.is_ascii_alphabetic() || *first == b'_').then(|| text.split_at(end));
    }
    let end = text
        .char_indices()
        .find(|(i, c)| !(unicode_ident::is_xid_continue(*c) || *c == '-' && *i > 0))
        .map_or(text.len(), |(i, _)| i);
    let first = text.chars().next()?;
    (end > 0 && (unicode_ident::is_xid_start(first) || first == '_')).then(|| text.split_at(end))
}

fn steps(text: &str) -> Result<Vec<Step<'_>>, AddressProblem> {
    const ATTRIBUTE: &str = "Attribute name required";
    let Some((root, mut rest)) = name(text) else {
        return problem("Variable name required", "Must begin with a variable name.");
    };
    // Most are of two or three steps.
    let mut found = Vec::with_capacity(4);
    found.push(Step::Name(root));
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let Some((word, after)) = name(after) else {
                return match after.starts_with('*') {
                    true => problem(ATTRIBUTE, "Splat expressions (.*) may not be used here."),
                    false => problem(ATTRIBUTE, "Dot must be followed by attribute name."),
                };
            };
            found.push(Step::Name(word));
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = index(inner)?;
            let Some(after) = after.strip_prefix(']') else {
                return problem(
                    "Unclosed index brackets",
                    "Index key must be followed by a closing bracket.",
                );
            };
            found.push(Step::Index(index));
            rest = after;
        } else {
            return problem(
                "Invalid character",
                "Expected an attribute access or an index operator.",
            );
        }
    }
    Ok(found)
}

/// The index at the beginning of a text, and what follows it.
fn index(text: &str) -> Result<(Index<'_>, &str), AddressProblem> {
    if let Some(inner) = text.strip_prefix('"') {
        let (string, after) = string(inner)?;
        return Ok((Index::Text(string), after));
    }
    if text.starts_with('*') {
        return problem(
            "Attribute name required",
            "Splat expressions ([*]) may not be used here.",
        );
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    if end == 0 || text.starts_with('.') {
        return problem(
            "Index value required",
            "Index brackets must contain either a literal number or a literal string.",
        );
    }
    Ok((Index::Number(&text[..end]), &text[end..]))
}

/// The rest of a string after its opening quote, and what follows its closing one.
fn string(text: &str) -> Result<(String, &str), AddressProblem> {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 'r')) => out.push('\r'),
                Some((_, 't')) => out.push('\t'),
                Some((_, other)) => out.push(other),
                None => break,
            },
            '$' | '%' => {
                let rest = &text[at + 1..];
                if rest.starts_with('{') {
                    return problem(
                        "Invalid string literal",
                        format!(
                            "Template sequences are not allowed in this string. To include a literal {:?}, double it (as {:?}) to escape it.",
                            c.to_string(),
                            format!("{c}{c}")
                        ),
                    );
                }
                out.push(c);
                // A doubled sign before a brace stands for one.
                if rest.starts_with(c) && rest[1..].starts_with('{') {
                    chars.next();
                }
            }
            c => out.push(c),
        }
    }
    problem(
        "Unterminated string literal",
        "Unable to find the closing quote mark before the end of the file.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        let detail = |text: &str| read_instance(text).unwrap_err().detail;
        for (text, expected) in [
            ("", "Must begin with a variable name."),
            (
                "a",
                "Resource specification must include a resource type and name.",
            ),
            (
                "a.b.c",
                "Resource instance key must be given in square brackets.",
            ),
            ("a..x", "Dot must be followed by attribute name."),
            (
                "module",
                "Prefix \"module.\" must be followed by a module name.",
            ),
            (
                "module.m[0",
                "Index key must be followed by a closing bracket.",
            ),
            (
                "a.b[x]",
                "Index brackets must contain either a literal number or a literal string.",
            ),
            ("a.b[0].c", "Unexpected extra operators after address."),
            ("a.b[*]", "Splat expressions ([*]) may not be used here."),
            (
                "a.b c",
                "Expected an attribute access or an index operator.",
            ),
            (
                "module.m",
                "A resource instance address is required here. The module path must be followed by a resource instance specification.",
            ),
        ] {
            assert_eq!(detail(text), expected, "{text}");
        }
        assert!(detail("var.x").starts_with("The keyword \"var\" is reserved"));
        assert!(detail("a.b[\"${x}\"]").starts_with("Template sequences"));
    }

    #[test]
    fn a_reserved_type_has_a_prefix() {
        assert_eq!(
            read_instance("resource.each.a")
                .unwrap()
                .resource
                .type_name
                .as_ref(),
            "each"
        );
    }
}
