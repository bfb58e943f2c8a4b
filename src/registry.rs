//! The one file that names the concrete providers.
//!
//! A bundled provider is `trunkline/<name>`, and an omitted source means the bundled one.

use std::sync::Arc;

use trunkline_api::Provider;
use trunkline_builtin::{Builtin, Manual, NewId, StateReader};

use crate::plan::providers::Registry;

pub use trunkline_builtin::{Answer, Ask, Attest, ManualStep, nobody};

/// The host that a source address without one means.
const DEFAULT_HOST: &str = "registry.terraform.io";
/// The source address of the provider that is part of Trunkline itself.
const BUILTIN: &str = "terraform.io/builtin/terraform";

/// The bundled providers.
pub struct Bundled {
    /// Makes texts that are never the same again: ids of `terraform_data` and `manual_step` objects, and nonces of signatures.
    pub new_id: NewId,
    /// Reads the outputs of other configurations' states.
    pub states: StateReader,
    /// Asks whether a person has done a step.
    pub attest: Attest,
    /// The clock, for rules about dates.
    pub now: fn() -> jiff::Timestamp,
    /// The clock that others have too, for signatures: never another one than the machine's.
    pub wall: fn() -> jiff::Timestamp,
}

impl Registry for Bundled {
    fn create(&self, source: &str) -> Option<Arc<dyn Provider>> {
        if source == BUILTIN {
            return Some(Arc::new(Builtin::new(
                self.new_id.clone(),
                self.states.clone(),
            )));
        }
        let name = source
            .strip_prefix(DEFAULT_HOST)?
            .strip_prefix("/trunkline/")?;
        match name {
            "acrobits" => Some(Arc::new(trunkline_acrobits::provider(self.wall))),
            "chatapp" => Some(Arc::new(trunkline_chatapp::provider(
                self.wall,
                self.new_id.clone(),
            ))),
            "genesyscloud" => Some(Arc::new(trunkline_genesyscloud::provider())),
            "digitalchannels" => Some(Arc::new(trunkline_digitalchannels::provider(self.now))),
            "manual" => Some(Arc::new(Manual::new(
                self.new_id.clone(),
                self.attest.clone(),
            ))),
            "sinchcontactpro" => Some(Arc::new(trunkline_sinchcontactpro::provider())),
            "sinchconversation" => Some(Arc::new(trunkline_sinchconversation::provider())),
            _ => None,
        }
    }

    fn sources(&self) -> Vec<String> {
        let bundled = [
            "acrobits",
            "chatapp",
            "digitalchannels",
            "genesyscloud",
            "manual",
            "sinchcontactpro",
            "sinchconversation",
        ];
        let bundled = bundled
            .iter()
            .map(|name| format!("{DEFAULT_HOST}/trunkline/{name}"));
        bundled.chain([BUILTIN.to_owned()]).collect()
    }

    fn default_source(&self, local: &str) -> String {
        match local {
            "terraform" => BUILTIN.into(),
            _ => format!("{DEFAULT_HOST}/trunkline/{local}"),
        }
    }

    fn full_source(&self, written: &str) -> Result<String, String> {
        let parts: Vec<&str> = written.split('/').collect();
        if parts.iter().any(|p| p.is_empty()) {
            return Err(format!(
                "{written:?} is not a provider source address. It has the form [HOST/]NAMESPACE/NAME."
            ));
        }
        match parts.as_slice() {
            [name] => Ok(format!("{DEFAULT_HOST}/trunkline/{name}")),
            [namespace, name] => Ok(format!("{DEFAULT_HOST}/{namespace}/{name}")),
            [_, _, _] => Ok(written.to_owned()),
            _ => Err(format!(
                "{written:?} is not a provider source address. It has the form [HOST/]NAMESPACE/NAME."
            )),
        }
    }
}
