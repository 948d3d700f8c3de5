//! Two migrations in both orders: what rechain says, and what real databases do.
//!
//! Each seed gives a base and two migrations over it. Both orders run through real Alembic on a real
//! PostgreSQL, on `SQLite` and on MariaDB; the schemas and rows that come of it are compared. *Independent* must be right
//! every time, under each premise; *ordered* must name an order that works where any does.
//!
//! `cargo test --test oracle` runs some hundred pairs. The slow run:
//!
//!     RECHAIN_ORACLE=20000 cargo test --release --test oracle -- --nocapture
//!
//! with `RECHAIN_ORACLE_SEED=N` for another set; the seed of each wrong answer is printed, and
//! `RECHAIN_ORACLE=1 RECHAIN_ORACLE_SEED=N` runs that pair alone and prints its modules.
//!
//! MariaDB, which stands for MySQL, is not to be had from `PyPI`: its test runs where it is asked for
//! (`cargo test --test oracle mariadb -- --ignored`) with the `mariadbd` on PATH, or on Debian with what its packages
//! hold, unpacked under `target/mariadb/`.
#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test starts its reference program, and says what it counted"
)]

#[path = "oracle/coverage.rs"]
mod coverage;
#[path = "oracle/generator.rs"]
mod generator;
#[allow(dead_code, reason = "shared between test programs")]
mod repair;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::Arc;

use generator::{Pair, Target};
use rechain_history::{Dialect, Dialects};
use rechain_parser::{Direction, ModuleSource, Surroundings, effects_within};
use rechain_planner::{Circumstances, PairSide, Premise, Verdict, commute};
use rechain_testing::{mariadb, postgres, reference};
use serde_json::{Value, json};

/// The module that migrations borrow from.
struct Borrowed;

impl Surroundings for Borrowed {
    fn module(&self, name: &str) -> Option<Arc<ModuleSource>> {
        let source = ModuleSource::new(generator::HELPERS.into(), false, None);
        (name == "migration_helpers").then(|| Arc::new(source))
    }
}

/// What the database did.
#[derive(Debug)]
struct Outcome {
    alone: [bool; 2],
    both: [bool; 2],
    same: bool,
    column_order: bool,
    /// What failed or differs, in words.
    #[expect(dead_code, reason = "printed")]
    notes: Vec<String>,
}

impl Outcome {
    /// Either order does the same, whatever that is.
    fn commutes(&self) -> bool {
        match self.both {
            [true, true] => self.same,
            [false, false] => !(self.alone[0] && self.alone[1]),
            _ => false,
        }
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn verdicts_hold_on_postgresql() {
    run(Target::PostgreSql);
}

#[test]
fn verdicts_hold_on_sqlite() {
    run(Target::Sqlite);
}

#[test]
#[ignore = "needs MariaDB: installed, or as packages of Debian"]
fn verdicts_hold_on_mariadb() {
    run(Target::MySql);
}

/// How many pairs a database sees: `PostgreSQL` keeps what is rolled back in its catalogs and grows slow with it.
const STRETCH: u64 = 2_000;

fn run(target: Target) {
    let count = number("RECHAIN_ORACLE", 300);
    let seed = number("RECHAIN_ORACLE_SEED", 1);
    let mut tally = Tally::default();
    let mut done = 0;
    while done < count {
        let seeds = seed + done..seed + count.min(done + STRETCH);
        done += seeds.end - seeds.start;
        stretch(target, seeds, count == 1, &mut tally);
        if count > STRETCH {
            eprintln!("{target:?}: {done} pairs, {} wrong", tally.wrong.len());
        }
    }
    tally.report(target, seed, count);
    assert_eq!(tally.pairs, count, "pairs.py answered each pair");
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n\n"));
    // The generator is worth something.
    if count >= 100 {
        assert!(tally.commute * 5 > count && tally.commute < count * 19 / 20);
    }
}

/// Runs the pairs of these seeds on a fresh database and adds what is found to the tally.
fn stretch(target: Target, seeds: Range<u64>, talk: bool, tally: &mut Tally) {
    let mut command = Command::new(reference::python());
    command.arg(reference::scripts().join("pairs.py"));
    match target {
        Target::PostgreSql => command
            .arg("postgresql")
            .arg(postgres::server().create_database()),
        Target::MySql => command
            .arg("mysql")
            .arg(mariadb::server().create_database()),
        Target::Sqlite => command.arg("sqlite"),
    };
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pairs.py starts");
    let mut requests = process.stdin.take().expect("stdin is a pipe");
    let answers = BufReader::new(process.stdout.take().expect("stdout is a pipe"));
    let asked = seeds.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writeln!(requests, "{}", json!(generator::HELPERS)).expect("pairs.py is running");
            for seed in asked {
                let pair = generator::pair(seed, target);
                let request = json!({
                    "base": pair.base, "one": pair.one, "other": pair.other, "together": pair.builds_on,
                });
                writeln!(requests, "{request}").expect("pairs.py is running");
            }
        });
        for (seed, line) in seeds.zip(answers.lines()) {
            let line = line.expect("pairs.py can be read");
            let answer: Value = serde_json::from_str(&line).expect("JSON");
            let pair = generator::pair(seed, target);
            tally.judge(seed, target, &pair, &answer, talk);
        }
    });
    process.wait().expect("pairs.py ends");
}

#[derive(Debug, Default)]
struct Tally {
    pairs: u64,
    commute: u64,
    /// By premise and verdict: how many, and how many of them do not commute.
    verdicts: BTreeMap<(&'static str, &'static str), (u64, u64)>,
    doubts: BTreeMap<String, u64>,
    column_order: u64,
    /// Orders, with doubts, of which the other one works.
    turned: u64,
    wrong: Vec<String>,
}

impl Tally {
    fn judge(&mut self, seed: u64, target: Target, pair: &Pair, answer: &Value, talk: bool) {
        self.pairs += 1;
        assert!(answer.get("failed").is_none(), "seed {seed}: {answer}");
        let flags = |key: &str| {
            let flag = |at: usize| answer[key][at].as_bool().expect("a flag");
            [flag(0), flag(1)]
        };
        let outcome = Outcome {
            alone: flags("alone"),
            both: flags("both"),
            same: answer["same"] == true,
            column_order: answer["order"] == true,
            notes: answer["notes"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|note| note.as_str().unwrap_or_default().to_owned())
                .collect(),
        };
        self.commute += u64::from(outcome.commutes());
        let effects = |text: &str| effects_within(text, Direction::Upgrade, &Borrowed);
        let version = |at: usize| {
            let chosen = answer["chosen"][at].as_u64().expect("a number");
            usize::try_from(chosen).expect("a small number")
        };
        let (one_text, other_text) = (&pair.one[version(0)], &pair.other[version(1)]);
        let (one, other) = (effects(one_text), effects(other_text));
        let dialect = match target {
            Target::PostgreSql => Dialect::PostgreSql,
            Target::Sqlite => Dialect::Sqlite,
            Target::MySql => Dialect::MySql,
        };
        let premises = [
            ("nothing", Premise::Nothing, true),
            ("fork", Premise::Fork, outcome.alone == [true, true]),
            ("chain", Premise::Chain, outcome.both[0]),
        ];
        for (name, premise, holds) in premises {
            let circumstances = Circumstances {
                dialects: Dialects::of([dialect]),
                premise,
            };
            let verdict = commute(&one, &other, &circumstances);
            if talk {
                eprintln!("{name} (holds: {holds}): {verdict:#?}");
            }
            if !holds {
                continue;
            }
            let entry = self.verdicts.entry((name, verdict.word())).or_default();
            entry.0 += 1;
            entry.1 += u64::from(!outcome.commutes());
            let problem = match &verdict {
                Verdict::Independent { notes } => {
                    if outcome.column_order && outcome.same && notes.is_empty() {
                        Some("the order of columns differs, and no note says so")
                    } else {
                        self.column_order += u64::from(outcome.column_order && outcome.same);
                        (!outcome.commutes()).then_some("independent, but it is not")
                    }
                }
                Verdict::Ordered { first, doubts, .. } => {
                    let right = usize::from(*first == PairSide::Other);
                    let is_wrong = !outcome.both[right] && outcome.both[1 - right];
                    // What is not known besides may turn it round.
                    self.turned += u64::from(is_wrong && !doubts.is_empty());
                    (is_wrong && doubts.is_empty())
                        .then_some("the other order is the one that works")
                }
                Verdict::Unknown { doubts } => {
                    if premise == Premise::Fork && outcome.commutes() {
                        *self.doubts.entry(doubts[0].reason.clone()).or_default() += 1;
                    }
                    None
                }
                Verdict::Conflict { .. } => None,
            };
            if let Some(problem) = problem {
                // A long run says at once what it found.
                eprintln!("seed {seed}, {target:?}, premise {name}: {problem}");
                self.wrong.push(format!(
                    "seed {seed}, {target:?}, premise {name}: {problem}\n{outcome:?}\n{verdict:?}\n\
                     --- base\n{}--- one\n{}--- other\n{}",
                    bodies(&pair.base),
                    body(one_text),
                    body(other_text)
                ));
            }
        }
        if talk {
            eprintln!(
                "--- base\n{}--- one\n{}--- other\n{}{outcome:#?}",
                bodies(&pair.base),
                one_text,
                other_text
            );
        }
    }

    fn report(&self, target: Target, seed: u64, count: u64) {
        eprintln!(
            "{target:?}: {count} pairs from seed {seed}: {} commute, {} wrong",
            self.commute,
            self.wrong.len()
        );
        for ((premise, verdict), (number, differ)) in &self.verdicts {
            eprintln!("  {premise:8} {verdict:12} {number:6}, of which {differ:6} do not commute");
        }
        eprintln!(
            "  orders, with doubts, of which the other one works: {}",
            self.turned
        );
        eprintln!(
            "  the order of columns alone differs in {}",
            self.column_order
        );
        let mut doubts: Vec<_> = self.doubts.iter().collect();
        doubts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in doubts.into_iter().take(12) {
            eprintln!("  unknown on a fork but commuting: {count:5} {reason}");
        }
    }
}

fn bodies(steps: &[String]) -> String {
    steps.iter().map(|step| body(step)).collect()
}

/// A module without what each has.
fn body(text: &str) -> &str {
    let last = "import mysql, postgresql\n";
    text.find(last).map_or(text, |at| &text[at + last.len()..])
}
