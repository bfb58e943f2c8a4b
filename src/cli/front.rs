//! The words of the command line before they are arguments: what `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>` add, the
//! one `-chdir` before the command, and other flags that have strayed there.
//!
//! It must not know what the options of commands mean.

use super::args::subcommand;

/// What a command line comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Front {
    /// The directory to change to first.
    pub chdir: Option<String>,
    /// The words for the parser of arguments, the program's name first.
    pub line: Vec<String>,
    /// The words of the command, such as `state` and `list`; none where there is none.
    pub command: Vec<String>,
    /// There are flags before the command that belong after it, if anywhere.
    pub strayed: bool,
}

/// Reads a command line, whose first word is the program; `variable` looks into the environment. The error is what
/// to tell.
pub fn read(
    mut line: Vec<String>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Front, String> {
    let chdir = take_chdir(&mut line)?;
    let (command, end) = subcommand(&line);
    // Both are put right behind the command, so that the general words follow the particular ones and prevail.
    let mut added = Vec::new();
    if !command.is_empty() {
        let name = format!("TF_CLI_ARGS_{}", command.join("_").replace('-', "_"));
        added.extend(words_of(&name, &variable)?);
    }
    added.extend(words_of("TF_CLI_ARGS", &variable)?);
    line.splice(end..end, added);
    let (command, end) = subcommand(&line);
    let help = |word: &String| matches!(word.as_str(), "-h" | "-help" | "--help");
    let version = |word: &String| matches!(word.as_str(), "-v" | "-version" | "--version");
    let begin = end - command.len();
    let before = &line[1..begin];
    let strayed = before.iter().any(|word| !help(word) && !version(word));
    if !strayed && !command.is_empty() && !before.iter().any(version) && before.iter().any(help) {
        // Help that is asked for before a command is about the command.
        line.splice(1..end, command.iter().cloned().chain(["--help".to_owned()]));
    }
    Ok(Front {
        chdir,
        line,
        command,
        strayed,
    })
}

/// Takes out the first `-chdir` before the command.
fn take_chdir(line: &mut Vec<String>) -> Result<Option<String>, String> {
    let flags = line.iter().skip(1).take_while(|w| w.starts_with('-'));
    let named = |word: &String| word.trim_start_matches('-').starts_with("chdir");
    let Some(at) = flags.into_iter().position(named) else {
        return Ok(None);
    };
    let word = line.remove(at + 1);
    match word.split_once('=') {
        Some((_, dir)) if !dir.is_empty() => Ok(Some(dir.to_owned())),
        _ => Err("Invalid -chdir option: must include an equals sign followed by a directory path, like -chdir=example".into()),
    }
}

/// The words that an environment variable adds.
fn words_of(name: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    let text = variable(name).unwrap_or_default();
    split(&text).ok_or_else(|| {
        format!("Error parsing extra CLI args from {name}: invalid command line string")
    })
}

/// Splits a text into words as a shell does: quotes and backslashes hold, nothing is substituted, and an operator
/// ends the text. `None` where a quote does not end.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    // The quote that is open; a parenthesis stands for `$(`.
    let mut open: Option<char> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (open, letter) {
            (Some('\''), '\'') | (Some('"'), '"') => open = None,
            (Some('\''), _) => word.get_or_insert_default().push(letter),
            (_, '\\') => word.get_or_insert_default().push(letters.next()?),
            (Some('`'), '`') | (Some('('), ')') => {
                open = None;
                word.get_or_insert_default().push(letter);
            }
            (Some(_), _) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                open = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, ';' | '&' | '|' | '<' | '>') => break,
            (None, '`') => {
                open = Some(letter);
                word.get_or_insert_default().push(letter);
            }
            (None, '(') => {
                let word = word.as_mut().filter(|word| word.ends_with('$'))?;
                open = Some(letter);
                word.push(letter);
            }
            (None, ')') => return None,
            (None, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    open.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(line: &str, set: &[(&str, &str)]) -> Result<Front, String> {
        let line = line.split(' ').map(str::to_owned).collect();
        read(line, |name| {
            let found = set.iter().find(|(n, _)| *n == name);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        let split = |text| split(text).map(|words| words.join("|"));
        assert_eq!(split("  -a  b\n'c d' ").as_deref(), Some("-a|b|c d"));
        assert_eq!(split("a=\"b \\\" c\"d'' ''").as_deref(), Some("a=b \" cd|"));
        assert_eq!(
            split("'a\\b' c\\ d $HOME #x").as_deref(),
            Some("a\\b|c d|$HOME|#x")
        );
        assert_eq!(
            split("a `b c` $(d e) f; g").as_deref(),
            Some("a|`b c`|$(d e)|f")
        );
        assert_eq!(split("").as_deref(), Some(""));
        for wrong in ["'a", "\"a", "`a", "a\\", "(b)", "a)", "$(b"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn words_from_the_environment_stand_behind_the_command() {
        let set = [
            ("TF_CLI_ARGS", "-general"),
            ("TF_CLI_ARGS_state_list", "-list"),
            ("TF_CLI_ARGS_state", "-state"),
            ("TF_CLI_ARGS_force_unlock", "-force"),
        ];
        let line = |given: &str| front(given, &set).unwrap().line.join(" ");
        assert_eq!(line("t state list x"), "t state list -list -general x");
        assert_eq!(line("t force-unlock 1"), "t force-unlock -force -general 1");
        assert_eq!(line("t plan list"), "t plan -general list");
        assert_eq!(
            front("t", &[("TF_CLI_ARGS", "plan -x")]).unwrap().command,
            ["plan"]
        );
        let wrong = front("t plan", &[("TF_CLI_ARGS_plan", "'")]);
        assert!(
            wrong
                .unwrap_err()
                .contains("from TF_CLI_ARGS_plan: invalid")
        );
    }

    #[test]
    fn what_stands_before_the_command() {
        let plain = |line: &str| front(line, &[]);
        let found = plain("t -chdir=a=b plan -chdir=c").unwrap();
        assert_eq!(
            (found.chdir.as_deref(), found.strayed),
            (Some("a=b"), false)
        );
        assert_eq!(found.line.join(" "), "t plan -chdir=c");
        assert!(plain("t -chdir=a -chdir=b plan").unwrap().strayed);
        assert!(plain("t -json plan").unwrap().strayed);
        assert!(!plain("t -version plan").unwrap().strayed);
        assert_eq!(
            plain("t -help plan x").unwrap().line.join(" "),
            "t plan --help x"
        );
        for wrong in ["t -chdir plan", "t -chdir= plan"] {
            assert!(plain(wrong).is_err(), "{wrong}");
        }
    }
}
