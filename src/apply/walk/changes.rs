//! The changes of a plan by resource, and the one that a task is about.
//!
//! They stay as they were planned.

use std::ops::Deref;

use crate::graph::config_graph::ConfigGraph;
use crate::graph::dag::Index;
use crate::plan::{Plan, ResourceChange};

/// Which changes of a plan are about a resource.
pub(super) struct Changes<'a> {
    all: &'a [ResourceChange],
    /// The places of the first and the last change of each resource, by the place of that in the graph.
    ends: Vec<Option<(usize, usize)>>,
    /// For each change, the place of the next one of its resource.
    next: Vec<Option<usize>>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(plan: &'a Plan, graph: &ConfigGraph) -> Changes<'a> {
        let all = &plan.changes;
        let mut ends: Vec<Option<(usize, usize)>> = vec![None; graph.dag.len()];
        let mut next = vec![None; all.len()];
        for (place, change) in all.iter().enumerate() {
            let Some(resource) = graph.find_resource(change.address.config()) else {
                continue;
            };
            match &mut ends[resource.index()] {
                Some((_, last)) => {
                    next[*last] = Some(place);
                    *last = place;
                }
                none => *none = Some((place, place)),
            }
        }
        Changes { all, ends, next }
    }

    /// The place in the plan of the first change of a resource.
    pub(super) fn first(&self, resource: Index) -> Option<usize> {
        self.ends[resource.index()].map(|(first, _)| first)
    }

    /// The change at a place in the plan, and the place of the next one of its resource.
    pub(super) fn at(&self, place: usize) -> (&'a ResourceChange, Option<usize>) {
        (&self.all[place], self.next[place])
    }

    /// The changes of a resource and their places in the plan, in order.
    pub(super) fn about(
        &self,
        resource: Index,
    ) -> impl Iterator<Item = (usize, &'a ResourceChange)> {
        let mut place = self.first(resource);
        std::iter::from_fn(move || {
            let this = place?;
            let (change, next) = self.at(this);
            place = next;
            Some((this, change))
        })
    }
}

/// A change that a task is about.
pub(super) struct Subject<'a> {
    /// Its place in the plan.
    pub place: usize,
    planned: &'a ResourceChange,
    /// The half of a replacement that is done now, where it is one.
    half: Option<Box<ResourceChange>>,
}

impl<'a> Subject<'a> {
    /// The change as it was planned.
    pub(super) fn whole(place: usize, planned: &'a ResourceChange) -> Subject<'a> {
        Subject {
            place,
            planned,
            half: None,
        }
    }

    /// A half of a replacement.
    pub(super) fn half(place: usize, planned: &'a ResourceChange, half: ResourceChange) -> Self {
        Subject {
            place,
            planned,
            half: Some(Box::new(half)),
        }
    }
}

impl Deref for Subject<'_> {
    type Target = ResourceChange;

    fn deref(&self) -> &ResourceChange {
        self.half.as_deref().unwrap_or(self.planned)
    }
}
