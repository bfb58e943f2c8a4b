//! Test files (`.tftest.hcl`, `.tftest.json`): runs, what they are run with, and the mocks and overrides that stand in
//! for providers.
//!
//! It evaluates nothing: values are expressions. Mocks and overrides are in [`super::test_mock`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::{Diagnostic, Diagnostics};

use super::block::{Decoder, label, without};
use super::resource::provider_reference;
use super::test_mock::{self, MockProvider, Override};
use super::{Condition, ConfigFiles, ProviderConfig, ProviderName};
use crate::lang::ast::{Attribute, Block, Body, Traversal};
use crate::lang::json_syntax;
use crate::lang::parser::parse_file;
use crate::lang::source::{Sources, SrcSpan};

/// A test file.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Its path from the working directory.
    pub name: String,
    /// Values for the variables of every run.
    pub variables: Vec<Attribute>,
    /// Provider configurations that stand before those of the configuration.
    pub providers: Vec<ProviderConfig>,
    /// Providers that make everything up.
    pub mocks: Vec<MockProvider>,
    /// Objects that are not made but given, in every run.
    pub overrides: Vec<Override>,
    /// The runs, in order.
    pub runs: Vec<Run>,
}

/// What a run does before it asserts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// It plans and applies.
    #[default]
    Apply,
    /// It only plans.
    Plan,
}

/// A `run` block.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its name.
    pub name: Arc<str>,
    /// The header.
    pub span: SrcSpan,
    /// What it does.
    pub command: Command,
    /// How it plans.
    pub options: PlanOptions,
    /// Values for variables.
    pub variables: Vec<Attribute>,
    /// The directory of another module to run, from the working directory, and where it is written.
    pub module: Option<(PathBuf, SrcSpan)>,
    /// Provider configurations: name in the module → name in the test file.
    pub providers: BTreeMap<ProviderName, ProviderName>,
    /// What must hold afterwards.
    pub asserts: Vec<Condition>,
    /// Objects whose conditions must fail.
    pub expect_failures: Vec<Traversal>,
    /// Objects that are not made but given.
    pub overrides: Vec<Override>,
    /// Runs with one key share a state.
    pub state_key: Option<String>,
}

/// `plan_options`
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Only take over what has changed outside.
    pub refresh_only: bool,
    /// Read objects again before planning.
    pub refresh: bool,
    /// Objects to replace.
    pub replace: Vec<Traversal>,
    /// Objects to limit the plan to.
    pub target: Vec<Traversal>,
}

impl Default for PlanOptions {
    fn default() -> PlanOptions {
        PlanOptions {
            refresh_only: false,
            refresh: true,
            replace: Vec::new(),
            target: Vec::new(),
        }
    }
}

/// Whether a file name is one of a test file's.
#[must_use]
pub fn is_test_file(name: &str) -> bool {
    name.ends_with(".tftest.hcl") || name.ends_with(".tftest.json")
}

/// Reads the test files of the working directory and of `directory` in it, sorted by name.
#[must_use]
pub fn load(
    files: &dyn ConfigFiles,
    directory: &Path,
    sources: &Arc<Sources>,
) -> (Vec<TestFile>, Diagnostics) {
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    if directory != Path::new("tests") && files.list(directory).is_err() {
        diagnostics.push(Diagnostic::warning(
            "Test directory does not exist",
            format!(
                "Requested test directory {} does not exist.",
                directory.display()
            ),
        ));
    }
    for dir in [Path::new("."), directory] {
        let names = files.list(dir).unwrap_or_default();
        let names = names.into_iter().filter(|n| is_test_file(n));
        paths.extend(names.map(|n| super::files::key(&dir.join(n))));
    }
    paths.sort();
    paths.dedup();
    let mut found = Vec::new();
    for path in paths {
        let Ok(bytes) = files.read(Path::new(&path)) else {
            continue;
        };
        let id = sources.add_bytes(path.as_str(), bytes);
        let (body, problems) = match path.ends_with(".json") {
            true => json_syntax::parse_test(sources, id),
            false => parse_file(sources, id),
        };
        diagnostics.extend(problems);
        let mut decoder = Decoder::new(sources, &mut diagnostics);
        found.push(file(path, &body, files, &mut decoder));
    }
    (found, diagnostics)
}

fn file(name: String, body: &Body, files: &dyn ConfigFiles, decoder: &mut Decoder<'_>) -> TestFile {
    const BLOCKS: &[&str] = &[
        "test",
        "run",
        "variables",
        "provider",
        "mock_provider",
        "override_resource",
        "override_data",
        "override_module",
    ];
    let mut found = TestFile {
        name,
        variables: Vec::new(),
        providers: Vec::new(),
        mocks: Vec::new(),
        overrides: Vec::new(),
        runs: Vec::new(),
    };
    decoder.only(body, &[], BLOCKS);
    let mut variables: Option<SrcSpan> = None;
    let mut provided: BTreeMap<ProviderName, SrcSpan> = BTreeMap::new();
    for block in &body.blocks {
        match &*block.kind {
            "test" => decoder.only(&block.body, &["parallel"], &[]),
            "variables" => {
                if let Some(before) = variables.replace(block.def_span()) {
                    twice(block, "variables", before, decoder);
                    continue;
                }
                found.variables = block.body.attributes.clone();
            }
            "run" => {
                let Some(run) = run(block, files, decoder) else {
                    continue;
                };
                match found.runs.iter().find(|r| r.name == run.name) {
                    Some(before) => {
                        let at = decoder.place(before.span);
                        decoder.error(
                            block.def_span(),
                            "Duplicate \"run\" block names",
                            format!(
                                "This test file already has a run named {} block defined at {at}.",
                                run.name
                            ),
                        );
                    }
                    None => found.runs.push(run),
                }
            }
            "provider" | "mock_provider" => {
                if !decoder.labels(block, &["name"]) {
                    continue;
                }
                let alias = block.body.attribute("alias");
                let alias = alias.and_then(|a| decoder.literal_string(a));
                let name = ProviderName {
                    local: label(block, 0),
                    alias: alias.map(Arc::from),
                };
                let at = block.labels[0].span;
                if let Some(before) = provided.insert(name.clone(), at) {
                    let before = decoder.place(before);
                    decoder.error(
                        block.def_span(),
                        "Duplicate provider block",
                        format!("A provider for {name} is already defined at {before}."),
                    );
                    continue;
                }
                match &*block.kind {
                    "provider" => found.providers.push(ProviderConfig {
                        name,
                        span: block.def_span(),
                        body: without(block.body.clone(), &["alias", "version"], &[]),
                    }),
                    _ => {
                        let mock = test_mock::provider(block, name, files, decoder);
                        found.mocks.push(mock);
                    }
                }
            }
            _ => found
                .overrides
                .extend(test_mock::override_block(block, decoder)),
        }
    }
    found
}

fn twice(block: &Block, what: &str, before: SrcSpan, decoder: &mut Decoder<'_>) {
    let at = decoder.place(before);
    decoder.error(
        block.def_span(),
        &format!("Multiple {what:?} blocks"),
        format!("This test file already has a {what} block defined at {at}."),
    );
}

fn run(block: &Block, files: &dyn ConfigFiles, decoder: &mut Decoder<'_>) -> Option<Run> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    decoder.name(&block.labels[0], "Invalid run block name");
    decoder.only(
        &block.body,
        &[
            "command",
            "providers",
            "expect_failures",
            "state_key",
            "parallel",
        ],
        &[
            "plan_options",
            "variables",
            "module",
            "assert",
            "override_resource",
            "override_data",
            "override_module",
        ],
    );
    let body = &block.body;
    let command = match body.attribute("command") {
        None => Command::default(),
        Some(attribute) => match attribute.expr.as_keyword() {
            Some("apply") => Command::Apply,
            Some("plan") => Command::Plan,
            _ => {
                decoder.error(
                    attribute.expr.span,
                    "Invalid \"command\" keyword",
                    "The \"command\" argument requires one of the following keywords without quotes: apply or plan.",
                );
                Command::default()
            }
        },
    };
    let options = single(block, "plan_options", decoder).map(|b| plan_options(b, decoder));
    let variables = single(block, "variables", decoder).map(|b| b.body.attributes.clone());
    let module = single(block, "module", decoder).and_then(|b| module(b, files, decoder));
    let expected = body.attribute("expect_failures");
    let mut overrides = Vec::new();
    for inner in &body.blocks {
        if inner.kind.starts_with("override_") {
            overrides.extend(test_mock::override_block(inner, decoder));
        }
    }
    Some(Run {
        name: label(block, 0),
        span: block.def_span(),
        command,
        options: options.unwrap_or_default(),
        variables: variables.unwrap_or_default(),
        module,
        providers: providers(body, decoder),
        asserts: body
            .blocks_of("assert")
            .filter_map(|b| decoder.condition(b))
            .collect(),
        expect_failures: decoder.depends_on(expected),
        overrides,
        state_key: body
            .attribute("state_key")
            .and_then(|a| decoder.literal_string(a)),
    })
}

/// The only block of its type.
fn single<'b>(block: &'b Block, kind: &str, decoder: &mut Decoder<'_>) -> Option<&'b Block> {
    let mut all = block.body.blocks.iter().filter(|b| &*b.kind == kind);
    let first = all.next()?;
    for more in all {
        let at = decoder.place(first.def_span());
        decoder.error(
            more.def_span(),
            &format!("Multiple {kind:?} blocks"),
            format!("This run block already has a {kind} block defined at {at}."),
        );
    }
    decoder.labels(first, &[]).then_some(first)
}

fn plan_options(block: &Block, decoder: &mut Decoder<'_>) -> PlanOptions {
    decoder.only(&block.body, &["mode", "refresh", "replace", "target"], &[]);
    let body = &block.body;
    let refresh_only = match body.attribute("mode") {
        None => false,
        Some(mode) => match mode.expr.as_keyword().or(mode.expr.as_literal_string()) {
            Some("normal") => false,
            Some("refresh-only") => true,
            _ => {
                decoder.error(
                    mode.expr.span,
                    "Invalid \"mode\" keyword",
                    "The \"mode\" argument requires one of the following keywords without quotes: normal or refresh-only",
                );
                false
            }
        },
    };
    let refresh = body.attribute("refresh");
    let refresh = refresh
        .and_then(|a| decoder.literal_bool(a))
        .unwrap_or(true);
    if refresh_only && !refresh {
        decoder.error(
            block.def_span(),
            "Incompatible plan options",
            "The \"refresh\" option cannot be set to false when running a test in \"refresh-only\" mode.",
        );
    }
    PlanOptions {
        refresh_only,
        refresh,
        replace: decoder.depends_on(body.attribute("replace")),
        target: decoder.depends_on(body.attribute("target")),
    }
}

fn module(
    block: &Block,
    files: &dyn ConfigFiles,
    decoder: &mut Decoder<'_>,
) -> Option<(PathBuf, SrcSpan)> {
    decoder.only(&block.body, &["source", "version"], &[]);
    let Some(source) = block.body.attribute("source") else {
        decoder.error(
            block.def_span(),
            "Missing \"source\" attribute for module block",
            "You must specify a source attribute when executing alternate modules during test executions.",
        );
        return None;
    };
    let text = decoder.literal_string(source)?;
    if !super::load::local_source(&text) {
        decoder.error(
            source.expr.span,
            "Invalid \"source\" attribute",
            format!("The module source {text:?} is not a local path. Registry, git and other remote sources are not supported yet: use a path that begins with \"./\" or \"../\"."),
        );
        return None;
    }
    let dir = PathBuf::from(super::files::key(Path::new(&text)));
    let dir = match dir.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => dir,
    };
    if files.list(&dir).is_err() {
        decoder.error(
            block.def_span(),
            "Unreadable module directory",
            format!(
                "Unable to evaluate directory symlink or read the directory {}. The path is relative to the working directory.",
                dir.display()
            ),
        );
        return None;
    }
    Some((dir, source.expr.span))
}

fn providers(body: &Body, decoder: &mut Decoder<'_>) -> BTreeMap<ProviderName, ProviderName> {
    let Some(attribute) = body.attribute("providers") else {
        return BTreeMap::new();
    };
    let Some(items) = attribute.expr.as_object() else {
        decoder.error(
            attribute.expr.span,
            "Invalid \"providers\" attribute",
            "The \"providers\" argument is a map of provider configurations: { name = name, name.alias = name.alias }.",
        );
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for item in items {
        let inner = provider_reference(&item.key, decoder);
        let outer = provider_reference(&item.value, decoder);
        if let (Some(inner), Some(outer)) = (inner, outer) {
            found.insert(inner, outer);
        }
    }
    found
}
