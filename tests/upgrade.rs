//! After `fix`, real Alembic upgrades real databases.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests write the files they are about, and say what they counted"
)]

#[allow(dead_code, reason = "shared between test programs")]
mod repair;

use std::fmt::Write as _;

use rechain_testing::alembic::{self, Environment, Job, Outcome, run, sqlite_url};
use rechain_testing::random::Random;
use rechain_testing::{fixture, postgres};
use repair::{Project, code, oracle, rechain, said, snapshot};

/// A revision that creates tables, each with foreign keys to others: `("a", &["b"])`.
fn revision(id: &str, parents: &[&str], tables: &[(&str, &[&str])]) -> String {
    let down = match parents {
        [] => "None".to_owned(),
        [parent] => format!("\"{parent}\""),
        _ => format!("(\"{}\")", parents.join("\", \"")),
    };
    let mut body = String::new();
    for (table, targets) in tables {
        let _ = write!(
            body,
            "    op.create_table(\n        \"{table}\",\n        \
             sa.Column(\"id\", sa.Integer(), primary_key=True),\n"
        );
        for target in *targets {
            let _ = writeln!(
                body,
                "        sa.Column(\"{target}_id\", sa.Integer(), sa.ForeignKey(\"{target}.id\")),"
            );
        }
        let _ = writeln!(body, "    )");
        for target in *targets {
            let _ = writeln!(
                body,
                "    op.create_index(\"ix_{table}_{target}\", \"{table}\", [\"{target}_id\"])"
            );
        }
    }
    if tables.is_empty() {
        body.push_str("    pass\n");
    }
    format!(
        "\"\"\"{id}\n\nRevision ID: {id}\nRevises: {}\n\"\"\"\n\
         import sqlalchemy as sa\nfrom alembic import op\n\n\
         revision = \"{id}\"\ndown_revision = {down}\n\n\n\
         def upgrade():\n{body}\n\ndef downgrade():\n    pass\n",
        parents.join(", ")
    )
}

fn job(project: &Project, url: String, target: &str) -> Job {
    Job {
        environment: Environment::Versions(project.versions()),
        url,
        commands: vec![vec!["upgrade".to_owned(), target.to_owned()]],
    }
}

fn sqlite(project: &Project, name: &str) -> String {
    sqlite_url(&project.path().join(name))
}

/// SQLite takes foreign keys to missing tables, so the order is looked at there; PostgreSQL refuses them.
fn assert_upgrades(project: &Project, tables: &[&str]) {
    let urls = [sqlite(project, "db"), postgres::server().create_database()];
    let outcomes = run(&urls.map(|url| job(project, url, "head")));
    let mut expected: Vec<&str> = tables.to_vec();
    expected.push("alembic_version");
    expected.sort_unstable();
    for outcome in &outcomes {
        assert_eq!(outcome.error(), None);
        assert_eq!(outcome.tables(), expected);
    }
}

#[test]
fn three_heads_that_need_each_other_in_one_order_only() {
    let project = Project::new(false);
    project.write("root.py", revision("root", &[], &[("users", &[])]));
    // Ids and file names say the contrary of what the tables need.
    project.write(
        "a.py",
        revision("a3", &["root"], &[("lines", &["invoices"])]),
    );
    project.write(
        "b.py",
        revision("b2", &["root"], &[("invoices", &["clients", "users"])]),
    );
    project.write(
        "c.py",
        revision("c1", &["root"], &[("clients", &["users"])]),
    );
    let fixed = project.rechain(&["fix", "--applied", "none"]);
    assert_eq!(code(&fixed), 0, "{}", said(&fixed));
    assert_upgrades(&project, &["users", "clients", "invoices", "lines"]);
}

#[test]
fn an_old_merge_and_a_third_branch() {
    let project = Project::new(false);
    project.write("root.py", revision("root", &[], &[("users", &[])]));
    project.write(
        "left.py",
        revision("left", &["root"], &[("teams", &["users"])]),
    );
    project.write(
        "right.py",
        revision("right", &["root"], &[("notes", &["audits"])]),
    );
    project.write("merge.py", revision("merge", &["left", "right"], &[]));
    project.write(
        "third.py",
        revision("third", &["root"], &[("audits", &["users"])]),
    );
    let files = project.snapshot();

    project.write("joined.py", revision("joined", &["merge", "third"], &[]));
    let url = postgres::server().create_database();
    let merged: Outcome = run(&[job(&project, url, "head")]).remove(0);
    let error = merged.error().unwrap_or_default();
    assert!(error.starts_with("UndefinedTable"), "{error}");
    std::fs::remove_file(project.versions().join("joined.py")).unwrap();
    assert_eq!(project.snapshot(), files);

    let fixed = project.rechain(&["fix", "--applied", "none"]);
    assert_eq!(code(&fixed), 0, "{}", said(&fixed));
    assert_upgrades(&project, &["users", "teams", "notes", "audits"]);
}

#[test]
fn the_founding_example() {
    let copy = fixture::example("leadgen/backend");
    let versions = copy.path().join("alembic/versions");
    let before = snapshot(&versions);
    // Alembic leaves its bytecode here, of the same second and size as what is edited.
    let heads = || {
        let output = alembic::command(copy.path(), None, &["heads"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(heads().lines().count(), 2);

    let proposed = rechain(copy.path(), &["fix", "--dry-run"]);
    assert_eq!(code(&proposed), 1, "{}", said(&proposed));
    assert_eq!(snapshot(&versions), before, "a dry run writes nothing");
    let fixed = rechain(copy.path(), &["fix"]);
    assert_eq!(code(&fixed), 0, "{}", said(&fixed));
    assert_eq!(fixed.stdout, proposed.stdout, "the same diff");
    assert_eq!(heads(), "7c3e4f5a6b78 (head)\n");

    let after = snapshot(&versions);
    let mut changed = Vec::new();
    for (path, bytes) in &before {
        if after[path] == *bytes {
            continue;
        }
        let old = String::from_utf8(bytes.clone()).unwrap();
        let new = String::from_utf8(after[path].clone()).unwrap();
        let lines = old.lines().zip(new.lines()).filter(|(old, new)| old != new);
        for (old, new) in lines {
            changed.push(format!("{old} > {new}"));
        }
    }
    changed.sort();
    let count = |from: &str, to: &str| {
        changed
            .iter()
            .filter(|line| {
                let (old, new) = line.split_once(" > ").unwrap();
                old.replace(from, to) == new && old != new
            })
            .count()
    };
    assert_eq!(changed.len(), 4, "{changed:#?}");
    assert_eq!(count("2dd19a2d0626", "5a1c2e3d4f56"), 2, "{changed:#?}");
    assert_eq!(
        count("5a1c2e3d4f56", "file_doc_mgmt_001"),
        2,
        "{changed:#?}"
    );

    let again = rechain(copy.path(), &["fix"]);
    assert_eq!((code(&again), snapshot(&versions)), (0, after));
    let jobs = [
        sqlite_url(&copy.path().join("fixed.db")),
        postgres::server().create_database(),
    ]
    .map(|url| Job {
        environment: Environment::Project(copy.path().to_owned()),
        url,
        commands: vec![vec!["upgrade".to_owned(), "head".to_owned()]],
    });
    for outcome in run(&jobs) {
        assert_eq!(outcome.error(), None);
        assert_eq!(outcome.tables().len(), 21);
        assert_eq!(outcome.versions, ["7c3e4f5a6b78"]);
    }
    let undone = rechain(copy.path(), &["undo"]);
    assert_eq!(code(&undone), 0, "{}", said(&undone));
    assert_eq!(snapshot(&versions), before);
    assert_eq!(heads().lines().count(), 2);
}

/// A history of 4 to 11 revisions with one table each, whose foreign keys point to tables of revisions made
/// earlier, whatever branch those are on; returns its ids and tables.
fn generated(random: &mut Random) -> (Project, Vec<String>) {
    let project = Project::new(false);
    let count = 4 + random.below(8);
    let mut ids: Vec<String> = Vec::new();
    for at in 0..count {
        let id = format!("{:04x}_{at}", random.below(0x1_0000));
        let mut parents: Vec<&str> = Vec::new();
        if at > 0 {
            parents.push(&ids[at - 1 - random.below(at.min(4))]);
            let other = &ids[random.below(at)];
            if random.below(6) == 0 && other != parents[0] {
                parents.push(other);
            }
        }
        let mut targets = Vec::new();
        for target in 0..at {
            if random.below(4) == 0 {
                targets.push(format!("t{target}"));
            }
        }
        let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
        let table = format!("t{at}");
        project.write(
            format!("{id}.py"),
            revision(&id, &parents, &[(&table, &targets)]),
        );
        ids.push(id);
    }
    (project, ids)
}

#[test]
fn generated_histories_upgrade_after_the_repair() {
    let mut random = Random(0x5eed);
    let cases: Vec<(Project, Vec<String>)> = (0..40).map(|_| generated(&mut random)).collect();
    let facts = oracle(cases.iter().map(|(project, _)| project));
    let (mut jobs, mut tables, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (at, ((project, ids), facts)) in cases.iter().zip(&facts).enumerate() {
        let heads = facts.heads();
        if heads.len() == 1 && facts.error().is_none() {
            continue;
        }
        let applied = (at % 2 == 1).then(|| ids[random.below(ids.len())].clone());
        let old_database = applied.as_ref().map(|applied| {
            let url = postgres::server().create_database();
            let old = run(&[job(project, url.clone(), applied)]).remove(0);
            // On its own branch it may need a table of another: no database can stand there.
            old.error().is_none().then_some(url)
        });
        let applied = match old_database {
            Some(None) => None,
            _ => applied,
        };
        let deployed = applied.as_deref().unwrap_or("none");
        let fixed = project.rechain(&["fix", "--yes", "--applied", deployed]);
        if code(&fixed) != 0 {
            refused.push(format!("case {at}, applied {deployed}: {}", said(&fixed)));
            continue;
        }
        let wanted = ids.len() + 1;
        jobs.push(job(project, sqlite(project, "new.db"), "head"));
        jobs.push(job(project, postgres::server().create_database(), "head"));
        tables.extend([(at, wanted); 2]);
        if let Some(Some(url)) = old_database {
            jobs.push(job(project, url, "head"));
            tables.push((at, wanted));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(jobs.len() > 50, "{}", jobs.len());
    for ((at, wanted), outcome) in tables.iter().zip(run(&jobs)) {
        assert_eq!(outcome.error(), None, "case {at}");
        assert_eq!(outcome.tables().len(), *wanted, "case {at}");
        let order = &outcome.steps[0].executed;
        let number = |id: &String| id.rsplit('_').next().unwrap().parse::<usize>().unwrap();
        let ran: Vec<usize> = order.iter().map(number).collect();
        let keys = outcome.schema["tables"].as_object().unwrap();
        for (position, table) in ran.iter().enumerate() {
            let text = keys[&format!("t{table}")]["foreign_keys"].to_string();
            for later in &ran[position + 1..] {
                assert!(
                    !text.contains(&format!("\"t{later}\"")),
                    "case {at}: t{table} ran before t{later}, which it needs"
                );
            }
        }
    }
    eprintln!("{} upgrades", jobs.len());
}
