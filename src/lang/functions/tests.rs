//! What functions give, as tables: arguments and results are JSON.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::{Kind, Marks, Type, Value};

use super::{FileAccess, FileKind, FunctionContext, FunctionError, json, lookup, names};

/// Files that are not on the disk.
struct Files;

impl FileAccess for Files {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        match path.to_str() {
            Some("a.txt") => Ok(b"hello".as_slice().into()),
            Some("sub/b.bin") => Ok([0xff, 0xfe].as_slice().into()),
            Some("sub" | ".") => Err(io::ErrorKind::IsADirectory.into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        match path.to_str() {
            Some("a.txt" | "sub/b.bin") => Ok(FileKind::File),
            Some("sub" | ".") => Ok(FileKind::Folder),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        match path.to_str() {
            Some(".") => Ok(vec!["sub".into(), "a.txt".into()]),
            Some("sub") => Ok(vec!["b.bin".into()]),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn home(&self) -> Option<PathBuf> {
        Some("/home/me".into())
    }

    fn working_directory(&self) -> io::Result<PathBuf> {
        Ok("/base".into())
    }
}

fn context() -> FunctionContext {
    FunctionContext {
        now: Some("2024-05-06T07:08:09Z".into()),
        random: Some(Arc::new(|bytes: &mut [u8]| bytes.fill(7))),
        ..FunctionContext::new(".".into(), Arc::new(Files))
    }
}

/// The result as JSON; of a failure, the detail.
fn call(function: &str, args: &[Value]) -> String {
    let Some(found) = lookup(function) else {
        return format!("{function} is not there");
    };
    match found.call(args, &context()) {
        Ok(value) => match json::encode(&value) {
            Ok(text) => text,
            Err(_) => format!("{value:?}"),
        },
        Err(error) => error.detail(function),
    }
}

fn args(list: &str) -> Vec<Value> {
    let list = json::decode(list).unwrap_or_else(|e| panic!("{list}: {e}"));
    list.as_slice().unwrap().to_vec()
}

#[test]
fn all_of_terraform_1_11_are_there() {
    assert_eq!(names().count(), 118);
}

#[test]
fn functions_give_what_terraform_gives() {
    for (function, list, expected) in [
        ("abs", "[-12.75]", "12.75"),
        ("ceil", "[-0.5]", "0"),
        ("floor", "[-0.5]", "-1"),
        ("log", "[1000, 10]", "2.9999999999999996"),
        ("max", "[1, \"12\", 3]", "12"),
        ("parseint", "[\"Zz\", 62]", "3817"),
        ("pow", "[2, 64]", "18446744073709550000"),
        ("signum", "[-7]", "-1"),
        ("sum", "[[\"1\", 2.5]]", "3.5"),
        ("chomp", r#"["a\r\n\n"]"#, r#""a""#),
        ("indent", r#"[2, "a\nb"]"#, r#""a\n  b""#),
        ("join", r#"["-", ["a", 1], [true]]"#, r#""a-1-true""#),
        ("upper", r#"["straße"]"#, r#""STRAßE""#),
        ("replace", r#"["hello", "/(h)(e)/", "$2$1"]"#, r#""ehllo""#),
        ("split", r#"["", "h☃y"]"#, r#"["h","☃","y"]"#),
        ("substr", r#"["hello", -3, 0]"#, r#""llo""#),
        ("title", r#"["o'neil ǆ"]"#, r#""O'Neil ǅ""#),
        ("trim", r#"["xyaxy", "xy"]"#, r#""a""#),
        (
            "format",
            r#"["%05.1f|%-4s|%+d|%#x|%q|%v", 3.14159, "é", 5, 255, "<", {"a": 1}]"#,
            r#""003.1|é   |+5|0xff|\"\\u003c\"|{\"a\":1}""#,
        ),
        (
            "formatlist",
            r#"["%s-%s", ["a", "b"], "z"]"#,
            r#"["a-z","b-z"]"#,
        ),
        (
            "regex",
            r#"["(?P<k>a)|(b)?(?P<k>c)", "c"]"#,
            r#"Invalid value for "pattern" parameter: invalid regexp pattern: cannot mix both named and unnamed capture groups."#,
        ),
        (
            "regexall",
            r#"["(a)|(b)", "ab"]"#,
            r#"[["a",null],[null,"b"]]"#,
        ),
        ("alltrue", "[[true, null]]", "false"),
        ("chunklist", "[[1, 2, 3], 2]", "[[1,2],[3]]"),
        ("coalesce", r#"[null, "", "a"]"#, r#""a""#),
        ("compact", r#"[["a", "", null]]"#, r#"["a"]"#),
        ("concat", r#"[["a"], [1]]"#, r#"["a",1]"#),
        ("contains", r#"[["1"], 1]"#, "false"),
        ("distinct", r#"[["b", "a", "b"]]"#, r#"["b","a"]"#),
        ("element", r#"[["a", "b"], 5]"#, r#""b""#),
        ("flatten", "[[1, [2, [3, null]]]]", "[1,2,3,null]"),
        ("index", r#"[["a", "b"], "b"]"#, "1"),
        ("keys", r#"[{"b": 1, "a": 2}]"#, r#"["a","b"]"#),
        ("length", r#"["👩‍👩‍👧e\u0301"]"#, "2"),
        ("lookup", r#"[{"a": 1}, "b", "x"]"#, r#""x""#),
        ("matchkeys", r#"[["a", "b"], [1, 2], ["2"]]"#, r#"["b"]"#),
        (
            "merge",
            r#"[{"a": 1}, null, {"a": 2, "b": 3}]"#,
            r#"{"a":2,"b":3}"#,
        ),
        ("one", "[[]]", "null"),
        ("range", "[3, 1]", "[3,2]"),
        ("reverse", r#"[[1, "a"]]"#, r#"["a",1]"#),
        ("setproduct", r#"[["a"], [1, 2]]"#, r#"[["a",1],["a",2]]"#),
        ("setunion", r#"[["b"], [1, "b"]]"#, r#"["1","b"]"#),
        ("setsubtract", r#"[[1, 2], [2]]"#, "[1]"),
        ("slice", "[[1, 2, 3], 1, 3]", "[2,3]"),
        ("sort", r#"[["b", "a", "B"]]"#, r#"["B","a","b"]"#),
        (
            "transpose",
            r#"[{"a": ["x", "y"], "b": ["x"]}]"#,
            r#"{"x":["a","b"],"y":["a"]}"#,
        ),
        ("values", r#"[{"b": 1, "a": 2}]"#, "[2,1]"),
        ("zipmap", r#"[["a", "b"], [1, 2]]"#, r#"{"a":1,"b":2}"#),
        ("base64decode", r#"["aGVs\nbG8="]"#, r#""hello""#),
        ("textencodebase64", r#"["é", "UTF-16LE"]"#, r#""6QA=""#),
        ("textdecodebase64", r#"["gqA=", "Shift_JIS"]"#, r#""あ""#),
        ("urlencode", r#"["a b/é~"]"#, r#""a+b%2F%C3%A9~""#),
        (
            "csvdecode",
            r#"["a,b\n1,\"x \"\"y\"\"\"\r\n"]"#,
            r#"[{"a":"1","b":"x \"y\""}]"#,
        ),
        (
            "yamlencode",
            r#"[{"a": [1, "x"]}]"#,
            r#""\"a\":\n- 1\n- \"x\"\n""#,
        ),
        ("yamldecode", r#"["a: [1, on]"]"#, r#"{"a":[1,true]}"#),
        ("file", r#"["./x/../a.txt"]"#, r#""hello""#),
        ("filebase64", r#"["sub/b.bin"]"#, r#""//4=""#),
        (
            "filemd5",
            r#"["a.txt"]"#,
            r#""5d41402abc4b2a76b9719d911017c592""#,
        ),
        ("fileexists", r#"["b.txt"]"#, "false"),
        ("fileset", r#"[".", "**"]"#, r#"["a.txt","sub/b.bin"]"#),
        ("fileset", r#"["sub", "../*.{txt,md}"]"#, r#"["../a.txt"]"#),
        ("abspath", r#"["a/../b"]"#, r#""/base/b""#),
        ("dirname", r#"["a/b/"]"#, r#""a/b""#),
        ("pathexpand", r#"["~/x"]"#, r#""/home/me/x""#),
        (
            "formatdate",
            r#"["EEE D MMM YY 'at' HH:mm aa ZZZ", "2024-02-29T13:04:05+05:30"]"#,
            r#""Thu 29 Feb 24 at 01:04 pm +0530""#,
        ),
        (
            "timeadd",
            r#"["2024-02-28T23:59:59Z", "1s"]"#,
            r#""2024-02-29T00:00:00Z""#,
        ),
        (
            "timecmp",
            r#"["2024-01-01T00:00:00+01:00", "2023-12-31T23:00:00Z"]"#,
            "0",
        ),
        ("timestamp", "[]", r#""2024-05-06T07:08:09Z""#),
        (
            "sha1",
            r#"["hello"]"#,
            r#""aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d""#,
        ),
        (
            "base64sha256",
            r#"[""]"#,
            r#""47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=""#,
        ),
        ("uuid", "[]", r#""07070707-0707-4707-8707-070707070707""#),
        (
            "uuidv5",
            r#"["dns", ""]"#,
            r#""4ebd0208-8328-5d69-8c44-ec50939c0967""#,
        ),
        ("cidrhost", r#"["10.0.0.0/8", -1]"#, r#""10.255.255.255""#),
        ("cidrnetmask", r#"["172.16.0.0/12"]"#, r#""255.240.0.0""#),
        ("tolist", r#"[[1, "a", true]]"#, r#"["1","a","true"]"#),
        ("tonumber", r#"["1e3"]"#, "1000"),
    ] {
        assert_eq!(call(function, &args(list)), expected, "{function}{list}");
    }
}

#[test]
fn failures_say_which_argument_and_why() {
    for (function, list, detail) in [
        (
            "abs",
            "[]",
            "Function \"abs\" expects 1 argument(s). Missing value for \"num\".",
        ),
        (
            "lookup",
            "[{}]",
            "Function \"lookup\" expects at least 2 argument(s). Missing value for \"key\".",
        ),
        (
            "upper",
            r#"["a", "b"]"#,
            "Function \"upper\" expects only 1 argument(s).",
        ),
        (
            "abs",
            "[null]",
            "Invalid value for \"num\" parameter: argument must not be null.",
        ),
        (
            "abs",
            r#"["x"]"#,
            "Invalid value for \"num\" parameter: a number is required.",
        ),
        (
            "tobool",
            r#"["yes"]"#,
            "Invalid value for \"v\" parameter: cannot convert \"yes\" to bool; only the strings \"true\" or \"false\" are allowed.",
        ),
        (
            "format",
            r#"["%d", 5.5]"#,
            "Call to function \"format\" failed: unsupported value for \"%d\" at 0: an integer is required.",
        ),
        (
            "format",
            r#"["%s %[3]s", "a"]"#,
            "Call to function \"format\" failed: not enough arguments for \"%[3]s\" at 3: need index 3 but have 1 total.",
        ),
        (
            "slice",
            "[[1], 0, 5]",
            "Invalid value for \"end_index\" parameter: end index must not be greater than the length of the list.",
        ),
        (
            "merge",
            "[[1]]",
            "Call to function \"merge\" failed: arguments must be maps or objects, got \"tuple\".",
        ),
        (
            "range",
            "[1, 2, 0]",
            "Call to function \"range\" failed: more than 1024 values were generated; either decrease the difference between start and end or use a smaller step.",
        ),
        (
            "csvdecode",
            r#"["a\n\"x"]"#,
            "Call to function \"csvdecode\" failed: CSV parse error on line 2: extraneous or missing \" in quoted-field.",
        ),
        (
            "file",
            r#"["sub"]"#,
            "Invalid value for \"path\" parameter: failed to read file: read sub: is a directory.",
        ),
        (
            "filemd5",
            r#"["nope"]"#,
            "Call to function \"filemd5\" failed: open nope: no such file or directory.",
        ),
        (
            "formatdate",
            r#"["YYYY", "2024-1-01"]"#,
            "Invalid value for \"time\" parameter: not a valid RFC3339 timestamp: cannot use \"1-01\" as month.",
        ),
        (
            "templatefile",
            r#"["a.txt", {}]"#,
            "Call to function \"templatefile\" failed: templates cannot be rendered here.",
        ),
    ] {
        assert_eq!(call(function, &args(list)), detail, "{function}{list}");
    }
}

#[test]
fn every_wrong_argument_is_told() {
    let pow = lookup("pow").unwrap();
    let errors = pow
        .evaluate(&args(r#"["a", "b"]"#), &context())
        .unwrap_err();
    let indexes: Vec<_> = errors.iter().map(FunctionError::argument).collect();
    assert_eq!(indexes, [Some(0), Some(1)]);
}

#[test]
fn unknown_arguments_give_unknown_results_of_the_right_type() {
    let unknown = |ty: Type| Value::unknown(ty);
    for (function, list, ty) in [
        ("upper", vec![unknown(Type::Dynamic)], "string"),
        (
            "tolist",
            vec![unknown(Type::tuple([Type::Number]))],
            "list(dynamic)",
        ),
        ("jsondecode", vec![unknown(Type::String)], "dynamic"),
        (
            "concat",
            vec![unknown(Type::list(Type::Bool))],
            "list(bool)",
        ),
        (
            "element",
            vec![unknown(Type::list(Type::Bool)), Value::number(1)],
            "bool",
        ),
    ] {
        let value = lookup(function).unwrap().call(&list, &context()).unwrap();
        assert!(!value.is_known(), "{function}");
        assert_eq!(value.ty().to_string(), ty, "{function}");
    }
    let without = FunctionContext::new(".".into(), Arc::new(Files));
    for function in ["timestamp", "uuid", "plantimestamp"] {
        let value = lookup(function).unwrap().call(&[], &without).unwrap();
        assert!(matches!(value.kind(), Kind::Unknown(Type::String, Some(r)) if r.not_null));
    }
}

#[test]
fn marks_follow_the_data() {
    let secret = || Value::from("hush").with_marks(Marks::SENSITIVE);
    let marks = |function: &str, list: Vec<Value>| {
        let value = lookup(function).unwrap().call(&list, &context()).unwrap();
        (
            value.marks().is_sensitive(),
            value.marks_deep().is_sensitive(),
        )
    };
    let list = || Value::tuple([secret(), "b".into()]);
    assert_eq!(marks("upper", vec![secret()]), (true, true));
    assert_eq!(marks("join", vec!["-".into(), list()]), (true, true));
    assert_eq!(marks("length", vec![list()]), (false, false));
    assert_eq!(
        marks("concat", vec![list(), Value::tuple([])]),
        (false, true)
    );
    assert_eq!(
        marks("element", vec![list(), Value::number(1)]),
        (false, false)
    );
    assert_eq!(marks("nonsensitive", vec![secret()]), (false, false));
    assert_eq!(marks("issensitive", vec![list()]), (false, false));
}

#[test]
fn errors_never_show_what_is_sensitive() {
    let secret = |s: &str| Value::from(s).with_marks(Marks::SENSITIVE);
    for (function, list) in [
        ("tonumber", vec![secret("hush")]),
        ("parseint", vec![secret("hush"), Value::number(10)]),
        ("base64decode", vec![secret("hush!")]),
        ("file", vec![secret("hush")]),
        ("fileexists", vec![secret("hush/")]),
        ("lookup", vec![Value::object::<&str>([]), secret("hush")]),
        ("rsadecrypt", vec![secret("hush!"), secret("hush")]),
        ("regex", vec![secret("(hush"), "x".into()]),
        ("timeadd", vec![secret("hush"), "1h".into()]),
        ("cidrhost", vec![secret("hush"), Value::number(1)]),
        ("yamldecode", vec![secret("!hush x")]),
    ] {
        let told = call(function, &list);
        assert!(!told.contains("hush"), "{function}: {told}");
    }
}
