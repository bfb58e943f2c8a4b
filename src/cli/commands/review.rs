//! `review`: what the commits of this branch change, without credentials and without state.
//!
//! Git says what the files are at both ends; nothing in the working tree is looked at or touched.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use trunkline_api::Diagnostic;

use super::report_files;
use crate::cli::Exit;
use crate::cli::args::ReviewArgs;
use crate::cli::session::Session;
use crate::config::Snapshot;
use crate::plan::Action;
use crate::project::Project;
use crate::report::document::compact;
use crate::report::plan_text::render_change;
use crate::testing::review::{Compared, Side, compare, offline, renames, stand_in};

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
    let session = Session::offline(&args.common, started_in);
    let exit = review(&session, args).await.unwrap_or_else(|exit| exit);
    session.close(exit).await
}

async fn review(session: &Session, args: &ReviewArgs) -> Result<Exit, Exit> {
    let files = report_files::named(session, &args.report)?;
    let (base, head) = ends(args).map_err(|why| {
        session.fail(&[Diagnostic::error("There is nothing to compare with", why)])
    })?;
    let before = side(session, args, &base)?;
    let after = side(session, args, &head)?;
    let mut random = [0; 8];
    (session.settings.random)(&mut random);
    let name: String = random.iter().map(|b| format!("{b:02x}")).collect();
    let dir = session.scratch_dir(&format!("review-{name}"))?;
    let compared = compare(before, after, &dir).await;
    drop(std::fs::remove_dir_all(&dir));
    let compared = compared.map_err(|d| session.fail(&d))?;
    session.show(&compared.diagnostics);
    show(session, &compared, (&base, &head), &files)
}

fn show(
    session: &Session,
    compared: &Compared,
    (base, head): (&str, &str),
    files: &[(String, crate::report::document::Format)],
) -> Result<Exit, Exit> {
    let plan = (&compared.plan, &compared.state);
    let full = report_files::full(files);
    let reported = report_files::reported(session, &compared.project, plan, &full, None)?;
    report_files::write(session, &reported, files)?;
    let style = &session.shell.style;
    let short = |commit: &str| commit.get(..10).unwrap_or(commit).to_owned();
    let mut text = format!("Between {} and {}:\n", short(base), short(head));
    text.push_str(&compact::render(reported.document(), style));
    let schemas = compared.project.schemas();
    let changed = compared.plan.changes.iter().filter(|c| {
        matches!(
            c.action,
            Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete
        )
    });
    for change in changed {
        text.push('\n');
        text.push_str(&render_change(change, &schemas, style));
    }
    let renamed = renames(&compared.plan);
    if !renamed.is_empty() {
        text.push_str(
            "\nThese look renamed. Without moved blocks they are destroyed and made again:\n",
        );
        for (from, to) in &renamed {
            text.push_str(&format!("\nmoved {{\n  from = {from}\n  to   = {to}\n}}\n"));
        }
    }
    session.shell.out(&text);
    Ok(Exit::Ok)
}

/// A configuration at a commit, with values of its variables.
fn side(session: &Session, args: &ReviewArgs, commit: &str) -> Result<Side, Exit> {
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
    let project: Project = offline(&session.settings, project.config).with_files(files);
    let mut variables = session.variables_at(&project, &args.variables, &snapshot)?;
    for variable in project.config.root.variables.values() {
        if !variables.contains_key(&variable.name) && variable.default.is_none() {
            let value = stand_in(&variable.name, &variable.constraint.ty);
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
