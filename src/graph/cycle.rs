//! The way round a cycle, in words: which reference leads from one thing to the next, and where it is written.
//!
//! It tells of what the graph has found, and finds nothing itself.

use std::collections::VecDeque;
use std::fmt::Display;

use super::dag::{Dag, Index};
use crate::lang::source::{Sources, SrcSpan};
use crate::lookup::Lookup;

/// Where it is written that the first waits for the second.
pub(super) type Places = Lookup<(Index, Index), SrcSpan>;

/// Steps that are told one by one.
const TOLD: usize = 12;

/// A shortest way from the first of `group` back to it; the nodes of a group all wait for each other.
fn way_round<N>(dag: &Dag<N>, group: &[Index]) -> Vec<Index> {
    let Some(&first) = group.first() else {
        return Vec::new();
    };
    // From which node each was come to.
    let mut from: Lookup<Index, Index> = Lookup::default();
    let mut open = VecDeque::from([first]);
    while let Some(at) = open.pop_front() {
        for next in dag.dependencies(at) {
            if next == first {
                let back = std::iter::successors(Some(at), |at| from.get(at).copied());
                let mut way: Vec<Index> = back.collect();
                way.reverse();
                return way;
            }
            if group.binary_search(&next).is_ok() && !from.contains_key(&next) {
                from.insert(next, at);
                open.push_back(next);
            }
        }
    }
    Vec::new()
}

/// Tells of a group of nodes, sorted, that wait for each other.
pub(super) fn told<N: Display>(
    dag: &Dag<N>,
    group: &[Index],
    places: &Places,
    sources: &Sources,
) -> String {
    let way = way_round(dag, group);
    let mut text = String::from(
        "Each of these needs the next one, and the last one needs the first, so that none of them can be first:",
    );
    let next = way.iter().cycle().skip(1);
    for (at, next) in way.iter().zip(next).take(TOLD) {
        let (this, other) = (dag.node(*at), dag.node(*next));
        text += &match places.get(&(*at, *next)) {
            Some(span) => {
                let span = sources.span(*span);
                let (file, line) = (span.file, span.start.line);
                format!("\n  - {this} refers to {other} ({file}:{line})")
            }
            None => format!("\n  - {this} waits for {other}"),
        };
    }
    if way.len() > TOLD {
        text += &format!("\n  - and so on, {} steps in all", way.len());
    }
    text + "\n\nTake one of these references out: give both sides the value from a third place, such as a variable or a local value that refers to neither."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_is_told_and_a_long_one_cut_short() {
        let sources = Sources::new();
        let tell = |dag: &Dag<String>| told(dag, &dag.cycles()[0], &Places::default(), &sources);
        let mut dag = Dag::default();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|n| dag.add(n.to_owned()));
        for (one, other) in [(a, b), (b, c), (c, d), (d, a), (c, a)] {
            dag.depend(one, other);
        }
        let steps = "first:\n  - a waits for b\n  - b waits for c\n  - c waits for a\n\nTake";
        assert!(tell(&dag).contains(steps), "{}", tell(&dag));

        let mut dag = Dag::default();
        let ring: Vec<Index> = (0..100_000).map(|n| dag.add(format!("n{n}"))).collect();
        for at in 0..ring.len() {
            dag.depend(ring[at], ring[(at + 1) % ring.len()]);
        }
        let text = tell(&dag);
        let end = "  - n11 waits for n12\n  - and so on, 100000 steps in all\n\nTake";
        assert!(text.contains(end), "{text}");
    }
}
