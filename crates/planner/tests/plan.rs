//! What is planned for small histories, and what holds for any.

use std::collections::BTreeSet;
use std::fmt::Write as _;

mod text;

use proptest::prelude::*;
use rechain_history::{Expectations, Graph, Problem, RevIndex, lineages};
use rechain_planner::{Decision, Outcome, Placement, Publication, Published, Situation, Wishes};
use text::{History, applied_to, history, steps};

fn plan_of(history: &History, publication: &Publication, wishes: &Wishes) -> Outcome {
    let expectations = Expectations::default();
    Situation::new(&history.graph, publication, &expectations).plan(&history.effects, wishes)
}

fn nothing(text: &str) -> String {
    steps(&plan_of(
        &history(text),
        &Publication::Nothing,
        &Wishes::default(),
    ))
}

fn applied(text: &str, heads: &[&str]) -> String {
    let history = history(text);
    steps(&plan_of(
        &history,
        &history.published(heads),
        &Wishes::default(),
    ))
}

#[test]
fn unpublished_blocks_go_on_top_as_they_are() {
    assert_eq!(applied("a:; b: a; c: a; d: c", &["b"]), "c->b");
    assert_eq!(applied("a:; b: a; c: a; d: c", &["d"]), "b->d");
    assert_eq!(
        applied("a:; b: a; c: a; d: a; e: a", &["b"]),
        "c->b d->c e->d"
    );
}

#[test]
fn a_block_that_needs_another_goes_after_it() {
    assert_eq!(
        applied("a:; b: a; c: a | t; d: a | +t", &["b"]),
        "d->b c->d"
    );
}

#[test]
fn blocks_that_need_each_other_cross_over() {
    let text = "a:; b: a; c: a | +t; d: c | u; e: a | t +v; f: e | +u";
    assert_eq!(applied(text, &["b"]), "c->b e->c d->f");
}

#[test]
fn a_merge_revision_that_loses_a_parent_becomes_a_link() {
    assert_eq!(applied("a:; b: a; c: b; u: a; m: b u", &["c"]), "u->c m->u");
}

#[test]
fn a_merge_revision_that_stands_on_what_is_published_stays() {
    assert_eq!(applied("a:; b: a; u: a; m: b u; x: a", &["b"]), "x->m");
}

#[test]
fn both_sides_published_is_a_decision() {
    let history = history("a:; b: a; c: a");
    let outcome = plan_of(
        &history,
        &history.published(&["b", "c"]),
        &Wishes::default(),
    );
    let Outcome::Open(decisions) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(
        matches!(decisions.as_slice(), [Decision::BothPublished { heads }] if heads.len() == 2)
    );
}

#[test]
fn without_publication_the_longer_side_is_the_default() {
    let history = history("a:; b: a; c: a; d: c");
    let outcome = plan_of(&history, &Publication::Unknown, &Wishes::default());
    assert!(matches!(
        outcome,
        Outcome::Open(decisions) if matches!(decisions.as_slice(), [Decision::WhichSideStays { .. }])
    ));
    let wishes = Wishes {
        take_defaults: true,
        ..Wishes::default()
    };
    assert_eq!(
        steps(&plan_of(&history, &Publication::Unknown, &wishes)),
        "b->d"
    );
}

#[test]
fn where_nothing_is_published_a_revision_goes_beside_its_tables() {
    let text = "a: | +users; b: a | +docs; c: b | +claims; x: a | users +doc_shares";
    assert_eq!(nothing(text), "x->b c->x");
    assert_eq!(nothing("a:; b: a | +t; c: b; x: a"), "x->c");
    assert_eq!(
        nothing("a:; b: a | +docs; c: b | ?; x: a | +doc_shares"),
        "x->c"
    );
    assert_eq!(
        nothing("a:; b: a | +docs; c: b; x: a | +doc_shares ?"),
        "x->c"
    );
}

#[test]
fn the_tip_can_be_asked_for() {
    let history = history("a:; b: a | +docs; c: b; x: a | +doc_shares");
    let wishes = Wishes {
        placement: Some(Placement::Tip),
        ..Wishes::default()
    };
    assert_eq!(
        steps(&plan_of(&history, &Publication::Nothing, &wishes)),
        "x->c"
    );
}

#[test]
fn the_same_table_twice_is_a_conflict() {
    let history = history("a:; b: a | +t; c: a | +t");
    let outcome = plan_of(&history, &Publication::Nothing, &Wishes::default());
    assert!(matches!(
        outcome,
        Outcome::Open(decisions) if matches!(decisions.as_slice(), [Decision::Conflict(_)])
    ));
}

#[test]
fn strict_refuses_what_is_not_understood() {
    let history = history("a:; b: a; c: a | ?");
    let wishes = Wishes {
        strict: true,
        ..Wishes::default()
    };
    let outcome = plan_of(&history, &history.published(&["b"]), &wishes);
    assert!(matches!(
        outcome,
        Outcome::Open(decisions) if matches!(decisions.as_slice(), [Decision::NotUnderstood(_)])
    ));
}

/// Up to twelve revisions on one root; each follows one or two earlier ones, creates a table of its
/// own and needs some of those that lie below it.
fn any_history() -> impl Strategy<Value = String> {
    let entry = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..5_u8,
    );
    prop::collection::vec(entry, 1..12).prop_map(|entries| {
        let mut text = "r0: | +t0".to_owned();
        for (at, (one, two, kind)) in entries.into_iter().enumerate() {
            let id = at + 1;
            let (one, two) = (one.index(id), two.index(id));
            let merges = kind == 0 && one != two;
            let parents = if merges {
                format!("r{one} r{two}")
            } else {
                format!("r{one}")
            };
            let body = if merges {
                String::new()
            } else {
                format!("+t{id} t{one}")
            };
            write!(text, "; r{id}: {parents} | {body}").expect("writing to a string");
        }
        text
    })
}

fn below(graph: &Graph, index: RevIndex) -> BTreeSet<String> {
    let set = graph.ancestors_with([index]);
    graph
        .members(&set)
        .map(|member| graph[member].id.to_string())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_leaves_one_head_and_what_is_published(
        text in any_history(),
        deployed in any::<prop::sample::Index>(),
        kind in 0..4_u8,
    ) {
        let history = history(&text);
        let publication = match kind {
            0 => Publication::Unknown,
            1 => Publication::Nothing,
            _ => {
                let index = history.graph.indices().nth(deployed.index(history.graph.len()));
                Publication::Known(Published::at(&history.graph, index))
            }
        };
        let wishes = Wishes { take_defaults: true, ..Wishes::default() };
        let plan = match plan_of(&history, &publication, &wishes) {
            Outcome::Sound => {
                prop_assert!(history.graph.heads().count() == 1);
                return Ok(());
            }
            Outcome::Plan(plan) => plan,
            Outcome::Open(open) => return Err(TestCaseError::fail(format!("{text}: {open:?}"))),
        };
        let new = applied_to(&history, &plan);
        prop_assert!(!new.is_damaged());
        let is_branched = |problem: &Problem| matches!(problem, Problem::MultipleHeads { .. });
        prop_assert!(!new.problems().iter().any(is_branched));
        prop_assert!(lineages(&new).len() == 1);
        for index in history.graph.indices() {
            let (old, now) = (below(&history.graph, index), below(&new, index));
            if publication.is_published(&history.graph, index) {
                prop_assert_eq!(old, now, "{}: {} is published", text, history.graph[index].id);
            } else {
                prop_assert!(old.is_subset(&now), "{}: {} lost an ancestor", text, history.graph[index].id);
            }
        }
        let again = History { graph: new, effects: history.effects };
        prop_assert_eq!(plan_of(&again, &publication, &wishes), Outcome::Sound);
    }
}
