//! Two rechain and a `git checkout` at once, as processes: the files of one branch or of the other, as they were or mended,
//! and never some of each.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests prepare files, start the program and say what they counted"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// `RECHAIN_TOGETHER` asks for another number.
const ROUNDS: u64 = 40;
const SIDES: usize = 12;

struct Place {
    root: TempDir,
}

type Snapshot = BTreeMap<PathBuf, Vec<u8>>;

fn revision(id: &str, parent: &str, branch: &str) -> String {
    let parent = if parent.is_empty() {
        "None".to_owned()
    } else {
        format!("'{parent}'")
    };
    // Long enough that writing takes a moment.
    let body = format!("    # {branch}\n").repeat(2_000);
    format!("revision = '{id}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    pass\n{body}")
}

impl Place {
    fn new() -> Self {
        let place = Self {
            root: tempfile::tempdir().unwrap(),
        };
        place.write("alembic.ini", "[alembic]\nscript_location = migrations\n");
        place.write("migrations/env.py", "");
        place.revision("base01", "", "main");
        place.revision("trunk1", "base01", "main");
        place.git(&["init", "-q", "-b", "main"]);
        place.git(&["config", "user.name", "A"]);
        place.git(&["config", "user.email", "a@example.org"]);
        place.commit();
        for (branch, sides) in [("feature", 0..SIDES), ("other", 3..SIDES + 3)] {
            place.git(&["checkout", "-q", "main"]);
            place.git(&["checkout", "-qb", branch]);
            for number in sides {
                place.revision(&format!("side{number:02}"), "base01", branch);
            }
            place.commit();
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn revision(&self, id: &str, parent: &str, branch: &str) {
        let name = format!("migrations/versions/{id}.py");
        self.write(&name, &revision(id, parent, branch));
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "more"]);
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.root.path())
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.command("git", arguments).output().unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            said(&output)
        );
    }

    fn rechain(&self, arguments: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_rechain");
        self.command(program, arguments).output().unwrap()
    }

    fn fix(&self) -> Output {
        self.rechain(&["fix", "--quiet", "--applied", "trunk1"])
    }

    fn snapshot(&self) -> Snapshot {
        let listing = fs::read_dir(self.root.path().join("migrations/versions")).unwrap();
        let paths = listing.map(|it| it.unwrap().path());
        paths
            .map(|it| (it.clone(), fs::read(&it).unwrap()))
            .collect()
    }

    fn start_over(&self, branch: &str) {
        let _ = fs::remove_dir_all(self.root.path().join(".git/rechain"));
        self.git(&["checkout", "-qf", branch]);
        self.git(&["clean", "-qfdx"]);
    }
}

fn said(output: &Output) -> String {
    // The diff is of no interest here.
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The four states that may be found, by name.
fn states(place: &Place) -> Vec<(&'static str, Snapshot)> {
    let mut states = Vec::new();
    for (branch, mended) in [("feature", "feature, mended"), ("other", "other, mended")] {
        place.start_over(branch);
        states.push((branch, place.snapshot()));
        let output = place.fix();
        assert!(output.status.success(), "{}", said(&output));
        states.push((mended, place.snapshot()));
    }
    states
}

#[test]
fn one_state_or_the_other() {
    let rounds =
        std::env::var("RECHAIN_TOGETHER").map_or(ROUNDS, |it| it.parse().expect("a number"));
    let place = Place::new();
    let states = states(&place);
    place.start_over("feature");
    let start = Instant::now();
    assert!(place.fix().status.success());
    let cycle = u64::try_from(start.elapsed().as_micros()).unwrap();
    let mut tally: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..rounds {
        place.start_over("feature");
        // Anywhere in the time that one run takes.
        let later = |factor: u64| Duration::from_micros(cycle * (round * factor % 1_000) / 900);
        let (first, second, checkout) = thread::scope(|scope| {
            let fix = |delay: Duration| {
                let place = &place;
                scope.spawn(move || {
                    thread::sleep(delay);
                    place.fix()
                })
            };
            let (first, second) = (fix(later(0)), fix(later(571)));
            thread::sleep(later(937));
            let checkout = place
                .command("git", &["checkout", "-q", "other"])
                .output()
                .unwrap();
            (first.join().unwrap(), second.join().unwrap(), checkout)
        });
        for output in [&first, &second] {
            let words = said(output);
            let why = match output.status.code() {
                Some(0) => "done",
                // Half a checkout may look like anything, as long as nothing is written.
                Some(3) => "a person must decide",
                Some(2) => {
                    assert!(
                        words.contains("hint: "),
                        "round {round}: no way on: {words}"
                    );
                    let known = [
                        "another rechain",
                        "chang",
                        "git is changing",
                        "Alembic skips",
                        "cannot",
                    ];
                    assert!(
                        known.iter().any(|it| words.contains(it)),
                        "round {round}: {words}"
                    );
                    known.into_iter().find(|it| words.contains(it)).unwrap()
                }
                status => panic!("round {round}: {status:?}: {words}"),
            };
            *tally.entry(format!("fix: {why}")).or_default() += 1;
        }
        if !checkout.status.success() {
            let words = said(&checkout);
            let known = ["would be overwritten", "index.lock"];
            assert!(
                known.iter().any(|it| words.contains(it)),
                "round {round}: {words}"
            );
        }
        *tally
            .entry(format!("checkout: {}", checkout.status.success()))
            .or_default() += 1;
        let now = place.snapshot();
        let Some((name, _)) = states.iter().find(|(_, state)| *state == now) else {
            let of = |path: &PathBuf, content: &Vec<u8>| {
                let those = states
                    .iter()
                    .filter(|(_, state)| state.get(path) == Some(content));
                those.map(|(name, _)| *name).collect::<Vec<_>>()
            };
            let found: Vec<_> = now
                .iter()
                .map(|(path, content)| (path.file_name().unwrap(), of(path, content)))
                .collect();
            panic!(
                "round {round}: some of each: {found:#?}\n{}\n{}\n{}",
                said(&first),
                said(&second),
                said(&checkout)
            );
        };
        *tally.entry(format!("files: {name}")).or_default() += 1;
        let output = place.rechain(&["check"]);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "round {round}: {}",
            said(&output)
        );
        assert!(
            !said(&output).contains("interrupted"),
            "round {round}: {}",
            said(&output)
        );
        // And the next run ends in one head, whatever has been.
        let output = place.fix();
        assert!(output.status.success(), "round {round}: {}", said(&output));
    }
    println!("{rounds} rounds, 0 mixed states: {tally:#?}");
    assert!(tally.contains_key("fix: done"), "{tally:#?}");
}
