//! Base64, gzip and URL encoding.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use trunkline_api::{Marks, Value};

use super::collection::unmarked;
use super::{Function, Outcome, Param, Returns, Shape, shown, text};

const TEXT: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "base64decode",
        "Reads base64; what it stands for must be UTF-8 text.",
        &[Param::new("str", Shape::String, "Base64.").marked()],
        TEXT,
        |args, _, _| {
            let (_, marks) = unmarked(args, 0);
            decode_text(text(args, 0), marks)
        },
    ),
    Function::new(
        "base64encode",
        "Gives the UTF-8 bytes of a text as base64.",
        &[Param::new("str", Shape::String, "The text.")],
        TEXT,
        |args, _, _| Ok(Value::string(STANDARD.encode(text(args, 0)))),
    ),
    Function::new(
        "base64gzip",
        "Compresses a text with gzip and gives the result as base64.",
        &[Param::new("str", Shape::String, "The text.")],
        TEXT,
        |args, _, _| {
            Ok(Value::string(
                STANDARD.encode(gzip(text(args, 0).as_bytes())?),
            ))
        },
    ),
    Function::new(
        "urlencode",
        "Escapes a text for use in the query of a URL.",
        &[Param::new("str", Shape::String, "The text.")],
        TEXT,
        |args, _, _| Ok(Value::string(url_encode(text(args, 0)))),
    ),
];

/// Standard base64 with padding; stray bits at the end do not matter.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The bytes, or the offset of what is not base64. Newlines do not count.
pub(super) fn decode(source: &str) -> Result<Vec<u8>, usize> {
    let bare: String = source
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect();
    LENIENT.decode(&bare).map_err(|error| match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => {
            at
        }
        base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
            bare.trim_end_matches('=').len() / 4 * 4
        }
    })
}

fn decode_text(source: &str, marks: Marks) -> Outcome {
    let bytes = decode(source)
        .map_err(|_| format!("failed to decode base64 data {}", shown(source, marks)))?;
    let decoded = String::from_utf8(bytes)
        .map_err(|_| "the result of decoding the provided string is not valid UTF-8".to_owned())?;
    Ok(Value::string(decoded).with_marks(marks))
}

fn url_encode(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for byte in source.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// An empty stored block that is the last one.
const END_OF_STREAM: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// The longest text that is only coded, not searched for repetitions.
const SHORT: usize = 64;

/// Gzip without time and name. Short texts come out byte for byte as from Terraform.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    if bytes.len() <= SHORT && !repeats(bytes) {
        // An empty stored block ends a flush, another one the stream.
        if bytes.is_empty() {
            out.push(0);
        } else {
            fixed_codes(bytes, &mut out);
        }
        out.extend([0, 0, 0xff, 0xff]);
        out.extend(END_OF_STREAM);
    } else {
        let failed = |e: std::io::Error| format!("failed to write gzip raw data: {e}");
        let mut deflate =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        deflate.write_all(bytes).map_err(failed)?;
        deflate.flush().map_err(failed)?;
        out.extend_from_slice(deflate.get_ref());
        out.extend(END_OF_STREAM);
    }
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    out.extend(crc.sum().to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    Ok(out)
}

/// Whether four bytes occur twice, so that a compressor would refer back.
fn repeats(bytes: &[u8]) -> bool {
    let mut seen = std::collections::HashSet::new();
    bytes.windows(4).any(|w| !seen.insert(w))
}

/// Writes a deflate block of literals in the fixed codes (RFC 1951, 3.2.6), then the header of an
/// empty stored block, and fills up the byte.
fn fixed_codes(bytes: &[u8], out: &mut Vec<u8>) {
    let (mut pending, mut count) = (0u32, 0u32);
    let mut put = |value: u32, width: u32, out: &mut Vec<u8>| {
        pending |= value << count;
        count += width;
        while count >= 8 {
            out.push((pending & 0xff) as u8);
            pending >>= 8;
            count -= 8;
        }
        count
    };
    let reversed = |code: u32, width: u32| code.reverse_bits() >> (32 - width);
    put(0b010, 3, out);
    for byte in bytes {
        let byte = u32::from(*byte);
        let (code, width) = if byte < 144 {
            (0x30 + byte, 8)
        } else {
            (0x190 + byte - 144, 9)
        };
        put(reversed(code, width), width, out);
    }
    put(0, 7, out);
    let rest = put(0, 3, out);
    if rest > 0 {
        put(0, 8 - rest, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_readable_and_stable() {
        let encoded = |s: &str| STANDARD.encode(gzip(s.as_bytes()).unwrap());
        assert_eq!(
            encoded("hello"),
            "H4sIAAAAAAAA/8pIzcnJBwAAAP//AQAA//+GphA2BQAAAA=="
        );
        assert_eq!(encoded("☃"), "H4sIAAAAAAAA/3o0oxkAAAD//wEAAP//VA8OmAMAAAA=");
        for source in ["", "a", "hello hello hello", &"x".repeat(5000)] {
            let bytes = gzip(source.as_bytes()).unwrap();
            let mut read = String::new();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut read)
                .unwrap();
            assert_eq!(read, source);
        }
    }
}
