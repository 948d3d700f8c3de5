//! `rechain explain`: what a revision does, and whether two may swap places.

use anyhow::bail;
use rechain_history::RevIndex;
use serde_json::json;

use crate::args::{ExplainArguments, Format};
use crate::exit::ExitStatus;
use crate::explanation::{Explanation, Pair};
use crate::report::{explain_json, explain_text, json};
use crate::request;
use crate::surgery::history_with;
use crate::ui::Ui;

pub(crate) fn run(arguments: &ExplainArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let histories = request::histories(&arguments.project.to_arguments(), ui)?;
    let names: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
    let (history, found) = history_with(&histories, &names)?;
    let mut revisions: Vec<RevIndex> = Vec::with_capacity(found.len());
    for (name, found) in names.iter().zip(found) {
        match found[..] {
            [one] => revisions.push(one),
            [] => bail!("{name} is no revision"),
            _ => bail!(
                "{name} names {} revisions; explain takes one or two",
                found.len()
            ),
        }
    }
    let document = match revisions[..] {
        [one] => {
            let explanation = Explanation::of(history, one);
            match arguments.format {
                Format::Text => {
                    explain_text::revision(&explanation, ui)?;
                    return Ok(ExitStatus::Success);
                }
                Format::Json => explain_json::revision(&explanation),
            }
        }
        [one, other] if one == other => bail!("{} and {} are one revision", names[0], names[1]),
        [one, other] => {
            let pair = Pair::of(history, one, other);
            match arguments.format {
                Format::Text => {
                    explain_text::pair(&pair, ui)?;
                    return Ok(ExitStatus::Success);
                }
                Format::Json => explain_json::pair(&pair),
            }
        }
        _ => bail!("explain takes one or two revisions"),
    };
    let mut document = document;
    document["version"] = json!(json::VERSION);
    document["command"] = json!("explain");
    writeln!(ui.out, "{document:#}")?;
    Ok(ExitStatus::Success)
}
