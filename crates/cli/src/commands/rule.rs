//! `rechain rule`: what a code means.

use anyhow::bail;

use crate::args::RuleArguments;
use crate::code::{self, find};
use crate::exit::ExitStatus;
use crate::ui::{TITLE, Ui};

pub(crate) fn run(arguments: &RuleArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    match &arguments.code {
        None => {
            for code in code::ALL {
                writeln!(
                    ui.out,
                    "{TITLE}{}{TITLE:#} {:<21} {}",
                    code.id, code.name, code.summary
                )?;
            }
        }
        Some(text) => {
            let Some(code) = find(text) else {
                bail!("there is no code '{text}'; `rechain rule` lists them all");
            };
            writeln!(ui.out, "{TITLE}{} {}{TITLE:#}", code.id, code.name)?;
            writeln!(ui.out, "\n{}\n\n{}", code.summary, code.explanation)?;
        }
    }
    Ok(ExitStatus::Success)
}
