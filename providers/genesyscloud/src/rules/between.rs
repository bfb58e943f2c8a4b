//! Rules about several objects of this vendor: GC17, GC18, GC26; and looking objects up.

use std::collections::BTreeMap;

use trunkline_api::kit::attrs;
use trunkline_api::provider::{DeclaredObject, Role};
use trunkline_api::{Diagnostic, Diagnostics, Path};

use crate::tollfree::digits;

/// The declared objects, by type and by address.
pub(super) struct Objects<'o> {
    by_type: BTreeMap<&'o str, Vec<&'o DeclaredObject>>,
    by_address: BTreeMap<&'o str, Vec<&'o DeclaredObject>>,
    providers: Vec<&'o DeclaredObject>,
}

/// An instance's address without the key of the instance itself; keys of its modules stay.
fn without_key(address: &str) -> &str {
    match address.rfind('[') {
        Some(at) if address.ends_with(']') => &address[..at],
        _ => address,
    }
}

impl<'o> Objects<'o> {
    pub(super) fn new(objects: &'o [DeclaredObject]) -> Objects<'o> {
        let mut found = Objects {
            by_type: BTreeMap::new(),
            by_address: BTreeMap::new(),
            providers: Vec::new(),
        };
        for object in objects {
            match &object.role {
                Role::Provider => found.providers.push(object),
                Role::Window => {}
                Role::Managed(name) | Role::Data(name) | Role::Ephemeral(name) => {
                    // A data source and a resource of one type differ in their address.
                    found.by_type.entry(name).or_default().push(object);
                    found
                        .by_address
                        .entry(without_key(&object.address))
                        .or_default()
                        .push(object);
                }
            }
        }
        found
    }

    /// The managed objects of a type.
    pub(super) fn of_type(
        &self,
        name: &str,
    ) -> impl Iterator<Item = &'o DeclaredObject> + use<'_, 'o> {
        let all = self.by_type.get(name).map_or(&[][..], Vec::as_slice);
        all.iter()
            .copied()
            .filter(|o| matches!(o.role, Role::Managed(_)))
    }

    /// The instances at an address without key.
    pub(super) fn at(&self, address: &str) -> &[&'o DeclaredObject] {
        self.by_address.get(address).map_or(&[], Vec::as_slice)
    }

    /// The provider blocks of a provider.
    pub(super) fn providers<'s>(
        &'s self,
        name: &'s str,
    ) -> impl Iterator<Item = &'o DeclaredObject> + use<'s, 'o> {
        self.providers
            .iter()
            .copied()
            .filter(move |o| &*o.provider == name)
    }

    /// The objects that attribute `name` of `object` comes from.
    pub(super) fn sources(&self, object: &DeclaredObject, name: &str) -> Vec<&'o DeclaredObject> {
        let from = object
            .references
            .iter()
            .filter(|(attribute, ..)| &**attribute == name);
        from.flat_map(|(_, address, _)| self.at(address).iter().copied())
            .collect()
    }
}

/// What tells the subject of a grant: its id if that is known, else where it comes from.
fn subject(object: &DeclaredObject, attribute: &str) -> Option<String> {
    if let Some(id) = attrs::text(&object.config, attribute) {
        return Some(id.to_owned());
    }
    let mut from = object
        .references
        .iter()
        .filter(|(name, ..)| &**name == attribute);
    let (_, address, source) = from.next()?;
    // Two instances behind one address may be two users.
    from.next().is_none().then(|| format!("{address}.{source}"))
}

/// GC17: what one object manages with authority, no other object manages.
pub(super) fn gc17(objects: &Objects<'_>) -> Diagnostics {
    let mut managed: BTreeMap<String, &DeclaredObject> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut clash = |first: &DeclaredObject, second: &DeclaredObject, attribute: &'static str| {
        let detail = format!(
            "GC17: {} manages all roles of this user and takes away every other one, so nothing else may manage roles of the same user. Use genesyscloud_role_grant everywhere, or list every role in the one genesyscloud_user_roles.",
            first.address
        );
        let problem = Diagnostic::error("Roles Managed Twice", detail);
        problems.push(
            problem
                .about(&second.address)
                .on(Path::attribute(attribute)),
        );
    };
    for object in objects.of_type("genesyscloud_user_roles") {
        let Some(user) = subject(object, "user_id") else {
            continue;
        };
        match managed.get(&user) {
            Some(first) => clash(first, object, "user_id"),
            None => {
                managed.insert(user, object);
            }
        }
    }
    for object in objects.of_type("genesyscloud_role_grant") {
        if let Some(first) = subject(object, "subject_id").and_then(|user| managed.get(&user)) {
            clash(first, object, "subject_id");
        }
    }
    problems
}

/// GC18: the roles of a user marked as administrator are not set with authority by mistake.
pub(super) fn gc18(objects: &Objects<'_>) -> Diagnostics {
    let marked = |user: &&DeclaredObject| attrs::flag(&user.config, "administrator") == Some(true);
    objects
        .of_type("genesyscloud_user_roles")
        .filter(|object| attrs::flag(&object.config, "allow_administrator") != Some(true))
        .filter_map(|object| {
            let user = objects.sources(object, "user_id").into_iter().find(marked)?;
            let detail = format!(
                "GC18: {} is marked as administrator, and this takes away every role that it does not list. Use genesyscloud_role_grant to add roles, or set allow_administrator = true.",
                user.address
            );
            let problem = Diagnostic::error("Administrator's Roles", detail);
            Some(problem.about(&object.address).on(Path::attribute("user_id")))
        })
        .collect()
}

/// GC26: one number is ordered once.
pub(super) fn gc26(objects: &Objects<'_>) -> Diagnostics {
    let mut ordered: BTreeMap<String, &DeclaredObject> = BTreeMap::new();
    let mut problems = Vec::new();
    for object in objects.of_type("genesyscloud_tollfree_number_order") {
        let Some(number) = attrs::text(&object.config, "number").map(digits) else {
            continue;
        };
        match ordered.get(&number) {
            Some(first) => {
                let detail = format!(
                    "GC26: {} orders the number {number} already. Remove one of them.",
                    first.address
                );
                let problem = Diagnostic::error("Number Ordered Twice", detail);
                problems.push(problem.about(&object.address).on(Path::attribute("number")));
            }
            None => {
                ordered.insert(number, object);
            }
        }
    }
    problems
}
