//! The margin of the list: a line from each revision to those it needs.

use rechain_history::RevIndex;
use rechain_planner::Constraint;

/// More lines than this would take the room of the titles.
const LANES: usize = 5;

/// What needs what, as rows of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Arc {
    upper: usize,
    lower: usize,
    is_turned: bool,
}

/// The margin of each row of `order`, all equally wide: `╭ │ ╰`, and `┏ ┃ ┗` where the order is wrong.
///
/// `of` is drawn first, so that what the chosen revision needs is always seen.
pub(super) fn margin(order: &[RevIndex], needs: &[Constraint], of: RevIndex) -> Vec<String> {
    let row = |index: RevIndex| order.iter().position(|&other| other == index);
    let mut arcs: Vec<(bool, usize, Arc)> = needs
        .iter()
        .filter_map(|need| {
            let (before, after) = (row(need.before)?, row(need.after)?);
            let arc = Arc {
                upper: before.min(after),
                lower: before.max(after),
                is_turned: before > after,
            };
            let is_other = need.before != of && need.after != of;
            Some((is_other, arc.lower - arc.upper, arc))
        })
        .collect();
    arcs.sort_unstable();
    arcs.dedup();
    // The first lane is the one beside the list.
    let mut lanes: Vec<Vec<Arc>> = Vec::new();
    for (_, _, arc) in arcs {
        let free = lanes.iter().position(|lane| {
            lane.iter()
                .all(|other| arc.lower < other.upper || other.lower < arc.upper)
        });
        match free {
            Some(at) => lanes[at].push(arc),
            None if lanes.len() < LANES => lanes.push(vec![arc]),
            None => {}
        }
    }
    (0..order.len())
        .map(|row| {
            let mut text = String::new();
            let mut reaches_in = false;
            let mut is_bold = false;
            for lane in lanes.iter().rev() {
                let here = lane
                    .iter()
                    .find(|arc| (arc.upper..=arc.lower).contains(&row));
                let ends = here.is_some_and(|arc| arc.upper == row || arc.lower == row);
                text.push(match here {
                    Some(arc) => glyph(arc, row, reaches_in),
                    None if reaches_in && is_bold => '━',
                    None if reaches_in => '─',
                    None => ' ',
                });
                if ends {
                    reaches_in = true;
                    is_bold |= here.is_some_and(|arc| arc.is_turned);
                }
            }
            text
        })
        .collect()
}

fn glyph(arc: &Arc, row: usize, is_crossed: bool) -> char {
    let at = (row == arc.upper, row == arc.lower);
    match (at, arc.is_turned, is_crossed) {
        ((true, _), false, false) => '╭',
        ((true, _), false, true) => '┬',
        ((_, true), false, false) => '╰',
        ((_, true), false, true) => '┴',
        ((true, _), true, false) => '┏',
        ((true, _), true, true) => '┳',
        ((_, true), true, false) => '┗',
        ((_, true), true, true) => '┻',
        (_, false, false) => '│',
        (_, false, true) => '┼',
        (_, true, false) => '┃',
        (_, true, true) => '╋',
    }
}
