//! The order a person gives, through one of two doors to the same plan: a list in the editor, as
//! `git rebase -i` has it, or a full-screen view.

mod drawing;
mod keys;
mod list;
mod margin;
mod todo;
mod view;

use anyhow::bail;
use rechain_planner::{Answer, Arrangement, DecisionId};

use self::list::Listed;
use crate::desk::Desk;
use crate::request::Hinted;
use crate::terminal;
use crate::ui::Ui;

/// Which door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Door {
    /// The view on a terminal that can show it, else the editor
    Auto,
    /// The whole screen: lines are moved with keys, and the diff is beside them
    View,
    /// A list in the editor, as in `git rebase -i`
    Editor,
}

/// Lets a person order what can be ordered, through one door; gives the decisions that were answered
/// so. `None`: they left.
pub(crate) fn through(
    door: Door,
    desk: &mut Desk<'_>,
    ui: &mut Ui,
) -> anyhow::Result<Option<Vec<DecisionId>>> {
    let can_show = Ui::can_ask() && !terminal::is_dumb();
    if door == Door::View && !can_show {
        bail!(Hinted::new(
            "the view needs a terminal that can move its cursor",
            "`--edit-order=editor` opens the list in your editor instead"
        ));
    }
    let arrangements = desk.arrangements();
    if arrangements.is_empty() {
        ui.note("there are no two revisions whose order could be changed")?;
    }
    let mut answered = Vec::new();
    for (at, arrangement) in arrangements.iter().enumerate() {
        let place = (at + 1, arrangements.len());
        let listed = Listed::of(desk, arrangement);
        let order = match door {
            Door::Auto | Door::View if can_show => {
                view::run(desk, arrangement, &listed, place, ui)?
            }
            _ => todo::run(desk, arrangement, &listed, ui)?,
        };
        let Some(order) = order else {
            for id in &answered {
                desk.wishes.answers.take_back(id);
            }
            return Ok(None);
        };
        give(desk, arrangement, &order);
        answered.push(arrangement.id.clone());
    }
    Ok(Some(answered))
}

/// Answers the arrangement with this order.
fn give(desk: &mut Desk<'_>, arrangement: &Arrangement, order: &[rechain_history::RevIndex]) {
    let graph = &desk.history.graph;
    let ids = order.iter().map(|&index| graph[index].id.clone()).collect();
    desk.wishes
        .answers
        .give(arrangement.id.clone(), Answer::Arrange(ids));
}
