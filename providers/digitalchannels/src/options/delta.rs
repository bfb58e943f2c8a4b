//! The difference between the options that are there and those that are wanted, as the least to be written.
//!
//! Pure: reading and writing are the back-ends' subject. Options that nobody manages are left alone [assumed].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::sender_id::section;

/// Options of one section.
pub(crate) type Section = BTreeMap<String, String>;
/// All sections of the transaction.
pub(crate) type Sections = BTreeMap<String, Section>;

/// A change of one section: what is added, changed and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    /// The section.
    pub(crate) section: String,
    /// Options that were not there.
    pub(crate) new: Section,
    /// Options with another value.
    pub(crate) changed: Section,
    /// Options to remove.
    pub(crate) deleted: BTreeSet<String>,
}

impl Delta {
    /// What makes the section hold `wanted`. Of `managed`, what is not wanted is removed. A missing option that
    /// has its default is not written.
    pub(crate) fn between(
        current: &Sections,
        section: &str,
        wanted: &Section,
        managed: &BTreeSet<String>,
    ) -> Delta {
        let empty = Section::new();
        let there = current.get(section).unwrap_or(&empty);
        let mut delta = Delta {
            section: section.to_owned(),
            ..Delta::default()
        };
        let whole = there.is_empty();
        for (name, value) in wanted {
            match there.get(name) {
                None if whole || !section::same(name, None, Some(value)) => {
                    delta.new.insert(name.clone(), value.clone());
                }
                Some(old) if !section::same(name, Some(old), Some(value)) => {
                    delta.changed.insert(name.clone(), value.clone());
                }
                _ => {}
            }
        }
        let gone = |name: &&String| !wanted.contains_key(*name) && there.contains_key(*name);
        delta.deleted = managed.iter().filter(gone).cloned().collect();
        delta
    }

    /// What removes the options `names` that are there; the whole section when they are all of it.
    pub(crate) fn removal(
        current: &Sections,
        section: &str,
        names: impl Fn(&str) -> bool,
    ) -> Delta {
        let there = current
            .get(section)
            .into_iter()
            .flat_map(|options| options.keys());
        Delta {
            section: section.to_owned(),
            deleted: there.filter(|name| names(name)).cloned().collect(),
            ..Delta::default()
        }
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.deleted.is_empty()
    }

    /// The request body. The three member names are public for another object of the same interface; the nesting
    /// is [assumed].
    pub(crate) fn json(&self) -> Json {
        let part = |options: &Section| -> Json {
            if options.is_empty() {
                json!({})
            } else {
                nest(&self.section, options)
            }
        };
        let deleted: Section = self
            .deleted
            .iter()
            .map(|name| (name.clone(), String::new()))
            .collect();
        json!({"data": {
            "newOptions": part(&self.new),
            "changedOptions": part(&self.changed),
            "deletedOptions": part(&deleted),
        }})
    }

    /// Makes the change in `sections`. A section without options is gone.
    pub(crate) fn apply(&self, sections: &mut Sections) {
        let options = sections.entry(self.section.clone()).or_default();
        let written = self.new.iter().chain(&self.changed);
        options.extend(written.map(|(name, value)| (name.clone(), value.clone())));
        options.retain(|name, _| !self.deleted.contains(name));
        if options.is_empty() {
            sections.remove(&self.section);
        }
    }
}

fn nest(section: &str, options: &Section) -> Json {
    let options: Map<String, Json> = options
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({ section: options })
}

/// Reads sections: an object of objects of texts. Numbers and truth values are taken as their text; anything
/// else is skipped.
pub(crate) fn sections_of(json: &Json) -> Sections {
    let options = |options: &Map<String, Json>| -> Section {
        let text = |value: &Json| match value {
            Json::String(text) => Some(text.clone()),
            Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
            _ => None,
        };
        options
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
            .collect()
    };
    let sections = json.as_object().into_iter().flatten();
    sections
        .filter_map(|(name, value)| Some((name.clone(), options(value.as_object()?))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(options: &[(&str, &str)]) -> Section {
        options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn there() -> Sections {
        sections_of(&json!({
            "chat.SMS_Main": {"channelId": "16504", "media": "chat", "cxcOnly": true, "theirs": "x"},
            "Async": {"header:a": "1"},
        }))
    }

    #[test]
    fn only_what_differs_is_sent() {
        let wanted = section(&[
            ("channelId", "16505"),
            ("cxcOnly", "TRUE"),
            ("media", "chat"),
            ("provider", "Portico"),
            ("note", "n"),
        ]);
        let managed = ["channelId", "old", "media"].map(str::to_owned).into();
        let delta = Delta::between(&there(), "chat.SMS_Main", &wanted, &managed);
        assert_eq!(
            delta.json(),
            json!({"data": {
                "newOptions": {"chat.SMS_Main": {"note": "n"}},
                "changedOptions": {"chat.SMS_Main": {"channelId": "16505"}},
                "deletedOptions": {},
            }})
        );
    }

    #[test]
    fn a_new_section_is_written_whole() {
        let wanted = section(&[("channelId", "1"), ("provider", "Portico")]);
        let delta = Delta::between(&there(), "chat.New", &wanted, &BTreeSet::new());
        assert_eq!(delta.new, wanted);
    }

    #[test]
    fn unknown_options_stay() {
        let managed = ["media".to_owned(), "channelId".to_owned()].into();
        let delta = Delta::between(
            &there(),
            "chat.SMS_Main",
            &section(&[("channelId", "16504")]),
            &managed,
        );
        let mut after = there();
        delta.apply(&mut after);
        assert_eq!(
            after["chat.SMS_Main"],
            section(&[("channelId", "16504"), ("cxcOnly", "true"), ("theirs", "x")])
        );
    }

    #[test]
    fn a_removed_section_is_gone() {
        let delta = Delta::removal(&there(), "chat.SMS_Main", |_| true);
        assert_eq!(
            delta.json()["data"]["deletedOptions"]["chat.SMS_Main"]["theirs"],
            ""
        );
        let mut after = there();
        delta.apply(&mut after);
        assert_eq!(after.keys().collect::<Vec<_>>(), ["Async"]);
    }
}
