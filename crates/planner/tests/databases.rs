//! What becomes of databases under a change, for small histories and for any.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use rechain_history::{
    Action, Effect, Expectations, FileId, Graph, Parents, Place, QualifiedName, Revision,
    RevisionId, SchemaObject, TextRange,
};
use rechain_planner::{Databases, EffectsById, Standing, Trouble, Way};

/// `id: parents; ...`
fn graph(text: &str) -> Graph {
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    let revisions = text.split(';').map(str::trim).map(|line| {
        let (id, parents) = line.split_once(':').expect("id: parents");
        Revision {
            id: id.trim().into(),
            parents: Parents::Known(parents.split_whitespace().map(RevisionId::from).collect()),
            dependencies: Vec::new(),
            has_computed_dependencies: false,
            branch_labels: Vec::new(),
            title: String::new(),
            place,
            down_revision_place: place,
        }
    });
    let graph = Graph::new(revisions.collect(), &Expectations::default());
    assert!(!graph.is_damaged(), "{:?}", graph.problems());
    graph
}

fn ids(text: &str) -> Vec<RevisionId> {
    text.split_whitespace().map(RevisionId::from).collect()
}

/// Each revision creates a table of its own, but for those in `opaque`; merges do nothing.
fn effects(graphs: [&Graph; 2], opaque: &str) -> EffectsById {
    let opaque = ids(opaque);
    let range = TextRange::empty(0);
    graphs
        .iter()
        .flat_map(|graph| graph.revisions())
        .map(|revision| {
            let id = revision.id.clone();
            let effects = if opaque.contains(&id) {
                vec![Effect::opaque("raw SQL", range)]
            } else if revision.down_revisions().len() > 1 {
                Vec::new()
            } else {
                let table = SchemaObject::Table(QualifiedName::unqualified(format!("t_{id}")));
                vec![Effect::always(Action::Create, table, range)]
            };
            (id, effects)
        })
        .collect()
}

/// The troubles and recipes of a database with these rows, a line each.
fn standing(before: &str, after: &str, rows: &str, opaque: &str) -> String {
    let (before, after) = (graph(before), graph(after));
    let effects = effects([&before, &after], opaque);
    told(&Databases::new(&before, &after).standing(&ids(rows), &effects))
}

fn told(standing: &Standing) -> String {
    let list = |ids: &[RevisionId]| {
        let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
        ids.join(" ")
    };
    let mut text = String::new();
    for trouble in &standing.troubles {
        let line = match trouble {
            Trouble::CannotLocate(row) => format!("cannot locate {row}"),
            Trouble::TakenFor { row, revision } => format!("takes {row} for {revision}"),
            Trouble::Overlaps { lower, upper } => format!("{upper} overlaps {lower}"),
            Trouble::Skips(skipped) => format!("skips {}", list(skipped)),
            Trouble::Reruns(repeated) => format!("reruns {}", list(repeated)),
        };
        writeln!(text, "{line}").unwrap();
    }
    for recipe in &standing.recipes {
        let commands = |commands: &[rechain_planner::Command]| {
            let commands: Vec<String> = commands.iter().map(ToString::to_string).collect();
            commands.join(", ")
        };
        let name = match recipe.way {
            Way::KeepData => "keep",
            Way::RedoBefore => "redo before",
            Way::RedoAfter => "redo after",
        };
        let before = if recipe.before.is_empty() {
            String::new()
        } else {
            format!("{} | ", commands(&recipe.before))
        };
        writeln!(text, "{name}: {before}{}", commands(&recipe.after)).unwrap();
    }
    text
}

/// Two branches off r0, and the chain with b above a.
const FORK: &str = "r0:; a1: r0; a2: a1; b1: r0; b2: b1";
const CHAIN: &str = "r0:; a1: r0; a2: a1; b1: a2; b2: b1";

fn check(before: &str, after: &str, rows: &str, expected: &[&str]) {
    let told = standing(before, after, rows, "");
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "at {rows}");
}

#[test]
fn below_the_fork_and_on_the_side_that_stays_nothing_is_wrong() {
    for rows in ["", "r0", "a1", "a2"] {
        check(FORK, CHAIN, rows, &[]);
    }
}

#[test]
fn on_the_side_that_moves_the_other_is_skipped() {
    check(
        FORK,
        CHAIN,
        "b2",
        &[
            "skips a1 a2",
            "keep: stamp --purge r0, upgrade a2, stamp --purge b2",
            "redo before: downgrade r0 | upgrade head",
            "redo after: downgrade a2, stamp --purge r0, upgrade head",
        ],
    );
    check(
        FORK,
        CHAIN,
        "b1",
        &[
            "skips a1 a2",
            "keep: stamp --purge r0, upgrade a2, stamp --purge b1, upgrade head",
            "redo before: downgrade r0 | upgrade head",
            "redo after: downgrade a2, stamp --purge r0, upgrade head",
        ],
    );
}

#[test]
fn both_sides_overlap() {
    check(
        FORK,
        CHAIN,
        "a2 b2",
        &[
            "b2 overlaps a2",
            "keep: stamp --purge b2",
            "redo before: downgrade b1@r0 | upgrade head",
        ],
    );
    check(
        FORK,
        CHAIN,
        "a1 b1",
        &[
            "b1 overlaps a1",
            "skips a2",
            "keep: stamp --purge a1, upgrade a2, stamp --purge b1, upgrade head",
            "redo before: downgrade b1@r0 | upgrade head",
            "redo after: stamp --purge b1, downgrade a2, stamp --purge a1, upgrade head",
        ],
    );
}

#[test]
fn three_sides_overlap() {
    check(
        "r0:; a: r0; b: r0; c: r0",
        "r0:; a: r0; b: a; c: b",
        "a b c",
        &[
            "b overlaps a",
            "keep: stamp --purge c",
            "redo before: downgrade b@r0, downgrade c@r0 | upgrade head",
        ],
    );
}

#[test]
fn what_is_not_understood_is_not_run_late() {
    assert_eq!(
        standing(FORK, CHAIN, "b2", "a1"),
        "skips a1 a2\nredo before: downgrade r0 | upgrade head\n\
         redo after: downgrade a2, stamp --purge r0, upgrade head\n"
    );
    // Both ran, in an order nobody knows.
    assert_eq!(
        standing(FORK, CHAIN, "a2 b2", "a1"),
        "b2 overlaps a2\nredo before: downgrade r0 | upgrade head\n"
    );
}

#[test]
fn something_inserted_is_skipped() {
    check(
        "r0:; a1: r0; a2: a1",
        "r0:; n: r0; a1: n; a2: a1",
        "a1",
        &[
            "skips n",
            "keep: stamp --purge r0, upgrade n, stamp --purge a1, upgrade head",
            "redo before: downgrade r0 | upgrade head",
            "redo after: downgrade n, stamp --purge r0, upgrade head",
        ],
    );
}

#[test]
fn something_swapped_is_run_again() {
    let (before, after) = ("r0:; a1: r0; a2: a1; a3: a2", "r0:; a2: r0; a1: a2; a3: a1");
    check(before, after, "a3", &[]);
    check(
        before,
        after,
        "a2",
        &[
            "reruns a1",
            "keep: stamp --purge a1, upgrade head",
            "redo before: downgrade r0 | upgrade head",
        ],
    );
}

#[test]
fn what_becomes_a_head_beside_a_row_is_bared_and_not_all_undone() {
    check(
        "r0:; a: r0; b: a",
        "r0:; a: r0; b: r0",
        "b",
        &[
            "reruns a",
            "keep: stamp --purge a, stamp b",
            "redo before: downgrade a | upgrade heads",
        ],
    );
}

#[test]
fn a_merge_revision_that_is_gone_cannot_be_located() {
    check(
        "r0:; a: r0; b: r0; m: a b",
        "r0:; a: r0; b: a",
        "m",
        &[
            "cannot locate m",
            "keep: stamp --purge b",
            "redo before: downgrade b@r0 | upgrade head",
        ],
    );
}

#[test]
fn what_a_revision_that_is_gone_did_is_undone_before() {
    check(
        "r0:; a: r0; b: a",
        "r0:; a: r0; c: a",
        "b",
        &["cannot locate b", "redo before: downgrade a | upgrade head"],
    );
}

#[test]
fn a_row_that_nothing_ever_had() {
    check(FORK, CHAIN, "zzzzzzzz", &["cannot locate zzzzzzzz"]);
}

#[test]
fn a_row_that_is_the_beginning_of_another() {
    check(
        "r0000:; a1: r0000",
        "r0000:; a1b2c3: r0000",
        "a1",
        &[
            "takes a1 for a1b2c3",
            "skips a1b2c3",
            "redo before: downgrade r0000 | upgrade head",
        ],
    );
}

#[test]
fn states_of_a_fork() {
    let (before, after) = (graph(FORK), graph(CHAIN));
    let states = Databases::new(&before, &after).states();
    let states: Vec<String> = states
        .iter()
        .map(|rows| {
            let rows: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
            rows.join("+")
        })
        .collect();
    assert_eq!(states, ["", "r0", "b1", "a2", "b2", "a2+b2"]);
}

/// A graph of `parents.len()` revisions in which each names one or two earlier ones, in load order.
fn built(parents: &[(usize, usize)], order: &[usize]) -> Graph {
    let mut text = Vec::new();
    for (at, &(one, other)) in parents.iter().enumerate() {
        let name = |at: usize| format!("r{:03}", order[at]);
        let mut names = BTreeSet::new();
        if at > 0 {
            names.insert(name(one % at));
            if other % 4 == 0 {
                names.insert(name(other / 4 % at));
            }
        }
        let names: Vec<String> = names.into_iter().collect();
        text.push(format!("{}: {}", name(at), names.join(" ")));
    }
    graph(&text.join("; "))
}

fn parents() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0_usize..8, 0_usize..40), 1..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// For any two graphs over the same revisions and any rows: nothing is wrong exactly if the rule of the
    /// reference holds, and where effects commute there is a recipe that keeps the data.
    #[test]
    fn any_change(
        shape in parents(),
        other in parents(),
        order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(),
        picks in proptest::collection::vec(0_usize..9, 1..3),
    ) {
        let count = shape.len().min(other.len());
        let before = built(&shape[..count], &(0..9).collect::<Vec<_>>());
        let mut order: Vec<usize> = order;
        order.retain(|&it| it < count);
        let after = built(&other[..count], &order);
        let mut rows: BTreeSet<_> = picks.iter().map(|it| it % count).collect();
        // Rows of a database are no ancestors of each other.
        let index = |at: usize| before.index(&format!("r{at:03}")).unwrap();
        let all = rows.clone();
        rows.retain(|&row| !all.iter().any(|&upper| before.is_ancestor(index(row), index(upper))));
        let rows: Vec<RevisionId> =
            rows.iter().map(|at| RevisionId::from(format!("r{at:03}").as_str())).collect();
        let databases = Databases::new(&before, &after);
        let standing = databases.standing(&rows, &effects([&before, &after], ""));
        let names = |graph: &Graph| -> BTreeSet<RevisionId> {
            let starts = rows.iter().map(|row| graph.index(row.as_str()).unwrap());
            let below = graph.ancestors_with(starts);
            graph.members(&below).map(|it| graph[it].id.clone()).collect()
        };
        let now = |row: &RevisionId| after.index(row.as_str()).unwrap();
        let is_antichain = rows.iter().all(|one| {
            rows.iter().all(|other| !after.is_ancestor(now(one), now(other)))
        });
        let is_right = is_antichain && names(&before) == names(&after);
        prop_assert_eq!(standing.troubles.is_empty(), is_right, "{:?}", standing);
        let keeps = standing.recipes.iter().any(|it| it.way == Way::KeepData);
        prop_assert_eq!(keeps, !is_right, "{:?}", standing);
        let redoes = standing.recipes.iter().any(|it| it.way == Way::RedoBefore);
        prop_assert_eq!(redoes, !is_right, "{:?}", standing);
    }
}
