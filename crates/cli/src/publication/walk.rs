//! The walk over the commits that may have been the tip of a published ref.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rechain_history::RevisionId;
use rechain_planner::{Moment, Seen, Snapshot};
use rechain_project::git::{Commit, GitError, ObjectId, PublishedRef, RefHistory};

use super::snapshots::{Locations, Read, Snapshots};

/// What one line of history shows: a ref, or several that go by one name.
#[derive(Default)]
pub(super) struct Line {
    pub(super) snapshots: Vec<Snapshot>,
    /// When each revision of interest first was there.
    pub(super) arrived: BTreeMap<RevisionId, usize>,
    /// What is not seen, in words.
    pub(super) notes: Vec<String>,
    /// The commits that were looked at.
    visited: BTreeSet<ObjectId>,
    /// The newest of them where nothing of interest was yet.
    ends: Vec<ObjectId>,
}

/// git is asked about tags for each end by itself, and what the newest contain is nearly all there is.
const FEW_ENDS: usize = 4;

/// A commit on the way.
struct Stop {
    commit: Commit,
    read: Rc<Read>,
    locations: Locations,
    parents: Vec<ObjectId>,
    is_boundary: bool,
}

/// What the past of some revisions is looked for in.
pub(super) struct Quest<'q> {
    /// The revisions.
    pub(super) interest: &'q BTreeSet<RevisionId>,
    /// Their files.
    pub(super) files: &'q [PathBuf],
}

/// Walks from the tips of `refs` down to where nothing of interest exists, nor ever did before (a
/// revision may have been reverted and landed again).
pub(super) fn walk(
    history: &RefHistory,
    refs: &[&PublishedRef],
    rank: usize,
    snapshots: &mut Snapshots<'_>,
    quest: &Quest<'_>,
) -> Result<Line, GitError> {
    let interest = quest.interest;
    let mut stops: HashMap<ObjectId, Stop> = HashMap::new();
    let mut waiting: HashMap<ObjectId, Locations> = HashMap::new();
    let mut open: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
    let mut notes = BTreeSet::new();
    let shown = refs.first().map_or("", |it| it.shown.as_str());
    for it in refs {
        if let Some(commit) = history.commit(&it.tip)? {
            let locations = at_tip(history, &commit, snapshots);
            waiting.insert(commit.id.clone(), locations);
            open.push((commit.committed.0, commit.id));
        }
    }
    // Where nothing of interest is; and from when on it has to be looked at nevertheless.
    let mut ends: Vec<ObjectId> = Vec::new();
    let mut looked_before: BTreeSet<ObjectId> = BTreeSet::new();
    let mut floor = i64::MAX;
    loop {
        let Some((_, id)) = open.pop() else {
            ends.retain(|id| looked_before.insert(id.clone()));
            let oldest = match oldest_change(history, &ends, snapshots, quest) {
                Ok(oldest) => oldest,
                Err(GitError::Failed { .. }) => {
                    notes.insert(format!(
                        "earlier history of {shown} is not all in this clone, so a migration that \
                         was reverted there and landed again is not seen"
                    ));
                    None
                }
                Err(error) => return Err(error),
            };
            let Some(oldest) = oldest.filter(|oldest| *oldest < floor) else {
                break;
            };
            floor = oldest;
            for id in std::mem::take(&mut ends) {
                if let Some(stop) = stops.remove(&id) {
                    open.push((stop.commit.committed.0, id.clone()));
                    waiting.insert(id, stop.locations);
                }
            }
            continue;
        };
        if stops.contains_key(&id) {
            continue;
        }
        let (Some(commit), Some(locations)) = (history.commit(&id)?, waiting.remove(&id)) else {
            continue;
        };
        let read = snapshots.read(&commit, &locations);
        let mut stop = Stop {
            read,
            locations,
            parents: Vec::new(),
            is_boundary: false,
            commit,
        };
        if stop.read.ids.is_disjoint(interest) && stop.commit.committed.0 < floor {
            ends.push(id.clone());
        } else {
            let below = go_below(history, refs[0], &mut stop, snapshots)?;
            for (parent, locations) in below {
                if !stops.contains_key(&parent.id) {
                    open.push((parent.committed.0, parent.id.clone()));
                    let known = waiting.remove(&parent.id);
                    waiting.insert(parent.id, joined(known, locations));
                }
            }
        }
        if matches!(stop.read.seen, Seen::Unreadable(_)) && !stop.read.ids.is_disjoint(interest) {
            notes.insert(unreadable(history, shown, &stop.commit));
        }
        if stop.is_boundary && stop.commit.is_cut_off {
            notes.insert(format!(
                "this clone is shallow: {shown} is not seen before {} ({}), so every head there \
                 counts as published; `git fetch --unshallow` brings the rest",
                stop.commit.id.short(),
                stop.commit.date()
            ));
        }
        stops.insert(id, stop);
    }
    let order = numbered(&stops);
    let mut arrived: BTreeMap<RevisionId, usize> = BTreeMap::new();
    let mut groups: BTreeMap<(usize, bool), (Snapshot, Rc<Read>)> = BTreeMap::new();
    let mut sorted: Vec<(&usize, &Stop)> = order
        .iter()
        .filter_map(|(id, at)| Some((at, stops.get(id)?)))
        .collect();
    sorted.sort_by_key(|(at, _)| **at);
    let mut numbers: HashMap<*const Read, usize> = HashMap::new();
    for (&at, stop) in sorted {
        for id in &stop.read.ids {
            if interest.contains(id) {
                arrived.entry(id.clone()).or_insert(at);
            }
        }
        let moment = Moment {
            reference: shown.to_owned(),
            rank,
            commit: stop.commit.id.short().to_owned(),
            date: stop.commit.date(),
            order: at,
        };
        let next = numbers.len();
        let number = *numbers.entry(Rc::as_ptr(&stop.read)).or_insert(next);
        groups
            .entry((number, stop.is_boundary))
            .and_modify(|(snapshot, _)| snapshot.latest = moment.clone())
            .or_insert_with(|| {
                let snapshot = Snapshot {
                    seen: stop.read.seen.clone(),
                    earliest: moment.clone(),
                    latest: moment,
                    is_boundary: stop.is_boundary,
                };
                (snapshot, Rc::clone(&stop.read))
            });
    }
    let is_end = |stop: &&Stop| stop.parents.is_empty() && stop.read.ids.is_disjoint(interest);
    let mut ends: Vec<&Commit> = stops
        .values()
        .filter(is_end)
        .map(|stop| &stop.commit)
        .collect();
    ends.sort_by_key(|commit| (Reverse(commit.committed.0), &commit.id));
    let ends = ends.into_iter().take(FEW_ENDS).map(|it| it.id.clone());
    let ends = ends.collect();
    Ok(Line {
        visited: stops.keys().cloned().collect(),
        ends,
        snapshots: groups.into_values().map(|(snapshot, _)| snapshot).collect(),
        arrived,
        notes: notes.into_iter().collect(),
    })
}

/// The tags beside `lines`, the base's first, that the base took in by a merge: what was tagged may have been
/// deployed from its own branch, which is often gone by then. Tags stay where they are, so nothing below
/// one counts but what it marks.
pub(super) fn merged_tags(
    history: &RefHistory,
    lines: &[Line],
    snapshots: &mut Snapshots<'_>,
    interest: &BTreeSet<RevisionId>,
) -> Result<(Vec<PublishedRef>, Line), GitError> {
    let mut tags = Vec::new();
    let mut found = Line::default();
    let Some(base) = lines.first() else {
        return Ok((tags, found));
    };
    for tag in history.contained_tags_since(&base.ends)? {
        if lines.iter().any(|line| line.visited.contains(&tag.tip)) {
            continue;
        }
        let Some(commit) = history.commit(&tag.tip)? else {
            continue;
        };
        let locations = at_tip(history, &commit, snapshots);
        let read = snapshots.read(&commit, &locations);
        if read.ids.is_disjoint(interest) {
            continue;
        }
        if matches!(read.seen, Seen::Unreadable(_)) {
            found.notes.push(unreadable(history, &tag.shown, &commit));
        }
        let moment = Moment {
            reference: tag.shown.clone(),
            rank: lines.len(),
            commit: commit.id.short().to_owned(),
            date: commit.date(),
            order: tags.len(),
        };
        found.snapshots.push(Snapshot {
            seen: read.seen.clone(),
            earliest: moment.clone(),
            latest: moment,
            is_boundary: false,
        });
        tags.push(tag.clone());
    }
    Ok((tags, found))
}

fn unreadable(history: &RefHistory, shown: &str, commit: &Commit) -> String {
    let partial = if history.repository.is_partial {
        "; this is a partial clone, and `--fetch` brings what it lacks"
    } else {
        ""
    };
    format!(
        "the migrations of {shown} at {} ({}) could not all be read, so whatever was there counts as \
         published{partial}",
        commit.id.short(),
        commit.date()
    )
}

/// When the oldest commit at or before `starts` changed or removed what is looked for: in a file of the
/// same name, or in a removed file that declared one of the revisions.
fn oldest_change(
    history: &RefHistory,
    starts: &[ObjectId],
    snapshots: &mut Snapshots<'_>,
    quest: &Quest<'_>,
) -> Result<Option<i64>, GitError> {
    let mut locations: BTreeSet<PathBuf> = snapshots.locations().iter().cloned().collect();
    let directories = quest.files.iter().filter_map(|path| path.parent());
    locations.extend(directories.map(Path::to_path_buf));
    let locations: Vec<PathBuf> = locations.into_iter().collect();
    if quest.interest.is_empty() {
        return Ok(None);
    }
    let changes = history.repository.changes(starts, &locations)?;
    let files: BTreeSet<&PathBuf> = quest.files.iter().collect();
    let mut oldest: Option<i64> = None;
    for changed in changes {
        let is_older = oldest.is_none_or(|oldest| changed.committed < oldest);
        let is_wanted = is_older
            && (files.contains(&changed.path)
                || changed.is_gone
                    && snapshots
                        .revision(&changed.before, &changed.path)
                        .is_none_or(|revision| quest.interest.contains(&revision.id)));
        if is_wanted {
            oldest = Some(changed.committed);
        }
    }
    Ok(oldest)
}

/// Where the tip of a ref has its revisions: where the work tree has them, or where they were before
/// they moved.
pub(super) fn at_tip(
    history: &RefHistory,
    commit: &Commit,
    snapshots: &mut Snapshots<'_>,
) -> Locations {
    let locations = snapshots.locations();
    let Some(head) = &history.head else {
        return locations;
    };
    let mut locations = locations;
    let mut here = snapshots.read(head, &locations);
    if here.is_empty() {
        let moved = snapshots.moved_here(head);
        if !moved.is_empty() {
            locations = joined(Some(locations), Rc::new(moved));
            here = snapshots.read(head, &locations);
        }
    }
    older(commit, head, &here, &locations, snapshots)
}

/// Where an older commit has its revisions, given where a newer one has them.
fn older(
    commit: &Commit,
    newer: &Commit,
    there: &Read,
    locations: &Locations,
    snapshots: &mut Snapshots<'_>,
) -> Locations {
    let read = snapshots.read(commit, locations);
    let is_whole = !read.is_empty() && read.graph().is_some();
    if is_whole || there.is_empty() {
        return Rc::clone(locations);
    }
    let missing: BTreeSet<RevisionId> = there.ids.difference(&read.ids).cloned().collect();
    let found = snapshots.moved_from(commit, newer, &missing);
    if found.is_empty() {
        return Rc::clone(locations);
    }
    joined(Some(Rc::clone(locations)), Rc::new(found))
}

fn joined(known: Option<Locations>, more: Locations) -> Locations {
    let Some(known) = known else { return more };
    let new: Vec<PathBuf> = more
        .iter()
        .filter(|path| !known.contains(path))
        .cloned()
        .collect();
    if new.is_empty() {
        return known;
    }
    Rc::new(known.iter().cloned().chain(new).collect())
}

/// The commits below a stop that may have been tips, with where their revisions lie.
fn go_below(
    history: &RefHistory,
    of: &PublishedRef,
    stop: &mut Stop,
    snapshots: &mut Snapshots<'_>,
) -> Result<Vec<(Commit, Locations)>, GitError> {
    let followed = history.followed(of, &stop.commit)?;
    let mut below = Vec::new();
    let mut is_boundary = followed.boundary.is_some();
    for id in followed.parents {
        match history.commit(&id)? {
            Some(parent) => {
                let locations = older(
                    &parent,
                    &stop.commit,
                    &stop.read,
                    &stop.locations,
                    snapshots,
                );
                below.push((parent, locations));
            }
            // A clone that is damaged, or cut off in a way git does not tell.
            None => is_boundary = true,
        }
    }
    // The first commit of the version locations: what it brought may have been deployed from
    // somewhere else before.
    let is_first = below
        .iter()
        .all(|(parent, locations)| snapshots.read(parent, locations).is_empty());
    is_boundary |= is_first && !stop.read.is_empty();
    stop.is_boundary = is_boundary;
    stop.parents = below.iter().map(|(parent, _)| parent.id.clone()).collect();
    Ok(below)
}

/// A number for each commit: its ancestors have smaller ones.
fn numbered(stops: &HashMap<ObjectId, Stop>) -> BTreeMap<ObjectId, usize> {
    let mut ids: Vec<&ObjectId> = stops.keys().collect();
    ids.sort();
    let mut depth: HashMap<&ObjectId, usize> = HashMap::new();
    for start in ids {
        let mut open = vec![(start, false)];
        while let Some((id, is_done)) = open.pop() {
            let Some((id, stop)) = stops.get_key_value(id) else {
                continue;
            };
            if depth.contains_key(id) {
                continue;
            }
            if is_done {
                let deepest = stop.parents.iter().filter_map(|it| depth.get(it)).max();
                depth.insert(id, deepest.map_or(0, |it| it + 1));
            } else {
                open.push((id, true));
                open.extend(stop.parents.iter().map(|parent| (parent, false)));
            }
        }
    }
    let mut order: Vec<(usize, i64, &ObjectId)> = stops
        .iter()
        .map(|(id, stop)| (depth[id], stop.commit.committed.0, id))
        .collect::<Vec<_>>();
    order.sort();
    order
        .into_iter()
        .enumerate()
        .map(|(at, (_, _, id))| (id.clone(), at))
        .collect()
}
