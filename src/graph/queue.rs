//! The ready-queue: hands out the nodes of a graph whose dependencies are done.
//!
//! Generic and synchronous; it runs nothing and knows nothing of resources.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::dag::{Dag, Index};

/// The state of a walk over a graph.
#[derive(Debug)]
pub struct ReadyQueue {
    /// Per node: how many dependencies are not done yet.
    waiting: Vec<u32>,
    /// Per node: the first dependency that failed or was skipped, if any.
    blocked_by: Vec<Option<Index>>,
    /// What waits for each node, sorted: for the node `n` from `starts[n]` to `starts[n + 1]`.
    dependents: Vec<Index>,
    starts: Vec<u32>,
    /// What waits for nothing and has not been handed out, in order. Of a large graph this is most.
    free: std::vec::IntoIter<Index>,
    /// What has waited.
    ready: BinaryHeap<Reverse<Index>>,
    left: usize,
}

/// A node that will not run because something it depends on did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The node.
    pub node: Index,
    /// The direct dependency that failed or was itself skipped.
    pub because: Index,
}

impl ReadyQueue {
    /// A queue over `dag`, which must be acyclic.
    #[must_use]
    pub fn new<N>(dag: &Dag<N>) -> ReadyQueue {
        let mut waiting = vec![0; dag.len()];
        let mut starts = vec![0; dag.len() + 1];
        for (first, waits) in dag.edges() {
            waiting[waits.index()] += 1;
            starts[first.index() + 1] += 1;
        }
        for n in 0..dag.len() {
            starts[n + 1] += starts[n];
        }
        let mut next = starts.clone();
        let mut dependents = vec![Index::default(); dag.edges().count()];
        for (first, waits) in dag.edges() {
            let at = &mut next[first.index()];
            dependents[*at as usize] = waits;
            *at += 1;
        }
        for range in starts.windows(2) {
            dependents[range[0] as usize..range[1] as usize].sort_unstable();
        }
        let free = dag.indices().filter(|index| waiting[index.index()] == 0);
        ReadyQueue {
            free: free.collect::<Vec<Index>>().into_iter(),
            ready: BinaryHeap::new(),
            blocked_by: vec![None; dag.len()],
            left: dag.len(),
            waiting,
            dependents,
            starts,
        }
    }

    /// The next node to run: of those that are ready, the one added to the graph first.
    #[expect(
        clippy::should_implement_trait,
        reason = "None means not now, not the end"
    )]
    pub fn next(&mut self) -> Option<Index> {
        let waited = self.ready.peek().map(|Reverse(index)| index);
        match (self.free.as_slice().first(), waited) {
            (Some(free), Some(waited)) if waited < free => self.ready.pop().map(|r| r.0),
            (Some(_), _) => self.free.next(),
            (None, _) => self.ready.pop().map(|r| r.0),
        }
    }

    /// How many nodes could run now.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.free.len() + self.ready.len()
    }

    /// Whether every node has been finished or skipped.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Says that `node` has ended. When it did not succeed, everything that depends on it is
    /// skipped, and returned in a stable order.
    pub fn finish(&mut self, node: Index, succeeded: bool) -> Vec<Skipped> {
        let mut skipped = Vec::new();
        let mut ended = Vec::new();
        let mut next = Some((node, succeeded));
        while let Some((node, succeeded)) = next {
            self.left -= 1;
            let (from, to) = (self.starts[node.index()], self.starts[node.index() + 1]);
            for &dependent in &self.dependents[from as usize..to as usize] {
                let at = dependent.index();
                if !succeeded && self.blocked_by[at].is_none() {
                    self.blocked_by[at] = Some(node);
                }
                self.waiting[at] -= 1;
                if self.waiting[at] == 0 {
                    match self.blocked_by[at] {
                        Some(because) => {
                            skipped.push(Skipped {
                                node: dependent,
                                because,
                            });
                            ended.push((dependent, false));
                        }
                        None => self.ready.push(Reverse(dependent)),
                    }
                }
            }
            next = ended.pop();
        }
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diamond() -> (Dag<&'static str>, [Index; 4]) {
        let mut dag = Dag::default();
        let nodes = ["a", "b", "c", "d"].map(|n| dag.add(n));
        let [a, b, c, d] = nodes;
        dag.depend(b, a);
        dag.depend(c, a);
        dag.depend(d, b);
        dag.depend(d, c);
        dag.depend(d, c);
        (dag, nodes)
    }

    #[test]
    fn a_diamond_is_walked_in_order() {
        let (dag, [a, b, c, d]) = diamond();
        let mut queue = ReadyQueue::new(&dag);
        assert_eq!((queue.next(), queue.next()), (Some(a), None));
        assert!(queue.finish(a, true).is_empty());
        assert_eq!((queue.next(), queue.next()), (Some(b), Some(c)));
        queue.finish(c, true);
        assert_eq!(queue.next(), None);
        queue.finish(b, true);
        assert_eq!(queue.next(), Some(d));
        queue.finish(d, true);
        assert!(queue.is_done());
    }

    #[test]
    fn a_failure_skips_only_what_depends_on_it() {
        let (dag, [a, b, c, d]) = diamond();
        let mut queue = ReadyQueue::new(&dag);
        queue.finish(a, true);
        queue.finish(b, false);
        let skipped = queue.finish(c, true);
        assert_eq!(
            skipped,
            vec![Skipped {
                node: d,
                because: b
            }]
        );
        assert!(queue.is_done());
    }
}
