//! Generated histories, with labels, dependencies, merges and several bases: our graph against real
//! Alembic's `RevisionMap`.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests make files and say what they counted"
)]

#[path = "random_graphs/errors.rs"]
mod errors;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use rechain_history::{Expectations, FileId, Graph, RevIndex, history_order, upgrade_order};
use rechain_parser::read_module;
use serde_json::Value;
use tempfile::TempDir;

/// `RECHAIN_GRAPHS` asks for another number.
const GRAPHS: u64 = 1_000;

/// A small generator of numbers; the seed is the number of the graph.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("less than the limit")
    }
}

/// File names, in load order, with their texts.
fn history(seed: u64) -> Vec<(String, String)> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let count = 1 + random.below(11);
    let mut files = Vec::new();
    for at in 0..count {
        let parents: BTreeSet<usize> = match (at, random.below(8)) {
            (0, _) | (_, 0) => BTreeSet::new(),
            (_, 1 | 2) => [random.below(at), random.below(at)].into(),
            _ => [at - 1 - random.below(at.min(3))].into(),
        };
        let mut text = format!("revision = 'r{at:03}'\ndown_revision = (");
        for parent in parents {
            write!(text, "'r{parent:03}', ").expect("writing to a string");
        }
        text.push_str(")\n");
        if random.below(5) == 0 {
            writeln!(text, "branch_labels = ('label{at}',)").expect("writing to a string");
        }
        if at > 0 && random.below(5) == 0 {
            writeln!(text, "depends_on = 'r{:03}'", random.below(at)).expect("writing to a string");
        }
        files.push((format!("{:03}_{at}.py", random.below(1000)), text));
    }
    files.sort();
    files
}

fn graph(files: &[(String, String)]) -> Graph {
    let revisions = files.iter().enumerate().map(|(at, (name, text))| {
        let file = FileId(u32::try_from(at).expect("few files"));
        read_module(text, name)
            .expect("valid Python")
            .to_revision(file)
            .expect("literal ids")
    });
    Graph::new(revisions.collect(), &Expectations::default())
}

fn strings(value: &Value) -> Vec<String> {
    let list = value
        .as_array()
        .unwrap_or_else(|| panic!("a list, not {value}"));
    list.iter()
        .map(|item| item.as_str().expect("a string").to_owned())
        .collect()
}

#[test]
fn generated_graphs_are_as_alembic_has_them() {
    let graphs = std::env::var("RECHAIN_GRAPHS").map_or(GRAPHS, |it| it.parse().expect("a number"));
    let histories: Vec<_> = (0..graphs).map(history).collect();
    let directories: Vec<TempDir> = histories
        .iter()
        .map(|files| {
            let directory = tempfile::tempdir().expect("a temporary directory");
            for (name, text) in files {
                fs::write(directory.path().join(name), text).expect("a file");
            }
            directory
        })
        .collect();
    let answers = rechain_testing::alembic::read(directories.iter().map(|it| (it.path(), false)));
    for (seed, (files, answer)) in histories.iter().zip(&answers).enumerate() {
        let theirs = &answer["alembic"];
        assert!(
            theirs["error"].is_null(),
            "seed {seed}: Alembic refuses: {}",
            theirs["error"]
        );
        compare(seed, &graph(files), theirs);
    }
}

fn compare(seed: usize, graph: &Graph, theirs: &Value) {
    let ids = |indices: &[RevIndex]| -> Vec<String> {
        indices
            .iter()
            .map(|&index| graph[index].id.to_string())
            .collect()
    };
    let those = |holds: &dyn Fn(RevIndex) -> bool| {
        ids(&graph
            .indices()
            .filter(|&index| holds(index))
            .collect::<Vec<_>>())
    };
    for (name, ours) in [
        ("heads", those(&|it| graph.is_head(it))),
        ("real_heads", those(&|it| graph.is_real_head(it))),
        ("bases", those(&|it| graph.is_base(it))),
        ("branch_points", those(&|it| graph.is_branch_point(it))),
        ("merge_points", those(&|it| graph.is_merge_point(it))),
        ("upgrade", ids(&upgrade_order(graph))),
        ("history", ids(&history_order(graph))),
    ] {
        assert_eq!(ours, strings(&theirs[name]), "seed {seed}: {name}");
    }
    for index in graph.indices() {
        let node = &theirs["revisions"][graph[index].id.as_str()];
        let set = |key: &str| strings(&node[key]).into_iter().collect::<BTreeSet<_>>();
        let labels = graph
            .labels(index)
            .iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>();
        assert_eq!(
            labels,
            set("labels"),
            "seed {seed}: labels of {}",
            graph[index].id
        );
        let below = graph.ancestors_with([index]);
        let members: Vec<RevIndex> = graph.members(&below).filter(|&it| it != index).collect();
        let ancestors: BTreeSet<String> = ids(&members).into_iter().collect();
        assert_eq!(
            ancestors,
            set("ancestors"),
            "seed {seed}: ancestors of {}",
            graph[index].id
        );
    }
}
