//! Publishing documents: to a directory, by HTTP PUT, or to an S3-compatible bucket.
//!
//! A place is asked one document at a time; `set` publishes the documents of one object, and `resource` is what
//! its resource types share. Nothing here knows what is in
//! a document, and none is ever quoted.

mod bucket;
mod directory;
mod put;
pub(crate) mod resource;
pub(crate) mod set;

use aws_lc_rs::digest::{SHA256, digest};
use trunkline_api::Diagnostic;
use trunkline_http::HttpError;

use crate::Client;

/// A document as it is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Its name at the place, with slashes.
    pub(crate) key: String,
    pub(crate) content_type: &'static str,
    /// A `Cache-Control` header.
    pub(crate) cache: Option<&'static str>,
    /// Whether only the service itself may read it.
    pub(crate) private: bool,
    pub(crate) bytes: Vec<u8>,
}

/// Media types of documents [seed] [assumed].
pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const XML: &str = "application/xml; charset=utf-8";
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

impl Document {
    /// The hash of its content.
    pub(crate) fn hash(&self) -> String {
        sha256(&self.bytes)
    }
}

/// The SHA-256 of some bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A document as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) hash: String,
    /// The entity tag, where the place has them.
    pub(crate) etag: Option<String>,
}

/// What must be so for a document to be written.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// There is none yet.
    Absent,
    /// It is the one that was written last, with this entity tag where the place has them.
    Ours(Option<String>),
}

/// Why something could not be done.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) problem: Diagnostic,
    /// Whether it may have been done all the same.
    pub(crate) unheard: bool,
}

impl From<Diagnostic> for Trouble {
    fn from(problem: Diagnostic) -> Trouble {
        Trouble {
            problem,
            unheard: false,
        }
    }
}

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Trouble {
        Trouble {
            unheard: error.may_have_taken_effect(),
            problem: error.into(),
        }
    }
}

/// The kinds of places, as `target` names them.
pub(crate) const TARGETS: [&str; 3] = ["directory", "http", "s3"];

/// A place of the provider block.
#[derive(Clone, Copy)]
pub(crate) enum Place<'c> {
    Directory(&'c Client),
    Http(&'c Client),
    S3(&'c Client),
}

impl<'c> Place<'c> {
    /// The place that `target` names, if the provider block has it.
    pub(crate) fn of(client: &'c Client, target: &str) -> Result<Place<'c>, Trouble> {
        let (place, there, needed) = match target {
            "directory" => (
                Place::Directory(client),
                client.settings.directory.is_some(),
                "directory",
            ),
            "http" => (Place::Http(client), client.put().is_some(), "publish_url"),
            _ => (
                Place::S3(client),
                client.s3().is_some(),
                "s3_endpoint and s3_bucket",
            ),
        };
        if there {
            return Ok(place);
        }
        let text = format!(
            "Documents of the target {target:?} have no place to go. Set {needed} in the provider block."
        );
        Err(Diagnostic::error("Missing Provider Argument", text).into())
    }

    /// Writes a document and answers its entity tag. One that is there already with the same content counts as written.
    pub(crate) async fn write(
        self,
        document: &Document,
        expect: &Expect,
    ) -> Result<Option<String>, Trouble> {
        match self {
            Place::Directory(client) => directory::write(client, document, expect).await,
            Place::Http(client) => put::write(client, document, expect).await,
            Place::S3(client) => bucket::write(client, document, expect).await,
        }
    }

    /// What is there under a key.
    pub(crate) async fn look(self, key: &str) -> Result<Option<Seen>, Trouble> {
        match self {
            Place::S3(client) => bucket::look(client, key).await,
            _ => {
                let found = self.fetch(key).await?;
                Ok(found.map(|(bytes, etag)| Seen {
                    hash: sha256(&bytes),
                    etag,
                }))
            }
        }
    }

    /// The content under a key, and its entity tag.
    pub(crate) async fn fetch(
        self,
        key: &str,
    ) -> Result<Option<(Vec<u8>, Option<String>)>, Trouble> {
        match self {
            Place::Directory(client) => Ok(directory::fetch(client, key).await?.map(|b| (b, None))),
            Place::Http(client) => put::fetch(client, key).await,
            Place::S3(client) => bucket::fetch(client, key).await,
        }
    }

    /// Removes a document; one that is not there counts as removed.
    pub(crate) async fn remove(self, key: &str) -> Result<(), Trouble> {
        match self {
            Place::Directory(client) => directory::remove(client, key).await,
            Place::Http(client) => put::remove(client, key).await,
            Place::S3(client) => bucket::remove(client, key).await,
        }
    }

    /// Whether somebody without credentials can read what is under a key.
    async fn is_read_by_strangers(self, key: &str) -> Result<bool, Trouble> {
        let answer = match self {
            Place::Directory(_) => return Ok(false),
            Place::Http(client) => put::unsigned(client, key)?.send_any().await?,
            Place::S3(client) => bucket::unsigned(client, key)?.send_any().await?,
        };
        // A page for signing in is not what was written.
        Ok(answer.is_success() && !answer.is_page())
    }

    /// AC30 [assumed]: refuses a place that everybody can read. What is declared counts; of the others a document
    /// without content is written, asked for without credentials, and removed.
    pub(crate) async fn refuse_public(self, folder: &str) -> Result<(), Trouble> {
        let refusal = |why: &str| -> Trouble {
            let text = format!(
                "AC30: account XML holds passwords, and {why}. Publish provisioning documents where only the provisioning service can read them."
            );
            Diagnostic::error("Public Target", text).into()
        };
        let public = match self {
            Place::Directory(client) => client.settings.public.directory,
            Place::Http(client) => client.settings.public.http,
            Place::S3(client) => client.settings.public.s3,
        };
        if public {
            return Err(refusal(
                "the provider block says that everybody can read there",
            ));
        }
        if matches!(self, Place::Directory(_)) {
            return Ok(());
        }
        let key = match folder {
            "" => PROBE.to_owned(),
            folder => format!("{folder}/{PROBE}"),
        };
        let probe = Document {
            key: key.clone(),
            content_type: "text/plain; charset=utf-8",
            cache: None,
            private: true,
            bytes: b"Trunkline wrote this to see whether it can be read without credentials.\n"
                .to_vec(),
        };
        // One that a killed run left has the same content.
        self.write(&probe, &Expect::Absent).await?;
        let read = self.is_read_by_strangers(&key).await;
        self.remove(&key).await?;
        match read? {
            true => Err(refusal(
                "a document beside them was read without credentials",
            )),
            false => Ok(()),
        }
    }
}

/// The name of the document with which a place is tried.
const PROBE: &str = "trunkline-public-probe.txt";

/// The error of a document that somebody else wrote.
fn somebody_elses(key: &str, expect: &Expect) -> Trouble {
    let text = match expect {
        Expect::Absent => format!(
            "There is a document {key:?} already, with other content than is to be published. Nothing was overwritten. If it is to be managed here, import it; if not, publish to another path, or remove it."
        ),
        Expect::Ours(_) => format!(
            "The document {key:?} was changed while this ran: it is not the one that was read. Nothing was overwritten. Run the command again to see the difference."
        ),
    };
    Diagnostic::error("Somebody Else's Document", text).into()
}
