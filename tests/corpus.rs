//! Histories of published packages: rechain reads them as CPython and Alembic do, and repairs the forks cut out of
//! them. `RECHAIN_CORPUS=all` takes all of them, some 670 MB of downloads.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests write the files they are about, and say what they counted"
)]

mod repair;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use rechain_history::{
    Expectations, FileId, Graph, Parents, RevIndex, RevisionId, lineages, upgrade_order,
};
use rechain_parser::{Module, Source, read_module};
use rechain_project::{Environment, Request, WorkTree, discover, read_each};
use rechain_rewriter::reparent;
use rechain_testing::corpus::{History, Scope, histories};
use rechain_testing::random::Random;
use repair::{Facts, Project, Repair, Snapshot, code, oracle, said, snapshot, strings};
use serde_json::{Value, json};

/// A history as rechain reads it.
struct Read {
    files: Vec<(PathBuf, Source, Module)>,
    graph: Graph,
}

fn environment(history: &History) -> Environment {
    // A configuration of its own, since a bare directory does not say whether folders inside count.
    let place = tempfile::tempdir().unwrap();
    let ini = place.path().join("alembic.ini");
    let location = history.path.display();
    fs::write(
        &ini,
        format!(
            "[alembic]\nscript_location = {location}\nversion_locations = {location}\n\
             path_separator = newline\nrecursive_version_locations = {}\n",
            history.recursive
        ),
    )
    .unwrap();
    let request = Request {
        config: vec![ini],
        cwd: place.path().to_owned(),
        ..Request::default()
    };
    let mut found = discover(&request, &WorkTree).unwrap();
    assert_eq!(found.len(), 1, "{}", history.package);
    found.remove(0)
}

fn read(history: &History, elsewhere: BTreeSet<String>) -> Read {
    let listed = environment(history).revision_files(&WorkTree).unwrap();
    let files = read_each(listed.files, &WorkTree, usize::MAX - 1, |_, file, bytes| {
        let path = file.path.strip_prefix(&history.path).unwrap().to_owned();
        let source = Source::decode(bytes.unwrap().to_vec())
            .unwrap_or_else(|error| panic!("{}: {error}", file.path.display()));
        let name = file.path.file_name().unwrap().to_str().unwrap();
        let module = read_module(source.text(), name)
            .unwrap_or_else(|error| panic!("{}: {error:?}", file.path.display()));
        (path, source, module)
    });
    let revisions = files
        .iter()
        .zip(0..)
        .filter_map(|((_, _, module), at)| module.to_revision(FileId(at)))
        .collect();
    let expectations = Expectations {
        elsewhere,
        roots: None,
    };
    Read {
        graph: Graph::new(revisions, &expectations),
        files,
    }
}

/// Dependencies on other packages' revisions, which Alembic would look for in their directories.
fn elsewhere(facts: &Value) -> BTreeSet<String> {
    facts["dropped_dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dropped| dropped["dependency"].as_str().unwrap().to_owned())
        .collect()
}

struct Comparison {
    where_: String,
    differences: Vec<String>,
}

impl Comparison {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, ours: &T, theirs: &T) {
        if ours != theirs {
            self.differences.push(format!(
                "{}: {what}: {ours:?} here, {theirs:?} there",
                self.where_
            ));
        }
    }
}

#[test]
fn every_file_is_read_as_cpython_and_alembic_read_it() {
    let histories = histories(Scope::from_env());
    let answers = rechain_testing::alembic::read_corpus(&histories);
    let mut found = Vec::new();
    let (mut files, mut computed, mut stale, mut compared_orders) = (0, Vec::new(), 0, 0);
    for (history, facts) in histories.iter().zip(&answers) {
        let read = read(history, elsewhere(facts));
        let mut comparison = Comparison {
            where_: format!(
                "{} {} {}",
                history.package, history.version, history.versions_dir
            ),
            differences: Vec::new(),
        };
        files += read.files.len();
        compare_files(history, &read, facts, &mut comparison, &mut computed);
        compared_orders += usize::from(compare_graph(&read, facts, &mut comparison));
        stale += own_parents_again(&read, &mut comparison);
        found.extend(comparison.differences);
    }
    eprintln!(
        "{} histories, {files} files, {compared_orders} upgrade orders compared exactly, \
         {stale} stale `Revises:` lines, {} computed values:\n  {}",
        histories.len(),
        computed.len(),
        computed.join("\n  ")
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn compare_files(
    history: &History,
    read: &Read,
    facts: &Value,
    comparison: &mut Comparison,
    computed: &mut Vec<String>,
) {
    let theirs = facts["files"].as_array().unwrap();
    comparison.same(
        "the number of files",
        &read.files.len(),
        &history.migrations,
    );
    let paths: Vec<String> = read
        .files
        .iter()
        .map(|(path, ..)| path.to_str().unwrap().to_owned())
        .collect();
    let their_paths: Vec<String> = theirs
        .iter()
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect();
    comparison.same("files in load order", &paths, &their_paths);
    for ((path, _, module), file) in read.files.iter().zip(theirs) {
        let path = path.display();
        comparison.same(&format!("{path}: read"), &json!(null), &file["error"]);
        let is_computed = |name: &str| file[name]["computed"].is_string();
        let revision = module.revision.as_ref().map(|(id, _)| id.to_string());
        let down = match &module.parents {
            Parents::Known(ids) => Some(ids.iter().map(ToString::to_string).collect()),
            Parents::Computed => None,
        };
        comparison.same(
            &format!("{path}: revision"),
            &revision,
            &file["revision"].as_str().map(str::to_owned),
        );
        comparison.same(
            &format!("{path}: down_revision"),
            &down,
            &(!is_computed("down_revision")).then(|| each(&file["down_revision"])),
        );
        let labels: Vec<String> = module
            .branch_labels
            .iter()
            .map(ToString::to_string)
            .collect();
        if is_computed("branch_labels") {
            let readable = module
                .branch_labels
                .iter()
                .all(|label| label.name().is_some());
            comparison.same(&format!("{path}: branch_labels"), &readable, &false);
        } else {
            comparison.same(
                &format!("{path}: branch_labels"),
                &labels,
                &each(&file["branch_labels"]),
            );
        }
        comparison.same(
            &format!("{path}: depends_on is computed"),
            &module.has_computed_dependencies,
            &is_computed("depends_on"),
        );
        if !is_computed("depends_on") {
            comparison.same(
                &format!("{path}: depends_on"),
                &module.dependencies,
                &each(&file["depends_on"]),
            );
        }
        for name in ["revision", "down_revision", "branch_labels", "depends_on"] {
            if let Some(text) = file[name]["computed"].as_str() {
                computed.push(format!("{} {path}: {name} = {text}", history.package));
            }
        }
        let range = module.down_revision_range;
        let range = json!([range.start(), range.end()]);
        if range != file["down_revision_literal_range"] {
            comparison.same(
                &format!("{path}: place of down_revision"),
                &range,
                &file["down_revision_range"],
            );
        }
    }
}

/// The strings of an identifier as Alembic takes them.
fn each(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether the order could be compared exactly.
fn compare_graph(read: &Read, facts: &Value, comparison: &mut Comparison) -> bool {
    let (graph, theirs) = (&read.graph, &facts["alembic"]);
    comparison.same("Alembic's error", &json!(null), &theirs["error"]);
    if theirs["error"].is_object() {
        return false;
    }
    let id = |index: RevIndex| graph[index].id.to_string();
    let ids = |indices: Vec<RevIndex>| indices.into_iter().map(id).collect::<Vec<_>>();
    let all = || graph.indices();
    let lists = [
        ("heads", graph.heads().collect()),
        (
            "real_heads",
            all().filter(|&it| graph.is_real_head(it)).collect(),
        ),
        ("bases", graph.bases().collect()),
        (
            "branch_points",
            all().filter(|&it| graph.is_branch_point(it)).collect(),
        ),
        (
            "merge_points",
            all().filter(|&it| graph.is_merge_point(it)).collect(),
        ),
    ];
    for (name, ours) in lists {
        comparison.same(name, &ids(ours), &strings(&theirs[name]));
    }
    let mut several_dependencies = false;
    for index in all() {
        let (name, node) = (id(index), &theirs["revisions"][&id(index)]);
        let parents = ids(graph.parents(index).to_vec());
        let mut their_parents = strings(&node["down_revisions"]);
        let mut seen = BTreeSet::new();
        their_parents.retain(|parent| seen.insert(parent.clone()));
        comparison.same(&format!("{name}: parents"), &parents, &their_parents);
        let set = |indices: Vec<RevIndex>| ids(indices).into_iter().collect::<BTreeSet<_>>();
        let their_set = |key: &str| strings(&node[key]).into_iter().collect::<BTreeSet<_>>();
        let dependencies = graph.dependencies(index).to_vec();
        several_dependencies |= dependencies.len() > 1;
        comparison.same(
            &format!("{name}: dependencies"),
            &set(dependencies),
            &their_set("dependencies"),
        );
        comparison.same(
            &format!("{name}: children"),
            &set(graph.children(index).to_vec()),
            &their_set("children"),
        );
        let below = graph.ancestors_with([index]);
        comparison.same(
            &format!("{name}: ancestors"),
            &set(graph.members(&below).filter(|&it| it != index).collect()),
            &their_set("ancestors"),
        );
        let labels: BTreeSet<String> = graph
            .labels(index)
            .iter()
            .map(|label| {
                let text = label.to_string();
                match label.name() {
                    Some(_) => text,
                    // The oracle takes the last part of a dotted name for what is not literal.
                    None => text.rsplit('.').next().unwrap_or_default().to_owned(),
                }
            })
            .collect();
        comparison.same(&format!("{name}: labels"), &labels, &their_set("labels"));
    }
    let ours = ids(upgrade_order(graph));
    let order = strings(&theirs["upgrade"]);
    if several_dependencies && ours != order {
        let sorted = |order: &[String]| order.iter().cloned().collect::<BTreeSet<_>>();
        comparison.same("upgrade (as a set)", &sorted(&ours), &sorted(&order));
        return false;
    }
    comparison.same("upgrade", &ours, &order);
    true
}

/// Gives every revision the parents it has; returns how many `Revises:` lines were not true.
fn own_parents_again(read: &Read, comparison: &mut Comparison) -> usize {
    let mut stale = 0;
    for (path, source, module) in &read.files {
        let (Parents::Known(parents), Some(sites)) = (&module.parents, &module.sites) else {
            continue;
        };
        let edits = reparent(source.text(), sites, parents);
        for edit in &edits {
            if sites.revises == Some(edit.range) {
                stale += 1;
            } else {
                comparison
                    .differences
                    .push(format!("{}: {edit:?}", path.display()));
            }
        }
    }
    stale
}

/// A fork to repair, and where it comes from.
struct Case {
    name: String,
    project: Project,
    applied: Option<String>,
    heads: usize,
}

/// What became of the cases of one test.
#[derive(Debug, Default)]
struct Tally {
    repaired: usize,
    sound: usize,
    conflicts: Vec<String>,
    both_published: Vec<String>,
}

/// Runs `fix` on every case, compares what it did with what it may do, runs it again and takes it back.
fn repair_all(cases: &[Case]) -> Tally {
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    let before = oracle(cases.iter().map(|case| &case.project));
    let originals: Vec<Snapshot> = cases.iter().map(|case| case.project.snapshot()).collect();
    let outputs: Vec<_> = cases
        .iter()
        .map(|case| {
            let applied = case.applied.as_deref().unwrap_or("none");
            case.project
                .rechain(&["fix", "--yes", "--applied", applied])
        })
        .collect();
    let after = oracle(cases.iter().map(|case| &case.project));
    for (at, case) in cases.iter().enumerate() {
        let mut fault = |what: String| faults.push(format!("{}: {what}", case.name));
        if let Some(error) = before[at].error() {
            fault(format!("Alembic before: {error}"));
            continue;
        }
        let changed = case.project.snapshot();
        let report = said(&outputs[at]);
        if code(&outputs[at]) == 3 && report.contains("conflict") && changed == originals[at] {
            tally.conflicts.push(format!("{}: {report}", case.name));
            continue;
        }
        // A published revision that depends on the other side publishes that one too, so that two heads
        // of one lineage are published: the contract's exit 3.
        if code(&outputs[at]) == 3
            && case.applied.is_some()
            && report.contains("databases may stand on each of")
            && changed == originals[at]
        {
            tally.both_published.push(case.name.clone());
            continue;
        }
        if code(&outputs[at]) != 0 {
            fault(report);
            continue;
        }
        let repair = Repair {
            before: &before[at],
            after: &after[at],
            files_before: &originals[at],
            files_after: &changed,
            applied: case.applied.as_deref(),
            heads: case.heads,
        };
        repair.faults().into_iter().for_each(&mut fault);
        let applied = case.applied.as_deref().unwrap_or("none");
        let again = case
            .project
            .rechain(&["fix", "--yes", "--applied", applied]);
        if code(&again) != 0 || !again.stdout.is_empty() || case.project.snapshot() != changed {
            fault(format!("a second run: {}", said(&again)));
        }
        if changed == originals[at] {
            tally.sound += 1;
            continue;
        }
        tally.repaired += 1;
        let undone = case.project.rechain(&["undo"]);
        if code(&undone) != 0 || case.project.snapshot() != originals[at] {
            fault(format!("undo: {}", said(&undone)));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults in {} cases:\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
    tally
}

/// The number of lineages, which is the number of heads a repaired history has.
fn healthy_heads(history: &Read, kept: &BTreeSet<String>) -> usize {
    let revisions = history
        .graph
        .revisions()
        .iter()
        .filter(|revision| kept.contains(revision.id.as_str()))
        .cloned()
        .collect();
    lineages(&Graph::of(revisions, &Expectations::default())).len()
}

#[test]
fn forks_that_real_merges_left_are_repaired() {
    let histories = histories(Scope::from_env());
    let answers = rechain_testing::alembic::read_corpus(&histories);
    let (mut cases, mut merges, mut empty_sides) = (Vec::new(), 0, 0);
    for (history, answer) in histories.iter().zip(answers) {
        let read = read(history, elsewhere(&answer));
        let facts = Facts(answer);
        let files = facts.files();
        let original = snapshot(&history.path);
        for merge in strings(&facts.0["alembic"]["merge_points"]) {
            merges += 1;
            let parents = facts.parents(&merge);
            let mut kept: BTreeSet<String> = parents.iter().cloned().collect();
            for parent in &parents {
                kept.extend(facts.ancestors(parent));
            }
            let heads: Vec<&String> = parents
                .iter()
                .filter(|parent| {
                    !parents
                        .iter()
                        .any(|other| other != *parent && facts.chain(other).contains(*parent))
                })
                .collect();
            empty_sides += usize::from(heads.len() == 1);
            let healthy = healthy_heads(&read, &kept);
            let labels: BTreeSet<_> = heads.iter().map(|head| facts.labels(head)).collect();
            if labels.len() == 1 && facts.0["alembic"]["bases"].as_array().unwrap().len() == 1 {
                assert_eq!(healthy, 1, "{} {merge}", history.package);
            }
            let applied: Vec<Option<String>> = match heads.first() {
                Some(head) => vec![None, Some((*head).clone())],
                None => vec![None],
            };
            for applied in applied {
                let project = Project::new(history.recursive);
                for id in &kept {
                    project.write(&files[id], &original[&files[id]]);
                }
                cases.push(Case {
                    name: format!("{} before {merge}, applied {applied:?}", history.package),
                    project,
                    applied,
                    heads: healthy,
                });
            }
        }
    }
    let noted: usize = histories
        .iter()
        .map(|history| history.count("merges"))
        .sum();
    assert_eq!(merges, noted, "the merge points that the table counts");
    let tally = repair_all(&cases);
    eprintln!(
        "{merges} merges, {empty_sides} with an empty side; {} runs: {} repaired, {} with nothing to do, \
         {} conflicts\n{}",
        cases.len(),
        tally.repaired,
        tally.sound,
        tally.conflicts.len(),
        tally.conflicts.join("\n")
    );
    // Someone merged these, so they went together.
    assert!(tally.conflicts.is_empty());
    assert_eq!(tally.repaired + tally.sound, cases.len());
}

#[test]
fn branches_cut_into_every_history_are_repaired() {
    let histories = histories(Scope::from_env());
    let answers = rechain_testing::alembic::read_corpus(&histories);
    let (mut cases, mut too_short) = (Vec::new(), Vec::new());
    for (number, (history, answer)) in (0..).zip(histories.iter().zip(answers)) {
        let read = read(history, elsewhere(&answer));
        let facts = Facts(answer);
        let mut random = Random(number);
        for cuts in 1..=3 {
            let Some(case) = branched(history, &read, &facts, cuts, &mut random) else {
                too_short.push(format!(
                    "{} {} ({cuts})",
                    history.package, history.versions_dir
                ));
                continue;
            };
            cases.push(case);
        }
    }
    let tally = repair_all(&cases);
    eprintln!(
        "{} branched histories: {} repaired, {} with nothing to do, {} conflicts; too short: {too_short:?}",
        cases.len(),
        tally.repaired,
        tally.sound,
        tally.conflicts.len(),
    );
    assert_eq!(tally.sound, 0, "a cut makes a second head");
    eprintln!("both sides published: {:?}", tally.both_published);
    // Only histories whose branches depend on each other can come to that.
    let depends = |name: &String| {
        histories
            .iter()
            .any(|history| name.starts_with(&history.package) && history.count("depends_on") > 0)
    };
    assert!(
        tally.both_published.iter().all(depends),
        "{:?}",
        tally.both_published
    );
    assert_eq!(
        tally.repaired + tally.conflicts.len() + tally.both_published.len(),
        cases.len()
    );
    assert!(
        tally.repaired * 4 >= cases.len(),
        "{} of {} are conflicts:\n{}",
        tally.conflicts.len(),
        cases.len(),
        tally.conflicts.join("\n")
    );
}

/// A copy of a history in which `cuts` tails hang on earlier revisions of their own line than they did.
fn branched(
    history: &History,
    read: &Read,
    facts: &Facts,
    cuts: usize,
    random: &mut Random,
) -> Option<Case> {
    let graph = &read.graph;
    let mut parents: BTreeMap<RevIndex, RevIndex> = BTreeMap::new();
    let mut cut: BTreeSet<RevIndex> = BTreeSet::new();
    for _ in 0..cuts {
        // A revision whose parent has no other child and is no base: the parent becomes a head.
        let candidates: Vec<(RevIndex, RevIndex)> = graph
            .indices()
            .filter(|index| !cut.contains(index))
            .filter_map(|index| match *graph.parents(index) {
                [parent] => Some((index, parent)),
                _ => None,
            })
            .filter(|&(index, parent)| {
                graph.children(parent).len() == 1
                    && !graph.parents(parent).is_empty()
                    && graph[index].branch_labels.is_empty()
                    && graph.labels(index) == graph.labels(parent)
            })
            .collect();
        if candidates.is_empty() {
            return None;
        }
        let (index, parent) = candidates[random.below(candidates.len())];
        let mut below = Vec::new();
        let mut current = parent;
        while let [next] = *graph.parents(current)
            && below.len() < 12
            && graph.labels(next) == graph.labels(index)
        {
            below.push(next);
            current = next;
        }
        if below.is_empty() {
            return None;
        }
        parents.insert(index, below[random.below(below.len())]);
        cut.extend([index, parent]);
    }
    let project = Project::new(history.recursive);
    let mut files = snapshot(&history.path);
    for (&index, &parent) in &parents {
        let (path, source, module) = &read.files[graph[index].place.file.index()];
        let parent: RevisionId = graph[parent].id.clone();
        let edits = reparent(source.text(), module.sites.as_ref()?, &[parent]);
        let edits = edits.iter().map(|edit| (edit.range, edit.insert.as_str()));
        files.insert(path.clone(), source.splice(edits).unwrap());
    }
    for path in facts.files().values() {
        project.write(path, &files[path]);
    }
    let moved = parents.iter().map(|(&index, &parent)| {
        let parents = vec![graph[parent].id.clone()];
        (index, graph[index].with_parents(parents))
    });
    let new = graph.with(moved, &Expectations::default());
    let lineages = lineages(&new);
    let branched: Vec<RevIndex> = lineages
        .iter()
        .filter(|lineage| !lineage.is_linear())
        .flat_map(|lineage| lineage.heads.iter().copied())
        .collect();
    let applied = (random.below(2) == 1 && !branched.is_empty())
        .then(|| new[branched[random.below(branched.len())]].id.to_string());
    Some(Case {
        name: format!(
            "{} {}, {cuts} cuts at {:?}, applied {applied:?}",
            history.package,
            history.versions_dir,
            parents
                .iter()
                .map(|(&index, &parent)| format!("{}->{}", graph[index].id, graph[parent].id))
                .collect::<Vec<_>>()
        ),
        project,
        applied,
        heads: lineages.len(),
    })
}
