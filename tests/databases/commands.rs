//! Every command that writes, on any small history: a database that the command was told of still gets everything once,
//! an empty one can still be brought up, and nothing ends in an exception of Alembic that did not before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rechain_testing::alembic::{Environment, Job, Outcome, run, sqlite_url};
use rechain_testing::random::Random;

use crate::repair::{code, rechain, said};

/// A revision with no more than its links. Its table is `t_ID`.
struct Revision {
    id: String,
    parents: Vec<String>,
    depends_on: Vec<String>,
    label: Option<String>,
}

fn history(random: &mut Random) -> Vec<Revision> {
    let size = 3 + random.below(7);
    let roots = [1, 1, 1, 2, 2, 3][random.below(6)];
    let mut history: Vec<Revision> = Vec::new();
    for at in 0..size {
        let mut parents: Vec<String> = Vec::new();
        if at >= roots {
            parents.push(history[at - 1 - random.below(at.min(4))].id.clone());
            if random.below(5) == 0 {
                add(&mut parents, &history[random.below(at)].id);
            }
        }
        let mut depends_on: Vec<String> = Vec::new();
        for chance in [4, 12] {
            let other = &history.get(random.below(at.max(1))).map(|it| it.id.clone());
            if let Some(other) = other.as_ref().filter(|it| !parents.contains(it))
                && random.below(chance) == 0
            {
                add(&mut depends_on, other);
            }
        }
        let is_labelled = parents.is_empty() && random.below(2) == 0;
        history.push(Revision {
            id: format!("{:03x}{at}", random.below(0x1000)),
            label: is_labelled.then(|| format!("branch{at}")),
            parents,
            depends_on,
        });
    }
    history
}

fn add(ids: &mut Vec<String>, id: &String) {
    if !ids.contains(id) {
        ids.push(id.clone());
    }
}

fn write(history: &[Revision], project: &Path) {
    let versions = project.join("versions");
    fs::create_dir_all(&versions).unwrap();
    let ini = "[alembic]\nscript_location = .\nversion_locations = versions\n";
    fs::write(project.join("alembic.ini"), ini).unwrap();
    let value = |ids: &[String]| match ids {
        [] => "None".to_owned(),
        [one] => format!("\"{one}\""),
        several => format!("(\"{}\")", several.join("\", \"")),
    };
    for revision in history {
        let Revision {
            id,
            parents,
            depends_on,
            label,
        } = revision;
        let label: Vec<String> = label.iter().cloned().collect();
        let text = format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = {}\n\
             branch_labels = {}\ndepends_on = {}\n\n\ndef upgrade():\n    \
             op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer(), primary_key=True))\n",
            value(parents),
            value(&label),
            value(depends_on),
        );
        fs::write(versions.join(format!("{id}.py")), text).unwrap();
    }
}

/// The ids that the files of a project declare.
fn declared(project: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(project.join("versions")).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let texts = paths
        .filter(|path| path.extension().is_some_and(|it| it == "py"))
        .map(|path| fs::read_to_string(path).unwrap());
    let id = |text: String| {
        let line = text.lines().find(|it| it.starts_with("revision"))?;
        let literal = line.split_once('=')?.1.trim();
        Some(literal.trim_matches(['"', '\'']).to_owned())
    };
    texts.map(|text| id(text).expect("an id")).collect()
}

/// A command that writes, with what is said of databases.
fn command(random: &mut Random, history: &[Revision], applied: &[String]) -> Vec<String> {
    let mut any = || history[random.below(history.len())].id.clone();
    let (one, other) = (any(), any());
    let mut command: Vec<String> = match random.below(8) {
        0 | 1 => vec!["fix".into(), "--yes".into()],
        2 => ["fix", "--yes", "--placement", "tables"]
            .map(String::from)
            .into(),
        3 => vec!["flatten".into()],
        4 => vec!["merge".into()],
        5 => vec!["prune".into(), one],
        number => {
            let place = ["--after", "--before"][random.below(2)];
            let mut command = vec!["move".into(), one, place.into(), other];
            if number == 7 {
                command.push("--with-descendants".into());
            }
            command
        }
    };
    command.extend(["--base".into(), "none".into()]);
    for id in applied {
        command.extend(["--applied".into(), id.clone()]);
    }
    // What comes last is where the project is.
    if !matches!(command[0].as_str(), "fix" | "flatten") {
        command.push("--project".into());
    }
    command
}

struct Case {
    name: String,
    project: PathBuf,
    history: Vec<Revision>,
    applied: Vec<String>,
}

impl Case {
    fn new(name: String, project: PathBuf, history: Vec<Revision>, applied: Vec<String>) -> Self {
        write(&history, &project);
        Self {
            name,
            project,
            history,
            applied,
        }
    }

    fn job(&self, database: &str, targets: &[&str]) -> Job {
        Job {
            environment: Environment::Versions(self.project.join("versions")),
            url: sqlite_url(&self.project.join(database)),
            commands: targets
                .iter()
                .map(|target| vec!["upgrade".to_owned(), (*target).to_owned()])
                .collect(),
        }
    }

    /// The history in one line for each revision, for messages.
    fn shown(&self, command: &[String]) -> String {
        let mut shown = format!("history {}: rechain {}\n", self.name, command.join(" "));
        for it in &self.history {
            let _ = writeln!(
                shown,
                "  {} follows {:?}, depends on {:?}, {:?}",
                it.id, it.parents, it.depends_on, it.label
            );
        }
        shown
    }
}

fn executed(outcome: &Outcome) -> Vec<String> {
    let steps = outcome.steps.iter();
    steps.flat_map(|it| it.executed.clone()).collect()
}

/// Carries the commands out, and gives how many changed something, and what came of each kind.
fn hold(cases: &[(Case, Vec<String>)]) -> (usize, BTreeMap<String, usize>) {
    // Three databases: the one that is spoken of, the same brought all the way up, and a new one.
    let before: Vec<Job> = cases
        .iter()
        .flat_map(|(case, _)| {
            let applied: Vec<&str> = case.applied.iter().map(String::as_str).collect();
            let whole: Vec<&str> = applied.iter().copied().chain(["heads"]).collect();
            [
                case.job("stays.db", &applied),
                case.job("whole.db", &whole),
                case.job("empty.db", &["heads"]),
            ]
        })
        .collect();
    let before = run(&before);
    let mut after: Vec<Job> = Vec::new();
    let mut changed: Vec<(&Case, &[String], BTreeSet<String>)> = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for ((case, command), outcomes) in cases.iter().zip(before.chunks(3)) {
        // What no Alembic can run is nobody's fault here.
        if outcomes.iter().any(|it| it.error().is_some()) {
            *counts.entry("fail already".into()).or_default() += 1;
            continue;
        }
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let output = rechain(&case.project, &arguments);
        let words = said(&output);
        assert!(
            (0..=3).contains(&code(&output)) && !words.contains("this is a bug"),
            "{}{words}",
            case.shown(command)
        );
        let what = format!("{} {}", command[0], code(&output));
        *counts.entry(what).or_default() += 1;
        if code(&output) == 0 {
            changed.push((case, command, executed(&outcomes[0]).into_iter().collect()));
            after.push(case.job("stays.db", &["heads"]));
            after.push(case.job("new.db", &["heads"]));
        }
    }
    let after = run(&after);
    for ((case, command, had), outcomes) in changed.iter().zip(after.chunks(2)) {
        let shown = case.shown(command);
        let [stays, new] = outcomes else {
            unreachable!("two jobs for each case")
        };
        assert_eq!(stays.error(), None, "{shown}");
        assert_eq!(new.error(), None, "{shown}");
        let all = declared(&case.project);
        let ran: BTreeSet<String> = executed(stays).into_iter().collect();
        let twice: Vec<&String> = ran.intersection(had).collect();
        assert!(twice.is_empty(), "{shown}{twice:?} ran twice");
        let got: BTreeSet<String> = ran.union(had).cloned().collect();
        let applied = &case.applied;
        assert_eq!(got, all, "{shown}what a database with {applied:?} got");
        let ran: BTreeSet<String> = executed(new).into_iter().collect();
        assert_eq!(ran, all, "{shown}what a new database got");
    }
    (changed.len(), counts)
}

/// `RECHAIN_COMMANDS=1000 RECHAIN_SEED=7 cargo test --test databases commands` takes as many histories from there.
#[test]
fn no_command_takes_anything_from_a_database() {
    let number = |name: &str, default: u32| {
        std::env::var(name).map_or(default, |it| it.parse().expect("a number"))
    };
    let (count, seed) = (number("RECHAIN_COMMANDS", 60), number("RECHAIN_SEED", 11));
    let place = tempfile::tempdir().unwrap();
    let cases: Vec<(Case, Vec<String>)> = (0..count)
        .map(|at| {
            let mut random = Random(u64::from(seed) << 32 | u64::from(at));
            let history = history(&mut random);
            let mut applied: Vec<String> = Vec::new();
            for _ in 0..[1, 1, 1, 2][random.below(4)] {
                add(&mut applied, &history[random.below(history.len())].id);
            }
            let command = command(&mut random, &history, &applied);
            let project = place.path().join(at.to_string());
            (
                Case::new(at.to_string(), project, history, applied),
                command,
            )
        })
        .collect();
    let (changed, counts) = hold(&cases);
    assert!(changed > cases.len() / 5, "{counts:?}");
    eprintln!("{count} histories, seed {seed}: {counts:?}");
}

/// Those that went wrong once.
#[test]
fn what_went_wrong_once_goes_right() {
    type Links = (
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
    );
    let known: [(&str, &[Links]); 3] = [
        (
            // A merge revision that keeps its parents is not edited.
            "move 62a4 --after 08c1 --base none --applied 0eb0 --project",
            &[
                ("0eb0", &[], &[]),
                ("08c1", &[], &[]),
                ("8932", &[], &[]),
                ("2d43", &["0eb0"], &["8932"]),
                ("62a4", &["0eb0", "08c1"], &[]),
                ("29c5", &["08c1"], &[]),
            ],
        ),
        (
            // One that gets a third parent names it last.
            "move 2bb6 --after 0032 --base none --applied ec37 --applied 0032 --project",
            &[
                ("ef50", &[], &[]),
                ("73f1", &["ef50"], &[]),
                ("0032", &["73f1"], &[]),
                ("e8e3", &["ef50"], &[]),
                ("d3f4", &["73f1"], &[]),
                ("ffb5", &["73f1"], &[]),
                ("2bb6", &["d3f4", "e8e3"], &["ffb5"]),
                ("ec37", &["e8e3"], &[]),
            ],
        ),
        (
            // `3328` names 0e30 needlessly, over which Alembic fails once no other head is there.
            "flatten --base none --applied 4175",
            &[
                ("0e30", &[], &[]),
                ("91c1", &[], &["0e30"]),
                ("fb72", &["0e30"], &[]),
                ("be03", &["fb72"], &[]),
                ("a4e4", &["91c1"], &[]),
                ("4175", &["fb72"], &[]),
                ("b896", &["fb72"], &[]),
                ("f377", &["b896"], &[]),
                ("3328", &["4175"], &["a4e4", "0e30"]),
            ],
        ),
    ];
    let place = tempfile::tempdir().unwrap();
    let cases: Vec<(Case, Vec<String>)> = known
        .iter()
        .enumerate()
        .map(|(at, (command, links))| {
            let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
            let history = links.iter().map(|&(id, parents, depends_on)| Revision {
                id: id.to_owned(),
                parents: owned(parents),
                depends_on: owned(depends_on),
                label: (id == "08c1" || id == "91c1").then(|| "branch".to_owned()),
            });
            let command: Vec<String> = command.split(' ').map(str::to_owned).collect();
            let applied = command.windows(2).filter(|it| it[0] == "--applied");
            let applied = applied.map(|it| it[1].clone()).collect();
            let project = place.path().join(at.to_string());
            let case = Case::new(format!("known {at}"), project, history.collect(), applied);
            (case, command)
        })
        .collect();
    let (changed, counts) = hold(&cases);
    assert_eq!(changed, cases.len(), "{counts:?}");
}
