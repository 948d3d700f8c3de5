//! The rule itself on generated git histories: whatever a team does, after `fix`, `merge`, `move` and `undo` at any moment
//! on any branch, with `check --base` at each landing, no database skips a migration or runs one twice.
//!
//! `cargo test` runs two hundred histories. More, from another seed:
//!
//! ```text
//! RECHAIN_HISTORIES=20000 RECHAIN_SEED=1 cargo test --release -p rechain --lib generated -- --nocapture
//! ```

mod database;
mod program;
mod random;
mod store;
mod tool;
mod world;

use std::collections::BTreeMap;
use std::io::Write as _;

use rayon::prelude::*;

use self::world::{Counts, World};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

fn history(seed: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..12 + seed % 20 {
        world.step();
    }
    world
}

#[test]
fn no_database_skips_anything_because_of_a_plan() {
    let seed = number("RECHAIN_SEED", 1) << 32;
    let histories = number("RECHAIN_HISTORIES", 200);
    // One that went wrong, again.
    let only = number("RECHAIN_HISTORY", 0);
    let seeds = if only == 0 {
        seed..seed + histories
    } else {
        only..only + 1
    };
    let counts: Vec<Counts> = seeds
        .into_par_iter()
        .map(|seed| {
            let finished = std::panic::catch_unwind(|| {
                let mut world = history(seed);
                world.finish();
                world.counts
            });
            finished.unwrap_or_else(|_| panic!("history {seed} went wrong, see above"))
        })
        .collect();
    let sum = |of: fn(&Counts) -> usize| counts.iter().map(of).sum::<usize>();
    let (asked, refused) = (sum(|it| it.asked), sum(|it| it.refused));
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for (cause, count) in counts.iter().flat_map(|it| &it.needless) {
        *causes.entry(cause).or_default() += count;
    }
    let needless: usize = causes.values().sum();
    // Seen with `--nocapture`.
    let _ = writeln!(
        std::io::stderr(),
        "{histories} histories: fix asked {asked} times, planned {}, refused {refused}, of these {needless} \
         although a plan was safe; {} landings checked, {} kept out; {} upgrades, 0 skips",
        sum(|it| it.planned),
        sum(|it| it.landings),
        sum(|it| it.held_back),
        sum(|it| it.upgrades),
    );
    let _ = writeln!(std::io::stderr(), "what hid the safe plans: {causes:?}");
    let (joined, moved, undone) = (sum(|it| it.joined), sum(|it| it.moved), sum(|it| it.undone));
    let _ = writeln!(
        std::io::stderr(),
        "merge wrote {joined} times, move {moved}, undo {undone}"
    );
    if only != 0 {
        return;
    }
    assert!(asked > 0 && refused < asked, "the histories try something");
    assert!(
        joined.min(moved).min(undone) > 0,
        "every command writes something"
    );
    assert!(
        needless * 10 <= asked,
        "it refuses too often: {needless} of {asked}"
    );
}
