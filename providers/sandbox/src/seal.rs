//! Keys and sealing: every object body is one authenticated ciphertext, every look-up a keyed hash.
//!
//! One random key file (mode 0600) lies beside the database; three keys are derived from it. It must not
//! know what it seals, and must never put a key or a clear text into an error or `Debug` output.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hmac, rand};

use crate::SandboxError;

const NONCE_LEN: usize = 12;

/// The keys of one data directory.
pub(crate) struct Sealer {
    seal: RandomizedNonceKey,
    index: hmac::Key,
    print: hmac::Key,
}

/// A body that could not be sealed or opened: damaged, or written under another key.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an object of the sandbox cannot be read: it is damaged or belongs to another sandbox.key")]
pub(crate) struct SealError;

impl Sealer {
    /// Opens the key file, or makes it when `fresh` (no database yet).
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Self, SandboxError> {
        let mut key = [0u8; 32];
        match File::open(path) {
            Ok(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)
                    .map_err(|e| SandboxError::file(path, e))?;
                if bytes.len() != key.len() {
                    return Err(SandboxError::Key {
                        path: path.into(),
                        what: "it is not 32 bytes long",
                    });
                }
                key.copy_from_slice(&bytes);
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && fresh => {
                rand::fill(&mut key).map_err(|_| SandboxError::Key {
                    path: path.into(),
                    what: "no randomness is available",
                })?;
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options
                    .open(path)
                    .map_err(|e| SandboxError::file(path, e))?;
                file.write_all(&key)
                    .map_err(|e| SandboxError::file(path, e))?;
                file.sync_all().map_err(|e| SandboxError::file(path, e))?;
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(SandboxError::Key {
                    path: path.into(),
                    what: "it is missing, but sealed state exists",
                });
            }
            Err(e) => return Err(SandboxError::file(path, e)),
        }
        let root = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let derive = |name: &[u8]| hmac::sign(&root, name);
        Ok(Self {
            seal: RandomizedNonceKey::new(&AES_256_GCM, derive(b"seal").as_ref()).map_err(
                |_| SandboxError::Key {
                    path: path.into(),
                    what: "it is not usable",
                },
            )?,
            index: hmac::Key::new(hmac::HMAC_SHA256, derive(b"index").as_ref()),
            print: hmac::Key::new(hmac::HMAC_SHA256, derive(b"fingerprint").as_ref()),
        })
    }

    /// The look-up key of a name; says nothing about the name without the key file.
    pub(crate) fn index(&self, parts: &[&str]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.index);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        context.sign().as_ref().to_vec()
    }

    /// What the log shows in place of a secret identifier: stable within one data directory.
    pub(crate) fn fingerprint(&self, secret: &str) -> String {
        let tag = hmac::sign(&self.print, secret.as_bytes());
        format!("fp-{}", hex(&tag.as_ref()[..8]))
    }

    pub(crate) fn seal(&self, bound_to: &[u8], clear: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut body = clear.to_vec();
        let nonce = self
            .seal
            .seal_in_place_append_tag(Aad::from(bound_to), &mut body)
            .map_err(|_| SealError)?;
        let mut out = nonce.as_ref().to_vec();
        out.append(&mut body);
        Ok(out)
    }

    pub(crate) fn open_sealed(&self, bound_to: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut body = body.to_vec();
        let clear = self
            .seal
            .open_in_place(nonce, Aad::from(bound_to), &mut body)
            .map_err(|_| SealError)?;
        Ok(clear.to_vec())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}
