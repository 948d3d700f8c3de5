//! The file name that the project's `file_template` gives a revision.

use std::path::Path;

use anyhow::Context as _;
use rechain_history::RevIndex;
use rechain_rewriter::{CreateDate, revision_file_name};

use crate::history::History;

/// `truncate_slug_length`, where it is configured.
pub(crate) fn slug_length(history: &History) -> anyhow::Result<Option<usize>> {
    let length = history.environment.truncate_slug_length.as_ref();
    length
        .map(|it| {
            it.trim()
                .parse()
                .context("truncate_slug_length is no number")
        })
        .transpose()
}

/// Whether the project's file names hold the revision's id.
pub(crate) fn has_id(history: &History) -> bool {
    let template = history.environment.file_template.as_deref();
    template.is_some_and(|it| it.contains("%(rev)s"))
}

/// The name without `.py` that a revision would have under `id`, from its message and its `Create Date:`. `None`
/// where the project has no template of its own; an error says what stands in the way.
pub(crate) fn stem(history: &History, index: RevIndex, id: &str) -> Option<Result<String, String>> {
    let template = history.environment.file_template.as_deref()?;
    Some(rendered(history, index, id, template))
}

fn rendered(
    history: &History,
    index: RevIndex,
    id: &str,
    template: &str,
) -> Result<String, String> {
    let file = history.file_of(index);
    let docstring = file.module.as_ref().and_then(|it| it.docstring.as_ref());
    let date = docstring
        .and_then(|it| it.create_date.as_deref())
        .and_then(CreateDate::parse);
    let tokens = ["epoch", "year", "month", "day", "hour", "minute", "second"];
    let is_dated = tokens
        .iter()
        .any(|token| template.contains(&format!("%({token})")));
    let date = match date {
        Some(date) => date,
        None if is_dated => {
            return Err("file_template wants a date, and there is no Create Date in it".to_owned());
        }
        None => CreateDate::epoch(),
    };
    let length = slug_length(history).map_err(|error| error.to_string())?;
    let title = history.graph[index].title.trim();
    if title.is_empty() && template.contains("%(slug)") {
        return Err("file_template wants a message, and there is none in it".to_owned());
    }
    let name = revision_file_name(Some(template), length, id, title, &date)?;
    let name = name.strip_suffix(".py").unwrap_or(&name);
    let (directory, stem) = name.rsplit_once('/').unwrap_or(("", name));
    let is_there = file
        .path
        .parent()
        .is_some_and(|it| it.ends_with(Path::new(directory)));
    if !directory.is_empty() && !is_there {
        return Err(format!(
            "file_template puts it into {directory}, where it is not"
        ));
    }
    Ok(stem.to_owned())
}
