//! Damage: what is wrong, where, and what may have been meant.

use anstyle::Style;
use rechain_planner::Answer;

use super::offer::{Act, Offers, numbered};
use super::snippet::snippet;
use super::{Edit, edit, help, press, print_fitting, whole};
use crate::decisions::words;
use crate::diagnostic::first_line;
use crate::history::{File, History};
use crate::mending::Ailment;
use crate::terminal::line::{Line, wrapped};
use crate::terminal::{self, pager};
use crate::ui::{TITLE, Ui};

/// What a person said.
pub(crate) enum Reply {
    Answer(Answer),
    /// The answer before is taken back.
    Back,
    Left,
    /// A file was edited, so everything is to be read again.
    Edited,
}

/// Asks which repair of `history` is meant: question `place.0` of `place.1`.
pub(crate) fn ask(
    history: &History,
    ailment: &Ailment,
    place: (usize, usize),
    ui: &mut Ui,
) -> anyhow::Result<Reply> {
    let mut files: Vec<&File> = Vec::new();
    for &(at, _) in &ailment.places {
        let file = &history.files[at];
        // What an earlier answer brings back is not on the disk yet.
        if file.path.is_file() && !files.iter().any(|it| it.path == file.path) {
            files.push(file);
        }
    }
    let repairs = ailment.remedies.iter().map(|remedy| {
        let mut long = format!("{}: {}; {}", remedy.words, remedy.evidence, remedy.leads_to);
        for sentence in &remedy.databases {
            long.push_str("; databases: ");
            long.push_str(sentence);
        }
        let answer = Answer::Repair(remedy.name.clone());
        (remedy.words.clone(), long, answer)
    });
    let offers = Offers::of_damage(repairs, !files.is_empty(), place.0 > 1);
    let show = |ui: &mut Ui| -> anyhow::Result<()> {
        let (width, _) = terminal::size();
        let draw = |around| lines(history, ailment, place, (width, around));
        print_fitting(&draw, &offers, ui)
    };
    show(ui)?;
    loop {
        let act = match press(&offers, ui)? {
            Some(act) => act.clone(),
            None => continue,
        };
        match act {
            Act::Answer(answer) => return Ok(Reply::Answer(answer)),
            Act::Back => return Ok(Reply::Back),
            Act::Quit => return Ok(Reply::Left),
            Act::Help => help(&offers, ui)?,
            Act::Redraw => show(ui)?,
            Act::View => {
                pager::show(&whole(&files), &mut ui.err)?;
                show(ui)?;
            }
            Act::Edit => match edit(&files, ui)? {
                Edit::Done => return Ok(Reply::Edited),
                Edit::Left => return Ok(Reply::Left),
                Edit::Not => {}
            },
            // There is no order before the graph is whole.
            Act::Order => {}
        }
    }
}

/// The screen, line by line.
fn lines(
    history: &History,
    ailment: &Ailment,
    (number, total): (usize, usize),
    (width, around): (usize, usize),
) -> Vec<Line> {
    let heading = format!("Question {number} of {total}");
    let mut lines = vec![Line::new(), Line::new().with(TITLE, &heading)];
    let question = words::damaged(&ailment.damage());
    let question = wrapped(&question, width, 0);
    lines.extend(question.iter().map(|it| Line::plain(it)));
    for &(at, range) in &ailment.places {
        let file = &history.files[at];
        lines.push(Line::new());
        if let Some(revision) = file.to_revision(at) {
            let title = format!(" {}", first_line(&revision.title));
            let line = Line::new().with(TITLE, revision.id.as_str());
            lines.push(line.with(Style::new(), &title).cut(width));
        }
        let snippet = snippet(file, range, around).into_iter();
        lines.extend(snippet.map(|it| it.cut(width)));
    }
    lines.push(Line::new());
    for (at, remedy) in ailment.remedies.iter().enumerate() {
        let text = format!("  {}  {}", numbered(at), remedy.words);
        lines.extend(hanging(&text, width).iter().map(|it| Line::plain(it)));
        let reason = format!("     {}; {}", remedy.evidence, remedy.leads_to);
        let databases = remedy.databases.iter();
        let databases = databases.map(|it| format!("     databases: {it}"));
        for text in std::iter::once(reason).chain(databases) {
            for line in hanging(&text, width) {
                lines.push(Line::new().with(Style::new().dimmed(), &line));
            }
        }
    }
    for it in &ailment.refused {
        let text = format!("  not offered: {}: {}", it.words, it.reason);
        for line in hanging(&text, width) {
            lines.push(Line::new().with(Style::new().dimmed(), &line));
        }
    }
    lines
}

/// Wrapped, with five blanks in front of all but the first line, which keeps its own.
fn hanging(text: &str, width: usize) -> Vec<String> {
    let own = text.len() - text.trim_start().len();
    let mut lines = wrapped(text.trim_start(), width.saturating_sub(own), 5 - own);
    for line in &mut lines {
        line.insert_str(0, &" ".repeat(own));
    }
    lines
}
