//! Configuration written for objects that exist: names, references among them, variables for their secrets.
//!
//! Pure: from objects that were read to text. Names and order follow from what the objects are called, not from the
//! order in which they were found.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use trunkline_api::schema::Attribute;
use trunkline_api::{Kind, Schema, Type, Value};

use super::generate::{self, Secrets};
use crate::address::{Mode, Resource, quoted};
use crate::lang::format::type_text;

/// An object that was found.
#[derive(Clone)]
pub struct Found {
    /// Its type.
    pub type_name: Arc<str>,
    /// The id that it is imported by.
    pub import_id: String,
    /// What it is, marks included.
    pub value: Value,
    /// The schema of its type.
    pub schema: Arc<Schema>,
    /// The address that manages it already.
    pub managed: Option<String>,
    /// Why it is left out: its configuration would not be valid.
    pub left_out: Option<String>,
}

/// What an object is called at its vendor: the attributes that say so, the best first.
const NAMES: [&str; 13] = [
    "name",
    "display_name",
    "title",
    "login",
    "email",
    "section",
    "address",
    "phone_number",
    "number",
    "target",
    "template_name",
    "code",
    "key",
];

/// What names an object for others, beside its id, ends so and is the vendor's to say.
const ALSO_ID: &str = "_id";
/// Shorter ids are not taken for references: they may be anything.
const SHORTEST_ID: usize = 6;
/// What an expression stands between while text is laid out; both are in no text of a vendor.
const OPEN: &str = "@@trunkline-reference(";
const CLOSE: &str = ")trunkline-reference@@";

impl Found {
    /// What its vendor calls it, where it has a name.
    fn name(&self) -> Option<&str> {
        let block = &self.schema.block;
        let named = NAMES.iter().filter(|n| block.attributes.contains_key(n));
        let mut texts = named.filter_map(|n| self.value.attr(n));
        texts.find_map(|v| match v.marks().is_sensitive() {
            true => None,
            false => v.as_str().filter(|t| !t.is_empty()),
        })
    }

    /// Its ids, as others refer to it, each with its attribute: the one called so, and what else its vendor calls it.
    fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_said = |name: &str, a: &Attribute| {
            a.computed && !a.optional && !a.required && name.ends_with(ALSO_ID)
        };
        let block = &self.schema.block;
        let others = block.attributes.iter().filter(move |(n, a)| is_said(n, a));
        let names = std::iter::once("id").chain(others.map(|(name, _)| &**name));
        names.filter_map(|name| {
            let id = self.value.attr(name)?;
            let text = id.as_str().filter(|_| !id.marks().is_sensitive())?;
            Some((name, text))
        })
    }
}

/// What objects are called, for people and to compare by, in their order. What has no name goes by its import id, in
/// which ids of others are what those are called.
#[must_use]
pub fn called(found: &[Found]) -> Vec<String> {
    let names = |own: usize, _: &str| found[own].name().unwrap_or_default().to_owned();
    let others = targets(found, &names);
    let part = |part: &str| match others.get(part) {
        Some((_, name)) if !name.is_empty() => name.clone(),
        _ => part.to_owned(),
    };
    let by_id = |id: &str| id.split('/').map(part).collect::<Vec<_>>().join("/");
    let one = |object: &Found| match object.name() {
        Some(name) => name.to_owned(),
        None => by_id(&object.import_id),
    };
    found.iter().map(one).collect()
}

/// Sorts objects by type and by what they are called.
pub fn sort(found: &mut Vec<Found>) {
    let names = called(found);
    let mut named: Vec<(String, Found)> = names.into_iter().zip(std::mem::take(found)).collect();
    named.sort_by(|(a, x), (b, y)| {
        (&x.type_name, a, &x.import_id).cmp(&(&y.type_name, b, &y.import_id))
    });
    found.extend(named.into_iter().map(|(_, object)| object));
}

/// A name of the language for a text.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            _ if out.ends_with('_') || out.is_empty() => {}
            _ => out.push('_'),
        }
    }
    let out = out.trim_end_matches('_');
    match out.chars().next() {
        None => "object".into(),
        Some('0'..='9') => format!("n{out}"),
        Some(_) => out.to_owned(),
    }
}

/// A name for each object, in their order; `taken` are names of the configuration. Objects of one name are told
/// apart by the end of their id.
fn names(found: &[Found], taken: &BTreeSet<(Arc<str>, Arc<str>)>) -> Vec<String> {
    let plain: Vec<String> = called(found).iter().map(|name| slug(name)).collect();
    let mut count: HashMap<(&str, &str), usize> = HashMap::new();
    for (object, name) in found.iter().zip(&plain) {
        *count
            .entry((&*object.type_name, name.as_str()))
            .or_default() += 1;
    }
    let mut used = taken.clone();
    let mut names = Vec::new();
    for (object, name) in found.iter().zip(&plain) {
        let mut wanted = name.clone();
        if count.get(&(&*object.type_name, name.as_str())) != Some(&1) {
            let id = slug(&object.import_id);
            let tail: String = id
                .chars()
                .skip(id.chars().count().saturating_sub(8))
                .collect();
            wanted = format!("{name}_{}", tail.trim_start_matches('_'));
        }
        let mut unique = wanted.clone();
        let mut n = 2;
        while !used.insert((object.type_name.clone(), unique.as_str().into())) {
            unique = format!("{wanted}_{n}");
            n += 1;
        }
        names.push(unique);
    }
    names
}

/// What an id is called among objects of one vendor: to compare two tenants.
#[must_use]
pub fn by_name(found: &[Found]) -> Vec<Value> {
    let names = found.iter().zip(called(found));
    let names = names.map(|(o, name)| format!("{}.{name}", o.type_name));
    let names: Vec<String> = names.collect();
    let targets = targets(found, &|own, _| names[own].clone());
    let each = found.iter().enumerate().map(|(own, object)| {
        let replaced = object.value.map_leaves(&mut |leaf| match leaf
            .as_str()
            .and_then(|text| targets.get(text))
        {
            Some((other, name)) if *other != own => {
                Value::string(name.as_str()).with_marks(leaf.marks())
            }
            _ => leaf.clone(),
        });
        configured(&replaced, object)
    });
    each.collect()
}

/// An object without what only its vendor says.
fn configured(value: &Value, object: &Found) -> Value {
    let block = &object.schema.block;
    let Some(fields) = value.as_fields() else {
        return value.clone();
    };
    Value::object(fields.iter().map(|(name, v)| {
        let computed = block
            .attributes
            .get(name)
            .is_some_and(|a| a.computed && !a.optional && !a.required);
        let v = match computed {
            true => Value::null(v.ty()),
            false => v.clone(),
        };
        (name.clone(), v)
    }))
}

/// Which object an id stands for, with what is written for it and its attribute. Ids of two objects stand for none.
fn targets(
    found: &[Found],
    written: &dyn Fn(usize, &str) -> String,
) -> HashMap<String, (usize, String)> {
    let mut targets: HashMap<String, (usize, String)> = HashMap::new();
    let mut twice = BTreeSet::new();
    for (own, object) in found.iter().enumerate() {
        if object.left_out.is_some() {
            continue;
        }
        for (name, id) in object.ids().filter(|(_, id)| id.len() >= SHORTEST_ID) {
            match targets.get(id) {
                None => drop(targets.insert(id.to_owned(), (own, written(own, name)))),
                Some((other, _)) if *other == own => {}
                Some(_) => drop(twice.insert(id.to_owned())),
            }
        }
    }
    targets.retain(|id, _| !twice.contains(id));
    targets
}

/// What was written.
pub struct Written {
    /// The text of a `.tf` file; empty where there is nothing to write.
    pub text: String,
    /// The address of each object, in their order.
    pub addresses: Vec<String>,
}

/// Writes import blocks and configuration for the objects that are not managed, which are sorted. `provider` is what
/// their blocks name as their provider, where that is not the default one.
#[must_use]
pub fn write(
    product: &str,
    provider: Option<&str>,
    found: &[Found],
    taken: &BTreeSet<(Arc<str>, Arc<str>)>,
) -> Written {
    let names = names(found, taken);
    let each = found.iter().zip(&names);
    let addresses: Vec<String> = each
        .map(|(object, name)| match &object.managed {
            Some(address) => address.clone(),
            None => format!("{}.{name}", object.type_name),
        })
        .collect();
    let targets = targets(found, &|own, name| {
        format!("{OPEN}{}.{name}{CLOSE}", addresses[own])
    });
    let circles = circles(found, &targets);
    let called = called(found);
    let (mut variables, mut blocks) = (Variables::default(), String::new());
    for (own, object) in found.iter().enumerate() {
        if object.managed.is_some() {
            continue;
        }
        if let Some(why) = &object.left_out {
            let why = why.replace('\n', " ");
            let _ = write!(
                blocks,
                "\n# Left out: {} {} (id {}). {why}\n",
                object.type_name,
                quoted(&called[own]),
                quoted(&object.import_id),
            );
            continue;
        }
        let value = object.value.map_leaves(&mut |leaf| {
            let target = leaf.as_str().and_then(|text| targets.get(text));
            match target {
                Some((other, expression))
                    if *other != own
                        && circles[own] != circles[*other]
                        && refers(&addresses[*other]) =>
                {
                    Value::string(expression.as_str()).with_marks(leaf.marks())
                }
                _ => leaf.clone(),
            }
        });
        let resource = Resource::new(Mode::Managed, object.type_name.clone(), names[own].as_str());
        variables.begin(&object.type_name, &names[own]);
        let block = &object.schema.block;
        let text = generate::text_with(&resource, provider, block, &value, &mut variables);
        let id = quoted(&object.import_id);
        let _ = write!(
            blocks,
            "\nimport {{\n  to = {}\n  id = {id}\n}}\n\n{}\n",
            addresses[own],
            unfold(&text)
        );
    }
    let mut text = String::new();
    if !blocks.is_empty() {
        let _ = writeln!(
            text,
            "# __generated__ by {product}: what discover found. Review it, and move it to where it belongs."
        );
        text.push_str(&variables.text);
        text.push_str(&blocks);
    }
    Written { text, addresses }
}

/// Whether a reference can name an object: one in a module or of several instances cannot be named from here.
fn refers(address: &str) -> bool {
    !address.starts_with("module.") && !address.contains('[')
}

/// The expressions in a text that was laid out with them as strings.
fn unfold(text: &str) -> String {
    let (open, close) = (format!("\"{OPEN}"), format!("{CLOSE}\""));
    text.replace(&open, "").replace(&close, "")
}

/// Objects that refer to each other in a circle have one number: none of them is written as a reference there.
fn circles(found: &[Found], targets: &HashMap<String, (usize, String)>) -> Vec<usize> {
    let mut graph = DiGraphMap::<usize, ()>::new();
    for (own, object) in found.iter().enumerate() {
        graph.add_node(own);
        object.value.walk(&mut |_, leaf| {
            if let Kind::String(text) = leaf.kind()
                && let Some((other, _)) = targets.get(&**text)
                && *other != own
            {
                graph.add_edge(own, *other, ());
            }
        });
    }
    let mut circle = vec![0; found.len()];
    for (number, members) in tarjan_scc(&graph).into_iter().enumerate() {
        for member in members {
            circle[member] = number;
        }
    }
    circle
}

/// A type as a variable is constrained to it.
fn constraint(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "any".to_owned(),
        _ => type_text(ty, 0),
    }
}

/// Variables for secrets.
#[derive(Default)]
struct Variables {
    text: String,
    prefix: String,
    /// Attributes of the resource at hand whose difference is ignored.
    ignored: Vec<String>,
    used: BTreeMap<String, usize>,
}

impl Variables {
    fn begin(&mut self, type_name: &str, name: &str) {
        let short = type_name
            .split_once('_')
            .map_or(type_name, |(_, rest)| rest);
        self.prefix = format!("{short}_{name}");
        self.ignored.clear();
    }
}

impl Secrets for Variables {
    fn secret(&mut self, path: &[String], attribute: &Attribute, value: &Value) -> Option<String> {
        if !attribute.required && (attribute.write_only || attribute.computed) {
            return None;
        }
        let wanted = format!("{}_{}", self.prefix, path.join("_"));
        let n = self.used.entry(wanted.clone()).or_default();
        *n += 1;
        let name = match *n {
            1 => wanted,
            n => format!("{wanted}_{n}"),
        };
        let secret = attribute.sensitive || attribute.write_only;
        // What is there has to be given, even where it may be left out: without it a rule may find it missing.
        let optional = match attribute.required || !value.is_null() {
            true => "",
            false => "  default   = null\n",
        };
        let _ = write!(
            self.text,
            "\n# This cannot be read back.\nvariable {} {{\n  type{} = {}\n{}{optional}}}\n",
            quoted(&name),
            if secret { "     " } else { "" },
            constraint(&attribute.ty),
            if secret { "  sensitive = true\n" } else { "" },
        );
        // A write-only value deeper down is no difference: it is in no state.
        let top = match path {
            [only] => Some(only.as_str()),
            // A block is numbered among those of its name, and ignored with these.
            [block, ..] if !attribute.write_only => block.rsplit_once('_').map(|(name, _)| name),
            _ => None,
        };
        if let Some(top) = top
            && (attribute.required || !value.is_null())
            && !self.ignored.iter().any(|name| name == top)
        {
            self.ignored.push(top.to_owned());
        }
        Some(format!("var.{name}"))
    }

    fn end(&mut self) -> String {
        match self.ignored.is_empty() {
            true => String::new(),
            false => format!(
                "\n  # Without this it would be set again: take it out to set it from the variable.\n  lifecycle {{\n    ignore_changes = [{}]\n  }}\n",
                self.ignored.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_api::schema::{Attribute, Block};
    use trunkline_api::{Schema, Type};

    use super::*;

    fn object(type_name: &str, id: &str, fields: &[(&str, &str)]) -> Found {
        let text = || Attribute::new(Type::String, "");
        let mut block = Block::new("").attribute("id", text().computed());
        for name in ["name", "parent_id", "peer_id"] {
            block = block.attribute(name, text().optional());
        }
        block = block.attribute("secret", text().required().sensitive());
        let all = ["id", "name", "parent_id", "peer_id", "secret"];
        let value = Value::object(all.map(|name| {
            let found = fields.iter().find(|(n, _)| *n == name);
            let value = match (name, found) {
                ("id", _) => Value::string(id),
                (_, Some((_, text))) => Value::string(*text),
                (_, None) => Value::null(Type::String),
            };
            (name, value)
        }));
        Found {
            type_name: type_name.into(),
            import_id: id.into(),
            value,
            schema: Arc::new(Schema { version: 0, block }),
            managed: None,
            left_out: None,
        }
    }

    fn written(mut found: Vec<Found>) -> (String, Vec<String>) {
        sort(&mut found);
        let written = write("Trunkline", None, &found, &BTreeSet::new());
        (written.text, written.addresses)
    }

    #[test]
    fn ids_become_references_and_circles_stay_texts() {
        let (text, addresses) = written(vec![
            object(
                "v_child",
                "child-1",
                &[("name", "A child"), ("parent_id", "parent-1")],
            ),
            object("v_parent", "parent-1", &[("name", "The Parent!")]),
            object(
                "v_peer",
                "peer-aa",
                &[("name", "x"), ("peer_id", "peer-bb")],
            ),
            object(
                "v_peer",
                "peer-bb",
                &[("name", "y"), ("peer_id", "peer-aa")],
            ),
        ]);
        assert_eq!(
            addresses,
            [
                "v_child.a_child",
                "v_parent.the_parent",
                "v_peer.x",
                "v_peer.y"
            ]
        );
        assert!(
            text.contains("parent_id = v_parent.the_parent.id\n"),
            "{text}"
        );
        assert!(text.contains("peer_id   = \"peer-bb\"\n"), "{text}");
        assert!(text.contains("variable \"child_a_child_secret\""), "{text}");
        assert!(
            text.contains("secret    = var.child_a_child_secret\n"),
            "{text}"
        );
        assert!(text.contains("ignore_changes = [secret]"), "{text}");
    }

    #[test]
    fn names_do_not_depend_on_the_order_found() {
        let objects = || {
            vec![
                object("v_a", "id-00000001", &[("name", "Same")]),
                object("v_a", "id-00000002", &[("name", "Same")]),
                object("v_a", "id-00000003", &[("name", "2 other")]),
                object("v_a", "id-00000004", &[("name", "…")]),
            ]
        };
        let (text, addresses) = written(objects());
        let mut turned = objects();
        turned.reverse();
        assert_eq!(written(turned), (text, addresses.clone()));
        assert_eq!(
            addresses,
            [
                "v_a.n2_other",
                "v_a.same_00000001",
                "v_a.same_00000002",
                "v_a.object"
            ]
        );
    }

    #[test]
    fn what_has_no_name_is_called_by_those_that_it_is_between() {
        let grant = || object("v_grant", "parent-1/division-9/parent-2", &[]);
        let mut found = vec![
            grant(),
            object("v_parent", "parent-2", &[("name", "Role")]),
            object("v_parent", "parent-1", &[("name", "Anna Admin")]),
        ];
        assert_eq!(called(&found)[0], "Anna Admin/division-9/Role");
        found.pop();
        assert_eq!(called(&found)[0], "parent-1/division-9/Role");
        let (_, addresses) = written(found);
        assert_eq!(addresses[0], "v_grant.parent_1_division_9_role");
    }
}
