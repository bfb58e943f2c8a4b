//! Which providers a run of a test has: mocks for those that the file mocks, stand-ins for single objects.
//!
//! What it does not replace comes from the real registry.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::Provider;

use super::mock::Mock;
use super::overrides::covers;
use crate::address::{Address, Target};
use crate::config::ProviderName;
use crate::config::test_mock::{Given, MockProvider, Override};
use crate::lang::functions::Random;
use crate::plan::providers::{Registry, StandIns};

/// The providers of a run.
pub struct TestProviders {
    /// The real ones.
    pub real: Arc<dyn Registry>,
    /// Mocks, by the configuration of the root module that they replace.
    pub mocks: BTreeMap<ProviderName, MockProvider>,
    /// Objects that are given, by address.
    pub overrides: Arc<Overridden>,
    /// Random bytes for values that are made up.
    pub random: Random,
}

/// Objects that are given instead of made; of several that fit, the first counts.
pub struct Overridden {
    /// Addresses and values.
    pub objects: Vec<(Address, Given)>,
    /// Random bytes for values that are made up.
    pub random: Random,
}

impl Overridden {
    /// Collects the overrides of objects; earlier ones stand before later ones.
    pub fn new<'o>(all: impl Iterator<Item = &'o Override>, random: Random) -> Overridden {
        let objects = all.filter_map(|o| match &o.target {
            Target::Instance(address) => Some((address.clone(), o.given.clone())),
            Target::Module(_) => None,
        });
        Overridden {
            objects: objects.collect(),
            random,
        }
    }
}

impl StandIns for Overridden {
    fn instead(
        &self,
        address: &Address,
        provider: &Arc<dyn Provider>,
    ) -> Option<Arc<dyn Provider>> {
        let (_, given) = self.objects.iter().find(|(t, _)| covers(t, address))?;
        Some(Arc::new(Mock::given(
            provider.clone(),
            given.clone(),
            self.random.clone(),
        )))
    }
}

impl Registry for TestProviders {
    fn create(&self, source: &str) -> Option<Arc<dyn Provider>> {
        self.real.create(source)
    }

    fn sources(&self) -> Vec<String> {
        self.real.sources()
    }

    fn default_source(&self, local: &str) -> String {
        self.real.default_source(local)
    }

    fn full_source(&self, written: &str) -> Result<String, String> {
        self.real.full_source(written)
    }

    fn create_for(&self, source: &str, name: &ProviderName) -> Option<Arc<dyn Provider>> {
        let real = self.real.create(source)?;
        Some(match self.mocks.get(name) {
            Some(mock) => Arc::new(Mock::new(
                real,
                mock.defaults.clone(),
                mock.during_plan,
                self.random.clone(),
            )),
            None => real,
        })
    }

    fn stand_ins(&self) -> Option<Arc<dyn StandIns>> {
        match self.overrides.objects.is_empty() {
            true => None,
            false => Some(self.overrides.clone()),
        }
    }
}
