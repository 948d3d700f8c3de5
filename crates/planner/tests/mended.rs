//! What repairs of damaged graphs mean for databases that follow published refs.

use std::collections::BTreeSet;
use std::sync::Arc;

use rechain_history::{
    Expectations, FileId, Graph, Parents, Place, Revision, RevisionId, TextRange,
};
use rechain_planner::{Bearing, Displacement, Moment, Published, Seen, Snapshot, Upgrade};

/// `id: parents; ...`
fn graph(text: &str) -> Graph {
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    let revisions = text.split(';').map(str::trim).map(|line| {
        let (id, parents) = line.split_once(':').expect("id: parents");
        Revision {
            id: id.trim().into(),
            parents: Parents::Known(parents.split_whitespace().map(Into::into).collect()),
            dependencies: Vec::new(),
            has_computed_dependencies: false,
            branch_labels: Vec::new(),
            title: String::new(),
            place,
            down_revision_place: place,
        }
    });
    Graph::new(revisions.collect(), &Expectations::default())
}

/// What `main` had at one commit after the other: a graph, or after `!` ids that could not be read.
fn published(main: &[&str], after: &Graph) -> Published {
    let interest = after.revisions().iter().map(|it| it.id.clone()).collect();
    published_of(main, after, &interest)
}

/// The same, with an eye on some revisions only.
fn published_of(main: &[&str], after: &Graph, interest: &BTreeSet<RevisionId>) -> Published {
    let snapshot = |(order, text): (usize, &&str)| {
        let moment = Moment {
            reference: "main".to_owned(),
            rank: 0,
            commit: format!("c{order}"),
            date: "2026-01-01".to_owned(),
            order,
        };
        let seen = match text.strip_prefix('!') {
            Some(ids) => Seen::Unreadable(ids.split_whitespace().map(Into::into).collect()),
            None => Seen::Graph(Arc::new(graph(text))),
        };
        Snapshot {
            seen,
            earliest: moment.clone(),
            latest: moment,
            is_boundary: false,
        }
    };
    let snapshots: Vec<Snapshot> = main.iter().enumerate().map(snapshot).collect();
    Published::from_snapshots(after, &snapshots, Upgrade::Head, interest)
}

fn bearing(main: &[&str], before: &str, after: &str) -> Bearing {
    let after = graph(after);
    let published = published(main, &after);
    let base = main.last().filter(|it| !it.starts_with('!'));
    let base = base.map(|it| graph(it));
    published.bearing(&graph(before), &after, base.as_ref(), !after.is_damaged())
}

/// `revision +gained -lost` of each.
fn words(found: &[Displacement]) -> String {
    let words = found.iter().map(|it| {
        let list = |sign: &str, ids: &[rechain_history::RevisionId]| {
            ids.iter()
                .map(|id| format!(" {sign}{id}"))
                .collect::<String>()
        };
        format!(
            "{}{}{}",
            it.revision,
            list("+", &it.gained),
            list("-", &it.lost)
        )
    });
    words.collect::<Vec<_>>().join("; ")
}

#[test]
fn what_databases_ran_below_it_comes_back() {
    let main = ["a:; b: a; c: b"];
    let found = bearing(&main, "a:; b: b; c: b", "a:; b: a; c: b");
    assert_eq!(found.restored, ["b".into()]);
    assert!(found.displaced.is_empty() && found.untold.is_empty());
}

#[test]
fn what_is_not_published_may_follow_anything() {
    let main = ["a:; b: a"];
    let found = bearing(&main, "a:; b: a; x: x", "a:; b: a; x: b");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn nothing_is_slipped_in_below_what_is_published() {
    let main = ["a:; b: a; c: b"];
    let before = "a:; b: x; c: b; x: c";
    let found = bearing(&main, before, "a:; x: a; b: x; c: b");
    assert_eq!(words(&found.displaced), "b +x");
    let found = bearing(&main, before, "a:; b: a; c: b; x: c");
    assert!(found.displaced.is_empty());
}

#[test]
fn what_lay_below_it_stays_below_it_once_all_links_are_right() {
    let main = ["a:; b: a; c: b"];
    let found = bearing(&main, "a:; b: a; c: c", "a:; b: a; c: a");
    assert_eq!(words(&found.displaced), "c -b");
    // What is missing here is what the next repair brings.
    let found = bearing(&main, "a:; b: b; c: c", "a:; b: b; c: b");
    assert_eq!(words(&found.displaced), "");
}

#[test]
fn of_what_no_history_shows_the_rest_is_told() {
    let main = ["a:; b: a", "!a b d"];
    let found = bearing(&main, "a:; b: a; d: d", "a:; b: a; d: b");
    assert_eq!(words(&found.untold), "d +a +b");
    assert!(found.displaced.is_empty());
}

#[test]
fn a_second_root_that_was_deployed_skips_what_it_is_put_on() {
    let after = graph("a:; b: a; r: b");
    let before = graph("a:; b: a; r:");
    let root = after.index("r").expect("it is there");
    let published = Published::at(&after, [root]);
    let found = published.bearing(&before, &after, None, true);
    assert_eq!(words(&found.displaced), "r +a +b");
}

#[test]
fn either_way_in_which_it_was_deployed_is_right() {
    let main = ["a:; c: a", "a:; b: a; c: b"];
    for after in ["a:; b: a; c: a", "a:; b: a; c: b"] {
        let found = bearing(&main, "a:; b: a; c: c", after);
        assert!(found.displaced.is_empty(), "{after}: {found:?}");
    }
}

/// Many revisions of interest are looked up by what changed between neighbouring commits; few are looked up one by one.
/// Both find the same.
#[test]
fn what_was_deployed_does_not_depend_on_how_many_are_asked_about() {
    let mut seed: u64 = 7;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).expect("31 bits") % below
    };
    // One line of 22, in which at each commit a revision may go elsewhere.
    let mut order: Vec<usize> = (0..22).collect();
    let line = |order: &[usize]| {
        let links = order.iter().enumerate().map(|(at, id)| {
            let parent = at.checked_sub(1).map(|at| format!("r{}", order[at]));
            format!("r{id}: {}", parent.unwrap_or_default())
        });
        let mut links: Vec<String> = links.collect();
        links.sort();
        links.join("; ")
    };
    let mut main = Vec::new();
    for commit in 0..24 {
        if commit % 3 == 0 {
            let from = order.remove(random(22));
            order.insert(random(22), from);
        }
        main.push(match random(7) {
            0 => "!r1 r2".to_owned(),
            1 => line(&order[..18]),
            _ => line(&order),
        });
    }
    let texts: Vec<&str> = main.iter().map(String::as_str).collect();
    let (now, mut elsewhere) = (line(&order), order.clone());
    elsewhere.swap(9, 12);
    let never = line(&elsewhere);
    let here = graph(&now);
    let all = published(&texts, &here);
    let (mut same, mut different) = (0, 0);
    for index in here.indices() {
        let id = here[index].id.clone();
        let alone = published_of(&texts, &here, &[id.clone()].into());
        let whole = texts
            .iter()
            .filter(|it| it.split(';').count() == order.len());
        for other in whole.chain([&never.as_str()]) {
            let is_so = all.was_deployed_as(&graph(other), index);
            assert_eq!(
                is_so,
                alone.was_deployed_as(&graph(other), index),
                "{id}: {other}"
            );
            same += usize::from(is_so);
            different += usize::from(!is_so);
        }
        assert_eq!(
            all.was_deployed_on_base(&id),
            alone.was_deployed_on_base(&id)
        );
    }
    assert!(same > 100 && different > 2, "{same} {different}");
}
