//! What a small change writes into a large state: pages of the database that are others afterwards.

use std::path::Path;
use std::time::Duration;

use crate::measure::measure;
use crate::shapes::Shape;

const PAGE: usize = 4096;

/// Pages that differ between two copies of a file, new ones counted.
fn changed(before: &[u8], after: &[u8]) -> usize {
    let mut old = before.chunks(PAGE);
    after
        .chunks(PAGE)
        .filter(|page| old.next() != Some(page))
        .count()
}

/// Applies a shape, then with one value changed; the pages of the whole and those of the change.
pub fn pages(ours: &str, shape: &Shape, size: usize, write: fn(&Shape, usize, bool, &Path)) {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let limit = Duration::from_secs(3600);
    let store = || std::fs::read(dir.path().join("trunkline.db")).expect("there is a store");
    write(shape, size, false, dir.path());
    measure(ours, &["init"], dir.path(), limit);
    measure(ours, &["apply", "-auto-approve"], dir.path(), limit).expect("it ends");
    let whole = store();
    write(shape, size, true, dir.path());
    let cost = measure(ours, &["apply", "-auto-approve"], dir.path(), limit).expect("it ends");
    let pages = changed(&whole, &store());
    println!(
        "{} {size}: the state has {} pages; applying one change changes {pages} ({:.0} KiB written in all)",
        shape.name,
        whole.len() / PAGE,
        cost.written_kib
    );
}
