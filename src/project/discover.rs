//! `discover` and `compare`: what exists at a vendor is listed and read, within the vendor's limits.
//!
//! Nothing outside is changed, and nothing in the state. What was read is kept sealed until the end, so that a run
//! that was cut off goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value as Json, json};
use trunkline_api::coerce::apply_sensitive_marks;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::{ImportRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Diagnostic, Diagnostics, Provider, Schema, Type, Value};

use super::{OpenState, Project, state_error};
use crate::address::{Mode, ModulePath};
use crate::config::{Module, ProviderName};
use crate::plan::codec;
use crate::plan::discover::{Found, sort};
use crate::plan::generate;
use crate::plan::leases::Leases;
use crate::plan::prior::{PriorState, id_of};
use crate::plan::providers::Slot;
use crate::plan::walk::single;

/// What was read longer ago than this is read again.
const KEPT_SECONDS: i64 = 24 * 3600;
/// What kept objects are sealed for.
const PURPOSE: &str = "discover";

/// What exists.
pub struct Discovered {
    /// The source address of the provider.
    pub source: Arc<str>,
    /// The texts of the provider's configuration, by argument, but for secrets: they tell the tenant.
    pub tenant: BTreeMap<Arc<str>, Arc<str>>,
    /// Objects, sorted by type and by what they are called.
    pub found: Vec<Found>,
    /// Types that cannot be listed.
    pub unlisted: Vec<Arc<str>>,
    /// What could not be read and is left out, as warnings.
    pub diagnostics: Diagnostics,
}

/// What to look for.
pub struct Search<'s> {
    /// The provider configuration of the root module.
    pub provider: &'s ProviderName,
    /// Resource types; none for all of the provider.
    pub types: &'s [String],
    /// Most calls at once.
    pub parallelism: usize,
    /// The file that keeps what was read until the end; none keeps nothing.
    pub kept: Option<&'s Path>,
}

impl Project {
    /// The provider configurations of the root module that can be searched.
    fn configured_provider(&self, provider: &ProviderName) -> Result<(), Diagnostics> {
        if self.config.root.providers.contains_key(provider) {
            return Ok(());
        }
        let declared: Vec<String> = self
            .config
            .root
            .providers
            .keys()
            .map(ToString::to_string)
            .collect();
        let found = match declared.is_empty() {
            true => "This configuration has no provider block.".to_owned(),
            false => format!("This configuration has {}.", declared.join(", ")),
        };
        let detail = format!(
            "There is no provider block for {provider} here, which says how to reach it. {found} Add one, with the vendor's addresses and credentials."
        );
        Err(vec![Diagnostic::error("Provider not configured", detail)])
    }

    /// Lists and reads what exists.
    pub async fn discover(
        &self,
        state: &OpenState,
        variables: BTreeMap<Arc<str>, Value>,
        search: &Search<'_>,
    ) -> Result<Discovered, Diagnostics> {
        self.configured_provider(search.provider)?;
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        let prior = PriorState::read_for(snapshot, &self.config).map_err(|d| vec![d])?;
        let managed = managed(&prior);
        let (slot, mut leases) = self.slot(prior, variables, search.provider).await?;
        let searching = self.searched(state, search, &slot, managed);
        let discovered = leases.meanwhile(searching).await;
        let mut closed = Vec::new();
        for (address, problems) in leases.end().await {
            closed.extend(problems.into_iter().map(|mut problem| {
                problem.address.get_or_insert_with(|| address.to_string());
                problem
            }));
        }
        let mut discovered = match discovered {
            Ok(discovered) if !has_errors(&closed) => discovered,
            Ok(_) => return Err(closed),
            Err(problems) => return Err([problems, closed].concat()),
        };
        discovered.diagnostics.extend(closed);
        Ok(discovered)
    }

    /// Lists and reads with a provider that is configured.
    async fn searched(
        &self,
        state: &OpenState,
        search: &Search<'_>,
        slot: &Slot,
        managed: BTreeMap<(String, String), String>,
    ) -> Result<Discovered, Diagnostics> {
        let types = types(slot, search)?;
        let now = (self.settings.now)();
        let mut kept = Kept::open(search.kept, state, &now);
        let mut discovered = Discovered {
            source: slot.source.clone(),
            tenant: tenant(slot),
            found: Vec::new(),
            unlisted: Vec::new(),
            diagnostics: Vec::new(),
        };
        let mut failed = Vec::new();
        for (type_name, schema) in types {
            if self.settings.stop.load(Ordering::Relaxed) {
                break;
            }
            let ids = match slot.instance.discover(&type_name).await {
                Ok(Some(ids)) => ids,
                Ok(None) => {
                    discovered.unlisted.push(type_name);
                    continue;
                }
                Err(problems) => {
                    failed.extend(problems);
                    continue;
                }
            };
            // What is listed twice is one object.
            let ids: BTreeSet<String> = ids.into_iter().collect();
            let known: Vec<(String, Option<Value>)> = ids
                .into_iter()
                .map(|id| {
                    let value = kept.value(&type_name, &id);
                    (id, value)
                })
                .collect();
            let mut reads = stream::iter(known)
                .map(|(id, known)| {
                    let (slot, type_name, schema) =
                        (slot.clone(), type_name.clone(), schema.clone());
                    let stop = self.settings.stop.clone();
                    async move {
                        let read = match known {
                            Some(value) => Ok(Some(value)),
                            None if stop.load(Ordering::Relaxed) => Err(Vec::new()),
                            None => read(slot.instance.as_ref(), &type_name, &id).await,
                        };
                        (type_name, schema, id, read)
                    }
                })
                .buffered(search.parallelism.max(1));
            while let Some((type_name, schema, id, read)) = reads.next().await {
                let value = match read {
                    Ok(Some(value)) => value,
                    // It went away since it was listed.
                    Ok(None) => continue,
                    Err(problems) => {
                        failed.extend(problems);
                        continue;
                    }
                };
                kept.keep(&type_name, &id, &value);
                let value = apply_sensitive_marks(&value, &schema.block);
                let own = value.attr("id").and_then(Value::as_str).unwrap_or(&id);
                let address = managed.get(&(type_name.to_string(), own.to_owned()));
                let managed = address.cloned();
                let left_out = refused(slot.instance.as_ref(), &type_name, &schema, &value);
                discovered.found.push(Found {
                    type_name,
                    import_id: id,
                    value,
                    schema,
                    managed,
                    left_out,
                });
            }
        }
        if self.settings.stop.load(Ordering::Relaxed) {
            return Err(vec![Diagnostic::error(
                "Interrupted",
                "Not everything was read. What was is kept: run the command again to go on.",
            )]);
        }
        if has_errors(&failed) {
            return Err(failed);
        }
        discovered.diagnostics = failed;
        sort(&mut discovered.found);
        Ok(discovered)
    }

    /// Forgets what a search has kept: its result is written.
    pub fn discovered(&self, kept: &Path) {
        drop(std::fs::remove_file(kept));
    }

    /// The provider, configured, and what is open for it.
    async fn slot(
        &self,
        prior: PriorState,
        variables: BTreeMap<Arc<str>, Value>,
        provider: &ProviderName,
    ) -> Result<(Slot, Leases), Diagnostics> {
        let settings = &self.settings;
        let ground = self.ground(&prior);
        if has_errors(&ground.diagnostics) {
            return Err(ground.diagnostics);
        }
        let providers = ground.providers;
        let now = (settings.now)();
        let functions = |module: &Module| self.functions(module, Some(&now), false);
        let sources = self.sources(&ground.graph, variables, &functions, now.clone());
        let key = (ModulePath::root(), provider.clone());
        let (slot, diagnostics) = single::provider(sources, prior, providers, &key).await;
        match slot {
            Some(slot) => Ok(slot),
            None if has_errors(&diagnostics) => Err(diagnostics),
            None => Err(vec![Diagnostic::error(
                "Provider configuration not known",
                format!(
                    "The configuration of {provider} depends on what is known only after apply."
                ),
            )]),
        }
    }

    /// The resources that the root module declares.
    #[must_use]
    pub fn declared(&self) -> BTreeSet<(Arc<str>, Arc<str>)> {
        let resources = self.config.root.resources.keys();
        resources
            .map(|r| (r.type_name.clone(), r.name.clone()))
            .collect()
    }
}

/// The texts of a provider's configuration, but for secrets.
fn tenant(slot: &Slot) -> BTreeMap<Arc<str>, Arc<str>> {
    let attributes = &slot.instance.schema().provider.block.attributes;
    let texts = attributes.iter().filter(|(_, a)| !a.sensitive);
    let texts = texts.filter_map(|(name, _)| {
        let text = slot.config.attr(name)?.as_str()?;
        (!text.is_empty()).then(|| (name.clone(), text.into()))
    });
    texts.collect()
}

/// A resource type with its schema.
type TypeSchema = (Arc<str>, Arc<Schema>);

/// The types to search, with their schemas.
fn types(slot: &Slot, search: &Search<'_>) -> Result<Vec<TypeSchema>, Diagnostics> {
    let all = &slot.instance.schema().resources;
    let unknown: Diagnostics = search
        .types
        .iter()
        .filter(|t| !all.contains_key(t.as_str()))
        .map(|t| {
            let names: Vec<&str> = all.keys().map(|n| &**n).collect();
            let detail = format!(
                "{t:?} is not a resource type of {}. It has {}.",
                search.provider,
                names.join(", ")
            );
            Diagnostic::error("Unknown resource type", detail)
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let wanted = all
        .iter()
        .filter(|(name, _)| search.types.is_empty() || search.types.iter().any(|t| **t == ***name));
    Ok(wanted
        .map(|(name, schema)| (name.clone(), Arc::new(schema.clone())))
        .collect())
}

/// Addresses of managed objects, by type and id.
fn managed(prior: &PriorState) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for instances in prior.resources.values() {
        for (address, instance) in instances.iter() {
            if let Some(row) = &instance.current
                && let Some(id) = id_of(row)
            {
                found.insert((row.type_name.to_string(), id), address.to_string());
            }
        }
    }
    found
}

/// Why the configuration of an object would not be valid.
fn refused(
    provider: &dyn Provider,
    type_name: &Arc<str>,
    schema: &Schema,
    value: &Value,
) -> Option<String> {
    let config = generate::config_to_check(&schema.block, value);
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: type_name.clone(),
        config: config.unmark_deep().0,
        literals: Vec::new(),
    };
    let problems = provider.validate(&request);
    let first = problems.into_iter().find(Diagnostic::is_error)?;
    Some(first.detail)
}

/// Reads an object by its id. None when it is not there.
async fn read(
    provider: &dyn Provider,
    type_name: &Arc<str>,
    id: &str,
) -> Result<Option<Value>, Diagnostics> {
    let named = |mut problems: Diagnostics| {
        for problem in &mut problems {
            problem.detail = format!("{type_name} with id {id:?}: {}", problem.detail);
        }
        problems
    };
    let request = ImportRequest {
        type_name: type_name.clone(),
        id: id.to_owned(),
        config: Value::null(Type::Dynamic),
    };
    let imported = provider.import(request).await;
    if has_errors(&imported.diagnostics) {
        return Err(named(imported.diagnostics));
    }
    let Some(state) = imported.state.filter(|s| !s.is_null()) else {
        return Ok(None);
    };
    let request = ReadRequest {
        type_name: type_name.clone(),
        state,
        private: imported.private.unwrap_or_else(|| Arc::from([])),
    };
    let read = provider.read(request).await;
    match has_errors(&read.diagnostics) {
        true => Err(named(read.diagnostics)),
        false => Ok(Some(read.state).filter(|s| !s.is_null())),
    }
}

/// What was read, in a file of sealed lines. Where it cannot be read or written, all is read again.
struct Kept<'s> {
    path: Option<PathBuf>,
    state: &'s OpenState,
    values: BTreeMap<(String, String), Value>,
    file: Option<std::fs::File>,
}

impl<'s> Kept<'s> {
    fn open(path: Option<&Path>, state: &'s OpenState, now: &str) -> Kept<'s> {
        let mut kept = Kept {
            path: path.map(Path::to_owned),
            state,
            values: BTreeMap::new(),
            file: None,
        };
        let Some(path) = &kept.path else { return kept };
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut lines = text.lines();
        let seconds = |text: &str| text.parse::<jiff::Timestamp>().map(|t| t.as_second()).ok();
        let fresh = lines.next().and_then(seconds).zip(seconds(now));
        if fresh.is_some_and(|(then, now)| (0..KEPT_SECONDS).contains(&(now - then))) {
            kept.values = lines.filter_map(|line| kept.unseal(line)).collect();
            kept.file = std::fs::File::options().append(true).open(path).ok();
            return kept;
        }
        let made = path.parent().map(std::fs::create_dir_all);
        drop(made);
        kept.file = std::fs::File::create(path).ok();
        if let Some(file) = &mut kept.file {
            drop(writeln!(file, "{now}"));
        }
        kept
    }

    fn unseal(&self, line: &str) -> Option<((String, String), Value)> {
        use base64::Engine as _;
        let sealed = base64::engine::general_purpose::STANDARD
            .decode(line)
            .ok()?;
        let bytes = self.state.store.open_blob(PURPOSE, &sealed).ok()?;
        let json: Json = serde_json::from_slice(&bytes).ok()?;
        let text = |name: &str| Some(json.get(name)?.as_str()?.to_owned());
        let value = codec::decode(json.get("value")?).ok()?;
        Some(((text("type")?, text("id")?), value))
    }

    fn value(&self, type_name: &str, id: &str) -> Option<Value> {
        let key = (type_name.to_owned(), id.to_owned());
        self.values.get(&key).cloned()
    }

    fn keep(&mut self, type_name: &str, id: &str, value: &Value) {
        use base64::Engine as _;
        if self.value(type_name, id).is_some() {
            return;
        }
        let Some(file) = &mut self.file else { return };
        let json = json!({"type": type_name, "id": id, "value": codec::encode(value)});
        if let Ok(sealed) = self
            .state
            .store
            .seal_blob(PURPOSE, json.to_string().as_bytes())
        {
            let line = base64::engine::general_purpose::STANDARD.encode(sealed);
            drop(writeln!(file, "{line}"));
        }
    }
}
