//! The dialogue: one open decision after the other, with everything needed to take it, taken with one
//! key. Nothing is written here.

mod damage;
mod offer;
mod screen;
mod snippet;

use rechain_planner::{Decision, DecisionId};

pub(crate) use self::damage::{Reply, ask as damage};
use self::offer::{Act, Offers};
use crate::decisions::words;
use crate::desk::Desk;
use crate::history::File;
use crate::reorder::{self, Door};
use crate::terminal::keys::{self, Key};
use crate::terminal::line::{Line, flowed, wrapped};
use crate::terminal::{self, editor, pager};
use crate::ui::{TITLE, Ui};

/// How the dialogue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing is open any more. `asked`: something was.
    Settled { asked: bool },
    /// The person left.
    Left,
    /// They go back to what was answered before the dialogue.
    Back,
    /// A file was edited, so everything is to be read again.
    Edited,
    /// An order was asked for, and what databases have is not known.
    Unknown,
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// All that is open.
    Everything,
    /// What databases have.
    Databases,
}

impl About {
    fn has(self, decision: &Decision) -> bool {
        let databases = matches!(
            decision,
            Decision::WhichSideStays { .. } | Decision::BothPublished { .. }
        );
        self == Self::Everything || databases
    }
}

/// Asks about what is open. `also_offered`: about what may be decided although the plan does not wait for it, too.
/// `can_go_back`: something was answered before.
pub(crate) fn run(
    desk: &mut Desk<'_>,
    about: About,
    (also_offered, can_go_back): (bool, bool),
    ui: &mut Ui,
) -> anyhow::Result<End> {
    let mut given: Vec<DecisionId> = Vec::new();
    loop {
        let mut open = desk.open();
        open.retain(|decision| about.has(decision));
        if open.is_empty() && also_offered {
            open = desk.offered(&desk.outcome());
        }
        let Some(decision) = open.first() else {
            return Ok(End::Settled {
                asked: !given.is_empty(),
            });
        };
        let place = (given.len() + 1, given.len() + open.len());
        match ask(desk, decision, place, can_go_back || !given.is_empty(), ui)? {
            Step::Answered(id) => given.push(id),
            Step::Back => match given.pop() {
                Some(last) => {
                    desk.wishes.answers.take_back(&last);
                }
                None => return Ok(End::Back),
            },
            Step::Left => return Ok(End::Left),
            Step::Edited => return Ok(End::Edited),
        }
    }
}

/// What came of one question.
enum Step {
    Answered(DecisionId),
    Back,
    Left,
    Edited,
}

fn ask(
    desk: &mut Desk<'_>,
    decision: &Decision,
    place: (usize, usize),
    can_go_back: bool,
    ui: &mut Ui,
) -> anyhow::Result<Step> {
    let can_order = !desk.arrangements().is_empty();
    let mut choices = desk.choices(decision, None);
    if matches!(decision, Decision::Conflict(_)) {
        // The order that changes the fewest files is the planned one.
        choices.sort_by_key(|it| it.plan().map_or(usize::MAX, |plan| plan.reparents.len()));
    }
    let mut places = screen::places(desk, decision);
    // What a database has run would stay there as it was, so that file is not the one to edit.
    let publication = desk.publication_now();
    places.sort_by_key(|(index, _)| publication.is_published(&desk.history.graph, *index));
    drop(publication);
    let files: Vec<&File> = places
        .into_iter()
        .map(|(index, _)| desk.history.file_of(index))
        // What a repair brings back is not on the disk yet.
        .filter(|file| file.path.is_file())
        .collect();
    let offers = Offers::of(
        decision,
        &choices,
        (!files.is_empty(), can_order, can_go_back),
    );
    let show = |desk: &Desk<'_>, ui: &mut Ui| -> anyhow::Result<()> {
        let (width, _) = terminal::size();
        let draw = |around| screen::lines(desk, decision, &choices, place, (width, around));
        print_fitting(&draw, &offers, ui)
    };
    show(desk, ui)?;
    loop {
        let act = match press(&offers, ui)? {
            Some(act) => act.clone(),
            None => continue,
        };
        match act {
            Act::Answer(answer) => {
                let id = decision.id(&desk.history.graph);
                desk.wishes.answers.give(id.clone(), answer);
                return Ok(Step::Answered(id));
            }
            Act::Back => return Ok(Step::Back),
            Act::Quit => return Ok(Step::Left),
            Act::Help => help(&offers, ui)?,
            Act::Redraw => show(desk, ui)?,
            Act::View => {
                pager::show(&whole(&files), &mut ui.err)?;
                show(desk, ui)?;
            }
            Act::Edit => match edit(&files, ui)? {
                Edit::Done => return Ok(Step::Edited),
                Edit::Left => return Ok(Step::Left),
                Edit::Not => {}
            },
            Act::Order => {
                let ordered = reorder::through(Door::Auto, desk, ui)?;
                if let Some(id) = ordered.and_then(|ids| ids.into_iter().next_back()) {
                    return Ok(Step::Answered(id));
                }
                show(desk, ui)?;
            }
        }
    }
}

/// Prints what a question is about, with as much of the sources as leaves its heading on the screen.
fn print_fitting(
    draw: &dyn Fn(usize) -> Vec<Line>,
    offers: &Offers,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let (width, height) = terminal::size();
    // A blank line, the keys, and where the answer is typed.
    let room = height.saturating_sub(2 + flowed(&offers.keys(), width).len());
    let mut lines = draw(snippet::AROUND);
    for around in (0..snippet::AROUND).rev() {
        if lines.len() > room {
            lines = draw(around);
        }
    }
    if lines.len() > room && lines.first().is_some_and(|it| it.width() == 0) {
        lines.remove(0);
    }
    ui.out.flush()?;
    for line in lines {
        writeln!(ui.err, "{line}")?;
    }
    Ok(())
}

/// Shows the keys and waits for one of them; `None` for one that does nothing here.
fn press<'o>(offers: &'o Offers, ui: &mut Ui) -> anyhow::Result<Option<&'o Act>> {
    let (width, _) = terminal::size();
    writeln!(ui.err)?;
    for line in flowed(&offers.keys(), width) {
        writeln!(ui.err, "{line}")?;
    }
    let prompt = match offers.default {
        Some(default) => format!("{TITLE}[{default}] >{TITLE:#}"),
        None => format!("{TITLE}>{TITLE:#}"),
    };
    let key = match keys::ask_below(&mut ui.err, &prompt)? {
        Key::Resized => return Ok(Some(&Act::Redraw)),
        Key::Enter => offers.default,
        Key::Char(key) => Some(key),
        Key::Leave | Key::Escape => return Ok(Some(&Act::Quit)),
        _ => None,
    };
    let act = key.and_then(|key| offers.act(key));
    if act.is_none() {
        writeln!(ui.err, "that key does nothing here")?;
    }
    Ok(act)
}

fn help(offers: &Offers, ui: &mut Ui) -> anyhow::Result<()> {
    let (width, _) = terminal::size();
    writeln!(ui.err)?;
    for offer in &offers.list {
        let is_default = offers.default == Some(offer.key);
        let note = if is_default {
            " (Enter does it, too)"
        } else {
            ""
        };
        let text = format!("{}  {}{note}", offer.key, offer.long);
        for line in wrapped(&text, width, 3) {
            writeln!(ui.err, "{line}")?;
        }
    }
    Ok(())
}

/// The whole files, one under the other.
fn whole(files: &[&File]) -> String {
    let shown = files
        .iter()
        .map(|file| format!("==> {} <==\n{}\n", file.name, file.text()));
    crate::paths::printable(&shown.collect::<String>())
}

/// What came of editing.
enum Edit {
    Done,
    /// They thought better of it.
    Not,
    /// They left altogether.
    Left,
}

/// Lets the person edit one of the files.
fn edit(files: &[&File], ui: &mut Ui) -> anyhow::Result<Edit> {
    let chosen = match files {
        [] => return Ok(Edit::Not),
        [only] => only,
        several => {
            for (at, file) in several.iter().enumerate() {
                writeln!(ui.err, "  {}  {}", at + 1, file.name)?;
            }
            let question = format!("which file, 1-{}? [1]", several.len());
            match keys::ask(&mut ui.err, &question)? {
                Key::Enter => several[0],
                Key::Char(key) => {
                    let at = key.to_digit(36).and_then(|it| it.checked_sub(1));
                    let at = at.and_then(|it| usize::try_from(it).ok());
                    match at.and_then(|at| several.get(at)) {
                        Some(file) => file,
                        None => return Ok(Edit::Not),
                    }
                }
                Key::Leave => return Ok(Edit::Left),
                _ => return Ok(Edit::Not),
            }
        }
    };
    match editor::open(&chosen.path) {
        Ok(()) => Ok(Edit::Done),
        Err(error) => {
            ui.problem(crate::request::code_of(&error), &format!("{error:#}"))?;
            Ok(Edit::Not)
        }
    }
}
