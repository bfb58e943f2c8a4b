//! Random configurations: resources of every kind that refer to earlier ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::random::Random;

/// The types: one whose lost creates can be found again, one whose natural key is its id, one whose lost creates
/// cannot be found, one without effects.
const TYPES: [&str; 4] = ["sim_known", "sim_named", "sim_blind", "terraform_data"];

#[derive(Clone, Debug)]
struct Resource {
    kind: &'static str,
    label: usize,
    /// Part of the natural key. Some have that of another resource: what they make is alike.
    name: usize,
    /// Part of the natural key; another one forces a replacement.
    generation: usize,
    value: usize,
    /// Forces a replacement under the same natural key.
    flavour: usize,
    needs: BTreeSet<usize>,
    count: Option<usize>,
    create_first: bool,
}

/// A configuration.
#[derive(Clone, Debug)]
pub struct Configuration {
    resources: Vec<Resource>,
    next: usize,
}

impl Configuration {
    /// Some configuration.
    pub fn any(random: &mut Random) -> Configuration {
        let mut made = Configuration {
            resources: Vec::new(),
            next: 0,
        };
        for _ in 0..1 + random.below(8) {
            made.add(random);
        }
        made
    }

    fn add(&mut self, random: &mut Random) {
        let kind = *random.of(&TYPES);
        // Whatever is created before its dependant's end makes what it needs do so too, which an id that is a name
        // does not allow.
        let earlier = self.resources.iter().filter(|r| r.kind != "sim_named");
        let earlier: Vec<usize> = earlier.map(|r| r.label).collect();
        let most = if earlier.is_empty() { 1 } else { 3 };
        let needs = (0..random.below(most)).map(|_| *random.of(&earlier));
        let needs = needs.collect();
        let alike = self.resources.iter().filter(|r| r.kind == kind);
        let alike: Vec<usize> = alike.map(|r| r.name).collect();
        let name = match kind == "sim_known" && !alike.is_empty() && random.chance(30) {
            true => *random.of(&alike),
            false => self.next,
        };
        self.resources.push(Resource {
            kind,
            label: self.next,
            name,
            generation: 0,
            value: random.below(3),
            flavour: 0,
            needs,
            count: random.chance(25).then(|| random.below(4)),
            create_first: kind != "sim_named" && random.chance(25),
        });
        self.next += 1;
    }

    /// Changes it here and there.
    pub fn change(&mut self, random: &mut Random) {
        for resource in &mut self.resources {
            match random.below(8) {
                0 => resource.generation += 1,
                1 | 2 => resource.value += 1,
                3 if resource.count.is_some() => resource.count = Some(random.below(4)),
                4 if resource.kind != "sim_named" => {
                    resource.create_first = !resource.create_first;
                }
                5 => resource.flavour += 1,
                _ => {}
            }
        }
        if random.chance(40) && !self.resources.is_empty() {
            let gone = self
                .resources
                .remove(random.below(self.resources.len()))
                .label;
            for resource in &mut self.resources {
                resource.needs.remove(&gone);
            }
        }
        if random.chance(40) {
            self.add(random);
        }
    }

    /// The objects that it wants at the service: how many by type and natural key.
    pub fn wanted(&self) -> BTreeMap<(String, String), usize> {
        let mut wanted = BTreeMap::new();
        for r in self.resources.iter().filter(|r| r.kind != "terraform_data") {
            for i in 0..r.count.unwrap_or(1) {
                let name = format!("n{}-{}-{i}", r.name, r.generation);
                *wanted.entry((r.kind.to_owned(), name)).or_insert(0) += 1;
            }
        }
        wanted
    }

    /// Its text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let of = |label: usize| self.resources.iter().find(|r| r.label == label);
        for r in &self.resources {
            let needs: String = r
                .needs
                .iter()
                .filter_map(|n| of(*n))
                .map(|n| match n.count {
                    None => format!(" ${{{}.r{}.id}}", n.kind, n.label),
                    Some(_) => format!(" ${{join(\",\", {}.r{}[*].id)}}", n.kind, n.label),
                })
                .collect();
            let index = match r.count {
                None => "0".to_owned(),
                Some(_) => "${count.index}".to_owned(),
            };
            writeln!(text, "resource \"{}\" \"r{}\" {{", r.kind, r.label).unwrap();
            if let Some(count) = r.count {
                writeln!(text, "  count = {count}").unwrap();
            }
            match r.kind {
                "terraform_data" => {
                    writeln!(text, "  input = \"{}{needs}\"", r.value).unwrap();
                    writeln!(text, "  triggers_replace = {}", r.generation).unwrap();
                }
                _ => {
                    writeln!(text, "  name = \"n{}-{}-{index}\"", r.name, r.generation).unwrap();
                    writeln!(text, "  value = \"{}{needs}\"", r.value).unwrap();
                    writeln!(text, "  flavour = \"{}\"", r.flavour).unwrap();
                }
            }
            if r.create_first {
                writeln!(
                    text,
                    "  lifecycle {{\n    create_before_destroy = true\n  }}"
                )
                .unwrap();
            }
            writeln!(text, "}}").unwrap();
        }
        text
    }
}
