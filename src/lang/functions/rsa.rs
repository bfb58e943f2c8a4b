//! RSA decryption with PKCS #1 v1.5 padding, for `rsadecrypt`.
//!
//! Keys of 2048 bits and more go to the cryptographic library. It refuses shorter ones, which Terraform
//! still accepts; for those alone the arithmetic is done here. No message shows any of a key.

use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use zeroize::Zeroizing;

use super::encoding;

/// Why a text could not be decrypted.
pub(super) enum RsaError {
    /// The key cannot be used; why, without full stop.
    Key(String),
    /// The text is not encrypted for this key.
    Decryption,
}

/// Decrypts `cipher` with the private key in `pem`: PKCS #1 or PKCS #8.
pub(super) fn decrypt(cipher: &[u8], pem: &str) -> Result<Zeroizing<Vec<u8>>, RsaError> {
    let (pkcs8, pkcs1) = private_key(pem).map_err(RsaError::Key)?;
    if let Ok(key) = PrivateDecryptingKey::from_pkcs8(&pkcs8) {
        let key = Pkcs1PrivateDecryptingKey::new(key).map_err(|_| RsaError::Decryption)?;
        let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
        let plain = key
            .decrypt(cipher, &mut out)
            .map_err(|_| RsaError::Decryption)?;
        return Ok(Zeroizing::new(plain.to_vec()));
    }
    decrypt_short(cipher, &pkcs1)
}

type Der = Zeroizing<Vec<u8>>;

/// The key in PKCS #8 and in PKCS #1.
fn private_key(pem: &str) -> Result<(Der, Der), String> {
    let none = || "invalid private key: ssh: no key found".to_owned();
    let begin = pem.find("-----BEGIN ").ok_or_else(none)?;
    let (label, rest) = pem[begin + 11..].split_once("-----").ok_or_else(none)?;
    let (body, _) = rest.split_once("-----END ").ok_or_else(none)?;
    if body.contains("ENCRYPTED") || label.contains("ENCRYPTED") {
        return Err("invalid private key: ssh: this private key is passphrase protected".into());
    }
    let bare: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    let der = Zeroizing::new(encoding::decode(&bare).map_err(|_| none())?);
    match label {
        "RSA PRIVATE KEY" => Ok((Zeroizing::new(pkcs8_of(&der)), der)),
        "PRIVATE KEY" => {
            let inner = pkcs1_of(&der).ok_or("invalid private key type; an RSA key is required")?;
            Ok((der.clone(), Zeroizing::new(inner.to_vec())))
        }
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => {
            Err("invalid private key type; an RSA key is required".into())
        }
        other => Err(format!(
            "invalid private key: ssh: unsupported key type \"{other}\""
        )),
    }
}

/// `rsaEncryption` (1.2.840.113549.1.1.1) with null parameters, in DER.
const ALGORITHM: [u8; 15] = [
    0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0,
];

/// A PKCS #1 key in the envelope of PKCS #8 (RFC 5208).
fn pkcs8_of(key: &[u8]) -> Vec<u8> {
    let tagged = |tag: u8, content: &[u8]| {
        let mut out = vec![tag];
        match content.len() {
            short @ 0..=0x7f => out.push(short as u8),
            long => {
                let bytes = long.to_be_bytes();
                let skip = bytes.iter().take_while(|b| **b == 0).count();
                out.push(0x80 | (bytes.len() - skip) as u8);
                out.extend(&bytes[skip..]);
            }
        }
        out.extend(content);
        out
    };
    let mut content = vec![2, 1, 0];
    content.extend(ALGORITHM);
    content.extend(tagged(4, key));
    tagged(0x30, &content)
}

/// The PKCS #1 key inside a PKCS #8 envelope, if it is of RSA.
fn pkcs1_of(der: &[u8]) -> Option<&[u8]> {
    let (content, _) = element(der, 0x30)?;
    let (_, rest) = element(content, 2)?;
    let rest = rest.strip_prefix(&ALGORITHM)?;
    Some(element(rest, 4)?.0)
}

/// The content of the DER element of type `tag` at the beginning of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let (bytes, rest) = rest.split_at_checked(count.min(rest.len()))?;
        if count > 4 || bytes.len() < count {
            return None;
        }
        let length = bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        (length, rest)
    };
    rest.split_at_checked(length)
}

fn decrypt_short(cipher: &[u8], pkcs1: &[u8]) -> Result<Zeroizing<Vec<u8>>, RsaError> {
    let malformed = || RsaError::Key("asn1: structure error: this is not an RSA key".into());
    let mut rest = element(pkcs1, 0x30).ok_or_else(malformed)?.0;
    let mut numbers = Vec::new();
    for _ in 0..4 {
        let (bytes, after) = element(rest, 2).ok_or_else(malformed)?;
        numbers.push(UBig::from_be_bytes(bytes));
        rest = after;
    }
    let [_version, modulus, _public, private] = numbers.as_slice() else {
        return Err(malformed());
    };
    let size = modulus.to_be_bytes().len();
    let message = UBig::from_be_bytes(cipher);
    if cipher.len() != size || message >= *modulus || *modulus == UBig::ZERO {
        return Err(RsaError::Decryption);
    }
    let ring = ConstDivisor::new(modulus.clone());
    let opened = ring.reduce(message).pow(private).residue();
    let bytes = Zeroizing::new(opened.to_be_bytes());
    // 00 02, at least eight bytes that are not zero, 00, text; the leading zero is not in a number.
    let padded = bytes.strip_prefix(&[2]).filter(|p| p.len() + 2 == size);
    let padded = padded.ok_or(RsaError::Decryption)?;
    match padded.iter().position(|b| *b == 0) {
        Some(at) if at >= 8 => Ok(Zeroizing::new(padded[at + 1..].to_vec())),
        _ => Err(RsaError::Decryption),
    }
}
