//! Which error: damaged graphs, and arguments that name nothing or too much.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rechain_history::{Graph, Problem, ResolveError, resolve};
use serde_json::{Value, json};

use crate::{Random, graph, strings};

/// `RECHAIN_DAMAGED` asks for another number.
const GRAPHS: u64 = 4_000;

/// Beginnings that several ids share, one of them too short to be completed, one a number.
const BEGINNINGS: [&str; 6] = ["ab12", "ab12c", "ab1", "x", "2024", "9f"];

#[derive(Clone, Default)]
struct Node {
    id: String,
    parents: Vec<String>,
    dependencies: Vec<String>,
    labels: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    MissingParent,
    MissingDependency,
    Duplicate,
    OwnParent,
    OwnDependency,
    Cycle,
    DependencyCycle,
    DuplicateLabel,
    LabelIsId,
    Character,
}

const DAMAGES: [Damage; 10] = [
    Damage::MissingParent,
    Damage::MissingDependency,
    Damage::Duplicate,
    Damage::OwnParent,
    Damage::OwnDependency,
    Damage::Cycle,
    Damage::DependencyCycle,
    Damage::DuplicateLabel,
    Damage::LabelIsId,
    Damage::Character,
];

fn nodes(random: &mut Random) -> (Vec<Node>, BTreeSet<Damage>) {
    let mut nodes: Vec<Node> = Vec::new();
    for at in 0..2 + random.below(9) {
        let mut node = Node {
            id: format!("{}{at}", BEGINNINGS[random.below(BEGINNINGS.len())]),
            ..Node::default()
        };
        let earlier = |random: &mut Random| nodes[random.below(at)].id.clone();
        if at > 0 && random.below(7) > 0 {
            node.parents.push(earlier(random));
            if random.below(5) == 0 {
                let other = earlier(random);
                if !node.parents.contains(&other) {
                    node.parents.push(other);
                }
            }
        }
        if at > 0 && random.below(6) == 0 {
            node.dependencies.push(earlier(random));
        }
        if random.below(4) == 0 {
            node.labels
                .push(format!("{}{at}", ["label", "ab12", "la"][random.below(3)]));
        }
        nodes.push(node);
    }
    // A label that happens to be an id would be damage that was not asked for.
    let ids: BTreeSet<String> = nodes.iter().map(|it| it.id.clone()).collect();
    for node in &mut nodes {
        node.labels.retain(|it| !ids.contains(it));
    }
    let mut done = BTreeSet::new();
    for _ in 0..[0, 0, 1, 1, 1, 2][random.below(6)] {
        let damage = DAMAGES[random.below(DAMAGES.len())];
        damaged(&mut nodes, damage, random);
        done.insert(damage);
    }
    // Alembic reads files in the order of their names, which is any order.
    for at in (1..nodes.len()).rev() {
        nodes.swap(at, random.below(at + 1));
    }
    (nodes, done)
}

fn damaged(nodes: &mut Vec<Node>, damage: Damage, random: &mut Random) {
    let at = random.below(nodes.len());
    let (lower, upper) = (random.below(at + 1), at);
    let own = nodes[at].id.clone();
    match damage {
        Damage::MissingParent => nodes[at].parents.push("gone".to_owned()),
        Damage::MissingDependency => nodes[at].dependencies.push("nowhere".to_owned()),
        Damage::Duplicate => {
            let mut copy = nodes[at].clone();
            copy.labels.clear();
            nodes.push(copy);
        }
        Damage::OwnParent => nodes[at].parents.push(own),
        Damage::OwnDependency => nodes[at].dependencies.push(own),
        Damage::Cycle | Damage::DependencyCycle if lower == upper => {}
        Damage::Cycle => nodes[lower].parents.push(own),
        Damage::DependencyCycle => nodes[lower].dependencies.push(own),
        Damage::DuplicateLabel => {
            nodes[lower].labels.push("twice".to_owned());
            nodes[upper].labels.push("twice".to_owned());
        }
        Damage::LabelIsId => nodes[lower].labels.push(own),
        Damage::Character => {
            let character = ['@', '-', '+', ':'][random.below(4)];
            nodes[at].id.push(character);
        }
    }
}

fn text(node: &Node) -> String {
    let mut text = format!("revision = '{}'\n", node.id);
    for (name, values) in [
        ("down_revision", &node.parents),
        ("depends_on", &node.dependencies),
        ("branch_labels", &node.labels),
    ] {
        match values.as_slice() {
            [] => writeln!(text, "{name} = None"),
            [value] => writeln!(text, "{name} = '{value}'"),
            values => writeln!(text, "{name} = ('{}',)", values.join("', '")),
        }
        .expect("writing to a string");
    }
    text
}

/// What somebody might type, and what nobody should.
fn arguments(nodes: &[Node], random: &mut Random) -> Vec<String> {
    let names: Vec<&str> = nodes
        .iter()
        .flat_map(|it| std::iter::once(&it.id).chain(&it.labels))
        .map(String::as_str)
        .collect();
    let mut found: Vec<String> = ["head", "heads", "base", "zzzz", "ab1", "ab12", "gone@head"]
        .map(str::to_owned)
        .to_vec();
    for _ in 0..12 {
        let mut name = || {
            let name = names[random.below(names.len())];
            let cut = if random.below(2) == 0 {
                name.len()
            } else {
                1 + random.below(name.len())
            };
            name[..cut].to_owned()
        };
        let (one, other) = (name(), name());
        found.push(one.clone());
        found.push(match random.below(5) {
            0 => format!("{one}@head"),
            1 => format!("{one}@heads"),
            2 => format!("{one}@base"),
            _ => format!("{one}@{other}"),
        });
    }
    found
}

#[test]
fn errors_are_those_of_alembic() {
    let count = std::env::var("RECHAIN_DAMAGED").map_or(GRAPHS, |it| it.parse().expect("a number"));
    let mut cases = Vec::new();
    for seed in 0..count {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.below(2);
        let (nodes, damages) = nodes(&mut random);
        let arguments = arguments(&nodes, &mut random);
        cases.push((nodes, damages, arguments));
    }
    let asked = cases.iter().map(|(nodes, _, arguments)| {
        let revisions = nodes
            .iter()
            .map(|it| json!([it.id, it.parents, it.dependencies, it.labels]));
        json!({ "revisions": revisions.collect::<Vec<_>>(), "arguments": arguments })
    });
    let answers = rechain_testing::reference::run_python("graphs.py", &[], &asked.collect());
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for (seed, (nodes, damages, arguments)) in cases.iter().enumerate() {
        let answer = &answers[seed];
        let files: Vec<(String, String)> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| (format!("{at:03}.py"), text(node)))
            .collect();
        let graph = graph(&files);
        let shown = || {
            let texts: Vec<&str> = files.iter().map(|(_, text)| text.as_str()).collect();
            format!("seed {seed} ({damages:?}):\n{}", texts.join("\n"))
        };
        // Of two copies the last one counts, but Alembic looks at all of them. What is wrong with the other one alone
        // is said once there is one: the copies are damage enough.
        let other_copies = || {
            let files: Vec<_> = files.iter().rev().cloned().collect();
            same_damage(&crate::graph(&files), answer)?;
            Some("in the copy that does not count".to_owned())
        };
        match same_damage(&graph, answer).or_else(other_copies) {
            Some(outcome) => *tally.entry(outcome).or_default() += 1,
            None => {
                let (ours, error, warnings) =
                    (graph.problems(), &answer["error"], &answer["warnings"]);
                differences.push(format!("{ours:?}, not {error}, {warnings}: {}", shown()));
            }
        }
        if !answer["error"].is_null() || graph.is_damaged() {
            continue;
        }
        for (at, argument) in arguments.iter().enumerate() {
            // Of several answers it is the one that looks at what stands before `@base`.
            let kind = if argument.ends_with("@base") {
                "one"
            } else {
                "arguments"
            };
            let theirs = &answer[kind][at];
            match same_answer(&graph, argument, theirs) {
                Some(outcome) => *tally.entry(outcome).or_default() += 1,
                None => {
                    let ours = resolve(&graph, argument);
                    differences.push(format!("{argument:?}: {ours:?}, not {theirs}: {}", shown()));
                }
            }
        }
    }
    let first: Vec<&str> = differences.iter().map(String::as_str).take(8).collect();
    assert!(
        differences.is_empty(),
        "{} differences; {tally:#?}\n{}",
        differences.len(),
        first.join("\n\n")
    );
    println!("{count} graphs: {tally:#?}");
    // Each kind was met, many times.
    for kind in [
        "LoopDetected",
        "DependencyLoopDetected",
        "CycleDetected",
        "DependencyCycleDetected",
        "KeyError",
        "label",
        "character",
        "duplicate, a warning",
        "sound",
        "names one",
        "MultipleHeads",
        "Ambiguous",
        "Unknown",
        "NotInLineage",
    ] {
        let found = tally.get(kind).copied().unwrap_or_default() as u64;
        assert!(
            found * 400 >= count,
            "{kind} was met {found} times only: {tally:#?}"
        );
    }
}

/// What both say of the graph, in a word; none where they do not agree.
fn same_damage(graph: &Graph, answer: &Value) -> Option<String> {
    let has = |holds: &dyn Fn(&Problem) -> bool| graph.problems().iter().any(holds);
    let duplicates: BTreeSet<&str> = graph
        .problems()
        .iter()
        .filter_map(|problem| match problem {
            Problem::DuplicateRevision { revision, .. } => Some(revision.as_str()),
            _ => None,
        })
        .collect();
    let warned: BTreeSet<String> = strings(&answer["warnings"])
        .iter()
        .filter_map(|it| it.strip_suffix(" is present more than once"))
        .filter_map(|it| it.strip_prefix("Revision "))
        .map(str::to_owned)
        .collect();
    let warned: BTreeSet<&str> = warned.iter().map(String::as_str).collect();
    let error = &answer["error"];
    let is_cycle = has(&|it| matches!(it, Problem::Cycle { .. }));
    if error.is_null() {
        let explained = |problem: &Problem| {
            !problem.is_damage() && !matches!(problem, Problem::ForbiddenCharacter { .. })
                || matches!(
                    problem,
                    Problem::DuplicateRevision { .. } | Problem::Cycle { .. }
                )
        };
        let agrees = warned == duplicates && graph.problems().iter().all(explained);
        // Its test misses circles that have both a way in from a head and a way out to a base.
        let word = match (is_cycle, duplicates.is_empty()) {
            (true, _) => "a circle that Alembic's own test misses",
            (_, false) => "duplicate, a warning",
            _ => "sound",
        };
        return agrees.then(|| word.to_owned());
    }
    let class = error["class"].as_str()?;
    let message = error["message"].as_str()?;
    let agrees = match class {
        "LoopDetected" | "DependencyLoopDetected" => has(
            &|it| matches!(it, Problem::SelfLoop { revision, .. } if message.ends_with(&format!("({revision})"))),
        ),
        "CycleDetected" | "DependencyCycleDetected" | "TimeoutError" => is_cycle,
        "KeyError" => has(&|it| match it {
            Problem::MissingParent { missing, .. } => missing.as_str() == message,
            Problem::MissingDependency { missing, .. } => missing == message,
            _ => false,
        }),
        "RevisionError" if message.starts_with("Branch name") => {
            let of_copies = |it: &str| {
                message.ends_with(&format!("in revision {it} already used by revision {it}"))
            };
            let agrees = duplicates.iter().any(|it| of_copies(it))
                || has(&|it| match it {
                    Problem::DuplicateLabel { label, .. } => {
                        message.contains(&format!("'{label}'"))
                    }
                    _ => false,
                });
            return agrees.then(|| "label".to_owned());
        }
        "RevisionError" if message.starts_with("Character") => {
            let agrees = has(&|it| {
                matches!(it, Problem::ForbiddenCharacter { revision, character, .. }
                    if message.contains(&format!("'{revision}'")) && message.contains(*character))
            });
            return agrees.then(|| "character".to_owned());
        }
        _ => false,
    };
    (agrees && warned.is_subset(&duplicates)).then(|| class.to_owned())
}

/// What both make of an argument, in a word; none where they do not agree.
fn same_answer(graph: &Graph, argument: &str, theirs: &Value) -> Option<String> {
    let ours = resolve(graph, argument);
    let Some(class) = theirs["class"].as_str() else {
        let ids = |found: Vec<_>| -> Vec<String> {
            found
                .into_iter()
                .map(|index| graph[index].id.to_string())
                .collect()
        };
        let found = ids(ours.ok()?);
        let word = ["names none", "names one", "names several"][found.len().min(2)];
        return (found == strings(theirs)).then(|| word.to_owned());
    };
    let message = theirs["message"].as_str()?;
    let word = match (class, ours.err()?) {
        ("MultipleHeads", ResolveError::MultipleHeads { .. }) => "MultipleHeads",
        ("ResolutionError", ResolveError::Ambiguous { .. })
            if message.starts_with("Multiple revisions start with") =>
        {
            "Ambiguous"
        }
        // It says so too of a beginning that several branches share.
        ("ResolutionError", ResolveError::Unknown(_) | ResolveError::Ambiguous { .. })
            if message.starts_with("No such branch") =>
        {
            "no such branch"
        }
        ("ResolutionError", ResolveError::Unknown(_))
            if message.starts_with("No such revision") =>
        {
            "Unknown"
        }
        ("ResolutionError", ResolveError::NotInLineage { .. })
            if message.contains("is not a member of branch") =>
        {
            "NotInLineage"
        }
        _ => return None,
    };
    Some(word.to_owned())
}
