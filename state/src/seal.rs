//! Sealing: authenticated encryption of payloads, bound to what they belong to.
//!
//! A sealed payload is `format (1 byte) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM under the state's
//! data key. The additional data binds purpose, lineage, name (address, output, operation…), part (deposed
//! key…) and version, each with its length, so that a payload cannot be moved to another place. Nonces are
//! random: under one data key up to 2^32 payloads keep the chance of a repeat below 2^-32; rotating with
//! re-sealing starts afresh.
//!
//! It must not know what it seals, nor where keys come from.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

use crate::error::StateError;

/// The first byte of every sealed payload.
const FORMAT: u8 = 1;
/// Length of what stands before the ciphertext.
const HEAD: usize = 1 + NONCE_LEN;
/// Length of the authentication tag.
const TAG: usize = 16;
/// How many nonces are drawn from the system at once.
const NONCE_POOL: usize = 256;

/// The kinds of sealed payloads; part of what each is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Row,
    Output,
    Intent,
    Listing,
    Event,
    DataKey,
    Blob,
    Note,
}

impl Purpose {
    fn tag(self) -> &'static [u8] {
        match self {
            Purpose::Row => b"row",
            Purpose::Output => b"output",
            Purpose::Intent => b"intent",
            Purpose::Listing => b"listing",
            Purpose::Event => b"event",
            Purpose::DataKey => b"data key",
            Purpose::Blob => b"blob",
            Purpose::Note => b"note",
        }
    }
}

/// What a payload belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding<'a> {
    pub purpose: Purpose,
    pub name: &'a str,
    pub part: &'a str,
    pub version: i64,
}

/// Buffers that one caller uses again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    aad: Vec<u8>,
    nonces: Vec<u8>,
}

impl Scratch {
    fn bind(&mut self, lineage: &str, binding: &Binding<'_>) -> &[u8] {
        self.aad.clear();
        for part in [
            binding.purpose.tag(),
            lineage.as_bytes(),
            binding.name.as_bytes(),
            binding.part.as_bytes(),
        ] {
            self.aad
                .extend_from_slice(&(part.len() as u64).to_le_bytes());
            self.aad.extend_from_slice(part);
        }
        self.aad.extend_from_slice(&binding.version.to_le_bytes());
        &self.aad
    }

    fn nonce(&mut self) -> Result<[u8; NONCE_LEN], StateError> {
        if self.nonces.len() < NONCE_LEN {
            self.nonces.resize(NONCE_POOL * NONCE_LEN, 0);
            fill_random(&mut self.nonces)?;
        }
        let mut nonce = [0; NONCE_LEN];
        let rest = self.nonces.len() - NONCE_LEN;
        nonce.copy_from_slice(&self.nonces[rest..]);
        self.nonces.truncate(rest);
        Ok(nonce)
    }
}

/// The state's data key, ready for use.
///
/// Sealing and fingerprints use keys of their own, both derived from or stored with the data key, so that the
/// data key can be replaced without fingerprints changing.
pub(crate) struct Sealer {
    seal: LessSafeKey,
    fingerprint: hmac::Key,
    lineage: String,
}

impl Sealer {
    /// Makes a sealer of 32 bytes of sealing key and 32 bytes of fingerprint key.
    pub(crate) fn new(data: &DataKey, lineage: &str) -> Result<Self, StateError> {
        let seal = LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, &data.0[..32])
                .map_err(|_| crypto_failed("use its data key"))?,
        );
        let fingerprint = hmac::Key::new(hmac::HMAC_SHA256, &data.0[32..]);
        Ok(Sealer {
            seal,
            fingerprint,
            lineage: lineage.to_owned(),
        })
    }

    /// Seals `main` and `side` as one payload into `out` (cleared first).
    pub(crate) fn seal(
        &self,
        scratch: &mut Scratch,
        binding: &Binding<'_>,
        main: &[u8],
        side: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), StateError> {
        let side_len = u32::try_from(side.len()).map_err(|_| StateError::Refused {
            doing: format!("seal {}", binding.name),
            reason: "its private data is larger than 4 GiB".to_owned(),
        })?;
        let nonce = scratch.nonce()?;
        out.clear();
        out.reserve(HEAD + main.len() + side.len() + 4 + TAG);
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(main);
        out.extend_from_slice(side);
        out.extend_from_slice(&side_len.to_le_bytes());
        let aad = Aad::from(scratch.bind(&self.lineage, binding));
        let tag = self
            .seal
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut out[HEAD..])
            .map_err(|_| crypto_failed("seal a payload"))?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens a payload into its main and side parts. `what` names it in the error.
    pub(crate) fn open(
        &self,
        scratch: &mut Scratch,
        binding: &Binding<'_>,
        sealed: &[u8],
    ) -> Result<(Vec<u8>, Vec<u8>), StateError> {
        let tampered = || StateError::Tampered {
            what: describe(binding),
        };
        if sealed.len() < HEAD + 4 + TAG || sealed[0] != FORMAT {
            return Err(tampered());
        }
        let nonce = Nonce::try_assume_unique_for_key(&sealed[1..HEAD]).map_err(|_| tampered())?;
        let mut plain = sealed[HEAD..].to_vec();
        let aad = Aad::from(scratch.bind(&self.lineage, binding));
        let length = self
            .seal
            .open_in_place(nonce, aad, &mut plain)
            .map_err(|_| tampered())?
            .len();
        plain.truncate(length);
        let mut trailer = [0; 4];
        trailer.copy_from_slice(&plain[length - 4..]);
        plain.truncate(length - 4);
        let side_len = u32::from_le_bytes(trailer) as usize;
        let split = plain.len().checked_sub(side_len).ok_or_else(tampered)?;
        let side = if side_len == 0 {
            Vec::new()
        } else {
            plain.split_off(split)
        };
        Ok((plain, side))
    }

    /// A keyed hash in hexadecimal: equal bytes of equal purpose give equal text under one state, and the
    /// text tells nothing without the key.
    pub(crate) fn fingerprint(&self, bytes: &[u8]) -> String {
        hex(hmac::sign(&self.fingerprint, bytes).as_ref())
    }
}

/// A keyed hash in the making.
pub struct Fingerprinting(hmac::Context);

impl Fingerprinting {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was added, in hexadecimal.
    #[must_use]
    pub fn finish(self) -> String {
        hex(self.0.sign().as_ref())
    }
}

impl std::fmt::Debug for Fingerprinting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Fingerprinting(redacted)")
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sealer(redacted)")
    }
}

/// Keyed hashes that every store opened with one key has in common. Its key is derived from the one that wraps data
/// keys, so that it tells nothing of either.
pub(crate) struct Common(hmac::Key);

impl Common {
    /// Derives the hash key from a key-encryption key of 32 bytes.
    pub(crate) fn new(kek: &[u8; 32]) -> Self {
        let kek = hmac::Key::new(hmac::HMAC_SHA256, kek);
        let derived = hmac::sign(&kek, b"trunkline: what stores of one key have in common");
        Common(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// A keyed hash of bytes that come in parts.
    pub(crate) fn fingerprint(&self) -> Fingerprinting {
        Fingerprinting(hmac::Context::with_key(&self.0))
    }
}

/// The sealing key (32 bytes) and the fingerprint key (32 bytes) of one state.
pub(crate) struct DataKey(pub(crate) Zeroizing<[u8; 64]>);

impl DataKey {
    pub(crate) fn random() -> Result<Self, StateError> {
        let mut bytes = Zeroizing::new([0; 64]);
        fill_random(&mut bytes[..])?;
        Ok(DataKey(bytes))
    }

    /// A new sealing key with the same fingerprint key.
    pub(crate) fn renewed(&self) -> Result<Self, StateError> {
        let mut bytes = self.0.clone();
        fill_random(&mut bytes[..32])?;
        Ok(DataKey(bytes))
    }
}

/// Wraps a data key under a key-encryption key of 32 bytes.
pub(crate) fn wrap(
    kek: &[u8; 32],
    kek_id: &str,
    lineage: &str,
    data: &DataKey,
) -> Result<Vec<u8>, StateError> {
    let wrapper = wrapper(kek, lineage)?;
    let mut out = Vec::new();
    wrapper.seal(
        &mut Scratch::default(),
        &key_binding(kek_id),
        &data.0[..],
        &[],
        &mut out,
    )?;
    Ok(out)
}

/// Unwraps a data key; an error means that the wrapped key was altered, the id having matched.
pub(crate) fn unwrap(
    kek: &[u8; 32],
    kek_id: &str,
    lineage: &str,
    wrapped: &[u8],
) -> Result<DataKey, StateError> {
    let (plain, _) =
        wrapper(kek, lineage)?.open(&mut Scratch::default(), &key_binding(kek_id), wrapped)?;
    let plain = Zeroizing::new(plain);
    let mut bytes = Zeroizing::new([0; 64]);
    if plain.len() != bytes.len() {
        return Err(StateError::Tampered {
            what: "the wrapped data key".to_owned(),
        });
    }
    bytes.copy_from_slice(&plain);
    Ok(DataKey(bytes))
}

fn wrapper(kek: &[u8; 32], lineage: &str) -> Result<Sealer, StateError> {
    let mut doubled = Zeroizing::new([0; 64]);
    doubled[..32].copy_from_slice(kek);
    Sealer::new(&DataKey(doubled), lineage)
}

fn key_binding(kek_id: &str) -> Binding<'_> {
    Binding {
        purpose: Purpose::DataKey,
        name: kek_id,
        part: "",
        version: 0,
    }
}

/// Fills a buffer from the system's source of randomness. Not by way of the cryptographic library, whose own generator
/// spends more time on its beginning than a small apply takes.
pub(crate) fn fill_random(buffer: &mut [u8]) -> Result<(), StateError> {
    getrandom::fill(buffer).map_err(|error| StateError::Refused {
        doing: "get random bytes from the system".to_owned(),
        reason: error.to_string(),
    })
}

/// A random (version 4) UUID in its usual text form.
pub(crate) fn random_uuid() -> Result<String, StateError> {
    let mut bytes = [0; 16];
    fill_random(&mut bytes)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(&bytes);
    Ok(format!(
        "{}-{}-{}-{}-{}",
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..]
    ))
}

/// The SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

fn crypto_failed(doing: &str) -> StateError {
    StateError::Refused {
        doing: doing.to_owned(),
        reason: "the cryptographic library failed".to_owned(),
    }
}

fn describe(binding: &Binding<'_>) -> String {
    let name = binding.name;
    match binding.purpose {
        Purpose::Row if binding.part.is_empty() => name.to_owned(),
        Purpose::Row => format!("{name} (deposed object {})", binding.part),
        Purpose::Output => format!("output {name}"),
        Purpose::Intent => format!("the pending operation on {name}"),
        Purpose::Listing => format!("the listing of {name}"),
        Purpose::Event => format!("the history of {name}"),
        Purpose::DataKey => "the wrapped data key".to_owned(),
        Purpose::Blob => name.to_owned(),
        Purpose::Note => format!("the note {name}"),
    }
}
