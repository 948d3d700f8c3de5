//! `rechain merge` writes what `alembic merge` would, from the templates of Alembic and Flask-Migrate, the
//! same bytes for everybody.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about and start programs"
)]

#[allow(dead_code, reason = "shared between test programs")]
mod repair;
#[allow(dead_code, reason = "shared between test programs")]
#[path = "publication/story.rs"]
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rechain_testing::alembic::{self, Environment, Job, run, sqlite_url};
use rechain_testing::{fixture, postgres, reference};
use repair::{Project, code, said};
use serde_json::{Value, json};
use story::{Story, assert_says};

struct Case {
    template: &'static str,
    heads: &'static [&'static str],
    options: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        template: "generic",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "generic",
        heads: &["c3", "a1", "b2"],
        options: &[
            "file_template = %%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(rev)s_%%(slug)s",
            "truncate_slug_length = 12",
            "timezone = UTC",
        ],
    },
    Case {
        template: "generic",
        heads: &["a1", "b1"],
        options: &["file_template = %%(epoch)s_%%(second)02d_%%(rev)s"],
    },
    Case {
        template: "async",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "multidb",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "pyproject",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "pyproject_async",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "flask:flask",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "flask:flask-multidb",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "flask:aioflask",
        heads: &["a1", "b1"],
        options: &[],
    },
    Case {
        template: "flask:aioflask-multidb",
        heads: &["a1", "b1"],
        options: &[],
    },
];

fn rechain_in(directory: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(arguments)
        .current_dir(directory)
        .env_remove("ALEMBIC_CONFIG")
        .env("NO_COLOR", "1")
        .output()
        .expect("rechain can be started")
}

/// What stands behind a label of the docstring.
fn field<'t>(text: &'t str, label: &str) -> &'t str {
    text.lines()
        .find_map(|line| line.strip_prefix(label))
        .unwrap_or_else(|| panic!("no {label} in {text}"))
        .trim()
}

#[test]
fn the_bytes_are_those_of_alembic() {
    let place = tempfile::tempdir().unwrap();
    // Temporary directories may lie behind links.
    let place = fs::canonicalize(place.path()).unwrap_or(place.path().to_owned());
    let ours = |at: usize| place.join(format!("ours{at}"));
    let theirs = |at: usize| place.join(format!("theirs{at}"));
    let jobs: Vec<Value> = CASES
        .iter()
        .enumerate()
        .map(|(at, case)| {
            json!({
                "make": ours(at),
                "template": case.template,
                "heads": case.heads,
                "options": case.options,
            })
        })
        .collect();
    reference::run_python("merge.py", &[], &json!(jobs));
    let mut made: Vec<(String, String)> = Vec::new();
    let mut jobs = Vec::new();
    for (at, case) in CASES.iter().enumerate() {
        fixture::copy_tree(&ours(at), &theirs(at));
        let output = rechain_in(&ours(at), &["merge", "--format", "json"]);
        assert_eq!(code(&output), 0, "{}: {}", case.template, said(&output));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let merge = &document["environments"][0]["merges"][0];
        let path = PathBuf::from(merge["file"].as_str().unwrap());
        let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
        jobs.push(json!({
            "merge": theirs(at),
            "template": case.template,
            "revisions": merge["parents"],
            "rev_id": merge["revision"],
            "message": text.lines().next().unwrap().trim_start_matches("\"\"\""),
            "date": field(&text, "Create Date:"),
        }));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        made.push((name, text));
    }
    let answers = reference::run_python("merge.py", &[], &json!(jobs));
    for (at, (name, text)) in made.iter().enumerate() {
        let template = CASES[at].template;
        assert_eq!(*text, answers[at]["text"].as_str().unwrap(), "{template}");
        assert_eq!(*name, answers[at]["name"].as_str().unwrap(), "{template}");
    }
    // The newest of the parents'.
    assert_eq!(
        field(&made[1].1, "Create Date:"),
        "2026-03-04 09:30:08.123456+00:00"
    );
    fs::remove_dir_all(place).ok();
}

/// Two heads on main, and the template.
fn forked() -> Story {
    let story = Story::new();
    let template = "\"\"\"${message}\n\nRevises: ${down_revision | comma,n}\n\"\"\"\n\n\
                    revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n\n\n\
                    def upgrade():\n    ${upgrades if upgrades else \"pass\"}\n\n\n\
                    def downgrade():\n    ${downgrades if downgrades else \"pass\"}\n";
    story
        .repository
        .write("migrations/script.py.mako", template);
    story.revision("a1", "r0");
    story.revision("b1", "r0");
    story.repository.commit("Both");
    story
}

#[test]
fn two_clones_write_the_same_bytes_and_both_leave_one_head() {
    let origin = forked();
    let clones = [Story::clone_of(&origin), Story::clone_of(&origin)];
    let mut seen = Vec::new();
    for (clone, branch) in clones.iter().zip(["one", "two"]) {
        clone.switch(branch);
        // What one of them writes besides does not matter.
        clone.repository.write("notes.txt", branch);
        let output = clone.rechain(&["merge"]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        assert_eq!(clone.heads().split(' ').count(), 1);
        let mut files: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(clone.versions_path())
            .unwrap()
            .map(|it| it.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        seen.push(files);
        clone.git(&[
            "rm",
            "--quiet",
            "--cached",
            "-r",
            "--ignore-unmatch",
            "notes.txt",
        ]);
        fs::remove_file(clone.repository.path().join("notes.txt")).unwrap();
        clone.repository.commit("Merge the heads");
        clone.git(&["push", "--quiet", "origin", branch]);
    }
    assert_eq!(seen[0], seen[1]);
    origin.git(&["merge", "--quiet", "one"]);
    origin.git(&["merge", "--quiet", "--no-ff", "two"]);
    assert_eq!(origin.heads().split(' ').count(), 1);
    let again = origin.rechain(&["merge"]);
    assert_eq!(code(&again), 0);
    assert_says(&said(&again), &["nothing to do: 4 revisions, one head"]);
}

#[test]
fn merge_is_undone() {
    let story = forked();
    let before = story.git(&["status", "--porcelain"]);
    let output = story.rechain(&["merge", "a1", "b1"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_says(&said(&output), &["joins a1 and b1", "rechain undo"]);
    assert_ne!(story.git(&["status", "--porcelain"]), before);
    assert_eq!(code(&story.rechain(&["undo"])), 0);
    assert_eq!(story.git(&["status", "--porcelain"]), before);
    assert_eq!(story.heads(), "a1 b1");
}

#[test]
fn what_is_no_head_is_not_joined() {
    let story = forked();
    let output = story.rechain(&["merge", "r0", "b1"]);
    assert_eq!(code(&output), 2);
    assert_says(
        &said(&output),
        &["r0 is no head: a1 follows it", "the heads are a1, b1"],
    );
    assert_eq!(code(&story.rechain(&["merge", "b1"])), 2);
    assert_eq!(code(&story.rechain(&["merge", "nope", "b1"])), 2);
}

/// Alembic fails at three parents, one of which depends on another; at two it does not.
#[test]
fn heads_that_depend_on_each_other_are_joined_two_by_two() {
    let story = forked();
    story.revision_with("b1", "r0", "depends_on = \"a1\"");
    story.revision("c1", "r0");
    let output = story.rechain(&["merge"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_says(
        &said(&output),
        &[
            "a KeyError at a merge of a1, b1 and c1, since b1 depends on a1",
            "`rechain merge a1 b1` joins those two; then `rechain merge` joins the rest",
        ],
    );
    for arguments in [&["merge", "a1", "b1"][..], &["merge"]] {
        let output = story.rechain(arguments);
        assert_eq!(code(&output), 0, "{}", said(&output));
    }
    story.check(&[], 0);
}

#[test]
fn a_template_that_would_have_to_be_run_stops_at_its_line() {
    let story = forked();
    let path = story.repository.path().join("migrations/script.py.mako");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("Revises:", "Author: ${getpass.getuser()}\nRevises:"),
    )
    .unwrap();
    let output = story.rechain(&["merge"]);
    assert_eq!(code(&output), 2);
    assert_says(
        &said(&output),
        &[
            "script.py.mako:3: `getpass.getuser` is not known",
            "alembic merge a1 b1",
        ],
    );
    fs::remove_file(path).unwrap();
    let output = story.rechain(&["merge"]);
    assert_eq!(code(&output), 2);
    assert_says(&said(&output), &["there is no script.py.mako"]);
}

/// A revision with a table that needs others.
fn needing(id: &str, parents: &str, targets: &[&str]) -> String {
    let keys: Vec<String> = targets
        .iter()
        .map(|target| {
            format!("sa.Column(\"{target}_id\", sa.Integer(), sa.ForeignKey(\"{target}.id\")), ")
        })
        .collect();
    format!(
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = {parents}\n\n\n\
         def upgrade():\n    op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer(), primary_key=True), {})\n\n\n\
         def downgrade():\n    op.drop_table(\"t_{id}\")\n",
        keys.concat()
    )
}

fn with_template(files: &[(&str, &str, &[&str])]) -> Project {
    let project = Project::new(false);
    fs::write(
        project.path().join("script.py.mako"),
        "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n\n\ndef upgrade():\n    pass\n",
    )
    .unwrap();
    for (id, parents, targets) in files {
        project.write(format!("{id}.py"), needing(id, parents, targets));
    }
    project
}

#[test]
fn the_parents_stand_in_an_order_that_runs() {
    // By id a1 would come first, but it needs b1's table.
    for (needing, needed) in [("a1", "b1"), ("b1", "a1")] {
        let target = format!("t_{needed}");
        let project = with_template(&[
            ("r0", "None", &[]),
            (needing, "\"r0\"", &[target.as_str()]),
            (needed, "\"r0\"", &[]),
        ]);
        let output = rechain_in(project.path(), &["merge"]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let job = |url: String| Job {
            environment: Environment::Versions(project.versions()),
            url,
            commands: vec![vec!["upgrade".to_owned(), "head".to_owned()]],
        };
        let jobs = [
            job(sqlite_url(&project.path().join("x.db"))),
            job(postgres::server().create_database()),
        ];
        for outcome in run(&jobs) {
            assert_eq!(outcome.error(), None);
        }
    }
}

#[test]
fn a_merge_that_no_new_database_could_run_is_refused() {
    let project = with_template(&[
        ("r0", "None", &[]),
        ("a1", "\"r0\"", &[]),
        ("a2", "\"a1\"", &["t_b1"]),
        ("b1", "\"r0\"", &[]),
        ("b2", "\"b1\"", &["t_a1"]),
    ]);
    let before = project.snapshot();
    let output = rechain_in(project.path(), &["merge"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert_says(
        &said(&output),
        &[
            "no new database could run a merge of a2 and b2",
            "rechain fix",
        ],
    );
    assert_eq!(project.snapshot(), before);
    // Alembic would write it, and PostgreSQL refuse it.
    project.write(
        "m.py",
        "revision = \"m\"\ndown_revision = (\"a2\", \"b2\")\n\n\ndef upgrade():\n    pass\n",
    );
    let url = postgres::server().create_database();
    let outcome = alembic::run_one(
        Environment::Versions(project.versions()),
        &url,
        &["upgrade", "head"],
    );
    assert!(
        outcome
            .error()
            .is_some_and(|it| it.starts_with("UndefinedTable"))
    );
}
