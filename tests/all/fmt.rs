//! `fmt` with its options: what is listed, written, shown and told, as Terraform 1.11.4 does.

use crate::harness::{Dir, Output};

fn directory() -> Dir {
    let dir = Dir::with("a=1\nb   = 2\n");
    dir.write("ok.tf", "a = 1\n");
    dir.write("t.tfvars", "x=1");
    dir.write("sub/s.tf", "a=1\n");
    dir.write("note.txt", "hello");
    dir
}

/// Exit code and standard output.
fn run(dir: &Dir, args: &str) -> (Option<i32>, String) {
    let output = dir.run(&format!("fmt {args}"));
    (output.code, output.stdout)
}

fn stdin(args: &str, text: &str) -> Output {
    Dir::empty().answer(&format!("fmt {args} -"), text)
}

#[test]
fn files_are_listed_by_their_path_from_here() {
    let here = directory();
    let whole = here.path().join("main.tf");
    let whole = whole.display().to_string();
    let name = here.path().file_name().unwrap().display().to_string();
    let around = format!("../{name}/main.tf");
    for (args, expected) in [
        ("", "main.tf\nt.tfvars\n"),
        ("-recursive", "main.tf\nsub/s.tf\nt.tfvars\n"),
        ("./sub", "sub/s.tf\n"),
        ("sub/.. ./sub/s.tf", "main.tf\nt.tfvars\nsub/s.tf\n"),
        (&*around, "main.tf\n"),
        (&*whole, "main.tf\n"),
        ("-list=false", ""),
        ("ok.tf", ""),
    ] {
        let dir = directory();
        let args = args.replace(
            &*here.path().to_string_lossy(),
            &dir.path().to_string_lossy(),
        );
        assert_eq!(run(&dir, &args), (Some(0), expected.to_owned()), "{args}");
    }
}

#[test]
fn a_check_tells_once_all_is_seen() {
    for (args, code, expected) in [
        ("-check", 3, "main.tf\nt.tfvars\n"),
        ("-check -list=false", 3, ""),
        ("-check ok.tf", 0, ""),
    ] {
        let dir = directory();
        let found = run(&dir, args);
        assert_eq!(found, (Some(code), expected.to_owned()), "{args}");
        let text = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
        assert_eq!(text, "a=1\nb   = 2\n", "{args} writes nothing");
    }
    // Where a file has an error, only that is told.
    let dir = directory();
    dir.write("bad.tf", "a = \n");
    assert_eq!(run(&dir, "-check -diff"), (Some(2), String::new()));
    let (code, listed) = run(&dir, "");
    assert_eq!((code, &*listed), (Some(2), "main.tf\nt.tfvars\n"));
}

#[test]
fn what_is_not_there_ends_it() {
    let dir = directory();
    let found = run(&dir, "main.tf nowhere sub");
    assert_eq!(found, (Some(2), "main.tf\n".to_owned()));
    assert_eq!(run(&dir, "note.txt").0, Some(2));
}

#[test]
fn standard_input_goes_to_standard_output() {
    for (args, text, code, expected) in [
        ("", "a=1\nbb=2\n", 0, "a  = 1\nbb = 2\n"),
        ("", "a=1", 0, "a = 1\n"),
        ("", "", 0, "\n"),
        ("-check", "a=1\n", 3, ""),
        ("-check", "a = 1\n", 0, ""),
        ("-check -diff", "a=1\n", 3, ""),
        (
            "-diff",
            "a=1\n",
            0,
            "--- old/<stdin>\n+++ new/<stdin>\n@@ -1 +1 @@\n-a=1\n+a = 1\n",
        ),
        ("-list=false", "a=1\n", 0, "a = 1\n"),
    ] {
        let found = stdin(args, text);
        assert_eq!(
            (found.code, &*found.raw),
            (Some(code), expected),
            "{args}: {text}"
        );
    }
}
