//! `rechain log`: the chain in order, with what each revision does to tables.

use serde_json::json;

use crate::args::{LogArguments, LogFormat};
use crate::chain::Chain;
use crate::exit::ExitStatus;
use crate::repairs::repairs;
use crate::report::{chain_json, chain_markdown, chain_text, json, text};
use crate::request;
use crate::ui::Ui;

pub(crate) fn run(arguments: &LogArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let histories = request::histories(&arguments.project, ui)?;
    let remembered = match request::journal(&histories)? {
        Some(journal) => journal.applied()?,
        None => Vec::new(),
    };
    let mut statuses = Vec::new();
    let mut documents = Vec::new();
    for history in &histories {
        if history.is_damaged() {
            for diagnostic in &history.diagnostics {
                writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
            }
            ui.problem(
                &crate::code::DAMAGED,
                "the history is damaged, so it has no order",
            )?;
            statuses.push(ExitStatus::Failure);
            continue;
        }
        let mut chain = Chain::of(history);
        let order = chain.entries.iter().map(|entry| entry.index);
        chain.repairs = repairs(history, order, &remembered);
        match arguments.format {
            LogFormat::Text => chain_text::print(&chain, histories.len() > 1, ui)?,
            LogFormat::Md => chain_markdown::print(&chain, ui)?,
            LogFormat::Json => documents.push(chain_json::environment(&chain)),
        }
        statuses.push(ExitStatus::Success);
    }
    if arguments.format == LogFormat::Json {
        let document =
            json!({ "version": json::VERSION, "command": "log", "environments": documents });
        writeln!(ui.out, "{document:#}")?;
    }
    Ok(ExitStatus::of_all(statuses))
}
