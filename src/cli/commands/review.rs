//! `review`: what the commits of this branch change, without credentials and without state; with a state at hand, what
//! they change in the plan on it too.
//!
//! Git says what the files are at both ends; no configuration in the working tree is looked at, and nothing is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use trunkline_api::{Diagnostic, Type, Value, convert};

use super::report_files;
use crate::cli::Exit;
use crate::cli::args::ReviewArgs;
use crate::cli::session::Session;
use crate::config::Snapshot;
use crate::project::inputs::last_variables;
use crate::project::review::{Compared, Side, compare, on_state};
use crate::project::{Locking, OpenState, Project, open_state};
use crate::report::document::{Comparison, Format};
use crate::testing::offline::{Data, data_of, offline, stand_in};

/// The branches that a change is for, where no other is named.
const BASES: &[&str] = &[
    "origin/HEAD",
    "origin/main",
    "origin/master",
    "main",
    "master",
];

/// Runs the command.
pub async fn run(args: &ReviewArgs, started_in: PathBuf) -> Exit {
    let mut session = Session::offline(&args.common, started_in);
    let exit = review(&mut session, args).await.unwrap_or_else(|exit| exit);
    session.close(exit).await
}

async fn review(session: &mut Session, args: &ReviewArgs) -> Result<Exit, Exit> {
    let files = report_files::named(session, &args.report)?;
    let (base, head) = ends(args).map_err(|why| {
        session.fail(&[Diagnostic::error("There is nothing to compare with", why)])
    })?;
    // Both ends are evaluated at one time.
    let now = (session.settings.now)();
    session.settings.now = Arc::new(move || now.clone());
    let state = match args.state {
        true => state_at_hand(session),
        false => None,
    };
    let mut known = Known::default();
    if let Some(state) = &state {
        known.variables = last_variables(&state.store);
        if let Ok(snapshot) = state.store.snapshot() {
            known.data = Arc::new(data_of(snapshot, session.settings.registry.as_ref()));
        }
    }
    let before = side(session, args, &base, &mut known)?;
    let after = side(session, args, &head, &mut known)?;
    let mut random = [0; 8];
    (session.settings.random)(&mut random);
    let name: String = random.iter().map(|b| format!("{b:02x}")).collect();
    let dir = session.scratch_dir(&format!("review-{name}"))?;
    let compared = compare(&before, &after, &dir).await;
    drop(std::fs::remove_dir_all(&dir));
    let compared = compared.map_err(|mut problems| {
        if let Some(hint) = known.hint() {
            problems.push(hint);
        }
        session.fail(&problems)
    })?;
    session.show(&compared.diagnostics);
    let on_state = match &state {
        Some(state) => match on_state(&before, &after, state).await {
            Ok(plans) => Some(plans),
            Err(problems) => {
                session.show(&[not_on_state(&problems)]);
                None
            }
        },
        None => None,
    };
    let plans = on_state.as_ref().map(|(a, b)| (a, b));
    let comparison = Comparison::new(&compared.plan, (&base, &head), plans);
    show(
        session,
        &compared,
        &after.project,
        (comparison, known.told()),
        &files,
    )
}

fn show(
    session: &Session,
    compared: &Compared,
    project: &Project,
    (comparison, remarks): (Comparison, Vec<String>),
    files: &[(String, Format)],
) -> Result<Exit, Exit> {
    let plan = (&compared.plan, &compared.state);
    let full = match report_files::full(files) {
        place if files.iter().any(|(_, f)| *f != Format::Markdown) => place,
        _ => "in the output of review".to_owned(),
    };
    let mut reported = report_files::reported(session, project, plan, &full, None)?;
    reported.review(comparison, remarks);
    report_files::write(session, &reported, files)?;
    session.page();
    let style = &session.shell.style;
    session.shell.out(&reported.review_text(style));
    Ok(Exit::Ok)
}

/// The state of this directory, if there is one that can be read. It is not locked.
fn state_at_hand(session: &Session) -> Option<OpenState> {
    if !session.settings.store.exists() {
        return None;
    }
    let locking = Locking {
        lock: false,
        timeout: Duration::ZERO,
    };
    match open_state(&session.settings, "read", locking, false) {
        Ok(state) => state,
        Err(problems) => {
            session.show(&[not_on_state(&problems)]);
            None
        }
    }
}

/// Tells that the state was left out, and why.
fn not_on_state(problems: &[Diagnostic]) -> Diagnostic {
    let first = problems.iter().find(|d| d.is_error());
    let why = first.map_or_else(String::new, |d| format!(" {}: {}", d.summary, d.detail));
    Diagnostic::warning(
        "The state was left out",
        format!("The configurations are compared, and not the plans on the state here.{why}"),
    )
}

/// What is known besides the files.
#[derive(Default)]
struct Known {
    /// Variables that the last run had.
    variables: BTreeMap<Arc<str>, Value>,
    /// Data in the state.
    data: Arc<Data>,
    /// Variables that stand-ins are for.
    stand_ins: BTreeSet<Arc<str>>,
    /// Variables that are as the last run had them.
    kept: BTreeSet<Arc<str>>,
}

impl Known {
    /// A value for a variable that nobody has given.
    fn value(&mut self, name: &Arc<str>, ty: &Type) -> Value {
        let kept = self.variables.get(name).map(|v| convert(v, ty));
        if let Some(Ok(value)) = kept {
            self.kept.insert(name.clone());
            return value;
        }
        self.stand_ins.insert(name.clone());
        stand_in(name, ty)
    }

    /// What may be behind a failure.
    fn hint(&self) -> Option<Diagnostic> {
        let names: Vec<&str> = self.stand_ins.iter().map(|n| &**n).collect();
        (!names.is_empty()).then(|| {
            Diagnostic::warning(
                "Some variables have stand-ins",
                format!(
                    "Nobody gave values for: {}. An expression may need more of them than a stand-in has. Give values with -var or -var-file; with -sandbox, sandbox.tfvars is loaded.",
                    names.join(", ")
                ),
            )
        })
    }

    /// What a reader should know of it.
    fn told(&self) -> Vec<String> {
        let list = |names: &BTreeSet<Arc<str>>| {
            let names: Vec<&str> = names.iter().map(|n| &**n).collect();
            names.join(", ")
        };
        let mut told = Vec::new();
        if !self.kept.is_empty() {
            told.push(format!(
                "Variables as the last run had them: {}.",
                list(&self.kept)
            ));
        }
        if !self.stand_ins.is_empty() {
            told.push(format!(
                "Variables that nobody gave, with stand-ins that are the same at both ends: {}.",
                list(&self.stand_ins)
            ));
        }
        told
    }
}

/// A configuration at a commit, with values of its variables.
fn side(
    session: &Session,
    args: &ReviewArgs,
    commit: &str,
    known: &mut Known,
) -> Result<Side, Exit> {
    let mut files = files(commit)
        .map_err(|why| session.fail(&[Diagnostic::error("Git cannot be read", why)]))?;
    let here = |name: &String| {
        !name.contains('/') && (name.ends_with(".tf") || name.ends_with(".tf.json"))
    };
    if !files.keys().any(here) {
        // The directory is new, or gone: there is nothing in it.
        files.insert("empty.tf".into(), Arc::from(&b""[..]));
    }
    let snapshot = Snapshot {
        files: files.clone(),
    };
    let project = session.load_from(&snapshot)?;
    let project = offline(&session.settings, project.config, &known.data).with_files(files);
    let mut variables = session.variables_at(&project, &args.variables, &snapshot)?;
    for variable in project.config.root.variables.values() {
        if !variables.contains_key(&variable.name) && variable.default.is_none() {
            let value = known.value(&variable.name, &variable.constraint.ty);
            variables.insert(variable.name.clone(), value);
        }
    }
    Ok(Side { project, variables })
}

/// The commits to compare: where the branch began, and where it is.
fn ends(args: &ReviewArgs) -> Result<(String, String), String> {
    let head = git(&["rev-parse", "--verify", "--quiet", "HEAD"])
        .map_err(|_| "This is no git repository, or it has no commit.".to_owned())?;
    let known = |name: &&&str| git(&["rev-parse", "--verify", "--quiet", name]).is_ok();
    let base = match &args.base {
        Some(base) if base.starts_with('-') => {
            return Err(format!("{base:?} is no name of a commit."));
        }
        Some(base) => base.clone(),
        None => BASES.iter().find(known).map(|b| (*b).to_owned()).ok_or(
            "No branch is called main or master. Name what the change is for with -base=REF.",
        )?,
    };
    let common = git(&["merge-base", &base, "HEAD"])
        .map_err(|why| format!("HEAD and {base} have no commit in common: {why}"))?;
    Ok((common, head))
}

/// Every file at a commit, by its path from this directory.
fn files(commit: &str) -> Result<BTreeMap<String, Arc<[u8]>>, String> {
    let prefix = git(&["rev-parse", "--show-prefix"])?;
    let up = "../".repeat(prefix.matches('/').count());
    let list = raw(&["ls-tree", "-r", "-z", "--full-tree", commit], None)?;
    let mut wanted = Vec::new();
    for line in list.split(|b| *b == 0).filter(|l| !l.is_empty()) {
        let line = String::from_utf8_lossy(line).into_owned();
        let (about, path) = line.split_once('\t').unwrap_or((&line, ""));
        let mut about = about.split(' ').skip(1);
        if let (Some("blob"), Some(id)) = (about.next(), about.next()) {
            let name = match path.strip_prefix(&prefix) {
                Some(below) => below.to_owned(),
                None => format!("{up}{path}"),
            };
            wanted.push((id.to_owned(), name));
        }
    }
    let ids: String = wanted.iter().map(|(id, _)| format!("{id}\n")).collect();
    let all = raw(&["cat-file", "--batch"], Some(ids.into_bytes()))?;
    let mut rest = all.as_slice();
    let mut files = BTreeMap::new();
    for (_, name) in wanted {
        let end = rest
            .iter()
            .position(|b| *b == b'\n')
            .ok_or("git told less than it was asked")?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size: usize = head
            .rsplit(' ')
            .next()
            .and_then(|n| n.parse().ok())
            .ok_or(head.clone())?;
        let bytes = rest
            .get(end + 1..end + 1 + size)
            .ok_or("git told less than it was asked")?;
        files.insert(name, Arc::from(bytes));
        rest = rest.get(end + 2 + size..).unwrap_or_default();
    }
    Ok(files)
}

/// What git prints, without the line's end.
fn git(words: &[&str]) -> Result<String, String> {
    let out = raw(words, None)?;
    Ok(String::from_utf8_lossy(&out)
        .trim_end_matches('\n')
        .to_owned())
}

fn raw(words: &[&str], input: Option<Vec<u8>>) -> Result<Vec<u8>, String> {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .args(words)
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("git cannot be run: {e}"))?;
    // Written beside the reading, because git answers before it has read all.
    let writer = child
        .stdin
        .take()
        .zip(input)
        .map(|(mut pipe, bytes)| std::thread::spawn(move || drop(pipe.write_all(&bytes))));
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    if let Some(writer) = writer {
        drop(writer.join());
    }
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
