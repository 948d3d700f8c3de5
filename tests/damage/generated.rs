//! Damage of any kind in histories of any kind: whichever repair is taken, every revision that main ever deployed has below
//! it what databases ran there.
//!
//! `RECHAIN_HISTORIES=250 RECHAIN_SEED=1 cargo test --test damage generated -- --nocapture` tries more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rechain_testing::git::Repository;
use serde_json::Value;

use crate::case::{Case, documented, said};

/// Revisions with what lies below them.
type Below = BTreeMap<String, BTreeSet<String>>;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn of<'a>(&mut self, list: &'a [String]) -> &'a str {
        &list[self.below(list.len())]
    }
}

/// `ID <- PARENT` in the files, where each declares one of both.
fn links(case: &Case) -> BTreeMap<String, String> {
    let value = |text: &str, name: &str| {
        let line = text.lines().find_map(|it| it.strip_prefix(name))?;
        Some(line.trim_matches(['\'', '"', ' ']).to_owned())
    };
    let files = case.snapshot().into_iter();
    files
        .filter(|(path, _)| {
            path.extension().is_some_and(|it| it == "py") && !path.ends_with("env.py")
        })
        .map(|(path, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let id = value(&text, "revision = ").unwrap_or_else(|| path.display().to_string());
            let parent = value(&text, "down_revision = ").unwrap_or_default();
            (
                id,
                if parent == "None" {
                    String::new()
                } else {
                    parent
                },
            )
        })
        .collect()
}

fn below(links: &BTreeMap<String, String>) -> Below {
    let lower = |id: &String| {
        let mut found = BTreeSet::new();
        let mut at = links.get(id);
        while let Some(parent) = at.filter(|it| !it.is_empty() && found.insert((*it).clone())) {
            at = links.get(parent);
        }
        found
    };
    links.keys().map(|id| (id.clone(), lower(id))).collect()
}

/// A history of `main`, a commit for each revision, and a few revisions of the branch; the published ones and the others.
fn history(random: &mut Random) -> (Case, Vec<String>, Vec<String>) {
    let case = Case {
        repository: Repository::init(),
    };
    case.repository.write(
        "alembic.ini",
        "[alembic]\nscript_location = migrations\npath_separator = newline\n",
    );
    case.repository.write("migrations/env.py", "");
    case.repository.write(".gitignore", "__pycache__/\n");
    let mut made = 0;
    let mut add = |random: &mut Random, parent: &str| {
        made += 1;
        let id = format!("{:08x}", 0x1000_0000 * made + random.below(0xfff_ffff));
        case.write(&id, &documented(&id, parent, parent, "pass"));
        case.repository.commit(&format!("add {id}"));
        id
    };
    let mut main: Vec<String> = Vec::new();
    for _ in 0..3 + random.below(4) {
        let parent = main.last().cloned().unwrap_or_default();
        main.push(add(random, &parent));
    }
    case.repository.switch("feature");
    let mut own: Vec<String> = Vec::new();
    for _ in 0..=random.below(3) {
        let parent = own
            .last()
            .cloned()
            .unwrap_or_else(|| random.of(&main).to_owned());
        own.push(add(random, &parent));
    }
    (case, main, own)
}

/// Does one thing wrong; says what.
fn damage(random: &mut Random, case: &Case, ids: &[String]) -> String {
    let id = random.of(ids).to_owned();
    let other = random.of(ids).to_owned();
    let docstring = ["", "-", other.as_str()][random.below(3)];
    let kind = random.below(7);
    match kind {
        0 => case.write(&id, &documented(&id, &id, docstring, "pass")),
        1 => case.write(&id, &documented(&id, &other, docstring, "pass")),
        2 => {
            // The file may be gone already.
            let _ = fs::remove_file(case.versions().join(format!("{id}_words.py")));
        }
        3 => case.repository.write(
            format!("migrations/versions/{id}_copy.py"),
            &documented(&id, &other, docstring, "other()"),
        ),
        4 => case.write(&id, &documented(&id, "-", docstring, "pass")),
        5 => case.write(&id, &documented(&id, &other[..5], docstring, "pass")),
        _ => case.write(&id, &documented(&id, "", docstring, "pass")),
    }
    if random.below(2) == 0 {
        case.repository.git(&["add", "--all"]);
        case.repository
            .git(&["commit", "--quiet", "--allow-empty", "-m", "damage"]);
    }
    format!("{kind} {id} {other} {docstring}")
}

#[test]
fn no_repair_lets_a_database_skip_anything() {
    let first = std::env::var("RECHAIN_SEED").map_or(1, |it| it.parse().expect("a number"));
    let count: u64 =
        std::env::var("RECHAIN_HISTORIES").map_or(16, |it| it.parse().expect("a number"));
    let (mut repaired, mut refused, mut options) = (0, 0, 0);
    for seed in first..first + count {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (case, main, own) = history(&mut random);
        let deployed = below(&links(&case));
        let ids: Vec<String> = main.iter().chain(&own).cloned().collect();
        let mut what = Vec::new();
        for _ in 0..=random.below(2) {
            what.push(damage(&mut random, &case, &ids));
        }
        // Whoever deletes what nobody follows leaves no damage behind; `check --base` sees it.
        let damaged = links(&case);
        let is_named =
            |id: &String| damaged.contains_key(id) || damaged.values().any(|it| it == id);
        let main: Vec<String> = main.into_iter().filter(is_named).collect();
        let mut open: Vec<Vec<String>> = vec![Vec::new()];
        let mut tried = 0;
        while let Some(answers) = open.pop() {
            tried += 1;
            if tried > 12 {
                break;
            }
            let mut arguments = vec!["fix", "--format", "json"];
            for answer in &answers {
                arguments.extend(["--answer", answer]);
            }
            let before = case.snapshot();
            let output = case.rechain(&arguments);
            let context = format!(
                "seed {seed}: {what:?} {answers:?} {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            match output.status.code() {
                Some(0) => {
                    repaired += 1;
                    let now = below(&links(&case));
                    // Of two published files with one id a database may have run either: that is said.
                    for id in &main {
                        assert_eq!(now.get(id), deployed.get(id), "{id}: {context}");
                    }
                    assert_eq!(case.rechain(&["check"]).status.code(), Some(0), "{context}");
                    if document["written"] == true {
                        let undone = case.rechain(&["undo", "--applied", "none"]);
                        assert_eq!(undone.status.code(), Some(0), "{}", said(&undone));
                        assert!(case.snapshot() == before, "{context}");
                    }
                }
                Some(3) => {
                    assert!(case.snapshot() == before, "{context}");
                    let decisions = &document["environments"][0]["decisions"];
                    let Some(decision) = decisions.get(0) else {
                        refused += 1;
                        continue;
                    };
                    let offered = decision["options"].as_array().expect("options");
                    refused += usize::from(offered.is_empty());
                    for option in offered {
                        options += 1;
                        let id = decision["id"].as_str().expect("an id");
                        let answer = option["answer"].as_str().expect("an answer");
                        let mut more = answers.clone();
                        more.push(format!("{id}={answer}"));
                        open.push(more);
                    }
                }
                _ => panic!("{context}"),
            }
        }
    }
    eprintln!(
        "{count} histories: {repaired} repaired, {options} options taken, {refused} times nothing was offered"
    );
    assert!(repaired > 5 && options > 0);
}
