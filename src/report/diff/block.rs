//! Changes of whole objects and nested blocks, attribute by attribute and block by block.

use trunkline_api::schema::{Block, NestedBlock, Nesting};

use super::sequence::{Pairing, by_index};
use super::typed::{Scope, attributes, set_pairs, settle_write_only, shown, total};
use super::{Data, Diff, Pair, Shape, Verb, dynamic, mask};

/// The content of a block.
#[derive(Clone, Debug, Default)]
pub struct BlockDiff<'v> {
    /// Its attributes that are not null on both sides, sorted by name.
    pub attributes: Vec<(&'v str, Diff<'v>)>,
    /// Its nested blocks by type, sorted by name.
    pub blocks: Vec<(&'v str, Blocks<'v>)>,
}

/// The nested blocks of one type.
#[derive(Clone, Debug, Default)]
pub struct Blocks<'v> {
    /// A change of their collection forces the replacement.
    pub replace: bool,
    /// The blocks, with their keys where they have keys.
    pub items: Vec<(Option<&'v str>, Diff<'v>)>,
}

/// The change of an object. Without a schema every part is taken as it is.
#[must_use]
pub fn diff<'v>(pair: Pair<'_, 'v>, schema: Option<&'v Block>, scope: &Scope<'_>) -> Diff<'v> {
    let pair = pair.implicit();
    match schema {
        Some(schema) => block(pair, schema, scope),
        None => without_schema(pair, scope),
    }
}

fn without_schema<'v>(pair: Pair<'_, 'v>, scope: &Scope<'_>) -> Diff<'v> {
    let attributes = pair.names().into_iter().filter_map(|name| {
        let part = pair.field(name).implicit();
        let diff = dynamic::diff(scope.field(name).limited(part));
        shown(part, &diff).then_some((name, diff))
    });
    let content = BlockDiff {
        attributes: attributes.collect(),
        blocks: Vec::new(),
    };
    let verb = total(pair, content.attributes.iter().map(|a| &a.1));
    Diff::new(verb, Shape::Block(content))
}

fn block<'v>(pair: Pair<'_, 'v>, schema: &'v Block, scope: &Scope<'_>) -> Diff<'v> {
    let pair = scope.limited(pair);
    if let Some(masked) = mask(pair, |bare| block(bare, schema, &scope.loose()).verb) {
        return masked.replacing(scope.forces());
    }
    let scope = &scope.within(schema);
    let (attributes, mut verb) = attributes(pair, &schema.attributes, scope);
    let mut content = BlockDiff {
        attributes,
        blocks: Vec::new(),
    };
    for (name, nested_schema) in &schema.blocks {
        let part = pair.field(name).implicit();
        let blocks = nested(part, nested_schema, &scope.field(name));
        // An empty collection is there all the same, which shows in how the block is closed.
        if !blocks.items.is_empty() || part.before.is_some() || part.after.is_some() {
            verb = total_of(verb, &blocks);
            content.blocks.push((name, blocks));
        }
    }
    settle_write_only(&mut content.attributes, verb);
    Diff::new(verb, Shape::Block(content)).replacing(scope.forces())
}

fn total_of(verb: Verb, blocks: &Blocks<'_>) -> Verb {
    blocks
        .items
        .iter()
        .fold(verb, |verb, (_, diff)| verb.with_part(diff.verb))
}

fn nested<'v>(pair: Pair<'_, 'v>, schema: &'v NestedBlock, scope: &Scope<'_>) -> Blocks<'v> {
    let pair = scope.limited(pair);
    let one = |p: Pairing| (None, block(pair.item(p), &schema.block, &scope.item(p)));
    if let Some(Data::Unknown) = pair.after {
        let gone = pair.delete();
        let mut blocks = match pair.before {
            Some(_) => nested(gone, schema, scope),
            None => Blocks::default(),
        };
        let verb = match blocks.items.is_empty() {
            true => Verb::Create,
            false => Verb::Update,
        };
        let news = Diff::new(verb, Shape::Unknown(None));
        blocks.items.insert(0, (None, news));
        return blocks;
    }
    let items = match schema.nesting {
        Nesting::Single | Nesting::Group => {
            let diff = block(pair, &schema.block, scope);
            if shown(pair, &diff) {
                vec![(None, diff)]
            } else {
                Vec::new()
            }
        }
        Nesting::List => {
            let count = |side: Option<&Data<'_>>| side.map_or(0, |d| d.items().len());
            let pairs = by_index(count(pair.before), count(pair.after));
            pairs.into_iter().map(one).collect()
        }
        Nesting::Set => set_pairs(pair).into_iter().map(one).collect(),
        Nesting::Map => pair
            .names()
            .into_iter()
            .map(|name| {
                let diff = block(pair.field(name), &schema.block, &scope.field(name));
                (Some(name), diff)
            })
            .collect(),
    };
    let hidden = |side: Option<&Data<'_>>| side.is_some_and(|d| d.reveal().1);
    let (before, after) = (hidden(pair.before), hidden(pair.after));
    let items = match schema.nesting {
        Nesting::Single | Nesting::Group => items,
        _ => items
            .into_iter()
            .map(|(key, diff)| (key, mask_block(diff, before, after)))
            .collect(),
    };
    Blocks {
        replace: scope.forces(),
        items,
    }
}

/// A block of a collection that is sensitive as a whole.
fn mask_block(diff: Diff<'_>, before: bool, after: bool) -> Diff<'_> {
    let masked = match diff.verb {
        Verb::Create => after,
        Verb::Delete => before,
        Verb::Update | Verb::NoOp => before || after,
    };
    if !masked {
        return diff;
    }
    let verb = if diff.verb == Verb::NoOp && before != after {
        Verb::Update
    } else {
        diff.verb
    };
    let inner = diff.verb;
    let shape = Shape::Sensitive {
        inner,
        before,
        after,
    };
    Diff::new(verb, shape).replacing(diff.replace)
}
