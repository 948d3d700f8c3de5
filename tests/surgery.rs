//! `flatten`, `move` and `prune`: what real Alembic makes of a chain that was changed as somebody asked.
//! `RECHAIN_CORPUS=all` flattens every branched history of the corpus.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests write the files they are about, and say what they counted"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod repair;

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use rechain_testing::alembic::{self, Environment, Job, offline_sql};
use rechain_testing::corpus::{Scope, histories};
use rechain_testing::postgres;
use repair::{Facts, Project, Snapshot, code, oracle, said, snapshot, strings};
use serde_json::Value;

/// A branched history of the corpus in a project of its own.
struct Branched {
    name: String,
    project: Project,
    before: Snapshot,
}

fn branched() -> Vec<Branched> {
    histories(Scope::from_env())
        .iter()
        .filter(|history| history.count("merges") + history.count("branchpoints") > 0)
        .map(|history| {
            let project = Project::new(history.recursive);
            for (name, content) in snapshot(&history.path) {
                project.write(name, content);
            }
            Branched {
                name: format!("{} {}", history.package, history.version),
                before: project.snapshot(),
                project,
            }
        })
        .collect()
}

fn sql(cases: &[Branched]) -> Vec<Value> {
    let places: Vec<_> = cases
        .iter()
        .map(|case| (case.project.versions(), case.project.recursive))
        .collect();
    offline_sql(
        places
            .iter()
            .map(|(path, recursive)| (path.as_path(), *recursive)),
    )
}

/// The statements of each revision, in the order in which they run.
fn statements(answer: &Value) -> Vec<(String, Value, Value)> {
    let revisions = answer["revisions"].as_array().expect("a list");
    revisions
        .iter()
        .map(|it| {
            let id = it["revision"].as_str().unwrap().to_owned();
            (id, it["sql"].clone(), it["error"].clone())
        })
        .collect()
}

fn order(facts: &Facts) -> Vec<String> {
    strings(&facts.0["alembic"]["upgrade"])
}

/// Revisions with several parents, or several children in one lineage, and those that follow none but the first.
fn is_linear(facts: &Facts) -> bool {
    let ids = facts.ids();
    let heads = facts.heads();
    ids.iter().all(|id| facts.parents(id).len() <= 1)
        && heads.iter().all(|head| {
            let labels = facts.labels(head);
            heads.iter().filter(|it| facts.labels(it) == labels).count() == 1
        })
}

#[test]
fn branched_histories_become_one_line_that_alembic_runs_in_the_same_order() {
    let cases = branched();
    assert!(cases.len() >= 5, "the selection has branched histories");
    let before = oracle(cases.iter().map(|case| &case.project));
    let sql_before = sql(&cases);
    let outputs: Vec<Output> = cases
        .iter()
        .map(|case| case.project.rechain(&["flatten", "--applied", "none"]))
        .collect();
    let after = oracle(cases.iter().map(|case| &case.project));
    let sql_after = sql(&cases);
    let mut faults = Vec::new();
    let (mut files, mut texts, mut revisions, mut cut_short) = (0, 0, 0, 0);
    for (at, case) in cases.iter().enumerate() {
        let mut fault = |what: String| faults.push(format!("{}: {what}", case.name));
        if code(&outputs[at]) != 0 {
            fault(said(&outputs[at]));
            continue;
        }
        if let Some(error) = after[at].error() {
            fault(format!("Alembic: {error}"));
            continue;
        }
        if !is_linear(&after[at]) {
            fault("it is not linear".to_owned());
        }
        if order(&before[at]) != order(&after[at]) {
            fault("Alembic runs it in another order".to_owned());
        }
        let (old, new) = (statements(&sql_before[at]), statements(&sql_after[at]));
        if old != new || sql_before[at]["error"]["class"] != sql_after[at]["error"]["class"] {
            let difference = old.iter().zip(&new).find(|(old, new)| old != new);
            fault(format!("other SQL: {difference:?}"));
        }
        texts += new
            .iter()
            .map(|it| it.1.as_array().unwrap().len())
            .sum::<usize>();
        cut_short += new.iter().filter(|it| it.2.is_object()).count();
        revisions += new.len();
        let changed = case.project.snapshot();
        files += edited(&case.before, &changed);
        let again = case.project.rechain(&["flatten", "--applied", "none"]);
        if code(&again) != 0 || case.project.snapshot() != changed {
            fault(format!("a second run: {}", said(&again)));
        }
        let undone = case.project.rechain(&["undo"]);
        if changed != case.before && (code(&undone) != 0 || case.project.snapshot() != case.before)
        {
            fault(format!("undo: {}", said(&undone)));
        }
    }
    eprintln!(
        "{} histories, {files} files edited; SQL of {revisions} revisions the same, {texts} statements, {cut_short} \
         revisions that need a database and end early",
        cases.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(texts > 500, "the SQL that was compared");
}

#[test]
fn empty_merge_revisions_go_where_that_is_asked_for() {
    let cases = branched();
    let before = oracle(cases.iter().map(|case| &case.project));
    let outputs: Vec<Output> = cases
        .iter()
        .map(|case| {
            let arguments = ["flatten", "--drop-empty-merges", "--applied", "none"];
            case.project.rechain(&arguments)
        })
        .collect();
    let after = oracle(cases.iter().map(|case| &case.project));
    let mut dropped = 0;
    for (at, case) in cases.iter().enumerate() {
        assert_eq!(
            code(&outputs[at]),
            0,
            "{}: {}",
            case.name,
            said(&outputs[at])
        );
        assert_eq!(after[at].error(), None, "{}", case.name);
        assert!(is_linear(&after[at]), "{}", case.name);
        let left: BTreeSet<String> = after[at].ids().into_iter().collect();
        let merges: BTreeSet<String> = strings(&before[at].0["alembic"]["merge_points"])
            .into_iter()
            .collect();
        let gone = |id: &String| !left.contains(id);
        assert!(
            before[at]
                .ids()
                .iter()
                .filter(|id| gone(id))
                .all(|id| merges.contains(id))
        );
        dropped += before[at].ids().iter().filter(|id| gone(id)).count();
        let kept: Vec<String> = order(&before[at])
            .into_iter()
            .filter(|id| !gone(id))
            .collect();
        assert_eq!(order(&after[at]), kept, "{}", case.name);
        let changed = case.project.snapshot();
        if changed != case.before {
            let undone = case.project.rechain(&["undo"]);
            assert_eq!(code(&undone), 0, "{}", said(&undone));
            assert!(case.project.snapshot() == case.before, "{}", case.name);
        }
    }
    eprintln!("{dropped} empty merge revisions deleted");
    assert!(dropped > 20, "{dropped}");
}

fn edited(before: &Snapshot, after: &Snapshot) -> usize {
    before
        .iter()
        .filter(|(name, content)| after.get(*name) != Some(*content))
        .count()
}

/// A project of `ID <- PARENTS: UPGRADE` revisions.
fn project(revisions: &[(&str, &str, &str)]) -> Project {
    let project = Project::new(false);
    for (id, parents, body) in revisions {
        let parents = match parents.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] => "None".to_owned(),
            [parent] => format!("\"{parent}\""),
            several => format!("(\"{}\")", several.join("\", \"")),
        };
        project.write(
            format!("{id}.py"),
            format!(
                "\"\"\"{id} title\n\nRevision ID: {id}\nRevises: \n\n\"\"\"\nimport sqlalchemy as sa\nfrom alembic \
                 import op\n\nrevision = \"{id}\"\ndown_revision = {parents}\n\n\ndef upgrade():\n    {body}\n\n\n\
                 def downgrade():\n    pass\n"
            ),
        );
    }
    project
}

fn parents_now(project: &Project) -> Vec<(String, String)> {
    let facts = oracle([project]).remove(0);
    assert_eq!(facts.error(), None);
    facts
        .ids()
        .into_iter()
        .map(|id| {
            let parents = facts.parents(&id).join(" ");
            (id, parents)
        })
        .collect()
}

/// Runs a command with `--applied none`, compares the chain it leaves, and takes it back.
fn check(revisions: &[(&str, &str)], command: &[&str], expected: &[(&str, &str)]) {
    let revisions: Vec<_> = revisions
        .iter()
        .map(|&(id, parents)| (id, parents, "pass"))
        .collect();
    let project = project(&revisions);
    let before = project.snapshot();
    let output = run_in(&project, command, &["--applied", "none"]);
    assert_eq!(code(&output), 0, "{command:?}: {}", said(&output));
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|&(id, parents)| (id.to_owned(), parents.to_owned()))
        .collect();
    assert_eq!(parents_now(&project), expected, "{command:?}");
    let changed = project.snapshot();
    if changed != before {
        let undone = project.rechain(&["undo"]);
        assert_eq!(code(&undone), 0, "{}", said(&undone));
        assert!(project.snapshot() == before, "{command:?}");
    }
}

/// The program in a project, without a PATH argument.
fn run_in(project: &Project, command: &[&str], more: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(command)
        .args(more)
        .current_dir(project.path())
        .env_remove("ALEMBIC_CONFIG")
        .env("NO_COLOR", "1")
        .output()
        .expect("rechain can be started")
}

const LINE: &[(&str, &str)] = &[
    ("aaaa", ""),
    ("bbbb", "aaaa"),
    ("cccc", "bbbb"),
    ("dddd", "cccc"),
];
const FORK: &[(&str, &str)] = &[
    ("aaaa", ""),
    ("bbbb", "aaaa"),
    ("cccc", "bbbb"),
    ("dddd", "aaaa"),
    ("eeee", "dddd"),
];

#[test]
fn revisions_move() {
    check(
        LINE,
        &["move", "bbbb", "--after", "dddd"],
        &[
            ("aaaa", ""),
            ("bbbb", "dddd"),
            ("cccc", "aaaa"),
            ("dddd", "cccc"),
        ],
    );
    check(
        LINE,
        &["move", "dddd", "--before", "bbbb"],
        &[
            ("aaaa", ""),
            ("bbbb", "dddd"),
            ("cccc", "bbbb"),
            ("dddd", "aaaa"),
        ],
    );
    check(
        LINE,
        &["move", "dddd", "cccc", "--before", "aaaa"],
        &[
            ("aaaa", "dddd"),
            ("bbbb", "aaaa"),
            ("cccc", ""),
            ("dddd", "cccc"),
        ],
    );
}

#[test]
fn a_tail_moves_onto_another_head() {
    check(
        FORK,
        &["move", "dddd", "--with-descendants", "--after", "cccc"],
        &[
            ("aaaa", ""),
            ("bbbb", "aaaa"),
            ("cccc", "bbbb"),
            ("dddd", "cccc"),
            ("eeee", "dddd"),
        ],
    );
    check(
        FORK,
        &["move", "dddd", "--after", "bbbb"],
        &[
            ("aaaa", ""),
            ("bbbb", "aaaa"),
            ("cccc", "dddd"),
            ("dddd", "bbbb"),
            ("eeee", "aaaa"),
        ],
    );
}

#[test]
fn what_cannot_move_is_refused() {
    let revisions: Vec<_> = FORK
        .iter()
        .map(|&(id, parents)| (id, parents, "pass"))
        .collect();
    let project = project(&revisions);
    let before = project.snapshot();
    for (command, more, status, words) in [
        (
            &["move", "bbbb", "--after", "eeee"][..],
            &["--applied", "bbbb"][..],
            3,
            "bbbb is published",
        ),
        (
            &["move", "dddd", "--before", "bbbb"],
            &["--applied", "cccc"],
            3,
            "dddd would lie below bbbb",
        ),
        (
            &["move", "bbbb", "--with-descendants", "--after", "cccc"],
            &["--applied", "none"],
            3,
            "among the revisions",
        ),
        (
            &["move", "bbbb", "--after", "nope"],
            &["--applied", "none"],
            2,
            "no revision is identified by 'nope'",
        ),
        (
            &["move", "bbbb", "--after", "eeee"],
            &[],
            3,
            "what databases have is not known",
        ),
        (
            &["prune", "aaaa"],
            &["--applied", "none"],
            3,
            "would all start from nothing",
        ),
        (
            &["prune", "bbbb"],
            &["--applied", "cccc"],
            3,
            "bbbb is published",
        ),
        (
            &["flatten"],
            &["--applied", "cccc", "--applied", "eeee"],
            3,
            "published revision(s) would get other parents",
        ),
    ] {
        let output = run_in(&project, command, more);
        assert_eq!(code(&output), status, "{command:?}: {}", said(&output));
        assert!(
            said(&output).contains(words),
            "{command:?}: {}",
            said(&output)
        );
        assert!(project.snapshot() == before, "{command:?}");
    }
}

#[test]
fn a_merge_revision_stays_above_what_it_joins() {
    let revisions = [
        ("aaaa", "", "pass"),
        ("bbbb", "aaaa", "pass"),
        ("cccc", "aaaa", "pass"),
        ("dddd", "cccc", "pass"),
        ("mmmm", "bbbb dddd", "pass"),
    ];
    let project = project(&revisions);
    let before = project.snapshot();
    for place in [["--before", "dddd"], ["--after", "cccc"]] {
        let mut command = vec!["move", "bbbb", "--with-descendants"];
        command.extend(place);
        let output = run_in(&project, &command, &["--applied", "none"]);
        assert_eq!(code(&output), 3, "{}", said(&output));
        let words = "merge revision mmmm moves too, and joins dddd, which would have to follow it";
        assert!(said(&output).contains(words), "{}", said(&output));
        assert!(project.snapshot() == before);
    }
}

#[test]
fn pruned_revisions_and_their_files_go_and_come_back() {
    check(
        LINE,
        &["prune", "cccc"],
        &[("aaaa", ""), ("bbbb", "aaaa"), ("dddd", "bbbb")],
    );
    check(LINE, &["prune", "head"], &LINE[..3]);
    check(
        LINE,
        &["prune", "aaaa", "bbbb"],
        &[("cccc", ""), ("dddd", "cccc")],
    );
}

#[test]
fn what_needs_a_pruned_revision_is_named() {
    let project = project(&[
        ("aaaa", "", "pass"),
        (
            "bbbb",
            "aaaa",
            "op.create_table('t', sa.Column('id', sa.Integer()))",
        ),
        (
            "cccc",
            "bbbb",
            "op.add_column('t', sa.Column('x', sa.Integer()))",
        ),
    ]);
    let before = project.snapshot();
    let output = run_in(&project, &["prune", "bbbb"], &["--applied", "none"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("needs table t"), "{}", said(&output));
    assert!(project.snapshot() == before);
    let output = run_in(&project, &["prune", "bbbb", "cccc"], &["--applied", "none"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(parents_now(&project), [("aaaa".to_owned(), String::new())]);
}

#[test]
fn a_move_that_turns_a_need_round_is_refused() {
    let project = project(&[
        ("aaaa", "", "pass"),
        (
            "bbbb",
            "aaaa",
            "op.create_table('t', sa.Column('id', sa.Integer()))",
        ),
        (
            "cccc",
            "bbbb",
            "op.add_column('t', sa.Column('x', sa.Integer()))",
        ),
    ]);
    let before = project.snapshot();
    let output = run_in(
        &project,
        &["move", "cccc", "--before", "bbbb"],
        &["--applied", "none"],
    );
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(project.snapshot() == before);
}

#[test]
fn what_is_published_stays_below_what_is_made_linear() {
    let project = project(&[
        ("aaaa", "", "pass"),
        ("bbbb", "aaaa", "pass"),
        ("cccc", "aaaa", "pass"),
        ("dddd", "bbbb cccc", "pass"),
        ("eeee", "dddd", "pass"),
        ("ffff", "dddd", "pass"),
    ]);
    let output = run_in(&project, &["flatten"], &["--applied", "dddd"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(
        said(&output).contains("rechain flatten --from dddd"),
        "{}",
        said(&output)
    );
    let output = run_in(
        &project,
        &["flatten", "--from", "dddd"],
        &["--applied", "dddd"],
    );
    assert_eq!(code(&output), 0, "{}", said(&output));
    let now = parents_now(&project);
    assert_eq!(now[3].1, "bbbb cccc");
    let tail: BTreeSet<&str> = now[4..]
        .iter()
        .map(|(_, parents)| parents.as_str())
        .collect();
    assert!(tail.contains("dddd") && tail.len() == 2, "{now:?}");
    assert!(fs::read_to_string(project.versions().join("ffff.py")).is_ok());
}

#[test]
fn a_move_shows_the_verdict_of_what_it_newly_orders() {
    let project = project(&[
        (
            "aaaa",
            "",
            "op.create_table('t', sa.Column('id', sa.Integer()))",
        ),
        (
            "bbbb",
            "aaaa",
            "op.create_table('u', sa.Column('id', sa.Integer()))",
        ),
        ("cccc", "bbbb", "op.execute(whatever())"),
        (
            "dddd",
            "cccc",
            "op.create_table('v', sa.Column('id', sa.Integer()))",
        ),
    ]);
    let output = run_in(
        &project,
        &["move", "dddd", "--before", "bbbb", "--dry-run"],
        &["--applied", "none"],
    );
    assert_eq!(code(&output), 1, "{}", said(&output));
    let said = said(&output);
    assert!(
        said.contains("2 newly ordered pairs: 1 independent, 1 unknown"),
        "{said}"
    );
    assert!(said.contains("dddd before cccc: unknown: "), "{said}");
}

#[test]
fn a_dependency_that_the_new_chain_implies_is_named_or_removed() {
    let revisions = [
        ("aaaa", "", "pass"),
        ("bbbb", "aaaa", "pass"),
        ("cccc", "aaaa", "pass"),
        ("dddd", "cccc", "pass"),
    ];
    let project = project(&revisions);
    let path = project.versions().join("dddd.py");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace(
        "down_revision = \"cccc\"\n",
        "down_revision = \"cccc\"\ndepends_on = (\"bbbb\",)  # why\n",
    );
    for command in ["flatten", "fix"] {
        fs::write(&path, &text).unwrap();
        let output = run_in(&project, &[command, "--dry-run"], &["--applied", "none"]);
        assert_eq!(code(&output), 1, "{}", said(&output));
        assert!(
            said(&output).contains("dddd names bbbb in depends_on, which the chain implies"),
            "{}",
            said(&output)
        );
        let arguments = [command, "--drop-redundant-depends"];
        let output = run_in(&project, &arguments, &["--applied", "none"]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let facts = oracle([&project]).remove(0);
        assert_eq!(facts.error(), None);
        assert!(is_linear(&facts));
        let dependencies = &facts.0["alembic"]["revisions"]["dddd"]["dependencies"];
        assert_eq!(strings(dependencies), Vec::<String>::new());
        let now = fs::read_to_string(&path).unwrap();
        assert!(now.contains("depends_on = None  # why"), "{now}");
        let undone = run_in(&project, &["undo"], &[]);
        assert_eq!(code(&undone), 0, "{}", said(&undone));
    }
}

/// What `alembic upgrade heads` says on a new database.
fn upgraded(project: &Project) -> Option<String> {
    let job = Job {
        environment: Environment::Versions(project.versions()),
        url: postgres::server().create_database(),
        commands: vec![vec!["upgrade".into(), "heads".into()]],
    };
    let outcome = alembic::run(&[job]).remove(0);
    outcome.error().map(str::to_owned)
}

/// Revisions with more lines of the header: `branch_labels`, `depends_on`.
fn linked(revisions: &[(&str, &str, &str)]) -> Project {
    let bodies: Vec<_> = revisions
        .iter()
        .map(|&(id, parents, _)| (id, parents, "pass"))
        .collect();
    let project = project(&bodies);
    for (id, _, header) in revisions {
        let path = project.versions().join(format!("{id}.py"));
        let text = fs::read_to_string(&path).unwrap();
        let (start, end) = text.split_once("down_revision").unwrap();
        let (value, rest) = end.split_once('\n').unwrap();
        fs::write(
            &path,
            format!("{start}down_revision{value}\n{header}\n{rest}"),
        )
        .unwrap();
    }
    project
}

/// Alembic's row keeping fails at three parents and dependencies, one of them an ancestor of another.
#[test]
fn a_dependency_that_alembic_would_stumble_over_goes() {
    let project = linked(&[
        ("plug0", "", "branch_labels = 'plug'"),
        ("plug1", "plug0", "depends_on = ('xxxx0', 'plug')  # both"),
        ("plug2", "plug0", ""),
        ("xxxx0", "", ""),
    ]);
    assert_eq!(upgraded(&project), None);
    let applied = ["--applied", "plug2", "--applied", "xxxx0"];
    let output = run_in(&project, &["fix"], &applied);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(
        said(&output).contains("    no longer depends on plug0: the chain implies it"),
        "{}",
        said(&output)
    );
    assert_eq!(upgraded(&project), None);
    let text = fs::read_to_string(project.versions().join("plug1.py")).unwrap();
    assert!(text.contains("depends_on = ('xxxx0',)  # both"), "{text}");
    let output = run_in(&project, &["check"], &[]);
    assert_eq!(code(&output), 0, "{}", said(&output));
}

#[test]
fn a_parent_that_alembic_would_stumble_over_is_for_a_person() {
    let project = linked(&[
        ("pppp0", "", "branch_labels = 'p'"),
        ("rrrr0", "pppp0", "depends_on = ('yyyy2', 'zzzz0')"),
        ("yyyy0", "", "branch_labels = 'y'"),
        ("yyyy1", "yyyy0", "depends_on = 'pppp0'"),
        ("yyyy2", "yyyy0", ""),
        ("zzzz0", "", "branch_labels = 'z'"),
    ]);
    assert_eq!(upgraded(&project), None);
    let before = project.snapshot();
    let output = run_in(&project, &["fix"], &["--applied", "yyyy1"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    let why =
        "the one follows pppp0, which would lie below the other, so Alembic ends in a KeyError";
    assert!(said(&output).contains(why), "{}", said(&output));
    assert!(project.snapshot() == before);
}

const LINKS: &[(&str, &str, &str)] = &[
    ("aaaa0", "", ""),
    ("bbbb0", "aaaa0", ""),
    ("cccc0", "bbbb0", ""),
    ("pppp0", "", "branch_labels = 'p'"),
    ("qqqq0", "pppp0", "depends_on = 'cccc0'"),
];

#[test]
fn a_head_that_goes_edits_no_file() {
    let project = linked(LINKS);
    let output = run_in(&project, &["prune", "qqqq0"], &["--applied", "none"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let said = said(&output);
    assert!(said.contains("taken out with 1 file deleted\n"), "{said}");
}

#[test]
fn a_move_below_what_it_depends_on_is_refused() {
    let project = linked(LINKS);
    let arguments = ["move", "qqqq0", "--before", "bbbb0"];
    let output = run_in(&project, &arguments, &["--applied", "none"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    let why = "conflict: no order works: the one names the other in depends_on";
    assert!(said(&output).contains(why), "{}", said(&output));
}

/// Two arms under a merge revision, one of which needs what the other makes: whichever way Alembic runs them today,
/// the line that `flatten` makes runs, and where today's order does not, the output says so.
#[test]
fn the_nearest_order_that_runs() {
    let make = "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer()))";
    let need = "op.add_column(\"orders\", sa.Column(\"total\", sa.Integer()))";
    let other = "op.create_table(\"others\", sa.Column(\"id\", sa.Integer()))";
    let (mut broken, mut sound) = (0, 0);
    for (bodies, roles) in [
        ([make, need, other], ["bbbb", "cccc"]),
        ([need, make, other], ["cccc", "bbbb"]),
        ([other, need, make], ["dddd", "cccc"]),
        ([other, make, need], ["cccc", "dddd"]),
    ] {
        let revisions = [
            ("aaaa", "", "pass"),
            ("bbbb", "aaaa", bodies[0]),
            ("cccc", "aaaa", bodies[1]),
            ("dddd", "aaaa", bodies[2]),
            ("eeee", "bbbb cccc dddd", "pass"),
        ];
        let project = project(&revisions);
        let before = order(&oracle([&project]).remove(0));
        let error = upgraded(&project);
        let output = run_in(&project, &["flatten"], &["--applied", "none"]);
        let said = said(&output);
        assert_eq!(code(&output), 0, "{said}");
        let facts = oracle([&project]).remove(0);
        assert!(is_linear(&facts));
        let after = order(&facts);
        let place = |id: &str| after.iter().position(|it| it == id);
        assert!(place(roles[0]) < place(roles[1]), "{after:?}");
        if error.is_some() {
            broken += 1;
            assert!(
                said.contains("would not run on an empty database"),
                "{said}"
            );
            let words = format!(
                "{} now comes before {}: it needs table orders",
                roles[0], roles[1]
            );
            assert!(said.contains(&words), "{said}");
            // Everything else keeps its place among the others.
            let without = |order: &[String]| -> Vec<String> {
                let kept = order.iter().filter(|id| *id != roles[1]);
                kept.cloned().collect()
            };
            assert_eq!(without(&before), without(&after));
        } else {
            sound += 1;
            assert_eq!(before, after);
            assert!(!said.contains("would not run"), "{said}");
        }
        assert_eq!(upgraded(&project), None, "{said}");
    }
    assert!(broken > 0 && sound > 0, "{broken} broken, {sound} sound");
}

/// A diamond that both share, a diamond in one, a fork in the other: each becomes a line, and none joins another.
#[test]
fn labelled_lineages_become_a_line_each() {
    let project = project(&[
        ("aaaa", "", "pass"),
        ("bbb1", "aaaa", "pass"),
        ("bbb2", "aaaa", "pass"),
        ("bbb3", "bbb1 bbb2", "pass"),
        ("ccc1", "bbb3", "pass"),
        ("ccc2", "ccc1", "pass"),
        ("ccc3", "ccc1", "pass"),
        ("ccc4", "ccc2 ccc3", "pass"),
        ("ddd1", "bbb3", "pass"),
        ("ddd2", "ddd1", "pass"),
        ("ddd3", "ddd1", "pass"),
    ]);
    for (id, label) in [("ccc1", "one"), ("ddd1", "two")] {
        let path = project.versions().join(format!("{id}.py"));
        let text = fs::read_to_string(&path).unwrap();
        let labelled = format!("branch_labels = (\"{label}\",)\n\n\ndef upgrade");
        fs::write(&path, text.replace("\n\ndef upgrade", &labelled)).unwrap();
    }
    let before = oracle([&project]).remove(0);
    let output = run_in(&project, &["flatten"], &["--applied", "none"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let facts = oracle([&project]).remove(0);
    assert_eq!(facts.error(), None);
    assert!(is_linear(&facts), "{:?}", facts.0);
    let heads = facts.heads();
    assert_eq!(heads.len(), 2, "{heads:?}");
    let labels: BTreeSet<String> = heads.iter().flat_map(|head| facts.labels(head)).collect();
    assert_eq!(labels, BTreeSet::from(["one".to_owned(), "two".to_owned()]));
    assert_eq!(order(&facts).len(), order(&before).len());
    let of = |facts: &Facts, start: &str| -> Vec<String> {
        let order = order(facts).into_iter();
        order.filter(|id| id.starts_with(start)).collect()
    };
    for start in ["bbb", "ccc", "ddd"] {
        assert_eq!(of(&facts, start), of(&before, start), "{start}");
    }
    // A second time there is nothing to do.
    let now = project.snapshot();
    let output = run_in(&project, &["flatten"], &["--applied", "none"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(project.snapshot() == now);
}
