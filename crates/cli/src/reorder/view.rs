//! The full-screen view: the keys, and what they change.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use crossterm::{cursor, queue, terminal as screen};
use rechain_history::RevIndex;
use rechain_planner::{Answer, Arrangement, Outcome, Plan};

use super::drawing::Screen;
use super::list::Listed;
use super::todo;
use crate::commands::check::counted;
use crate::decisions::words;
use crate::desk::Desk;
use crate::history::History;
use crate::report::diff;
use crate::terminal;
use crate::terminal::guard::FullScreen;
use crate::terminal::keys::{self, Key};
use crate::ui::Ui;

/// What comes of an order.
#[derive(Default)]
struct Preview {
    wrong: Vec<(RevIndex, String)>,
    doubts: Vec<String>,
    sentence: String,
    diff: Vec<String>,
}

/// The state of the view.
struct View {
    order: Vec<RevIndex>,
    cursor: usize,
    /// The order and the place from which a revision was picked up.
    picked_from: Option<(Vec<RevIndex>, usize)>,
    is_help: bool,
    diff_top: usize,
    preview: Preview,
}

/// What a key comes to.
enum Step {
    Stay,
    /// The order is another one.
    Changed,
    Taken,
    Editor,
    Left,
}

/// Shows the view until an order is taken; `None` where the person leaves.
pub(super) fn run(
    desk: &mut Desk<'_>,
    arrangement: &Arrangement,
    listed: &Listed,
    (number, total): (usize, usize),
    ui: &mut Ui,
) -> anyhow::Result<Option<Vec<RevIndex>>> {
    ui.out.flush()?;
    let before = desk.wishes.answers.get(&arrangement.id).cloned();
    let count = counted(arrangement.members.len(), "revision");
    let which = if total > 1 {
        format!(" ({number} of {total})")
    } else {
        String::new()
    };
    let heading =
        format!("Order of {count} that no database has{which}: the first line runs first");
    let mut view = View {
        order: arrangement.members.clone(),
        cursor: 0,
        picked_from: None,
        is_help: false,
        diff_top: 0,
        preview: Preview::default(),
    };
    view.look(desk, arrangement)?;
    let result = view.live(desk, arrangement, listed, &heading, ui);
    match before {
        Some(answer) => desk.wishes.answers.give(arrangement.id.clone(), answer),
        None => desk.wishes.answers.take_back(&arrangement.id),
    };
    result
}

impl View {
    fn live(
        &mut self,
        desk: &mut Desk<'_>,
        arrangement: &Arrangement,
        listed: &Listed,
        heading: &str,
        ui: &mut Ui,
    ) -> anyhow::Result<Option<Vec<RevIndex>>> {
        let is_coloured = ui.is_err_styled();
        let mut full_screen = Some(FullScreen::enter()?);
        loop {
            let shown = Screen {
                heading: heading.to_owned(),
                order: &self.order,
                listed,
                needs: arrangement.needs(),
                cursor: self.cursor,
                is_picked: self.picked_from.is_some(),
                wrong: &self.preview.wrong,
                doubts: &self.preview.doubts,
                sentence: &self.preview.sentence,
                diff: &self.preview.diff,
                diff_top: self.diff_top,
                is_help: self.is_help,
            };
            paint(&shown, is_coloured)?;
            match self.press(keys::next()?, arrangement) {
                Step::Stay => {}
                Step::Changed => self.look(desk, arrangement)?,
                Step::Taken => return Ok(Some(self.order.clone())),
                Step::Left => return Ok(None),
                Step::Editor => {
                    drop(full_screen.take());
                    let edited = todo::run(desk, &arrangement.in_order(&self.order), listed, ui)?;
                    if let Some(order) = edited {
                        self.order = order;
                        self.look(desk, arrangement)?;
                    }
                    full_screen = Some(FullScreen::enter()?);
                }
            }
        }
    }

    /// What comes of the order that is shown.
    fn look(&mut self, desk: &mut Desk<'_>, arrangement: &Arrangement) -> anyhow::Result<()> {
        let graph = &desk.history.graph;
        let objections = arrangement.objections(&self.order);
        let mut preview = Preview::default();
        for objection in &objections {
            let words = objection.words(graph);
            if objection.is_impossible() {
                preview.wrong.push((objection.after, words));
            } else {
                preview.doubts.push(words);
            }
        }
        if preview.wrong.is_empty() {
            let ids = self.order.iter().map(|&it| graph[it].id.clone()).collect();
            let answer = Answer::Arrange(ids);
            desk.wishes.answers.give(arrangement.id.clone(), answer);
            match desk.outcome() {
                Outcome::Sound => "this is the order there is".clone_into(&mut preview.sentence),
                Outcome::Plan(plan) => {
                    preview.sentence =
                        format!("{} would be edited", counted(plan.edited().len(), "file"));
                    preview.doubts.extend(doubts(desk.history, &plan));
                    preview.diff = lines(desk, &plan)?;
                }
                Outcome::Open(open) => {
                    let first = open.first().map(|it| words::open(desk.history, it));
                    preview.sentence = format!("to be decided next: {}", first.unwrap_or_default());
                    for decision in open.iter().skip(1) {
                        preview.doubts.push(words::open(desk.history, decision));
                    }
                    if let Some(plan) = desk.likely_plan() {
                        let said = preview.sentence.clone();
                        let more = doubts(desk.history, &plan).into_iter();
                        preview.doubts.extend(more.filter(|it| !said.ends_with(it)));
                        preview.diff = lines(desk, &plan)?;
                    }
                }
            }
        }
        self.preview = preview;
        Ok(())
    }

    fn press(&mut self, key: Key, arrangement: &Arrangement) -> Step {
        if self.is_help && key != Key::Resized {
            self.is_help = false;
            return if key == Key::Leave {
                Step::Left
            } else {
                Step::Stay
            };
        }
        let last = self.order.len().saturating_sub(1);
        match key {
            Key::Up | Key::Char('k') if self.picked_from.is_some() => self.shift(-1),
            Key::Down | Key::Char('j') if self.picked_from.is_some() => self.shift(1),
            Key::MoveUp | Key::Char('K') => self.shift(-1),
            Key::MoveDown | Key::Char('J') => self.shift(1),
            Key::Up | Key::Char('k') => self.choose(self.cursor.saturating_sub(1)),
            Key::Down | Key::Char('j') => self.choose((self.cursor + 1).min(last)),
            Key::Home | Key::Char('g') => self.choose(0),
            Key::End | Key::Char('G') => self.choose(last),
            Key::Char(' ') => {
                self.picked_from = match self.picked_from {
                    Some(_) => None,
                    None => Some((self.order.clone(), self.cursor)),
                };
                Step::Stay
            }
            Key::Char('r') => {
                self.order.clone_from(&arrangement.members);
                self.picked_from = None;
                Step::Changed
            }
            Key::PageDown => {
                let most = self.preview.diff.len().saturating_sub(1);
                self.diff_top = (self.diff_top + 8).min(most);
                Step::Stay
            }
            Key::PageUp => {
                self.diff_top = self.diff_top.saturating_sub(8);
                Step::Stay
            }
            Key::Char('?') => {
                self.is_help = true;
                Step::Stay
            }
            Key::Char('e') => Step::Editor,
            // An order that cannot be made is not taken: the words on the screen say why.
            Key::Enter if self.preview.wrong.is_empty() => Step::Taken,
            Key::Escape if self.picked_from.is_some() => self.put_back(),
            Key::Leave | Key::Escape | Key::Char('q') => Step::Left,
            _ => Step::Stay,
        }
    }

    fn choose(&mut self, row: usize) -> Step {
        self.cursor = row;
        self.picked_from = None;
        Step::Stay
    }

    /// What was picked up goes back to where it was.
    fn put_back(&mut self) -> Step {
        let Some((order, cursor)) = self.picked_from.take() else {
            return Step::Stay;
        };
        self.order = order;
        self.cursor = cursor;
        Step::Changed
    }

    /// Moves the chosen revision, and the choice with it.
    fn shift(&mut self, by: isize) -> Step {
        let Some(to) = self.cursor.checked_add_signed(by) else {
            return Step::Stay;
        };
        if to >= self.order.len() {
            return Step::Stay;
        }
        self.order.swap(self.cursor, to);
        self.cursor = to;
        self.diff_top = 0;
        Step::Changed
    }
}

/// What a plan does although nobody has proven it: orders that conflict, and orders of which nothing is known.
fn doubts(history: &History, plan: &Plan) -> Vec<String> {
    let id = |index: RevIndex| &history.graph[index].id;
    let kept = plan.kept.iter().map(|conflict| {
        let (one, other) = (id(conflict.one), id(conflict.other));
        format!("{one} and {other} conflict: {}", conflict.kind)
    });
    let unknown = plan.unproven.iter().map(|pair| {
        let (before, after) = (id(pair.before), id(pair.after));
        let reasons = pair
            .doubts
            .first()
            .map(|doubt| format!(": {}", doubt.reason));
        let reason = reasons.unwrap_or_default();
        format!("{before} before {after} is not proven{reason}")
    });
    kept.chain(unknown).collect()
}

fn lines(desk: &Desk<'_>, plan: &Plan) -> anyhow::Result<Vec<String>> {
    let current = crate::paths::current_directory()?;
    let mut text = Vec::new();
    for change in desk.changes(plan)? {
        diff::write(&mut text, &change, &current, false)?;
    }
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().map(str::to_owned).collect())
}

fn paint(shown: &Screen<'_>, is_coloured: bool) -> io::Result<()> {
    let (width, height) = terminal::size();
    let mut frame = Vec::new();
    for (row, line) in shown.draw(width, height).iter().enumerate() {
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        queue!(
            frame,
            cursor::MoveTo(0, row),
            screen::Clear(screen::ClearType::UntilNewLine)
        )?;
        if is_coloured {
            write!(frame, "{line}")?;
        } else {
            write!(frame, "{}", line.text())?;
        }
    }
    let mut err = AutoStream::new(io::stderr(), ColorChoice::AlwaysAnsi);
    err.write_all(&frame)?;
    err.flush()
}
