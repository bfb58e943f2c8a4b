//! Spotting a Terraform state that has not been taken over.
//!
//! It must not read the file: taking over is the import's business.

use std::path::{Path, PathBuf};

/// The file name of Terraform's local state.
const TERRAFORM_STATE: &str = "terraform.tfstate";

/// The `terraform.tfstate` of a directory that has no store at `store`; a command refuses such a directory
/// rather than plan it as empty. Nothing if there is a store, or no such file.
pub fn legacy_state(directory: &Path, store: &Path) -> Option<PathBuf> {
    let found = directory.join(TERRAFORM_STATE);
    (found.exists() && !store.exists()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terraform_state_without_a_store_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("trunkline.db");
        assert_eq!(legacy_state(directory.path(), &store), None);
        std::fs::write(directory.path().join("terraform.tfstate"), "{}").unwrap();
        assert_eq!(
            legacy_state(directory.path(), &store),
            Some(directory.path().join("terraform.tfstate"))
        );
        std::fs::write(&store, "x").unwrap();
        assert_eq!(legacy_state(directory.path(), &store), None);
    }
}
