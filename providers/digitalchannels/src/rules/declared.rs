//! The declared objects as the rules between objects look at them: by tenant, service and provider block.
//!
//! It only finds; the rules judge.

use trunkline_api::Value;
use trunkline_api::provider::{DeclaredObject, Role};

use crate::names;
use crate::services::body::Body;
use crate::values;

/// Whose an object is: the contact centre when it is known, else the provider block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tenant {
    /// The contact-centre id.
    Ccid(String),
    /// The address of a provider block whose `ccid` is not known here.
    Block(String),
}

/// All declared objects of the configuration.
#[derive(Clone, Copy)]
pub(super) struct Declared<'o>(pub(super) &'o [DeclaredObject]);

/// A declared service.
pub(super) struct Service<'o> {
    /// The resource.
    pub(super) object: &'o DeclaredObject,
    /// Its tenant.
    pub(super) tenant: Tenant,
    /// What it says.
    pub(super) body: Body,
}

impl<'o> Declared<'o> {
    /// The managed resources of one type.
    pub(super) fn managed(self, type_name: &'o str) -> impl Iterator<Item = &'o DeclaredObject> {
        let of_type =
            move |o: &&DeclaredObject| matches!(&o.role, Role::Managed(t) if **t == *type_name);
        self.0.iter().filter(of_type)
    }

    /// The provider blocks of this provider.
    pub(super) fn blocks(self) -> impl Iterator<Item = &'o DeclaredObject> {
        let ours =
            |o: &&DeclaredObject| o.role == Role::Provider && *o.provider == *names::PROVIDER;
        self.0.iter().filter(ours)
    }

    /// The objects of other providers that are declared resources or data sources.
    pub(super) fn foreign(self) -> impl Iterator<Item = &'o DeclaredObject> {
        self.0.iter().filter(|o| match &o.role {
            Role::Managed(name) | Role::Data(name) | Role::Ephemeral(name) => !is_ours(name),
            Role::Provider | Role::Window => false,
        })
    }

    /// The provider block that an object uses, if it is declared.
    pub(super) fn block_of(self, object: &DeclaredObject) -> Option<&'o Value> {
        let mut objects = self.0.iter();
        let block =
            objects.find(|o| o.role == Role::Provider && o.address == object.provider_address)?;
        Some(&block.config)
    }

    /// The tenant that an object belongs to.
    pub(super) fn tenant(self, object: &DeclaredObject) -> Tenant {
        let own = values::known(&object.config, "ccid");
        let block = || values::known(self.block_of(object)?, "ccid");
        match own.or_else(block) {
            Some(ccid) => Tenant::Ccid(ccid.to_ascii_lowercase()),
            None => Tenant::Block(object.provider_address.clone()),
        }
    }

    /// The services declared in the whole configuration.
    pub(super) fn services(self) -> Vec<Service<'o>> {
        let of = |object: &'o DeclaredObject| {
            let Role::Managed(type_name) = &object.role else {
                return None;
            };
            Some(Service {
                object,
                tenant: self.tenant(object),
                body: Body::of(type_name, &object.config)?,
            })
        };
        self.0.iter().filter_map(of).collect()
    }

    /// Which of `wanted` neither is declared for the tenant of `object` nor is said to exist. None when
    /// a service's name is not known yet: it may be the one.
    pub(super) fn missing_services(
        self,
        services: &[Service<'_>],
        object: &DeclaredObject,
        wanted: &[&'static str],
    ) -> Vec<&'static str> {
        let tenant = self.tenant(object);
        let here = || services.iter().filter(|s| s.tenant == tenant);
        if here().any(|s| s.body.name.as_str().is_none()) || self.existing_unknown(object) {
            return Vec::new();
        }
        let existing = self
            .block_of(object)
            .and_then(|block| values::texts(block, "existing_services"))
            .unwrap_or_default();
        let missing = |name: &&str| !here().any(|s| s.body.is(name)) && !existing.contains(name);
        wanted.iter().copied().filter(missing).collect()
    }

    /// Whether the provider block's `existing_services` cannot be told yet.
    fn existing_unknown(self, object: &DeclaredObject) -> bool {
        self.block_of(object)
            .and_then(|block| block.attr("existing_services"))
            .is_some_and(|existing| !existing.is_wholly_known())
    }
}

/// Whether a resource type or data source is of this provider.
pub(super) fn is_ours(type_name: &str) -> bool {
    let rest = type_name.strip_prefix(names::PROVIDER);
    rest.is_some_and(|rest| rest.starts_with('_'))
}
