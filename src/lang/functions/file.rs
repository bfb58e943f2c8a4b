//! Functions over files and their names. Every access goes through the context's files.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use trunkline_api::{Marks, Type, Value};

use super::files::FileKind;
use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, shown, text};

/// How deep folders are searched.
const MAX_DEPTH: usize = 200;

const PATH: Param = Param::new("path", Shape::String, "The file's name.");
const TEXT: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "abspath",
        "Makes a path absolute.",
        &[Param::new("path", Shape::String, "The path.")],
        TEXT,
        |args, _, ctx| {
            let path = text(args, 0);
            if path.starts_with('/') {
                return Ok(Value::string(clean(path)));
            }
            let here = ctx
                .files
                .working_directory()
                .map_err(|e| format!("failed to find the working directory: {e}"))?;
            Ok(Value::string(clean(&format!("{}/{path}", here.display()))))
        },
    ),
    Function::new(
        "basename",
        "Gives the last part of a path.",
        &[Param::new("path", Shape::String, "The path.")],
        TEXT,
        |args, _, _| Ok(Value::from(basename(text(args, 0)))),
    ),
    Function::new(
        "dirname",
        "Gives a path without its last part.",
        &[Param::new("path", Shape::String, "The path.")],
        TEXT,
        |args, _, _| {
            let path = text(args, 0);
            let folder = path.rfind('/').map_or("", |at| &path[..=at]);
            Ok(Value::string(clean(folder)))
        },
    ),
    Function::new(
        "file",
        "Reads a file of UTF-8 text.",
        &[PATH.marked()],
        TEXT,
        |args, _, ctx| {
            let marks = args.first().map(Value::marks).unwrap_or_default();
            Ok(Value::string(read_text(text(args, 0), marks, ctx)?).with_marks(marks))
        },
    )
    .filesystem(),
    Function::new(
        "filebase64",
        "Reads a file and gives its bytes as base64.",
        &[PATH.marked()],
        TEXT,
        |args, _, ctx| {
            let marks = args.first().map(Value::marks).unwrap_or_default();
            let bytes = read_bytes(text(args, 0), ctx).map_err(|e| e.argument(marks))?;
            Ok(Value::string(STANDARD.encode(bytes)).with_marks(marks))
        },
    )
    .filesystem(),
    Function::new(
        "fileexists",
        "Says whether there is a file.",
        &[PATH.marked()],
        Returns::Always(Shape::Bool),
        fileexists,
    )
    .filesystem(),
    Function::new(
        "fileset",
        "Finds the files in a folder whose names fit a pattern.",
        &[
            Param::new("path", Shape::String, "The folder.").marked(),
            Param::new(
                "pattern",
                Shape::String,
                "The pattern, with *, **, ?, [a-z] and {a,b}.",
            )
            .marked(),
        ],
        Returns::Always(Shape::StringSet),
        fileset,
    )
    .filesystem(),
    Function::new(
        "pathexpand",
        "Replaces ~ at the beginning of a path by the home folder.",
        &[Param::new("path", Shape::String, "The path.")],
        TEXT,
        |args, _, ctx| {
            let path = text(args, 0);
            if path.starts_with('~') && !matches!(path.as_bytes().get(1), None | Some(b'/')) {
                return Err("cannot expand user-specific home dir".into());
            }
            Ok(Value::string(expand(path, ctx)))
        },
    ),
];

/// The path without needless parts, as Go's `filepath.Clean` has it on Unix.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if !rooted => parts.push(".."),
                Some(_) => drop(parts.pop()),
                None => {}
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

fn basename(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// The path with the home folder in place of `~`.
pub(super) fn expand(path: &str, ctx: &FunctionContext) -> String {
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => match ctx.files.home() {
            Some(home) => clean(&format!("{}/{rest}", home.display())),
            None => path.to_owned(),
        },
        _ => path.to_owned(),
    }
}

/// Where a cleaned path is on the disk.
fn located(path: &str, ctx: &FunctionContext) -> PathBuf {
    if ctx.base_dir == Path::new(".") || ctx.base_dir.as_os_str().is_empty() {
        return PathBuf::from(path);
    }
    ctx.base_dir.join(path)
}

const NO_SUCH_HOME: &str = "failed to expand ~: cannot expand user-specific home dir";

/// Why a file could not be read.
pub(super) struct ReadError {
    /// As it was asked for.
    given: String,
    path: String,
    error: io::Error,
}

impl ReadError {
    /// The reason as the operating system has it.
    pub(super) fn plain(&self) -> String {
        if self.of_another() {
            return NO_SUCH_HOME.into();
        }
        match self.error.kind() {
            ErrorKind::NotFound => format!("open {}: no such file or directory", self.path),
            _ => self.reason(),
        }
    }

    /// Whether the path begins with the home folder of another user, which is not known.
    fn of_another(&self) -> bool {
        self.given.starts_with('~') && self.path.starts_with('~')
    }

    fn reason(&self) -> String {
        let path = &self.path;
        match self.error.kind() {
            ErrorKind::IsADirectory => format!("read {path}: is a directory"),
            ErrorKind::PermissionDenied => format!("open {path}: permission denied"),
            ErrorKind::NotADirectory => format!("open {path}: not a directory"),
            _ => format!("read {path}: {}", self.error),
        }
    }

    /// The reason as the fault of the argument that names the file.
    pub(super) fn argument(&self, marks: Marks) -> Failure {
        if self.of_another() {
            return Failure::Argument(0, NO_SUCH_HOME.into());
        }
        let shown = shown(&self.given, marks);
        let message = match self.error.kind() {
            ErrorKind::NotFound => format!(
                "no file exists at {shown}; this function works only with files that are distributed as part of the configuration source code, so if this file will be created by a resource in this configuration you must instead obtain this result from an attribute of that resource"
            ),
            _ if !marks.is_empty() => format!("failed to read file {shown}"),
            ErrorKind::IsADirectory => format!("failed to read file: {}", self.reason()),
            _ => format!("failed to open file: {}", self.reason()),
        };
        Failure::Argument(0, message)
    }
}

/// The bytes of a file.
pub(super) fn read_bytes(path: &str, ctx: &FunctionContext) -> Result<Arc<[u8]>, ReadError> {
    let given = path.to_owned();
    let path = clean(&expand(path, ctx));
    ctx.files
        .read(&located(&path, ctx))
        .map_err(|error| ReadError { given, path, error })
}

/// The text of a file.
pub(super) fn read_text(
    path: &str,
    marks: Marks,
    ctx: &FunctionContext,
) -> Result<String, Failure> {
    let bytes = read_bytes(path, ctx).map_err(|e| e.argument(marks))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Failure::Call(format!(
            "contents of {} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead",
            shown(&clean(&expand(path, ctx)), marks)
        ))),
    }
}

fn fileexists(args: &[Value], _: &Type, ctx: &FunctionContext) -> Outcome {
    let marks = args.first().map(Value::marks).unwrap_or_default();
    let path = clean(&expand(text(args, 0), ctx));
    let shown = shown(&path, marks);
    let exists = match ctx.files.kind(&located(&path, ctx)) {
        Ok(FileKind::File) => true,
        Ok(FileKind::Folder) => return Err(format!("{shown} is a directory, not a file").into()),
        Ok(FileKind::Other) => return Err(format!("{shown} is not a regular file").into()),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(_) => return Err(format!("failed to stat {shown}").into()),
    };
    Ok(Value::bool(exists).with_marks(marks))
}

fn fileset(args: &[Value], _: &Type, ctx: &FunctionContext) -> Outcome {
    let marks = args.iter().fold(Marks::NONE, |m, arg| m | arg.marks());
    let root = clean(&expand(text(args, 0), ctx));
    let pattern = clean(&format!("{root}/{}", text(args, 1)));
    let bad = || {
        Failure::Call(format!(
            "failed to glob pattern {}: syntax error in pattern",
            shown(&pattern, marks)
        ))
    };
    let mut found = Vec::new();
    for pattern in alternatives(&pattern).ok_or_else(bad)? {
        let (start, pattern) = match pattern.strip_prefix('/') {
            Some(rest) => ("/".to_owned(), rest.to_owned()),
            None => (String::new(), pattern),
        };
        let parts: Vec<&str> = pattern.split('/').collect();
        search(&start, &parts, ctx, &mut found, 0).ok_or_else(bad)?;
    }
    let relative = found
        .iter()
        .map(|path| Value::string(relative_to(path, &root)));
    Ok(Value::set(Type::String, relative).with_marks(marks))
}

/// The path as seen from `root`; both are cleaned.
fn relative_to(path: &str, root: &str) -> String {
    let root = if root == "." { "" } else { root };
    let split = |s: &str| -> Vec<String> {
        s.split('/')
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (path, root) = (split(path), split(root));
    let common = path.iter().zip(&root).take_while(|(a, b)| a == b).count();
    let mut parts = vec!["..".to_owned(); root.len() - common];
    parts.extend(path[common..].iter().cloned());
    match parts.is_empty() {
        true => ".".into(),
        false => parts.join("/"),
    }
}

/// Appends the files under `folder` that fit `parts`; `None` for a pattern that is none.
fn search(
    folder: &str,
    parts: &[&str],
    ctx: &FunctionContext,
    found: &mut Vec<String>,
    depth: usize,
) -> Option<()> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(());
    };
    if depth > MAX_DEPTH {
        return Some(());
    }
    let within = |name: &str| match folder {
        "" | "/" => format!("{folder}{name}"),
        folder => format!("{folder}/{name}"),
    };
    let kind = |path: &str| ctx.files.kind(&located(path, ctx)).ok();
    let here = if folder.is_empty() { "." } else { folder };
    let names = || {
        let mut names = ctx.files.list(&located(here, ctx)).unwrap_or_default();
        names.sort();
        names
    };
    if *part == "**" {
        if !rest.is_empty() {
            search(folder, rest, ctx, found, depth)?;
        }
        for name in names() {
            let path = within(&name);
            match kind(&path) {
                Some(FileKind::Folder) => search(&path, parts, ctx, found, depth + 1)?,
                Some(FileKind::File) if rest.is_empty() => found.push(path),
                _ => {}
            }
        }
        return Some(());
    }
    let pattern: Vec<char> = part.chars().collect();
    let fitting = if part.contains(['*', '?', '[', '\\']) {
        // A pattern is checked even where there is nothing that it could fit.
        fits(&pattern, &[])?;
        let mut fitting = Vec::new();
        for name in names() {
            let chars: Vec<char> = name.chars().collect();
            if fits(&pattern, &chars)? {
                fitting.push(name);
            }
        }
        fitting
    } else {
        vec![(*part).to_owned()]
    };
    for name in fitting {
        let path = within(&name);
        match kind(&path) {
            Some(FileKind::Folder) if !rest.is_empty() => {
                search(&path, rest, ctx, found, depth + 1)?;
            }
            Some(FileKind::File) if rest.is_empty() => found.push(path),
            _ => {}
        }
    }
    Some(())
}

/// The patterns that one with `{a,b}` stands for; `None` when a brace is not closed.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let Some(open) = pattern.find('{') else {
        return Some(vec![pattern.to_owned()]);
    };
    let mut depth = 0usize;
    let mut commas = vec![open];
    let mut close = None;
    for (at, c) in pattern.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    close = Some(at);
                    break;
                }
            }
            ',' if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    let close = close?;
    commas.push(close);
    let mut out = Vec::new();
    for pair in commas.windows(2) {
        let middle = &pattern[pair[0] + 1..pair[1]];
        let whole = format!("{}{middle}{}", &pattern[..open], &pattern[close + 1..]);
        out.extend(alternatives(&whole)?);
        if out.len() > 10_000 {
            return None;
        }
    }
    Some(out)
}

/// Whether a name fits a pattern without slashes; `None` for a pattern that is none. Stars are tried
/// with one point of return, so the cost stays the product of the lengths.
fn fits(pattern: &[char], name: &[char]) -> Option<bool> {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            None if n == name.len() => return Some(true),
            Some(_) => {
                let (matched, next) = one(&pattern[p..], name.get(n))?;
                if matched {
                    p += next;
                    n += 1;
                    continue;
                }
            }
            None => {}
        }
        match star {
            Some((after, from)) if from < name.len() => {
                star = Some((after, from + 1));
                p = after;
                n = from + 1;
            }
            _ => return Some(false),
        }
    }
}

/// Whether a character fits the first element of a pattern, and how long that is.
fn one(pattern: &[char], c: Option<&char>) -> Option<(bool, usize)> {
    match pattern {
        ['?', ..] => Some((c.is_some(), 1)),
        ['\\', escaped, ..] => Some((c == Some(escaped), 2)),
        ['\\'] => None,
        ['[', rest @ ..] => {
            let negated = rest.first() == Some(&'^');
            let mut at = usize::from(negated);
            let (mut inside, mut first) = (false, true);
            while first || *rest.get(at)? != ']' {
                first = false;
                let (low, next) = listed(rest, at)?;
                let (high, next) = match rest.get(next) {
                    Some('-') => listed(rest, next + 1)?,
                    _ => (low, next),
                };
                inside |= c.is_some_and(|c| (low..=high).contains(c));
                at = next;
            }
            Some((c.is_some() && inside != negated, at + 2))
        }
        [plain, ..] => Some((c == Some(plain), 1)),
        [] => Some((false, 0)),
    }
}

/// A character of a class and where the next one is. Those that mean something in a class must be escaped.
fn listed(class: &[char], at: usize) -> Option<(char, usize)> {
    match *class.get(at)? {
        '-' | ']' => None,
        '\\' => Some((*class.get(at + 1)?, at + 2)),
        plain => Some((plain, at + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, cleaned) in [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("../a/../..", "../.."),
            ("/../a", "/a"),
            ("/", "/"),
        ] {
            assert_eq!(clean(path), cleaned);
        }
        assert_eq!(relative_to("a.txt", "a.txt"), ".");
        assert_eq!(relative_to("a.txt", "dir"), "../a.txt");
        assert_eq!(relative_to("dir/sub/x", "dir"), "sub/x");
    }

    #[test]
    fn names_fit_patterns() {
        let fit = |pattern: &str, name: &str| {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            fits(&chars(pattern), &chars(name))
        };
        for (pattern, name, expected) in [
            ("*", "", Some(true)),
            ("*.txt", "a.txt", Some(true)),
            ("a*b*c", "axxbyyc", Some(true)),
            ("a*b*c", "axxbyy", Some(false)),
            ("[^a].txt", "b.txt", Some(true)),
            ("[a-c]?", "bz", Some(true)),
            ("\\*", "*", Some(true)),
            ("[a", "a", None),
            ("[]a]", "a", None),
            ("[a-]", "a", None),
            ("[-a]", "a", None),
            ("[\\]\\-]", "-", Some(true)),
            ("[a\\-z]", "m", Some(false)),
        ] {
            assert_eq!(fit(pattern, name), expected, "{pattern} {name}");
        }
        assert_eq!(alternatives("x{a,{b,c}}y").unwrap(), ["xay", "xby", "xcy"]);
        assert_eq!(alternatives("x{a"), None);
    }
}
