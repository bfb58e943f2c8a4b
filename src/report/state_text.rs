//! The state as `show` and `state show` print it. It is told what the state holds and reads nothing.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use trunkline_api::{Schema, Type, Value};

use super::diff::typed::{self, Scope};
use super::diff::{Data, Pair, block};
use super::mask;
use super::plan_text::title::header;
use super::plan_text::tree::{Pen, Told};
use super::quote::attribute_name;
use super::style::Style;
use crate::address::Address;

/// One object of the state.
#[derive(Clone)]
pub struct StateInstance<'a> {
    /// Where it is.
    pub address: Address,
    /// The provider's source address.
    pub provider_source: Arc<str>,
    /// Its schema, if its provider is known.
    pub schema: Option<&'a Schema>,
    /// The version of the schema it was written with.
    pub schema_version: u64,
    /// Its value, marks included.
    pub value: Value,
    /// It must be replaced.
    pub tainted: bool,
    /// Its key, if it is a deposed object.
    pub deposed: Option<String>,
    /// Resources that it depends on, sorted.
    pub dependencies: Arc<[String]>,
}

/// A root output of the state.
#[derive(Clone)]
pub struct StateOutput {
    /// Its name.
    pub name: Arc<str>,
    /// Declared sensitive.
    pub sensitive: bool,
    /// Its value.
    pub value: Value,
}

impl fmt::Debug for StateInstance<'_> {
    /// Leaves out the value, of which only the schema knows what is sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)
    }
}

impl fmt::Debug for StateOutput {
    /// Leaves out the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "output.{}", self.name)
    }
}

/// What a state holds.
#[derive(Clone, Debug, Default)]
pub struct StateView<'a> {
    /// Objects, sorted by address, deposed ones after the current one.
    pub resources: Vec<StateInstance<'a>>,
    /// Outputs, sorted by name.
    pub outputs: Vec<StateOutput>,
}

/// The whole state, as `show` prints it.
#[must_use]
pub fn render_state(state: &StateView<'_>, style: &Style) -> String {
    if state.resources.is_empty() && state.outputs.is_empty() {
        return "The state file is empty. No resources are represented.\n".into();
    }
    let mut out = String::new();
    let mut module = None;
    // Modules within modules stand after the module around them, as in the JSON document.
    let mut instances: Vec<&StateInstance<'_>> = state.resources.iter().collect();
    instances.sort_by(|a, b| a.address.module.0.cmp(&b.address.module.0));
    for (i, instance) in instances.into_iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if module.is_some_and(|m| m != &instance.address.module) {
            out.push('\n');
        }
        module = Some(&instance.address.module);
        out.push_str(&render_instance(instance, style));
    }
    if !state.outputs.is_empty() {
        out.push_str("\n\nOutputs:\n\n");
        for output in &state.outputs {
            let name = attribute_name(&output.name);
            out.push_str(&format!("{name} = {}\n", output_text(output, style)));
        }
    }
    out
}

/// One object, as `state show` prints it.
#[must_use]
pub fn render_instance(instance: &StateInstance<'_>, style: &Style) -> String {
    let name = &instance.address;
    let about = match (&instance.deposed, instance.tainted) {
        (Some(key), _) => format!(" (deposed object {key})"),
        (None, true) => " (tainted)".to_owned(),
        (None, false) => String::new(),
    };
    let pen = Pen {
        style,
        symbols: false,
    };
    let value = match instance.schema {
        Some(schema) => mask::with_schema(&instance.value, &schema.block),
        None => Cow::Borrowed(&instance.value),
    };
    let data = Data::from_value(&value);
    let pair = Pair::new(Some(&data), Some(&data));
    let block = instance.schema.map(|s| &s.block);
    let diff = block::diff(pair, block, &Scope::new(&[]));
    let told = Told {
        whole: true,
        no_null: true,
        ..Told::default()
    };
    format!(
        "# {name}:{about}\n{} {}\n",
        header(&instance.address),
        pen.value(&diff, 0, told)
    )
}

fn output_text(output: &StateOutput, style: &Style) -> String {
    let data = Data::from_value(&output.value);
    let data = match output.sensitive {
        true => Data::Sensitive(Box::new(data)),
        false => data,
    };
    let pair = Pair::new(Some(&data), Some(&data));
    let ty: Type = output.value.ty();
    let diff = typed::by_type(pair, &ty, &Scope::new(&[]));
    let pen = Pen {
        style,
        symbols: false,
    };
    let told = Told {
        whole: true,
        no_null: true,
        ..Told::default()
    };
    pen.value(&diff, 0, told)
}
