//! `metadata functions -json`: the signatures of the built-in functions.

use serde_json::{Map, Value as Json, json};
use trunkline_api::json::type_json;

use crate::cli::Exit;
use crate::cli::args::{MetadataCommand, help_of};
use crate::cli::shell::Shell;
use crate::lang::functions::{self, Param, Returns};

/// Runs the command.
#[must_use]
pub fn run(command: &MetadataCommand) -> Exit {
    let MetadataCommand::Functions { json, .. } = command;
    let shell = Shell::detect(true);
    if !json {
        shell.error_text(&format!(
            "The `{} metadata functions` command requires the `-json` flag.\n{}\n",
            shell.style.command,
            help_of("metadata functions")
        ));
        return Exit::Error;
    }
    shell.out(&format!("{}\n", document()));
    Exit::Ok
}

/// Every function, under its name and under `core::` and its name.
fn document() -> Json {
    let mut signatures = Map::new();
    for name in functions::names() {
        if let Some(signature) = signature(name) {
            signatures.insert(format!("core::{name}"), signature.clone());
            signatures.insert(name.to_owned(), signature);
        }
    }
    signatures.sort_keys();
    json!({ "format_version": "1.0", "function_signatures": signatures })
}

fn signature(name: &str) -> Option<Json> {
    let function = functions::lookup(name)?;
    let (Returns::Always(shape) | Returns::Of(shape, _)) = function.returns;
    let mut signature = json!({
        "description": function.description,
        "return_type": type_json(&shape.ty()),
    });
    if !function.params.is_empty() {
        let parameters: Vec<Json> = function.params.iter().map(parameter).collect();
        signature["parameters"] = parameters.into();
    }
    if let Some(variadic) = &function.variadic {
        signature["variadic_parameter"] = parameter(variadic);
    }
    Some(signature)
}

fn parameter(param: &Param) -> Json {
    let mut parameter = json!({
        "name": param.name,
        "description": param.description,
        "type": type_json(&param.shape.ty()),
    });
    if param.nullable {
        parameter["is_nullable"] = true.into();
    }
    parameter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_there_twice() {
        let document = document();
        let signatures = document["function_signatures"].as_object().unwrap();
        assert_eq!(signatures.len(), 2 * functions::names().count());
        assert_eq!(signatures["core::max"], signatures["max"]);
        assert_eq!(signatures["max"]["return_type"], "number");
        assert_eq!(signatures["max"]["variadic_parameter"]["type"], "number");
    }
}
