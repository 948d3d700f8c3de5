//! `rechain rule`: what a code means.

use anyhow::bail;

use crate::args::RuleArguments;
use crate::code::{self, find};
use crate::exit::ExitStatus;
use crate::request::Hinted;
use crate::suggestion;
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
                let names: Vec<&str> = code::ALL.iter().map(|it| it.name).collect();
                let wanted = text.to_uppercase();
                let begun = code::ALL.iter().find(|it| it.id.starts_with(&wanted));
                let near = begun
                    .map(|it| it.id)
                    .or_else(|| suggestion::nearest(text, &names));
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`rechain rule` lists them all".to_owned(),
                };
                bail!(Hinted::new(format!("there is no code '{text}'"), hint));
            };
            writeln!(ui.out, "{TITLE}{} {}{TITLE:#}", code.id, code.name)?;
            writeln!(ui.out, "\n{}\n\n{}", code.summary, code.explanation)?;
        }
    }
    Ok(ExitStatus::Success)
}
