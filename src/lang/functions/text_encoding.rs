//! `textencodebase64` and `textdecodebase64`: text in other character encodings.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;
use trunkline_api::Value;
use trunkline_api::quote::quote;

use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, encoding, text};

const ENCODING: Param = Param::new("encoding", Shape::String, "The IANA name of the encoding.");

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "textdecodebase64",
        "Reads base64 of text in a character encoding.",
        &[Param::new("source", Shape::String, "Base64."), ENCODING],
        Returns::Always(Shape::String),
        decode,
    ),
    Function::new(
        "textencodebase64",
        "Gives text in a character encoding, as base64.",
        &[Param::new("string", Shape::String, "The text."), ENCODING],
        Returns::Always(Shape::String),
        encode,
    ),
];

/// How bytes stand for characters.
#[derive(Clone, Copy)]
enum Codec {
    Utf8,
    /// UTF-16, big endian or little endian, with a byte order mark where the name does not say which.
    Utf16 {
        big: bool,
        mark: bool,
    },
    /// The first 256 characters of Unicode.
    Latin1,
    Other(&'static Encoding),
}

/// The encoding of an IANA name, and its canonical name for messages.
fn codec(name: &str) -> Option<(Codec, &'static str)> {
    let other = |label: &str| Encoding::for_label(label.as_bytes()).map(Codec::Other);
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        "utf-8" | "csutf8" => (Codec::Utf8, "UTF-8"),
        "utf-16" | "csutf16" => (
            Codec::Utf16 {
                big: true,
                mark: true,
            },
            "UTF-16",
        ),
        "utf-16be" | "csutf16be" => (
            Codec::Utf16 {
                big: true,
                mark: false,
            },
            "UTF-16BE",
        ),
        "utf-16le" | "csutf16le" => (
            Codec::Utf16 {
                big: false,
                mark: false,
            },
            "UTF-16LE",
        ),
        "iso_8859-1:1987" | "iso-8859-1" | "iso_8859-1" | "iso-ir-100" | "latin1" | "l1"
        | "ibm819" | "cp819" | "csisolatin1" => (Codec::Latin1, "ISO_8859-1:1987"),
        "iso-8859-2" | "iso_8859-2" | "iso_8859-2:1987" | "latin2" | "l2" | "csisolatin2" => {
            (other("iso-8859-2")?, "ISO_8859-2:1987")
        }
        "iso-8859-3" | "iso_8859-3" | "iso_8859-3:1988" | "latin3" | "l3" | "csisolatin3" => {
            (other("iso-8859-3")?, "ISO_8859-3:1988")
        }
        "iso-8859-4" | "iso_8859-4" | "iso_8859-4:1988" | "latin4" | "l4" | "csisolatin4" => {
            (other("iso-8859-4")?, "ISO_8859-4:1988")
        }
        "iso-8859-5" | "iso_8859-5" | "iso_8859-5:1988" | "cyrillic" => {
            (other("iso-8859-5")?, "ISO_8859-5:1988")
        }
        "iso-8859-6" | "iso_8859-6" | "iso_8859-6:1987" | "arabic" => {
            (other("iso-8859-6")?, "ISO_8859-6:1987")
        }
        "iso-8859-7" | "iso_8859-7" | "iso_8859-7:1987" | "greek" => {
            (other("iso-8859-7")?, "ISO_8859-7:1987")
        }
        "iso-8859-8" | "iso_8859-8" | "iso_8859-8:1988" | "hebrew" => {
            (other("iso-8859-8")?, "ISO_8859-8:1988")
        }
        "iso-8859-10" | "iso_8859-10:1992" | "latin6" | "l6" => {
            (other("iso-8859-10")?, "ISO-8859-10")
        }
        "iso-8859-13" => (other("iso-8859-13")?, "ISO-8859-13"),
        "iso-8859-14" | "iso_8859-14" | "latin8" | "l8" => (other("iso-8859-14")?, "ISO-8859-14"),
        "iso-8859-15" | "iso_8859-15" | "latin-9" => (other("iso-8859-15")?, "ISO-8859-15"),
        "iso-8859-16" | "iso_8859-16" | "latin10" | "l10" => (other("iso-8859-16")?, "ISO-8859-16"),
        "windows-874" => (other("windows-874")?, "windows-874"),
        "windows-1250" => (other("windows-1250")?, "windows-1250"),
        "windows-1251" => (other("windows-1251")?, "windows-1251"),
        "windows-1252" => (other("windows-1252")?, "windows-1252"),
        "windows-1253" => (other("windows-1253")?, "windows-1253"),
        "windows-1254" => (other("windows-1254")?, "windows-1254"),
        "windows-1255" => (other("windows-1255")?, "windows-1255"),
        "windows-1256" => (other("windows-1256")?, "windows-1256"),
        "windows-1257" => (other("windows-1257")?, "windows-1257"),
        "windows-1258" => (other("windows-1258")?, "windows-1258"),
        "koi8-r" | "cskoi8r" => (other("koi8-r")?, "KOI8-R"),
        "koi8-u" => (other("koi8-u")?, "KOI8-U"),
        "macintosh" | "mac" | "csmacintosh" => (other("macintosh")?, "macintosh"),
        "ibm866" | "cp866" | "866" => (other("ibm866")?, "IBM866"),
        "shift_jis" | "ms_kanji" | "csshiftjis" => (other("shift_jis")?, "Shift_JIS"),
        "euc-jp" | "cseucpkdfmtjapanese" | "extended_unix_code_packed_format_for_japanese" => (
            other("euc-jp")?,
            "Extended_UNIX_Code_Packed_Format_for_Japanese",
        ),
        "iso-2022-jp" | "csiso2022jp" => (other("iso-2022-jp")?, "ISO-2022-JP"),
        "euc-kr" | "cseuckr" => (other("euc-kr")?, "EUC-KR"),
        "gbk" | "cp936" | "ms936" | "windows-936" => (other("gbk")?, "GBK"),
        "gb18030" => (other("gb18030")?, "GB18030"),
        "big5" | "csbig5" => (other("big5")?, "Big5"),
        _ => return None,
    })
}

fn named(args: &[Value]) -> Result<(Codec, &'static str), Failure> {
    let name = text(args, 1);
    codec(name).ok_or_else(|| {
        Failure::Argument(
            1,
            format!(
                "{} is not a supported IANA encoding name or alias in this Terraform version",
                quote(name)
            ),
        )
    })
}

fn encode(args: &[Value], _: &trunkline_api::Type, _: &FunctionContext) -> Outcome {
    let (codec, name) = named(args)?;
    let source = text(args, 0);
    let bytes = match codec {
        Codec::Utf8 => Some(source.as_bytes().to_vec()),
        Codec::Utf16 { big, mark } => {
            let mark = if mark { "\u{feff}" } else { "" };
            let units = mark.encode_utf16().chain(source.encode_utf16());
            Some(
                units
                    .flat_map(|u| {
                        if big {
                            u.to_be_bytes()
                        } else {
                            u.to_le_bytes()
                        }
                    })
                    .collect(),
            )
        }
        Codec::Latin1 => source.chars().map(|c| u8::try_from(c).ok()).collect(),
        Codec::Other(encoding) => {
            let (bytes, _, unmappable) = encoding.encode(source);
            (!unmappable).then(|| bytes.into_owned())
        }
    };
    let bytes = bytes.ok_or_else(|| {
        Failure::Argument(
            0,
            format!("the given string contains characters that cannot be represented in {name}"),
        )
    })?;
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn decode(args: &[Value], _: &trunkline_api::Type, _: &FunctionContext) -> Outcome {
    let (codec, name) = named(args)?;
    let wrong = |message: String| Failure::Argument(0, message);
    let bytes = encoding::decode(text(args, 0)).map_err(|at| {
        wrong(format!(
            "the given value is has an invalid base64 symbol at offset {at}"
        ))
    })?;
    let decoded = match codec {
        Codec::Utf8 => String::from_utf8(bytes).ok(),
        Codec::Utf16 { big, mark } => {
            let unit = |pair: &[u8]| match (pair, big) {
                ([a, b], true) => Some(u16::from_be_bytes([*a, *b])),
                ([a, b], false) => Some(u16::from_le_bytes([*a, *b])),
                _ => None,
            };
            let little_mark = mark && bytes.starts_with(&[0xff, 0xfe]);
            let units: Option<Vec<u16>> = bytes
                .chunks(2)
                .map(|pair| unit(pair).map(|u| if little_mark { u.swap_bytes() } else { u }))
                .collect();
            units.and_then(|u| String::from_utf16(&u).ok()).map(|s| {
                match s.strip_prefix('\u{feff}') {
                    Some(rest) if mark => rest.to_owned(),
                    _ => s,
                }
            })
        }
        Codec::Latin1 => Some(bytes.iter().map(|b| char::from(*b)).collect()),
        Codec::Other(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .map(|s| s.into_owned()),
    };
    let decoded = decoded.ok_or_else(|| {
        wrong(format!(
            "the given string contains symbols that are not defined for {name}"
        ))
    })?;
    Ok(Value::string(decoded))
}
