//! The file back-end: a local export of the transaction's options, one JSON object of sections.
//!
//! For review, or for another program to load. Sections that nobody manages stay; the form is [assumed].

use std::io::Write;
use std::path::Path;

use serde_json::Value as Json;
use trunkline_http::HttpError;

use super::delta::{Sections, sections_of};
use crate::envelope::unexpected;

/// Reads the file; one that is not there has no sections.
pub(super) fn load(path: &Path) -> Result<Sections, HttpError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Sections::new()),
        Err(error) => {
            return Err(unexpected(format!(
                "the file {} cannot be read: {error}.",
                path.display()
            )));
        }
    };
    match serde_json::from_str::<Json>(&text) {
        Ok(json) if is_sections(&json) => Ok(sections_of(&json)),
        Ok(_) => Err(unexpected(format!(
            "the file {} is not a JSON object of sections, each an object of texts.",
            path.display()
        ))),
        Err(error) => Err(unexpected(format!(
            "the file {} is not JSON: {error}.",
            path.display()
        ))),
    }
}

/// Whether everything in the file can be kept when it is written again.
fn is_sections(json: &Json) -> bool {
    let is_option = |option: &Json| option.is_string() || option.is_boolean() || option.is_number();
    let is_section = |section: &Json| {
        section
            .as_object()
            .is_some_and(|options| options.values().all(is_option))
    };
    json.as_object()
        .is_some_and(|sections| sections.values().all(is_section))
}

/// Writes the file so that it is either the old one or the new one at every moment.
pub(super) fn store(path: &Path, sections: &Sections) -> Result<(), HttpError> {
    let write = || -> std::io::Result<()> {
        if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)?;
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let mut text = serde_json::to_string_pretty(sections)?;
        text.push('\n');
        let mut file = std::fs::File::create(&name)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&name, path)
    };
    write().map_err(|error| {
        unexpected(format!(
            "the file {} cannot be written: {error}.",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use trunkline_http::ErrorKind;

    use super::*;

    #[test]
    fn sections_survive_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("below/options.json");
        assert_eq!(load(&path), Ok(Sections::new()));
        let sections: Sections = [(
            "chat.A".to_owned(),
            [("media".to_owned(), "chat".to_owned())].into(),
        )]
        .into();
        store(&path, &sections).unwrap();
        assert_eq!(load(&path), Ok(sections));
        for wrong in ["{", "[]", "{\"chat.A\": {\"media\": [1]}}"] {
            std::fs::write(&path, wrong).unwrap();
            let error = load(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unexpected, "{wrong}");
        }
    }
}
