//! "Did you mean": the known word, or the revision, nearest to a misspelt one.

use rechain_history::Revision;

use crate::diagnostic::first_line;
use crate::history::History;

/// The word of `known` that `word` was most likely meant to be, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (distance, *candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The revision that an argument was most likely meant to name, and what speaks for it: the name of its
/// file, a part of its id, words of its message, a typing error.
pub(crate) fn revision(history: &History, argument: &str) -> Option<String> {
    let wanted = argument.trim().to_lowercase();
    if wanted.is_empty() {
        return None;
    }
    let revisions = || history.graph.revisions().iter().map(|it| &**it);
    let only = |is_it: &dyn Fn(&&Revision) -> bool| {
        let mut found = revisions().filter(is_it);
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    };
    let file = wanted.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.strip_suffix(".py").unwrap_or(file);
    let words: Vec<&str> = wanted
        .split(|c: char| !c.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .collect();
    let has_words = |title: &str| {
        let title = title.to_lowercase();
        !words.is_empty() && words.iter().all(|word| title.contains(word))
    };
    let by_case = |revision: &&Revision| revision.id.as_str().to_lowercase() == wanted;
    let found = only(&by_case)
        .map(|it| (it, "small and capital letters differ".to_owned()))
        .or_else(|| {
            only(&|revision| {
                let name = history
                    .file_name(revision.place.file.index())
                    .to_lowercase();
                name.strip_suffix(".py") == Some(stem)
            })
            .map(|it| (it, format!("{argument} is the name of its file")))
        })
        .or_else(|| {
            let is_part = |revision: &&Revision| {
                wanted.len() > 2 && revision.id.as_str().to_lowercase().contains(&wanted)
            };
            only(&is_part).map(|it| (it, format!("{argument} is a part of its id")))
        })
        .or_else(|| {
            let ids: Vec<&str> = revisions().map(|it| it.id.as_str()).collect();
            let near = nearest(&wanted, &ids)?;
            let revision = revisions().find(|it| it.id.as_str() == near)?;
            Some((revision, first_line(&revision.title)))
        })
        .or_else(|| {
            let revision = only(&|revision| has_words(&revision.title))?;
            Some((revision, first_line(&revision.title)))
        });
    match found {
        Some((revision, why)) => Some(format!("`{}` ({why})", revision.id)),
        None => word(history, &wanted).map(|it| format!("`{it}`")),
    }
}

/// The label, or the word that Alembic knows, that was most likely meant.
fn word<'h>(history: &'h History, wanted: &str) -> Option<&'h str> {
    let revisions = history.graph.revisions().iter();
    let labels = revisions.flat_map(|it| it.branch_labels.iter().filter_map(|label| label.name()));
    let known: Vec<&str> = labels.chain(["head", "heads", "base"]).collect();
    nearest(wanted, &known)
}

/// Some ids with the messages of their revisions, joined by `or`.
pub(crate) fn titled(history: &History, ids: &[String]) -> String {
    let titled = |id: &String| {
        let title = history.graph.index(id);
        let title = title.map(|it| first_line(&history.graph[it].title));
        match title.filter(|it| !it.is_empty()) {
            Some(title) => format!("`{id}` ({title})"),
            None => format!("`{id}`"),
        }
    };
    ids.iter().map(titled).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typing_mistakes_and_nothing_else() {
        let known = ["b1 before c1", "c1 before b1"];
        assert_eq!(nearest("b1 befor c1", &known), Some("b1 before c1"));
        assert_eq!(nearest("nothing", &known), None);
    }
}
