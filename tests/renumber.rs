//! `renumber` on generated histories: real Alembic agrees before and after but for the new names, and no other byte
//! is changed.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod repair;

use std::collections::BTreeMap;
use std::process::Output;

use std::fs;
use std::path::Path;

use rechain_testing::random::Random;
use rechain_testing::{fixture, reference};
use repair::{Facts, Project, code, oracle, rechain, said, strings};
use serde_json::{Value, json};

/// A revision of a generated history.
#[derive(Clone)]
struct Revision {
    id: String,
    stem: String,
    parents: Vec<usize>,
    depends_on: Option<usize>,
    form: usize,
}

/// The text of a module, with ids taken from `ids`.
fn text(revision: &Revision, own: usize, ids: &[String]) -> String {
    let parents: Vec<&str> = revision
        .parents
        .iter()
        .map(|&it| ids[it].as_str())
        .collect();
    let quote = ['\'', '"'][revision.form % 2];
    let quoted: Vec<String> = parents
        .iter()
        .map(|id| format!("{quote}{id}{quote}"))
        .collect();
    let down = match quoted.as_slice() {
        [] => "None".to_owned(),
        [one] if revision.form.is_multiple_of(3) => format!("[{one}]  # {own}"),
        [one] => format!("({one})"),
        several => format!(
            "({},\n    # and\n    {})",
            several[0],
            several[1..].join(", ")
        ),
    };
    let depends = match revision.depends_on {
        None => "None".to_owned(),
        Some(on) => format!("({quote}{}{quote},)", ids[on]),
    };
    let annotation = ["", ": str"][revision.form / 2 % 2];
    let newline = ["\n", "\r\n"][revision.form / 4 % 2];
    format!(
        "\"\"\"message {own}, 0042, 1a2b\n\nRevision ID: {}\nRevises: {}\nCreate Date: 2024-01-02\n\n\"\"\"\n\
         from alembic import op\n\nrevision{annotation} = {quote}{}{quote}\ndown_revision{annotation} = {down}\n\
         branch_labels = None\ndepends_on = {depends}\n\n\ndef upgrade():\n    op.execute(\"SELECT '{own}', '0042_add'\")\n",
        ids[own],
        parents.join(", "),
        ids[own],
    )
    .replace('\n', newline)
}

fn write(revisions: &[Revision]) -> Project {
    let project = Project::new(false);
    let ids: Vec<String> = revisions.iter().map(|it| it.id.clone()).collect();
    for (own, revision) in revisions.iter().enumerate() {
        project.write(format!("{}.py", revision.stem), text(revision, own, &ids));
    }
    project
}

fn renumber(project: &Project, applied: &str) -> Output {
    project.rechain(&["renumber", "--applied", applied, "--format", "json"])
}

/// The ways in which projects name revisions: an id and a file name for the `at`-th one.
fn named(style: usize, at: usize, shown: usize, random: &mut Random) -> (String, String) {
    let word = ["add_users", "drop_x", "alter"][random.below(3)];
    let hexadecimal = format!("{:012x}", random.number() >> 16);
    match style {
        0 => {
            let id = format!("{shown:04}_{word}_{at}");
            (id.clone(), id)
        }
        1 => (
            format!("{shown:03}{}", if shown == at { "" } else { "_b" }),
            format!("{shown:03}_{word}_{at}"),
        ),
        2 => (
            format!("a{}", &hexadecimal[1..]),
            format!("{shown:04}_{word}_{at}"),
        ),
        3 => {
            let id = format!("a{}", &hexadecimal[1..]);
            let stem = format!("2024_01_{:02}_{id}_{word}", shown + 1);
            (id, stem)
        }
        4 => {
            let id = if shown == at {
                format!("a{}", &hexadecimal[1..])
            } else {
                format!("my_{word}_{at}")
            };
            let stem = format!("{id}_{word}");
            (id, stem)
        }
        _ => (
            format!("2024{:02}{:02}", 1 + shown / 28, 1 + shown % 28),
            format!("x_{at}_{word}"),
        ),
    }
}

/// A history whose last revisions have names of another order than the chain's.
fn history(style: usize, random: &mut Random) -> (Vec<Revision>, usize) {
    let (kept, own) = (2 + random.below(8), 1 + random.below(5));
    let mut revisions: Vec<Revision> = Vec::new();
    for at in 0..kept + own {
        let shown = match at.checked_sub(kept) {
            None => at,
            // As after a rebase: the numbers are those of another branch, or leave gaps. A date has no gap.
            Some(above) if style == 5 => kept + own - above - 1,
            Some(above) => [kept + above + 2, at][random.below(2)],
        };
        let (mut id, mut stem) = named(style, at, shown, random);
        while revisions.iter().any(|it| it.id == id) {
            (id, stem) = named(style, at, shown + revisions.len() + 1, random);
        }
        let parents = match at {
            0 => vec![],
            at if at > kept + 1 && random.below(5) == 0 => vec![at - 1, at - 2],
            _ => vec![at - 1],
        };
        let depends_on = (at > 2 && random.below(4) == 0).then(|| random.below(at - 1));
        revisions.push(Revision {
            id,
            stem,
            parents,
            depends_on,
            form: random.below(8),
        });
    }
    (revisions, kept)
}

fn graph(facts: &Facts) -> BTreeMap<String, (Vec<String>, Value)> {
    facts
        .ids()
        .into_iter()
        .map(|id| {
            let node = &facts.0["alembic"]["revisions"][&id];
            (
                id.clone(),
                (facts.parents(&id), node["dependencies"].clone()),
            )
        })
        .collect()
}

#[test]
fn alembic_agrees_up_to_the_names_and_no_other_byte_changes() {
    let mut random = Random(8);
    let (mut cases, mut renamed, mut moved) = (Vec::new(), 0, 0);
    for number in 0..90 {
        cases.push(history(number % 6, &mut random));
    }
    let projects: Vec<Project> = cases
        .iter()
        .map(|(revisions, _)| write(revisions))
        .collect();
    let before = oracle(&projects);
    let mut news: Vec<BTreeMap<String, String>> = Vec::new();
    for ((revisions, kept), project) in cases.iter().zip(&projects) {
        let old = project.snapshot();
        let output = renumber(project, &revisions[kept - 1].id);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let environment = &answer["environments"][0];
        let pairs = |key: &str| -> BTreeMap<String, String> {
            let pairs = environment[key].as_array().unwrap().iter();
            let text = |pair: &Value, side: &str| pair[side].as_str().unwrap().to_owned();
            pairs
                .map(|pair| (text(pair, "from"), text(pair, "to")))
                .collect()
        };
        let (ids, files) = (pairs("ids"), pairs("files"));
        renamed += ids.len();
        moved += files.iter().filter(|(from, to)| from != to).count();
        let new_ids: Vec<String> = revisions
            .iter()
            .map(|it| ids.get(&it.id).unwrap_or(&it.id).clone())
            .collect();
        let now = project.snapshot();
        assert_eq!(now.len(), revisions.len());
        for (own, revision) in revisions.iter().enumerate() {
            let name = format!("{}.py", revision.stem);
            let file = files.get(&name).unwrap_or(&name);
            let found = String::from_utf8(now[std::path::Path::new(file)].clone()).unwrap();
            assert_eq!(found, text(revision, own, &new_ids), "{file}");
            if own < *kept {
                assert!(
                    file == &name && !ids.contains_key(&revision.id),
                    "{name} is published"
                );
            }
        }
        let again = renumber(project, &new_ids[kept - 1]);
        assert_eq!(code(&again), 0, "{}", said(&again));
        assert!(
            project.snapshot() == now,
            "a second run changes nothing: {}",
            said(&again)
        );
        news.push(ids);
        if !files.is_empty() {
            let undone = project.rechain(&["undo"]);
            assert_eq!(code(&undone), 0, "{}", said(&undone));
            assert!(project.snapshot() == old);
            let output = renumber(project, &revisions[kept - 1].id);
            assert_eq!(code(&output), 0, "{}", said(&output));
        }
    }
    let after = oracle(&projects);
    for ((before, after), ids) in before.iter().zip(&after).zip(&news) {
        assert_eq!(before.error(), None);
        assert_eq!(after.error(), None);
        let new = |id: &String| ids.get(id).unwrap_or(id).clone();
        let expected: BTreeMap<_, _> = graph(before)
            .into_iter()
            .map(|(id, (parents, dependencies))| {
                let dependencies: Vec<String> = strings(&dependencies).iter().map(new).collect();
                (
                    new(&id),
                    (
                        parents.iter().map(new).collect(),
                        serde_json::json!(dependencies),
                    ),
                )
            })
            .collect();
        assert_eq!(graph(after), expected);
        let order = |facts: &Facts| strings(&facts.0["alembic"]["upgrade"]);
        assert_eq!(
            order(after),
            order(before).iter().map(new).collect::<Vec<_>>()
        );
    }
    assert!(
        renamed > 60 && moved > 60,
        "{renamed} new ids, {moved} files renamed"
    );
}

/// `ID in FILE` revisions in one line, the first `published` of them deployed; ids and file names afterwards.
fn check(names: &[(&str, &str)], published: usize, expected: &[(&str, &str)]) {
    let revisions: Vec<Revision> = names
        .iter()
        .enumerate()
        .map(|(at, (id, stem))| Revision {
            id: (*id).to_owned(),
            stem: (*stem).to_owned(),
            parents: at.checked_sub(1).into_iter().collect(),
            depends_on: None,
            form: 0,
        })
        .collect();
    let project = write(&revisions);
    let applied = published.checked_sub(1).map_or("none", |at| names[at].0);
    let output = renumber(&project, applied);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let facts = oracle([&project]).remove(0);
    let files = facts.files();
    let order = strings(&facts.0["alembic"]["upgrade"]);
    let found: Vec<(String, String)> = order
        .iter()
        .map(|id| {
            (
                id.clone(),
                files[id].with_extension("").display().to_string(),
            )
        })
        .collect();
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(id, stem)| ((*id).to_owned(), (*stem).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn numbers_go_on_from_what_is_published() {
    check(
        &[
            ("0040_a", "0040_a"),
            ("0041_b", "0041_b"),
            ("0041_c", "0041_c"),
            ("0042_d", "0042_d"),
        ],
        2,
        &[
            ("0040_a", "0040_a"),
            ("0041_b", "0041_b"),
            ("0042_c", "0042_c"),
            ("0043_d", "0043_d"),
        ],
    );
    check(
        &[
            ("001", "001_a"),
            ("002", "002_b"),
            ("1a2b3c4d5e6f", "1a2b3c4d5e6f_third"),
        ],
        2,
        &[("001", "001_a"), ("002", "002_b"), ("003", "003_third")],
    );
}

#[test]
fn names_follow_where_ids_are_alembics() {
    check(
        &[
            ("a1a1a1a1a1a1", "0001_a"),
            ("b1a1a1a1a1a1", "0002_b"),
            ("c1a1a1a1a1a1", "0002_c"),
        ],
        2,
        &[
            ("a1a1a1a1a1a1", "0001_a"),
            ("b1a1a1a1a1a1", "0002_b"),
            ("c1a1a1a1a1a1", "0003_c"),
        ],
    );
    check(
        &[
            ("a1a1a1a1a1a1", "2024_03_01_a"),
            ("b1a1a1a1a1a1", "2024_03_09_b"),
            ("c1a1a1a1a1a1", "2024_03_05_c"),
        ],
        2,
        &[
            ("a1a1a1a1a1a1", "2024_03_01_a"),
            ("b1a1a1a1a1a1", "2024_03_09_b"),
            ("c1a1a1a1a1a1", "2024_03_09_c"),
        ],
    );
}

#[test]
fn nothing_published_changes_and_unknown_publication_is_asked_about() {
    let names = [("0001_a", "0001_a"), ("0003_b", "0003_b")];
    check(&names, 2, &names);
    check(&names, 1, &[("0001_a", "0001_a"), ("0002_b", "0002_b")]);
    let project = write(&[]);
    project.write("0001_a.py", "revision = '0001_a'\ndown_revision = None\n");
    let output = project.rechain(&["renumber"]);
    assert_eq!(code(&output), 3, "{}", said(&output));
}

/// A project of Alembic's own, with hand-typed ids among Alembic's; `options` stand in its `alembic.ini`.
fn made(directory: &Path, options: &[&str]) -> Vec<&'static str> {
    let heads = vec![
        "1a2b3c4d5e6f",
        "2a2b3c4d5e6f",
        "3a2b3c4d5e6f",
        "4a2b3c4d5e6f",
        "my_change",
        "second_of_mine",
    ];
    let job = json!({"make": directory, "template": "generic", "heads": heads, "options": options});
    reference::run_python("merge.py", &[], &json!([job]));
    heads
}

#[test]
fn file_names_are_those_that_alembic_makes_of_the_template() {
    let dated = "file_template = %%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(rev)s_%%(slug)s";
    for options in [
        &[dated][..],
        &[dated, "truncate_slug_length = 12"],
        &[
            "file_template = %%(epoch)s_%%(second)02d_%%(rev)s",
            "timezone = UTC",
        ],
        &["file_template = %%(rev)s"],
        &["truncate_slug_length = 9"],
    ] {
        let place = tempfile::tempdir().unwrap();
        let project = place.path().join("project");
        let heads = made(&project, options);
        let untouched = place.path().join("untouched");
        fixture::copy_tree(&project, &untouched);
        // Somebody named this one by hand.
        let versions = project.join("alembic/versions");
        let own = fs::read_dir(&versions)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().contains("my_change"))
            .unwrap();
        fs::rename(own, versions.join("my_change.py")).unwrap();
        let output = rechain(
            &project,
            &["renumber", "--applied", "none", "--format", "json"],
        );
        assert_eq!(code(&output), 0, "{}", said(&output));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let environment = &answer["environments"][0];
        assert_eq!(environment["not_named_by_template"], json!([]));
        let ids = environment["ids"].as_array().unwrap();
        let old = |at: usize| ids[at]["from"].as_str().unwrap();
        let changed: Vec<&str> = (0..ids.len()).map(old).collect();
        assert_eq!(changed, ["my_change", "r0", "second_of_mine"]);
        let mut jobs = Vec::new();
        let mut found = Vec::new();
        for pair in ids {
            let (from, to) = (pair["from"].as_str().unwrap(), pair["to"].as_str().unwrap());
            let (name, text) = fs::read_dir(&versions)
                .unwrap()
                .map(|entry| entry.unwrap())
                .filter(|entry| entry.path().is_file())
                .map(|entry| (entry.file_name(), fs::read_to_string(entry.path()).unwrap()))
                .find(|(_, text)| text.contains(&format!("revision: str = '{to}'")))
                .unwrap_or_else(|| panic!("{from} is {to} now"));
            let line = |start: &str| {
                text.lines()
                    .find_map(|line| line.strip_prefix(start))
                    .unwrap()
            };
            let copy = place.path().join(to);
            fixture::copy_tree(&untouched, &copy);
            jobs.push(json!({
                "merge": copy,
                "template": "generic",
                "revisions": [heads[0], heads[1]],
                "rev_id": to,
                "message": line("\"\"\""),
                "date": line("Create Date: "),
            }));
            found.push(name.into_string().unwrap());
        }
        let answers = reference::run_python("merge.py", &[], &Value::Array(jobs));
        let answers = answers.as_array().unwrap().iter();
        let expected: Vec<&str> = answers.map(|it| it["name"].as_str().unwrap()).collect();
        // Without a template of its own, the project shows its pattern in its files alone.
        if options[0].starts_with("file_template") {
            assert_eq!(found, expected, "{options:?}");
        } else {
            assert_eq!(found[1..], expected[1..], "{options:?}");
            assert_eq!(found[0], format!("{}.py", ids[0]["to"].as_str().unwrap()));
        }
        let before = repair::snapshot(&versions);
        let again = rechain(&project, &["renumber", "--applied", "none"]);
        assert_eq!(code(&again), 0, "{}", said(&again));
        assert!(repair::snapshot(&versions) == before, "{}", said(&again));
    }
}

#[test]
fn what_the_template_cannot_name_is_said() {
    for (template, without_date, reason) in [
        (
            "%%(author)s_%%(rev)s",
            false,
            "`%(author)s_%(rev)s` is not understood",
        ),
        ("%%(year)d_%%(rev)s", true, "there is no Create Date in it"),
        (
            "%%(year)d/%%(rev)s",
            false,
            "file_template puts it into 2026, where it is not",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let project = place.path().join("project");
        made(&project, &[]);
        let ini = project.join("alembic.ini");
        let text = fs::read_to_string(&ini).unwrap();
        let option = format!("[alembic]\nfile_template = {template}\n");
        fs::write(&ini, text.replacen("[alembic]\n", &option, 1)).unwrap();
        let versions = project.join("alembic/versions");
        let own = versions.join("my_change_add_my_change.py");
        if without_date {
            let text = fs::read_to_string(&own).unwrap();
            fs::write(&own, text.replace("Create Date:", "Made on:")).unwrap();
        }
        let output = rechain(&project, &["renumber", "--applied", "none"]);
        let said = said(&output);
        assert_eq!(code(&output), 0, "{said}");
        let note = "note: alembic/versions/my_change_add_my_change.py: file_template";
        assert!(said.contains(note) && said.contains(reason), "{said}");
        let names = repair::snapshot(&versions);
        let follows = names
            .keys()
            .any(|name| name.to_string_lossy().ends_with("_add_my_change.py"));
        assert!(follows, "it keeps its words: {names:?}");
    }
}
