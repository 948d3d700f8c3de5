//! Problems for people: the source with the places marked, then the way on.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::commands::check::counted;
use crate::diagnostic::{Diagnostic, Label};
use crate::history::History;

/// As many places of one problem are shown.
const MANY: usize = 10;

/// The problem as rustc would print it.
pub(crate) fn diagnostic(diagnostic: &Diagnostic, history: &History) -> String {
    let title = Level::ERROR
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.id);
    let mut main = Group::with_title(title);
    let snippet = |label: &Label, kind: AnnotationKind| {
        let file = &history.files[label.file];
        let annotation = kind.span(file.shown(label.range).as_range());
        Snippet::source(file.text().to_owned())
            .path(file.name.clone())
            .line_start(1)
            .annotation(match label.text.as_str() {
                "" => annotation,
                text => annotation.label(text.to_owned()),
            })
    };
    if let Some(primary) = &diagnostic.primary {
        main = main.element(snippet(primary, AnnotationKind::Primary));
    }
    let (shown, rest) = diagnostic
        .secondary
        .split_at(diagnostic.secondary.len().min(MANY - 1));
    for label in shown {
        main = main.element(snippet(label, AnnotationKind::Context));
    }
    if !rest.is_empty() {
        let all = history.command("rechain check --format json");
        let places = counted(rest.len(), "more place");
        main = main.element(Level::NOTE.message(format!("{places}: `{all}` names all of them")));
    }
    for help in &diagnostic.help {
        main = main.element(Level::HELP.message(help.clone()));
    }
    let renderer = Renderer::styled();
    renderer.render(&[main])
}
