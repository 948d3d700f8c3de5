//! How much of real migrations is understood.
//!
//!     RECHAIN_CORPUS=all cargo run --release -p rechain-parser --example opacity
//!
//! prints for each history of the corpus, and in total, how many revisions are understood fully, how many but for
//! what happens to tables that are known (`tables`), how many partly (some effects are known, some opaque) and not at
//! all, then the reasons by the number of revisions they stand in. Directories as arguments are measured instead; `--list REASON` prints the places of one
//! reason, `--show` all effects, `--alone` reads nothing but the migrations' own texts.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rechain_history::{Action, Certainty, Effect, EffectKind};
use rechain_parser::{Direction, effects_within, upgrade_effects};
use rechain_testing::corpus::{self, Scope};
use rechain_testing::sources::Sources;

/// Reasons that are printed.
const MOST_REASONS: usize = 60;

#[derive(Default)]
struct Options {
    list: Option<String>,
    show: bool,
    alone: bool,
}

#[derive(Default, Clone, Copy)]
struct Count {
    all: usize,
    fully: usize,
    /// Nothing is opaque, but of some tables only the names are known.
    tables: usize,
    partly: usize,
    /// Of those that are fully understood: some of what they do depends on a condition.
    conditional: usize,
}

/// Of a statement or call only the tables are known, not what happens to them.
const TABLES_ALONE: &str = "of tables, not known what happens to them";

fn main() -> io::Result<()> {
    let mut options = Options::default();
    let mut places: Vec<(String, PathBuf, PathBuf)> = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => options.list = args.next(),
            "--show" => options.show = true,
            "--alone" => options.alone = true,
            _ => {
                let path = Path::new(&arg).canonicalize()?;
                let root = path
                    .ancestors()
                    .find(|it| it.parent().is_some_and(|it| it.ends_with("corpus/sources")))
                    .unwrap_or(&path);
                places.push((arg, root.to_owned(), path.clone()));
            }
        }
    }
    if places.is_empty() {
        places = corpus::sources(Scope::from_env())
            .into_iter()
            .map(|history| {
                let name = format!("{} {}", history.package, history.versions_dir);
                (name, history.source_root(), history.source_path())
            })
            .collect();
    }
    let mut reasons: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    let mut total = Count::default();
    let mut slowest = (0, PathBuf::new());
    println!(
        "{:>5} {:>6} {:>6} {:>6} {:>6}",
        "of", "fully", "tables", "partly", "not"
    );
    for (name, root, directory) in &places {
        let mut files = Vec::new();
        find(directory, &mut files)?;
        let mut here = Count::default();
        for file in files {
            let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
            if !text.contains("down_revision") {
                continue;
            }
            let start = Instant::now();
            let effects = if options.alone {
                upgrade_effects(&text)
            } else {
                effects_within(&text, Direction::Upgrade, &Sources::new(root, &file))
            };
            slowest = slowest.max((start.elapsed().as_micros(), file.clone()));
            let found = found(&effects, &text, &file, &options);
            here.all += 1;
            if found.is_empty() {
                here.fully += 1;
                here.conditional += usize::from(effects.iter().any(is_conditional));
            } else if !effects.iter().any(Effect::is_opaque) {
                here.tables += 1;
            } else if effects.iter().any(Effect::is_understood) {
                here.partly += 1;
            }
            for reason in found {
                reasons.entry(reason).or_default().insert(file.clone());
            }
        }
        print(here, name);
        total.all += here.all;
        total.fully += here.fully;
        total.tables += here.tables;
        total.partly += here.partly;
        total.conditional += here.conditional;
    }
    print(total, "in total");
    println!(
        "{} of those that are fully understood change something under a condition",
        total.conditional
    );
    println!("the slowest took {} us: {}", slowest.0, slowest.1.display());
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    for (reason, files) in reasons.iter().take(MOST_REASONS) {
        println!("{:5} {reason}", files.len());
    }
    Ok(())
}

/// Whether it may happen or not.
fn is_conditional(effect: &Effect) -> bool {
    effect.certainty == Certainty::Conditional
        && matches!(effect.known(), Some((action, _)) if !matches!(action, Action::Require | Action::ReadRows))
}

/// The reasons why parts are not understood.
fn found(effects: &[Effect], text: &str, file: &Path, options: &Options) -> BTreeSet<String> {
    if options.show {
        println!("== {}", file.display());
    }
    let mut found = BTreeSet::new();
    for effect in effects {
        let line = text[..effect.range.start()].matches('\n').count() + 1;
        match &effect.kind {
            EffectKind::Opaque { reason } => {
                found.insert(reason.clone());
                let is_wanted = |wanted: &String| reason.contains(wanted);
                if options.list.as_ref().is_some_and(is_wanted) {
                    println!("{}:{line}: {reason}", file.display());
                }
                if options.show {
                    println!("{line}: opaque {reason}");
                }
            }
            EffectKind::Known { action, object } if options.show => {
                let certainty = match effect.certainty {
                    Certainty::Always => "",
                    Certainty::IfNeeded => "if needed ",
                    Certainty::Conditional => "maybe ",
                    Certainty::Unknown => "anything ",
                };
                println!("{line}: {certainty}{action:?} {object}");
            }
            EffectKind::Known { .. } => {}
        }
        if !effect.is_understood() && !effect.is_opaque() {
            found.insert(TABLES_ALONE.into());
            if options
                .list
                .as_ref()
                .is_some_and(|wanted| TABLES_ALONE.contains(wanted))
            {
                println!("{}:{line}: {TABLES_ALONE}", file.display());
            }
        }
    }
    found
}

fn print(count: Count, name: &str) {
    let not = count.all - count.fully - count.tables - count.partly;
    let of = |part: usize| percent(part, count.all);
    println!(
        "{:5} {:5.1}% {:5.1}% {:5.1}% {:5.1}% {name}",
        count.all,
        of(count.fully),
        of(count.tables),
        of(count.partly),
        of(not),
    );
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            find(&entry, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "py") {
            files.push(entry);
        }
    }
    Ok(())
}
