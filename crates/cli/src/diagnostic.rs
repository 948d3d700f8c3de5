//! Problems as data, before any renderer puts them into a form.

use rechain_history::{Graph, Place, Problem, TextRange};

use crate::code::{self, Code};
use crate::history::History;

/// A problem with its places and the way on.
#[derive(Debug, Clone)]
pub(crate) struct Diagnostic {
    pub(crate) code: &'static Code,
    /// One sentence, without a full stop.
    pub(crate) message: String,
    /// Where it is.
    pub(crate) primary: Option<Label>,
    /// What else belongs to it.
    pub(crate) secondary: Vec<Label>,
    /// The command to type next, or what to do.
    pub(crate) help: Vec<String>,
}

/// A place and what is there.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) file: usize,
    pub(crate) range: TextRange,
    pub(crate) text: String,
}

impl Label {
    pub(crate) fn new(file: usize, range: TextRange, text: impl Into<String>) -> Self {
        Self {
            file,
            range,
            text: text.into(),
        }
    }

    pub(crate) fn at(place: Place, text: impl Into<String>) -> Self {
        Self::new(place.file.index(), place.range, text)
    }
}

impl Diagnostic {
    pub(crate) fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            primary: None,
            secondary: vec![],
            help: vec![],
        }
    }

    pub(crate) fn with_primary(mut self, label: Label) -> Self {
        self.primary = Some(label);
        self
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub(crate) fn with_places(mut self, labels: impl IntoIterator<Item = Label>) -> Self {
        let mut labels = labels.into_iter();
        self.primary = labels.next();
        self.secondary = labels.collect();
        self
    }

    /// A problem of the graph in words.
    pub(crate) fn of_problem(problem: &Problem, graph: &Graph, history: &History) -> Self {
        match problem {
            Problem::EmptyHistory => {
                let places: Vec<String> =
                    history.version_locations().map(str::to_owned).collect();
                Self::new(&code::EMPTY_HISTORY, "the version locations hold no revision file")
                    .with_help(format!("looked in {}", places.join(", ")))
            }
            Problem::MissingParent { revision, missing, place } => {
                let diagnostic = Self::new(
                    &code::MISSING_PARENT,
                    format!("revision {revision} follows '{missing}', which no file declares"),
                )
                .with_primary(Label::at(*place, "no such revision"));
                match likely_parent(missing.as_str(), graph, history) {
                    Some((id, why)) => diagnostic.with_help(format!("{id} may be meant: {why}")),
                    None => diagnostic
                        .with_help("bring its file back, or name the parent that was meant"),
                }
            }
            Problem::MissingDependency { revision, missing, place } => Self::new(
                &code::MISSING_DEPENDENCY,
                format!("revision {revision} depends on '{missing}', which is neither a revision nor a label here"),
            )
            .with_primary(Label::at(*place, "declared here"))
            .with_help("if another package declares it, check both environments in one run"),
            Problem::DuplicateRevision { revision, places } => Self::new(
                &code::DUPLICATE_REVISION,
                format!("{} files declare revision {revision}", places.len()),
            )
            .with_places(places.iter().map(|&place| Label::at(place, "declared here")))
            .with_help("give all but one of them an id of its own, or delete the copies"),
            Problem::SelfLoop { revision, place } => {
                Self::new(&code::SELF_LOOP, format!("revision {revision} follows itself"))
                    .with_primary(Label::at(*place, "names itself"))
                    .with_help("name the parent that was meant")
            }
            Problem::Cycle { revisions } => {
                let ids: Vec<String> = revisions
                    .iter()
                    .chain(revisions.first())
                    .map(|(id, _)| id.to_string())
                    .collect();
                Self::new(
                    &code::CYCLE,
                    format!("revisions follow each other in a circle: {}", ids.join(" -> ")),
                )
                .with_places(
                    revisions
                        .iter()
                        .map(|(id, place)| Label::at(*place, format!("{id} says whom it follows"))),
                )
                .with_help("one of these links is wrong: name the parent that was meant")
            }
            Problem::DuplicateLabel { label, revisions } => Self::new(
                &code::DUPLICATE_LABEL,
                format!("branch label {label} is declared more than once, or equals a revision id"),
            )
            .with_places(
                revisions.iter().map(|(id, place)| Label::at(*place, format!("revision {id}"))),
            )
            .with_help("declare the label in one revision only"),
            Problem::ForbiddenCharacter { revision, character, place } => Self::new(
                &code::FORBIDDEN_CHARACTER,
                format!("Alembic does not allow '{character}' in the revision id {revision}"),
            )
            .with_primary(Label::at(*place, "declared here")),
            Problem::MultipleHeads { labels, heads } => {
                let names: Vec<&str> = heads.iter().map(|(id, _)| id.as_str()).collect();
                let of = match labels.first() {
                    Some(label) => format!("the lineage {label} has"),
                    None => "the history has".to_owned(),
                };
                Self::new(
                    &code::MULTIPLE_HEADS,
                    format!("{of} {} heads: {}", heads.len(), first_of(&names)),
                )
                .with_places(heads.iter().map(|(id, place)| {
                    let title = graph.index(id.as_str()).map(|index| graph[index].title.as_str());
                    Label::at(*place, first_line(title.unwrap_or_default()))
                }))
                .with_help(format!("run `{}`", history.command("rechain fix")))
            }
            Problem::SecondRoot { roots } => Self::new(
                &code::SECOND_ROOT,
                format!("{} histories without a label start from nothing", roots.len()),
            )
            .with_places(
                roots.iter().map(|(id, place)| Label::at(*place, format!("{id} has no parent"))),
            )
            .with_help(format!(
                "name the parent that was meant, or set `roots = {}` in [tool.rechain]",
                roots.len()
            )),
            Problem::RedundantParent { revision, redundant, place } => Self::new(
                &code::REDUNDANT_PARENT,
                format!("revision {revision} names {redundant}, which its other parents imply"),
            )
            .with_primary(Label::at(*place, "an upgrade may end in a KeyError here")),
        }
    }
}

/// Names, where there are many the first of them and the number of the others.
fn first_of(names: &[&str]) -> String {
    const MANY: usize = 20;
    match names.split_at_checked(MANY) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}

/// The first line of a title.
pub(crate) fn first_line(title: &str) -> String {
    title.lines().next().unwrap_or_default().trim().to_owned()
}

/// A revision that a wrong parent probably stands for, and why.
fn likely_parent(missing: &str, graph: &Graph, history: &History) -> Option<(String, String)> {
    let stem = missing.strip_suffix(".py").unwrap_or(missing);
    let by_file = graph.revisions().iter().find(|revision| {
        history
            .file_name(revision.place.file.index())
            .strip_suffix(".py")
            == Some(stem)
    });
    if let Some(revision) = by_file {
        return Some((
            revision.id.to_string(),
            format!("{missing} is the name of its file"),
        ));
    }
    let mut longer = graph
        .revisions()
        .iter()
        .filter(|revision| revision.id.as_str().starts_with(missing));
    match (longer.next(), longer.next()) {
        (Some(revision), None) if missing.len() >= 4 => Some((
            revision.id.to_string(),
            format!("{missing} is how its id begins"),
        )),
        _ => None,
    }
}
