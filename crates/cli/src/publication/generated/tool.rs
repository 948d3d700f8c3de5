//! `fix`, `merge`, `move` and `check --base` as the program runs them, on a clone in memory.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rechain_history::{Expectations, FileId, Graph, lineages};
use rechain_parser::read_module;
use rechain_planner::{
    Arrivals, Destination, Effects, Ground, Joining, Moment, Outcome, Publication, Published, Seen,
    Situation, Snapshot, Surgery, Upgrade, Wishes, interest,
};
use rechain_project::git::{BaseWish, RefHistory, Repository};
use rechain_project::{Entry, Environment, Overlay, Tree};

use super::database::Files;
use super::store::{Clone, ROOT, Store, VERSIONS, text_of};
use crate::history::History;
use crate::merging::{free_id, merge_revision};
use crate::paths::Display;
use crate::publication::Known;
use crate::publication::asked::{Asked, answer};
use crate::publication::landed::problems;
use crate::publication::landing::Landing;

/// What `fix` says.
pub(super) enum Answer {
    Sound,
    /// A parent was taken back: not what this is about.
    Damaged,
    /// The files afterwards.
    Plan(Files),
    Refused(&'static str),
}

/// A disk with nothing on it.
struct Nothing;

impl Tree for Nothing {
    fn list(&self, _: &Path) -> io::Result<Vec<Entry>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_path_buf())
    }

    fn is_dir(&self, _: &Path) -> bool {
        false
    }

    fn is_file(&self, _: &Path) -> bool {
        false
    }
}

/// The history that `files` make in a work tree at `root`.
pub(super) fn history(root: &Path, files: &Files) -> History {
    let versions = root.join(VERSIONS);
    let texts = files.iter().map(|(id, parents)| {
        let path = versions.join(format!("{id}.py"));
        (path, Some(text_of(id, parents).into_bytes()))
    });
    let tree = Overlay::new(&Nothing, texts.collect());
    let environment = Environment {
        name: "model".to_owned(),
        version_locations: vec![versions],
        ..Environment::default()
    };
    let display = Display::new(root.to_path_buf(), None);
    let mut histories =
        History::read_all(vec![environment], &tree, &display).expect("it can be read");
    histories.remove(0)
}

pub(super) fn asked(clone: &Clone, base: &BaseWish, history: &History) -> Asked {
    let repository = Repository::over(PathBuf::from(ROOT), Box::new(clone.clone()));
    let refs = RefHistory::of(repository, base, None).expect("refs can be read");
    answer(&refs, history, Upgrade::Head)
        .expect("git answers")
        .expect("there is a base")
}

pub(super) fn known(asked: Asked) -> Known {
    Known {
        publication: Publication::Known(asked.published.clone()),
        asked: Ok(asked),
        is_refused: false,
        overridden: Vec::new(),
    }
}

pub(super) fn planned(known: &Known, history: &History) -> Outcome {
    let ground = known.ground(history);
    Situation::on(&ground, &history.expectations).plan(&Effects::new(), &Wishes::default())
}

pub(super) fn fix(clone: &Clone, files: &Files) -> Answer {
    let history = history(Path::new(ROOT), files);
    if history.needs_a_person() {
        return Answer::Damaged;
    }
    let known = known(asked(clone, &BaseWish::Default, &history));
    to_answer(planned(&known, &history), files)
}

fn to_answer(outcome: Outcome, files: &Files) -> Answer {
    match outcome {
        Outcome::Sound => Answer::Sound,
        Outcome::Plan(plan) => {
            let mut files = files.clone();
            for step in plan.reparents {
                let parents = step.to.iter().map(ToString::to_string).collect();
                files.insert(step.revision.to_string(), parents);
            }
            Answer::Plan(files)
        }
        Outcome::Open(decisions) => Answer::Refused(match decisions.first() {
            Some(rechain_planner::Decision::BothPublished { .. }) => "both published",
            Some(rechain_planner::Decision::Displaced(_)) => "displaced",
            _ => "something else",
        }),
    }
}

/// `rechain merge`: the heads of every branched lineage joined. `None` where nothing is to be joined.
pub(super) fn merge(files: &Files) -> Option<Files> {
    let history = history(Path::new(ROOT), files);
    let mut joined = files.clone();
    for lineage in lineages(&history.graph) {
        if lineage.is_linear() {
            continue;
        }
        let joining = Joining::new(&history.graph, lineage.heads);
        let heads = joining
            .heads()
            .iter()
            .map(|&it| history.graph[it].id.clone());
        let id = free_id(&history, &heads.collect::<Vec<_>>());
        let revision = merge_revision(&id, Vec::new());
        let parents = joining
            .parents(
                &revision,
                &Effects::new(),
                &history.expectations,
                history.dialects(),
            )
            .expect("without effects no order is wrong");
        let parents = parents.iter().map(ToString::to_string).collect();
        joined.insert(id.to_string(), parents);
    }
    (joined.len() > files.len()).then_some(joined)
}

/// `rechain move REVISION --after TARGET`, or `--before`.
pub(super) fn move_revision(
    clone: &Clone,
    files: &Files,
    revision: &str,
    destination: (&str, bool),
    with_descendants: bool,
) -> Answer {
    let history = history(Path::new(ROOT), files);
    if history.is_damaged() {
        return Answer::Damaged;
    }
    let known = known(asked(clone, &BaseWish::Default, &history));
    let ground = known.ground(&history);
    let index = |id: &str| history.graph.index(id).expect("it is there");
    let (target, is_after) = destination;
    let destination = if is_after {
        Destination::After(index(target))
    } else {
        Destination::Before(index(target))
    };
    let revisions = [index(revision)];
    let expectations = &history.expectations;
    match Surgery::moving(
        &ground,
        expectations,
        &revisions,
        with_descendants,
        destination,
    ) {
        Ok(surgery) => {
            let outcome = surgery.plan(&Effects::new(), &Wishes::default(), history.dialects());
            to_answer(outcome, files)
        }
        Err(_) => Answer::Refused("not to be moved so"),
    }
}

/// Whether there is a plan for whoever knows every commit that was deployed from, and nothing else.
pub(super) fn has_plan_by_true_tips(
    store: &Store,
    tips: &[(String, usize)],
    files: &Files,
) -> bool {
    let history = history(Path::new(ROOT), files);
    let snapshots: Vec<Snapshot> = tips
        .iter()
        .enumerate()
        .map(|(order, (name, at))| {
            let moment = Moment {
                reference: name.clone(),
                rank: usize::from(name != "main"),
                commit: format!("{at:x}"),
                date: String::new(),
                order,
            };
            Snapshot {
                seen: Seen::Graph(Arc::new(graph_of(&store.nodes[*at].files))),
                earliest: moment.clone(),
                latest: moment,
                is_boundary: false,
            }
        })
        .collect();
    let base = tips.iter().rfind(|(name, _)| name == "main");
    let base = base.map(|(_, at)| graph_of(&store.nodes[*at].files));
    let interest = interest(&history.graph, base.as_ref());
    let published = Published::from_snapshots(&history.graph, &snapshots, Upgrade::Head, &interest);
    let publication = Publication::Known(published);
    let ground = Ground::new(
        &history.graph,
        &publication,
        base.as_ref(),
        Arrivals::default(),
        &history.expectations,
    );
    let situation = Situation::on(&ground, &history.expectations);
    matches!(
        situation.plan(&Effects::new(), &Wishes::default()),
        Outcome::Plan(_)
    )
}

/// The commits that `fix` takes for deployed from, and that never were.
pub(super) fn taken_for_tips(clone: &Clone, files: &Files, tips: &[(String, usize)]) -> Vec<usize> {
    let history = history(Path::new(ROOT), files);
    let asked = asked(clone, &BaseWish::Default, &history);
    let heads = asked.published.heads().iter();
    let commits = heads.filter_map(|head| usize::from_str_radix(&head.since.commit[1..], 16).ok());
    commits
        .filter(|at| !tips.iter().any(|(_, tip)| tip == at))
        .collect()
}

fn graph_of(files: &Files) -> Graph {
    let revisions = files.iter().filter_map(|(id, parents)| {
        let module = read_module(&text_of(id, parents), &format!("{id}.py")).ok()?;
        module.to_revision(FileId(0))
    });
    Graph::new(revisions.collect(), &Expectations::default())
}

/// The codes with which `check --base origin/TARGET` fails on `files`, which are the merge already.
pub(super) fn check(clone: &Clone, files: &Files, target: &str) -> Vec<&'static str> {
    let root = Path::new(ROOT);
    let history = history(root, files);
    let base = BaseWish::Named(format!("origin/{target}"));
    let known = known(asked(clone, &base, &history));
    let tip = clone.tracking[target];
    let base_files: BTreeMap<_, _> = clone.store.nodes[tip]
        .files
        .iter()
        .map(|(id, parents)| {
            let path = root.join(VERSIONS).join(format!("{id}.py"));
            let text = text_of(id, parents).into_bytes();
            (id.as_str().into(), (path, text))
        })
        .collect();
    let landing = Landing {
        refs: vec![(format!("origin/{target}"), String::new())],
        base_files,
        ..Landing::default()
    };
    problems(&history, &history, &landing, &known)
        .iter()
        .map(|it| it.code.id)
        .collect()
}
