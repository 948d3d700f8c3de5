//! How much of real migrations is understood:
//! `cargo run --release -p rechain-parser --example opacity -- DIRECTORY...`
//!
//! For every directory the share of revisions without opaque effects, then the reasons of opacity by
//! the number of revisions they stand in. With `--list REASON` the places of one reason; with
//! `--show` all effects.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rechain_history::EffectKind;

fn main() -> std::io::Result<()> {
    let mut wanted = None;
    let mut show = false;
    let mut directories = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => wanted = args.next(),
            "--show" => show = true,
            _ => directories.push(PathBuf::from(arg)),
        }
    }
    let mut reasons: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    let (mut clear, mut only_sql, mut all, mut slowest) = (0, 0, 0, (0, PathBuf::new()));
    for directory in &directories {
        let mut files = Vec::new();
        find(directory, &mut files)?;
        let (mut here, mut here_clear) = (0, 0);
        for file in files {
            let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
            if !text.contains("down_revision") {
                continue;
            }
            here += 1;
            let start = std::time::Instant::now();
            let effects = rechain_parser::upgrade_effects(&text);
            slowest = slowest.max((start.elapsed().as_micros(), file.clone()));
            if show {
                println!("== {}", file.display());
            }
            let mut found = BTreeSet::new();
            for effect in &effects {
                let line = text[..effect.range.start()].matches('\n').count() + 1;
                match &effect.kind {
                    EffectKind::Opaque { reason } => {
                        found.insert(reason.clone());
                        if wanted
                            .as_ref()
                            .is_some_and(|wanted| reason.contains(wanted))
                        {
                            println!("{}:{line}: {reason}", file.display());
                        }
                        if show {
                            println!("{line}: opaque {reason}");
                        }
                    }
                    EffectKind::Known { action, object } if show => {
                        println!("{line}: {:?} {action:?} {object}", effect.certainty);
                    }
                    EffectKind::Known { .. } => {}
                }
            }
            here_clear += usize::from(found.is_empty());
            only_sql +=
                usize::from(found.iter().all(|reason| reason == "raw SQL") && !found.is_empty());
            for reason in found {
                reasons.entry(reason).or_default().insert(file.clone());
            }
        }
        println!(
            "{:5.1} % of {here:4} {}",
            percent(here_clear, here),
            directory.display()
        );
        all += here;
        clear += here_clear;
    }
    println!(
        "{:5.1} % of {all} revisions without opaque effects, {:.1} % opaque for raw SQL alone, {:.1} % else; slowest {} us {}",
        percent(clear, all),
        percent(only_sql, all),
        percent(all - clear - only_sql, all),
        slowest.0,
        slowest.1.display()
    );
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    for (reason, files) in reasons.iter().take(60) {
        println!("{:5} {reason}", files.len());
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
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
