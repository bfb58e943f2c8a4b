//! Schemas as `providers schema -json` prints them, format version 1.0.

use crate::lang::functions::{Function, Param, Returns, terraform};
use serde_json::{Map, Value as Json, json};
use trunkline_api::json::type_json;
use trunkline_api::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use trunkline_api::{ByName, ProviderSchema};

/// The document, by the providers' source addresses.
#[must_use]
pub fn providers_schema_json<'a>(
    providers: impl Iterator<Item = (&'a str, &'a ProviderSchema)>,
) -> Json {
    let providers: Map<String, Json> = providers
        .map(|(source, schema)| {
            let mut json = provider(schema);
            // The functions of this one are those of the language.
            if source == terraform::PROVIDER {
                let functions = terraform::FUNCTIONS.iter();
                let functions = functions.map(|f| (f.name.to_owned(), function(f)));
                json.insert("functions".into(), Json::Object(functions.collect()));
            }
            (source.to_owned(), Json::Object(json))
        })
        .collect();
    let mut out = Map::new();
    out.insert("format_version".into(), json!("1.0"));
    if !providers.is_empty() {
        out.insert("provider_schemas".into(), Json::Object(providers));
    }
    Json::Object(out)
}

fn function(function: &Function) -> Json {
    let parameter = |p: &Param| json!({ "name": p.name, "type": type_json(&p.shape.ty()) });
    let (Returns::Always(shape) | Returns::Of(shape, _)) = function.returns;
    let parameters: Vec<Json> = function.params.iter().map(parameter).collect();
    json!({
        "description": function.description,
        "summary": function.description,
        "return_type": type_json(&shape.ty()),
        "parameters": parameters,
    })
}

fn provider(schema: &ProviderSchema) -> Map<String, Json> {
    let mut out = Map::new();
    let own = &schema.provider;
    let own = match own.block == Block::default() {
        true => json!({ "version": own.version }),
        false => schema_json(own),
    };
    out.insert("provider".into(), own);
    for (key, schemas) in [
        ("resource_schemas", &schema.resources),
        ("data_source_schemas", &schema.data_sources),
        ("ephemeral_resource_schemas", &schema.ephemeral_resources),
    ] {
        if !schemas.is_empty() {
            let all = schemas
                .iter()
                .map(|(name, schema)| (name.to_string(), schema_json(schema)));
            out.insert(key.into(), Json::Object(all.collect()));
        }
    }
    out
}

/// One schema.
#[must_use]
pub fn schema_json(schema: &Schema) -> Json {
    json!({ "version": schema.version, "block": block(&schema.block) })
}

fn block(block_schema: &Block) -> Json {
    let mut out = Map::new();
    if !block_schema.attributes.is_empty() {
        out.insert("attributes".into(), attributes(&block_schema.attributes));
    }
    if !block_schema.blocks.is_empty() {
        let blocks = block_schema
            .blocks
            .iter()
            .map(|(name, b)| (name.to_string(), nested(b)));
        out.insert("block_types".into(), Json::Object(blocks.collect()));
    }
    describe(&mut out, &block_schema.description);
    flag(&mut out, "deprecated", block_schema.deprecated.is_some());
    Json::Object(out)
}

fn describe(out: &mut Map<String, Json>, description: &str) {
    if !description.is_empty() {
        out.insert("description".into(), json!(description));
    }
    out.insert("description_kind".into(), json!("plain"));
}

fn flag(out: &mut Map<String, Json>, name: &str, set: bool) {
    if set {
        out.insert(name.into(), json!(true));
    }
}

fn attributes(all: &ByName<Attribute>) -> Json {
    let all = all.iter().map(|(name, a)| (name.to_string(), attribute(a)));
    Json::Object(all.collect())
}

fn attribute(a: &Attribute) -> Json {
    let mut out = Map::new();
    match &a.nested {
        Some(nested) => {
            let nested = json!({
                "attributes": attributes(&nested.attributes),
                "nesting_mode": nesting(nested.nesting),
            });
            out.insert("nested_type".into(), nested);
        }
        None => drop(out.insert("type".into(), type_json(&a.ty))),
    }
    describe(&mut out, &a.description);
    flag(&mut out, "deprecated", a.deprecated.is_some());
    flag(&mut out, "required", a.required);
    flag(&mut out, "optional", a.optional);
    flag(&mut out, "computed", a.computed);
    flag(&mut out, "sensitive", a.sensitive);
    flag(&mut out, "write_only", a.write_only);
    Json::Object(out)
}

fn nested(schema: &NestedBlock) -> Json {
    let mut out = Map::new();
    out.insert("nesting_mode".into(), json!(nesting(schema.nesting)));
    out.insert("block".into(), block(&schema.block));
    for (name, limit) in [
        ("min_items", schema.min_items),
        ("max_items", schema.max_items),
    ] {
        if limit > 0 {
            out.insert(name.into(), json!(limit));
        }
    }
    Json::Object(out)
}

fn nesting(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
