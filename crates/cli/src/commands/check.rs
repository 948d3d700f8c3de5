//! `rechain check`: is the chain sound?

use rechain_history::{Lineage, lineages};
use serde_json::{Value, json};

use crate::args::{CheckArguments, CheckFormat, PublicationArguments};
use crate::code;
use crate::diagnostic::Label;
use crate::exit::ExitStatus;
use crate::history::{History, Purpose};
use crate::publication::known;
use crate::publication::landed::problems;
use crate::publication::landing::{Landing, Wish, lay};
use crate::report::{github, json, publication_text, sarif, text};
use crate::request;
use crate::schema;
use crate::ui::{TITLE, Ui};

pub(crate) fn run(arguments: &CheckArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let wish = Wish {
        base: arguments.base.as_deref().filter(|it| *it != "none"),
        with: &arguments.with,
        fetch: arguments.fetch,
    };
    let purpose = Purpose {
        to_ask_git: !wish.is_empty(),
        ..Purpose::default()
    };
    let histories = request::histories_for(purpose, &arguments.project, ui)?;
    let interrupted = request::interrupted(&histories)?;
    let (mut histories, landings) = laid_over(arguments, &wish, histories, ui)?;
    if arguments.schema {
        for history in &mut histories {
            schema::check(history, ui)?;
        }
    }
    if matches!(arguments.format, CheckFormat::Github | CheckFormat::Sarif) {
        histories.iter_mut().for_each(show_in_the_work_tree);
    }
    let is_sound = histories
        .iter()
        .all(|history| history.diagnostics.is_empty());
    let status = if histories.iter().all(History::is_empty) {
        ExitStatus::Failure
    } else if is_sound && interrupted.is_none() {
        ExitStatus::Success
    } else {
        ExitStatus::Found
    };
    match arguments.format {
        CheckFormat::Json => {
            let document = json!({
                "version": json::VERSION,
                "command": "check",
                "sound": status == ExitStatus::Success,
                "interrupted_change": interrupted.is_some(),
                "environments": environments(&histories, &landings),
            });
            writeln!(ui.out, "{document:#}")?;
        }
        CheckFormat::Github => {
            for history in &histories {
                github::write(&mut ui.out, history)?;
            }
        }
        CheckFormat::Sarif => writeln!(ui.out, "{:#}", sarif::document(&histories))?,
        CheckFormat::Text => {
            for (at, history) in histories.iter().enumerate() {
                let landing = landings.get(at);
                if landing.is_none() && ui.verbose && !history.needs_a_person() {
                    let known = known(&PublicationArguments::default(), history)?;
                    publication_text::evidence(history, &known, ui)?;
                }
                print(history, landing, histories.len() > 1, ui)?;
            }
        }
    }
    if let Some(interrupted) = interrupted {
        let command = &interrupted.command;
        ui.problem(
            &code::INTERRUPTED_CHANGE,
            &format!("an earlier `rechain {command}` was interrupted between its files"),
        )?;
        ui.hint("`rechain undo` takes it back; the next `rechain fix` repairs it")?;
    }
    // The process ends here, and giving back the memory of thousands of revisions piece by piece takes time.
    std::mem::forget(histories);
    Ok(status)
}

/// Annotations are shown beside the lines of a change: a problem is placed in a file of the work
/// tree where it has one, not in one that only the base has.
fn show_in_the_work_tree(history: &mut History) {
    let files = &history.files;
    let is_here = |label: &Label| files[label.file].path.exists();
    for diagnostic in &mut history.diagnostics {
        if diagnostic.primary.as_ref().is_none_or(is_here) {
            continue;
        }
        if let Some(at) = diagnostic.secondary.iter().position(is_here)
            && let Some(primary) = &mut diagnostic.primary
        {
            std::mem::swap(primary, &mut diagnostic.secondary[at]);
        }
    }
}

/// With `--base` or `--with`: the histories as they would be after the merge, their problems among
/// what a merge would do to databases.
fn laid_over(
    arguments: &CheckArguments,
    wish: &Wish<'_>,
    histories: Vec<History>,
    ui: &mut Ui,
) -> anyhow::Result<(Vec<History>, Vec<Landing>)> {
    if wish.is_empty() {
        return Ok((histories, Vec::new()));
    }
    let display = request::display(&arguments.project)?;
    let (mut landed, landings) = lay(&histories, wish, &display)?;
    let publication = PublicationArguments {
        base: arguments.base.clone(),
        ..PublicationArguments::default()
    };
    for ((history, here), landing) in landed.iter_mut().zip(&histories).zip(&landings) {
        let known = known(&publication, history)?;
        history.diagnostics = problems(history, here, landing, &known);
        if arguments.format == CheckFormat::Text && ui.verbose {
            publication_text::evidence(history, &known, ui)?;
        } else if let Ok(asked) = &known.asked {
            for note in &asked.notes {
                ui.note(note)?;
            }
        }
    }
    Ok((landed, landings))
}

fn environments(histories: &[History], landings: &[Landing]) -> Vec<Value> {
    let environments = histories.iter().enumerate().map(|(at, history)| {
        let mut environment = json::environment(history);
        if let Some(landing) = landings.get(at) {
            let refs = landing.refs.iter();
            environment["laid_over"] = refs
                .map(|(shown, commit)| json!({ "ref": shown, "commit": commit }))
                .collect();
        }
        environment
    });
    environments.collect()
}

fn print(
    history: &History,
    landing: Option<&Landing>,
    with_heading: bool,
    ui: &mut Ui,
) -> std::io::Result<()> {
    if with_heading {
        writeln!(ui.out, "{TITLE}{}{TITLE:#}", history.environment.name)?;
    }
    for diagnostic in &history.diagnostics {
        writeln!(ui.out, "{}\n", text::diagnostic(diagnostic, history))?;
    }
    if ui.quiet {
        return Ok(());
    }
    if let Some(landing) = landing {
        write!(ui.out, "merged with {}: ", landing.shown())?;
    }
    if history.diagnostics.is_empty() {
        writeln!(ui.out, "{}", summary(history))?;
    } else {
        let count = history.diagnostics.len();
        let files = counted(history.files.len(), "revision file");
        writeln!(ui.out, "{} in {files}", counted(count, "problem"))?;
        let mut codes: Vec<&str> = history.diagnostics.iter().map(|it| it.code.id).collect();
        codes.dedup();
        ui.hint(&format!("`rechain rule {}` explains it", codes[0]))?;
    }
    Ok(())
}

/// A number with its noun.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// One line on a sound history.
pub(crate) fn summary(history: &History) -> String {
    let lineages = lineages(&history.graph);
    let head = |lineage: &Lineage| {
        let heads: Vec<&str> = lineage
            .heads
            .iter()
            .map(|&head| history.graph[head].id.as_str())
            .collect();
        let labels: Vec<String> = lineage.labels.iter().map(ToString::to_string).collect();
        match labels.as_slice() {
            [] => heads.join(", "),
            _ => format!("{} ({})", heads.join(", "), labels.join(", ")),
        }
    };
    let heads: Vec<String> = lineages.iter().map(head).collect();
    let revisions = counted(history.graph.len(), "revision");
    match heads.as_slice() {
        [one] => format!("{revisions}, one head: {one}"),
        _ => format!(
            "{revisions}, one head for each of {} lineages: {}",
            heads.len(),
            heads.join(", ")
        ),
    }
}
