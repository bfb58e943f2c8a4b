//! What providers have said of objects: what they say of many in the same words, such as that the credentials are refused,
//! is told once.
//!
//! It remembers texts and shows nothing.

use trunkline_api::Diagnostic;

use crate::lookup::Known;

/// Summaries and details of what has been told.
#[derive(Debug, Default)]
pub struct Said(Known<(String, String)>);

impl Said {
    /// Whether a problem is still to be told. That of an attribute, and what an object waits for, always is.
    pub fn is_new(&mut self, problem: &Diagnostic) -> bool {
        let told = (problem.summary.clone(), problem.detail.clone());
        self.0.insert(told) || problem.attribute.is_some() || problem.waits
    }
}

#[cfg(test)]
mod tests {
    use trunkline_api::Path;

    use super::*;

    #[test]
    fn what_is_said_in_the_same_words_is_told_once() {
        let refused = Diagnostic::error("Refused", "Check the key.");
        let mut said = Said::default();
        assert!(said.is_new(&refused));
        assert!(!said.is_new(&refused.clone().about("a.b".to_owned())));
        assert!(said.is_new(&Diagnostic::error("Refused", "Check the secret.")));
        assert!(said.is_new(&refused.on(Path::attribute("name"))));
    }

    #[test]
    fn each_object_that_waits_is_named() {
        let mut said = Said::default();
        for _ in 0..2 {
            assert!(said.is_new(&Diagnostic::waiting("Held", "Until six.")));
        }
    }
}
